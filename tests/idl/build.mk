# SPDX-License-Identifier: BSD-2-Clause
# Generated code and what it stands on, both sides, with a transport in memory.
host-progs += idl-calls
host-idl-calls-src    := $(addprefix tests/idl/,transport.c servers.c values.c windows.c wire.c \
                             versions.c fuzz.c) \
                         $(addprefix lib/ipc/,codec.c call.c serve.c) \
                         $(IDL_TEST:%=build/gen/idl-test/idl/%.c)
host-idl-calls-cflags := -Ilib/ipc/include -Ilib/sel4/include -Ibuild/gen/idl-test \
                         -Ibuild/$(HOST_CONFIG)/gen/user

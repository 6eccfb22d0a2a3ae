# SPDX-License-Identifier: BSD-2-Clause
# Stubs and dispatch of all interfaces in idl/: generated, <idl/NAME.h>. Programs get the functions
# that they use.
lib-idl-dir  := build/gen/idl
lib-idl-src  := $(addsuffix .c,$(IDL))
lib-idl-libs := ipc base sel4
# Runs inside the personality, as lib/ipc does.
lib-idl-cflags := -mgeneral-regs-only -fno-builtin -fno-tree-loop-distribute-patterns \
                  -ffunction-sections

# SPDX-License-Identifier: BSD-2-Clause
# A random walk over kernel entries, with the whole core on the fake machine.
host-progs += walk walk-one
host-walk-src    := tests/explore/walk.c tests/explore/universe.c tests/explore/extended.c \
                    tests/explore/compare.c \
                    kernel/test/world.c kernel/test/audit.c kernel/arch/host/host.c \
                    $(addprefix kernel/,$(filter-out $(kernel-host-exclude),$(kernel-src)))
host-walk-cflags := -Ikernel -Ikernel/arch/host -Ikernel/test -Itests/explore
# The same with one domain only: paths that such a kernel alone takes.
host-walk-one-src    := $(host-walk-src)
host-walk-one-cflags := $(host-walk-cflags) -DHOST_ONE_DOMAIN
# All states of small systems; compiled for speed, without the sanitizers.
host-progs += explore
host-explore-src    := $(addprefix tests/explore/,search.c space.c op.c snapshot.c compare.c) \
                       $(addprefix kernel/test/,world.c audit.c cases.c) \
                       $(filter-out tests/explore/%.c kernel/test/%.c,$(host-walk-src))
host-explore-cflags := $(host-walk-cflags) -DHOST_ONE_DOMAIN -O2 -fno-sanitize=all \
                       -Wno-maybe-uninitialized
host-explore-ldflags := -fno-sanitize=all
covering-progs += walk walk-one explore

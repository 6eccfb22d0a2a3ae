# SPDX-License-Identifier: BSD-2-Clause
# A random walk over kernel entries, with the whole core on the fake machine.
host-walk-src    := tests/explore/walk.c tests/explore/universe.c tests/explore/compare.c kernel/test/world.c kernel/test/audit.c kernel/arch/host/host.c \
                    $(addprefix kernel/,$(filter-out main.c boot.c elf.c kstring.c,$(kernel-src)))
host-walk-cflags := -Ikernel -Ikernel/arch/host -Ikernel/test -Itests/explore
# The same with one domain only: paths that such a kernel alone takes.
host-walk-one-src    := $(host-walk-src)
host-walk-one-cflags := $(host-walk-cflags) -DHOST_ONE_DOMAIN

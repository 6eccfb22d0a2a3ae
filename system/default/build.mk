# SPDX-License-Identifier: BSD-2-Clause
system-default-files := manifest
system-default-progs := console tty memfs pipe system proc \
                        pager echo call hello faulty paged selftest linuxcases hpet
system-default-root  := init
system-default-tree  := tree ../../bench/linux/tree

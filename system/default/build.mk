# SPDX-License-Identifier: BSD-2-Clause
system-default-files := manifest motd \
                        bad-keyword bad-number bad-name bad-priority bad-program bad-unit
system-default-progs := console tty pager echo monitor hello faulty paged selftest linuxcases \
                        lines killer hpet personality
system-default-root  := init
system-default-tree  := tree ../../bench/linux/tree

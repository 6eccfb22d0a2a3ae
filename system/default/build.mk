# SPDX-License-Identifier: BSD-2-Clause
system-default-files := manifest motd bad-keyword bad-number bad-name bad-priority bad-program bad-unit
system-default-progs := console pager echo monitor hello faulty paged selftest lines killer hpet
system-default-root  := init

# SPDX-License-Identifier: BSD-2-Clause
# For tests/system/pipes.t.
system-pipes-files := manifest
system-pipes-progs := console tty pipe pipes-test
system-pipes-root  := init

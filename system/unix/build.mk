# SPDX-License-Identifier: BSD-2-Clause
system-unix-files := manifest
system-unix-progs := console tty memfs pipe proc system personality
system-unix-root  := init
system-unix-tree  := ../default/tree

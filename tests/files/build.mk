# SPDX-License-Identifier: BSD-2-Clause
# The programs of system/files.
progs += files-test files-tree
prog-files-test-kind := musl
prog-files-test-src  := main.c calls.c sessions.c exports.c ways.c cost.c maps.c quotas.c trees.c
prog-files-test-libs := serve
prog-files-tree-kind := musl
prog-files-tree-src  := tree.c
prog-files-tree-libs := serve

# SPDX-License-Identifier: BSD-2-Clause
# The programs of system/files.
progs += files-test
prog-files-test-kind := musl
prog-files-test-src  := main.c calls.c sessions.c exports.c ways.c cost.c maps.c
prog-files-test-libs := serve

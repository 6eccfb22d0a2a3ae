# SPDX-License-Identifier: BSD-2-Clause
progs += lines
prog-lines-kind := musl
prog-lines-src := lines.c

# SPDX-License-Identifier: BSD-2-Clause
progs += system
prog-system-kind := musl
prog-system-src  := main.c text.c ends.c output.c watch.c
prog-system-libs := serve driver
prog-system-cflags := -mgeneral-regs-only

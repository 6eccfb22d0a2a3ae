# SPDX-License-Identifier: BSD-2-Clause
progs += memfs
prog-memfs-kind := musl
prog-memfs-src  := main.c names.c called.c files.c change.c walk.c entry.c node.c data.c memory.c \
                   quota.c fill.c map.c cut.c frames.c pin.c lock.c locks.c
prog-memfs-libs := serve cap base
prog-memfs-cflags := -mgeneral-regs-only

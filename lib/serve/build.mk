# SPDX-License-Identifier: BSD-2-Clause
lib-serve-src  := bell.c clock.c export.c ring.c session.c serve.c \
                  tree.c tree_mount.c tree_serve.c tree_walk.c offer.c
lib-serve-libs := base idl ipc sel4
# No vector registers: they would cost a server an FPU switch.
lib-serve-cflags := -mgeneral-regs-only

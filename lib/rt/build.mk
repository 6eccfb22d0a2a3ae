# SPDX-License-Identifier: BSD-2-Clause
lib-rt-src := entry.S start.c console.c printf.c string.c
lib-rt-libs := base sel4
# memcpy must not become a call of memcpy; vector registers would cost test threads an FPU switch.
lib-rt-cflags := -mgeneral-regs-only -fno-tree-loop-distribute-patterns -fno-builtin

# SPDX-License-Identifier: BSD-2-Clause
lib-rt-src := entry.S start.c console.c printf.c string.c
lib-rt-libs := sel4
# memcpy must not become a call of memcpy; vector registers would cost every test thread an FPU switch.
lib-rt-cflags := -mgeneral-regs-only -fno-tree-loop-distribute-patterns -fno-builtin

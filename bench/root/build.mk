# SPDX-License-Identifier: BSD-2-Clause
prog-bench-src  := main.c env.c crowd.c rows_ipc.c rows_fault.c rows_memory.c curves.c
prog-bench-libs := rt sel4
prog-bench-kind := bare
prog-bench-cflags := -mgeneral-regs-only -fno-tree-loop-distribute-patterns

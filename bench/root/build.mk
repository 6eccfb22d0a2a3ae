# SPDX-License-Identifier: BSD-2-Clause
progs += bench
prog-bench-kind := bare
prog-bench-src  := main.c env.c crowd.c rows_ipc.c rows_fault.c rows_memory.c rows_copy.c \
                   rows_wait.c rows_frames.c rows_sync.c rows_defined.c curves.c
prog-bench-libs := channel idl ipc rt sel4 sync
prog-bench-cflags := -mgeneral-regs-only -fno-tree-loop-distribute-patterns

progs += longest
prog-longest-kind := bare
prog-longest-src  := longest.c longest_memory.c longest_threads.c longest_extensions.c env.c
prog-longest-libs := rt sel4
prog-longest-cflags := -mgeneral-regs-only -fno-tree-loop-distribute-patterns

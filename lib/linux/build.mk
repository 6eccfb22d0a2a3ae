# SPDX-License-Identifier: BSD-2-Clause
# The handlers run between two instructions of the program: no vector registers, no calls into the C library.
lib-linux-src := entry.S calls.c memory.c stdio.c time.c process.c thread.c
lib-linux-libs := file ipc sel4
lib-linux-cflags := -mgeneral-regs-only -fno-builtin $(if $(IS_CLANG),,-fno-tree-loop-distribute-patterns)

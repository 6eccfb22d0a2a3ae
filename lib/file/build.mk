# SPDX-License-Identifier: BSD-2-Clause
# Runs inside the personality: no vector registers, no calls into the C library.
lib-file-src := file.c
lib-file-libs := ipc sel4
lib-file-cflags := -mgeneral-regs-only -fno-builtin -fno-tree-loop-distribute-patterns

# SPDX-License-Identifier: BSD-2-Clause
lib-ipc-src := message.c
lib-ipc-libs := sel4
# Runs inside the personality: no vector registers, no calls into the C library.
lib-ipc-cflags := -mgeneral-regs-only -fno-builtin $(if $(IS_CLANG),,-fno-tree-loop-distribute-patterns)

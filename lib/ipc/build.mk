# SPDX-License-Identifier: BSD-2-Clause
lib-ipc-src := message.c cap.c msg.c codec.c call.c touch.S serve.c loop.c watch.c error.c
lib-ipc-libs := base cap sel4
# Runs inside the personality: no vector registers, no calls into the C library.
lib-ipc-cflags := -mgeneral-regs-only -fno-builtin -fno-tree-loop-distribute-patterns

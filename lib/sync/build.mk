# SPDX-License-Identifier: BSD-2-Clause
lib-sync-src  := semaphore.c
lib-sync-libs := ipc sel4
# No vector registers: they would cost threads that use no others an FPU switch.
lib-sync-cflags := -mgeneral-regs-only

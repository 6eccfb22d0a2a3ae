# SPDX-License-Identifier: BSD-2-Clause
lib-channel-src  := ring.c channel.c
lib-channel-libs := ipc sel4 shm sync
# No vector registers: they would cost threads that use no others an FPU switch.
lib-channel-cflags := -mgeneral-regs-only

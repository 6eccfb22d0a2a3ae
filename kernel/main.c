/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing the system up, step by step. The first file to read. */
#include "boot.h"
#include "sched.h"

/*
 * Called once by the architecture's first instructions (boot.S), on the core's kernel stack,
 * interrupts off, with the two words that the boot loader left. Never returns.
 */
NORETURN void kernel_main(word_t loader_magic, word_t loader_info);

NORETURN void kernel_main(word_t loader_magic, word_t loader_info)
{
    const struct boot_info *info = arch_start(loader_magic, loader_info);

    sched_boot();         /* idle thread, domain schedule, clock */
    boot_root_task(info); /* CNode, address space, thread, untyped memory */
    sched_enter();        /* again: that took a while, and the first timeslice starts now */
    sched_exit();         /* choose whom to run: it */
    arch_start_user();
}

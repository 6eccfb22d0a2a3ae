/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork(2): a process like another, whose pages it shares until one of them writes; or, of vfork(2),
 * for good.
 */
#pragma once

#include "process.h"

/**
 * Make a child, and, unless it is to be held, let it run.
 *
 * @param thread  the one that asked, and that the child has
 * @param stack   its stack pointer at the image's `child` entry
 * @param flags   PROC_FORK_*
 * @param list    handles that survive, as pairs
 * @return 0; EAGAIN, ENOMEM, or what a server refused: there is no child then
 */
int fork_process(struct process *parent, unsigned thread, uint64_t stack, uint32_t flags,
                 const uint32_t (*list)[2], size_t count, struct process **out);

/** Let a process have the memory of another's programs, until one writes. False: no memory. */
bool memory_share(struct process *from, struct process *to);

/** Let one run that was held. False: the kernel refuses. */
bool fork_launch(struct process *p);

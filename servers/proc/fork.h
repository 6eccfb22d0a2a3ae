/* SPDX-License-Identifier: BSD-2-Clause */
/* fork(2): a process like another, whose pages it shares until one of them writes. */
#pragma once

#include "process.h"

/**
 * Make a child, and, unless it is to be held, let it run.
 *
 * @param thread  the one that asked, and that the child has
 * @param stack   its stack pointer at the image's `child` entry
 * @param list    handles that survive, as pairs
 * @return 0; EAGAIN, ENOMEM, or what a server refused: there is no child then
 */
int fork_process(struct process *parent, unsigned thread, uint64_t stack, const uint32_t (*list)[2],
                 size_t count, bool held, struct process **out);

/** Let one run that was held. False: the kernel refuses. */
bool fork_launch(struct process *p);

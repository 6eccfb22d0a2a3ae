/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preemption points: a long operation asks after each bounded piece whether it should stop for now.
 */
#pragma once

#include "types.h"

/*
 * One piece of work is done: should the operation stop here? A piece counts as so many units of
 * some 100 instructions, rounded up generously. After CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION of
 * them it looks, and says yes when an interrupt waits or the running context's budget is used up.
 * From one look to the next, and from a system call to the first, there are at most 20,000
 * instructions (tools/longest).
 */
bool preempt_point(unsigned units);

/* Units since the last look; what a piece has more than is usual is added here. */
extern unsigned preempt_work;

/*
 * Test hook of checked builds: stop whenever preempt_every units are done, whatever waits; 0: off.
 * Booting with preempt_every=N sets it.
 */
extern unsigned preempt_every;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption points: a long operation asks after each bounded piece whether it should stop for now. */
#pragma once

#include "types.h"

/*
 * One piece of work is done: should the operation stop here? At most every CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION-th call
 * looks, and says yes when an interrupt waits or the running context's budget is used up.
 */
bool preempt_point(void);

/* Test hook of checked builds: stop at every preempt_every-th point whatever waits; 0: off. Booting with preempt_every=N
 * sets it. */
extern unsigned preempt_every;

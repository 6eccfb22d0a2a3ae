/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Something that is due at a time: a thread of ours waits for it, and signals us. (We ourselves run
 * on our callers' time, and wait for calls without an end.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Make the thread. False: no memory, or the manifest has no `notify` for ourselves. */
bool clock_open(void);

enum clock_use { CLOCK_TIMERS, CLOCK_LOOK, CLOCK_CPU, CLOCK_JOBS, CLOCK_USES };

/*
 * Be signalled at a time of the time-stamp counter, ~0: not any more. Each use has one such time,
 * and this one takes the place of what was set before. It costs a switch to the thread and back
 * when it is the earliest of all, else nothing.
 */
void clock_set(enum clock_use use, uint64_t deadline);

/** Whether a use's time has come; it is not set any more then. */
bool clock_is_due(enum clock_use use, uint64_t now);

/** Have the thread wait for what is earliest now: after a signal, and all uses looked at. */
void clock_go_on(void);

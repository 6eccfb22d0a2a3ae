/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alarms: one for each process, setitimer(2) with ITIMER_REAL. Times are ticks of the time-stamp
 * counter.
 */
#pragma once

#include <stdint.h>

#include "process.h"

/** The earliest deadline of all; ~0: there is none. */
uint64_t timers_next(void);

/** Call `ring` for each process whose deadline has come; what repeats gets its next one. */
void timers_run(uint64_t now, void (*ring)(struct process *p));

/** A process ends, or begins: it has none. */
void timer_clear(const struct process *p);

int do_alarm(struct call *c, uint32_t which, uint64_t value_us, uint64_t interval_us,
             uint64_t *left_us, uint64_t *every_us);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processor time of jobs. A job may have so much of each SHARE_PERIOD_US together, as in the file
 * cpu.max of Linux's control groups (cgroups(7)): when that is used up its threads have no
 * scheduling context until the period ends. What a look comes late for, a millisecond or so, is
 * less in the next periods.
 *
 * A budget of the kernel's for each thread would not do. For many threads that is many times the
 * share; one that often waits loses most of it (kernel/refill.c joins small pieces); and where it
 * ends in the middle of a call the server waits, and with it whatever is due at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

enum { SHARE_PERIOD_US = 100000, SHARE_LEAST_US = 1000 };

/** A job begins, with a maximum of SHARE_LEAST_US..SHARE_PERIOD_US - 1 in each period; 0: none. */
void share_begin(unsigned job, uint32_t us_max);

/** What a job and those in it have run, and its own maximum; 0: none. Microseconds. */
uint64_t share_used_us(unsigned job);
uint32_t share_max_us(unsigned job);

/** A thread of a job has run so long: it counts for all that the job is in. */
void share_count(unsigned job, uint64_t us);

/**
 * Let a thread, which has its context bound or has_no_time, have time or none, as its job has.
 * @return false: it is to have none, but that can't be just now; it goes on
 */
bool share_apply(const struct process *p, struct thread *t);

/** The same for all threads of a process. False: for one at least. */
bool share_apply_all(struct process *p);

/** Look who has used up its share, and who has one again: CLOCK_JOBS is due. */
void shares_look(uint64_t now);

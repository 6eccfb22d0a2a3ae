/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that are open files, timerfd_create(2): a read takes how often the time has come, and
 * waits until it has.
 *
 *   next_ns --- passes ---> count, and next_ns one interval on ... --- read ---> 0
 *
 * Nothing happens by itself but the first time: what has passed since is counted when somebody
 * asks. The clock is set to the first time of all timers whose count is 0, and of all who wait no
 * longer than that (end.h).
 */
#pragma once

#include "kind.h"

/** Alarm.create and Alarm.set: see idl/alarm.capnp. EINVAL, ENOMEM, EMFILE, ESRCH, EBADF. */
int timer_open(struct call *c, uint32_t clock, uint32_t flags, uint32_t *handle);
int timer_set(struct call *c, uint32_t handle, uint32_t how, uint64_t value_ns,
              uint64_t interval_ns, uint64_t *left_ns, uint64_t *old_interval_ns);

/** The clock has rung, or may have. */
void timers_look(void);

/** Set it: somebody waits until a time. */
void timers_set(void);

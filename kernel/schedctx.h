/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling contexts: who has one, and how they travel (manual, "Scheduling Context Donation"). */
#pragma once

#include "arch.h"

/* Is neither bound, and t not blocked while sc has no budget to charge? */
bool sched_context_can_bind(struct sched_context *sc, const struct tcb *t);

/* t (without a context) gets sc, for good: it runs if it is runnable and there is budget. */
void sched_context_bind(struct sched_context *sc, struct tcb *t);

/* sc goes from whoever has it (or nobody) to `to`, which has none. `to` is not woken. */
void sched_context_donate(struct sched_context *sc, struct tcb *to);

/* Nobody runs on sc any more. */
void sched_context_unbind_tcb(struct sched_context *sc);
void sched_context_unbind_notification(struct sched_context *sc);

/* sc is going away, or is taken from everybody. */
RARE void sched_context_unbind_all(struct sched_context *sc);

/* t, if it has no context, gets the notification's, if nobody runs on that. */
void sched_context_take_from(struct notification *n, struct tcb *t);

/* t, about to block, gives the notification's context back if it runs on it. */
void sched_context_return_to(struct notification *n, struct tcb *t);

/* Microseconds that sc consumed since the last report; reports. */
word_t sched_context_consumed_us(struct sched_context *sc);

/* t, which yielded to a context, runs again: give it the answer. */
RARE void sched_context_complete_yield_to(struct tcb *t);
/* ... will not get one. */
void sched_context_cancel_yield_to(struct tcb *t);

/* Boot: sc becomes t's, round robin with the given slice. */
void sched_context_boot(struct sched_context *sc, struct tcb *t, ticks_t slice);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling contexts: who has one, and how they travel (manual, "Scheduling Context Donation"). */
#pragma once

#include "arch.h"

/* Is neither bound, t's own not lent early (portal.h), and t not blocked while sc has no budget? */
RARE bool sched_context_can_bind(struct sched_context *sc, const struct tcb *t);

/* t (without a context) gets sc, for good: it runs if it is runnable and there is budget. */
RARE void sched_context_bind(struct sched_context *sc, struct tcb *t);

/* sc, nobody's, becomes that of t, which has none. The rest is the caller's (see below). */
static inline void sched_context_give(struct sched_context *sc, struct tcb *t)
{
    sc->tcb = t;
    t->sc = sc;
}

/* sc goes from whoever has it (or nobody) to `to`, which has none. `to` is not woken. */
void sched_context_move(struct sched_context *sc, struct tcb *to);

/* Is sc with somebody who serves its owner's call, or has it come home that way some day? */
bool sched_context_is_borrowed(const struct sched_context *sc);

/*
 * sc, borrowed, goes back to whom it came from last, who goes on waiting for the answer with it (an
 * ending comes about now). One who has another context by now does not get it: it is nobody's then.
 */
void sched_context_send_home(struct sched_context *sc);

/*
 * sc, which somebody else has, comes home to t in the end, and with it held (or NULL), the call
 * stack that it had below t (P-2).
 */
void sched_context_set_home(struct sched_context *sc, struct tcb *t, struct reply *held);

/* The same where somebody else's home may be remembered, who has lost it then. */
void sched_context_change_home(struct sched_context *sc, struct tcb *t, struct reply *held);

/*
 * t, about to block or to take other time, gives back the context that it has borrowed: whatever
 * the reason (is_all), or if the one it belongs to gets no answer for that (help, for example).
 */
void sched_context_give_back_lent(struct tcb *t, bool is_all);

/* t's context, wherever it is, does not come home to it any more. */
void sched_context_forget_home(struct tcb *t);

/*
 * t has lost a context that it had borrowed: it goes on with that of its bound notification, if it
 * is free, at once or as soon as it is runnable, or of who waits for it (portal.h).
 */
void sched_context_find(struct tcb *t);

/* For sched_wake(): t has lost its time, and may be runnable. */
void sched_context_regain(struct tcb *t);

/* Nobody runs on sc any more. */
void sched_context_unbind_tcb(struct sched_context *sc);
RARE void sched_context_unbind_notification(struct sched_context *sc);

/*
 * sc is taken from whoever has it. If it was lent, that one goes on with other time, and its owner
 * waits without; but in plain calls its stack waits for whom it is given next, unless is_all. Then
 * a thread that runs goes on with other time, too, though nobody lent it sc: who did may have gone.
 */
void sched_context_take(struct sched_context *sc, bool is_all);

/* sc is going away, or is taken from everybody. */
RARE void sched_context_detach(struct sched_context *sc);

/* t, if it has no context, gets the notification's, if nobody runs on that. */
void sched_context_borrow(struct notification *n, struct tcb *t);

/* t, about to block, gives the notification's context back if it runs on it. */
void sched_context_give_back(struct notification *n, struct tcb *t);

/* Microseconds that sc consumed since the last report; reports. */
word_t sched_context_consumed_us(struct sched_context *sc);

/* t, which yielded to a context, runs again: give it the answer. */
RARE void sched_context_report_yield(struct tcb *t);
/* ... will not get one. */
RARE void sched_context_forget_yield(struct tcb *t);

/* Boot: sc becomes t's, round robin with the given slice. */
void sched_context_boot(struct sched_context *sc, struct tcb *t, ticks_t slice);

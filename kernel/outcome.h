/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How waits end before what they wait for: by a deadline, an interrupt, or the news that no answer
 * can come (extensions; docs/decisions/0005-kernel-extensions.md has the table of all cases).
 *
 * Only extended waits do so: those of extended system calls, and calls of a thread that has opted
 * in (MYELIN_EXT_OUTCOME). Each ends with an outcome out of band: in the badge register for a call,
 * where a plain answer leaves 0; in a register that messages never use for a receive or wait.
 *
 * O-1: while a caller's context is lent, nothing but an answer ends its call: the outcome is kept
 * in tcb.ending (OBSTACLE_ENDING) and comes about when the context is home. A deadline that it
 * began with (WAIT_DEADLINE) is only noted till then, in tcb.release.rank.
 * O-2: a thread is in a tree of release.h exactly while it waits for budget or has
 * OBSTACLE_DEADLINE. One with an obstacle is in no *_FAST state and, but for a deadline of one who
 * is ON_NOTIFICATION, not fast-wake eligible (T-6).
 * O-3: sc.home->lent == sc and tcb.lent->home == tcb, both ways; such a context has no call stack
 * below its holder's own.
 */
#pragma once

#include "arch.h"

/* log2 of the ticks between two times at which deadlines are looked at: 64 us at 1 GHz */
#define DEADLINE_BITS 16u

/* Does t wait in a way that can end with an outcome? */
bool outcome_is_possible(const struct tcb *t);

/*
 * t is about to block in an extended system call, until deadline (TIMER_OFF: for ever), or an
 * interrupt. The deadline counts from outcome_context_home() on.
 */
static inline void outcome_note(struct tcb *t, ticks_t deadline)
{
    t->wait_kind |= WAIT_EXTENDED;
    if (deadline == TIMER_OFF)
        return;
    t->wait_kind |= WAIT_DEADLINE;
    /* Never early; and many sleepers are not many interrupts. */
    t->release.rank = deadline > TIMER_OFF - BIT(DEADLINE_BITS) ? TIMER_OFF - 1
                                                                : align_up(deadline, DEADLINE_BITS);
}

/* The deadline that t, which has blocked, has noted counts from now on. */
void outcome_start_deadline(struct tcb *t);

/* Both for t, which has just blocked: if its context is not lent, the deadline counts now. */
void outcome_begin(struct tcb *t, ticks_t deadline);

/* t stops waiting, in whatever way: it has no deadline and no ending any more. */
void outcome_forget(struct tcb *t);

/*
 * t's extended wait ends with outcome, now or as soon as its context is home. False: not at all,
 * since t, a receiver, has no time to go on with (its bound notification's context is not free).
 */
bool outcome_end(struct tcb *t, unsigned outcome);

/*
 * t's context is home, or lost: if an ending waits for that, it comes about, and a deadline counts.
 */
void outcome_context_home(struct tcb *t);

/* t's deadline is reached. It is in no tree any more. */
void outcome_expire(struct tcb *t);

/* Tell t, whose wait (or call) ends early, or will not begin, of the outcome. */
void outcome_tell(struct tcb *t, unsigned outcome, bool is_call);

/*
 * t waits in a queue that leads to nobody any more: its call ends with MYELIN_DEAD, or it tries
 * again and finds nothing.
 */
RARE void outcome_nobody_left(struct tcb *t);

/* t's call, just taken out of its queue, cannot be answered: it ends with MYELIN_DEAD. */
void outcome_no_answer(struct tcb *t);

/* tcb.is_interrupted becomes so. */
void outcome_set_interrupted(struct tcb *t, bool is_interrupted);

/* Requests to threads: MYELIN_INV_TCB_INTERRUPT, MYELIN_INV_TCB_GET_WAIT. No errors. */
enum inv_result outcome_interrupt(struct tcb *t);
enum inv_result outcome_get_wait(struct inv *inv, const struct tcb *t);

/* SPDX-License-Identifier: BSD-2-Clause */
#include "outcome.h"

#include "cspace.h"
#include "notification.h"
#include "panic.h"
#include "portal.h"
#include "release.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

static bool is_call(const struct tcb *t)
{
    return tcb_is_on_reply(t) || (t->state == THREAD_ON_SEND && t->wait_kind & WAIT_CALL);
}

bool outcome_is_possible(const struct tcb *t)
{
    return tcb_is_blocked(t) && t->fault.type == FAULT_NULL &&
           (t->wait_kind & WAIT_EXTENDED || (is_call(t) && t->extensions & MYELIN_EXT_OUTCOME));
}

/*
 * Is t's context with whoever serves its call? Of one who queues, only if it helps: what it lent in
 * a call before has to do with that one.
 */
static bool is_lent(const struct tcb *t)
{
    if (t->state == THREAD_ON_SEND)
        return t->obstacles & OBSTACLE_HELPING;
    return (t->sc == NULL && t->lent != NULL) ||
           (tcb_is_on_reply(t) && t->reply != NULL && reply_is_lent(t->reply));
}

void outcome_start_deadline(struct tcb *t)
{
    t->wait_kind ^= WAIT_DEADLINE;
    if (t->state != THREAD_ON_NOTIFICATION)
        tcb_wait_changed(t);
    t->obstacles |= OBSTACLE_DEADLINE;
    release_insert(t, t->release.rank);
}

void outcome_begin(struct tcb *t, ticks_t deadline)
{
    assert(tcb_is_blocked(t) && t->fault.type == FAULT_NULL);
    outcome_note(t, deadline);
    if (t->wait_kind & WAIT_DEADLINE && !(is_call(t) && is_lent(t)))
        outcome_start_deadline(t);
}

inline void outcome_forget(struct tcb *t)
{
    if (t->obstacles & OBSTACLE_DEADLINE)
        release_remove(t);
    t->obstacles &= (uint8_t) ~(OBSTACLE_DEADLINE | OBSTACLE_ENDING);
    t->ending = MYELIN_OK;
}

inline void outcome_tell(struct tcb *t, unsigned outcome, bool is_call)
{
    arch_set_tag(t, 0);
    arch_set_badge(t, is_call ? outcome : 0);
    if (!is_call)
        arch_set_outcome(t, outcome);
}

/* t, which waits no more, goes on with its outcome. */
static void go_on(struct tcb *t, unsigned outcome, bool was_call)
{
    outcome_forget(t);
    outcome_tell(t, outcome, was_call);
    tcb_set_runnable(t);
    sched_wake(t);
}

/* t receives and has no time of its own: has its notification some, which is t's then? */
static bool find_time(struct tcb *t)
{
    /* a notification is its queue */
    struct notification *n = t->state == THREAD_ON_NOTIFICATION ? (void *)t->wait_q : t->bound;

    if (t->sc != NULL)
        return true;
    if (n == NULL || n->sc == NULL || n->sc->tcb != NULL)
        return false;
    sched_context_borrow(n, t);
    return true;
}

bool outcome_end(struct tcb *t, unsigned outcome)
{
    bool was_call = is_call(t);

    if (was_call && is_lent(t)) {
        tcb_wait_changed(t);
        t->obstacles |= OBSTACLE_ENDING;
        t->ending = (uint8_t)outcome; /* O-1 */
        return true;
    }
    if (!was_call && !find_time(t))
        return false;
    if (tcb_is_on_reply(t))
        reply_leave(t);
    else
        tcb_leave_queue(t);
    go_on(t, outcome, was_call);
    return true;
}

void outcome_context_home(struct tcb *t)
{
    if (t->obstacles & OBSTACLE_ENDING)
        outcome_end(t, t->ending);
    else if (t->wait_kind & WAIT_DEADLINE)
        outcome_start_deadline(t);
}

void outcome_expire(struct tcb *t)
{
    t->obstacles &= (uint8_t)~OBSTACLE_DEADLINE;
    if (!(t->obstacles & OBSTACLE_ENDING))
        (void)outcome_end(t, MYELIN_DEADLINE);
}

void outcome_nobody_left(struct tcb *t)
{
    if (t->obstacles & OBSTACLE_HELPING)
        portal_stop_helping(t);
    if (t->state == THREAD_ON_SEND && outcome_is_possible(t))
        outcome_end(t, MYELIN_DEAD);
    else
        tcb_send_away(t);
}

void outcome_no_answer(struct tcb *t)
{
    go_on(t, MYELIN_DEAD, true);
}

void outcome_set_interrupted(struct tcb *t, bool is_interrupted)
{
    t->is_interrupted = is_interrupted;
    cspace_refresh(t); /* without it fast paths find nothing, and leave the call alone */
}

enum inv_result outcome_interrupt(struct tcb *t)
{
    if (!outcome_is_possible(t) || !outcome_end(t, MYELIN_INTERRUPTED))
        outcome_set_interrupted(t, true);
    return INV_OK;
}

enum inv_result outcome_get_wait(struct inv *inv, const struct tcb *t)
{
    static const uint8_t kinds[] = {
        [THREAD_INACTIVE] = MYELIN_WAIT_NONE,        [THREAD_RUNNABLE] = MYELIN_WAIT_PROCESSOR,
        [THREAD_ON_RECV_FAST] = MYELIN_WAIT_MESSAGE, [THREAD_ON_RECV] = MYELIN_WAIT_MESSAGE,
        [THREAD_ON_SEND] = MYELIN_WAIT_RECEIVER,     [THREAD_ON_REPLY_FAST] = MYELIN_WAIT_ANSWER,
        [THREAD_ON_REPLY] = MYELIN_WAIT_ANSWER,      [THREAD_ON_NOTIFICATION] = MYELIN_WAIT_SIGNAL,
        [THREAD_IDLE] = MYELIN_WAIT_PROCESSOR,
    };
    word_t flags = t->fault.type != FAULT_NULL ? MYELIN_WAIT_IS_FAULT : 0;

    flags |= is_lent(t) ? MYELIN_WAIT_IS_LENT : 0;
    flags |= t->obstacles & OBSTACLE_DEADLINE || t->wait_kind & WAIT_DEADLINE
                 ? MYELIN_WAIT_HAS_DEADLINE
                 : 0;
    flags |= t->is_interrupted || t->ending != MYELIN_OK ? MYELIN_WAIT_IS_INTERRUPTED : 0;
    inv_ret(inv, 0, kinds[t->state]);
    inv_ret(inv, 1, flags);
    return INV_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "endpoint.h"

#include "message.h"
#include "notification.h"
#include "outcome.h"
#include "portal.h"
#include "preempt.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

void endpoint_queue_sender(struct tcb *t, struct cap c, bool is_call)
{
    t->state = THREAD_ON_SEND;
    t->wait_badge = c.w1;
    t->wait_rights = (uint8_t)cap_rights(c);
    if (is_call)
        t->wait_kind |= WAIT_CALL;
    waitq_insert(cap_ptr(c), t); /* an endpoint is its queue */
}

/* Does t, which calls just now, want to be told when that can come to nothing? */
static inline bool wants_outcome(const struct tcb *t)
{
    return t->fault.type == FAULT_NULL &&
           (t->extensions & MYELIN_EXT_OUTCOME || t->wait_kind & WAIT_EXTENDED);
}

/* t queues at the endpoint that c names, until somebody receives. */
static void wait_to_send(struct tcb *t, struct cap c, bool is_call)
{
    bool is_at_portal = c.w0 & CAP_PORTAL && is_call;

    if (is_at_portal && wants_outcome(t) && portal_is_cycle(cap_ptr(c), t)) {
        outcome_tell(t, MYELIN_DEADLOCK, true);
        return;
    }
    endpoint_queue_sender(t, c, is_call);
    sched_stop(t);
    if (is_at_portal) {
        t->wait_kind |= WAIT_AT_PORTAL;
        portal_queued(cap_ptr(c));
    }
}

/* t's call was taken by somebody who can not answer it. */
static void call_in_vain(struct tcb *t)
{
    if (t->state == THREAD_RUNNABLE && wants_outcome(t))
        outcome_tell(t, MYELIN_DEAD, true); /* it calls just now, and goes on at once */
    else if (t->state == THREAD_ON_SEND && outcome_is_possible(t))
        outcome_no_answer(t);
    else
        tcb_deactivate(t);
}

inline void endpoint_queue_receiver(struct waitq *q, struct tcb *t, struct reply *reply,
                                    bool can_fast_wake)
{
    bool is_fast = reply != NULL && t->sc == NULL && arch_space_is_valid(&t->space);

    t->state = is_fast ? THREAD_ON_RECV_FAST : THREAD_ON_RECV;
    t->can_fast_wake = can_fast_wake;
    t->reply = NULL;
    if (reply != NULL)
        reply_attach(reply, t);
    waitq_insert(q, t);
}

/*
 * sender's call has reached receiver, who offers reply (or nothing): the sender waits for the
 * answer, if it may have one.
 */
static void await_answer(struct tcb *sender, struct tcb *receiver, struct reply *reply,
                         bool may_reply, bool can_donate)
{
    if (reply != NULL && may_reply)
        reply_await(sender, receiver, reply, can_donate);
    else
        call_in_vain(sender);
}

void endpoint_send(struct tcb *t, struct cap c, const struct send_kind *kind)
{
    struct endpoint *ep = cap_ptr(c);
    struct tcb *to = ep->queue.head;

    if (t->is_interrupted && kind->is_call && wants_outcome(t)) {
        outcome_set_interrupted(t, false);
        outcome_tell(t, MYELIN_INTERRUPTED, true);
        return;
    }
    if (to == NULL || to->state == THREAD_ON_SEND) {
        if (kind->is_blocking)
            wait_to_send(t, c, kind->is_call);
        return;
    }
    waitq_remove(to);
    outcome_forget(to);
    message_transfer(t, to, ep, c.w1, cap_has(c, RIGHT_GRANT));
    struct reply *reply = to->reply;
    if (reply != NULL)
        reply_detach(reply);
    if (kind->is_call || t->fault.type != FAULT_NULL)
        await_answer(t, to, reply, cap_has(c, RIGHT_GRANT | RIGHT_GRANT_REPLY), kind->can_donate);
    else if (kind->can_donate && t->sc != NULL && to->sc == NULL)
        sched_context_move(t->sc, to);
    tcb_set_runnable(to);
    sched_wake(to);
}

/* Does from, which is taken out of the queue now, wait for an answer then? */
static bool wants_answer(const struct tcb *from)
{
    return from->wait_kind & WAIT_CALL || from->fault.type != FAULT_NULL;
}

static void take_message(struct endpoint *ep, struct tcb *t, struct tcb *from, struct reply *reply)
{
    waitq_remove(from);
    message_transfer(from, t, ep, from->wait_badge, (from->wait_rights & RIGHT_GRANT) != 0);
    if (from->sc != NULL && from->sc->is_sporadic)
        refill_resume(from->sc); /* which t may go on with */
    if (wants_answer(from)) {
        await_answer(from, t, reply, (from->wait_rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0,
                     from->fault.type != FAULT_TIMEOUT);
        return;
    }
    tcb_set_runnable(from);
    sched_wake(from);
}

/* Will from, whose message is taken, lend its context to a receiver that has none? */
static bool will_lend(const struct tcb *from, const struct reply *reply)
{
    return reply != NULL && from->sc != NULL && from->fault.type != FAULT_TIMEOUT &&
           wants_answer(from) && from->wait_rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY);
}

/*
 * The first whose message t can take from ep, NULL: nobody waits to send. One who helps has its own
 * context back first, which may end its wait.
 */
static struct tcb *first_sender(const struct endpoint *ep, struct tcb *t)
{
    struct tcb *from;

    while ((from = ep->queue.head) != NULL && from->obstacles & OBSTACLE_HELPING) {
        if (from->lent == t->sc && t->sc->reply == NULL)
            sched_context_send_home(t->sc);
        else
            portal_stop_helping(from);
    }
    return from != NULL && from->state == THREAD_ON_SEND ? from : NULL;
}

bool endpoint_recv(struct endpoint *ep, struct tcb *t, const struct recv_kind *kind,
                   struct reply *reply)
{
    struct notification *bound = t->bound;

    if (reply != NULL && reply->caller != NULL && reply->caller != t) {
        if (kind->gives_back && tcb_is_on_reply(reply->caller) && reply->sc != NULL &&
            reply->prev == NULL)
            sched_context_give_back_lent(t, true);
        if (reply->caller != NULL) /* the wait of whose time it was may have ended by that */
            reply_drop(reply);     /* whoever waited on it is not answered any more */
    }
    if (bound != NULL && bound->is_active) {
        notification_take(bound, t);
        return true;
    }
    if (bound != NULL && kind->is_blocking)
        sched_context_give_back(bound, t);
    struct tcb *from = first_sender(ep, t);

    if (from != NULL ? kind->gives_back && will_lend(from, reply) : kind->is_blocking)
        sched_context_give_back_lent(t, kind->gives_back);
    if (from != NULL) {
        take_message(ep, t, from, reply);
    } else if (kind->is_blocking) {
        t->has_lost_time = false; /* perhaps just now; but whoever calls brings some */
        endpoint_queue_receiver(&ep->queue, t, reply, sched_can_fast_wake(t));
        sched_stop(t);
    } else {
        arch_set_badge(t, 0);
    }
    return from != NULL;
}

#define CANCEL_UNITS 6u /* to send a thread away */

/* What waitq_walk is after: senders with this badge; 0: extended calls, which nobody answers. */
static word_t walk_badge;

bool endpoint_walk(struct endpoint *ep, word_t badge)
{
    struct tcb *t = waitq_walk;
    /* There is one walk at a time: who finds another's unfinished goes on with that first. */
    bool is_own = t == NULL || (t->wait_q == &ep->queue && walk_badge == badge);

    if (t == NULL) {
        t = ep->queue.head;
        walk_badge = badge;
    }
    if (t == NULL || t->state != THREAD_ON_SEND)
        return true;
    waitq_walk = waitq_next(t);
    bool is_meant = walk_badge != 0 ? t->wait_badge == walk_badge : outcome_is_possible(t);
    preempt_work += is_meant ? CANCEL_UNITS : 1;
    if (is_meant && walk_badge != 0)
        tcb_send_away(t);
    else if (is_meant)
        outcome_nobody_left(t);
    return is_own && waitq_walk == NULL;
}

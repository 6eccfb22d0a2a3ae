/* SPDX-License-Identifier: BSD-2-Clause */
#include "endpoint.h"

#include "message.h"
#include "notification.h"
#include "preempt.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"
#include "tcb_ops.h"

static void wait_to_send(struct tcb *t, struct cap c, bool is_call)
{
    t->state = THREAD_ON_SEND;
    t->wait_badge = c.w1;
    t->wait_rights = (uint8_t)cap_rights(c);
    t->wait_is_call = is_call;
    sched_stop(t);
    waitq_insert(cap_ptr(c), t); /* an endpoint is its queue */
}

/* sender's call has reached receiver, who offers reply (or nothing): the sender waits for the answer, if it may have one. */
static void await_answer(struct tcb *sender, struct tcb *receiver, struct reply *reply, bool may_reply, bool can_donate)
{
    if (reply != NULL && may_reply)
        reply_push(sender, receiver, reply, can_donate);
    else
        tcb_deactivate(sender);
}

void endpoint_send(struct tcb *t, struct cap c, const struct send_kind *kind)
{
    struct endpoint *ep = cap_ptr(c);
    struct tcb *to = ep->queue.head;

    if (to == NULL || to->state == THREAD_ON_SEND) {
        if (kind->is_blocking)
            wait_to_send(t, c, kind->is_call);
        return;
    }
    waitq_remove(to);
    message_transfer(t, to, ep, c.w1, cap_has(c, RIGHT_GRANT));
    struct reply *reply = to->reply;
    if (reply != NULL)
        reply_unlink(reply);
    if (kind->is_call || t->fault.type != FAULT_NULL)
        await_answer(t, to, reply, cap_has(c, RIGHT_GRANT | RIGHT_GRANT_REPLY), kind->can_donate);
    else if (kind->can_donate && t->sc != NULL && to->sc == NULL)
        sched_context_donate(t->sc, to);
    tcb_set_running(to);
    sched_wake(to);
}

static void wait_to_recv(struct endpoint *ep, struct tcb *t, struct reply *reply)
{
    bool is_fast = reply != NULL && t->sc == NULL && arch_space_is_valid(&t->space);

    t->state = is_fast ? THREAD_ON_RECV_FAST : THREAD_ON_RECV;
    t->wait_is_plain = sched_waits_plainly(t);
    t->reply = reply;
    if (reply != NULL)
        reply->caller = t;
    sched_stop(t);
    waitq_insert(&ep->queue, t);
}

static void take_message(struct endpoint *ep, struct tcb *t, struct tcb *from, struct reply *reply)
{
    waitq_remove(from);
    message_transfer(from, t, ep, from->wait_badge, (from->wait_rights & RIGHT_GRANT) != 0);
    if (from->sc != NULL && from->sc->is_sporadic)
        refill_unblock(from->sc); /* which t may go on with */
    if (from->wait_is_call || from->fault.type != FAULT_NULL) {
        await_answer(from, t, reply, (from->wait_rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0,
                     from->sc != NULL && from->fault.type != FAULT_TIMEOUT);
        return;
    }
    tcb_set_running(from);
    sched_wake(from);
}

void endpoint_recv(struct endpoint *ep, struct tcb *t, bool is_blocking, struct reply *reply)
{
    struct notification *bound = t->bound;
    struct tcb *from = ep->queue.head;

    if (reply != NULL && reply->caller != NULL && reply->caller != t)
        tcb_cancel_ipc(reply->caller); /* whoever waited on it is not answered any more */
    if (bound != NULL && bound->is_active) {
        notification_take(bound, t);
        return;
    }
    if (bound != NULL && is_blocking)
        sched_context_return_to(bound, t);
    if (from != NULL && from->state == THREAD_ON_SEND)
        take_message(ep, t, from, reply);
    else if (is_blocking)
        wait_to_recv(ep, t, reply);
    else
        arch_set_badge(t, 0);
}

/* What waitq_walk is after. */
static word_t walk_badge;

static enum inv_result walk_on(void)
{
    while (waitq_walk != NULL) {
        struct tcb *t = waitq_walk;

        waitq_walk = waitq_next(t);
        if (t->wait_badge == walk_badge)
            tcb_send_away(t);
        if (waitq_walk != NULL && preempt_point())
            return INV_PREEMPTED;
    }
    return INV_OK;
}

enum inv_result endpoint_cancel_badged(struct endpoint *ep, word_t badge)
{
    bool is_resumed = waitq_walk != NULL && waitq_walk->wait_q == &ep->queue && walk_badge == badge;

    /* There is one walk at a time: who finds another's unfinished goes on with that first. */
    if (walk_on() == INV_PREEMPTED)
        return INV_PREEMPTED;
    if (is_resumed || waitq_is_empty(&ep->queue) || ep->queue.head->state != THREAD_ON_SEND)
        return INV_OK;
    waitq_walk = ep->queue.head;
    walk_badge = badge;
    return walk_on();
}

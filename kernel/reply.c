/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include "fault.h"
#include "message.h"
#include "outcome.h"
#include "panic.h"
#include "refill.h"
#include "sched.h"
#include "schedctx.h"

void reply_detach(struct reply *reply)
{
    assert(reply->caller != NULL && reply->caller->reply == reply); /* */
    reply->caller->reply = NULL;
    reply->caller = NULL;
}

/* Is reply the top of the call stack of the context that its call was made with? */
static bool is_top(const struct reply *reply)
{
    return reply->sc != NULL && reply->sc->reply == reply;
}

/* reply is in no call stack any more: those above it and those below it know nothing of it. */
static void unlink(struct reply *reply)
{
    if (reply->next != NULL)
        reply->next->prev = NULL;
    if (reply->prev != NULL)
        reply->prev->next = NULL;
    if (is_top(reply))
        reply->sc->reply = NULL;
    else if (reply->sc != NULL)
        reply->sc->home->held = NULL; /* P-2 */
    reply->next = NULL;
    reply->prev = NULL;
    reply->sc = NULL;
}

#define STACK_STEPS 16u /* further up or down nobody looks */

/* The context that came with the call; NULL: none, or it is too far away. */
static struct sched_context *context_of(const struct reply *reply)
{
    for (unsigned i = 0; i < STACK_STEPS && reply->prev != NULL; i++)
        reply = reply->prev;
    return reply->prev == NULL ? reply->sc : NULL;
}

/*
 * reply leaves its call stack, which breaks there. The context comes home, when whoever has it then
 * gives it back, to the first in an extended call from reply's caller on; who waits between has
 * lost it. It can have one home only.
 */
static void stack_cut(struct reply *reply)
{
    if (reply_is_alone(reply))
        return;
    struct sched_context *sc = context_of(reply);
    bool can_remember = sc != NULL && (sc->home == NULL || (reply->sc != NULL && !is_top(reply)));
    struct reply *r = reply, *next;

    for (unsigned i = 0; i < STACK_STEPS && r != NULL; i++, r = next) {
        struct tcb *t = r->caller;

        next = r->next;
        unlink(r);
        if (can_remember && t->lent == NULL && outcome_is_possible(t)) {
            sched_context_change_home(sc, t, next);
            return;
        }
        if (r != reply)
            outcome_context_home(t);
    }
}

void reply_lose_context(struct reply *r)
{
    unsigned left = STACK_STEPS;
    struct reply *next;

    for (; left > 0 && r != NULL && !outcome_is_possible(r->caller); left--)
        r = r->next;
    for (; left > 0 && r != NULL; left--, r = next) {
        next = r->next;
        tcb_wait_changed(r->caller);
        unlink(r);
        outcome_context_home(r->caller);
    }
}

void reply_await(struct tcb *caller, struct tcb *callee, struct reply *reply, bool is_donating)
{
    assert(reply->caller == NULL && reply->next == NULL && reply->prev == NULL);
    sched_stop(caller);
    reply_attach(reply, caller);
    reply->sc = NULL;
    caller->state = THREAD_ON_REPLY;
    if (!is_donating || caller->sc == NULL || callee->sc != NULL)
        return;
    reply_lend(reply, caller, callee);
    callee->has_lost_time = false;
    if (caller->fault.type == FAULT_NULL && caller->obstacles == 0 &&
        arch_space_is_valid(&caller->space))
        caller->state = THREAD_ON_REPLY_FAST;
}

void reply_send_home(struct reply *reply)
{
    struct tcb *caller = reply->caller;
    struct sched_context *sc = is_top(reply) ? reply->sc : NULL;

    if (sc != NULL)
        reply_return(reply, sc);
    else
        stack_cut(reply);
    reply_detach(reply);
    outcome_forget(caller);
    caller->state = THREAD_INACTIVE;
    if (sc != NULL && caller->sc == NULL)
        sched_context_move(sc, caller);
}

void reply_give_up(struct tcb *t)
{
    struct reply *reply = t->reply;

    if (reply == NULL)
        return;
    stack_cut(reply);
    reply_detach(reply);
}

void reply_leave(struct tcb *t)
{
    struct reply *reply = t->reply;

    if (reply == NULL)
        return;
    unlink(reply);
    reply_detach(reply);
}

bool reply_is_lent(const struct reply *reply)
{
    return reply->sc != NULL || reply->prev != NULL;
}

struct tcb *reply_pop(struct reply *reply)
{
    reply_return(reply, reply->sc);
    reply->sc = NULL;
    tcb_wait_changed(reply->caller);
    return reply->caller;
}

/* reply's caller, in an extended call, is not answered any more, and will be told so. */
static void end_extended(struct reply *reply)
{
    struct tcb *t = reply->caller, *server = is_top(reply) ? reply->sc->tcb : NULL;

    if (is_top(reply))
        sched_context_send_home(reply->sc);
    if (server != NULL)
        sched_context_find(server);
    if (reply->caller != t)
        return; /* it had another ending, which its context's return has brought about */
    stack_cut(reply);
    reply_detach(reply);
    outcome_end(t, MYELIN_DEAD);
}

void reply_drop(struct reply *reply)
{
    if (outcome_is_possible(reply->caller) && tcb_is_on_reply(reply->caller))
        end_extended(reply);
    else
        tcb_cancel_ipc(reply->caller);
}

void reply_destroy(struct reply *reply)
{
    struct tcb *t = reply->caller;

    if (t == NULL)
        return;
    if (tcb_is_on_reply(t) && !outcome_is_possible(t)) {
        reply_send_home(reply);
        tcb_deactivate(t);
    } else {
        reply_drop(reply); /* or it offered the object in a receive, which is over */
    }
}

bool reply_answer(struct tcb *sender, struct reply *reply, bool can_grant)
{
    struct tcb *caller = reply->caller;

    if (caller == NULL || !tcb_is_on_reply(caller))
        return false;
    reply_send_home(reply);
    bool was_timeout = caller->fault.type == FAULT_TIMEOUT;
    if (caller->fault.type == FAULT_NULL) {
        message_transfer(sender, caller, NULL, 0, can_grant);
        tcb_set_runnable(caller);
    } else {
        tcb_set_state(caller, fault_answer(sender, caller) ? THREAD_RUNNABLE : THREAD_INACTIVE);
    }
    if (caller->state == THREAD_RUNNABLE && caller->sc == NULL)
        sched_context_find(caller); /* it had one when it called */
    if (!sched_can_run(caller))
        return true;
    if (!was_timeout && caller->sc != this_cpu()->sc && !refill_is_due(caller->sc) &&
        fault_has_handler(caller, TCB_TIMEOUT_EP))
        fault_timeout(caller); /* came back with a context that has nothing left */
    else
        sched_wake(caller);
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include "fault.h"
#include "message.h"
#include "panic.h"
#include "refill.h"
#include "sched.h"
#include "schedctx.h"
#include "tcb_ops.h"

void reply_unlink(struct reply *reply)
{
    assert(reply->caller != NULL && reply->caller->reply == reply); /* */
    reply->caller->reply = NULL;
    reply->caller = NULL;
}

static void unlink_in_stack(struct reply *reply)
{
    reply->next = NULL;
    reply->prev = NULL;
    reply->sc = NULL;
}

/* reply, the top of its call stack, leaves it. */
static void stack_pop(struct reply *reply)
{
    reply->sc->reply = reply->next;
    if (reply->next != NULL) {
        reply->next->prev = NULL;
        reply->next->sc = reply->sc;
    }
    unlink_in_stack(reply);
}

/* reply leaves its call stack, which breaks there: the context comes back to the callers above it, not to those below. */
static void stack_cut(struct reply *reply)
{
    if (reply->next != NULL)
        reply->next->prev = NULL;
    if (reply->prev != NULL)
        reply->prev->next = NULL;
    if (reply->sc != NULL)
        reply->sc->reply = NULL;
    unlink_in_stack(reply);
}

void reply_push(struct tcb *caller, struct tcb *callee, struct reply *reply, bool is_donating)
{
    struct sched_context *sc = caller->sc;

    assert(reply->caller == NULL && reply->next == NULL && reply->prev == NULL);
    reply->sc = NULL;
    reply->caller = caller;
    caller->reply = reply;
    caller->state = THREAD_ON_REPLY;
    if (is_donating && sc != NULL && callee->sc == NULL) {
        reply->next = sc->reply;
        if (sc->reply != NULL) {
            sc->reply->prev = reply;
            sc->reply->sc = NULL;
        }
        sc->reply = reply;
        reply->sc = sc;
        sched_context_donate(sc, callee);
        if (caller->fault.type == FAULT_NULL && !caller->ip_is_exact && arch_space_is_valid(&caller->space))
            caller->state = THREAD_ON_REPLY_FAST;
    } else {
        sched_stop(caller);
    }
}

void reply_pop(struct reply *reply)
{
    struct tcb *caller = reply->caller;
    struct sched_context *sc = reply->sc;

    if (sc != NULL)
        stack_pop(reply);
    else
        stack_cut(reply);
    reply_unlink(reply);
    caller->state = THREAD_INACTIVE;
    if (sc != NULL && caller->sc == NULL)
        sched_context_donate(sc, caller);
}

void reply_cancel(struct tcb *t)
{
    struct reply *reply = t->reply;

    if (reply == NULL)
        return;
    stack_cut(reply);
    reply_unlink(reply);
}

void reply_destroy(struct reply *reply)
{
    struct tcb *t = reply->caller;

    if (t == NULL)
        return;
    if (tcb_is_on_reply(t)) {
        reply_pop(reply);
        tcb_deactivate(t);
    } else {
        tcb_cancel_ipc(t); /* it offered the object in a receive, which is over */
    }
}

void reply_send(struct tcb *sender, struct reply *reply, bool can_grant)
{
    struct tcb *caller = reply->caller;

    if (caller == NULL || !tcb_is_on_reply(caller))
        return;
    reply_pop(reply);
    bool was_timeout = caller->fault.type == FAULT_TIMEOUT;
    if (caller->fault.type == FAULT_NULL) {
        message_transfer(sender, caller, NULL, 0, can_grant);
        tcb_set_running(caller);
    } else if (fault_answer(sender, caller)) {
        tcb_set_running(caller);
    }
    if (!sched_can_run(caller))
        return;
    if (!was_timeout && caller->sc != this_cpu()->sc && !refill_is_ready(caller->sc) &&
        fault_has_handler(caller, TCB_TIMEOUT_EP))
        fault_timeout(caller); /* came back with a context that has nothing left */
    else
        sched_wake(caller);
}

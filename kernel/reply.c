/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include "fault.h"
#include "message.h"
#include "outcome.h"
#include "panic.h"
#include "preempt.h"
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

/* Is it the first of those that a context's home has kept below? */
static bool is_held(const struct reply *reply)
{
    return reply->sc != NULL && reply->sc->home != NULL && reply->sc->home->held == reply;
}

/* t's turn has come, or it waits no more. */
static void take_up(struct tcb *t)
{
    t->obstacles &= (uint8_t)~OBSTACLE_PUT_OFF;
    waitq_remove(t);
}

/* reply, put off, leaves before its turn: it is the next one's. */
static void pass_on(struct reply *reply)
{
    take_up(reply->caller);
    if (reply->next == NULL)
        return;
    reply->next->sc = reply->sc;
    reply_put_off(reply->next);
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
    else if (is_held(reply))
        reply->sc->home->held = NULL; /* P-2 */
    if (reply->caller->obstacles & OBSTACLE_PUT_OFF)
        pass_on(reply);
    reply->next = NULL;
    reply->prev = NULL;
    reply->sc = NULL;
}

/* --- call stacks that break --- */

#define STEPS_AT_ONCE 16u /* calls that are looked at with no look for interrupts */

void reply_put_off(struct reply *r)
{
    tcb_wait_changed(r->caller);
    r->caller->obstacles |= OBSTACLE_PUT_OFF;
    waitq_insert(&this_cpu()->put_off, r->caller);
}

void reply_hold_up(void)
{
    struct cpu *cpu = this_cpu();

    cpu->time_needed = TIMER_OFF / 2;
    preempt_work = CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION; /* nor does a deletion's next step */
    cpu->timer_deadline = cpu->now;
    arch_timer_set(cpu->now, cpu->now);
}

/*
 * r, first of what is put off, and what is below: which of these it is, its links say.
 *
 *     it is a context's top     that is on its way home, with nobody
 *     there are others above    those keep the context; who is in an extended call, and all below
 *                               that, have lost it
 *     it has a context          that has its home at the first in an extended call; who is before
 *                               that has lost it
 *     it has none               all have lost it
 */
static void settle(struct reply *r)
{
    struct tcb *t = r->caller;
    struct reply *next = r->next;
    struct sched_context *sc = r->sc;
    bool is_extended = outcome_is_possible(t);

    take_up(t);
    if (is_top(r)) {
        sched_context_send_home(sc);
        return;
    }
    if (r->prev != NULL && is_extended) {
        r->prev->next = NULL;
        r->prev = NULL;
        sc = NULL;
    }
    if (r->prev == NULL) {
        unlink(r);
        if (sc != NULL && t->lent == NULL && is_extended) {
            sched_context_change_home(sc, t, next);
            return;
        }
        if (next != NULL)
            next->sc = sc;
        outcome_context_home(t);
    }
    if (next != NULL)
        reply_put_off(next);
}

bool reply_settle(void)
{
    struct cpu *cpu = this_cpu();

    for (unsigned i = 0; i < STEPS_AT_ONCE && cpu->put_off.head != NULL; i++)
        settle(cpu->put_off.head->reply);
    cpu->time_needed = min_budget_ticks;
    if (cpu->put_off.head != NULL)
        reply_hold_up();
    return cpu->put_off.head == NULL;
}

/*
 * reply leaves its call stack, which breaks there. The context comes home, when whoever has it then
 * gives it back, to the first in an extended call from reply's caller on; who waits between has
 * lost it. It can have one home only.
 */
static void stack_cut(struct reply *reply)
{
    struct sched_context *sc = reply->sc;
    struct reply *next = reply->next;
    struct tcb *t = reply->caller;

    if (t->obstacles & OBSTACLE_PUT_OFF)
        take_up(t);
    if (sc != NULL && sc->home != NULL && !is_held(reply))
        sc = NULL;
    unlink(reply);
    if (sc != NULL && t->lent == NULL && outcome_is_possible(t)) {
        sched_context_change_home(sc, t, next);
    } else if (next != NULL) {
        next->sc = sc;
        reply_put_off(next);
        reply_settle();
    }
}

void reply_lose_context(struct reply *r)
{
    if (r == NULL)
        return;
    r->sc = NULL;
    reply_put_off(r);
    reply_settle();
}

void reply_lose_extended(struct sched_context *sc)
{
    struct reply *top = sc->reply;

    if (top == NULL)
        return;
    if (outcome_is_possible(top->caller)) {
        sc->reply = NULL;
        reply_lose_context(top);
    } else if (top->next != NULL) {
        reply_put_off(top->next);
        reply_settle();
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

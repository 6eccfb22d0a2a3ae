/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seL4_Recv, seL4_Wait and their non-blocking forms; seL4_Yield, the other way to leave the
 * processor to whoever is ready.
 *
 *     take_signal        something is pending at the notification
 *     wait_for_signal    nothing is
 *     fast_recv          at an endpoint: the bound notification's signal, a sender's message, or
 *                        nothing yet
 *     fastpath_recv_until    both with a deadline
 */
#include "fastpath_priv.h"

#include "endpoint.h"
#include "notification.h"
#include "outcome.h"

bool fast_can_take(const struct tcb *t, const struct tcb *from, const struct reply *reply)
{
    return from->state == THREAD_ON_SEND &&  /* must: it receives, too */
           from->fault.type == FAULT_NULL && /* speed: another message to write */
           from->sc != NULL &&               /* speed: it needs t's, or waits for one */
           !from->sc->is_sporadic &&         /* must: its budget counts from now */
           /* speed: capabilities, or it is cut */
           can_copy(arch_tag(from) & ~TAG_UNWRAPPED, from, t) &&
           (!(from->wait_kind & WAIT_CALL) ||
            (reply != NULL && /* both speed: it stops for good */
             (from->wait_rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0));
}

static struct tcb *take_signal(struct tcb *t, struct notification *n)
{
    notification_read(n, t);
    return arch_same_exit(checked(t));
}

static struct tcb *nothing_there(struct tcb *t)
{
    arch_set_badge(t, 0);
    return arch_same_exit(checked(t));
}

/*
 * t, in a queue now by an extended system call, waits until the deadline in its register; next,
 * which cpu is charged for, takes over.
 */
APART static struct tcb *blocked_until(struct tcb *t, struct tcb *next)
{
    outcome_note(t, arch_deadline_reg(t));
    if (t->wait_kind & WAIT_DEADLINE) {
        outcome_start_deadline(t);
        if (t->release.rank < this_cpu()->timer_deadline)
            sched_set_timer();
    }
    fast_switch(t, next);
    return arch_exit();
}

/*
 * t waits at q, and offers reply if that is not NULL. Its bound notification's context, if it is on
 * that, goes back.
 */
APART static struct tcb *wait_for_message(struct tcb *t, struct waitq *q, bool is_on_bound,
                                          struct reply *reply)
{
    struct tcb *next = sched_block_fast();
    bool is_round_robin = t->sc->is_round_robin;

    if (next == NULL) /* see there */
        return arch_fast_missed();
    if (is_on_bound) {
        t->sc->tcb = NULL;
        t->sc = NULL;
        is_round_robin = false;
    }
    endpoint_queue_receiver(q, t, reply, is_round_robin);
    return fast_blocked(t, next);
}

/* t waits in q, a notification's queue; is_until: in an extended system call. */
APART static struct tcb *wait_in_queue(struct waitq *q, struct tcb *t, bool is_until)
{
    struct tcb *next = sched_block_fast();

    if (next == NULL) /* see there */
        return arch_fast_missed();
    notification_queue_waiter(q, t, t->sc->is_round_robin);
    return is_until ? blocked_until(t, next) : fast_blocked(t, next);
}

/* The same, in less time where nobody else waits and both contexts are round robin. */
INLINE struct tcb *wait_alone(struct waitq *q, struct tcb *t, bool is_until)
{
    struct cpu *cpu = this_cpu();
    struct ready_queues *ready = ready_in(cpu, cpu->domain);
    struct tcb *next;
    struct timeslice slice;

    if (q->head != NULL || /* speed: a place to find */
        ready->top < 0)    /* speed: idle */
        return wait_in_queue(q, t, is_until);
    next = ready->head[ready->top];
    if (!next->sc->is_round_robin ||          /* speed: refills to look at */
        !arch_space_is_valid(&next->space) || /* must: arch_fast_switch() needs one */
        next->yield_to != NULL ||             /* speed: an answer to write */
        !timeslice_measure(&slice))
        return wait_in_queue(q, t, is_until);
    timeslice_end(&slice, next->sc);
    ready_take(ready, next);
    t->state = THREAD_ON_NOTIFICATION;
    t->can_fast_wake = true;
    tcb_join_empty(t, q);
    if (is_until)
        return blocked_until(t, next);
    arch_entered_by_call(t);
    arch_fast_switch(t, next);
    check_all();
    return arch_blocked_exit(next, t);
}

APART static struct tcb *wait_for_signal_until(struct waitq *q, struct tcb *t)
{
    return wait_alone(q, t, true);
}

/* t takes what `from`, the first of a queue of senders, waits to send. */
APART static struct tcb *take_message(struct tcb *t, struct tcb *from, struct reply *reply)
{
    if (!fast_can_take(t, from, reply) ||
        (!(from->wait_kind & WAIT_CALL) && !can_be_made_ready(t, from)))
        return arch_fast_missed();
    waitq_remove(from);
    fast_pass_message(arch_tag(from) & ~TAG_UNWRAPPED, from, t, from->wait_badge);
    if (from->wait_kind & WAIT_CALL) {
        reply->sc = NULL;
        wait_for_answer(from, t, reply, THREAD_ON_REPLY);
    } else {
        fast_wake_behind(t, from, false);
    }
    return arch_answer_exit(checked(t));
}

APART struct tcb *fast_recv(struct tcb *t, struct waitq *q, sword_t number, struct reply *reply)
{
    struct tcb *from = q->head;
    bool is_on_bound = bound_matters(t);

    if (reply != NULL && reply->caller != NULL) /* speed: that one is sent away first */
        return arch_fast_missed();
    if (is_on_bound && t->bound->is_active)
        return take_signal(t, t->bound);
    if (from != NULL && from->state == THREAD_ON_SEND)
        return is_on_bound ? arch_fast_missed() /* speed: it may go on with other time */
                           : take_message(t, from, reply);
    if (!(number & 1))
        return nothing_there(t);
    return wait_for_message(t, q, is_on_bound, reply);
}

/* The same for an extended receive: a context that a caller has lent goes home. */
APART static struct tcb *recv_owing(struct tcb *t, struct waitq *q, struct reply *reply)
{
    struct reply *lent = t->sc->reply;
    struct tcb *caller = lent != NULL ? lent->caller : NULL, *next;

    if (reply->caller != NULL || /* speed: that one is sent away first */
        bound_matters(t) ||      /* speed: a signal, or two contexts */
        (q->head != NULL && q->head->state == THREAD_ON_SEND)) /* speed: it may bring time */
        return arch_fast_missed();
    if (caller != NULL && (caller->sc != NULL ||               /* speed: nobody's then */
                           caller->obstacles != 0 ||           /* must: its wait may end */
                           caller->wait_kind & WAIT_DEADLINE)) /* must: that counts then */
        return arch_fast_missed();
    next = sched_block_fast();
    if (next == NULL) /* see there */
        return arch_fast_missed();
    if (caller != NULL) {
        struct sched_context *sc = t->sc;

        reply_return(lent, sc);
        lent->sc = NULL;
        caller->state = THREAD_ON_REPLY;
        sched_context_give(sc, caller);
        caller->has_lost_time = false;
        t->sc = NULL;
    }
    endpoint_queue_receiver(q, t, reply, caller == NULL && t->sc->is_round_robin);
    return blocked_until(t, next);
}

/* The reply object that t offers, NULL: none, in a slot one step away. */
static inline struct reply *offered(const struct tcb *t)
{
    struct slot *r;

    return lookup_one_level(t, arch_reply_reg(t), &r) && r->cap.w0 & CAP_CAN_REPLY ? cap_ptr(r->cap)
                                                                                   : NULL;
}

/* t receives through the capability in slot, which is no notification to read. */
APART static struct tcb *recv_message(const struct slot *slot, struct tcb *t, sword_t number)
{
    struct reply *reply = NULL;

    if (!(slot->cap.w0 & CAP_CAN_RECV)) /* must: a fault */
        return arch_fast_missed();
    if (number != SYS_WAIT && number != SYS_NB_WAIT) {
        reply = offered(t);
        if (reply == NULL) /* must: a fault; speed: it is levels away */
            return arch_fast_missed();
    }
    return fast_recv(t, cap_ptr(slot->cap), number, reply);
}

struct tcb *fastpath_recv_until(struct slot *slot, struct tcb *t, sword_t number)
{
    struct notification *n = cap_ptr(slot->cap);

    if (arch_deadline_reg(t) != TIMER_OFF && arch_deadline_reg(t) <= arch_now())
        return arch_fast_missed(); /* must: it polls */
    if (number == MYELIN_SYS_RECV) {
        struct reply *reply = offered(t);

        return reply != NULL && slot->cap.w0 & CAP_CAN_RECV
                   ? recv_owing(t, cap_ptr(slot->cap), reply)
                   : arch_fast_missed(); /* must: a fault; speed: it is levels away */
    }
    if (!cap_can_wait(slot->cap) || (n->bound != NULL && n->bound != t)) /* must: a fault */
        return arch_fast_missed();
    if (n->is_active)
        return take_signal(t, n);
    return n->sc == NULL && t->sc->reply == NULL
               ? wait_for_signal_until(&n->queue, t)
               : arch_fast_missed(); /* speed: a context is given back */
}

struct tcb *fastpath_recv(struct slot *slot, struct tcb *t, sword_t number)
{
    struct notification *n;

    if (!cap_can_wait(slot->cap))
        return recv_message(slot, t, number);
    n = cap_ptr(slot->cap);
    if (n->bound != NULL && n->bound != t) /* must: a fault */
        return arch_fast_missed();
    if (n->is_active)
        return take_signal(t, n);
    if (!(number & 1))
        return nothing_there(t);
    return n->sc == NULL ? wait_alone(&n->queue, t, false)
                         : arch_fast_missed(); /* speed: its context may have to be given back */
}

struct tcb *fastpath_yield(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct tcb *next = sched_yield_fast(t); /* NULL: see there */

    if (next == NULL)
        return arch_fast_missed();
    if (next == t)
        return arch_fast_exit(checked(t));
    arch_entered_by_call(t);
    if (arch_space_is_valid(&next->space)) {
        arch_fast_switch(t, next);
    } else {
        cpu->current = next;
        arch_switch(t, next);
    }
    check_all();
    return arch_exit();
}

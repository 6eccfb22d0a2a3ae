/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seL4_Recv, seL4_Wait and their non-blocking forms; seL4_Yield, the other way to leave the
 * processor to whoever is ready.
 *
 *     take_signal        something is pending at the notification
 *     wait_for_signal    nothing is
 *     fast_recv          at an endpoint: the bound notification's signal, a sender's message, or
 *                        nothing yet
 *     fast_recv_until    both with a deadline
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

/* t has just begun to wait in an extended system call. */
static void begin_until(struct tcb *t)
{
    outcome_begin(t, arch_deadline_reg(t));
    if (this_cpu()->must_set_timer)
        sched_set_timer();
}

/* t waits at q, and offers reply if that is not NULL. */
APART static struct tcb *wait_for_message(struct cpu *cpu, struct tcb *t, struct waitq *q,
                                          struct reply *reply)
{
    struct tcb *next = sched_block_fast(cpu);

    if (next == NULL) /* see there */
        return arch_fast_missed();
    endpoint_queue_receiver(q, t, reply, t->sc->is_round_robin);
    return fast_blocked(cpu, t, next);
}

/* Can t give back what a caller has lent it? */
static bool can_give_back(const struct tcb *t)
{
    const struct reply *lent = t->sc->reply;

    return lent == NULL ||
           (lent->caller->sc == NULL &&                  /* speed: nobody's then */
            lent->caller->obstacles == 0 &&              /* must: its wait may end */
            !(lent->caller->wait_kind & WAIT_DEADLINE)); /* must: that counts then */
}

/* ... or its bound notification's context, if it is on that. */
static void give_back(struct tcb *t, bool is_until)
{
    struct sched_context *sc = t->sc;

    if (!is_until || bound_matters(t)) {
        sc->tcb = NULL;
    } else if (sc->reply != NULL) {
        sched_context_give(sc, reply_pop(sc->reply));
        sc->tcb->has_lost_time = false;
    } else {
        return; /* its own */
    }
    t->sc = NULL;
}

/* The same in an extended receive (is_until), or for t on its bound notification's context. */
APART static struct tcb *wait_giving_back(struct cpu *cpu, struct tcb *t, struct waitq *q,
                                          struct reply *reply, bool is_until)
{
    struct tcb *next;

    if ((is_until && !can_give_back(t)) || (next = sched_block_fast(cpu)) == NULL) /* see there */
        return arch_fast_missed();
    give_back(t, is_until);
    endpoint_queue_receiver(q, t, reply, t->sc != NULL && t->sc->is_round_robin);
    if (is_until)
        begin_until(t);
    return fast_blocked(cpu, t, next);
}

/* The end of a wait of t for which the timer is set too late for next. */
APART static struct tcb *blocked_exit_set_timer(struct tcb *next, struct tcb *t)
{
    sched_set_timer();
    return arch_blocked_exit(next, t);
}

/* t waits in q, a notification's queue. */
APART static struct tcb *wait_in_queue(struct cpu *cpu, struct tcb *t, struct waitq *q,
                                       bool is_until)
{
    struct tcb *next = sched_block_fast(cpu);

    if (next == NULL) /* see there */
        return arch_fast_missed();
    notification_queue_waiter(q, t, t->sc->is_round_robin);
    if (is_until)
        begin_until(t);
    return fast_blocked(cpu, t, next);
}

/* The same, in less time where nobody else waits and both contexts are round robin. */
APART static struct tcb *wait_for_signal(struct tcb *t, struct waitq *q)
{
    struct cpu *cpu = this_cpu();
    struct ready_queues *ready = ready_in(cpu, cpu->domain);
    struct tcb *next;
    struct timeslice slice;
    bool is_late;

    if (q->head != NULL || /* speed: a place to find */
        ready->top < 0)    /* speed: idle */
        return wait_in_queue(cpu, t, q, false);
    next = ready->head[ready->top];
    if (!next->sc->is_round_robin ||          /* speed: refills to look at */
        !arch_space_is_valid(&next->space) || /* must: arch_fast_switch() needs one */
        next->yield_to != NULL ||             /* speed: an answer to write */
        !timeslice_measure(cpu, &slice))
        return wait_in_queue(cpu, t, q, false);
    is_late = !timeslice_end(cpu, &slice, next->sc);
    ready_take(ready, next);
    t->state = THREAD_ON_NOTIFICATION;
    t->can_fast_wake = true;
    tcb_join_empty(t, q);
    arch_entered_by_call(t);
    arch_fast_switch(cpu, t, next);
    check_all();
    return likely(!is_late) ? arch_blocked_exit(next, t) : blocked_exit_set_timer(next, t);
}

/* t takes what `from`, the first of a queue of senders, waits to send. */
APART static struct tcb *take_message(struct tcb *t, struct tcb *from, struct reply *reply)
{
    const struct cpu *cpu = this_cpu();

    if (!fast_can_take(t, from, reply) ||
        (!(from->wait_kind & WAIT_CALL) && !can_be_made_ready(cpu, t, from)))
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

_Static_assert((SYS_RECV & 1) && (SYS_WAIT & 1) && !(SYS_NB_RECV & 1) && !(SYS_NB_WAIT & 1) &&
                   (MYELIN_SYS_RECV & 1),
               "one bit tells");

/* Does this receive wait for somebody to come? */
static inline bool is_blocking(sword_t number)
{
    return (number & 1) != 0;
}

APART struct tcb *fast_recv(struct cpu *cpu, struct tcb *t, struct waitq *q, struct reply *reply,
                            sword_t number)
{
    struct tcb *from = q->head;
    bool is_until = number == (sword_t)MYELIN_SYS_RECV, gives_back = is_until;

    if (reply != NULL && reply->caller != NULL) /* speed: that one is sent away first */
        return arch_fast_missed();
    if (bound_matters(t)) {
        if (t->bound->is_active)
            return take_signal(t, t->bound);
        gives_back = true;
    }
    if (from != NULL && from->state == THREAD_ON_SEND)
        return gives_back ? arch_fast_missed() /* speed: it may go on with other time */
                          : take_message(t, from, reply);
    if (!is_blocking(number))
        return nothing_there(t);
    return gives_back ? wait_giving_back(cpu, t, q, reply, is_until)
                      : wait_for_message(cpu, t, q, reply);
}

/* t receives through the capability in slot, which is no notification to read. */
APART static struct tcb *recv_message(const struct slot *slot, struct tcb *t, sword_t number)
{
    bool has_reply = number != SYS_WAIT && number != SYS_NB_WAIT;
    struct slot *r = NULL;

    if (has_reply && !lookup_one_level(t, arch_reply_reg(t), &r))
        r = fast_lookup_multilevel(t, arch_reply_reg(t));
    if (!(slot->cap.w0 & CAP_CAN_RECV) || /* must: a fault, as is the other */
        (has_reply && (r == NULL || !(r->cap.w0 & CAP_CAN_REPLY))))
        return arch_fast_missed();
    return fast_recv(this_cpu(), t, cap_ptr(slot->cap), has_reply ? cap_ptr(r->cap) : NULL, number);
}

struct tcb *fast_recv_until(struct tcb *t, const struct slot *slot, sword_t number)
{
    struct notification *n = cap_ptr(slot->cap);

    if (arch_deadline_reg(t) <= arch_now()) /* must: it polls */
        return arch_fast_missed();
    if (number == (sword_t)MYELIN_SYS_RECV)
        return recv_message(slot, t, number);
    if (!cap_can_wait(slot->cap) || (n->bound != NULL && n->bound != t)) /* must: a fault */
        return arch_fast_missed();
    if (n->is_active)
        return take_signal(t, n);
    return n->sc == NULL && t->sc->reply == NULL
               ? wait_in_queue(this_cpu(), t, &n->queue, true)
               : arch_fast_missed(); /* speed: a context is given back */
}

/*
 * t receives through the capability in slot. Compiled a second time for one that is levels away.
 */
INLINE struct tcb *recv_through(struct tcb *t, const struct slot *slot, sword_t number)
{
    struct notification *n;

    if (!cap_can_wait(slot->cap))
        return recv_message(slot, t, number);
    n = cap_ptr(slot->cap);
    if (unlikely(n->bound != NULL) && n->bound != t) /* must: a fault */
        return arch_fast_missed();
    if (n->is_active)
        return take_signal(t, n);
    if (!is_blocking(number))
        return nothing_there(t);
    return n->sc == NULL ? wait_for_signal(t, &n->queue)
                         : arch_fast_missed(); /* speed: its context may have to be given back */
}

APART static struct tcb *recv_multilevel(struct tcb *t, sword_t number)
{
    struct slot *slot = fast_lookup_multilevel(t, arch_cap_reg(t));

    return slot != NULL ? recv_through(t, slot, number) : arch_fast_missed(); /* must: a fault */
}

struct tcb *fastpath_recv(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *slot;

    (void)tag;
    return likely(lookup_one_level(t, address, &slot)) ? recv_through(t, slot, number)
                                                       : recv_multilevel(t, number);
}

struct tcb *fastpath_yield(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct tcb *next = sched_yield_fast(cpu, t); /* NULL: see there */

    (void)address;
    (void)tag;
    (void)number;
    if (next == NULL)
        return arch_fast_missed();
    if (next == t)
        return arch_fast_exit(checked(t));
    arch_entered_by_call(t);
    if (arch_space_is_valid(&next->space)) {
        arch_fast_switch(cpu, t, next);
    } else {
        cpu->current = next;
        arch_switch(t, next);
    }
    check_all();
    return arch_exit();
}

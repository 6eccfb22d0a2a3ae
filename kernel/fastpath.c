/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call costs when nothing is in its way.
 *
 * A call can take this path when the capability is found in one step, the receiver waits in ON_RECV_FAST (so it offers a
 * reply object, has no context and a good address space), no ready thread is more important than it, and the message needs
 * no capability transfer. Then the caller's context changes hands, and time goes on being charged to it: no clock is read
 * and no timer set. The answer comes back the same way, if the caller waits in ON_REPLY_FAST.
 *
 * Every condition is checked before the first store, the message's last. The order of the stores is free: nobody else looks.
 */
#include "fastpath.h"

#include "message.h"
#include "panic.h"
#include "refill.h"
#include "sched.h"
#include "switch.h"

bool fastpath_is_off;

/* Is address a slot of t's root CNode? Then it is *slot. */
static inline bool lookup(const struct tcb *t, cptr_t address, struct slot **slot)
{
    word_t index = address - t->fast.cspace_first;

    if (unlikely(index >= t->fast.cspace_count) && (index >= t->fast.marked_count || !arch_is_native_call(t)))
        return false;
    *slot = t->fast.cspace_slots + index;
    return true;
}

#define TAG_LOW_BITS 12u /* below the label: length, and counts of capabilities that have to be 0 */

/*
 * Copy the message that tag describes, unless that takes capabilities or buffers that are not there: then nothing is copied,
 * and false answered. Registers behind the end of the message are not touched: users rely on that.
 */
static inline bool copy_message(word_t tag, const struct tcb *from, struct tcb *to)
{
    word_t count;

    if (likely((tag & MASK(TAG_LOW_BITS)) == 0))
        return true;
    count = arch_hide(tag) & MASK(TAG_LOW_BITS); /* computed only now */
    if (count > MSG_REGS) {
        if (count > MSG_MAX_WORDS || from->ipc_buffer == NULL || to->ipc_buffer == NULL)
            return false;
        arch_copy_words(&to->ipc_buffer[BUF_MSG + MSG_REGS], &from->ipc_buffer[BUF_MSG + MSG_REGS], count - MSG_REGS);
    }
    arch_copy_msg_regs(&to->ctx, &from->ctx, count);
    return true;
}

/* May `to` run before everything that is ready? */
static inline bool is_most_important(const struct cpu *cpu, const struct tcb *to)
{
    if (CONFIG_NUM_DOMAINS == 1)
        return to->prio >= cpu->ready[0].top;
    return to->domain == cpu->domain && to->prio >= cpu->ready[cpu->domain].top;
}

static inline void move_context(struct sched_context *sc, struct tcb *from, struct tcb *to)
{
    from->sc = NULL;
    to->sc = sc;
    sc->tcb = to;
}

struct tcb *fastpath_call(cptr_t address, word_t tag, word_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct waitq *q;
    struct slot *slot;
    struct reply *reply;
    struct sched_context *sc;
    struct tcb *to;

    (void)number;
    if (unlikely(!lookup(t, address, &slot) || !(slot->cap.w0 & CAP_CAN_CALL)))
        return arch_fast_missed();
    q = cap_ptr(slot->cap); /* an endpoint is its queue */
    to = q->head;
    if (unlikely(to == NULL || to->state != THREAD_ON_RECV_FAST || !is_most_important(cpu, to) ||
                 !copy_message(tag, t, to)))
        return arch_fast_missed();

    arch_set_badge(to, slot->cap.w1);
    arch_set_tag(to, tag);
    sc = t->sc;
    reply = to->reply;
    reply->caller = t;
    t->reply = reply;
    if (unlikely(sc->reply != NULL)) { /* the current thread was itself called on this context */
        reply->next = sc->reply;
        sc->reply->prev = reply;
        sc->reply->sc = NULL;
    }
    sc->reply = reply;
    reply->sc = sc;
    t->state = THREAD_ON_REPLY_FAST;
    to->state = THREAD_RUNNING;
    move_context(sc, t, to);
    arch_fast_switch(cpu, t, to);
    if (unlikely(q->tail != NULL))
        return arch_fast_exit(waitq_remove(to));
    q->head = NULL;
    return arch_fast_exit(to);
}

/* Would t, receiving, have something else to do than to wait? */
static inline bool has_bound_business(const struct tcb *t)
{
    return t->bound != NULL && (t->bound->is_active || t->bound->sc != NULL);
}

struct tcb *fastpath_reply_recv(cptr_t address, word_t tag, cptr_t reply_address, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct slot *slot, *reply_slot;
    struct waitq *q;
    struct reply *reply;
    struct sched_context *sc;
    struct tcb *caller;

    if (unlikely(!lookup(t, address, &slot) || !(slot->cap.w0 & CAP_CAN_RECV) ||
                 !lookup(t, reply_address, &reply_slot) || !(reply_slot->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    q = cap_ptr(slot->cap);
    reply = cap_ptr(reply_slot->cap);
    caller = reply->caller;
    if (unlikely(caller == NULL || caller->state != THREAD_ON_REPLY_FAST || reply->sc != t->sc || q->head != NULL || has_bound_business(t) ||
                 !is_most_important(cpu, caller) || !copy_message(tag, t, caller)))
        return arch_fast_missed();

    arch_set_badge(caller, 0);
    arch_set_tag(caller, tag);
    sc = t->sc;
    sc->reply = reply->next;
    if (unlikely(reply->next != NULL)) {
        reply->next->sc = sc;
        reply->next->prev = NULL;
        reply->next = NULL;
    }
    reply->caller = t; /* reply.sc is stale now */
    t->reply = reply;
    t->wait_q = q;
    q->head = t;
    t->state = THREAD_ON_RECV_FAST;
    caller->state = THREAD_RUNNING;
    move_context(sc, t, caller);
    arch_fast_switch(cpu, t, caller);
    return arch_fast_exit(caller);
}

/* Has t, which waits, a context that it can be made ready on without looking at the clock? cpu.now is no later than it. */
static bool can_be_ready(const struct cpu *cpu, const struct tcb *t)
{
    struct sched_context *sc = t->sc;

    if (sc == NULL || !sched_context_is_configured(sc) || sc->is_sporadic)
        return false;
    return refill_head(sc)->time <= cpu->now && refill_head(sc)->amount >= min_budget_ticks;
}

struct tcb *fastpath_signal(cptr_t address, word_t tag, word_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct slot *slot;
    struct notification *n;
    struct tcb *to;

    (void)number;
    if (unlikely(!lookup(t, address, &slot) || !(slot->cap.w0 & CAP_CAN_SIGNAL) || msg_caps(tag) != 0))
        return arch_fast_missed();
    n = cap_ptr(slot->cap);
    to = n->queue.head;
    if (to == NULL && n->bound != NULL && !n->is_active && tcb_is_receiving(n->bound))
        to = n->bound;
    if (to == NULL) {
        n->word |= slot->cap.w1;
        n->is_active = true;
        return arch_fast_exit(t);
    }
    if (to->prio > t->prio || to->domain != cpu->domain || !can_be_ready(cpu, to))
        return arch_fast_missed();
    waitq_remove(to);
    if (tcb_is_receiving(to) && to->reply != NULL)
        to->reply->caller = NULL;
    to->state = THREAD_RUNNING;
    arch_set_badge(to, slot->cap.w1);
    if (to->prio == t->prio)
        sched_enqueue(to);
    else
        sched_enqueue_first(to);
    return arch_fast_exit(t);
}

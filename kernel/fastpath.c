/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call costs when nothing is in its way.
 *
 * A call can take this path when the capability is found in one step, the receiver waits in ON_RECV_FAST (so it offers a
 * reply object, has no context and a good address space), no ready thread is more important than it, and the message needs
 * no capability transfer. Then the caller's context changes hands, and time goes on being charged to it: no clock is read
 * and no timer set. The answer comes back the same way.
 *
 * Every condition is checked before the first store. The order of the stores is free: nobody else looks.
 */
#include "fastpath.h"

#include "message.h"
#include "panic.h"
#include "refill.h"
#include "sched.h"
#include "switch.h"

bool fastpath_is_off;

/* The slot at address if the root CNode has it, else NULL. */
static inline struct slot *lookup(const struct tcb *t, cptr_t address)
{
    word_t index = address - t->fast.cspace_first;

    return likely(index < t->fast.cspace_count) ? t->fast.cspace_slots + index : NULL;
}

/* Is c of this type, with all of these rights? */
static inline bool is_with(struct cap c, enum cap_type type, word_t rights)
{
    word_t mask = MASK(CAP_TYPE_BITS) | rights << CAP_ATTR_SHIFT;

    return (c.w0 & mask) == ((word_t)type | rights << CAP_ATTR_SHIFT);
}

#define TAG_LOW_BITS 12u /* below the label: length, and counts of capabilities that have to be 0 */

/* No capabilities, and words only in registers, or buffers on both sides for the rest? */
static inline bool is_plain(word_t tag, const struct tcb *from, const struct tcb *to)
{
    word_t low = tag & MASK(TAG_LOW_BITS);

    if (likely(low <= MSG_REGS))
        return true;
    return low <= MSG_MAX_WORDS && from->ipc_buffer != NULL && to->ipc_buffer != NULL;
}

/* The message. Registers behind its end are not touched: users rely on that. */
static inline void copy_message(word_t tag, const struct tcb *from, struct tcb *to, word_t badge)
{
    word_t count = tag & MASK(TAG_LOW_BITS);

    if (count != 0) {
        arch_copy_msg_regs(&to->ctx, &from->ctx, count);
        if (count > MSG_REGS)
            arch_copy_words(&to->ipc_buffer[BUF_MSG + MSG_REGS], &from->ipc_buffer[BUF_MSG + MSG_REGS],
                            count - MSG_REGS);
    }
    arch_set_badge(to, badge);
    arch_set_tag(to, tag);
}

/* May `to` run before everything that is ready? */
static inline bool is_most_important(const struct cpu *cpu, const struct tcb *to)
{
    if (CONFIG_NUM_DOMAINS > 1 && to->domain != cpu->domain)
        return false;
    return to->prio >= cpu->ready[cpu->domain].top;
}

static inline void move_context(struct sched_context *sc, struct tcb *from, struct tcb *to)
{
    from->sc = NULL;
    to->sc = sc;
    sc->tcb = to;
}

struct tcb *fastpath_call(cptr_t address, word_t tag)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    struct slot *slot = lookup(t, address);
    struct endpoint *ep;
    struct reply *reply;
    struct sched_context *sc;
    struct tcb *to;

    if (unlikely(slot == NULL || !is_with(slot->cap, CAP_ENDPOINT, RIGHT_WRITE) ||
                 !cap_has(slot->cap, RIGHT_GRANT | RIGHT_GRANT_REPLY)))
        return NULL;
    ep = cap_ptr(slot->cap);
    to = ep->queue.head;
    if (unlikely(to == NULL || to->state != THREAD_ON_RECV_FAST || !is_most_important(cpu, to) ||
                 !is_plain(tag, t, to)))
        return NULL;

    copy_message(tag, t, to, slot->cap.w1);
    if (likely(ep->queue.tail == to))
        ep->queue = (struct waitq){ NULL, NULL };
    else
        waitq_remove(to);

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
    t->state = THREAD_ON_REPLY;
    to->state = THREAD_RUNNING;
    move_context(sc, t, to);
    arch_fast_switch(cpu, t, to);
    return to;
}

/* May t's answer through reply go straight back: is its caller a plain one whose context t runs on? */
static inline bool is_plain_reply(const struct reply *reply, const struct tcb *t)
{
    const struct tcb *caller = reply->caller;

    return caller != NULL && caller->state == THREAD_ON_REPLY && caller->fault.type == FAULT_NULL &&
           reply->sc == t->sc && t->sc != NULL && caller->sc == NULL && arch_space_is_valid(&caller->space);
}

/* Would t, receiving, have something else to do than to wait? */
static inline bool has_bound_business(const struct tcb *t)
{
    return t->bound != NULL && (t->bound->is_active || t->bound->sc != NULL);
}

struct tcb *fastpath_reply_recv(cptr_t address, word_t tag, cptr_t reply_address)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    struct slot *slot = lookup(t, address);
    struct slot *reply_slot = lookup(t, reply_address);
    struct endpoint *ep;
    struct reply *reply;
    struct sched_context *sc;
    struct tcb *caller;

    if (unlikely(slot == NULL || reply_slot == NULL || !is_with(slot->cap, CAP_ENDPOINT, RIGHT_READ) ||
                 !cap_is(reply_slot->cap, CAP_REPLY)))
        return NULL;
    ep = cap_ptr(slot->cap);
    reply = cap_ptr(reply_slot->cap);
    caller = reply->caller;
    if (unlikely(!is_plain_reply(reply, t) || ep->queue.head != NULL || has_bound_business(t) ||
                 !is_most_important(cpu, caller) || !is_plain(tag, t, caller)))
        return NULL;

    copy_message(tag, t, caller, 0);
    sc = t->sc;
    sc->reply = reply->next;
    if (unlikely(reply->next != NULL)) {
        reply->next->sc = sc;
        reply->next->prev = NULL;
        reply->next = NULL;
    }
    reply->sc = NULL;
    reply->caller = t;
    t->reply = reply;
    t->wait_q = &ep->queue;
    ep->queue = (struct waitq){ t, t };
    t->state = THREAD_ON_RECV_FAST;
    caller->state = THREAD_RUNNING;
    move_context(sc, t, caller);
    arch_fast_switch(cpu, t, caller);
    return caller;
}

/* Has t, which waits, a context that it can be made ready on without looking at the clock? cpu.now is no later than it. */
static bool can_be_ready(const struct cpu *cpu, const struct tcb *t)
{
    struct sched_context *sc = t->sc;

    if (sc == NULL || !sched_context_is_configured(sc) || sc->is_sporadic)
        return false;
    return refill_head(sc)->time <= cpu->now && refill_head(sc)->amount >= min_budget_ticks;
}

struct tcb *fastpath_signal(cptr_t address, word_t tag)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    struct slot *slot = lookup(t, address);
    struct notification *n;
    struct tcb *to;

    if (unlikely(slot == NULL || !is_with(slot->cap, CAP_NOTIFICATION, RIGHT_WRITE) || msg_caps(tag) != 0))
        return NULL;
    n = cap_ptr(slot->cap);
    to = n->queue.head;
    if (to == NULL && n->bound != NULL && !n->is_active && tcb_is_receiving(n->bound))
        to = n->bound;
    if (to == NULL) {
        n->word |= slot->cap.w1;
        n->is_active = true;
        return t;
    }
    if (to->prio > t->prio || to->domain != cpu->domain || !can_be_ready(cpu, to))
        return NULL;
    waitq_remove(to);
    if (tcb_is_receiving(to) && to->reply != NULL)
        to->reply->caller = NULL;
    to->state = THREAD_RUNNING;
    arch_set_badge(to, slot->cap.w1);
    if (to->prio == t->prio)
        sched_enqueue(to);
    else
        sched_enqueue_first(to);
    return t;
}

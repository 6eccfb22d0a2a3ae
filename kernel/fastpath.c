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

#include "check.h"
#include "entry.h"
#include "fault.h"
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
    *slot = t->fast.cspace_slots + arch_masked(index, &t->fast.cspace_mask);
    return true;
}

#define TAG_LOW_BITS 12u /* below the label: length, and counts of capabilities that have to be 0 */
#define TAG_CAPS (MASK(TAG_LOW_BITS) & ~MASK(7)) /* the tag's two fields about capabilities */

/* Can a message with this tag be copied: no capabilities, and buffers on both sides if it needs them? */
static inline bool can_copy(word_t tag, const struct tcb *from, const struct tcb *to)
{
    word_t count = tag & MASK(TAG_LOW_BITS);

    return count <= MSG_REGS || (count <= MSG_MAX_WORDS && from->ipc_buffer != NULL && to->ipc_buffer != NULL);
}

/*
 * Copy the message that tag describes, unless that takes capabilities or buffers that are not there: then nothing is copied,
 * and false answered. Registers behind the end of the message are not touched: users rely on that.
 */
static inline bool copy_message(word_t tag, const struct tcb *from, struct tcb *to)
{
    word_t count;

    if (likely((tag & MASK(TAG_LOW_BITS)) == 0))
        return true;
    count = arch_low_bits(tag, TAG_LOW_BITS); /* computed only now */
    if (count > MSG_REGS) {
        if (!can_copy(count, from, to))
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

/* The way back of lend_context(). */
static inline void return_context(struct reply *reply, struct sched_context *sc, struct tcb *t, struct tcb *caller)
{
    sc->reply = reply->next;
    if (unlikely(reply->next != NULL)) {
        reply->next->sc = sc;
        reply->next->prev = NULL;
        reply->next = NULL;
    }
    move_context(sc, t, caller);
}

/* t waits at q, where nobody else does, and offers reply (reply.sc is stale then). */
static inline void offer(struct tcb *t, struct waitq *q, struct reply *reply, enum thread_state state)
{
    reply->caller = t;
    t->reply = reply;
    t->wait_q = q;
    q->head = t;
    t->state = state;
}

/* Out, with the invariants checked in builds that do. */
static inline struct tcb *fast_exit(struct tcb *t)
{
    check_all();
    return arch_fast_exit(t);
}

static inline struct tcb *full_exit(void)
{
    check_all();
    return arch_full_exit();
}

/* to leaves q, whose first it is, or (a thread woken by its bound notification) is not. */
static inline void leave(struct waitq *q, struct tcb *to)
{
    if (likely(q->tail == NULL))
        q->head = NULL;
    else
        waitq_remove(to);
}

/* --- one of the two goes on at once, and each has a context of its own --- */

static bool is_idle(const struct cpu *cpu, const struct tcb *t)
{
    return t == cpu->idle;
}

/* May t be resumed by the fast paths when it has stopped waiting? */
static bool is_plain_waiter(const struct cpu *cpu, const struct tcb *t)
{
    return t->sc != NULL && arch_space_is_valid(&t->space) && (CONFIG_NUM_DOMAINS == 1 || t->domain == cpu->domain);
}

/* A wake-up: who wakes whom with what, and what is known of it where it is compiled for. */
struct wake {
    struct tcb *t;        /* current, or idle */
    struct tcb *to;       /* waits */
    word_t badge;
    bool is_call;         /* t makes a system call: the end is an exit. Else the end is to answer who goes on, NULL: nobody */
    bool is_receiver;     /* to receives from an endpoint */
    bool is_round_robin;  /* both contexts are, and t isn't idle */
};

INLINE struct tcb *wake_missed(struct wake w)
{
    return w.is_call ? arch_fast_missed() : NULL;
}

INLINE struct tcb *wake_done(struct wake w, struct tcb *next)
{
    if (!w.is_call)
        return next;
    check_all();
    return next == w.t ? arch_same_exit(next) : arch_switch_exit(next, w.t);
}

/* The rare end of a wake-up: others wait in the queue that w.to leaves, or the timer is set too late. */
INLINE struct tcb *wake_rest(struct wake w, struct tcb *next)
{
    leave(w.to->wait_q, w.to);
    if (sched_deadline(this_cpu()) < this_cpu()->timer_deadline)
        sched_set_timer();
    return wake_done(w, next);
}

APART static struct tcb *wake_rest_of_call(struct tcb *t, struct tcb *to, struct tcb *next)
{
    return wake_rest((struct wake){ .t = t, .to = to, .is_call = true }, next);
}

APART static struct tcb *wake_rest_of_irq(struct tcb *t, struct tcb *to, struct tcb *next)
{
    return wake_rest((struct wake){ .t = t, .to = to, .is_call = false }, next);
}

/* May w.to run on its context, as far as can be told without looking at the clock? cpu.now is no later than it. */
INLINE bool has_budget(const struct cpu *cpu, struct wake w)
{
    const struct sched_context *sc = w.to->sc;

    if (refill_head(sc)->amount < min_budget_ticks)
        return false;
    return w.is_round_robin || (!sc->is_sporadic && refill_head(sc)->time <= cpu->now);
}

/* w.to, with budget, is more important than the current thread and takes over. False: that one's turn ends here. */
INLINE bool take_over(struct cpu *cpu, struct wake w)
{
    struct sched_context *sc = cpu->sc;
    ticks_t now, usage;

    if (!w.is_round_robin || CONFIG_NUM_DOMAINS > 1)
        return sched_hand_over(cpu, w.to->sc);
    now = arch_now();
    usage = now - cpu->charge_from;
    if (refill_head(sc)->amount < usage + min_budget_ticks)
        return false;
    cpu->now = now;
    cpu->charge_from = now;
    refill_head(sc)->amount -= usage;
    sc->consumed += usage;
    cpu->sc = w.to->sc;
    return true;
}

/*
 * Wake w.to, a plain waiter: it goes on, and the current thread is queued, or the other way round. Whatever is not known of w
 * when this is compiled is found out.
 */
INLINE struct tcb *wake(struct cpu *cpu, struct wake w)
{
    struct tcb *t = w.t, *to = w.to, *next = t;
    bool is_late = false;

    if (is_idle(cpu, t) || to->prio > t->prio) {
        if ((w.is_round_robin && !has_budget(cpu, w)) || !take_over(cpu, w))
            return wake_missed(w);
        if (!is_idle(cpu, t))
            sched_enqueue_first(t); /* its turn isn't over */
        if (w.is_call)
            arch_entered_by_call(t);
        tcb_set_running(to);
        arch_fast_switch(cpu, t, to);
        is_late = sched_deadline(cpu) < cpu->timer_deadline;
        next = to;
    } else {
        if (!has_budget(cpu, w))
            return wake_missed(w);
        tcb_set_running(to);
        if (to->prio == t->prio)
            sched_enqueue(to);
        else
            sched_enqueue_first(to);
    }
    arch_set_badge(to, w.badge);
    if (w.is_receiver && to->reply != NULL)
        to->reply->caller = NULL;
    if (likely(to->wait_q->tail == NULL && !is_late)) {
        to->wait_q->head = NULL;
        return wake_done(w, next);
    }
    return w.is_call ? wake_rest_of_call(t, to, next) : wake_rest_of_irq(t, to, next);
}

/* Are both contexts round robin, so that the short way can be taken? */
static inline bool is_round_robin_pair(const struct cpu *cpu, const struct tcb *t, const struct tcb *to)
{
    return !is_idle(cpu, t) && cpu->sc->is_round_robin && to->sc->is_round_robin;
}

/* Any wake-up by a call. */
APART static struct tcb *call_wakes(struct cpu *cpu, struct tcb *t, struct tcb *to, word_t badge)
{
    return wake(cpu, (struct wake){ t, to, badge, .is_call = true, .is_receiver = tcb_is_receiving(to) });
}

/* t, current, waits for `to` to answer through the reply object that `to` offers. */
static inline void wait_for_answer(struct tcb *t, struct tcb *to, struct reply *reply, enum thread_state state)
{
    reply->caller = t;
    t->reply = reply;
    t->state = state;
    tcb_set_running(to);
}

/* t's context goes along to `to`, and the stack of reply objects remembers the way back. */
static inline void lend_context(struct tcb *t, struct tcb *to, struct reply *reply)
{
    struct sched_context *sc = t->sc;

    if (sc->reply != NULL) {
        reply->next = sc->reply;
        sc->reply->prev = reply;
        sc->reply->sc = NULL;
    }
    sc->reply = reply;
    reply->sc = sc;
    move_context(sc, t, to);
}

/* `to` waits for calls. Can t call it now, with or without lending it its context? Time is handed over if need be. */
static bool can_be_called(struct cpu *cpu, struct tcb *to)
{
    if (to == NULL || !is_most_important(cpu, to))
        return false;
    if (to->state == THREAD_ON_RECV_FAST)
        return true;
    return to->state == THREAD_ON_RECV && to->reply != NULL && is_plain_waiter(cpu, to) && sched_hand_over(cpu, to->sc);
}

/* seL4_Call of a server that has a context of its own. */
APART static struct tcb *call_active(struct cpu *cpu, struct tcb *t, struct cap c, word_t tag)
{
    struct waitq *q = cap_ptr(c);
    struct tcb *to = q->head;

    if (to == NULL || !can_copy(tag, t, to) || !can_be_called(cpu, to))
        return arch_fast_missed();
    copy_message(tag, t, to);
    arch_set_badge(to, c.w1);
    arch_set_tag(to, tag);
    leave(q, to);
    to->reply->sc = NULL;
    wait_for_answer(t, to, to->reply, THREAD_ON_REPLY);
    arch_fast_switch(cpu, t, to);
    return fast_exit(to);
}

/* Are the capabilities that t sends there, so that the call can go on? */
static bool has_caps(const struct tcb *t, unsigned count)
{
    struct slot *slot;

    for (unsigned i = 0; i < count; i++)
        if (!lookup(t, t->ipc_buffer[BUF_CAPS + i], &slot))
            return false;
    return true;
}

/* seL4_Call with capabilities, of a server that a call can reach at once. */
APART static struct tcb *call_with_caps(struct cpu *cpu, struct tcb *t, struct cap c, word_t tag)
{
    struct waitq *q = cap_ptr(c);
    struct tcb *to = q->head;
    word_t plain = tag & ~TAG_CAPS;

    if (msg_caps(tag) == 0 || !cap_has(c, RIGHT_GRANT) || t->ipc_buffer == NULL || !can_copy(plain, t, to) ||
        !has_caps(t, msg_caps(tag)))
        return arch_fast_missed();
    copy_message(plain, t, to);
    arch_set_badge(to, c.w1);
    arch_set_tag(to, plain | message_copy_caps(t, to, cap_ptr(c)));
    leave(q, to);
    lend_context(t, to, to->reply);
    wait_for_answer(t, to, to->reply, THREAD_ON_REPLY_FAST);
    arch_fast_switch(cpu, t, to);
    return fast_exit(to);
}

/* Does a request with this label to c concern neither time nor other threads, so that the caller goes on? */
static bool is_local(struct cap c, word_t label)
{
    return cap_type(c) >= CAP_ARCH_FIRST || cap_is(c, CAP_UNTYPED) ||
           (cap_is(c, CAP_CNODE) && label >= INV_CNODE_COPY && label <= INV_CNODE_MUTATE);
}

/* seL4_Call of an object. */
APART static struct tcb *call_object(struct tcb *t, struct slot *slot, word_t tag)
{
    unsigned count = msg_caps(tag);

    if (!is_local(slot->cap, msg_label(tag)) || (count != 0 && (t->ipc_buffer == NULL || !has_caps(t, count))))
        return arch_fast_missed();
    entry_object(t, slot, tag);
    check_all();
    return arch_answer_exit(t);
}

/* May t, with or without a fault, be resumed just like that when it is answered? */
static bool is_plain_caller(const struct cpu *cpu, const struct tcb *caller)
{
    return caller->state == THREAD_ON_REPLY && is_most_important(cpu, caller) && arch_space_is_valid(&caller->space) &&
           (caller->fault.type == FAULT_NULL || caller->fault.type == FAULT_VM ||
            caller->fault.type == FAULT_USER_EXCEPTION || caller->fault.type == FAULT_UNKNOWN_SYSCALL);
}

/* seL4_ReplyRecv to a caller that faulted, or that kept its context. Nobody waits at q, and nothing is pending for t. */
APART static struct tcb *answer_other(struct cpu *cpu, struct tcb *t, struct waitq *q, struct reply *reply, word_t tag)
{
    struct tcb *caller = reply->caller;
    bool was_fault = caller->fault.type != FAULT_NULL;
    bool is_lent = caller->sc == NULL;

    if (was_fault && msg_label(tag) != 0)
        return arch_fast_missed(); /* the thread may have to stay where it is */
    if (!is_plain_caller(cpu, caller) || !can_copy(tag, t, caller))
        return arch_fast_missed();
    if (is_lent ? reply->sc != t->sc : reply->sc != NULL || reply->next != NULL || !sched_hand_over(cpu, caller->sc))
        return arch_fast_missed();
    if (was_fault) {
        fault_answer(t, caller);
    } else {
        copy_message(tag, t, caller);
        arch_set_badge(caller, 0);
        arch_set_tag(caller, tag);
    }
    if (is_lent)
        return_context(reply, t->sc, t, caller);
    tcb_set_running(caller);
    offer(t, q, reply, is_lent ? THREAD_ON_RECV_FAST : THREAD_ON_RECV);
    arch_fast_switch(cpu, t, caller);
    return was_fault ? full_exit() : fast_exit(caller);
}

/* --- the paths --- */

struct tcb *fastpath_call(cptr_t address, word_t tag, word_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct waitq *q;
    struct slot *slot;
    struct reply *reply;
    struct tcb *to;

    (void)number;
    if (unlikely(!lookup(t, address, &slot)))
        return arch_fast_missed();
    if (unlikely(!(slot->cap.w0 & CAP_CAN_CALL)))
        return call_object(t, slot, tag);
    q = cap_ptr(slot->cap); /* an endpoint is its queue */
    to = q->head;
    if (unlikely(to == NULL || to->state != THREAD_ON_RECV_FAST))
        return call_active(cpu, t, slot->cap, tag);
    if (unlikely(!is_most_important(cpu, to)))
        return arch_fast_missed();
    if (unlikely(!copy_message(tag, t, to)))
        return call_with_caps(cpu, t, slot->cap, tag);

    arch_set_badge(to, slot->cap.w1);
    arch_set_tag(to, tag);
    reply = to->reply;
    lend_context(t, to, reply);
    wait_for_answer(t, to, reply, THREAD_ON_REPLY_FAST);
    arch_fast_switch(cpu, t, to);
    if (unlikely(q->tail != NULL))
        return fast_exit(waitq_remove(to));
    q->head = NULL;
    return fast_exit(to);
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
    struct sched_context *sc;
    struct waitq *q;
    struct reply *reply;
    struct tcb *caller;

    if (unlikely(!lookup(t, address, &slot) || !(slot->cap.w0 & CAP_CAN_RECV) ||
                 !lookup(t, reply_address, &reply_slot) || !(reply_slot->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    q = cap_ptr(slot->cap);
    reply = cap_ptr(reply_slot->cap);
    caller = reply->caller;
    if (unlikely(caller == NULL || q->head != NULL || has_bound_business(t)))
        return arch_fast_missed();
    if (unlikely(caller->state != THREAD_ON_REPLY_FAST))
        return answer_other(cpu, t, q, reply, tag);
    sc = t->sc;
    if (unlikely(reply->sc != sc || !is_most_important(cpu, caller) || !copy_message(tag, t, caller)))
        return arch_fast_missed();

    arch_set_badge(caller, 0);
    arch_set_tag(caller, tag);
    return_context(reply, sc, t, caller);
    tcb_set_running(caller);
    offer(t, q, reply, THREAD_ON_RECV_FAST);
    arch_fast_switch(cpu, t, caller);
    return fast_exit(caller);
}

/* Who waits for a signal of n; NULL: nobody, it is to be kept. */
static inline struct tcb *waiter_of(const struct notification *n)
{
    if (n->queue.head == NULL && n->bound != NULL && !n->is_active && tcb_is_receiving(n->bound))
        return n->bound;
    return n->queue.head;
}

static inline void keep_signal(struct notification *n, word_t badge)
{
    n->word |= badge;
    n->is_active = true;
}

struct tcb *fastpath_notify(struct cpu *cpu, struct tcb *t, struct notification *n, word_t badge)
{
    struct tcb *to = waiter_of(n);

    if (to == NULL) {
        keep_signal(n, badge);
        return t;
    }
    if (!is_plain_waiter(cpu, to))
        return NULL;
    return wake(cpu, (struct wake){ t, to, badge, .is_receiver = tcb_is_receiving(to) });
}

/* t signals n, where `to` waits. */
APART static struct tcb *signal(struct cpu *cpu, struct tcb *t, struct tcb *to, word_t badge)
{
    if (!is_plain_waiter(cpu, to))
        return arch_fast_missed();
    if (unlikely(!is_round_robin_pair(cpu, t, to) || tcb_is_receiving(to)))
        return call_wakes(cpu, t, to, badge);
    return wake(cpu, (struct wake){ t, to, badge, .is_call = true, .is_round_robin = true });
}

/*
 * A send to an endpoint where somebody may wait. The message is copied first: if something is in the way after all, the slow
 * path copies it again.
 */
APART static struct tcb *send(struct cpu *cpu, struct tcb *t, struct cap c, word_t tag)
{
    struct waitq *q = cap_ptr(c);
    struct tcb *to = q->head;

    if (to == NULL || !tcb_is_receiving(to) || !is_plain_waiter(cpu, to) || !copy_message(tag, t, to))
        return arch_fast_missed();
    arch_set_tag(to, tag);
    if (unlikely(!is_round_robin_pair(cpu, t, to)))
        return call_wakes(cpu, t, to, c.w1);
    return wake(cpu, (struct wake){ t, to, c.w1, .is_call = true, .is_receiver = true, .is_round_robin = true });
}

/* t's call is done, and t goes on. */
static inline struct tcb *same_exit(struct tcb *t)
{
    check_all();
    return arch_same_exit(t);
}

struct tcb *fastpath_send(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct slot *slot;

    if (unlikely(!lookup(t, address, &slot)))
        return arch_fast_missed();
    if (slot->cap.w0 & CAP_CAN_SIGNAL && (tag & TAG_CAPS) == 0) {
        struct notification *n = cap_ptr(slot->cap);
        struct tcb *to = waiter_of(n);

        if (to != NULL)
            return signal(cpu, t, to, slot->cap.w1);
        keep_signal(n, slot->cap.w1);
        return same_exit(t);
    }
    if (slot_is_empty(slot) && number == SYS_NB_SEND && (tag & TAG_CAPS) == 0)
        return same_exit(t); /* nobody hears it */
    if (cap_is(slot->cap, CAP_ENDPOINT) && cap_has(slot->cap, RIGHT_WRITE))
        return send(cpu, t, slot->cap, tag);
    return arch_fast_missed();
}

struct tcb *fastpath_wait(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *slot;
    struct notification *n;

    (void)tag;
    if (unlikely(!lookup(t, address, &slot) || !cap_is(slot->cap, CAP_NOTIFICATION) ||
                 !cap_has(slot->cap, RIGHT_READ)))
        return arch_fast_missed();
    n = cap_ptr(slot->cap);
    if (n->bound != NULL && n->bound != t)
        return arch_fast_missed();
    if (n->is_active) {
        arch_set_badge(t, n->word);
        n->word = 0;
        n->is_active = false;
        return same_exit(t);
    }
    if (number != SYS_NB_WAIT)
        return arch_fast_missed();
    arch_set_badge(t, 0);
    return same_exit(t);
}

struct tcb *fastpath_yield(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct tcb *next = sched_yield_fast(cpu, t);

    (void)address;
    (void)tag;
    (void)number;
    arch_entered_by_call(t);
    if (next == NULL)
        return arch_fast_missed();
    if (next == t)
        return fast_exit(t);
    if (arch_space_is_valid(&next->space)) {
        arch_fast_switch(cpu, t, next);
    } else {
        cpu->current = next;
        arch_switch(t, next);
    }
    return full_exit();
}

/* --- faults, which look like calls --- */

/* The fault's message: all in registers, but the last word of an exception's. */
static void write_fault(struct tcb *t, struct tcb *to, word_t badge)
{
    const struct fault *f = &t->fault;
    unsigned length = FAULT_VM_MSG_LENGTH;

    arch_set_msg_reg(to, FAULT_VM_MSG_IP, arch_get_ip(t));
    if (f->type == FAULT_UNKNOWN_SYSCALL) {
        length = fault_write_message(t, to);
    } else if (f->type == FAULT_VM) {
        arch_set_msg_reg(to, FAULT_VM_MSG_ADDR, f->addr);
        arch_set_msg_reg(to, FAULT_VM_MSG_PREFETCH_FAULT, f->is_fetch);
        arch_set_msg_reg(to, FAULT_VM_MSG_FSR, f->code);
    } else {
        arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_SP, arch_get_sp(t));
        arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_FLAGS, arch_get_flags(t));
        arch_set_msg_reg(to, FAULT_USER_EXCEPTION_MSG_NUMBER, f->addr);
        if (to->ipc_buffer != NULL) {
            to->ipc_buffer[BUF_MSG + FAULT_USER_EXCEPTION_MSG_CODE] = f->code;
            length = FAULT_USER_EXCEPTION_MSG_LENGTH;
        }
    }
    arch_set_badge(to, badge);
    arch_set_tag(to, msg_make(f->type, 0, 0, length));
}

bool fastpath_fault(const struct fault *f)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    struct cap c = t->slots[TCB_FAULT_EP].cap;
    struct tcb *to;

    if (!(c.w0 & CAP_CAN_CALL) || fastpath_is_off)
        return false;
    to = ((struct waitq *)cap_ptr(c))->head;
    if (!can_be_called(cpu, to))
        return false;
    leave(to->wait_q, to);
    t->fault.type = f->type;
    t->fault.addr = f->addr;
    t->fault.code = f->code;
    t->fault.is_fetch = f->is_fetch;
    write_fault(t, to, c.w1);
    if (to->sc == NULL)
        lend_context(t, to, to->reply);
    else
        to->reply->sc = NULL;
    wait_for_answer(t, to, to->reply, THREAD_ON_REPLY);
    arch_fast_switch(cpu, t, to);
    return true;
}

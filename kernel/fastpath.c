/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What calls, answers, sends, receives, faults and interrupts cost when nothing is in their way.
 *
 * The shortest way is for a call whose capability is found in one step, when the receiver waits in ON_RECV_FAST (so it offers a
 * reply object, has no context and a good address space), no ready thread is more important than it, and the message needs
 * no capability transfer. Then the caller's context changes hands, and time goes on being charged to it: no clock is read
 * and no timer set. The answer comes back the same way, if the caller waits in ON_REPLY_FAST.
 *
 * Beside it stand, each in a function of its own so that it costs the shortest way nothing: capabilities behind several CNodes
 * (..._deep), servers with a context of their own, answers with capabilities or to faults, callers that queue and are served
 * next, receives that find something, and threads that have to wait while others are ready. Where a thread waits plainly (T-6)
 * and the one that wakes it has a round-robin context, too, the clock is read but little else is to be asked.
 *
 * Every condition is checked before the first store, the message's last. The order of the stores is free: nobody else looks.
 */
#include "fastpath.h"

#include "check.h"
#include "cspace.h"
#include "entry.h"
#include "fault.h"
#include "message.h"
#include "panic.h"
#include "ready.h"
#include "refill.h"
#include "sched.h"
#include "switch.h"
#include "turn.h"

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

/* The slot at address, however many CNodes away; NULL: there is none, or the call is not one of the kernel's. */
APART static struct slot *lookup_deep(const struct tcb *t, cptr_t address)
{
    struct lookup_failure why;

    return t->upcall_entry == 0 || arch_is_native_call(t) ? cspace_lookup(t, address, &why) : NULL;
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
        if (count > MSG_MAX_WORDS || from->ipc_buffer == NULL || to->ipc_buffer == NULL)
            return false;
        arch_copy_words(&to->ipc_buffer[BUF_MSG + MSG_REGS], &from->ipc_buffer[BUF_MSG + MSG_REGS], count - MSG_REGS);
    }
    arch_copy_msg_regs(&to->ctx, &from->ctx, count);
    return true;
}

/* The same where can_copy() has said yes and a call more does not matter, with all that a message comes with. */
APART static void pass_message(word_t tag, const struct tcb *from, struct tcb *to, word_t badge)
{
    copy_message(tag, from, to);
    arch_set_badge(to, badge);
    arch_set_tag(to, tag);
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

/* On the way out with t: the invariants are checked in builds that do. */
static inline struct tcb *checked(struct tcb *t)
{
    check_all();
    return t;
}

/* to leaves q, whose first it is, or (a thread woken by its bound notification) is not. */
static inline void leave(struct waitq *q, struct tcb *to)
{
    if (likely(q->tree == NULL))
        q->head = NULL;
    else
        waitq_remove(to);
}

/* --- one of the two goes on at once, and each has a context of its own --- */

/* May t be resumed by the fast paths, on its own context, when it has stopped waiting? */
static bool can_be_resumed(const struct cpu *cpu, const struct tcb *t)
{
    return t->sc != NULL && arch_space_is_valid(&t->space) && !t->ip_is_exact && (CONFIG_NUM_DOMAINS == 1 || t->domain == cpu->domain);
}

/* Is the wait of `to`, which is current's to end, plain here and now? */
INLINE bool is_plain(const struct cpu *cpu, const struct tcb *to)
{
    return to->wait_is_plain && (CONFIG_NUM_DOMAINS == 1 || to->domain == cpu->domain);
}

/* A wake-up: who wakes whom with what, and what is known of it where it is compiled for. */
struct wake {
    struct tcb *t;        /* current, or idle */
    struct tcb *to;       /* waits */
    word_t badge;
    bool has_message;     /* t sends one, which can be copied */
    bool is_call;         /* t makes a system call: the end is an exit. Else the end is to answer who goes on, NULL: nobody */
    bool is_receiver;     /* to receives from an endpoint */
    bool is_plain;        /* to's wait is, and t makes a call */
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

/* The rare end of a wake-up: others wait in the queue that `to` leaves, or the timer is set too late. */
APART static struct tcb *wake_rest(struct tcb *t, struct tcb *to, bool is_call, struct tcb *next)
{
    leave(to->wait_q, to);
    sched_set_timer();
    return wake_done((struct wake){ .t = t, .is_call = is_call }, next);
}

/* May `to` run on its context, as far as can be told without looking at the clock? cpu.now is no later than it. */
static inline bool has_budget(const struct cpu *cpu, const struct tcb *to)
{
    const struct refill *first = refill_head(to->sc);

    return first->amount >= min_budget_ticks && !to->sc->is_sporadic && first->time <= cpu->now;
}

/* `to`, of no higher priority than t, is ready while t goes on. */
APART static void wake_behind(const struct tcb *t, struct tcb *to, bool is_first)
{
    tcb_set_running(to);
    sched_enqueue(to, is_first || to->prio != t->prio);
}

APART static struct tcb *call_wakes(struct cpu *cpu, struct tcb *t, struct tcb *to, word_t badge, bool has_message);

/*
 * Wake w.to, which can_be_resumed(): it goes on, and the current thread is queued, or the other way round. Whatever is not known
 * of w when this is compiled is found out.
 */
INLINE struct tcb *wake(struct cpu *cpu, struct wake w)
{
    struct tcb *t = w.t, *to = w.to, *next = t;
    bool is_late = false;

    if ((!w.is_call && t == cpu->idle) || to->prio > t->prio) {
        if (w.is_plain) {
            struct turn turn;

            if (!turn_is_left(cpu, &turn))
                return call_wakes(cpu, t, to, w.badge, w.has_message);
            is_late = !turn_end(cpu, &turn, to->sc);
        } else if (!sched_hand_over(cpu, to->sc)) {
            return wake_missed(w);
        }
        if (w.is_call || t != cpu->idle)
            sched_enqueue(t, true); /* its turn isn't over */
        if (w.is_call)
            arch_entered_by_call(t);
        tcb_set_running(to);
        arch_fast_switch(cpu, t, to);
        next = to;
    } else {
        if (!w.is_plain && !has_budget(cpu, to))
            return wake_missed(w);
        tcb_set_running(to);
        sched_enqueue(to, to->prio != t->prio);
    }
    if (w.has_message) {
        copy_message(arch_tag(t), t, to);
        arch_set_tag(to, arch_tag(t));
    }
    arch_set_badge(to, w.badge);
    if (w.is_receiver && to->reply != NULL)
        to->reply->caller = NULL;
    if (likely(to->wait_q->tree == NULL && !is_late)) {
        to->wait_q->head = NULL;
        return wake_done(w, next);
    }
    return wake_rest(t, to, w.is_call, next);
}

/* Any wake-up by a call. */
APART static struct tcb *call_wakes(struct cpu *cpu, struct tcb *t, struct tcb *to, word_t badge, bool has_message)
{
    return wake(cpu, (struct wake){ t, to, badge, has_message, .is_call = true, .is_receiver = tcb_is_receiving(to) });
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

/*
 * `to` waits for calls. If it can be called now, it has time: its caller's, whose context goes along, or, handed over by this, its
 * own. Else nothing is done, and false answered; so this is asked last.
 */
static bool take_time_for_call(struct cpu *cpu, struct tcb *to)
{
    if (!is_most_important(cpu, to))
        return false;
    if (to->state == THREAD_ON_RECV_FAST)
        return true;
    return to->state == THREAD_ON_RECV && to->reply != NULL && can_be_resumed(cpu, to) && sched_hand_over(cpu, to->sc);
}

/* `to`, which has time for it, leaves its queue and takes over; t waits for it to answer, in `state` if its context goes along. */
INLINE void take_call(struct cpu *cpu, struct tcb *t, struct tcb *to, enum thread_state state)
{
    leave(to->wait_q, to);
    if (to->sc == NULL) {
        lend_context(t, to, to->reply);
    } else {
        to->reply->sc = NULL;
        t->wait_is_plain = state == THREAD_ON_REPLY_FAST && t->sc->is_round_robin;
        state = THREAD_ON_REPLY;
    }
    wait_for_answer(t, to, to->reply, state);
    arch_fast_switch(cpu, t, to);
}

/*
 * t waits in q in `state`, and whoever is ready goes on: until somebody comes, to whom it offers reply if that is not NULL, or
 * to send a call through c.
 */
APART static struct tcb *block(struct tcb *t, struct waitq *q, enum thread_state state, struct reply *reply, struct cap c)
{
    struct cpu *cpu = this_cpu();
    struct tcb *next = sched_block_fast(cpu);

    if (next == NULL)
        return arch_fast_missed();
    t->state = (uint8_t)state;
    t->wait_is_plain = state != THREAD_ON_SEND && t->sc->is_round_robin;
    t->reply = reply;
    if (reply != NULL)
        reply->caller = t;
    if (state == THREAD_ON_SEND) {
        t->wait_badge = c.w1;
        t->wait_is_call = true;
        t->wait_rights = (uint8_t)cap_rights(c);
    }
    waitq_insert(q, t);
    arch_entered_by_call(t);
    cpu->current = next;
    arch_switch(t, next);
    check_all();
    return arch_blocked_exit(next, t);
}

/* The rare end of a wait of t: the timer is set too late for next. */
APART static struct tcb *block_late(struct tcb *next, struct tcb *t)
{
    sched_set_timer();
    return arch_blocked_exit(next, t);
}

/* t waits for a signal, in a notification's queue. Shorter where nobody else does, and both contexts are round robin. */
APART static struct tcb *block_for_signal(struct tcb *t, struct waitq *q)
{
    struct cpu *cpu = this_cpu();
    struct ready_queues *ready = ready_in(cpu, cpu->domain);
    struct tcb *next;
    struct turn turn;
    bool is_late;

    if (q->head != NULL || ready->top < 0)
        return block(t, q, THREAD_ON_NOTIFICATION, NULL, cap_null());
    next = ready->head[ready->top];
    if (!next->sc->is_round_robin || !arch_space_is_valid(&next->space) ||
        next->yield_to != NULL || !turn_is_left(cpu, &turn))
        return block(t, q, THREAD_ON_NOTIFICATION, NULL, cap_null());
    is_late = !turn_end(cpu, &turn, next->sc);
    ready_take(ready, next);
    t->state = THREAD_ON_NOTIFICATION;
    t->wait_is_plain = true;
    t->wait_q = q;
    q->head = t;
    arch_entered_by_call(t);
    arch_fast_switch(cpu, t, next);
    check_all();
    return likely(!is_late) ? arch_blocked_exit(next, t) : block_late(next, t);
}

/* The rare end of a message to `to`: the timer may be set too late for it. */
APART static struct tcb *message_late(word_t badge, word_t tag, struct tcb *to)
{
    sched_set_timer();
    return arch_message_exit(badge, tag, checked(to));
}

/* ... and others may wait in the queue that it leaves. */
APART static struct tcb *message_rest(word_t badge, word_t tag, struct tcb *to)
{
    leave(to->wait_q, to);
    return message_late(badge, tag, to);
}

/* Are the capabilities that t sends there, and near, so that the call can go on? To be asked only if there are any. */
INLINE bool has_caps(const struct tcb *t, unsigned count)
{
    struct slot *slot;

    for (unsigned i = 0; i < count; i++)
        if (t->ipc_buffer == NULL || !lookup(t, t->ipc_buffer[BUF_CAPS + i], &slot))
            return false;
    return true;
}

/* seL4_Call of a server that has a context of its own, or with capabilities. */
APART static struct tcb *call_other(struct cpu *cpu, struct tcb *t, struct cap c, word_t tag)
{
    struct tcb *to = ((struct waitq *)cap_ptr(c))->head;
    word_t plain = tag & ~TAG_CAPS;
    unsigned count = msg_caps(tag);

    if (to == NULL || to->state == THREAD_ON_SEND)
        return count == 0 ? block(t, cap_ptr(c), THREAD_ON_SEND, NULL, c) : arch_fast_missed();
    if (!can_copy(plain, t, to) || (count != 0 && (!cap_has(c, RIGHT_GRANT) || !has_caps(t, count))) ||
        !take_time_for_call(cpu, to))
        return arch_fast_missed();
    pass_message(plain, t, to, c.w1);
    if (count != 0)
        arch_set_tag(to, plain | message_copy_caps(t, to, cap_ptr(c)));
    take_call(cpu, t, to, THREAD_ON_REPLY_FAST);
    return arch_fast_exit(checked(to));
}

/* seL4_Call of a server that waits plainly, on a context of its own. */
APART static struct tcb *call_active(const struct slot *slot, word_t tag, struct tcb *to, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct turn turn;

    if (to->reply == NULL || !is_most_important(cpu, to) || !turn_is_left(cpu, &turn) || !copy_message(tag, t, to))
        return call_other(cpu, t, slot->cap, tag);
    to->reply->sc = NULL;
    wait_for_answer(t, to, to->reply, THREAD_ON_REPLY);
    t->wait_is_plain = true;
    arch_fast_switch(cpu, t, to);
    if (unlikely(!turn_end(cpu, &turn, to->sc) || to->wait_q->tree != NULL))
        return message_rest(slot->cap.w1, tag, to);
    to->wait_q->head = NULL;
    return arch_message_exit(slot->cap.w1, tag, checked(to));
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

    if (!is_local(slot->cap, msg_label(tag)) || (count != 0 && !has_caps(t, count)))
        return arch_fast_missed();
    entry_object(t, slot, tag);
    return arch_answer_exit(checked(t));
}

/* Is reply in no call stack? */
static bool is_alone(const struct reply *reply)
{
    return reply->sc == NULL && reply->next == NULL && reply->prev == NULL;
}

/* --- receives --- */

/* Would t, receiving, have something else to do than to wait? */
static inline bool has_bound_business(const struct tcb *t)
{
    return t->bound != NULL && (t->bound->is_active || t->bound->sc != NULL);
}

/* Can t take what `from` waits to send, with this reply object (NULL: none) for the answer? */
static bool can_take(const struct tcb *from, const struct tcb *t, const struct reply *reply)
{
    return from->state == THREAD_ON_SEND && from->fault.type == FAULT_NULL && from->sc != NULL && !from->sc->is_sporadic &&
           (arch_tag(from) & TAG_CAPS) == 0 && can_copy(arch_tag(from), from, t) &&
           (!from->wait_is_call || (reply != NULL && (from->wait_rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0));
}

/* May `to`, which has a context, be woken while t goes on? */
static bool can_be_made_ready(const struct cpu *cpu, const struct tcb *t, const struct tcb *to)
{
    return to->prio <= t->prio && (CONFIG_NUM_DOMAINS == 1 || to->domain == cpu->domain) &&
           has_budget(cpu, to);
}

static struct tcb *take_signal(struct tcb *t, struct notification *n)
{
    arch_set_badge(t, n->word);
    n->word = 0;
    n->is_active = false;
    return arch_same_exit(checked(t));
}

/* t receives at q, and offers reply if that is not NULL. */
APART static struct tcb *recv(struct cpu *cpu, struct tcb *t, struct waitq *q, struct reply *reply, bool is_blocking)
{
    struct tcb *from = q->head;

    if (reply != NULL && reply->caller != NULL)
        return arch_fast_missed();
    if (t->bound != NULL && t->bound->is_active)
        return take_signal(t, t->bound);
    if (has_bound_business(t))
        return arch_fast_missed();
    if (from != NULL && from->state == THREAD_ON_SEND) {
        if (!can_take(from, t, reply) || (!from->wait_is_call && !can_be_made_ready(cpu, t, from)))
            return arch_fast_missed();
        waitq_remove(from);
        pass_message(arch_tag(from), from, t, from->wait_badge);
        if (from->wait_is_call) {
            reply->sc = NULL;
            wait_for_answer(from, t, reply, THREAD_ON_REPLY);
        } else {
            wake_behind(t, from, false);
        }
        return arch_answer_exit(checked(t));
    }
    if (is_blocking)
        return block(t, q, THREAD_ON_RECV, reply, cap_null());
    arch_set_badge(t, 0);
    return arch_same_exit(checked(t));
}

/* seL4_ReplyRecv when the next caller waits already: t goes on with its request, and the one that is answered is ready. */
APART static struct tcb *serve_next(struct cpu *cpu, struct tcb *t, struct tcb *next, struct reply *reply, word_t tag)
{
    struct tcb *caller = reply->caller;
    struct sched_context *sc = t->sc;
    bool is_lent = reply->sc == sc;

    if (!tcb_is_on_reply(caller) || caller->fault.type != FAULT_NULL || !can_copy(tag, t, caller) ||
        !can_take(next, t, reply) || !next->wait_is_call)
        return arch_fast_missed();
    if (is_lent ? caller->sc != NULL || caller->prio > t->prio || !arch_space_is_valid(&next->space) ||
                      (CONFIG_NUM_DOMAINS > 1 && caller->domain != cpu->domain) || !sched_hand_over(cpu, next->sc)
                : caller->sc == NULL || !is_alone(reply) || !can_be_made_ready(cpu, t, caller))
        return arch_fast_missed();
    pass_message(tag, t, caller, 0);
    waitq_remove(next);
    pass_message(arch_tag(next), next, t, next->wait_badge);
    reply->sc = NULL;
    if (is_lent) {
        return_context(reply, sc, t, caller);
        lend_context(next, t, reply);
    }
    wake_behind(t, caller, is_lent);
    wait_for_answer(next, t, reply, is_lent && !next->ip_is_exact ? THREAD_ON_REPLY_FAST : THREAD_ON_REPLY);
    return arch_answer_exit(checked(t));
}

/* Can t's answer with capabilities be given to caller, and has it any? */
APART static bool can_answer_caps(word_t tag, const struct tcb *t, const struct tcb *caller)
{
    const struct slot *reply_slot = lookup_deep(t, arch_reply_reg(t)); /* there */
    unsigned count = msg_caps(tag);

    return count != 0 && cap_has(reply_slot->cap, RIGHT_GRANT) && can_copy(tag & ~TAG_CAPS, t, caller) && has_caps(t, count);
}

/* seL4_ReplyRecv to any caller. Nobody waits at q, and nothing is pending for t. */
APART static struct tcb *answer_other(struct cpu *cpu, struct tcb *t, struct waitq *q, struct reply *reply, word_t tag)
{
    struct tcb *caller = reply->caller;
    unsigned fault = caller->fault.type;
    bool is_lent = caller->sc == NULL;

    if (fault != FAULT_NULL && (msg_label(tag) != 0 || (fault != FAULT_VM && fault != FAULT_USER_EXCEPTION &&
                                                        fault != FAULT_UNKNOWN_SYSCALL)))
        return arch_fast_missed(); /* the thread may have to stay where it is, or more is to be done */
    if (!tcb_is_on_reply(caller) || !is_most_important(cpu, caller) || !arch_space_is_valid(&caller->space) ||
        caller->ip_is_exact || (!can_copy(tag, t, caller) && !can_answer_caps(tag, t, caller)))
        return arch_fast_missed();
    if (is_lent ? reply->sc != t->sc : !is_alone(reply) || !sched_hand_over(cpu, caller->sc))
        return arch_fast_missed();
    if (fault != FAULT_NULL)
        fault_answer(t, caller);
    else
        pass_message(tag & ~TAG_CAPS, t, caller, 0);
    if (unlikely(tag & TAG_CAPS) && fault == FAULT_NULL)
        arch_set_tag(caller, arch_tag(caller) | message_copy_caps(t, caller, NULL));
    if (is_lent)
        return_context(reply, t->sc, t, caller);
    tcb_set_running(caller);
    offer(t, q, reply, is_lent ? THREAD_ON_RECV_FAST : THREAD_ON_RECV);
    t->wait_is_plain = !is_lent && t->sc->is_round_robin;
    arch_fast_switch(cpu, t, caller);
    check_all();
    return fault != FAULT_NULL ? arch_exit() : arch_fast_exit(caller);
}

/* seL4_ReplyRecv to a caller that waits plainly, by a server on a context of its own. Otherwise as answer_other(). */
APART static struct tcb *answer_active(struct waitq *q, word_t tag, struct reply *reply, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct tcb *caller = reply->caller;
    struct turn turn;

    if (caller->state != THREAD_ON_REPLY || !is_most_important(cpu, caller) || !turn_is_left(cpu, &turn) ||
        !copy_message(tag, t, caller))
        return answer_other(cpu, t, q, reply, tag);
    tcb_set_running(caller);
    offer(t, q, reply, THREAD_ON_RECV);
    t->wait_is_plain = true;
    arch_fast_switch(cpu, t, caller);
    if (unlikely(!turn_end(cpu, &turn, caller->sc)))
        return message_late(0, tag, caller);
    return arch_message_exit(0, tag, checked(caller));
}

/* seL4_ReplyRecv to anybody or nobody, and whatever there is to receive. */
APART static struct tcb *reply_recv_other(struct cpu *cpu, struct tcb *t, struct waitq *q, struct reply *reply, word_t tag)
{
    if (reply->caller == NULL)
        return recv(cpu, t, q, reply, true);
    if (has_bound_business(t))
        return arch_fast_missed();
    return q->head != NULL ? serve_next(cpu, t, q->head, reply, tag) : answer_other(cpu, t, q, reply, tag);
}

APART static struct tcb *reply_recv_deep(struct tcb *t)
{
    struct slot *slot = lookup_deep(t, arch_cap_reg(t)), *reply_slot = lookup_deep(t, arch_reply_reg(t));

    if (slot == NULL || !(slot->cap.w0 & CAP_CAN_RECV) || reply_slot == NULL || !(reply_slot->cap.w0 & CAP_CAN_REPLY))
        return arch_fast_missed();
    return reply_recv_other(this_cpu(), t, cap_ptr(slot->cap), cap_ptr(reply_slot->cap), arch_tag(t));
}

/* --- the paths --- */

/* Each that finds its capability near is compiled a second time for one that is behind several CNodes. */

/* t calls through the capability in slot. */
INLINE struct tcb *call(struct tcb *t, struct slot *slot, word_t tag)
{
    struct cpu *cpu = this_cpu();
    struct waitq *q;
    struct reply *reply;
    struct tcb *to;

    if (unlikely(!(slot->cap.w0 & CAP_CAN_CALL)))
        return call_object(t, slot, tag);
    q = cap_ptr(slot->cap); /* an endpoint is its queue */
    to = q->head;
    if (unlikely(to == NULL))
        return call_other(cpu, t, slot->cap, tag);
    if (unlikely(to->state != THREAD_ON_RECV_FAST || !is_most_important(cpu, to) || !copy_message(tag, t, to)))
        return is_plain(cpu, to) ? call_active(slot, tag, to, t) : call_other(cpu, t, slot->cap, tag);

    reply = to->reply;
    lend_context(t, to, reply);
    wait_for_answer(t, to, reply, THREAD_ON_REPLY_FAST);
    arch_fast_switch(cpu, t, to);
    if (unlikely(q->tree != NULL))
        return message_rest(slot->cap.w1, tag, to);
    q->head = NULL;
    return arch_message_exit(slot->cap.w1, tag, checked(to));
}

APART static struct tcb *call_deep(struct tcb *t)
{
    struct slot *slot = lookup_deep(t, arch_cap_reg(t));

    return slot != NULL ? call(t, slot, arch_tag(t)) : arch_fast_missed();
}

struct tcb *fastpath_call(cptr_t address, word_t tag, word_t number, struct tcb *t)
{
    struct slot *slot;

    (void)number;
    return likely(lookup(t, address, &slot)) ? call(t, slot, tag) : call_deep(t);
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
        return reply_recv_deep(t);
    q = cap_ptr(slot->cap);
    reply = cap_ptr(reply_slot->cap);
    caller = reply->caller;
    if (unlikely(caller == NULL || q->head != NULL || has_bound_business(t)))
        return reply_recv_other(cpu, t, q, reply, tag);
    if (unlikely(caller->state != THREAD_ON_REPLY_FAST))
        return is_plain(cpu, caller) ? answer_active(q, tag, reply, t) : answer_other(cpu, t, q, reply, tag);
    sc = t->sc;
    if (unlikely(reply->sc != sc || !is_most_important(cpu, caller) || !copy_message(tag, t, caller)))
        return answer_other(cpu, t, q, reply, tag);

    return_context(reply, sc, t, caller);
    tcb_set_running(caller);
    offer(t, q, reply, THREAD_ON_RECV_FAST);
    arch_fast_switch(cpu, t, caller);
    return arch_message_exit(0, tag, checked(caller));
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
    if (!can_be_resumed(cpu, to))
        return NULL;
    return wake(cpu, (struct wake){ t, to, badge, .is_receiver = tcb_is_receiving(to) });
}

/* t signals n, where `to` waits. */
APART static struct tcb *signal(struct cpu *cpu, struct tcb *t, struct tcb *to, word_t badge)
{
    if (likely(is_plain(cpu, to) && to->state == THREAD_ON_NOTIFICATION))
        return wake(cpu, (struct wake){ t, to, badge, .is_call = true, .is_plain = true });
    if (!can_be_resumed(cpu, to))
        return arch_fast_missed();
    return call_wakes(cpu, t, to, badge, false);
}

/* A send to an endpoint where somebody may wait. */
APART static struct tcb *send(struct cpu *cpu, struct tcb *t, struct cap c, word_t tag)
{
    struct waitq *q = cap_ptr(c);
    struct tcb *to = q->head;

    if (to == NULL || !can_copy(tag, t, to))
        return arch_fast_missed();
    if (likely(is_plain(cpu, to)))
        return wake(cpu, (struct wake){ t, to, c.w1, .has_message = true, .is_call = true, .is_receiver = true, .is_plain = true });
    if (!tcb_is_receiving(to) || !can_be_resumed(cpu, to))
        return arch_fast_missed();
    return call_wakes(cpu, t, to, c.w1, true);
}

INLINE struct tcb *send_any(struct tcb *t, const struct slot *slot, word_t tag, sword_t number)
{
    struct cpu *cpu = this_cpu();

    if (slot->cap.w0 & CAP_CAN_SIGNAL && (tag & TAG_CAPS) == 0) {
        struct notification *n = cap_ptr(slot->cap);
        struct tcb *to = waiter_of(n);

        if (to != NULL)
            return signal(cpu, t, to, slot->cap.w1);
        keep_signal(n, slot->cap.w1);
        return arch_same_exit(checked(t));
    }
    if (slot_is_empty(slot) && number == SYS_NB_SEND && (tag & TAG_CAPS) == 0)
        return arch_same_exit(checked(t)); /* nobody hears it */
    if (cap_is(slot->cap, CAP_ENDPOINT) && cap_has(slot->cap, RIGHT_WRITE))
        return send(cpu, t, slot->cap, tag);
    return arch_fast_missed();
}

APART static struct tcb *send_deep(struct tcb *t, sword_t number)
{
    struct slot *slot = lookup_deep(t, arch_cap_reg(t));

    return slot != NULL ? send_any(t, slot, arch_tag(t), number) : arch_fast_missed();
}

struct tcb *fastpath_send(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *slot;

    return likely(lookup(t, address, &slot)) ? send_any(t, slot, tag, number) : send_deep(t, number);
}

_Static_assert((SYS_RECV & 1) && (SYS_WAIT & 1) && !(SYS_NB_RECV & 1) && !(SYS_NB_WAIT & 1), "one bit tells");

/* Does this receive wait for somebody to come? */
static inline bool is_blocking(sword_t number)
{
    return (number & 1) != 0;
}

/* t receives through c, which is no notification to read. */
APART static struct tcb *recv_message(struct tcb *t, struct cap c, sword_t number)
{
    bool has_reply = number == SYS_RECV || number == SYS_NB_RECV;
    struct slot *slot = has_reply ? lookup_deep(t, arch_reply_reg(t)) : NULL;

    if (!(c.w0 & CAP_CAN_RECV) || (has_reply && (slot == NULL || !(slot->cap.w0 & CAP_CAN_REPLY))))
        return arch_fast_missed();
    return recv(this_cpu(), t, cap_ptr(c), has_reply ? cap_ptr(slot->cap) : NULL, is_blocking(number));
}

INLINE struct tcb *recv_any(struct tcb *t, const struct slot *slot, sword_t number)
{
    struct notification *n;

    if (!cap_can_wait(slot->cap))
        return recv_message(t, slot->cap, number);
    n = cap_ptr(slot->cap);
    if (unlikely(n->bound != NULL) && n->bound != t)
        return arch_fast_missed();
    if (n->is_active)
        return take_signal(t, n);
    if (is_blocking(number))
        return n->sc == NULL ? block_for_signal(t, &n->queue) : arch_fast_missed();
    arch_set_badge(t, 0);
    return arch_same_exit(checked(t));
}

APART static struct tcb *recv_deep(struct tcb *t, sword_t number)
{
    struct slot *slot = lookup_deep(t, arch_cap_reg(t));

    return slot != NULL ? recv_any(t, slot, number) : arch_fast_missed();
}

struct tcb *fastpath_recv(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *slot;

    (void)tag;
    return likely(lookup(t, address, &slot)) ? recv_any(t, slot, number) : recv_deep(t, number);
}

struct tcb *fastpath_yield(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct tcb *next = sched_yield_fast(cpu, t);

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
    if (to == NULL || !take_time_for_call(cpu, to))
        return false;
    t->fault.type = f->type;
    t->fault.addr = f->addr;
    t->fault.code = f->code;
    t->fault.is_fetch = f->is_fetch;
    write_fault(t, to, c.w1);
    take_call(cpu, t, to, THREAD_ON_REPLY);
    return true;
}

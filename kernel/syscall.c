/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's doors: system calls, interrupts and faults, each one entry. The fast paths
 * (fastpath.h) come before this and give the same results sooner.
 */
#include "entry.h"

#include "check.h"
#include "cspace.h"
#include "debug.h"
#include "endpoint.h"
#include "fastpath.h"
#include "fault.h"
#include "irq.h"
#include "message.h"
#include "notification.h"
#include "outcome.h"
#include "perform.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"
#include "window.h"

/* --- answers of the kernel itself --- */

/* The details of inv->err; how many words they are. */
static unsigned write_error(const struct inv *inv)
{
    struct tcb *t = inv->caller;
    unsigned count = 0;

    if (inv->err == ERR_FAILED_LOOKUP) {
        message_set_word(t, count++, inv->lookup_in_source);
        return message_room(t, fault_write_lookup(t, count, &inv->lookup));
    }
    if (inv->err == ERR_INVALID_ARGUMENT || inv->err == ERR_INVALID_CAPABILITY ||
        inv->err == ERR_NOT_ENOUGH_MEMORY || inv->err == ERR_RANGE)
        message_set_word(t, count++, inv->err_a);
    if (inv->err == ERR_RANGE)
        message_set_word(t, count++, inv->err_b);
    return count;
}

static void answer(struct inv *inv, enum inv_result r)
{
    if (r == INV_PREEMPTED)
        arch_repeat_call(inv->caller);
    if (!inv->is_call || r == INV_DONE || r == INV_PREEMPTED)
        return;
    arch_set_badge(inv->caller, 0);
    arch_set_tag(inv->caller, r == INV_ERR ? msg_make(inv->err, 0, 0, write_error(inv))
                                           : msg_make(0, 0, 0, inv->ret_count));
}

/* --- sending --- */

/*
 * Looks up the request's extra capabilities. False: one is not there, and the fault has been raised
 * if that is wanted.
 */
static bool lookup_extra(struct inv *inv, word_t tag)
{
    unsigned count = inv->caller->ipc_source != NULL ? msg_caps(tag) : 0;

    for (unsigned i = 0; i < count; i++) {
        cptr_t address = inv->caller->ipc_source[BUF_CAPS + i];
        struct lookup_failure why;
        struct slot *s = cspace_lookup(inv->caller, address, &why);

        if (s == NULL) {
            if (inv->is_blocking)
                fault_cap(inv->caller, address, false, why);
            return false;
        }
        inv->extra[i] = s;
    }
    inv->extra_count = count;
    return true;
}

/*
 * Endpoint, notification and reply capabilities: the message goes to a thread. INV_ERR: not
 * allowed.
 */
static enum inv_result send_message(struct inv *inv, const struct send_kind *kind)
{
    struct cap c = inv->cap;

    if (!cap_is(c, CAP_REPLY) && !cap_has(c, RIGHT_WRITE)) {
        if (!cap_is(c, CAP_ENDPOINT) || !(c.w0 & CAP_CALL_ONLY))
            return inv_bad_cap(inv, 0);
        if (!kind->is_call)
            return INV_OK; /* dropped: whoever may only call cannot make a passive server run */
    }
    switch (cap_type(c)) {
    case CAP_ENDPOINT: endpoint_send(inv->caller, c, kind); return INV_DONE;
    case CAP_NOTIFICATION: notification_signal(cap_ptr(c), c.w1); return INV_OK;
    default: reply_answer(inv->caller, cap_ptr(c), cap_has(c, RIGHT_GRANT)); return INV_OK;
    }
}

static bool is_message_cap(struct cap c)
{
    return cap_is(c, CAP_ENDPOINT) || cap_is(c, CAP_NOTIFICATION) || cap_is(c, CAP_REPLY);
}

/* What the message has no part in. The other fields are set with the event they belong to. */
static inline void inv_begin(struct inv *inv, struct tcb *t, struct slot *slot, bool is_blocking,
                             bool is_call)
{
    inv->caller = t;
    inv->slot = slot;
    inv->cap = slot->cap;
    inv->extra_count = 0;
    inv->is_blocking = is_blocking;
    inv->is_call = is_call;
    inv->ret_count = 0;
}

static inline void inv_set_request(struct inv *inv, word_t tag)
{
    unsigned length = tag & MASK(7);

    inv->label = msg_label(tag);
    inv->length = inv->caller->ipc_source != NULL || length < MSG_REGS ? length : MSG_REGS;
}

/* The sending half of a system call. INV_PREEMPTED: the whole call will be made again. */
static enum inv_result send(struct tcb *t, cptr_t address, const struct send_kind *kind)
{
    word_t tag = arch_tag(t);
    struct lookup_failure why;
    struct slot *slot = cspace_lookup(t, address, &why);
    struct inv inv;
    enum inv_result r;

    if (slot == NULL) {
        if (kind->is_blocking)
            fault_cap(t, address, false, why);
        return INV_DONE;
    }
    inv_begin(&inv, t, slot, kind->is_blocking, kind->is_call);
    if (unlikely(msg_caps(tag) != 0) && !lookup_extra(&inv, tag))
        return INV_DONE;
    if (is_message_cap(inv.cap)) {
        r = send_message(&inv, kind);
    } else if (kind->is_first) {
        r = inv_bad_cap(&inv, 0);
    } else {
        inv_set_request(&inv, tag);
        r = inv_perform(&inv);
    }
    answer(&inv, r);
    return r;
}

/* --- receiving --- */

/* The capability at address; none: *why. */
static inline struct cap cap_at(const struct tcb *t, cptr_t address, struct lookup_failure *why)
{
    struct slot *s;

    *why = missing_capability(0);
    s = cspace_lookup(t, address, why);
    return s != NULL ? s->cap : cap_null();
}

/* The reply object that t offers. NULL: it named none, and has faulted. */
static struct reply *offered_reply(struct tcb *t)
{
    struct lookup_failure why;
    struct cap c = cap_at(t, arch_reply_reg(t), &why);

    if (cap_is(c, CAP_REPLY))
        return cap_ptr(c);
    fault_cap(t, arch_reply_reg(t), true, why);
    return NULL;
}

/*
 * The receiving half of a system call; has_reply: a reply object is offered. True: something came.
 */
static bool recv(struct tcb *t, const struct recv_kind *kind, bool has_reply)
{
    struct lookup_failure why;
    struct cap c = cap_at(t, arch_cap_reg(t), &why);

    if (cap_is(c, CAP_ENDPOINT) && cap_has(c, RIGHT_READ)) {
        struct reply *reply = has_reply ? offered_reply(t) : NULL;

        return (!has_reply || reply != NULL) && endpoint_recv(cap_ptr(c), t, kind, reply);
    }
    if (cap_is(c, CAP_NOTIFICATION) && cap_has(c, RIGHT_READ)) {
        struct notification *n = cap_ptr(c);

        if (n->bound == NULL || n->bound == t)
            return notification_wait(n, t, kind);
    }
    fault_cap(t, arch_cap_reg(t), true, why);
    return false;
}

/* Send without waiting, through the capability at address, then receive. */
static void send_recv(struct tcb *t, cptr_t address, bool has_reply)
{
    static const struct send_kind kind = { .can_donate = true, .is_first = true };

    if (send(t, address, &kind) != INV_PREEMPTED)
        recv(t, &(struct recv_kind){ .is_blocking = true }, has_reply);
}

static const struct send_kind call = { .is_call = true, .is_blocking = true, .can_donate = true };

/* --- beyond the public interface (outcome.h, window.h) --- */

/* t, which has begun an extended system call, may have blocked in it, or be done. */
static inline void end_or_wait(struct tcb *t)
{
    if (tcb_is_blocked(t) && t->fault.type == FAULT_NULL)
        outcome_begin(t, arch_deadline_reg(t));
    else if (t->state == THREAD_RUNNABLE)
        t->wait_kind = 0;
}

static void call_until(struct tcb *t)
{
    t->wait_kind = WAIT_EXTENDED;
    send(t, arch_cap_reg(t), &call);
    end_or_wait(t);
}

static void recv_until(struct tcb *t, bool has_reply)
{
    struct recv_kind kind = { .is_blocking = arch_deadline_reg(t) > this_cpu()->now,
                              .gives_back = true };

    if (t->is_interrupted) { /* before it waits */
        outcome_set_interrupted(t, false);
        outcome_tell(t, MYELIN_INTERRUPTED, false);
        return;
    }
    if (!recv(t, &kind, has_reply) && t->state == THREAD_RUNNABLE)
        arch_set_outcome(t, MYELIN_DEADLINE);
    end_or_wait(t);
}

/*
 * Answer, whoever's time t is on. A capability that is no reply object's is a fault, as in a send.
 */
static void answer_owed(struct tcb *t)
{
    struct lookup_failure why;
    struct cap c = cap_at(t, arch_cap_reg(t), &why);

    if (!cap_is(c, CAP_REPLY))
        fault_cap(t, arch_cap_reg(t), false, why);
    else if (!reply_answer(t, cap_ptr(c), cap_has(c, RIGHT_GRANT)))
        arch_set_outcome(t, MYELIN_GONE);
    else
        sched_context_find(t); /* if it has answered whose time it was on */
}

/* --- the doors --- */

/* A number that is none of the public calls'. */
APART static void other(struct tcb *t, sword_t number)
{
    switch (number) {
    case MYELIN_SYS_COPY: window_copy(t, 0); return;
    case MYELIN_SYS_CALL: call_until(t); return;
    case MYELIN_SYS_RECV: recv_until(t, true); return;
    case MYELIN_SYS_WAIT: recv_until(t, false); return;
    case MYELIN_SYS_REPLY: answer_owed(t); return;
    default: break;
    }
    if (debug_syscall(t, number) || arch_syscall(t, number))
        return;
    arch_repeat_call(t);
    t->fault.addr = (word_t)number;
    t->fault.code = 0;
    fault_raise(t, FAULT_UNKNOWN_SYSCALL);
}

bool entry_object(struct inv *inv, struct tcb *t, struct slot *slot, word_t tag)
{
    unsigned type = cap_type(slot->cap);
    enum inv_result r = INV_OK;

    inv_begin(inv, t, slot, true, true);
    inv_set_request(inv, tag);
    inv->extra_count = msg_caps(tag);
    if (type >= CAP_ARCH_FIRST)
        r = arch_inv_perform(inv);
    else if (type == CAP_UNTYPED)
        r = untyped_perform(inv);
    else if (!cnode_perform_local(inv, &r))
        return false;
    if (likely(r == INV_OK)) {
        arch_set_badge(t, 0);
        arch_set_tag(t, inv->ret_count);
    } else {
        answer(inv, r);
    }
    return true;
}

static void dispatch(struct tcb *t, sword_t number)
{
    switch (number) {
    case SYS_CALL: send(t, arch_cap_reg(t), &call); break;
    case SYS_REPLY_RECV:
    case SYS_NB_SEND_WAIT: send_recv(t, arch_reply_reg(t), number == SYS_REPLY_RECV); break;
    case SYS_NB_SEND_RECV: send_recv(t, arch_send_reg(t), true); break;
    case SYS_SEND:
    case SYS_NB_SEND:
        send(t, arch_cap_reg(t), &(struct send_kind){ .is_blocking = number == SYS_SEND });
        break;
    case SYS_RECV:
    case SYS_NB_RECV:
        recv(t, &(struct recv_kind){ .is_blocking = number == SYS_RECV }, true);
        break;
    case SYS_WAIT:
    case SYS_NB_WAIT:
        recv(t, &(struct recv_kind){ .is_blocking = number == SYS_WAIT }, false);
        break;
    case SYS_YIELD: sched_yield(); break;
    default: other(t, number); break;
    }
}

/* Every door closes the same way. */
static void leave(void)
{
    sched_exit();
    check_all();
}

void entry_syscall(sword_t number)
{
    sched_enter();
    if (likely(sched_go_on(true)))
        dispatch(this_cpu()->current, number);
    leave();
}

void entry_irq(unsigned irq)
{
    if (irq_deliver_fast(irq)) {
        check_all();
        return;
    }
    sched_enter();
    sched_go_on(false);
    irq_deliver(irq);
    leave();
}

void entry_timer(void)
{
    sched_enter();
    sched_timer_gone_off();
    sched_go_on(false);
    leave();
}

inline void entry_fault(unsigned type, word_t addr, word_t code, bool is_fetch)
{
    struct tcb *t = this_cpu()->current;

    t->fault.addr = addr;
    t->fault.code = code;
    t->fault.is_fetch = is_fetch;
    if (fastpath_fault(t, type))
        return;
    sched_enter();
    if (likely(sched_go_on(false)))
        fault_raise(t, type);
    leave();
}

void entry_unknown(struct tcb *t, sword_t number)
{
    arch_repeat_call(t);
    entry_fault(FAULT_UNKNOWN_SYSCALL, (word_t)number, 0, false);
}

/*
 * The budget is not looked at: if it is used up, whoever goes on with it is stopped by the timer at
 * once.
 */
void entry_trap(const struct fault *f)
{
    struct tcb *t = this_cpu()->current;

    sched_enter();
    t->fault = *f;
    t->fault.type = FAULT_NULL;
    fault_raise(t, f->type);
    leave();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to threads (libsel4 object-api.xml, seL4_TCB). Every handler checks in the order given
 * above it and changes nothing before the last check.
 */
#include "cspace.h"
#include "derive.h"
#include "perform.h"
#include "fault.h"
#include "notification.h"
#include "outcome.h"
#include "portal.h"
#include "sched.h"
#include "schedctx.h"

/* --- registers --- */

#define READ_SUSPEND 1u
#define WRITE_RESUME 1u
#define COPY_SUSPEND 1u
#define COPY_RESUME 2u
#define COPY_FRAME 4u
#define COPY_INTEGER 8u

/* Register i of t, as it would start again. */
static word_t read_register(const struct tcb *t, unsigned i)
{
    return i == ARCH_CONTEXT_IP ? tcb_restart_ip(t) : arch_context_get(t, i);
}

/* Register i of t, which goes on with it even when it is blocked in a call now. */
static void write_register(struct tcb *t, unsigned i, word_t value)
{
    arch_context_set(t, i, value);
    if (i == ARCH_CONTEXT_IP && tcb_is_blocked(t)) {
        t->obstacles |= OBSTACLE_IP;
        /* it needs all its registers when it goes on, which the fast paths do not give back */
        tcb_wait_changed(t);
    }
}

/* Errors: truncated message; range (count not 1..all); illegal operation (own thread). */
static enum inv_result read_registers(struct inv *inv, struct tcb *t)
{
    word_t count = inv_arg(inv, 1);
    if (count < 1 || count > ARCH_CONTEXT_WORDS)
        return inv_range(inv, 1, ARCH_CONTEXT_WORDS);
    if (t == inv->caller)
        return inv_illegal(inv);
    if (inv_arg(inv, 0) & READ_SUSPEND)
        tcb_suspend(t);
    if (!inv->is_call)
        return INV_OK;
    for (unsigned i = 0; i < count; i++)
        inv_ret(inv, i, read_register(t, i));
    return INV_OK;
}

/* Errors: truncated message; illegal operation (own thread). */
static enum inv_result write_registers(struct inv *inv, struct tcb *t)
{
    word_t count = inv_arg(inv, 1);
    if (inv->length - 2 < count || count > MSG_MAX_WORDS - 2)
        return inv_truncated(inv);
    if (t == inv->caller)
        return inv_illegal(inv);
    count = min_word(count, ARCH_CONTEXT_WORDS);
    for (unsigned i = 0; i < count; i++)
        write_register(t, i, inv_arg(inv, 2 + i));
    if (inv_arg(inv, 0) & WRITE_RESUME)
        tcb_resume(t);
    return INV_OK;
}

/* Errors: truncated message; invalid capability (source is no thread). */
static enum inv_result copy_registers(struct inv *inv, struct tcb *to)
{
    if (!cap_is(inv->extra[0]->cap, CAP_TCB))
        return inv_bad_cap(inv, 1);
    struct tcb *from = cap_ptr(inv->extra[0]->cap);
    word_t flags = inv_arg(inv, 0);
    if (flags & COPY_SUSPEND)
        tcb_suspend(from);
    if (flags & COPY_RESUME)
        tcb_resume(to);
    for (unsigned i = 0; i < ARCH_CONTEXT_WORDS; i++) {
        if (flags & (i < ARCH_CONTEXT_FRAME ? COPY_FRAME : COPY_INTEGER))
            write_register(to, i, read_register(from, i));
    }
    if (to == inv->caller)
        sched_reschedule();
    return INV_OK;
}

/* --- spaces and buffer --- */

/* What a request names with words 0 and 1 and with capabilities first and first + 1. */
struct new_space {
    struct cap cspace, vspace;
    struct slot **src; /* of both */
};

/* Would emptying s start a long deletion (the last capability to a container)? */
static bool is_long_to_delete(const struct slot *s)
{
    unsigned t = cap_type(s->cap);

    return t == CAP_ZOMBIE || ((t == CAP_CNODE || t == CAP_TCB) && slot_is_last(s));
}

static enum inv_result derive_root(struct inv *inv, const struct slot *src, unsigned i,
                                   struct cap *out)
{
    word_t data = inv_arg(inv, i);

    return inv_derive(inv, src, data != 0 ? cap_update_data(src->cap, data, true) : src->cap, out);
}

/*
 * Errors: illegal operation (an old root that takes long to delete; not a CNode; guard does not
 * fit); ... VSpace likewise.
 */
static enum inv_result check_space(struct inv *inv, struct tcb *t, unsigned first,
                                   struct new_space *out)
{
    struct slot **src = &inv->extra[first];

    if (is_long_to_delete(&t->slots[TCB_CSPACE]) || is_long_to_delete(&t->slots[TCB_VSPACE]))
        return inv_illegal(inv);
    out->src = src;
    enum inv_result r = derive_root(inv, src[0], 0, &out->cspace);
    if (r == INV_OK && !cap_is(out->cspace, CAP_CNODE))
        r = inv_illegal(inv);
    if (r == INV_OK)
        r = derive_root(inv, src[1], 1, &out->vspace);
    if (r == INV_OK && !arch_cap_is_space(out->vspace))
        r = inv_illegal(inv);
    return r;
}

static enum inv_result commit_space(struct tcb *t, const struct new_space *s)
{
    if (tcb_set_slot(t, TCB_CSPACE, s->cspace, s->src[0]) == INV_PREEMPTED)
        return INV_PREEMPTED;
    return tcb_set_slot(t, TCB_VSPACE, s->vspace, s->src[1]);
}

/*
 * Errors: those of deriving; illegal operation (no RAM frame); alignment. addr 0: no buffer, out is
 * null.
 */
static enum inv_result check_buffer(struct inv *inv, word_t addr, struct slot *src, struct cap *out)
{
    *out = cap_null();
    if (addr == 0)
        return INV_OK;
    enum inv_result r = inv_derive(inv, src, src->cap, out);
    if (r == INV_OK && !arch_cap_is_buffer_frame(*out))
        r = inv_illegal(inv);
    if (r == INV_OK && !is_aligned(addr, IPC_BUFFER_BITS))
        r = inv_refuse(inv, ERR_ALIGNMENT, 0, 0);
    return r;
}

static enum inv_result commit_buffer(struct tcb *t, word_t addr, struct cap c, struct slot *src)
{
    if (slot_delete(&t->slots[TCB_IPC_BUFFER]) == INV_PREEMPTED)
        return INV_PREEMPTED;
    t->ipc_buffer_uaddr = addr;
    return tcb_set_slot(t, TCB_IPC_BUFFER, c, src);
}

/* Install extra capability i as a handler. Errors: invalid capability (it can't be one). */
static enum inv_result set_handler(struct inv *inv, struct tcb *t, enum tcb_slot which, unsigned i)
{
    struct slot *src = inv->extra[i];

    return fault_is_handler(src->cap) ? tcb_set_slot(t, which, src->cap, src)
                                      : inv_bad_cap(inv, i + 1);
}

/* Errors: truncated message; the buffer's; the spaces'. */
static enum inv_result configure(struct inv *inv, struct tcb *t)
{
    struct new_space space;
    struct cap buffer;

    word_t addr = inv_arg(inv, 2);
    enum inv_result r = check_buffer(inv, addr, inv->extra[2], &buffer);
    if (r == INV_OK)
        r = check_space(inv, t, 0, &space);
    if (r == INV_OK)
        r = commit_space(t, &space);
    return r == INV_OK ? commit_buffer(t, addr, buffer, inv->extra[2]) : r;
}

/* Errors: truncated message; the spaces'; invalid capability (no fault handler). */
static enum inv_result set_space(struct inv *inv, struct tcb *t)
{
    struct new_space space;

    enum inv_result r = check_space(inv, t, 1, &space);
    if (r == INV_OK)
        r = set_handler(inv, t, TCB_FAULT_EP, 0);
    return r == INV_OK ? commit_space(t, &space) : r;
}

/* Errors: truncated message; the buffer's. */
static enum inv_result set_ipc_buffer(struct inv *inv, struct tcb *t)
{
    struct cap buffer;

    enum inv_result r = check_buffer(inv, inv_arg(inv, 0), inv->extra[0], &buffer);
    return r == INV_OK ? commit_buffer(t, inv_arg(inv, 0), buffer, inv->extra[0]) : r;
}

/* --- priorities, context, handlers --- */

/*
 * Errors: invalid capability (authority, extra capability 0, is no thread); range (above its
 * maximum).
 */
static enum inv_result check_prio(struct inv *inv, word_t prio)
{
    if (!cap_is(inv->extra[0]->cap, CAP_TCB))
        return inv_bad_cap(inv, 1);
    const struct tcb *authority = cap_ptr(inv->extra[0]->cap);
    return prio <= authority->mcp ? INV_OK : inv_range(inv, 0, authority->mcp);
}

/* Errors: truncated message; check_prio()'s. */
static enum inv_result set_prio(struct inv *inv, struct tcb *t)
{
    enum inv_result r = check_prio(inv, inv_arg(inv, 0));
    if (r != INV_OK)
        return r;
    if (inv->label == INV_TCB_SET_PRIORITY)
        sched_set_prio(t, (uint8_t)inv_arg(inv, 0));
    else
        t->mcp = (uint8_t)inv_arg(inv, 0);
    return INV_OK;
}

/*
 * The context a thread shall have. Errors: illegal operation (bound, or the caller would lose its
 * own); invalid capability.
 */
static enum inv_result check_context(struct inv *inv, const struct tcb *t, struct cap c)
{
    if (cap_is(c, CAP_SCHED_CONTEXT))
        return t->sc == cap_ptr(c) || sched_context_can_bind(cap_ptr(c), t) ? INV_OK
                                                                            : inv_illegal(inv);
    if (cap_is(c, CAP_NULL))
        return t == inv->caller ? inv_illegal(inv) : INV_OK;
    return inv_bad_cap(inv, 2);
}

/*
 * Errors: truncated message; maximum's and priority's; the context's; invalid capability (no fault
 * handler).
 */
static enum inv_result set_sched_params(struct inv *inv, struct tcb *t)
{
    struct cap sc = inv->extra[1]->cap;
    enum inv_result r = check_prio(inv, inv_arg(inv, 0));
    if (r == INV_OK)
        r = check_prio(inv, inv_arg(inv, 1));
    if (r == INV_OK)
        r = check_context(inv, t, sc);
    if (r == INV_OK)
        r = set_handler(inv, t, TCB_FAULT_EP, 2);
    if (r != INV_OK)
        return r;
    t->mcp = (uint8_t)inv_arg(inv, 0);
    sched_set_prio(t, (uint8_t)inv_arg(inv, 1));
    if (cap_is(sc, CAP_NULL) && t->sc != NULL)
        sched_context_take(t->sc, false);
    else if (cap_is(sc, CAP_SCHED_CONTEXT) && t->sc == NULL)
        sched_context_bind(cap_ptr(sc), t);
    return INV_OK;
}

/* --- the rest --- */

/*
 * Errors: truncated message; illegal operation (bound already, not a notification to receive from,
 * or in use).
 */
static enum inv_result bind_notification(struct inv *inv, struct tcb *t)
{
    struct cap c = inv->extra[0]->cap;
    if (t->bound != NULL || !cap_is(c, CAP_NOTIFICATION) || !cap_has(c, RIGHT_READ))
        return inv_illegal(inv);
    struct notification *n = cap_ptr(c);
    if (n->bound != NULL || !waitq_is_empty(&n->queue))
        return inv_illegal(inv);
    notification_bind(n, t);
    return INV_OK;
}

static enum inv_result set_flags(struct inv *inv, struct tcb *t)
{
    t->flags = (uint8_t)((t->flags & ~inv_arg(inv, 0)) | (inv_arg(inv, 1) & TCB_FLAGS_ALL));
    arch_flags_changed(t);
    inv_ret(inv, 0, t->flags);
    return INV_OK;
}

/*
 * Extension: mark t as having foreign system calls that continue at an address of its own (0:
 * unmark).
 */
static enum inv_result set_upcall(struct inv *inv, struct tcb *t)
{
    if (inv->length < 1)
        return inv_truncated(inv);
    if (!arch_is_user_address(inv_arg(inv, 0)))
        return inv_bad_arg(inv, 0);
    t->upcall_entry = inv_arg(inv, 0);
    cspace_refresh(t);
    return INV_OK;
}

/* Extension: what t has opted in to, and nothing else. Errors: truncated message; range. */
static enum inv_result set_extensions(struct inv *inv, struct tcb *t)
{
    if (inv->length < 1)
        return inv_truncated(inv);
    if (inv_arg(inv, 0) > MYELIN_EXT_ALL)
        return inv_range(inv, 0, MYELIN_EXT_ALL);
    t->extensions = (uint8_t)inv_arg(inv, 0);
    return INV_OK;
}

/* Errors: illegal operation (not a thread's label), then each operation's own. */
enum inv_result tcb_perform(struct inv *inv)
{
    struct tcb *t = cap_ptr(inv->cap);

    switch (inv->label) {
    case INV_TCB_READ_REGISTERS: return read_registers(inv, t);
    case INV_TCB_WRITE_REGISTERS: return write_registers(inv, t);
    case INV_TCB_COPY_REGISTERS: return copy_registers(inv, t);
    case INV_TCB_CONFIGURE: return configure(inv, t);
    case INV_TCB_SET_PRIORITY:
    case INV_TCB_SET_MC_PRIORITY: return set_prio(inv, t);
    case INV_TCB_SET_SCHED_PARAMS: return set_sched_params(inv, t);
    case INV_TCB_SET_TIMEOUT_ENDPOINT: return set_handler(inv, t, TCB_TIMEOUT_EP, 0);
    case INV_TCB_SET_IPC_BUFFER: return set_ipc_buffer(inv, t);
    case INV_TCB_SET_SPACE: return set_space(inv, t);
    case INV_TCB_SUSPEND: tcb_suspend(t); return INV_OK;
    case INV_TCB_RESUME: tcb_resume(t); return INV_OK;
    case INV_TCB_BIND_NOTIFICATION: return bind_notification(inv, t);
    case INV_TCB_UNBIND_NOTIFICATION:
        if (t->bound == NULL)
            return inv_illegal(inv);
        notification_unbind(t->bound);
        return INV_OK;
    case INV_TCB_SET_TLS_BASE: arch_set_tls_base(t, inv_arg(inv, 0)); return INV_OK;
    case INV_TCB_SET_FLAGS: return set_flags(inv, t);
    case MYELIN_INV_TCB_SET_EXTENSIONS: return set_extensions(inv, t);
    case MYELIN_INV_TCB_INTERRUPT: return outcome_interrupt(t);
    case MYELIN_INV_TCB_SERVE: return portal_serve(inv, t);
    case MYELIN_INV_TCB_GET_WAIT: return outcome_get_wait(inv, t);
    case MYELIN_INV_TCB_SET_UPCALL: return set_upcall(inv, t);
    default: return HAS_DEBUG_API ? arch_debug_perform(inv, t) : inv_illegal(inv);
    }
}

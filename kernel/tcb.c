/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcb_ops.h"

#include "cspace.h"
#include "debug.h"
#include "derive.h"
#include "notification.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

word_t tcb_restart_ip(const struct tcb *t)
{
    bool in_call = tcb_is_blocked(t) && t->fault.type == FAULT_NULL && !t->ip_is_exact;

    return in_call ? arch_get_ip(t) - ARCH_SYSCALL_BYTES : arch_get_ip(t);
}

void tcb_deactivate(struct tcb *t)
{
    if (t->fault.type == FAULT_NULL && !t->ip_is_exact)
        arch_set_ip(t, arch_get_ip(t) - ARCH_SYSCALL_BYTES);
    t->fault.type = FAULT_NULL;
    tcb_set_state(t, THREAD_INACTIVE);
    sched_stop(t);
}

void tcb_leave_queue(struct tcb *t)
{
    waitq_remove(t);
    if (tcb_is_receiving(t) && t->reply != NULL)
        reply_unlink(t->reply);
}

void tcb_cancel_ipc(struct tcb *t)
{
    if (!tcb_is_blocked(t))
        return;
    if (tcb_is_on_reply(t))
        reply_cancel(t);
    else
        tcb_leave_queue(t);
    tcb_deactivate(t);
}

void tcb_send_away(struct tcb *t)
{
    bool is_fault = t->fault.type != FAULT_NULL;

    tcb_cancel_ipc(t);
    if (is_fault)
        return;
    tcb_set_running(t);
    sched_wake(t);
}

void tcb_suspend(struct tcb *t)
{
    sched_context_cancel_yield_to(t);
    tcb_cancel_ipc(t);
    t->state = THREAD_INACTIVE;
    sched_stop(t);
}

void tcb_resume(struct tcb *t)
{
    if (t->state == THREAD_RUNNING || t->state == THREAD_IDLE)
        return;
    tcb_cancel_ipc(t);
    tcb_set_running(t);
    sched_wake(t);
}

void tcb_init(struct tcb *t)
{
    arch_tcb_init(t);
    t->queue.tree.thread = t;
    t->release.thread = t;
    t->release.key = (word_t)t >> TCB_BITS; /* TCBs are aligned to their size */
    if (IS_DEBUG)
        debug_thread_add(t);
}

void tcb_destroy(struct tcb *t)
{
    if (t->bound != NULL)
        notification_unbind(t->bound);
    tcb_suspend(t);
    if (t->sc != NULL) {
        struct sched_context *sc = t->sc;

        sched_context_unbind_tcb(sc);
        if (sc->yield_from != NULL)
            sched_context_complete_yield_to(sc->yield_from);
    }
    arch_tcb_forget(t);
    if (IS_DEBUG)
        debug_thread_remove(t);
}

/* The TCB that a slot marked SLOT_IN_TCB lies in: TCBs are aligned to their size. */
static struct tcb *slot_owner(struct slot *s)
{
    return (struct tcb *)align_down((word_t)s, TCB_BITS);
}

void tcb_slot_changed(struct slot *s)
{
    struct tcb *t = slot_owner(s);

    switch (s - t->slots) {
    case TCB_CSPACE:
        cspace_refresh(t);
        break;
    case TCB_VSPACE:
        tcb_wait_changed(t);
        arch_space_refresh(t);
        break;
    case TCB_IPC_BUFFER:
        t->ipc_buffer = arch_cap_is_buffer_frame(s->cap) ? arch_buffer_ptr(s->cap, t->ipc_buffer_uaddr) : NULL;
        break;
    default:
        break;
    }
}

enum inv_result tcb_set_slot(struct tcb *t, enum tcb_slot which, struct cap c, struct slot *src)
{
    struct slot *s = &t->slots[which];

    if (slot_delete(s) == INV_PREEMPTED)
        return INV_PREEMPTED;
    if (cap_is(c, CAP_NULL))
        return INV_OK;
    slot_insert(s, c, src, false);
    s->next |= SLOT_IN_TCB;
    tcb_slot_changed(s);
    return INV_OK;
}

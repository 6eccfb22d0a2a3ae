/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcb.h"

#include "cspace.h"
#include "debug.h"
#include "derive.h"
#include "notification.h"
#include "outcome.h"
#include "portal.h"
#include "preempt.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

word_t tcb_restart_ip(const struct tcb *t)
{
    bool in_call =
        tcb_is_blocked(t) && t->fault.type == FAULT_NULL && !(t->obstacles & OBSTACLE_IP);

    return in_call ? arch_get_ip(t) - ARCH_SYSCALL_BYTES : arch_get_ip(t);
}

void tcb_deactivate(struct tcb *t)
{
    if (t->fault.type == FAULT_NULL && !(t->obstacles & OBSTACLE_IP))
        arch_repeat_call(t);
    t->fault.type = FAULT_NULL;
    outcome_forget(t);
    tcb_set_state(t, THREAD_INACTIVE);
    sched_stop(t);
}

inline void tcb_leave_queue(struct tcb *t)
{
    waitq_remove(t);
    if (tcb_is_receiving(t) && t->reply != NULL)
        reply_detach(t->reply);
}

void tcb_cancel_ipc(struct tcb *t)
{
    if (!tcb_is_blocked(t))
        return;
    if (tcb_is_on_reply(t))
        reply_give_up(t);
    else
        tcb_leave_queue(t);
    tcb_deactivate(t);
}

APART void tcb_send_away(struct tcb *t)
{
    bool is_fault = t->fault.type != FAULT_NULL;

    if (t->obstacles & OBSTACLE_HELPING)
        portal_stop_helping(t);

    tcb_cancel_ipc(t);
    if (is_fault)
        return;
    if (t->sc != NULL)
        preempt_work += t->sc->refill_count / 4; /* they may be joined now */
    tcb_set_runnable(t);
    sched_wake(t);
}

void tcb_suspend(struct tcb *t)
{
    sched_context_forget_yield(t);
    tcb_cancel_ipc(t);
    t->state = THREAD_INACTIVE;
    sched_stop(t);
}

void tcb_resume(struct tcb *t)
{
    if (t->state == THREAD_RUNNABLE || t->state == THREAD_IDLE)
        return;
    tcb_cancel_ipc(t);
    tcb_set_runnable(t);
    sched_wake(t);
}

void tcb_init(struct tcb *t)
{
    arch_tcb_init(t);
    t->queue.tree.thread = t;
    t->release.thread = t;
    t->release.key = (word_t)t >> TCB_BITS; /* TCBs are aligned to their size */
    if (HAS_DEBUG_BUILD)
        debug_thread_add(t);
}

void tcb_destroy(struct tcb *t)
{
    if (t->bound != NULL)
        notification_unbind(t->bound);
    tcb_suspend(t);
    sched_context_forget_home(t);
    if (t->sc != NULL) {
        struct sched_context *sc = t->sc;

        if (sc->home != NULL || (sc->reply != NULL && outcome_is_possible(sc->reply->caller)))
            sched_context_send_home(sc);
        else
            sched_context_unbind_tcb(sc);
        if (sc->yield_from != NULL)
            sched_context_report_yield(sc->yield_from);
    }
    arch_tcb_forget(t);
    if (HAS_DEBUG_BUILD)
        debug_thread_remove(t);
}

void tcb_slot_changed(struct slot *s)
{
    /* marked SLOT_IN_TCB, it lies in one, which is aligned to its size */
    struct tcb *t = (struct tcb *)align_down((word_t)s, TCB_BITS);
    uaddr_t first;

    switch (s - t->slots) {
    case TCB_CSPACE: cspace_refresh(t); break;
    case TCB_VSPACE:
        tcb_wait_changed(t);
        arch_space_refresh(t);
        break;
    case TCB_IPC_BUFFER:
        first = t->ipc_buffer_uaddr + BUF_AHEAD * sizeof(word_t);
        t->ipc_source = arch_buffer_ptr(s->cap, first, RIGHT_READ);
        t->ipc_buffer = arch_buffer_ptr(s->cap, first, FRAME_RIGHTS);
        t->buffer_words = t->ipc_buffer != NULL ? MSG_MAX_WORDS : 0;
        break;
    default: break;
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "notification.h"

#include "outcome.h"
#include "sched.h"
#include "schedctx.h"

void notification_signal(struct notification *n, word_t badge)
{
    struct tcb *t = notification_waiter(n);

    if (t == NULL) {
        notification_keep(n, badge);
        return;
    }
    tcb_leave_queue(t);
    outcome_forget(t);
    tcb_set_runnable(t);
    arch_set_badge(t, badge);
    sched_context_borrow(n, t);
    sched_wake(t);
}

void notification_take(struct notification *n, struct tcb *t)
{
    notification_read(n, t);
    sched_context_borrow(n, t);
}

void notification_queue_waiter(struct waitq *q, struct tcb *t, bool can_fast_wake)
{
    t->state = THREAD_ON_NOTIFICATION;
    t->can_fast_wake = can_fast_wake;
    waitq_insert(q, t);
}

bool notification_wait(struct notification *n, struct tcb *t, const struct recv_kind *kind)
{
    if (n->is_active) {
        notification_take(n, t);
        return true;
    }
    if (kind->is_blocking) {
        sched_context_give_back(n, t);
        sched_context_give_back_lent(t, kind->gives_back);
        notification_queue_waiter(&n->queue, t, sched_can_fast_wake(t));
        sched_stop(t);
    } else {
        arch_set_badge(t, 0);
    }
    return false;
}

void notification_bind(struct notification *n, struct tcb *t)
{
    n->bound = t;
    t->bound = n;
}

void notification_unbind(struct notification *n)
{
    if (n->bound == NULL)
        return;
    n->bound->bound = NULL;
    n->bound = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "notification.h"

#include "sched.h"
#include "schedctx.h"
#include "tcb_ops.h"

/* t, out of every queue, runs with what it was signalled. */
static void deliver(struct notification *n, struct tcb *t, word_t badge)
{
    tcb_set_running(t);
    arch_set_badge(t, badge);
    sched_context_take_from(n, t);
    sched_wake(t);
}

void notification_signal(struct notification *n, word_t badge)
{
    struct tcb *t = n->queue.head;

    if (t != NULL) {
        waitq_remove(t);
        deliver(n, t, badge);
    } else if (n->bound != NULL && tcb_is_receiving(n->bound) && !n->is_active) {
        tcb_leave_queue(n->bound);
        deliver(n, n->bound, badge);
    } else {
        n->word |= badge;
        n->is_active = true;
    }
}

void notification_take(struct notification *n, struct tcb *t)
{
    arch_set_badge(t, n->word);
    n->word = 0;
    n->is_active = false;
    sched_context_take_from(n, t);
}

void notification_wait(struct notification *n, struct tcb *t, bool is_blocking)
{
    if (n->is_active) {
        notification_take(n, t);
    } else if (is_blocking) {
        t->state = THREAD_ON_NOTIFICATION;
        sched_context_return_to(n, t);
        t->wait_is_plain = sched_waits_plainly(t);
        sched_stop(t);
        waitq_insert(&n->queue, t);
    } else {
        arch_set_badge(t, 0);
    }
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

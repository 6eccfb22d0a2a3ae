/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: words of binary semaphores (manual, "Notifications"). */
#pragma once

#include "arch.h"

struct recv_kind {
    bool is_blocking;
    bool gives_back; /* borrowed time, before waiting or taking a call that lends */
};

/* Whom a signal of n wakes; NULL: nobody, it is kept. */
static inline struct tcb *notification_waiter(const struct notification *n)
{
    if (n->queue.head == NULL && n->bound != NULL && !n->is_active && tcb_is_receiving(n->bound))
        return n->bound;
    return n->queue.head;
}

/* ... for the next one who asks */
static inline void notification_keep(struct notification *n, word_t badge)
{
    n->word |= badge;
    n->is_active = true;
}

/* t takes what n (which is active) has kept. */
static inline void notification_read(struct notification *n, struct tcb *t)
{
    arch_set_badge(t, n->word);
    n->word = 0;
    n->is_active = false;
}

/*
 * t joins those who wait in q, a notification's queue; it is fast-wake eligible (T-6) or is not. It
 * is for the caller to stop it.
 */
void notification_queue_waiter(struct waitq *q, struct tcb *t, bool can_fast_wake);

/*
 * Deliver the bits of badge: to the bound thread if it receives, else to the first waiter, else
 * keep them.
 */
void notification_signal(struct notification *n, word_t badge);

/*
 * t waits for a signal, or looks whether there is one (not kind->is_blocking: badge 0 if not).
 * True: there was one.
 */
bool notification_wait(struct notification *n, struct tcb *t, const struct recv_kind *kind);

/* t gets the pending signal (n is active). */
void notification_take(struct notification *n, struct tcb *t);

void notification_bind(struct notification *n, struct tcb *t);
/* ... and undo, if they are bound. */
void notification_unbind(struct notification *n);

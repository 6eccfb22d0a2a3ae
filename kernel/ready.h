/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ready queues of one domain (struct ready_queues). Everything takes constant time: the highest
 * priority that is ready is kept, and found again by bitmap.
 *
 * T-3: the bitmap says exactly which queues hold somebody.
 */
#pragma once

#include "cpu.h"

static inline unsigned top_bit(word_t w)
{
    return WORD_BITS - 1 - (unsigned)__builtin_clzll(w);
}

static inline void ready_unmark(struct ready_queues *q, unsigned prio)
{
    unsigned i = prio / WORD_BITS;
    word_t bits = q->bits[i] & ~BIT(prio % WORD_BITS);

    q->bits[i] = bits;
    if ((int)prio != q->top)
        return;
    while (bits == 0 && i != 0)
        bits = q->bits[--i];
    q->top = bits == 0 ? -1 : (int)(i * WORD_BITS + top_bit(bits));
}

/* Those of a domain. */
static inline struct ready_queues *ready_in(struct cpu *cpu, unsigned domain)
{
    return &cpu->ready[CONFIG_NUM_DOMAINS == 1 ? 0 : domain];
}

/* The first thread of the highest priority, NULL: none is ready. */
static inline struct tcb *ready_first(const struct ready_queues *q)
{
    return q->top < 0 ? NULL : q->head[q->top];
}

/* t, in no queue, joins q: before (is_first) or behind those of its priority. */
INLINE void ready_put(struct ready_queues *q, struct tcb *t, bool is_first)
{
    unsigned prio = t->prio;
    struct tcb *head = q->head[prio];

    t->is_queued = true;
    if (head == NULL) {
        t->ready_next = t;
        t->ready_prev = t;
        q->head[prio] = t;
        q->bits[prio / WORD_BITS] |= BIT(prio % WORD_BITS);
        if ((int)prio > q->top)
            q->top = (int)prio;
        return;
    }
    t->ready_next = head;
    t->ready_prev = head->ready_prev;
    head->ready_prev->ready_next = t;
    head->ready_prev = t;
    if (is_first)
        q->head[prio] = t; /* the list is circular: last is also before first */
}

/* t, in q, leaves it. */
INLINE void ready_take(struct ready_queues *q, struct tcb *t)
{
    unsigned prio = t->prio;

    t->is_queued = false;
    if (likely(t->ready_next == t)) {
        q->head[prio] = NULL;
        ready_unmark(q, prio);
        return;
    }
    t->ready_next->ready_prev = t->ready_prev;
    t->ready_prev->ready_next = t->ready_next;
    if (q->head[prio] == t)
        q->head[prio] = t->ready_next;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "waitq.h"

#include "panic.h"
#include "tcb.h"

static void group_append(struct tcb *leader, struct tcb *t)
{
    struct tcb *last = leader->queue.prev;

    t->queue.prev = last;
    t->queue.next = leader;
    last->queue.next = t;
    leader->queue.prev = t;
}

/* t becomes a leader between the groups above and below (either may be NULL) */
static void leader_link(struct waitq *q, struct tcb *t, struct tcb *above, struct tcb *below)
{
    t->queue.above = above;
    t->queue.below = below;
    if (above != NULL)
        above->queue.below = t;
    else
        q->head = t;
    if (below != NULL)
        below->queue.above = t;
    else
        q->tail = t;
}

void waitq_insert(struct waitq *q, struct tcb *t)
{
    struct tcb *above = q->tail;

    t->queue.head = q;
    t->queue.next = t;
    t->queue.prev = t;
    if (q->head != NULL && q->head->prio < t->prio)
        above = NULL;
    while (above != NULL && above->prio < t->prio)
        above = above->queue.above;
    if (above != NULL && above->prio == t->prio) {
        group_append(above, t);
        return;
    }
    leader_link(q, t, above, above != NULL ? above->queue.below : q->head);
}

static bool is_leader(const struct tcb *t)
{
    const struct waitq *q = t->queue.head;

    return q->head == t || t->queue.above != NULL || q->tail == t;
}

void waitq_remove(struct tcb *t)
{
    struct waitq *q = t->queue.head;
    struct tcb *next = t->queue.next;

    if (is_leader(t)) {
        struct tcb *above = t->queue.above;
        struct tcb *below = t->queue.below;

        if (next != t) {
            leader_link(q, next, above, below);
        } else {
            if (above != NULL)
                above->queue.below = below;
            else
                q->head = below;
            if (below != NULL)
                below->queue.above = above;
            else
                q->tail = above;
        }
    }
    t->queue.prev->queue.next = next;
    next->queue.prev = t->queue.prev;
    t->queue.head = NULL;
    t->queue.above = NULL;
    t->queue.below = NULL;
}

struct tcb *waitq_next(const struct tcb *t)
{
    struct tcb *next = t->queue.next;

    if (is_leader(next)) /* t is its group's last */
        return next->queue.below;
    return next;
}

void waitq_check(const struct waitq *q)
{
    const struct tcb *above = NULL;

    assert((q->head == NULL) == (q->tail == NULL));
    for (const struct tcb *leader = q->head; IS_CHECKED && leader != NULL; leader = leader->queue.below) {
        const struct tcb *t = leader;

        assert(above == NULL || above->prio > leader->prio); /* */
        assert(leader->queue.above == above);
        do {
            assert(t->queue.head == q); /* */
            assert(t->prio == leader->prio);
            assert(t->queue.next->queue.prev == t);
            t = t->queue.next;
        } while (t != leader);
        assert(leader->queue.below != NULL || q->tail == leader);
        above = leader;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "waitq.h"

#include "panic.h"
#include "tcb.h"

struct tcb *waitq_walk;

static bool is_single(const struct waitq *q)
{
    return q->tail == NULL;
}

static void group_of_one(struct tcb *t)
{
    t->queue = (struct waitq_node){ .next = t, .prev = t };
}

static bool is_leader(const struct waitq *q, const struct tcb *t)
{
    return q->head == t || t->queue.above != NULL;
}

/* t, a group of one, becomes a leader between the groups above and below (either may be NULL) */
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
        q->tail = t->queue.prev;
}

static void group_append(struct waitq *q, struct tcb *leader, struct tcb *t)
{
    struct tcb *last = leader->queue.prev;

    t->queue = (struct waitq_node){ .next = leader, .prev = last };
    last->queue.next = t;
    leader->queue.prev = t;
    if (q->tail == last)
        q->tail = t;
}

/* The leader of the lowest group that is not below prio, NULL: all are. */
static struct tcb *group_not_below(const struct waitq *q, uint8_t prio)
{
    struct tcb *leader;

    if (q->head->prio < prio)
        return NULL;
    leader = q->tail->queue.next;
    while (leader->prio < prio)
        leader = leader->queue.above;
    return leader;
}

void waitq_insert(struct waitq *q, struct tcb *t)
{
    struct tcb *above;

    t->wait_q = q;
    if (q->head == NULL) {
        q->head = t;
        return;
    }
    if (is_single(q)) {
        group_of_one(q->head);
        q->tail = q->head;
    }
    above = group_not_below(q, t->prio);
    if (above != NULL && above->prio == t->prio) {
        group_append(q, above, t);
        return;
    }
    group_of_one(t);
    leader_link(q, t, above, above != NULL ? above->queue.below : q->head);
}

/* The leader t is alone in its group, which goes. */
static void group_remove(struct waitq *q, struct tcb *t)
{
    struct tcb *above = t->queue.above;
    struct tcb *below = t->queue.below;

    if (above != NULL)
        above->queue.below = below;
    else
        q->head = below;
    if (below != NULL)
        below->queue.above = above;
    else
        q->tail = above->queue.prev;
}

struct tcb *waitq_remove(struct tcb *t)
{
    struct waitq *q = t->wait_q;
    struct tcb *next = t->queue.next;
    struct tcb *prev = t->queue.prev;

    if (unlikely(t == waitq_walk))
        waitq_walk = waitq_next(t);
    if (is_single(q)) {
        q->head = NULL;
        return t;
    }
    if (next == t) {
        group_remove(q, t);
    } else {
        prev->queue.next = next;
        next->queue.prev = prev;
        if (is_leader(q, t))
            leader_link(q, next, t->queue.above, t->queue.below);
        else if (q->tail == t)
            q->tail = prev;
    }
    if (q->head == q->tail)
        q->tail = NULL;
    return t;
}

void waitq_set_prio(struct tcb *t, uint8_t prio)
{
    struct waitq *q = t->wait_q;
    bool is_walked = waitq_walk != NULL && waitq_walk->wait_q == q;

    waitq_remove(t);
    t->prio = prio;
    waitq_insert(q, t);
    if (is_walked)
        waitq_walk = q->head;
}

struct tcb *waitq_next(const struct tcb *t)
{
    const struct waitq *q = t->wait_q;
    struct tcb *next = t->queue.next;

    if (is_single(q) || q->tail == t)
        return NULL;
    return is_leader(q, next) ? next->queue.below : next; /* t is its group's last, or not */
}

#if IS_CHECKED

static void group_check(const struct waitq *q, const struct tcb *leader)
{
    const struct tcb *t = leader;

    do {
        assert(t->wait_q == q); /* */
        assert(t->prio == leader->prio);
        assert(t->queue.next->queue.prev == t);
        t = t->queue.next;
    } while (t != leader);
    assert(leader->queue.below != NULL || q->tail == leader->queue.prev);
}

void waitq_check(const struct waitq *q)
{
    const struct tcb *above = NULL;

    assert(q->tail == NULL || (q->head != NULL && q->head != q->tail));
    if (is_single(q)) {
        assert(q->head == NULL || q->head->wait_q == q); /* */
        return;
    }
    for (const struct tcb *leader = q->head; leader != NULL; leader = leader->queue.below) {
        assert(above == NULL || above->prio > leader->prio); /* */
        assert(leader->queue.above == above);
        group_check(q, leader);
        above = leader;
    }
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "waitq.h"

#include "panic.h"
#include "tcb.h"

#define FIRST_BIT 7u /* of a priority: the highest, so that the tree is in order */
#define STEP (-1)

struct tcb *waitq_walk;

static bool is_single(const struct waitq *q)
{
    return q->tree == NULL;
}

/* Is t, in a queue of several, the last of its priority? */
static bool is_last(const struct tcb *t)
{
    return t->queue.next == NULL || t->queue.next->prio != t->prio;
}

/* t's place in the list is behind prev. */
static void list_put(struct tcb *prev, struct tcb *t)
{
    struct tcb *next = prev->queue.next;

    t->queue.prev = prev;
    t->queue.next = next;
    if (next != NULL)
        next->queue.prev = t;
    prev->queue.next = t;
}

/* t becomes the only one in the tree. */
static void tree_start(struct waitq *q, struct tcb *t)
{
    struct tree_node *n = &t->queue.tree;

    n->parent = NULL;
    n->child[0] = NULL;
    n->child[1] = NULL;
    q->tree = n;
}

/* t joins a queue that is not empty. */
APART static void join(struct waitq *q, struct tcb *t)
{
    struct tree_node *n = &t->queue.tree, *prev;
    struct tree_place p;

    if (is_single(q)) {
        struct tcb *first = q->head;

        first->queue.next = NULL;
        first->queue.prev = NULL;
        tree_start(q, first);
    }
    if (q->tree->rank == n->rank && q->head->prio == t->prio) { /* all are equal */
        struct tcb *last = q->tree->thread;

        last->queue.next = t;
        t->queue.prev = last;
        t->queue.next = NULL;
        tree_start(q, t);
        return;
    }
    p = tree_find(&q->tree, n, FIRST_BIT, STEP);
    if (p.at != NULL && p.at->rank == n->rank) {
        list_put(p.at->thread, t);
        tree_replace(p.link, p.at, n);
        return;
    }
    prev = p.at != NULL ? p.at : p.after;
    if (prev != NULL) {
        list_put(prev->thread, t);
    } else {
        t->queue.prev = NULL;
        t->queue.next = q->head;
        q->head->queue.prev = t;
        q->head = t;
    }
    tree_put(p, n, STEP);
}

APART void waitq_insert(struct waitq *q, struct tcb *t)
{
    if (q->head == NULL) {
        tcb_join_empty(t, q);
    } else {
        t->wait_q = q;
        join(q, t);
    }
}

/* t, the first of several, leaves. */
static void leave_front(struct waitq *q, struct tcb *t)
{
    struct tcb *next = t->queue.next;

    q->head = next;
    next->queue.prev = NULL;
    if (next->queue.next == NULL) {
        q->tree = NULL;
    } else if (next->prio != t->prio) {
        struct tree_node **child = t->queue.tree.parent->child;

        child[child[1] == &t->queue.tree] = NULL; /* it is a leaf */
    }
}

/* t, which others are before, leaves. */
APART static struct tcb *leave(struct waitq *q, struct tcb *t)
{
    struct tcb *next = t->queue.next;
    struct tcb *prev = t->queue.prev;

    if (is_last(t)) {
        if (prev->prio == t->prio)
            tree_replace(tree_link(&q->tree, &t->queue.tree), &t->queue.tree, &prev->queue.tree);
        else
            tree_remove(&q->tree, &t->queue.tree);
    }
    prev->queue.next = next;
    if (next != NULL)
        next->queue.prev = prev;
    else if (q->head == prev)
        q->tree = NULL;
    return t;
}

APART struct tcb *waitq_remove(struct tcb *t)
{
    struct waitq *q = t->wait_q;

    if (t == waitq_walk)
        waitq_walk = waitq_next(t);
    if (is_single(q))
        q->head = NULL;
    else if (q->head == t)
        leave_front(q, t);
    else
        return leave(q, t);
    return t;
}

void waitq_set_prio(struct tcb *t, uint8_t prio)
{
    struct waitq *q = tcb_is_queued(t) ? t->wait_q : NULL;
    bool is_walked = q != NULL && waitq_walk != NULL && waitq_walk->wait_q == q;

    if (q != NULL)
        waitq_remove(t);
    t->prio = prio;
    t->queue.tree.rank = prio;
    t->queue.tree.key = prio;
    if (q != NULL)
        waitq_insert(q, t);
    if (is_walked)
        waitq_walk = q->head;
}

struct tcb *waitq_next(const struct tcb *t)
{
    return is_single(t->wait_q) ? NULL : t->queue.next;
}

#if IS_CHECKED

/* t, the last of its priority, is in the tree, and only others like it are its children. */
static void check_place(const struct waitq *q, const struct tcb *t)
{
    const struct tree_node *n = &t->queue.tree;

    tree_check(q->tree, n, FIRST_BIT, STEP);
    for (unsigned i = 0; i < 2; i++)
        assert(n->child[i] == NULL ||
               (n->child[i]->thread->wait_q == q && is_last(n->child[i]->thread)));
}

void waitq_check(const struct waitq *q)
{
    const struct tcb *prev = NULL;

    if (is_single(q)) {
        assert(q->head == NULL || q->head->wait_q == q); /* */
        return;
    }
    assert(q->head != NULL && q->head->queue.next != NULL);
    for (const struct tcb *t = q->head; t != NULL; t = t->queue.next) {
        assert(t->wait_q == q);                        /* */
        assert(prev == NULL || prev->prio >= t->prio); /* */
        assert(t->queue.prev == prev);
        assert(t->queue.tree.thread == t);
        assert(t->queue.tree.rank == t->prio && t->queue.tree.key == t->prio);
        if (is_last(t))
            check_place(q, t); /* */
        prev = t;
    }
}

#endif

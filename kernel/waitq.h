/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of threads in priority order, first come first served within a priority: the queues of
 * endpoints and notifications. Two words in the object, links in the threads.
 *
 * All who wait are linked in order. The last of each priority form a tree (tree.h), in which
 * whoever joins finds its insertion point, the thread to stand behind, in no more steps than a
 * priority has bits, however many wait and whatever their priorities are. The tree's root is the
 * lowest priority, so that the first in the queue, if it is alone with its priority, is a leaf:
 * leaving takes constant time there.
 *
 *     waitq.head -> [250 a] - [250 b] - [129 c] - [5 d] - [5 e]
 *     waitq.tree -> e -1-> c -1-> b                               0, 1: the next bit of the
 *                                                                 priority, highest first
 *
 * A queue of one thread, by far the most frequent, is just its head: tree is NULL and its links are
 * not set until a second one comes.
 *
 * priorities never rise from head to tail. Q-2: every member's wait_q is the queue. Q-3: the
 * last of each priority, and nobody else, are in the tree.
 */
#pragma once

#include "tree.h"

struct tcb;

struct waitq {
    struct tcb *head;       /* highest priority, first come */
    struct tree_node *tree; /* lowest priority, last come; NULL when there is one thread or none */
};

struct waitq_node {
    struct tcb *next, *prev; /* in order; NULL at the ends */
    /* in it if it is the last of its priority; rank and key are the priority in any case */
    struct tree_node tree;
};

/*
 * The cursor of a resumable walk: the next thread of one along a queue that has been interrupted;
 * NULL: there is none. Who leaves its queue is skipped; if somebody's place changes, the walk
 * starts over. [K]
 */
extern struct tcb *waitq_walk;

static inline bool waitq_is_empty(const struct waitq *q)
{
    return q->head == NULL;
}

/* Put thread t, in no queue, behind those of its priority. */
void waitq_insert(struct waitq *q, struct tcb *t);

/* Take t out of the queue t->wait_q that it is in. Answers t. */
struct tcb *waitq_remove(struct tcb *t);

/* The same for t in q where no walk comes along: among receivers. */
static inline void waitq_remove_receiver(struct waitq *q, struct tcb *t)
{
    if (likely(q->tree == NULL))
        q->head = NULL;
    else
        waitq_remove(t);
}

/*
 * t's priority becomes prio, and its place accordingly if it is in a queue. Nobody else sets
 * tcb.prio.
 */
void waitq_set_prio(struct tcb *t, uint8_t prio);

/* The thread after t in its queue's order, NULL at the end. */
struct tcb *waitq_next(const struct tcb *t);

/* In checked builds: panic unless hold. */
void waitq_check(const struct waitq *q);

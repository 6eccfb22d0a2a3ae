/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of threads in priority order, first come first served within a priority: the queues of endpoints and
 * notifications. Two words in the object, links in the threads.
 *
 * Threads of equal priority form a group: a circular list whose first member is its leader. Leaders are linked from the
 * highest priority to the lowest:
 *
 *     waitq.head -> [prio 9: a, b, c] -below-> [prio 4: d, e] -below-> NULL
 *     waitq.tail -> e, the very last
 *
 * Joining one's group's end and leaving from anywhere take constant time; a new priority costs a walk over the distinct
 * priorities below it (at most 255, whatever the number of threads), none when it is the highest or the lowest. A queue of
 * one thread, by far the most frequent, is just its head: tail is NULL and its links are not set until a second one comes.
 *
 * leaders' priorities fall strictly. Q-2: every member's wait_q is the queue.
 */
#pragma once

#include "types.h"

struct tcb;

struct waitq {
    struct tcb *head; /* highest priority, first come */
    struct tcb *tail; /* lowest priority, last come; NULL when there is one thread or none */
};

struct waitq_node {
    struct tcb *next, *prev;   /* within the group, circular */
    struct tcb *above, *below; /* leaders only: neighbouring groups; NULL in others */
};

/*
 * The next thread of a walk along a queue that has been interrupted; NULL: there is none. Who leaves its queue is skipped; if
 * somebody's place changes, the walk starts over. [K]
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

/* t's priority becomes prio, and its place in its queue accordingly. */
void waitq_set_prio(struct tcb *t, uint8_t prio);

/* The thread after t in its queue's order, NULL at the end. */
struct tcb *waitq_next(const struct tcb *t);

/* In checked builds: panic unless hold. */
void waitq_check(const struct waitq *q);

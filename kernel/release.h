/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of a core that wait for budget, in the order in which they will have some.
 *
 * A tree in which everybody's time is no earlier than its parent's, so the root is the next. Who hangs where below it
 * follows from the bits of the TCBs' addresses, lowest first: no way down is longer than there are such bits (28), however
 * many threads wait and whenever they are due, and nothing has to be balanced:
 *
 *     cpu.release_head -> 10:00 -0-> 10:05 -0-> ...        0, 1: the next bit of the address of
 *                               \-1-> 10:02 -1-> 10:09     whoever is to go below
 *
 * T-4: no thread's time is earlier than its parent's. T-5: a thread is below those whose bits led there, or was.
 * Source of the idea: priority search trees (McCreight 1985) over radix keys.
 */
#pragma once

#include "types.h"

struct tcb;

struct release_node {
    ticks_t time;         /* when its context's next refill is ready */
    struct tcb *parent;   /* NULL: it is the root */
    struct tcb *child[2];
};

/* t, with a context and in no queue, starts to wait for its next refill. */
void release_insert(struct tcb *t);

/* t, which waits for budget, does no longer. */
void release_remove(struct tcb *t);

/* In checked builds: panic unless t's place among those that wait for budget is right (T-4, links both ways). */
void release_check(const struct tcb *t);

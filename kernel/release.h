/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of a domain that wait for a time: for budget, or with a deadline for something else.
 * A tree (tree.h) with whoever is due first at its root, ready_queues.release.
 *
 * Ranks are the times: when the context's next refill is ready, or the deadline. Keys are the TCBs'
 * addresses without the bits that are the same in all, from the lowest on: no way down is longer
 * than there are such bits (28).
 */
#pragma once

#include "tree.h"

struct tcb;

/*
 * t, in no ready queue and no such tree, waits for this time. It is is_waiting_budget, or has
 * OBSTACLE_DEADLINE (O-2).
 */
void release_insert(struct tcb *t, ticks_t time);

/* t does no longer. Its deadline, if it was that, is for the caller to forget. */
void release_remove(struct tcb *t);

/* In checked builds: panic unless t's place among those that wait is right. */
void release_check(const struct tcb *t);

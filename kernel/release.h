/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of a core that wait for budget: a tree (tree.h) with whoever will have some first at its root, cpu.release.
 *
 * Ranks are the times when the contexts' next refills are ready. Keys are the TCBs' addresses without the bits that are the
 * same in all, from the lowest on: no way down is longer than there are such bits (28).
 */
#pragma once

#include "tree.h"

struct tcb;

/* t, with a context and in no queue, starts to wait for its next refill. */
void release_insert(struct tcb *t);

/* t, which waits for budget, does no longer. */
void release_remove(struct tcb *t);

/* In checked builds: panic unless t's place among those that wait for budget is right. */
void release_check(const struct tcb *t);

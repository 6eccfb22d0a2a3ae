/* SPDX-License-Identifier: BSD-2-Clause */
#include "release.h"

#include "panic.h"
#include "ready.h"
#include "refill.h"

#define FIRST_BIT 0u
#define STEP 1

static struct tree_node **root_of(const struct tcb *t)
{
    return &ready_in(this_cpu(), t->domain)->release;
}

void release_insert(struct tcb *t, ticks_t time)
{
    struct tree_place p;

    t->release.rank = time;
    p = tree_find(root_of(t), &t->release, FIRST_BIT, STEP);
    this_cpu()->must_set_timer = true; /* perhaps */
    tree_put(p, &t->release, STEP);
}

APART void release_remove(struct tcb *t)
{
    t->is_waiting_budget = false;
    this_cpu()->must_set_timer = true; /* perhaps */
    tree_remove(root_of(t), &t->release);
}

#if IS_CHECKED

void release_check(const struct tcb *t)
{
    const struct tcb *parent = t->release.parent != NULL ? t->release.parent->thread : NULL;

    assert(!t->is_queued);
    assert(!t->is_waiting_budget ||
           (t->sc != NULL && t->release.rank == refill_first(t->sc)->time));
    assert(parent == NULL || parent->is_waiting_budget || parent->obstacles & OBSTACLE_DEADLINE);
    tree_check(*root_of(t), &t->release, FIRST_BIT, STEP);
}

#endif

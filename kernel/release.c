/* SPDX-License-Identifier: BSD-2-Clause */
#include "release.h"

#include "panic.h"
#include "refill.h"

#define FIRST_BIT 0u
#define STEP 1

static void root_changed(void)
{
    this_cpu()->must_set_timer = true;
}

void release_insert(struct tcb *t)
{
    struct tree_place p;

    t->is_waiting_budget = true;
    t->release.rank = refill_head(t->sc)->time;
    p = tree_find(&this_cpu()->release, &t->release, FIRST_BIT, STEP);
    root_changed(); /* perhaps */
    tree_put(p, &t->release, STEP);
}

APART void release_remove(struct tcb *t)
{
    t->is_waiting_budget = false;
    root_changed(); /* perhaps */
    tree_remove(&this_cpu()->release, &t->release);
}

#if IS_CHECKED

void release_check(const struct tcb *t)
{
    assert(!t->is_queued && t->sc != NULL);
    assert(t->release.rank == refill_head(t->sc)->time);
    assert(t->release.parent == NULL || t->release.parent->thread->is_waiting_budget);
    tree_check(this_cpu()->release, &t->release, FIRST_BIT, STEP);
}

#endif

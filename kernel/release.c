/* SPDX-License-Identifier: BSD-2-Clause */
#include "release.h"

#include "panic.h"
#include "refill.h"

/* Which child of t's at depth does the way to `to` lead to? TCBs are aligned to their size. */
static struct tcb **way_down(struct tcb *t, const struct tcb *to, unsigned depth)
{
    return &t->release.child[(word_t)to >> (TCB_BITS + depth) & 1];
}

static void adopt(struct tcb *parent, struct tcb *child, unsigned side)
{
    parent->release.child[side] = child;
    if (child != NULL)
        child->release.parent = parent;
}

/* Where the link to a thread with this parent is. */
static struct tcb **link_to(struct tcb *parent, const struct tcb *t)
{
    if (parent == NULL)
        return &this_cpu()->release_head;
    return &parent->release.child[parent->release.child[1] == t];
}

static void root_changed(void)
{
    this_cpu()->must_set_timer = true;
}

void release_insert(struct tcb *t)
{
    struct tcb *parent = NULL;
    struct tcb **link = &this_cpu()->release_head;

    t->is_waiting_budget = true;
    t->release.time = refill_head(t->sc)->time;
    for (unsigned depth = 0; *link != NULL; depth++) {
        struct tcb *at = *link;

        if (t->release.time < at->release.time) { /* t stays here, and who was here goes on down */
            *link = t;
            t->release.parent = parent;
            adopt(t, at->release.child[0], 0);
            adopt(t, at->release.child[1], 1);
            t = at;
        }
        parent = *link;
        link = way_down(parent, t, depth);
    }
    *link = t;
    t->release.parent = parent;
    t->release.child[0] = NULL;
    t->release.child[1] = NULL;
    root_changed(); /* perhaps */
}

/* Which of two children (either may be NULL) is due first? */
static unsigned first_of(struct tcb *const child[2])
{
    if (child[0] == NULL)
        return 1;
    return child[1] != NULL && child[1]->release.time < child[0]->release.time;
}

void release_remove(struct tcb *t)
{
    struct release_node hole = t->release; /* the place to be filled, from below */
    struct tcb **link = link_to(hole.parent, t);

    t->is_waiting_budget = false;
    for (;;) {
        unsigned side = first_of(hole.child);
        struct tcb *up = hole.child[side];
        struct release_node below;

        *link = up;
        if (up == NULL)
            break;
        below = up->release;
        up->release.parent = hole.parent;
        adopt(up, hole.child[1 - side], 1 - side);
        link = &up->release.child[side];
        hole = below;
        hole.parent = up;
    }
    root_changed(); /* perhaps */
}

#if IS_CHECKED

void release_check(const struct tcb *t)
{
    const struct release_node *n = &t->release;

    assert(!t->is_queued && t->sc != NULL);
    assert(n->time == refill_head(t->sc)->time);
    if (n->parent == NULL) {
        assert(this_cpu()->release_head == t);
    } else {
        assert(n->parent->release.child[0] == t || n->parent->release.child[1] == t);
        assert(n->parent->is_waiting_budget && n->parent->release.time <= n->time); /* T-4 */
    }
    for (unsigned i = 0; i < 2; i++)
        assert(n->child[i] == NULL || n->child[i]->release.parent == t);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trees of threads, by rank: the root has the lowest of all.
 *
 * Nobody's rank is below its parent's. Who hangs where below it follows from the bits of the
 * threads' keys: no way down is longer than a key, however many threads there are and whatever
 * their ranks, and nothing has to be balanced. With a letter for the rank and the key behind it:
 *
 *     root -> A 101 -0-> C 010 -1-> E 011        0, 1: the next bit of the key of whoever is to go
 *                                                below
 *                  \-1-> B 110 -0-> D 100
 *
 * Where ranks are the keys, too, and their highest bit comes first, the tree is in order: a parent,
 * all that is below its child 0, all that is below its child 1.
 *
 * T-4: no rank is below the parent's. T-5: the bits of everybody's key lead to it from the root.
 * Source of the idea: priority search trees (McCreight 1985) over radix keys.
 */
#pragma once

#include "types.h"

struct tcb;

struct tree_node {
    struct tcb *thread; /* whose it is [I] */
    word_t rank;
    word_t key;               /* nobody else's in the tree; the rank, or [I] */
    struct tree_node *parent; /* NULL: it is the root */
    struct tree_node *child[2];
};

struct tree_place {
    struct tree_node **link;
    struct tree_node *at; /* whom link leads to; NULL: nobody */
    /* of a tree in order, with nobody at this place: who comes behind it; NULL: nobody */
    struct tree_node *after;
    unsigned bit; /* of keys, which leads on from here */
};

/*
 * The insertion point of n, which is not in the tree: the first on its way with a rank that is not
 * below its own is there now. n's parent is set to the last it passed. Of keys, `bit` comes first,
 * and the others follow in steps of 1 or -1: the same at each call for the same tree. Compiled into
 * its callers, as tree_put() is: there are two, with different steps.
 */
INLINE struct tree_place tree_find(struct tree_node **root, struct tree_node *n, unsigned bit,
                                   int step)
{
    struct tree_place p = { .link = root, .at = *root, .bit = bit };

    n->parent = NULL;
    while (p.at != NULL && p.at->rank < n->rank) {
        word_t side = n->key >> p.bit & 1;

        if (side == 0 && p.at->child[1] != NULL)
            p.after = p.at->child[1];
        n->parent = p.at;
        p.link = p.at->child + side;
        p.at = *p.link;
        p.bit += (unsigned)step;
    }
    return p;
}

/* child, which may be NULL, is now n's. */
static inline void tree_adopt(struct tree_node *n, word_t side, struct tree_node *child)
{
    n->child[side] = child;
    if (child != NULL)
        child->parent = n;
}

/*
 * Put n where tree_find() has just said. Who is there takes the place of the next on its own way,
 * which doesn't come before it, and so on.
 */
INLINE void tree_put(struct tree_place p, struct tree_node *n, int step)
{
    struct tree_node *at = p.at;

    *p.link = n;
    for (; at != NULL; p.bit += (unsigned)step) {
        word_t side = at->key >> p.bit & 1;
        struct tree_node *next = at->child[side];

        if (side == 0)
            tree_adopt(n, 1, at->child[1]);
        else
            tree_adopt(n, 0, at->child[0]);
        n->child[side] = at;
        at->parent = n;
        n = at;
        at = next;
    }
    n->child[0] = NULL;
    n->child[1] = NULL;
}

/* The link that leads to n. */
static inline struct tree_node **tree_link(struct tree_node **root, const struct tree_node *n)
{
    return n->parent == NULL ? root : &n->parent->child[n->parent->child[1] == n];
}

/* Take n out. A step for each bit of a key at most. */
void tree_remove(struct tree_node **root, const struct tree_node *n);

/* n, of the same rank and key and not in the tree, takes the place of old, to which link leads. */
void tree_replace(struct tree_node **link, const struct tree_node *old, struct tree_node *n);

/* In checked builds: panic unless n's links are right both ways, and T-4 and T-5 hold for it. */
void tree_check(const struct tree_node *root, const struct tree_node *n, unsigned bit, int step);

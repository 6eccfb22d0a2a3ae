/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include "panic.h"

/* The first of its children takes its place, and so on. */
APART void tree_remove(struct tree_node **root, const struct tree_node *n)
{
    struct tree_node **link = tree_link(root, n);
    struct tree_node *parent = n->parent, *zero = n->child[0], *one = n->child[1];

    for (;;) {
        struct tree_node *up = zero, *below;

        if (zero == NULL || (one != NULL && one->rank < zero->rank)) {
            up = one;
            *link = up;
            if (up == NULL)
                break;
            link = &up->child[1];
            one = up->child[1];
            below = up->child[0];
            tree_adopt(up, 0, zero);
            zero = below;
        } else {
            *link = up;
            link = &up->child[0];
            zero = up->child[0];
            below = up->child[1];
            tree_adopt(up, 1, one);
            one = below;
        }
        up->parent = parent;
        parent = up;
    }
}

APART void tree_replace(struct tree_node **link, const struct tree_node *old, struct tree_node *n)
{
    *link = n;
    n->parent = old->parent;
    tree_adopt(n, 0, old->child[0]);
    tree_adopt(n, 1, old->child[1]);
}

#if IS_CHECKED

void tree_check(const struct tree_node *root, const struct tree_node *n, unsigned bit, int step)
{
    const struct tree_node *parent = NULL;

    for (const struct tree_node *at = root; at != n; bit += (unsigned)step) { /* T-5 */
        assert(at != NULL);
        parent = at;
        at = at->child[n->key >> bit & 1];
    }
    assert(n->parent == parent);
    assert(parent == NULL || parent->rank <= n->rank); /* T-4 */
    for (unsigned i = 0; i < 2; i++)
        assert(n->child[i] == NULL || n->child[i]->parent == n);
}

#endif

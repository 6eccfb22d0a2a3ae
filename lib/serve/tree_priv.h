/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by tree.c, the protocol, tree_walk.c, the names, and tree_serve.c, the loop. */
#pragma once

#include <serve/tree.h>

enum { TREE_ROOT = 0 };

extern const struct tree *tree_served; /* a process serves one, with one thread */

extern const struct file_ops tree_ops;

/** What st_dev is, of a tree that is open. */
void tree_device_set(uint16_t device);

/* How far a path led. */
struct tree_walk {
    const struct serve_session *who;
    uint64_t place;
    uint32_t at, done;
    uint8_t left;
    struct tree_link link; /* of a link that was met */
};

/** Where a path begins. @return 0; ESRCH, EBADF, ENOENT: no such root */
int tree_walk_begin(const struct call *c, uint32_t directory, struct tree_walk *w);

/**
 * Follow a path from a directory: what it leads to is w->place, or it leads on elsewhere, w->left.
 *
 * @param follow  whether a link at the end leads on
 * @return 0, or as path_resolution(7)
 */
int tree_walk(struct call *c, uint32_t directory, const struct call_item *path, bool follow,
              struct tree_walk *w);

/** Whether somebody may: R_OK, W_OK, X_OK together. Nobody may write what takes no writing. */
bool tree_may(const struct serve_session *who, uint64_t place, unsigned how);

static inline uint32_t tree_owner(uint64_t place)
{
    return tree_served->owner != NULL ? tree_served->owner(place) : 0;
}

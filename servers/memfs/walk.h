/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths, and who may do what. Errors are Linux's.
 *
 * Source: path_resolution(7); idl/file.capnp for what leads out.
 */
#pragma once

#include "node.h"

#include <sys/stat.h>

/* Whom a request is for. */
struct who {
    uint32_t uid, gid, group_count;
    const uint32_t *groups;
};

enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };

/* How a path ended. */
enum walk_last {
    LAST_NAME, /* with a name, in `parent` */
    LAST_DOT,  /* with . or no part at all */
    LAST_DOTS, /* with .. */
};

/* Where a path led. */
struct walk {
    struct node *node;   /* what it names; NULL: nothing of that name */
    struct node *parent; /* of a LAST_NAME: where the name is, or would be */
    struct entry *entry; /* of a LAST_NAME that is there */
    const char *name;    /* the last part; NULL: the path has none */
    size_t name_bytes;
    enum walk_last last;
    bool has_slash; /* a slash behind it: it has to be a directory */
    bool is_public; /* everybody may search the directories on the way */
    /* Not 0: the path leads on elsewhere, as idl/file.capnp says. */
    uint8_t left;
    uint32_t at, done;
    uint32_t root;                /* for the caller: the pin of the root that it began with */
    const struct node *left_node; /* the link, or what is covered */
};

/* As struct Left of idl/file.capnp numbers them. */
enum { WALK_LINK = 1, WALK_ABOVE = 2, WALK_MOUNT = 3 };

/**
 * Follow a path.
 *
 * @param root    is not left through its ..
 * @param from    where it begins
 * @param follow  whether a symbolic link at its end leads on; one with a slash behind it does
 * @return 0: to walk->node, to NULL in walk->parent, or elsewhere (walk->left); ENOENT: a part
 *         before the last is not there; ENOTDIR, EACCES, ENAMETOOLONG; EINVAL: there is none of
 *         that name, and none can be: it has a zero in it
 */
int walk_path(const struct who *who, struct node *root, struct node *from, const char *path,
              size_t bytes, bool follow, struct walk *walk);

int may_other(const struct who *who, const struct node *node, unsigned how);

/** @return 0; EACCES */
static inline int may(const struct who *who, const struct node *node, unsigned how)
{
    return who->uid == 0 && S_ISDIR(node->mode) ? 0 : may_other(who, node, how);
}

/** Does the node belong to them, or may they do everything? */
bool is_owner(const struct who *who, const struct node *node);
bool is_in_group(const struct who *who, uint32_t gid);

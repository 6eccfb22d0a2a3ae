/* SPDX-License-Identifier: BSD-2-Clause */
#include "walk.h"

#include "bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool is_in_group(const struct who *who, uint32_t gid)
{
    if (who->gid == gid)
        return true;
    for (uint32_t i = 0; i < who->group_count; i++)
        if (who->groups[i] == gid)
            return true;
    return false;
}

bool is_owner(const struct who *who, const struct node *node)
{
    return who->uid == 0 || who->uid == node->uid;
}

int may_other(const struct who *who, const struct node *node, unsigned how)
{
    uint32_t mode = node->mode;

    if (who->uid == 0) /* may all, but execute what nobody may */
        return (how & MAY_EXECUTE) != 0 && (mode & 0111) == 0 ? EACCES : 0;
    if (who->uid == node->uid)
        mode >>= 6;
    else if (is_in_group(who, node->gid))
        mode >>= 3;
    return (mode & how) == how ? 0 : EACCES;
}

/* The path leads on elsewhere behind its part path[at..end). */
static void walk_leave(struct walk *w, uint8_t why, size_t at, size_t end)
{
    w->left = why;
    w->at = (uint32_t)at;
    w->done = (uint32_t)end;
}

/* A part that is . or .. and no name. */
static void walk_dots(struct walk *w, const struct node *root, size_t at, size_t end)
{
    w->last = end - at == 1 ? LAST_DOT : LAST_DOTS;
    if (w->last == LAST_DOT)
        return;
    if (w->node == root)
        walk_leave(w, WALK_ABOVE, at, end);
    else
        w->node = w->node->dir.parent;
}

static inline bool is_dots(const char *name, size_t bytes)
{
    return name[0] == '.' && (bytes == 1 || (bytes == 2 && name[1] == '.'));
}

/* A name, path[at..end); *is_there: whether the directory has it. */
static inline int walk_name(const char *path, size_t at, size_t end, bool follow, struct walk *w,
                            bool *is_there)
{
    struct node *dir = w->node, *node = NULL;
    size_t bytes = end - at;

    if (bytes > NODE_NAME_MAX)
        return ENAMETOOLONG;
    w->last = LAST_NAME;
    w->parent = dir;
    w->name = path + at;
    w->name_bytes = bytes;
    w->entry = entry_find(dir, path + at, bytes);
    if (w->entry != NULL)
        node = w->entry->node;
    w->node = node;
    *is_there = node != NULL;
    if (node != NULL && (node->covered != 0 || (follow && S_ISLNK(node->mode)))) {
        walk_leave(w, node->covered != 0 ? WALK_MOUNT : WALK_LINK, at, end);
        w->left_node = node;
    }
    return 0;
}

/* A part of a path, path[at..end). */
static inline __attribute__((always_inline)) int
walk_part(const struct who *who, const struct node *root, const char *path, size_t at, size_t end,
          bool follow, struct walk *w, bool *is_there)
{
    if (!S_ISDIR(w->node->mode))
        return ENOTDIR;
    int e = may(who, w->node, MAY_EXECUTE);
    if (e != 0)
        return e;
    if (!is_dots(path + at, end - at))
        return walk_name(path, at, end, follow, w, is_there);
    walk_dots(w, root, at, end);
    return 0;
}

/* At the end of a path: of one that leads to nothing, is that what it may be called? */
static inline int walk_end(struct walk *w, size_t bytes, bool is_there)
{
    w->done = (uint32_t)bytes;
    if (!is_there)
        return memchr(w->name, '\0', w->name_bytes) != NULL ? EINVAL : 0;
    return w->has_slash && !S_ISDIR(w->node->mode) ? ENOTDIR : 0;
}

/* All parts from w->node on. */
static int walk_parts(const struct who *who, const struct node *root, const char *path,
                      size_t bytes, bool follow, struct walk *w)
{
    size_t at = 0, end, next;
    bool is_there = true;

    while (at < bytes && path[at] == '/')
        at++;
    for (; at < bytes; at = next) {
        if (!is_there)
            return ENOENT;
        end = bytes_slash(path, at, bytes);
        for (next = end; next < bytes && path[next] == '/'; next++)
            continue;
        w->has_slash = end < bytes;
        w->is_public &= (w->node->mode & 0111) == 0111;
        int e = walk_part(who, root, path, at, end, follow || end < bytes, w, &is_there);
        if (e != 0 || w->left != 0)
            return e;
    }
    return walk_end(w, bytes, is_there);
}

/* ---- ways to directories that were gone lately ---- */

enum { WAYS_BITS = 4, WAY_BYTES = 88 };

/* Where a text that ends in a slash leads: as long as no directory has changed (node.h). */
static struct way {
    const struct node *root, *from;
    struct node *to;
    uint64_t changes;
    uint32_t bytes;
    bool is_public; /* struct walk */
    char text[WAY_BYTES];
} ways[1 << WAYS_BITS];

/* Bytes of a path up to its last part, if these are worth to be kept; else 0. */
static inline size_t way_bytes(const char *path, size_t bytes)
{
    size_t n = bytes_last_slash(path, bytes);

    return n > 1 && n < bytes && n <= WAY_BYTES ? n : 0;
}

static inline struct way *way_of(const char *path, size_t bytes)
{
    uint64_t last = bytes_first(path + (bytes > 8 ? bytes - 8 : 0), bytes < 8 ? bytes : 8);

    return &ways[last * 0x9e3779b97f4a7c15 >> (64 - WAYS_BITS)];
}

static inline bool way_leads(const struct way *way, const struct who *who, const struct node *root,
                             const struct node *from, const char *path, size_t bytes)
{
    return way->bytes == bytes && way->from == from && way->root == root &&
           way->changes == node_directory_changes && (way->is_public || who->uid == 0) &&
           bytes_are_same(path, way->text, bytes);
}

/* Find it out. */
static __attribute__((noinline)) int way_find(struct way *way, const struct who *who,
                                              const struct node *root, const char *path,
                                              size_t bytes, struct walk *walk)
{
    const struct node *from = walk->node;
    int e = walk_parts(who, root, path, bytes, true, walk);

    if (e != 0 || walk->left != 0)
        return e;
    if (walk->node == NULL)
        return ENOENT;
    *way = (struct way){ .root = root,
                         .from = from,
                         .to = walk->node,
                         .changes = node_directory_changes,
                         .bytes = (uint32_t)bytes,
                         .is_public = walk->is_public };
    memcpy(way->text, path, bytes);
    return 0;
}

int walk_path(const struct who *who, struct node *root, struct node *from, const char *path,
              size_t bytes, bool follow, struct walk *walk)
{
    size_t at = way_bytes(path, bytes);

    walk->node = from;
    walk->parent = NULL;
    walk->entry = NULL;
    walk->last = LAST_DOT;
    walk->name = at > 0 ? path : NULL;
    walk->has_slash = false;
    walk->is_public = true;
    walk->left = 0;
    walk->at = walk->done = 0;
    if (at == 0)
        return walk_parts(who, root, path, bytes, follow, walk);
    struct way *way = way_of(path, at);
    bool is_there = true;
    int e = 0;
    if (__builtin_expect(way_leads(way, who, root, from, path, at), 1))
        walk->node = way->to;
    else
        e = way_find(way, who, root, path, at, walk);
    if (e == 0 && walk->left == 0) {
        walk->has_slash = false;
        e = walk_part(who, root, path, at, bytes, follow, walk, &is_there);
    }
    return e != 0 || walk->left != 0 ? e : walk_end(walk, bytes, is_there);
}

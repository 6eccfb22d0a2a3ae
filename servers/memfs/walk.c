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

/* One part, path[at..end). `is_last`: the operation may be about the name. */
static int walk_part(const struct who *who, struct node *root, const char *path, size_t at,
                     size_t end, bool is_last, bool follow, struct walk *w)
{
    struct node *dir = w->node;
    const char *name = path + at;
    size_t bytes = end - at;

    if (!S_ISDIR(dir->mode))
        return ENOTDIR;
    int e = may(who, dir, MAY_EXECUTE);
    if (e != 0)
        return e;
    w->last = LAST_DOT;
    if (bytes == 1 && name[0] == '.')
        return 0;
    w->last = LAST_DOTS;
    if (bytes == 2 && name[0] == '.' && name[1] == '.') {
        if (dir == root) {
            w->left = WALK_ABOVE;
            w->at = (uint32_t)at;
            w->done = (uint32_t)end;
        } else {
            w->node = dir->dir.parent;
        }
        return 0;
    }
    if (bytes > NODE_NAME_MAX)
        return ENAMETOOLONG;
    w->last = LAST_NAME;
    w->parent = dir;
    w->name = name;
    w->name_bytes = bytes;
    w->entry = entry_find(dir, name, bytes);
    w->node = w->entry != NULL ? w->entry->node : NULL;
    if (w->node == NULL)
        return is_last ? 0 : ENOENT;
    if (w->node->covered != 0 || (S_ISLNK(w->node->mode) && follow)) {
        w->left = w->node->covered != 0 ? WALK_MOUNT : WALK_LINK;
        w->at = (uint32_t)at;
        w->done = (uint32_t)end;
        w->left_node = w->node;
    }
    return 0;
}

int walk_path(const struct who *who, struct node *root, struct node *from, const char *path,
              size_t bytes, bool follow, struct walk *walk)
{
    size_t at = 0;
    int e = 0;

    *walk = (struct walk){ .node = from, .last = LAST_DOT };
    while (e == 0 && walk->left == 0) {
        size_t end, next;
        while (at < bytes && path[at] == '/')
            at++;
        if (at == bytes)
            break;
        end = bytes_find(path, at, bytes, '/');
        for (next = end; next < bytes && path[next] == '/'; next++)
            continue;
        walk->has_slash = end < bytes;
        e = walk_part(who, root, path, at, end, next == bytes, follow || end < bytes, walk);
        at = next;
    }
    if (e != 0 || walk->left != 0)
        return e;
    walk->done = (uint32_t)bytes;
    if (walk->node != NULL && walk->has_slash && !S_ISDIR(walk->node->mode))
        return ENOTDIR;
    return 0;
}

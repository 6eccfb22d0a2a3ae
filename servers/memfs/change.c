/* SPDX-License-Identifier: BSD-2-Clause */
#include "change.h"
#include "pin.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { NO_REPLACE = 1, EXCHANGE = 2, DIRECTORY_NAME_BYTES = 20 };

static bool is_directory(const struct node *node)
{
    return S_ISDIR(node->mode);
}

/* A directory's names have changed. */
static void touch(struct node *dir)
{
    dir->modified = dir->changed = node_now();
    dir->bytes = (int64_t)dir->dir.count * DIRECTORY_NAME_BYTES;
}

/* May a name be added there? */
static int may_add(const struct who *who, const struct walk *at)
{
    if (at->last != LAST_NAME || at->node != NULL)
        return EEXIST;
    if (at->parent->links == 0)
        return ENOENT;
    return may(who, at->parent, MAY_WRITE | MAY_EXECUTE);
}

/* May a name that is there be taken away? */
static int may_take(const struct who *who, const struct walk *at)
{
    int e = may(who, at->parent, MAY_WRITE | MAY_EXECUTE);

    if (e != 0)
        return e;
    if ((at->parent->mode & S_ISVTX) != 0 && !is_owner(who, at->parent) && !is_owner(who, at->node))
        return EPERM;
    return 0;
}

/* Give a node a name; cannot fail. */
static void name_add(struct node *dir, struct entry *entry, struct node *node)
{
    entry->node = node;
    entry_insert(dir, entry);
    if (is_directory(node)) {
        node->links = 2;
        dir->links++;
    } else {
        node->links++;
        node->named_in = dir;
    }
    touch(dir);
}

/* One of its names was in a directory, and is no more. */
static void name_forget(struct node *node, const struct node *dir)
{
    if (node->named_in == dir)
        node->named_in = NULL;
}

static void name_take(struct node *dir, struct entry *entry)
{
    struct node *node = entry->node;

    entry_remove(dir, entry);
    entry_free(entry);
    if (is_directory(node)) {
        node->links = 0;
        dir->links--;
    } else {
        node->links--;
        name_forget(node, dir);
    }
    node->changed = node_now();
    touch(dir);
    node_settle(node);
}

/* ---- new names ---- */

/* Who a new node belongs to: a directory may hand its group on. */
static uint32_t group_in(const struct who *who, const struct node *dir)
{
    return (dir->mode & S_ISGID) != 0 ? dir->gid : who->gid;
}

static int add_new(const struct walk *at, struct node *node)
{
    struct entry *entry = node != NULL ? entry_new(at->name, at->name_bytes) : NULL;

    if (entry == NULL) {
        if (node != NULL)
            node_settle(node);
        return memory_refusal();
    }
    name_add(at->parent, entry, node);
    return 0;
}

int change_make(const struct who *who, const struct walk *at, uint32_t mode, uint64_t device,
                struct node **made)
{
    int e = may_add(who, at);

    if (e == 0 && at->has_slash && !S_ISDIR(mode))
        e = ENOENT;
    if (e != 0)
        return e;
    uint32_t gid = group_in(who, at->parent);
    if (S_ISDIR(mode)) {
        mode |= at->parent->mode & S_ISGID;
        *made = node_new_directory(at->parent, mode, who->uid, gid);
    } else {
        *made = node_new(mode, who->uid, gid);
    }
    if (*made != NULL)
        (*made)->device = device;
    return add_new(at, *made);
}

int change_make_link(const struct who *who, const struct walk *at, const char *text, size_t bytes)
{
    if (bytes == 0)
        return ENOENT;
    if (bytes > NODE_LINK_MAX)
        return ENAMETOOLONG;
    int e = may_add(who, at);
    if (e == 0 && at->has_slash)
        e = ENOENT;
    if (e != 0)
        return e;
    return add_new(at, node_new_link(text, bytes, who->uid, group_in(who, at->parent)));
}

int change_link(const struct who *who, struct node *node, const struct walk *at)
{
    int e = may_add(who, at);

    if (e == 0 && at->has_slash)
        e = ENOENT;
    if (e == 0 && is_directory(node))
        e = EPERM;
    if (e == 0 && node->links == 0 && !node->may_be_named)
        e = ENOENT;
    if (e != 0)
        return e;
    struct entry *entry = entry_new(at->name, at->name_bytes);
    if (entry == NULL)
        return memory_refusal();
    node->may_be_named = false;
    node->changed = node_now();
    name_add(at->parent, entry, node);
    return 0;
}

/* ---- names that go ---- */

int change_remove(const struct who *who, const struct walk *at, bool directory)
{
    if (at->last != LAST_NAME) {
        if (!directory)
            return EISDIR;
        return at->last == LAST_DOTS ? ENOTEMPTY : at->name == NULL ? EBUSY : EINVAL;
    }
    if (at->node == NULL)
        return ENOENT;
    int e = may_take(who, at);
    if (e != 0)
        return e;
    if (directory != is_directory(at->node))
        return directory ? ENOTDIR : EISDIR;
    if (directory && at->node->dir.count > 0)
        return ENOTEMPTY;
    name_take(at->parent, at->entry);
    return 0;
}

/* ---- rename ---- */

/* The directory of a name has changed: .., links, and who uses whom. */
static void reparent(struct node *node, struct node *from, struct node *to)
{
    if (!is_directory(node))
        node->named_in = to;
    if (!is_directory(node) || from == to)
        return;
    from->links--;
    to->links++;
    node->dir.parent = to;
    node_keep(to);
    from->users--;
}

static int rename_check_target(const struct walk *from, const struct walk *to)
{
    if (is_directory(from->node) && !is_directory(to->node))
        return ENOTDIR;
    if (!is_directory(from->node) && is_directory(to->node))
        return EISDIR;
    return is_directory(to->node) && to->node->dir.count > 0 ? ENOTEMPTY : 0;
}

/* Is either inside the other? */
static int rename_check_places(const struct walk *from, const struct walk *to, uint32_t flags)
{
    if (is_directory(from->node) && node_is_within(to->parent, from->node))
        return EINVAL;
    if (to->node != NULL && is_directory(to->node) && node_is_within(from->parent, to->node))
        return (flags & EXCHANGE) != 0 ? EINVAL : ENOTEMPTY;
    return 0;
}

static int rename_check_slashes(const struct walk *from, const struct walk *to, uint32_t flags)
{
    if (is_directory(from->node))
        return 0;
    if (from->has_slash || (to->has_slash && (flags & EXCHANGE) == 0))
        return ENOTDIR;
    return 0;
}

static int rename_check(const struct who *who, const struct walk *from, const struct walk *to,
                        uint32_t flags)
{
    if (from->last != LAST_NAME)
        return EBUSY;
    if (to->last != LAST_NAME)
        return (flags & NO_REPLACE) != 0 ? EEXIST : EBUSY;
    if (from->node == NULL)
        return ENOENT;
    if ((flags & NO_REPLACE) != 0 && to->node != NULL)
        return EEXIST;
    if ((flags & EXCHANGE) != 0 && to->node == NULL)
        return ENOENT;
    int e = rename_check_slashes(from, to, flags);
    if (e == 0)
        e = rename_check_places(from, to, flags);
    if (e != 0 || from->node == to->node)
        return e;
    e = may_take(who, from);
    if (e == 0)
        e = to->node != NULL ? may_take(who, to) : may_add(who, to);
    if (e == 0 && to->node != NULL && (flags & EXCHANGE) == 0)
        e = rename_check_target(from, to);
    if (e == 0 && is_directory(from->node) && from->parent != to->parent)
        e = may(who, from->node, MAY_WRITE);
    if (e == 0 && (flags & EXCHANGE) != 0 && is_directory(to->node) && from->parent != to->parent)
        e = may(who, to->node, MAY_WRITE);
    return e;
}

static void exchange(const struct walk *from, const struct walk *to)
{
    struct node *a = from->node, *b = to->node;

    node_directory_changed(a);
    node_directory_changed(b);
    from->entry->node = b;
    to->entry->node = a;
    reparent(a, from->parent, to->parent);
    reparent(b, to->parent, from->parent);
    a->changed = b->changed = node_now();
    touch(from->parent);
    touch(to->parent);
}

/* The name that is there already leads to another node from now on. */
static void replace(const struct walk *to, struct node *node)
{
    struct node *old = to->node;

    to->entry->node = node;
    if (is_directory(old)) {
        old->links = 0;
        to->parent->links--;
    } else {
        old->links--;
        name_forget(old, to->parent);
    }
    old->changed = node_now();
    node_settle(old);
}

/* What is mounted goes by a name, which is to stay true. */
static bool carries_mount(const struct node *node)
{
    return is_directory(node) && pin_covers_within(node);
}

int change_rename(const struct who *who, const struct walk *from, const struct walk *to,
                  uint32_t flags)
{
    if ((flags & ~(uint32_t)(NO_REPLACE | EXCHANGE)) != 0 || flags == (NO_REPLACE | EXCHANGE))
        return EINVAL;
    int e = rename_check(who, from, to, flags);
    if (e != 0 || from->node == to->node)
        return e;
    if (carries_mount(from->node) || ((flags & EXCHANGE) != 0 && carries_mount(to->node)))
        return EBUSY;
    if ((flags & EXCHANGE) != 0) {
        exchange(from, to);
        return 0;
    }
    struct node *node = from->node;
    if (to->node != NULL) {
        replace(to, node);
    } else {
        struct entry *entry = entry_new(to->name, to->name_bytes);
        if (entry == NULL)
            return memory_refusal();
        entry->node = node;
        entry_insert(to->parent, entry);
    }
    entry_remove(from->parent, from->entry);
    entry_free(from->entry);
    reparent(node, from->parent, to->parent);
    node->changed = node_now();
    touch(from->parent);
    touch(to->parent);
    return 0;
}

/* ---- attributes ---- */

int change_mode(const struct who *who, struct node *node, uint32_t mode)
{
    if (!is_owner(who, node))
        return EPERM;
    mode &= 07777;
    if (who->uid != 0 && !is_in_group(who, node->gid))
        mode &= ~(uint32_t)S_ISGID;
    node->mode = (node->mode & S_IFMT) | mode;
    node_directory_changed(node);
    node->changed = node_now();
    return 0;
}

int change_owner(const struct who *who, struct node *node, uint32_t uid, uint32_t gid)
{
    const uint32_t same = ~0u;

    if (who->uid != 0) {
        if (uid != same && (uid != node->uid || who->uid != node->uid))
            return EPERM;
        if (gid != same && (who->uid != node->uid || (gid != node->gid && !is_in_group(who, gid))))
            return EPERM;
    }
    node_directory_changed(node);
    if (uid != same)
        node->uid = uid;
    if (gid != same)
        node->gid = gid;
    /* A program that runs as its owner does not do so for another one. */
    if (!S_ISDIR(node->mode) && (uid != same || gid != same)) {
        node->mode &= ~(uint32_t)S_ISUID;
        if ((node->mode & S_IXGRP) != 0)
            node->mode &= ~(uint32_t)S_ISGID;
    }
    node->changed = node_now();
    return 0;
}

static void time_set(int64_t *time, int64_t ns, int64_t now)
{
    if (ns != INT64_MIN)
        *time = ns == INT64_MAX ? now : ns;
}

int change_times(const struct who *who, struct node *node, int64_t accessed, int64_t modified)
{
    bool is_now = accessed == INT64_MAX && modified == INT64_MAX;
    int64_t now = node_now();

    if (accessed == INT64_MIN && modified == INT64_MIN)
        return 0;
    if (!is_owner(who, node)) {
        if (!is_now)
            return EPERM;
        if (may(who, node, MAY_WRITE) != 0)
            return EACCES;
    }
    time_set(&node->accessed, accessed, now);
    time_set(&node->modified, modified, now);
    node->changed = now;
    return 0;
}

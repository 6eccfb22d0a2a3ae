/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree_priv.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct tree *tree_served;

static bool is_directory(uint64_t place)
{
    return S_ISDIR(tree_served->mode(place));
}

bool tree_may(const struct serve_session *who, uint64_t place, unsigned how)
{
    uint32_t mode = tree_served->mode(place) & 0777;

    if ((how & W_OK) != 0 && (mode & 0222) == 0)
        return false;
    if ((how & X_OK) != 0 && (mode & 0111) == 0)
        return false;
    return who->uid == 0 || ((who->uid == tree_owner(place) ? mode >> 6 : mode) & how) == how;
}

static bool is_part(const char *part, size_t bytes, const char *is)
{
    return strlen(is) == bytes && memcmp(part, is, bytes) == 0;
}

static bool entry_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place)
{
    struct tree_entry entry;

    if (tree_served->find != NULL)
        return tree_served->find(directory, name, bytes, place);
    for (uint64_t at = 0; tree_served->entry(directory, at, &entry); at = entry.next)
        if (is_part(name, bytes, entry.name)) {
            *place = entry.place;
            return true;
        }
    return false;
}

static int walk_link(struct tree_walk *w, uint64_t link, size_t at, size_t end)
{
    int e = tree_served->link(w->who, link, true, &w->link);

    w->left = w->link.is_file ? FILE_LEFT_FILE : FILE_LEFT_LINK;
    w->at = (uint32_t)at;
    w->done = (uint32_t)end;
    return e;
}

/* One part of a path, path[at..end). */
static int walk_part(struct tree_walk *w, const char *path, size_t at, size_t end, bool follow)
{
    size_t bytes = end - at;
    uint64_t next;

    if (!is_directory(w->place))
        return tree_served->mode(w->place) == 0 ? ENOENT : ENOTDIR;
    if (!tree_may(w->who, w->place, X_OK))
        return EACCES;
    if (is_part(path + at, bytes, "."))
        return 0;
    if (is_part(path + at, bytes, "..")) {
        if (w->place == TREE_ROOT) {
            w->left = FILE_LEFT_ABOVE;
            w->at = (uint32_t)at;
            w->done = (uint32_t)end;
        }
        w->place = tree_served->above(w->place);
        return 0;
    }
    if (bytes > NAME_MAX)
        return ENAMETOOLONG;
    if (!entry_find(w->place, path + at, bytes, &next))
        return ENOENT;
    if (follow && S_ISLNK(tree_served->mode(next)))
        return walk_link(w, next, at, end);
    w->place = next;
    return 0;
}

int tree_walk_begin(const struct call *c, uint32_t directory, struct tree_walk *w)
{
    struct serve_file *file;

    *w = (struct tree_walk){ .who = serve_caller(c), .place = TREE_ROOT };
    if (w->who == NULL)
        return ESRCH;
    if (directory >= FILE_ROOT_BIT) {
        if (w->who->root != NULL) /* an exported file, which has nothing above it */
            w->place = ((const struct tree_file *)w->who->root)->place;
        return directory == FILE_ROOT_BIT ? 0 : ENOENT;
    }
    int e = serve_file_of(c, directory, &file);
    if (e == 0)
        w->place = ((const struct tree_file *)file)->place;
    return e;
}

int tree_walk(struct call *c, uint32_t directory, const struct call_item *item, bool follow,
              struct tree_walk *w)
{
    static char path[PATH_MAX];
    size_t bytes = item->count, at = 0;
    int e = tree_walk_begin(c, directory, w);

    if (e == 0 && bytes >= sizeof path)
        e = ENAMETOOLONG;
    if (e == 0)
        e = call_read(c, item, 0, path, bytes);
    if (e == 0 && memchr(path, '\0', bytes) != NULL)
        e = EINVAL;
    while (e == 0 && w->left == FILE_LEFT_NOTHING) {
        size_t end;
        for (; at < bytes && path[at] == '/'; at++)
            continue;
        if (at == bytes)
            break;
        for (end = at; end < bytes && path[end] != '/'; end++)
            continue;
        e = walk_part(w, path, at, end, follow || end < bytes);
        at = end;
    }
    if (e != 0 || w->left != FILE_LEFT_NOTHING)
        return e;
    w->done = (uint32_t)bytes;
    if (tree_served->mode(w->place) == 0)
        return ENOENT;
    return bytes > 0 && path[bytes - 1] == '/' && !is_directory(w->place) ? ENOTDIR : 0;
}

/* ---- the name of a place ---- */

static bool name_of(uint64_t place, struct tree_entry *out)
{
    uint64_t directory = tree_served->above(place);

    for (uint64_t at = 0; tree_served->entry(directory, at, out); at = out->next)
        if (out->place == place)
            return true;
    return false;
}

int tree_name(uint64_t place, char *to, size_t room, size_t *bytes)
{
    struct tree_entry entry;
    size_t begin = room;

    if (tree_served->mode(place) == 0)
        return ENOENT;
    for (; place != TREE_ROOT; place = tree_served->above(place)) {
        if (!name_of(place, &entry))
            return ENOENT;
        size_t length = strlen(entry.name);
        if (begin < length + 1)
            return ENAMETOOLONG;
        begin -= length;
        memcpy(to + begin, entry.name, length);
        to[--begin] = '/';
    }
    if (begin == room && room > 0)
        to[--begin] = '/';
    *bytes = room - begin;
    memmove(to, to + begin, *bytes);
    return room > 0 ? 0 : ENAMETOOLONG;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of `shelf`: whole paths, in a table. */
#include "shelf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { NODES = 16, KNOWN = SHELF_ACCESS | O_CREAT | O_EXCL | O_TRUNC };

static struct node node[NODES];

int shelf_find(struct call *c, uint32_t directory, const struct call_item *path, char *name,
               struct node **n)
{
    int e = path->count < SHELF_NAME_ROOM ? 0 : ENAMETOOLONG;
    size_t above = 0; /* bytes of the directory's name */

    if (e == 0)
        e = directory == FILE_ROOT_BIT ? call_read(c, path, 0, name, path->count) : EBADF;
    if (e != 0)
        return e;
    name[path->count] = '\0';
    for (size_t i = 1; i < path->count; i++)
        above = name[i] == '/' ? i : above;
    bool is_in_one = above == 0;
    *n = NULL;
    for (struct node *i = node; i < node + NODES; i++) {
        if (i->mode != 0 && strcmp(i->name, name) == 0)
            *n = i;
        is_in_one |=
            S_ISDIR(i->mode) && strlen(i->name) == above && memcmp(i->name, name, above) == 0;
    }
    return is_in_one ? 0 : ENOENT;
}

int shelf_make(const char *name, uint32_t mode, struct node **made)
{
    struct node *n = node;

    while (n < node + NODES && n->mode != 0)
        n++;
    if (n == node + NODES ||
        (S_ISREG(mode) && shm_create(&n->content, SHELF_PAGE_COUNT) != seL4_NoError))
        return ENOSPC;
    strcpy(n->name, name);
    n->mode = mode;
    *made = n;
    return 0;
}

int shelf_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
               const struct call_item *path, struct node **n)
{
    char name[SHELF_NAME_ROOM];
    int e = (flags & ~KNOWN) != 0 ? EINVAL : shelf_find(c, directory, path, name, n);

    if (e == 0 && *n == NULL)
        return (flags & O_CREAT) != 0 ? shelf_make(name, S_IFREG | (mode & 0777), n) : ENOENT;
    if (e == 0 && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return EEXIST;
    if (e == 0 && S_ISDIR((*n)->mode) && (flags & (SHELF_ACCESS | O_TRUNC)) != O_RDONLY)
        return EISDIR;
    if (e == 0 && (flags & O_TRUNC) != 0)
        shelf_empty(*n);
    return e;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "namespace.h"

#include <errno.h>
#include <idl/session.h>

#include "credentials.h"
#include "own.h"
#include "servers.h"

enum { SPACES_MAX = 32, CLONE_NEWNS = 0x20000 };

static struct {
    unsigned users; /* 0: it is free */
    frame_t frame;
    struct process_names *page;
} space[SPACES_MAX];

static uint8_t space_of[UNIX_PROCESSES_MAX]; /* 1 + the index of a process's; 0: none */

/* A new one, with one user; SPACES_MAX: no room. Pages are at our own places: process 0's. */
static unsigned space_new(void)
{
    unsigned i = 0;

    while (i < SPACES_MAX && space[i].users != 0)
        i++;
    if (i == SPACES_MAX)
        return i;
    space[i].frame = frame_take();
    space[i].page = space[i].frame != 0 ? own_view(0, 1 + i, space[i].frame) : NULL;
    if (space[i].page == NULL) {
        if (space[i].frame != 0)
            frame_drop_user(space[i].frame);
        return SPACES_MAX;
    }
    names_open(space[i].page);
    space[i].users = 1;
    return i;
}

static bool space_first(unsigned i)
{
    static const struct name first[] = { { UNIX_MEMFS, 0, "", 0 },
                                         { UNIX_PROC, 0, "/proc", 5 },
                                         { UNIX_SYSTEM, 0, "/system", 7 } };

    for (unsigned n = 0; n < sizeof first / sizeof first[0]; n++)
        if ((first[n].server == UNIX_PROC || server_cap(first[n].server) != 0) &&
            names_bind(space[i].page, first[n]) != 0)
            return false;
    return true;
}

static void space_leave(unsigned i)
{
    if (--space[i].users > 0)
        return;
    own_view_end(0, 1 + i);
    frame_drop_user(space[i].frame);
}

bool namespace_begin(struct process *p, const struct process *parent)
{
    if (parent != NULL && space_of[parent->number] != 0) {
        space_of[p->number] = space_of[parent->number];
        space[space_of[p->number] - 1].users++;
        return true;
    }
    unsigned i = space_new();
    if (i == SPACES_MAX)
        return false;
    space_of[p->number] = (uint8_t)(i + 1);
    return space_first(i);
}

void namespace_end(struct process *p)
{
    if (space_of[p->number] != 0)
        space_leave(space_of[p->number] - 1u);
    space_of[p->number] = 0;
}

struct process_names *namespace_of(const struct process *p)
{
    return space_of[p->number] != 0 ? space[space_of[p->number] - 1].page : NULL;
}

frame_t namespace_frame(const struct process *p)
{
    return space[space_of[p->number] - 1].frame;
}

/* ---- the calls ---- */

/* The caller, and the prefix it names in memory of ours. */
static int prefix_take(struct call *c, const struct call_item *item, struct process **p,
                       char text[NAMES_PREFIX_MAX])
{
    *p = process_of(c->badge);
    if (*p == NULL)
        return ESRCH;
    if (credentials_of(*p)->id.euid != 0)
        return EPERM;
    if (item->count > NAMES_PREFIX_MAX)
        return ENAMETOOLONG;
    return call_read(c, item, 0, text, item->count);
}

int do_bind(struct call *c, uint32_t server, uint32_t root, const struct call_item *prefix)
{
    char text[NAMES_PREFIX_MAX];
    struct process *p;
    int e = prefix_take(c, prefix, &p, text);

    if (e != 0)
        return e;
    if (server >= UNIX_SERVERS_MAX || (server != UNIX_PROC && server_cap(server) == 0))
        return EINVAL;
    return names_bind(namespace_of(p),
                      (struct name){ server, root, text, (unsigned)prefix->count });
}

int do_unbind(struct call *c, const struct call_item *prefix)
{
    char text[NAMES_PREFIX_MAX];
    struct process *p;
    int e = prefix_take(c, prefix, &p, text);

    return e != 0 ? e : names_unbind(namespace_of(p), text, prefix->count);
}

int do_unshare(struct call *c, uint64_t flags)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (flags != CLONE_NEWNS)
        return EINVAL;
    return credentials_of(p)->id.euid != 0 ? EPERM : namespace_unshare(p);
}

int do_root(struct call *c, uint32_t server, uint32_t handle)
{
    const struct session memfs = { server_cap(UNIX_MEMFS) };
    struct process *p = process_of(c->badge);
    char path[NAMES_PREFIX_MAX];
    size_t bytes;

    if (p == NULL)
        return ESRCH;
    if (credentials_of(p)->id.euid != 0)
        return EPERM;
    if (server != UNIX_MEMFS)
        return EXDEV;
    int e = session_name(memfs, p->badge, handle, path, sizeof path, &bytes);
    if (e == 0)
        e = namespace_unshare(p);
    if (e == 0)
        e = session_root(memfs, p->badge, handle);
    if (e == 0)
        names_root(namespace_of(p), path, bytes);
    return e >= 0 ? e : EIO;
}

int namespace_unshare(struct process *p)
{
    unsigned old = space_of[p->number] - 1u, i;
    if (space[old].users == 1)
        return 0; /* it is its own already */
    i = space_new();
    if (i == SPACES_MAX)
        return ENOSPC;
    names_copy(space[i].page, space[old].page);
    frame_add_user(space[i].frame);
    if (!pages_replace(&p->space, PROCESS_NAMES_ADDR, space[i].frame, RIGHT_READ)) {
        frame_drop_user(space[i].frame);
        space_leave(i);
        return ENOMEM;
    }
    space_of[p->number] = (uint8_t)(i + 1);
    space_leave(old);
    return 0;
}

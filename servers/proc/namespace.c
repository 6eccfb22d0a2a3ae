/* SPDX-License-Identifier: BSD-2-Clause */
#include "namespace.h"

#include <errno.h>
#include <idl/file.h>
#include <idl/session.h>
#include <string.h>

#include "credentials.h"
#include "offers.h"
#include "own.h"
#include "servers.h"

enum { SPACES_MAX = 32, MOUNTS_MAX = 96, CLONE_NEWNS = 0x20000 };

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
    space[i].page = space[i].frame != 0 ? (void *)own_bytes(space[i].frame) : NULL;
    if (space[i].page == NULL) {
        if (space[i].frame != 0)
            frame_drop_user(space[i].frame);
        return SPACES_MAX;
    }
    names_open(space[i].page);
    space[i].users = 1;
    return i;
}

/* ---- what is mounted ---- */

/* An entry of name spaces, copies included: what memfs keeps for it. */
static struct mount {
    bool used;
    unsigned server;
    uint32_t root, covers;             /* pins, 0: none */
    uint32_t spaces;                   /* of a root: the name spaces that memfs was told have it */
    char source[NAMES_PREFIX_MAX + 1]; /* of a root, its name when it was bound */
} mounts[MOUNTS_MAX];

static struct session memfs(void)
{
    return (struct session){ server_cap(UNIX_MEMFS) };
}

/* Its number; 0: no room. */
static uint32_t mount_new(unsigned server)
{
    for (unsigned i = 0; i < MOUNTS_MAX; i++)
        if (!mounts[i].used) {
            mounts[i] = (struct mount){ .used = true, .server = server };
            return i + 1;
        }
    return 0;
}

static void mount_end(struct mount *m)
{
    if (m->covers != 0)
        (void)session_unpin(memfs(), m->covers, 1);
    if (m->root != 0)
        (void)session_unpin(memfs(), m->root, 0);
    m->used = false;
}

/* The name spaces that have a mount; or, if that is 0, a root. */
static uint32_t spaces_with(uint32_t number, uint32_t root)
{
    uint32_t found = 0;
    struct name n;

    for (unsigned s = 0; s < SPACES_MAX; s++)
        for (unsigned i = 0; space[s].users > 0 && names_entry(space[s].page, i, &n); i++)
            if (number != 0 ? n.mount == number : n.root == root)
                found |= 1u << s;
    return found;
}

/* NSP-3. */
static void root_tell(struct mount *m, uint32_t spaces)
{
    if (m->root != 0 && m->spaces != spaces)
        (void)session_seen(memfs(), m->root, spaces);
    m->spaces = spaces;
}

/* NSP-2, after a change. */
static void mounts_settle(void)
{
    for (unsigned i = 0; i < MOUNTS_MAX; i++) {
        struct mount *m = &mounts[i];
        if (m->used && spaces_with(i + 1, 0) == 0)
            mount_end(m);
        else if (m->used && m->server == UNIX_MEMFS && m->root != 0)
            root_tell(m, spaces_with(0, m->root));
    }
}

const char *namespace_source(uint32_t number)
{
    return number > 0 && number <= MOUNTS_MAX ? mounts[number - 1].source : "";
}

/* ---- the first one ---- */

/* The pin of a directory of memfs that something is mounted on; 0: there is no such directory. */
static uint32_t directory_cover(const char *path)
{
    enum { O_PATH_DIRECTORY = 010200000 };
    const struct file files = { server_cap(UNIX_MEMFS) };
    struct file_opened opened;
    char left[600];
    size_t left_bytes;
    uint32_t pin = 0;

    if (file_open(files, FILE_ROOT_BIT, O_PATH_DIRECTORY, 0, path, strlen(path), &opened, left,
                  sizeof left, &left_bytes) != 0 ||
        opened.handle == 0)
        return 0;
    (void)session_pin(memfs(), UNIX_BADGE_MANAGER, opened.handle, 1, &pin);
    (void)file_close(files, opened.handle);
    return pin;
}

static bool space_first(unsigned i)
{
    static const struct name first[] = {
        { .server = UNIX_MEMFS, .prefix = "" },
        { .server = UNIX_PROC, .prefix = "/proc", .bytes = 5 },
        { .server = UNIX_SYSTEM, .prefix = "/system", .bytes = 7 }
    };

    for (unsigned k = 0; k < sizeof first / sizeof first[0]; k++) {
        struct name n = first[k];
        if (n.server != UNIX_PROC && server_cap(n.server) == 0)
            continue;
        n.mount = mount_new(n.server);
        if (n.mount != 0 && n.bytes > 0)
            n.covers = mounts[n.mount - 1].covers = directory_cover(n.prefix);
        if (n.mount == 0 || names_bind(space[i].page, n) != 0)
            return false;
    }
    return true;
}

/* Those who had it last may show it still, in shells for the next ones. */
static void page_unshow(frame_t frame)
{
    for (unsigned i = 1; i < process_top; i++) {
        struct space *s = &processes[i].space;
        if (s->vspace != 0 && pages_page(s, PROCESS_NAMES_ADDR) != 0 &&
            (pages_page(s, PROCESS_NAMES_ADDR) & PAGE_FRAME) == frame)
            pages_take(s, PROCESS_NAMES_ADDR, PROCESS_NAMES_ADDR + PAGE);
    }
}

static void space_leave(unsigned i)
{
    if (--space[i].users > 0)
        return;
    mounts_settle();
    page_unshow(space[i].frame);
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

/* What is to be seen: a directory of memfs, or, without a handle, all of a server. */
static int mount_source(struct mount *m, uint64_t badge, uint32_t handle)
{
    size_t bytes;

    if (handle == 0)
        return 0;
    if (m->server != UNIX_MEMFS)
        return EINVAL;
    int e = session_name(memfs(), badge, handle, m->source, NAMES_PREFIX_MAX, &bytes);
    if (e == 0)
        e = session_pin(memfs(), badge, handle, 0, &m->root);
    m->source[e == 0 ? bytes : 0] = '\0';
    return e;
}

/* What it is mounted on: memfs knows the directory's name, of others there is the caller's word. */
static int mount_target(struct mount *m, uint64_t badge, uint32_t server, uint32_t handle,
                        char text[NAMES_PREFIX_MAX], size_t *bytes)
{
    if (server != UNIX_MEMFS || handle == 0)
        return 0;
    int e = session_name(memfs(), badge, handle, text, NAMES_PREFIX_MAX, bytes);
    return e != 0 ? e : session_pin(memfs(), badge, handle, 1, &m->covers);
}

static bool server_is_there(uint32_t server)
{
    return server == UNIX_PROC || server_cap(server) != 0 || offer_name(server) != NULL;
}

/* A server that is a process: all who see its name have a session. */
static void sessions_give(const struct process *p, uint32_t server)
{
    for (unsigned i = 1; server >= UNIX_SERVERS_MAX && i < UNIX_PROCESSES_MAX; i++)
        if (processes[i].state == PROCESS_LIVE && space_of[i] == space_of[p->number])
            (void)offer_session(&processes[i], server); /* slots of a CNode: needs no memory */
}

void namespaces_forget(unsigned server)
{
    for (unsigned i = 0; i < SPACES_MAX; i++)
        if (space[i].users > 0)
            (void)names_forget(space[i].page, server);
    mounts_settle();
}

int do_bind(struct call *c, uint32_t server, uint32_t root, const struct call_item *prefix,
            uint32_t on_server, uint32_t on_handle)
{
    char text[NAMES_PREFIX_MAX];
    size_t bytes = prefix->count;
    struct process *p;
    int e = prefix_take(c, prefix, &p, text);

    if (e != 0)
        return e;
    if (!server_is_there(server))
        return ENODEV;
    uint32_t number = mount_new(server);
    if (number == 0)
        return ENOSPC;
    struct mount *m = &mounts[number - 1];
    sessions_give(p, server);
    e = mount_source(m, p->badge, root);
    if (e == 0)
        e = mount_target(m, p->badge, on_server, on_handle, text, &bytes);
    if (e == 0 && m->root != 0)
        root_tell(m, spaces_with(0, m->root) | 1u << (space_of[p->number] - 1));
    if (e == 0)
        e = names_bind(namespace_of(p), (struct name){ .server = server,
                                                       .root = m->root,
                                                       .covers = m->covers,
                                                       .mount = number,
                                                       .prefix = text,
                                                       .bytes = (unsigned)bytes });
    if (e != 0)
        mount_end(m);
    return e >= 0 ? e : EIO;
}

/* The last entry of all, which is the only one of the root? */
static bool is_last_root(const struct process_names *page, size_t bytes)
{
    struct name n;

    return bytes == 0 && page->count > 0 &&
           (page->count == 1 || (names_entry(page, (unsigned)page->count - 2, &n) && n.bytes > 0));
}

int do_unbind(struct call *c, const struct call_item *prefix)
{
    char text[NAMES_PREFIX_MAX];
    size_t bytes = prefix->count;
    struct process *p;
    int e = prefix_take(c, prefix, &p, text);

    if (e != 0)
        return e;
    if (bytes == 1 && text[0] == '/')
        bytes = 0;
    if (is_last_root(namespace_of(p), bytes))
        return EBUSY;
    e = names_unbind(namespace_of(p), text, bytes);
    mounts_settle();
    return e;
}

int do_find(struct call *c, const void *name, size_t bytes, uint32_t *server)
{
    if (process_of(c->badge) == NULL)
        return ESRCH;
    for (uint32_t n = 0; n < UNIX_SERVERS_END; n++)
        if (server_is_there(n) && strlen(server_name(n)) == bytes &&
            memcmp(server_name(n), name, bytes) == 0) {
            *server = n;
            return 0;
        }
    return ENODEV;
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
    struct process *p = process_of(c->badge);
    char path[NAMES_PREFIX_MAX];
    size_t bytes;

    if (p == NULL)
        return ESRCH;
    if (credentials_of(p)->id.euid != 0)
        return EPERM;
    if (server != UNIX_MEMFS)
        return EXDEV;
    int e = session_name(memfs(), p->badge, handle, path, sizeof path, &bytes);
    if (e == 0)
        e = namespace_unshare(p);
    if (e == 0)
        e = session_root(memfs(), p->badge, handle);
    if (e == 0) {
        names_root(namespace_of(p), path, bytes);
        mounts_settle();
    }
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
    mounts_settle();
    (void)session_space(memfs(), p->badge, i);
    frame_add_user(space[i].frame);
    if (!pages_replace(&p->space, PROCESS_NAMES_ADDR, space[i].frame, RIGHT_READ)) {
        frame_drop_user(space[i].frame);
        (void)session_space(memfs(), p->badge, old);
        space_leave(i);
        return ENOMEM;
    }
    space_of[p->number] = (uint8_t)(i + 1);
    space_leave(old);
    return 0;
}

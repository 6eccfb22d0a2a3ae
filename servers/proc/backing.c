/* SPDX-License-Identifier: BSD-2-Clause */
#include "backing.h"

#include <idl/file.h>
#include <idl/session.h>
#include <errno.h>
#include <ipc/unix.h>

#include "array.h"
#include "job.h"
#include "servers.h"

enum { BACKINGS_MAX = 1024, BACKINGS_EARLY = 64 };

struct backing {
    struct cached file;
    uint32_t users, rights;
    unsigned job; /* for which it counts */
};

static struct backing early[BACKINGS_EARLY];
static struct array pool = ARRAY(OWN_BACKINGS, early, 1);
static unsigned in_use;

static struct backing *backing_new(void)
{
    array_grow(&pool);
    struct backing *b = in_use < BACKINGS_MAX ? array_get(&pool) : NULL;

    in_use += b != NULL;
    return b;
}

static void backing_end(struct backing *b)
{
    array_put(&pool, b);
    in_use--;
}

unsigned backings_count(void)
{
    return in_use;
}

int backing_open(uint64_t badge, unsigned server, uint32_t handle, struct backing **out)
{
    const seL4_CPtr memfs = server_cap(UNIX_MEMFS);
    uint64_t node, lent;
    uint32_t ours, rights;

    if (server != UNIX_MEMFS)
        return ENODEV;
    const struct process *p = &processes[UNIX_BADGE_NUMBER(badge)];
    struct backing *b = job_allows_file(p->job) ? backing_new() : NULL;
    if (b == NULL)
        return ENFILE;
    int e = file_map((struct file){ memfs }, badge, handle, 0, 0, 0, 0, 0, &node, &rights, &lent);
    if (e == 0)
        e = session_lend((struct session){ memfs }, badge, handle, &ours);
    if (e != 0) {
        backing_end(b);
        return e > 0 ? e : EIO;
    }
    *b = (struct backing){
        .file = { node, ours }, .users = 1, .rights = rights, .job = job_file_begins(p->job)
    };
    *out = b;
    return 0;
}

uint32_t backing_handle(const struct backing *b)
{
    return b->file.handle;
}

void backing_keep(struct backing *b)
{
    b->users++;
}

void backing_drop(struct backing *b)
{
    if (--b->users > 0)
        return;
    (void)file_close((struct file){ server_cap(UNIX_MEMFS) }, b->file.handle);
    job_file_ends(b->job);
    backing_end(b);
}

int backing_read(struct backing *b, uint64_t offset, void *to, size_t bytes, size_t *done)
{
    struct file f = { server_cap(UNIX_MEMFS) };
    size_t got;

    *done = 0;
    while (*done < bytes) {
        int e = file_read(f, b->file.handle, (uint32_t)(bytes - *done), (int64_t)(offset + *done),
                          (char *)to + *done, bytes - *done, &got);
        if (e != 0)
            return e > 0 ? e : EIO;
        if (got == 0)
            break;
        *done += got;
    }
    return 0;
}

unsigned backing_rights(const struct backing *b)
{
    return b->rights;
}

const struct cached *backing_file(const struct backing *b)
{
    return &b->file;
}

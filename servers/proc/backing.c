/* SPDX-License-Identifier: BSD-2-Clause */
#include "backing.h"

#include <idl/file.h>
#include <idl/session.h>
#include <errno.h>
#include <ipc/unix.h>

#include "cache.h"
#include "servers.h"

enum { BACKINGS_MAX = 1024, FILE_TEXT_MAX = 600 };

struct backing {
    struct backing *next; /* of those that are free */
    uint32_t handle, users;
    unsigned cached; /* its number in the cache */
};

static struct backing pool[BACKINGS_MAX], *spare;
static unsigned used;

static struct backing *backing_new(void)
{
    struct backing *b = spare;

    if (b != NULL)
        spare = b->next;
    else if (used < BACKINGS_MAX)
        b = &pool[used++];
    return b;
}

static void backing_end(struct backing *b)
{
    b->next = spare;
    spare = b;
}

/* What it is now, so that its pages need not be read again. */
static unsigned identity_open(uint32_t handle)
{
    struct file_found found;
    char text[FILE_TEXT_MAX];
    size_t text_bytes;

    if (file_stat((struct file){ server_cap(UNIX_MEMFS) }, handle, 0, "", 0, &found, text,
                  sizeof text, &text_bytes) != 0)
        return CACHE_NONE;
    const struct cache_identity identity = { found.node, (uint64_t)found.bytes, found.changed_ns };
    return cache_open(&identity);
}

int backing_open(uint64_t badge, unsigned server, uint32_t handle, struct backing **out)
{
    struct session to = { server_cap(UNIX_MEMFS) };
    uint32_t ours;

    if (server != UNIX_MEMFS)
        return ENODEV;
    struct backing *b = backing_new();
    if (b == NULL)
        return ENFILE;
    int e = session_lend(to, badge, handle, &ours);
    if (e != 0) {
        backing_end(b);
        return e > 0 ? e : EIO;
    }
    *b = (struct backing){ .handle = ours, .users = 1, .cached = identity_open(ours) };
    *out = b;
    return 0;
}

uint32_t backing_handle(const struct backing *b)
{
    return b->handle;
}

void backing_keep(struct backing *b)
{
    b->users++;
}

void backing_drop(struct backing *b)
{
    if (--b->users > 0)
        return;
    cache_close(b->cached);
    (void)file_close((struct file){ server_cap(UNIX_MEMFS) }, b->handle);
    backing_end(b);
}

int backing_read(struct backing *b, uint64_t offset, void *to, size_t bytes, size_t *done)
{
    struct file f = { server_cap(UNIX_MEMFS) };
    size_t got;

    *done = 0;
    while (*done < bytes) {
        int e = file_read(f, b->handle, (uint32_t)(bytes - *done), (int64_t)(offset + *done),
                          (char *)to + *done, bytes - *done, &got);
        if (e != 0)
            return e > 0 ? e : EIO;
        if (got == 0)
            break;
        *done += got;
    }
    return 0;
}

frame_t backing_cached(const struct backing *b, uint64_t offset)
{
    return cache_find(b->cached, offset / PAGE);
}

void backing_keep_page(const struct backing *b, uint64_t offset, frame_t frame)
{
    cache_keep(b->cached, offset / PAGE, frame);
}

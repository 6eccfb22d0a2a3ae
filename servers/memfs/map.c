/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are mapped: the manager gets the frames that read() and write() use, too.
 */
#include "cut.h"
#include "frames.h"
#include "memfs.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/unix.h>
#include <sys/stat.h>

enum { MAP_PAGES_MAX = 64, MAP_READ = 1, MAP_WRITE = 2, MAP_SEALED = 4 };

/* The file of a handle of any session. */
static int mapped_find(uint64_t session, uint32_t handle, struct opened **o)
{
    const struct serve_session *s = serve_session_find(&memfs.sessions, session);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    *o = (struct opened *)file;
    if (file == NULL || ((*o)->flags & OPEN_PATH) != 0)
        return EBADF;
    return S_ISREG((*o)->node->mode) ? 0 : ENODEV;
}

/* Is it before the end? */
static bool has_page(const struct node *node, uint64_t page)
{
    return page < ((uint64_t)node->bytes + MEMORY_PAGE - 1) / MEMORY_PAGE;
}

static int do_map(struct call *c, uint64_t session, uint32_t handle, uint64_t page, uint64_t first,
                  uint32_t count, uint32_t slot, uint32_t job, uint64_t *node, uint32_t *rights,
                  uint64_t *lent)
{
    struct opened *o;
    int e = c->badge == UNIX_BADGE_MANAGER ? mapped_find(session, handle, &o) : EPERM;

    if (e == 0 && (count > MAP_PAGES_MAX || job >= UNIX_JOBS_MAX || first > ~0ull - MAP_PAGES_MAX))
        e = EINVAL;
    if (e != 0)
        return e;
    struct node *n = o->node;
    *node = n->number;
    *rights = (opened_reads(o) ? MAP_READ : 0u) | (opened_writes(o) ? MAP_WRITE : 0u) |
              ((n->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) != 0 ? MAP_SEALED : 0u);
    memory_for(job);
    if (count > 0 && has_page(n, page) && data_make(&n->data, page) == NULL)
        return memory_refusal();
    *lent = 0;
    n->was_mapped = true;
    for (uint32_t i = 0; i < count; i++) {
        const char *at = has_page(n, first + i) ? data_page(&n->data, first + i) : NULL;
        if (at != NULL && frames_lend(at, slot + i) == 0)
            *lent |= 1ull << i;
    }
    return 0;
}

static int do_cache_frames(struct call *c, seL4_CPtr slots)
{
    if (c->badge == UNIX_BADGE_MANAGER && slots != SLOT_NULL)
        return frames_attach();
    call_received_delete(c);
    return EPERM;
}

void map_fill(struct file_ops *ops)
{
    ops->map = do_map;
    ops->cut = cut_tell;
    cut_open();
    ops->cache_frames = do_cache_frames;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in the files of `shelf`: memory that can be shared. A read or write of any length is one
 * copy by the kernel, between it and the caller's; pages() gives it away for reading in place.
 */
#include "shelf.h"

#include <sys/stat.h>

static seL4_CPtr lent; /* what pages() gave last: its taker has copied it since */

/* A file that is open; EINVAL: the offset is beyond what a file can be. */
static int file_at(const struct call *c, uint32_t handle, int64_t offset, struct node **n)
{
    int e = serve_file_of(c, handle, (struct serve_file **)n);

    if (e == 0 && S_ISDIR((*n)->mode))
        e = EISDIR;
    return e == 0 && (offset < 0 || offset > SHELF_FILE_ROOM) ? EINVAL : e;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int shelf_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
               struct call_item *data)
{
    struct node *n;
    int e = file_at(c, handle, offset, &n);

    if (e == 0 && (size_t)offset < n->bytes)
        call_data(data, (char *)n->content.at + offset,
                  least(least(bytes, data->room), n->bytes - (size_t)offset));
    return e;
}

int shelf_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                uint32_t *done)
{
    struct node *n;
    int e = file_at(c, handle, offset, &n);
    size_t bytes = e == 0 ? least(data->count, SHELF_FILE_ROOM - (size_t)offset) : 0;

    if (e == 0 && bytes < data->count)
        e = EFBIG;
    if (e == 0)
        e = call_read(c, data, 0, (char *)n->content.at + offset, bytes);
    if (e == CALL_TOUCH && c->touch_bytes > 0) { /* up to a page that is not there it is written */
        bytes = c->touch_bytes;
        e = 0;
    }
    if (e == 0 && (size_t)offset + bytes > n->bytes)
        n->bytes = (size_t)offset + bytes;
    *done = (uint32_t)bytes;
    return e;
}

static int pages(struct call *c, uint32_t handle, seL4_CPtr *out)
{
    struct node *n;
    int e = file_at(c, handle, 0, &n);

    if (e != 0)
        return e;
    if (lent != SLOT_NULL)
        (void)cap_delete(lent);
    lent = SLOT_NULL;
    if (shm_give(&n->content, false, &lent) != seL4_NoError)
        return ENOMEM;
    *out = lent;
    return 0;
}

static int records(struct call *c, uint32_t handle, uint32_t bytes, const uint32_t *offsets,
                   size_t offset_count, struct call_item *data)
{
    static char all[SHELF_FILE_ROOM];
    struct node *n;
    int e = file_at(c, handle, 0, &n);

    if (e == 0 && bytes > least(sizeof all, data->room) / (offset_count != 0 ? offset_count : 1))
        e = EMSGSIZE;
    for (size_t i = 0; e == 0 && i < offset_count; i++) {
        if (offsets[i] > n->bytes || bytes > n->bytes - offsets[i])
            return ENXIO;
        __builtin_memcpy(all + i * bytes, (char *)n->content.at + offsets[i], bytes);
    }
    if (e == 0)
        call_data(data, all, offset_count * bytes);
    return e;
}

const struct shelf_ops shelf_ops = { .pages = pages, .records = records };

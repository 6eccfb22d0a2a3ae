/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in the files of `shelf`: memory that can be shared. A read or write of any length is one
 * copy by the kernel, between it and the caller's.
 */
#include "shelf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int shelf_file(const struct call *c, uint32_t handle, uint32_t how, int64_t offset, struct node **n)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e != 0)
        return e;
    *n = ((struct opened *)file)->node;
    if (((struct opened *)file)->access == how)
        return EBADF;
    return S_ISDIR((*n)->mode) ? EISDIR : offset < 0 ? EINVAL : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int shelf_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
               struct call_item *data)
{
    struct node *n;
    int e = shelf_file(c, handle, O_WRONLY, offset, &n);

    if (e == 0 && (size_t)offset < n->bytes)
        call_data(data, (char *)n->content.at + offset,
                  least(least(bytes, data->room), n->bytes - (size_t)offset));
    return e;
}

int shelf_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                uint32_t *done)
{
    struct node *n;
    int e = shelf_file(c, handle, O_RDONLY, offset, &n);
    size_t room = e == 0 && offset < SHELF_FILE_ROOM ? SHELF_FILE_ROOM - (size_t)offset : 0;
    size_t bytes = least(data->count, room); /* as much as there is room for */

    if (e == 0 && room == 0 && data->count > 0)
        e = EFBIG;
    if (e == 0)
        e = call_read(c, data, 0, (char *)n->content.at + offset, bytes);
    if (e == CALL_TOUCH && c->touch_bytes > 0) { /* up to a page that is not there it is written */
        bytes = c->touch_bytes;
        e = 0;
    }
    if (e == 0 && bytes > 0 && (size_t)offset + bytes > n->bytes)
        n->bytes = (size_t)offset + bytes;
    *done = (uint32_t)bytes;
    return e;
}

/* What is behind the end is zeros. */
void shelf_empty(struct node *n)
{
    memset(n->content.at, 0, n->bytes);
    n->bytes = 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What `shelf` has beside reads and writes: idl/shelf.capnp. */
#include "shelf.h"

#include <fcntl.h>
#include <string.h>

static seL4_CPtr lent; /* what pages() gave last: its taker has copied it since */

static int pages(struct call *c, uint32_t handle, seL4_CPtr *out)
{
    struct node *n;
    int e = shelf_file(c, handle, O_WRONLY, 0, &n);

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
    int e = shelf_file(c, handle, O_WRONLY, 0, &n);

    if (e == 0 && (bytes > sizeof all || bytes * offset_count > sizeof all ||
                   bytes * offset_count > data->room))
        e = EMSGSIZE;
    for (size_t i = 0; e == 0 && i < offset_count; i++) {
        if (offsets[i] > n->bytes || bytes > n->bytes - offsets[i])
            return ENXIO;
        memcpy(all + i * bytes, (char *)n->content.at + offsets[i], bytes);
    }
    if (e == 0)
        call_data(data, all, offset_count * bytes);
    return e;
}

const struct shelf_ops shelf_ops = { .pages = pages, .records = records };

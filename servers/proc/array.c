/* SPDX-License-Identifier: BSD-2-Clause */
#include "array.h"

#include <string.h>

void array_grow(struct array *p)
{
    if (p->grows || p->spare != NULL || p->used + p->least <= p->room)
        return;
    p->grows = true;
    if (own_grow(p->array, p->pages)) {
        p->pages++;
        p->room = p->early + (unsigned)(p->pages * (size_t)PAGE / p->bytes);
    }
    p->grows = false;
}

void *array_get(struct array *p)
{
    void *item = p->spare;

    if (item != NULL) {
        memcpy(&p->spare, item, sizeof p->spare);
        return item;
    }
    if (p->used == p->room)
        return NULL;
    unsigned n = p->used++;
    return n < p->early ? p->first + n * (size_t)p->bytes
                        : (char *)OWN_ARRAY(p->array) + (n - p->early) * (size_t)p->bytes;
}

void array_put(struct array *p, void *item)
{
    memcpy(item, &p->spare, sizeof p->spare);
    p->spare = item;
}

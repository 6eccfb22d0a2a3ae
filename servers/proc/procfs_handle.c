/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_priv.h"

#include <errno.h>
#include <ipc/unix.h>

enum {
    EACH_MAX = 24,  /* handles of a process */
    ALL_MAX = 256,  /* descriptions */
    INDEX_BITS = 8, /* of a handle; index 0 is none */
};

static struct opened opened[ALL_MAX];

/* Index i of a process's table is handle number i + 1. */
static struct handle {
    uint16_t description; /* 1 + its index; 0: not open */
    uint16_t generation;
} table[UNIX_PROCESSES_MAX][EACH_MAX];

static uint32_t handle_of(unsigned number, unsigned i)
{
    return (uint32_t)table[number][i].generation << INDEX_BITS | (i + 1);
}

static struct handle *entry_of(unsigned number, uint32_t handle)
{
    unsigned i = (handle & ((1u << INDEX_BITS) - 1)) - 1;

    if (number >= UNIX_PROCESSES_MAX || i >= EACH_MAX || table[number][i].description == 0 ||
        handle_of(number, i) != handle)
        return NULL;
    return &table[number][i];
}

static void entry_close(struct handle *h)
{
    opened[h->description - 1].users--;
    h->description = 0;
    h->generation++;
}

int handle_new(unsigned number, uint64_t place, uint32_t flags, uint32_t *handle)
{
    unsigned i = 0, d = 0;

    while (i < EACH_MAX && table[number][i].description != 0)
        i++;
    if (i == EACH_MAX)
        return EMFILE;
    while (d < ALL_MAX && opened[d].users != 0)
        d++;
    if (d == ALL_MAX)
        return ENFILE;
    opened[d] = (struct opened){ .place = place, .flags = flags, .users = 1 };
    table[number][i].description = (uint16_t)(d + 1);
    *handle = handle_of(number, i);
    return 0;
}

struct opened *handle_find(unsigned number, uint32_t handle)
{
    const struct handle *h = entry_of(number, handle);

    return h != NULL ? &opened[h->description - 1] : NULL;
}

int handle_close(unsigned number, uint32_t handle)
{
    struct handle *h = entry_of(number, handle);

    if (h == NULL)
        return EBADF;
    entry_close(h);
    return 0;
}

int procfs_fork(unsigned parent, unsigned child, const uint32_t *handles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (entry_of(parent, handles[i]) == NULL)
            return EBADF;
    for (size_t i = 0; i < count; i++) {
        const struct handle *from = entry_of(parent, handles[i]);
        struct handle *to = &table[child][from - table[parent]];
        if (to->description != 0)
            continue; /* it is listed twice */
        *to = *from;
        opened[to->description - 1].users++;
    }
    return 0;
}

void procfs_keep(unsigned number, const uint32_t *handles, size_t count)
{
    for (unsigned i = 0; i < EACH_MAX; i++) {
        bool keep = false;
        for (size_t k = 0; k < count; k++)
            if (handles[k] == handle_of(number, i))
                keep = true;
        if (table[number][i].description != 0 && !keep)
            entry_close(&table[number][i]);
    }
}

void procfs_end(unsigned number)
{
    procfs_keep(number, NULL, 0);
}

bool procfs_name(unsigned number, uint32_t handle, char *to, size_t room)
{
    const struct opened *o = handle_find(number, handle);

    return o != NULL && place_name(o->place, to, room);
}

unsigned procfs_open_count(void)
{
    unsigned n = 0;

    for (unsigned d = 0; d < ALL_MAX; d++)
        n += opened[d].users != 0;
    return n;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache.h"

#include <errno.h>
#include <idl/file.h>
#include <ipc/unix.h>

#include "servers.h"

_Static_assert(CACHE_LINE == 16, "struct line's bits");
enum { LINES = (1 << UNIX_CACHE_BITS) / CACHE_LINE, BUCKETS = 256, NONE = LINES };

static struct line {
    uint64_t node, number; /* of the file; of its line: page / CACHE_LINE */
    uint16_t known;        /* a bit for each page */
    uint16_t next;         /* in its bucket */
    bool used;
} line[LINES];
static uint16_t bucket[BUCKETS];

const char *cache_open(void)
{
    seL4_CPtr slots = lent_open();

    for (unsigned i = 0; i < BUCKETS; i++)
        bucket[i] = NONE;
    return slots != 0 && server_lends(slots) ? NULL : "memfs lends no frames";
}

static uint16_t *bucket_of(uint64_t node, uint64_t number)
{
    return &bucket[(number * 31 + node * 7919) % BUCKETS];
}

static unsigned line_find(uint64_t node, uint64_t number)
{
    unsigned i = *bucket_of(node, number);

    while (i != NONE && (line[i].node != node || line[i].number != number))
        i = line[i].next;
    return i;
}

static void line_empty(unsigned i)
{
    uint16_t *link = bucket_of(line[i].node, line[i].number);

    if (!line[i].used)
        return;
    (void)myelin_DeleteFrames(lent_run(i * CACHE_LINE, CACHE_LINE));
    while (*link != i)
        link = &line[*link].next;
    *link = line[i].next;
    line[i].used = false;
}

/* Each line's turn comes after that of all others. */
static unsigned line_new(uint64_t node, uint64_t number)
{
    static unsigned turn;
    unsigned i = turn++ % LINES;

    line_empty(i);
    uint16_t *first = bucket_of(node, number);
    line[i] = (struct line){ .node = node, .number = number, .next = *first, .used = true };
    *first = (uint16_t)i;
    return i;
}

int cache_page(const struct cached *file, uint64_t page, unsigned job, unsigned *slot)
{
    uint64_t number = page / CACHE_LINE, node, lent;
    unsigned n = (unsigned)(page % CACHE_LINE), i = line_find(file->node, number);
    uint32_t rights;

    if (i == NONE)
        i = line_new(file->node, number);
    *slot = i * CACHE_LINE + n;
    if ((line[i].known >> n & 1) != 0)
        return 0;
    int e =
        file_map((struct file){ server_cap(UNIX_MEMFS) }, UNIX_BADGE_MANAGER, file->handle, page,
                 number * CACHE_LINE, CACHE_LINE, i * CACHE_LINE, job, &node, &rights, &lent);
    if (e != 0)
        return e > 0 ? e : EIO;
    line[i].known |= (uint16_t)lent;
    return (line[i].known >> n & 1) != 0 ? 0 : ENXIO;
}

unsigned cache_behind(unsigned slot)
{
    const struct line *l = &line[slot / CACHE_LINE];
    unsigned n = slot % CACHE_LINE, count = 0;

    while (n + count < CACHE_LINE && (l->known >> (n + count) & 1) != 0)
        count++;
    return count;
}

unsigned cache_before(unsigned slot)
{
    const struct line *l = &line[slot / CACHE_LINE];
    unsigned n = slot % CACHE_LINE, count = 0;

    while (count < n && (l->known >> (n - count - 1) & 1) != 0)
        count++;
    return count;
}

void cache_forget(unsigned slot)
{
    line[slot / CACHE_LINE].known &= (uint16_t) ~(1u << slot % CACHE_LINE);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache.h"

enum { FILES_MAX = 128, PAGES_MAX = 4096, BUCKETS = 1024 };

static struct {
    struct cache_identity identity;
    uint32_t users; /* open ones */
    bool known;     /* identity is one */
} file[FILES_MAX];

/* Entry 0 is none. */
static struct page {
    uint16_t next; /* in its bucket, or of those that are free */
    uint8_t file;
    uint64_t index;
    frame_t frame;
} page[PAGES_MAX];
static uint16_t bucket[BUCKETS], spare;
static unsigned used = 1, kept;

static uint16_t *bucket_of(unsigned number, uint64_t index)
{
    return &bucket[(index * 31 + number * 7919) % BUCKETS];
}

/* Let go of what is at a link. */
static void page_drop(uint16_t *link)
{
    uint16_t n = *link;

    *link = page[n].next;
    frame_drop_user(page[n].frame);
    page[n].next = spare;
    spare = n;
    kept--;
}

static void file_forget(unsigned number)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        for (uint16_t *link = &bucket[i]; *link != 0;)
            if (page[*link].file == number)
                page_drop(link);
            else
                link = &page[*link].next;
    file[number].known = false;
}

static bool is_same(const struct cache_identity *a, const struct cache_identity *b)
{
    return a->node == b->node && a->bytes == b->bytes && a->changed_ns == b->changed_ns;
}

unsigned cache_open(const struct cache_identity *identity)
{
    static unsigned turn = 1;

    for (unsigned n = 1; n < FILES_MAX; n++)
        if (file[n].known && is_same(&file[n].identity, identity)) {
            file[n].users++;
            return n;
        }
    for (unsigned i = 1; i < FILES_MAX; i++) {
        turn = turn % (FILES_MAX - 1) + 1;
        if (file[turn].users > 0)
            continue;
        if (file[turn].known)
            file_forget(turn);
        file[turn].identity = *identity;
        file[turn].known = true;
        file[turn].users = 1;
        return turn;
    }
    return CACHE_NONE;
}

void cache_close(unsigned number)
{
    if (number != CACHE_NONE)
        file[number].users--;
}

frame_t cache_find(unsigned number, uint64_t index)
{
    if (number == CACHE_NONE)
        return 0;
    for (uint16_t n = *bucket_of(number, index); n != 0; n = page[n].next)
        if (page[n].file == number && page[n].index == index)
            return page[n].frame;
    return 0;
}

void cache_keep(unsigned number, uint64_t index, frame_t frame)
{
    uint16_t *first = bucket_of(number, index), n = spare;

    if (number == CACHE_NONE || (n == 0 && used == PAGES_MAX))
        return;
    if (n != 0)
        spare = page[n].next;
    else
        n = (uint16_t)used++;
    page[n] = (struct page){ *first, (uint8_t)number, index, frame };
    *first = n;
    kept++;
    frame_add_user(frame);
}

bool cache_shrink(void)
{
    unsigned before = kept;

    for (unsigned i = 0; i < BUCKETS; i++)
        for (uint16_t *link = &bucket[i]; *link != 0;)
            if (!frame_is_shared(page[*link].frame))
                page_drop(link);
            else
                link = &page[*link].next;
    return kept < before;
}

uint64_t cache_bytes(void)
{
    return kept * (uint64_t)PAGE;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that were given back are a list through their first words; those never used are behind a
 * mark. A page of pieces has a header, and is in the list of its size while a piece of it is free.
 */
#include "memory.h"

#include <assert.h>

struct spare {
    struct spare *next;
};

struct sheet {
    struct sheet *next, *previous; /* of those with a free piece */
    struct spare *spare;
    uint32_t used, size; /* pieces in use; number of the size */
};

enum { HEADER = 64, SIZES = 5 };
static const uint16_t size_bytes[SIZES] = { 64, 128, 192, 320, MEMORY_PIECE_MAX };

static struct {
    const struct memory_source *source;
    struct spare *pages;
    char *begin, *fresh, *made; /* never used: from `fresh` on; memory: up to `made` */
    uint64_t page_count, free_count;
    uint64_t lent[MEMORY_PAGES_MAX / 64]; /* one bit a page */
    struct sheet *partial[SIZES];
} memory;

void memory_open(void *at, size_t bytes, const struct memory_source *source)
{
    memory.source = source;
    memory.pages = NULL;
    memory.begin = memory.fresh = at;
    memory.made = memory.begin + (source == NULL ? bytes : 0);
    memory.page_count = memory.free_count = bytes / MEMORY_PAGE;
    for (unsigned i = 0; i < SIZES; i++)
        memory.partial[i] = NULL;
}

void *memory_page(void)
{
    struct spare *page = memory.pages;

    if (memory.free_count == 0)
        return NULL;
    if (page == NULL && memory.fresh == memory.made) {
        size_t bytes = memory.source->more(memory.made);
        if (bytes == 0)
            return NULL;
        memory.made += bytes;
    }
    memory.free_count--;
    if (page != NULL) {
        memory.pages = page->next;
        return page;
    }
    void *fresh = memory.fresh;
    memory.fresh += MEMORY_PAGE;
    return fresh;
}

/* The word of a page's bit, and the bit. */
static uint64_t *lent_word(const void *page, uint64_t *bit)
{
    uint64_t n = (uint64_t)((const char *)page - memory.begin) / MEMORY_PAGE;

    *bit = 1ull << n % 64;
    return &memory.lent[n / 64];
}

bool memory_is_foreign(const void *page)
{
    return (uint64_t)((const char *)page - memory.begin) / MEMORY_PAGE >= memory.page_count;
}

void memory_lend(const void *page)
{
    if (memory_is_foreign(page))
        return;
    uint64_t bit, *word = lent_word(page, &bit);

    *word |= bit;
}

void memory_page_free(void *page)
{
    struct spare *p = page;

    if (memory_is_foreign(page)) {
        memory.source->take_back(page);
        return;
    }
    uint64_t bit, *word = lent_word(page, &bit);

    if ((*word & bit) != 0) {
        *word &= ~bit;
        memory.source->take_back(page);
    }
    p->next = memory.pages;
    memory.pages = p;
    memory.free_count++;
}

uint64_t memory_pages(void)
{
    return memory.page_count;
}

uint64_t memory_pages_free(void)
{
    return memory.free_count;
}

static void sheet_list(struct sheet *s)
{
    struct sheet **head = &memory.partial[s->size];

    s->previous = NULL;
    s->next = *head;
    if (s->next != NULL)
        s->next->previous = s;
    *head = s;
}

static void sheet_unlist(struct sheet *s)
{
    if (s->previous != NULL)
        s->previous->next = s->next;
    else
        memory.partial[s->size] = s->next;
    if (s->next != NULL)
        s->next->previous = s->previous;
}

static struct sheet *sheet_new(unsigned size)
{
    struct sheet *s = memory_page();

    if (s == NULL)
        return NULL;
    *s = (struct sheet){ .size = size };
    for (unsigned at = HEADER; at + size_bytes[size] <= MEMORY_PAGE; at += size_bytes[size]) {
        struct spare *piece = (struct spare *)((char *)s + at);
        piece->next = s->spare;
        s->spare = piece;
    }
    sheet_list(s);
    return s;
}

void *memory_piece(size_t bytes)
{
    unsigned size = 0;

    assert(bytes <= MEMORY_PIECE_MAX);
    while (size_bytes[size] < bytes)
        size++;
    struct sheet *s = memory.partial[size];
    if (s == NULL)
        s = sheet_new(size);
    if (s == NULL)
        return NULL;
    struct spare *piece = s->spare;
    s->spare = piece->next;
    s->used++;
    if (s->spare == NULL)
        sheet_unlist(s);
    return piece;
}

void memory_piece_free(void *piece)
{
    struct sheet *s = (struct sheet *)((uintptr_t)piece & ~(uintptr_t)(MEMORY_PAGE - 1));
    struct spare *p = piece;

    if (s->spare == NULL)
        sheet_list(s);
    p->next = s->spare;
    s->spare = p;
    if (--s->used == 0) {
        sheet_unlist(s);
        memory_page_free(s);
    }
}

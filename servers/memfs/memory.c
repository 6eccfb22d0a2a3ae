/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that were given back are a list through their first words; those never used are behind a
 * mark. A page of pieces has a header, and is in the list of its size while a piece of it is free.
 */
#include "memory.h"

#include "quota.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

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
    uint8_t job[MEMORY_PAGES_MAX];        /* that a page in use counts for */
    struct sheet *partial[UNIX_JOBS_MAX][SIZES];
    unsigned payer; /* the job that memory is for */
    int refusal;
} memory;

void memory_open(void *at, size_t bytes, const struct memory_source *source)
{
    memory.source = source;
    memory.pages = NULL;
    memory.begin = memory.fresh = at;
    memory.made = memory.begin + (source == NULL ? bytes : 0);
    memory.page_count = memory.free_count = bytes / MEMORY_PAGE;
    memset(memory.job, 0, sizeof memory.job);
    memset(memory.partial, 0, sizeof memory.partial);
    memory.payer = 0;
    quota_open();
}

void memory_for(unsigned job)
{
    memory.payer = job;
}

int memory_refusal(void)
{
    return memory.refusal;
}

static uint64_t number_of(const void *page)
{
    return (uint64_t)((const char *)page - memory.begin) / MEMORY_PAGE;
}

static void *page_take(void)
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

void *memory_page(void)
{
    memory.refusal = EDQUOT;
    if (!quota_take(memory.payer))
        return NULL;
    void *page = page_take();
    if (page == NULL) {
        memory.refusal = ENOSPC;
        quota_give(memory.payer);
        return NULL;
    }
    memory.job[number_of(page)] = (uint8_t)memory.payer;
    return page;
}

/* The word of a page's bit, and the bit. */
static uint64_t *lent_word(const void *page, uint64_t *bit)
{
    uint64_t n = number_of(page);

    *bit = 1ull << n % 64;
    return &memory.lent[n / 64];
}

bool memory_is_foreign(const void *page)
{
    return number_of(page) >= memory.page_count;
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
    quota_give(memory.job[number_of(page)]);
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

void memory_room(uint64_t *all, uint64_t *free)
{
    *all = memory.page_count;
    *free = memory.free_count;
    quota_room(memory.payer, all, free);
}

/* ---- pieces ---- */

/* Where the list begins that a sheet with free pieces is in. */
static struct sheet **list_of(const struct sheet *s)
{
    return &memory.partial[memory.job[number_of(s)]][s->size];
}

static void sheet_list(struct sheet *s)
{
    struct sheet **head = list_of(s);

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
        *list_of(s) = s->next;
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
    struct sheet *s = memory.partial[memory.payer][size];
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

void *memory_piece_uncounted(size_t bytes)
{
    unsigned payer = memory.payer;

    memory.payer = 0;
    void *piece = memory_piece(bytes);
    memory.payer = payer;
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

/* ---- jobs ---- */

/* Sheets that have free pieces are listed where their new owner looks for them. */
static void sheets_inherit(unsigned from, unsigned to)
{
    for (unsigned size = 0; size < SIZES; size++)
        for (struct sheet *s; (s = memory.partial[from][size]) != NULL;) {
            sheet_unlist(s);
            memory.job[number_of(s)] = (uint8_t)to;
            sheet_list(s);
        }
}

int memory_job(unsigned job, unsigned in, uint64_t bytes_max)
{
    uint8_t heir[UNIX_JOBS_MAX];

    if (job == 0 || job >= UNIX_JOBS_MAX || in >= UNIX_JOBS_MAX || in == job)
        return EINVAL;
    if (quota_end(job, heir) > 0) {
        for (unsigned j = 1; j < UNIX_JOBS_MAX; j++)
            if (heir[j] != j)
                sheets_inherit(j, heir[j]);
        for (uint64_t n = number_of(memory.fresh); n-- > 0;)
            memory.job[n] = heir[memory.job[n]];
    }
    quota_begin(job, in, bytes_max / MEMORY_PAGE);
    return 0;
}

uint64_t memory_job_bytes(unsigned job)
{
    return job < UNIX_JOBS_MAX ? quota_pages(job) * MEMORY_PAGE : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a process's list of mappings loses or invents one, finds a place that is taken, or
 * keeps a file that nothing maps any more. The model is an array with a value for each page.
 */
#define _GNU_SOURCE 1 /* MAP_FIXED_NOREPLACE */
#include <string.h>
#include <sys/mman.h>

#include "backing.h"
#include "own.h"
#include "region.h"
#include "tap.h"

enum { PAGES = 96, STEPS = 4000 };
#define BASE 0x100000ul

static int files; /* users of the one file */

void backing_keep(struct backing *b)
{
    (void)b;
    files++;
}

void backing_drop(struct backing *b)
{
    (void)b;
    files--;
}

bool own_grow(enum own_array array, unsigned page)
{
    char *at = (char *)OWN_ARRAY(array) + page * (size_t)PAGE;

    return mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                -1, 0) == at;
}

static struct regions list;

/* What the model says of a page. */
static struct page {
    uint8_t there, rights, flags, file;
    uint64_t offset;
} page[PAGES];

static uint64_t address(unsigned n)
{
    return BASE + n * (uint64_t)PAGE;
}

static bool page_agrees(unsigned n)
{
    const struct region *r = region_of(&list, address(n));
    const struct page *m = &page[n];

    if (r == NULL || m->there == 0)
        return (r == NULL) == (m->there == 0);
    return r->rights == m->rights && r->flags == m->flags && (r->file != NULL) == m->file &&
           (r->file == NULL || r->offset + (address(n) - r->begin) == m->offset);
}

static bool agrees(void)
{
    uint64_t bytes = 0, last = 0;
    int mapped = 0;

    for (const struct region *r = list.first; r != NULL; r = r->next) {
        if (r->begin < last || r->end <= r->begin)
            return false;
        last = r->end;
        bytes += r->end - r->begin;
        mapped += r->file != NULL;
    }
    for (unsigned n = 0; n < PAGES; n++)
        if (!page_agrees(n))
            return false;
    return bytes == list.bytes && mapped == files;
}

static unsigned random_below(unsigned *seed, unsigned n)
{
    *seed = next_random(*seed);
    return (*seed >> 16) % n;
}

/* As munmap(2) does it. */
static bool take(unsigned first, unsigned end)
{
    if (!region_split(&list, address(first)) || !region_split(&list, address(end)))
        return false;
    region_remove(&list, address(first), address(end));
    for (unsigned n = first; n < end; n++)
        page[n] = (struct page){ 0 };
    return true;
}

static bool add(unsigned first, unsigned end, unsigned *seed)
{
    static struct backing *const some_file = (struct backing *)&list;
    unsigned kind = random_below(seed, 4);
    struct region r = { .begin = address(first), .end = address(end) };

    r.rights = (uint8_t)random_below(seed, 3);
    r.flags = kind == 1 ? REGION_SHARED : 0;
    if (kind == 2) {
        r.file = some_file;
        r.offset = random_below(seed, 100) * (uint64_t)PAGE;
        r.file_bytes = r.end - r.begin;
    }
    for (unsigned n = first; n < end; n++)
        page[n] = (struct page){ 1, r.rights, r.flags, kind == 2,
                                 r.offset + (n - first) * (uint64_t)PAGE };
    return region_add(&list, r) != NULL;
}

/* Whether region_find() gave the highest place that the model has. */
static bool finds(unsigned pages)
{
    uint64_t at = region_find(&list, pages * (uint64_t)PAGE, BASE, address(PAGES));

    for (unsigned first = PAGES - pages + 1; first-- > 0;) {
        unsigned n = first;
        while (n < first + pages && page[n].there == 0)
            n++;
        if (n == first + pages)
            return at == address(first);
    }
    return at == 0;
}

static bool frees(unsigned first, unsigned end)
{
    bool is_free = true;

    for (unsigned n = first; n < end; n++)
        if (page[n].there != 0)
            is_free = false;
    return region_is_free(&list, address(first), address(end)) == is_free;
}

static void test_many(void)
{
    unsigned seed = 7, step;

    for (step = 0; step < STEPS; step++) {
        unsigned first = random_below(&seed, PAGES - 1);
        unsigned end = first + 1 + random_below(&seed, PAGES - first < 20 ? PAGES - first : 20);
        if (!frees(first, end) || !take(first, end) ||
            (random_below(&seed, 3) != 0 && !add(first, end, &seed)) || !agrees() ||
            !finds(1 + random_below(&seed, 12)))
            break;
    }
    tap_ok(step == STEPS, "thousands of changes");
    if (step != STEPS)
        printf("# step %u\n", step);
    tap_ok(take(0, PAGES) && list.first == NULL && list.bytes == 0 && files == 0, "all go");
}

static void test_join(void)
{
    struct region r = { .begin = address(0), .end = address(4), .rights = 3 };

    (void)region_add(&list, r);
    r.begin = address(8);
    r.end = address(12);
    (void)region_add(&list, r);
    r.begin = address(4);
    r.end = address(8);
    (void)region_add(&list, r);
    tap_ok(list.first != NULL && list.first->next == NULL && list.first->end == address(12),
           "neighbours become one");
    tap_ok(list.bytes == 12 * PAGE, "as large as they were");
    tap_ok(region_split(&list, address(0)) && region_split(&list, address(20)),
           "cuts in no region");
    tap_ok(list.first->next == NULL, "cut nothing");
    region_remove(&list, 0, ~0ull);
}

static void test_file_end(void)
{
    struct region r = { .begin = address(0),
                        .end = address(4),
                        .file = (struct backing *)&list,
                        .file_bytes = 2 * PAGE + 10 };

    (void)region_add(&list, r);
    (void)region_split(&list, address(3));
    (void)region_split(&list, address(1));
    const struct region *a = list.first, *b = a->next, *c = b->next;
    tap_ok(a->file_bytes == PAGE && b->file_bytes == PAGE + 10 && c->file_bytes == 0,
           "how much comes of the file is cut, too");
    tap_ok(b->offset == PAGE && files == 3, "and each has it");
    region_remove(&list, 0, ~0ull);
    tap_ok(files == 0, "as long as it is there");
}

int main(void)
{
    test_join();
    test_file_end();
    test_many();
    return tap_done();
}

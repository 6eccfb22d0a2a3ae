/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the memory of files gives out a page twice, or one that others have still, makes more
 * than it was asked for, or loses any.
 */
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "memory.h"
#include "tap.h"

enum { PAGES = 64, STEP = 8 };

static _Alignas(MEMORY_PAGE) char room[PAGES * MEMORY_PAGE];
static unsigned made, made_most, taken_back;
static bool is_lent[PAGES];

static unsigned number(const void *page)
{
    return (unsigned)(((const char *)page - room) / MEMORY_PAGE);
}

static size_t more(void *at)
{
    if (at != room + made * (size_t)MEMORY_PAGE || made + STEP > made_most)
        return 0;
    made += STEP;
    return STEP * (size_t)MEMORY_PAGE;
}

static void take_back(void *page)
{
    taken_back += is_lent[number(page)];
    is_lent[number(page)] = false;
}

static const struct memory_source source = { more, take_back };

static void begin(unsigned most)
{
    made = taken_back = 0;
    made_most = most;
    memory_open(room, sizeof room, &source);
}

static void test_pages(void)
{
    void *page[PAGES];
    bool good = true;

    begin(PAGES);
    for (unsigned i = 0; i < PAGES; i++) {
        page[i] = memory_page();
        good &= page[i] != NULL && number(page[i]) < made && made <= (i / STEP + 1) * STEP;
    }
    tap_ok(good, "pages are made as they are needed");
    tap_ok(memory_page() == NULL && memory_pages_free() == 0, "and no more than there are");
    for (unsigned i = 0; i < PAGES; i++)
        memory_page_free(page[i]);
    tap_ok(memory_pages_free() == PAGES && made == PAGES && taken_back == 0, "all come back");
    begin(STEP);
    for (unsigned i = 0; i < STEP; i++)
        (void)memory_page();
    tap_ok(memory_page() == NULL && memory_page() == NULL && memory_pages_free() == PAGES - STEP,
           "without memory there is no page");
}

static void lend(void *page)
{
    is_lent[number(page)] = true;
    memory_lend(page);
}

/* Files that grow and are cut, with pages that are lent: no page is used again while it is. */
static void test_walk(void)
{
    static struct data file[4];
    unsigned lent = 0;
    bool good = true;

    begin(PAGES);
    memset(file, 0, sizeof file);
    srand(1);
    for (unsigned step = 0; step < 20000; step++) {
        struct data *d = &file[rand() % 4];
        uint64_t index = (uint64_t)rand() % 12;
        char *at = data_page(d, index);
        switch (rand() % 4) {
        case 0: data_drop(d, index, index + (uint64_t)rand() % 4); break;
        case 1:
            if (at != NULL && !is_lent[number(at)]) {
                lend(at);
                lent++;
            }
            break;
        default: {
            bool is_new = at == NULL;
            at = data_make(d, index);
            good &= (at == NULL || !is_new || (!is_lent[number(at)] && at[100] == 0));
            if (at != NULL)
                at[100] = 1;
        }
        }
    }
    for (unsigned i = 0; i < 4; i++)
        data_drop(&file[i], 0, ~0ul);
    tap_ok(good, "a page that is lent is not used again");
    tap_ok(lent > 100 && taken_back == lent, "each is taken back, once");
    tap_ok(memory_pages_free() == PAGES, "nothing is lost");
}

int main(void)
{
    test_pages();
    test_walk();
    return tap_done();
}

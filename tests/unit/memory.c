/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the memory of files gives out a page twice, or one that others have still, makes more
 * than it was asked for, loses any, or lets a job have more than its quota.
 */
#include <errno.h>
#include <ipc/unix.h>
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

/* ---- jobs ---- */

static uint64_t pages_of(unsigned job)
{
    return memory_job_bytes(job) / MEMORY_PAGE;
}

static void test_quota(void)
{
    static struct data file;
    uint64_t all, free;

    begin(PAGES);
    memset(&file, 0, sizeof file);
    tap_ok(memory_job(1, 0, 8 * MEMORY_PAGE) == 0 && memory_job(2, 1, 0) == 0 &&
               memory_job(3, 1, 3 * MEMORY_PAGE) == 0,
           "a job, and two in it");
    tap_ok(memory_job(0, 1, 0) == EINVAL && memory_job(4, 4, 0) == EINVAL &&
               memory_job(UNIX_JOBS_MAX, 0, 0) == EINVAL &&
               memory_job(4, UNIX_JOBS_MAX, 0) == EINVAL,
           "what can be none");
    memory_for(3);
    memory_room(&all, &free);
    tap_ok(all == 3 && free == 3, "the inner one's room");
    bool good = data_make(&file, 0) != NULL && data_make(&file, 1) != NULL; /* and a table */
    tap_ok(good && data_make(&file, 2) == NULL && memory_refusal() == EDQUOT,
           "it has no more than its quota");
    memory_for(2);
    good = true;
    for (unsigned i = 2; i < 7; i++)
        good = data_make(&file, i) != NULL && good;
    tap_ok(good && data_make(&file, 7) == NULL && memory_refusal() == EDQUOT,
           "the other no more than the outer one's");
    memory_room(&all, &free);
    tap_ok(all == 8 && free == 0 && pages_of(1) == 8 && pages_of(2) == 5 && pages_of(3) == 3,
           "each page counts for who made it");
    memory_for(0);
    tap_ok(data_make(&file, 7) != NULL && pages_of(1) == 8, "outside there is no quota");
    data_drop(&file, 1, 2);
    tap_ok(pages_of(1) == 6 && pages_of(2) == 4 && pages_of(3) == 2, "whoever gives one back");
    memory_for(1);
    tap_ok(data_make(&file, 8) != NULL && data_make(&file, 9) != NULL && pages_of(1) == 8 &&
               data_make(&file, 10) == NULL,
           "the outer one has what its inner ones do not");
    data_drop(&file, 0, ~0ul);
    tap_ok(pages_of(1) == 0 && pages_of(2) == 0 && pages_of(3) == 0 && memory_pages_free() == PAGES,
           "nothing is left");
}

/* A piece's page is its job's alone; what counts for none is never refused for a quota. */
static void test_pieces(void)
{
    void *of_1, *of_2, *again, *free;

    begin(PAGES);
    (void)memory_job(1, 0, MEMORY_PAGE);
    (void)memory_job(2, 0, MEMORY_PAGE);
    memory_for(1);
    of_1 = memory_piece(64);
    memory_for(2);
    of_2 = memory_piece(64);
    tap_ok(of_1 != NULL && of_2 != NULL && number(of_1) != number(of_2) && pages_of(1) == 1 &&
               pages_of(2) == 1,
           "pieces of two jobs are in two pages");
    again = memory_piece(64);
    tap_ok(again != NULL && number(again) == number(of_2) && memory_piece(600) == NULL &&
               memory_refusal() == EDQUOT,
           "while there is room in its page a job has another one");
    free = memory_piece_uncounted(600);
    tap_ok(free != NULL && pages_of(2) == 1, "a piece that counts for none");
    memory_piece_free(free);
    memory_piece_free(of_1);
    tap_ok(pages_of(1) == 0 && pages_of(2) == 1, "given back by another one");
    memory_piece_free(of_2);
    memory_piece_free(again);
    tap_ok(pages_of(2) == 0 && memory_pages_free() == PAGES, "nothing is left of pieces");
}

/* What a job has left is the outer one's when another one has its number. */
static void test_heirs(void)
{
    void *page, *piece, *more;

    begin(PAGES);
    (void)memory_job(1, 0, 4 * MEMORY_PAGE);
    (void)memory_job(2, 1, 0);
    (void)memory_job(3, 2, 0);
    memory_for(3);
    page = memory_page();
    memory_for(2);
    piece = memory_piece(64);
    tap_ok(memory_job(2, 0, MEMORY_PAGE) == 0 && pages_of(2) == 0 && pages_of(3) == 0 &&
               pages_of(1) == 2,
           "what it and those in it had is the outer one's");
    memory_for(1);
    more = memory_piece(64);
    tap_ok(number(more) == number(piece) && pages_of(1) == 2, "with the room in its pages");
    memory_for(2);
    void *own = memory_piece(64);
    tap_ok(own != NULL && number(own) != number(piece) && pages_of(1) == 2 && pages_of(2) == 1,
           "the new one has its own");
    memory_piece_free(own);
    memory_piece_free(piece);
    memory_piece_free(more);
    memory_page_free(page);
    tap_ok(pages_of(1) == 0 && pages_of(2) == 0 && memory_pages_free() == PAGES,
           "nothing is left of either");
}

/* Jobs that come and go at random, compared with a list of whose each page is. */
static void test_jobs_walk(void)
{
    enum { JOBS = 6, HELD = 40 };
    static void *held[HELD];
    static unsigned owner[HELD], in[JOBS];
    bool good = true;

    begin(PAGES);
    srand(2);
    memset(in, 0, sizeof in);
    for (unsigned job = 1; job < JOBS; job++)
        (void)memory_job(job, 0, 0);
    for (unsigned step = 0; step < 20000 && good; step++) {
        unsigned i = (unsigned)rand() % HELD, job = (unsigned)rand() % JOBS;
        if (held[i] != NULL) {
            memory_page_free(held[i]);
            held[i] = NULL;
        } else if (rand() % 8 != 0) {
            memory_for(owner[i] = job);
            held[i] = memory_page();
        } else if (job != 0) { /* only inwards: no job is in one with a higher number */
            unsigned heir[JOBS], to = in[job];
            for (unsigned j = 0; j < JOBS; j++) {
                unsigned at = j;
                while (at != job && at != 0)
                    at = in[at];
                heir[j] = at == job ? to : j;
            }
            for (unsigned j = 1; j < JOBS; j++)
                if (heir[j] != j)
                    in[j] = 0;
            for (unsigned j = 0; j < HELD; j++)
                owner[j] = heir[owner[j]];
            in[job] = (unsigned)rand() % job;
            good = memory_job(job, in[job], 0) == 0;
        }
        for (unsigned j = 1; j < JOBS; j++) {
            uint64_t count = 0;
            for (unsigned n = 0; n < HELD; n++) {
                unsigned at = held[n] != NULL ? owner[n] : 0;
                while (at != j && at != 0)
                    at = in[at];
                count += at == j;
            }
            good &= pages_of(j) == count;
        }
    }
    for (unsigned i = 0; i < HELD; i++)
        if (held[i] != NULL)
            memory_page_free(held[i]);
    tap_ok(good && memory_pages_free() == PAGES, "jobs come and go, and every page is somebody's");
}

int main(void)
{
    test_pages();
    test_walk();
    test_quota();
    test_pieces();
    test_heirs();
    test_jobs_walk();
    return tap_done();
}

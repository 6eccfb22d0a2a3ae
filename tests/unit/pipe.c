/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a pipe's ring loses or mixes up bytes, tears a short write apart, holds more pages
 * than it needs, can't go on when there are no more, or says the wrong thing to poll().
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"
#include "tap.h"

static unsigned pages, more, more_max = ~0u;

bool pipe_page_is_there(const struct pipe *pipe)
{
    (void)pipe;
    return more < more_max;
}

/* Pages that lie one behind the other, for who sets `rows` to 0. */
enum { ROWS_MAX = 3 };
static uint8_t row[ROWS_MAX][PIPE_PAGE];
static unsigned rows = ROWS_MAX;

uint8_t *pipe_page_new(const struct pipe *pipe, bool is_more)
{
    if (is_more && !pipe_page_is_there(pipe))
        return NULL;
    more += is_more;
    pages++;
    if (rows < ROWS_MAX)
        return row[rows++];
    return malloc(PIPE_PAGE); /* the sanitizer sees each step beyond it */
}

void pipe_page_free(const struct pipe *pipe, uint8_t *page, bool is_more)
{
    (void)pipe;
    more -= is_more;
    pages--;
    if (page < row[0] || page >= row[ROWS_MAX])
        free(page);
}

static struct pipe p;

static void end(void)
{
    if (p.page != NULL)
        pipe_free(&p);
    p.page = NULL;
}

static void begin(void)
{
    end();
    if (!pipe_init(&p, 7))
        abort();
    p.readers = p.writers = 1;
}

/* Bytes are numbered from the first that was ever written. */
static uint8_t expected(uint64_t number)
{
    return (uint8_t)(number * 37 + number / 251);
}

static uint64_t written, taken;

/* Write so many bytes as the server would; how many were. */
static size_t feed(size_t bytes)
{
    if (pipe_room(&p, &bytes) != PIPE_WRITES)
        return 0;
    for (size_t done = 0; done < bytes;) {
        size_t n = bytes - done;
        uint8_t *to = pipe_span(&p, true, done, &n);
        if (to == NULL)
            return 0;
        for (size_t i = 0; i < n; i++)
            to[i] = expected(written + done + i);
        done += n;
    }
    pipe_put(&p, bytes);
    written += bytes;
    return bytes;
}

static bool drain(size_t bytes)
{
    bool good = true;

    if (bytes > pipe_used(&p))
        bytes = pipe_used(&p);
    for (size_t done = 0; done < bytes;) {
        size_t n = bytes - done;
        const uint8_t *from = pipe_span(&p, false, done, &n);
        for (size_t i = 0; i < n; i++)
            good &= from[i] == expected(taken + done + i);
        done += n;
    }
    pipe_take(&p, bytes);
    taken += bytes;
    return good;
}

static void test_room(void)
{
    size_t n;

    begin();
    tap_ok(pages == 1 && feed(1) == 1 && pages == 1, "the first page is there");
    tap_ok(feed(1 << 20) == PIPE_CAPACITY - 1, "a long write goes in as far as there is room");
    n = 1;
    tap_ok(pipe_room(&p, &n) == PIPE_FULL, "full");
    tap_ok(drain(PIPE_ATOMIC - 1), "read");
    n = PIPE_ATOMIC;
    tap_ok(pipe_room(&p, &n) == PIPE_FULL, "PIPE_BUF bytes do not go in in pieces");
    n = PIPE_ATOMIC + 1;
    tap_ok(pipe_room(&p, &n) == PIPE_WRITES && n == PIPE_ATOMIC - 1, "more do");
    tap_ok(drain(1) && feed(PIPE_ATOMIC) == PIPE_ATOMIC, "and when there is room, they go in");
    tap_ok(pages == PIPE_PAGES && drain(PIPE_CAPACITY) && pipe_used(&p) == 0 && pages == 1,
           "an empty one has one page");
    p.readers = 0;
    n = 1;
    tap_ok(pipe_room(&p, &n) == PIPE_BROKEN, "without readers");
    end();
    tap_ok(pages == 0, "pages come back");
}

static void test_pieces(void)
{
    size_t n = 3 * PIPE_PAGE - 100;

    rows = 0;
    begin();
    tap_ok(feed(3 * PIPE_PAGE) == 3 * PIPE_PAGE, "three pages in a row");
    tap_ok(pipe_span(&p, false, 100, &n) == row[0] + 100 && n == 3 * PIPE_PAGE - 100,
           "are one piece");
    n = PIPE_PAGE + 1;
    tap_ok(pipe_span(&p, false, PIPE_PAGE, &n) == row[1] && n == PIPE_PAGE + 1, "as long as asked");
    p.page[1] = row[2], p.page[2] = row[1];
    n = 3 * PIPE_PAGE;
    tap_ok(pipe_span(&p, false, 0, &n) == row[0] && n == PIPE_PAGE, "others are not");
    end();
    taken = written;
}

static void test_memory(void)
{
    size_t n = PIPE_ATOMIC;

    begin();
    more_max = 1;
    tap_ok(feed(3 * PIPE_PAGE) == 2 * PIPE_PAGE, "one page more: as much as goes into two");
    tap_ok(pipe_room(&p, &n) == PIPE_FULL && !pipe_is_writable(&p), "it is full then");
    tap_ok(drain(PIPE_PAGE) && pipe_is_writable(&p) && feed(n) == n, "a page later it is not");
    more_max = 0;
    tap_ok(drain(2 * PIPE_PAGE) && feed(100) == 100, "no page more");
    tap_ok(pipe_room(&p, &n) == PIPE_FULL && !pipe_is_writable(&p),
           "PIPE_BUF bytes do not go behind others");
    tap_ok(feed(3 * PIPE_PAGE) == PIPE_PAGE - 100, "as many do as fit");
    tap_ok(drain(PIPE_PAGE) && pipe_is_writable(&p) && feed(n) == n, "into an empty one all do");
    tap_ok(pipe_resize(&p, PIPE_CAPACITY_MAX) == ENOMEM, "and it grows no more");
    tap_ok(drain(n), "what was there is read");
    more_max = ~0u;
    n = 3 * PIPE_PAGE;
    tap_ok(pipe_room(&p, &n) == PIPE_WRITES && pages == 3, "pages for a write");
    pipe_room_drop(&p);
    tap_ok(pages == 1, "that does not come about");
    tap_ok(feed(PIPE_PAGE + 1) == PIPE_PAGE + 1 && drain(1), "some bytes");
    n = 5 * PIPE_PAGE;
    tap_ok(pipe_room(&p, &n) == PIPE_WRITES && pages == 7, "pages behind them");
    pipe_room_drop(&p);
    tap_ok(pages == 3 && drain(PIPE_PAGE), "are given back but for one, not theirs");
}

/* What it has then. */
static uint32_t resize(uint64_t capacity)
{
    return pipe_resize(&p, capacity) == 0 ? p.capacity : 0;
}

static void test_resize(void)
{
    begin();
    tap_ok(pipe_resize(&p, PIPE_CAPACITY_MAX + 1) == EPERM, "too much");
    tap_ok(resize(5000) == 8192, "rounded up");
    tap_ok(resize(0) == PIPE_PAGE, "at least a page");
    tap_ok(feed(3000) == 3000 && drain(2000) && feed(3000) == 3000, "around the end");
    tap_ok(resize(1 << 20) == 1 << 20 && drain(500), "more keeps what is there");
    tap_ok(feed(1 << 20) == (1 << 20) - 3500, "all of it is used");
    tap_ok(pipe_resize(&p, PIPE_PAGE) == EBUSY, "less than what is there");
    tap_ok(drain((1 << 20) - 100) && resize(PIPE_PAGE) == PIPE_PAGE && drain(100),
           "less keeps what is there, too");
    tap_ok(pages == 1, "and no more pages");
}

static void test_random(void)
{
    unsigned seed = 5, wrong = 0;

    begin();
    for (unsigned i = 0; i < 40000; i++) {
        seed = next_random(seed);
        if (i % 1000 == 0)
            more_max = i % 2000 == 0 ? ~0u : seed >> 20 & 31;
        size_t n = 1 + (seed >> 12) % ((seed >> 28 & 3) == 0 ? 200000 : 5000);
        switch (seed >> 24 & 7) {
        case 0: (void)pipe_resize(&p, n * 8); break;
        case 1:
        case 2:
        case 3: (void)feed(n); break;
        default: wrong += !drain(n); break;
        }
        size_t tables = p.page != p.few;
        size_t least = (pipe_used(&p) + PIPE_PAGE - 1) / PIPE_PAGE;
        wrong += pages < least + tables || pages > least + tables + 2 || pages != more + 1;
    }
    tap_ok(wrong == 0 && taken > 1000000,
           "any sequence: every byte in its place, no page too many");
    more_max = ~0u;
}

static void test_poll(void)
{
    begin();
    tap_ok(pipe_polls(&p, true, false) == 0, "empty: nothing to read");
    tap_ok(pipe_polls(&p, false, true) == (POLLOUT | POLLWRNORM), "it can be written");
    (void)feed(PIPE_CAPACITY - PIPE_ATOMIC);
    tap_ok(pipe_polls(&p, false, true) == (POLLOUT | POLLWRNORM), "while PIPE_BUF bytes fit");
    (void)feed(1);
    tap_ok(pipe_polls(&p, false, true) == 0, "and then not");
    tap_ok(pipe_polls(&p, true, false) == (POLLIN | POLLRDNORM), "it can be read");
    p.writers = 0;
    tap_ok(pipe_polls(&p, true, false) == (POLLIN | POLLRDNORM | POLLHUP), "the writers are gone");
    p.readers = 0;
    tap_ok(pipe_polls(&p, false, true) == (POLLOUT | POLLWRNORM | POLLERR), "the readers are");
    end();
}

int main(void)
{
    test_room();
    test_pieces();
    test_memory();
    test_resize();
    test_random();
    test_poll();
    tap_ok(pages == 0, "all pages are back");
    return tap_done();
}

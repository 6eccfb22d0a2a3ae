/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a pipe's ring loses or mixes up bytes, tears a short write apart, holds more pages
 * than it needs, or says the wrong thing to poll().
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pipe.h"
#include "tap.h"

static unsigned pages, pages_left = ~0u;

uint8_t *pipe_page_new(void)
{
    if (pages >= pages_left)
        return NULL;
    pages++;
    return malloc(PIPE_PAGE); /* the sanitizer sees each step beyond it */
}

void pipe_page_free(uint8_t *page)
{
    pages--;
    free(page);
}

static struct pipe p;

static void begin(void)
{
    pipe_free(&p);
    pipe_init(&p);
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
    tap_ok(pages == 0 && feed(1) == 1 && pages == 1, "pages come when they are needed");
    tap_ok(feed(1 << 20) == PIPE_CAPACITY - 1, "a long write goes in as far as there is room");
    n = 1;
    tap_ok(pipe_room(&p, &n) == PIPE_FULL, "full");
    tap_ok(drain(PIPE_ATOMIC - 1), "read");
    n = PIPE_ATOMIC;
    tap_ok(pipe_room(&p, &n) == PIPE_FULL, "PIPE_BUF bytes do not go in in pieces");
    n = PIPE_ATOMIC + 1;
    tap_ok(pipe_room(&p, &n) == PIPE_WRITES && n == PIPE_ATOMIC - 1, "more do");
    tap_ok(drain(1) && feed(PIPE_ATOMIC) == PIPE_ATOMIC, "and when there is room, they go in");
    tap_ok(drain(PIPE_CAPACITY) && pipe_used(&p) == 0 && pages == 0, "an empty one has no page");
    p.readers = 0;
    n = 1;
    tap_ok(pipe_room(&p, &n) == PIPE_BROKEN, "without readers");
    pipe_free(&p);
    tap_ok(pages == 0, "pages come back");
}

static void test_memory(void)
{
    begin();
    pages_left = 2;
    tap_ok(feed(3 * PIPE_PAGE) == 0 && pipe_used(&p) == 0, "no memory: nothing was written");
    pages_left = ~0u;
    tap_ok(feed(3 * PIPE_PAGE) == 3 * PIPE_PAGE && drain(3 * PIPE_PAGE), "and later it is");
    begin();
    tap_ok(pages == 0, "nothing is lost");
}

static void test_resize(void)
{
    begin();
    tap_ok(pipe_resize(&p, PIPE_CAPACITY_MAX + 1) == 0, "too much");
    tap_ok(pipe_resize(&p, 5000) == 8192, "rounded up");
    tap_ok(pipe_resize(&p, 0) == PIPE_PAGE, "at least a page");
    tap_ok(feed(3000) == 3000 && drain(2000) && feed(3000) == 3000, "around the end");
    tap_ok(pipe_resize(&p, 1 << 20) == 1 << 20 && drain(500), "more keeps what is there");
    tap_ok(feed(1 << 20) == (1 << 20) - 3500, "all of it is used");
    tap_ok(pipe_resize(&p, PIPE_PAGE) == 0, "less than what is there");
    tap_ok(drain((1 << 20) - 100) && pipe_resize(&p, PIPE_PAGE) == PIPE_PAGE && drain(100),
           "less keeps what is there, too");
}

static void test_random(void)
{
    unsigned seed = 5, wrong = 0;

    begin();
    for (unsigned i = 0; i < 20000; i++) {
        seed = next_random(seed);
        size_t n = 1 + (seed >> 12) % ((seed >> 28 & 3) == 0 ? 200000 : 5000);
        switch (seed >> 24 & 7) {
        case 0: (void)pipe_resize(&p, n * 8); break;
        case 1:
        case 2:
        case 3: (void)feed(n); break;
        default: wrong += !drain(n); break;
        }
        size_t least = (pipe_used(&p) + PIPE_PAGE - 1) / PIPE_PAGE;
        wrong += pages < least || pages > least + 3;
    }
    tap_ok(wrong == 0 && taken > 1000000,
           "any sequence: every byte in its place, no page too many");
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
    pipe_free(&p);
}

int main(void)
{
    test_room();
    test_memory();
    test_resize();
    test_random();
    test_poll();
    tap_ok(pages == 0, "all pages are back");
    return tap_done();
}

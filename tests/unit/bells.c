/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when who waits with poll() is not woken, is woken once more than it asked, or what it
 * waited for is touched after it is gone; compared with a plain model.
 */
#include <stdlib.h>
#include <string.h>

#include <serve/bell.h>

#include "tap.h"

enum { SOURCES = 5, THREADS = 4, BADGES = 3 };

static struct serve_source source[SOURCES];
static unsigned rung[BADGES][THREADS];
static bool waits[BADGES][THREADS][SOURCES]; /* the model */

static void ring(uint64_t badge, uint32_t thread)
{
    rung[badge][thread]++;
}

static struct serve_bells bells = { .ring = ring };

static unsigned rung_take(void)
{
    unsigned n = 0;

    for (unsigned b = 0; b < BADGES; b++)
        for (unsigned t = 0; t < THREADS; t++)
            n += rung[b][t];
    memset(rung, 0, sizeof rung);
    return n;
}

static bool arm(uint64_t badge, uint32_t thread, unsigned a, unsigned b, bool more)
{
    struct serve_source *const list[] = { &source[a], &source[b] };

    return serve_bell_arm(&bells, badge, thread, list, 2, more) == 0;
}

static unsigned watches;

static void watched(struct serve_watch *watch, uint32_t events)
{
    (void)watch;
    watches += events;
}

static void test_plain(void)
{
    (void)arm(1, 2, 0, 1, false);
    serve_bell_ring(&bells, &source[2], ~0u);
    tap_ok(rung_take() == 0, "a source that nobody waits for rings nobody");
    serve_bell_ring(&bells, &source[1], ~0u);
    tap_ok(rung[1][2] == 1 && rung_take() == 1, "one of two rings who waits for both");
    serve_bell_ring(&bells, &source[0], ~0u);
    tap_ok(rung_take() == 0 && source[0].armed == 0, "once");
    (void)arm(1, 2, 0, 0, false);
    (void)arm(1, 2, 1, 1, false);
    serve_bell_ring(&bells, &source[0], ~0u);
    tap_ok(rung_take() == 0, "what a thread waits for takes the place of what it waited for");
    (void)arm(1, 2, 2, 2, true);
    serve_bell_ring(&bells, &source[1], ~0u);
    serve_bell_ring(&bells, &source[2], ~0u);
    tap_ok(rung_take() == 1, "or comes beside it, and is rung for together");
    unsigned taken = 0;
    while (taken < 100 && arm(1, 2, 4, 4, true))
        taken++;
    tap_ok(taken == SERVE_BELLS_MAX && source[4].armed == 0,
           "so many polls are one, beyond that it waits for none");
    struct serve_watch watch[2] = { { .changed = watched }, { .changed = watched } };
    serve_watch_add(&source[0], &watch[0]);
    serve_watch_add(&source[0], &watch[1]);
    (void)arm(1, 2, 0, 0, false);
    serve_bell_ring(&bells, &source[0], 5);
    serve_bell_ring(&bells, &source[0], 5);
    tap_ok(rung_take() == 1 && watches == 20, "who watches is told each time");
    serve_watch_drop(&source[0], &watch[0]);
    serve_bell_ring(&bells, &source[0], 1);
    serve_watch_drop(&source[0], &watch[1]);
    tap_ok(watches == 21 && source[0].armed == 0, "until it watches no more");
    (void)arm(1, 0, 3, 3, false);
    (void)arm(1, 1, 3, 3, false);
    (void)arm(2, 1, 3, 3, false);
    serve_bell_disarm(&bells, 1, -1);
    serve_bell_ring(&bells, &source[3], ~0u);
    tap_ok(rung[2][1] == 1 && rung_take() == 1, "a session's end is that of all its threads");
}

/* Whether the model has rung whoever waits for a source, and they wait no more. */
static bool model_rings(unsigned s)
{
    bool same = true;

    for (unsigned b = 0; b < BADGES; b++)
        for (unsigned t = 0; t < THREADS; t++) {
            same &= rung[b][t] == waits[b][t][s];
            if (waits[b][t][s])
                memset(waits[b][t], 0, sizeof waits[b][t]);
        }
    memset(rung, 0, sizeof rung);
    return same;
}

static void test_random(void)
{
    unsigned seed = 1, wrong = 0;

    for (unsigned i = 0; i < 20000; i++) {
        seed = next_random(seed);
        unsigned what = seed >> 28, b = (seed >> 8) % BADGES, t = (seed >> 12) % THREADS,
                 x = (seed >> 16) % SOURCES, y = (seed >> 20) % SOURCES;
        if (what < 9) {
            bool more = what % 2 == 1;
            bool done = arm(b, t, x, y, more);
            if (!more || !done)
                memset(waits[b][t], 0, sizeof waits[b][t]);
            waits[b][t][x] |= done;
            waits[b][t][y] |= done;
        } else if (what < 14) {
            serve_bell_ring(&bells, &source[x], ~0u);
            wrong += !model_rings(x);
        } else {
            serve_bell_disarm(&bells, b, what == 14 ? (int64_t)t : -1);
            for (unsigned k = 0; k < THREADS; k++)
                if (what != 14 || k == t)
                    memset(waits[b][k], 0, sizeof waits[b][k]);
        }
    }
    tap_ok(wrong == 0, "20000 random requests do as the model does");
    for (unsigned b = 0; b < BADGES; b++)
        serve_bell_disarm(&bells, b, -1);
    for (unsigned s = 0; s < SOURCES; s++)
        wrong += source[s].armed;
    tap_ok(wrong == 0 && bells.first == NULL, "and leave nothing");
}

int main(void)
{
    test_plain();
    test_random();
    return tap_done();
}

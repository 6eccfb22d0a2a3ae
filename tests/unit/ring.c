/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a ring of a channel loses, doubles or mixes up messages, or when what the other side
 * scribbles over the shared memory makes us read or write outside of it.
 */
#include <channel/ring.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

enum { BYTES = 1024 };

static struct ring tx, rx;

/* Exactly as large as it is said to be: the sanitizer sees each step beyond it. */
static void *memory;

static bool rings_open(size_t bytes, uint32_t record)
{
    free(memory);
    memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    bool good = ring_open(&tx, memory, bytes, record);
    return ring_open(&rx, memory, bytes, record) && good;
}

static void test_open(void)
{
    tap_ok(!rings_open(128, 0), "too little memory");
    tap_ok(!ring_open(&tx, (char *)memory + 8, 1024, 0), "memory that is not aligned");
    tap_ok(!rings_open(BYTES, BYTES), "records of more than half the ring");
    tap_ok(rings_open(BYTES, 0) && ring_longest(&tx) == BYTES - sizeof(struct ring_shared) - 8,
           "a ring");
}

static void test_lengths(void)
{
    static uint8_t in[BYTES], out[BYTES + 8];
    unsigned wrong = 0;
    size_t bytes;

    (void)rings_open(BYTES, 0);
    for (size_t n = 0; n <= ring_longest(&tx); n++) {
        for (size_t i = 0; i < n; i++)
            in[i] = (uint8_t)(n + i);
        memset(out, 0xaa, sizeof out);
        wrong += ring_write(&tx, in, n) != RING_OK;
        wrong += ring_read(&rx, out, sizeof out, &bytes) != RING_EMPTY; /* not shown yet */
        (void)ring_show_tail(&tx);
        wrong += ring_read(&rx, out, sizeof out, &bytes) != RING_OK;
        wrong += bytes != n || memcmp(in, out, n) != 0 || out[n] != 0xaa;
        (void)ring_show_head(&rx, true);
    }
    tap_ok(wrong == 0, "every length from 0 to the longest, around the end and all");
    tap_ok(ring_write(&tx, in, ring_longest(&tx) + 1) == RING_LONG &&
               ring_write(&tx, in, ~(size_t)0) == RING_LONG,
           "what is longer is refused");
    (void)ring_write(&tx, in, 100);
    (void)ring_show_tail(&tx);
    memset(out, 0xaa, sizeof out);
    tap_ok(ring_read(&rx, out, 10, &bytes) == RING_OK && bytes == 100 && out[10] == 0xaa,
           "what is longer than its room is cut");
}

static void test_full(void)
{
    uint64_t word, next = 0;
    unsigned written = 0, wrong = 0;
    size_t bytes;

    (void)rings_open(BYTES, 8);
    tap_ok(ring_write(&tx, &word, 7) == RING_LONG && ring_write(&tx, &word, 9) == RING_LONG,
           "records of another length are refused");
    for (word = 0; ring_write(&tx, &word, 8) == RING_OK; word++)
        written++;
    tap_ok(written == tx.capacity / 8, "a ring is used to its last byte");
    tap_ok(!ring_show_tail(&tx), "nobody waits");
    tap_ok(ring_want(&tx, 8) && rx.shared->sender_wants == 8, "a sender waits for room");
    tap_ok(ring_read(&rx, &next, 8, &bytes) == RING_OK && !ring_show_head(&rx, false),
           "a little room is not shown");
    tap_ok(ring_show_head(&rx, true) && rx.shared->sender_wants == 0 && !ring_show_head(&rx, true),
           "when it is, the sender is to be woken, once");
    for (uint64_t i = 1; i < written; i++) {
        wrong += ring_read(&rx, &next, 8, &bytes) != RING_OK || next != i;
        (void)ring_show_head(&rx, false);
    }
    tap_ok(wrong == 0 && ring_read(&rx, &next, 8, &bytes) == RING_EMPTY, "all come, in order");
    tap_ok(ring_await(&rx) && rx.shared->receiver_waits == 1, "a receiver waits");
    (void)ring_write(&tx, &word, 8);
    tap_ok(ring_show_tail(&tx) && !ring_show_tail(&tx), "and is to be woken, once");
    tap_ok(!ring_await(&rx) && rx.shared->receiver_waits == 0,
           "one that finds something does not wait");
}

static void test_random(void)
{
    static uint8_t in[400], out[400];
    unsigned seed = 7, wrong = 0;
    uint32_t sent = 0, got = 0;
    size_t bytes;

    (void)rings_open(BYTES, 0);
    for (int i = 0; i < 200000; i++) {
        seed = next_random(seed);
        size_t n = 4 + (seed >> 16) % 300;
        if ((seed >> 28 & 1) != 0) {
            memset(in, (int)sent, n);
            memcpy(in, &sent, 4);
            sent += ring_write(&tx, in, n) == RING_OK;
            if ((seed >> 27 & 1) != 0)
                (void)ring_show_tail(&tx);
        } else if (ring_read(&rx, out, sizeof out, &bytes) == RING_OK) {
            wrong += memcmp(out, &got, 4) != 0 || (bytes > 4 && out[bytes - 1] != (uint8_t)got);
            got++;
            (void)ring_show_head(&rx, (seed >> 26 & 1) != 0);
        }
    }
    tap_ok(wrong == 0 && got > 10000 && sent >= got, "random lengths, all in order");
}

/* Scribble over the shared memory between steps of one side. */
static void test_scribbling(bool sender, uint32_t record, const char *name)
{
    static uint8_t buffer[BYTES];
    unsigned seed = 3, broken = 0, good = 0;
    size_t bytes;

    for (unsigned round = 0; round < 3000; round++) {
        (void)rings_open(BYTES, record);
        for (unsigned step = 0; step < 40; step++) {
            seed = next_random(seed);
            uint64_t *word = (uint64_t *)memory + (seed >> 8) % (BYTES / 8);
            seed = next_random(seed);
            uint64_t values[] = { ~0ull, seed >> 16, 8, 1ull << 63, *word + 8, *word - 8, 0 };
            if (step % 2 == 0)
                *word = values[(seed >> 24) % 7];
            if (step % 5 == 0)
                ((struct ring_shared *)memory)->tail = (seed >> 20) * 8;
            enum ring_result r = sender ? ring_write(&tx, buffer, record != 0 ? record : seed % 300)
                                        : ring_read(&rx, buffer, sizeof buffer, &bytes);
            broken += r == RING_BROKEN;
            good += r == RING_OK;
            (void)(sender ? ring_show_tail(&tx) : ring_show_head(&rx, (seed & 1) != 0));
            (void)(sender ? ring_want(&tx, 100) : ring_await(&rx));
        }
    }
    tap_ok(broken > 0 && good > 0, name);
}

static void test_nonsense(void)
{
    uint64_t word = 5;
    size_t bytes;

    (void)rings_open(BYTES, 8);
    (void)ring_write(&tx, &word, 8);
    (void)ring_show_tail(&tx);
    tx.shared->head = 16; /* more than was sent */
    while (ring_write(&tx, &word, 8) == RING_OK)
        continue;
    tap_ok(ring_write(&tx, &word, 8) == RING_BROKEN && tx.broken, "a head beyond the tail");
    tx.shared->head = 0;
    tap_ok(ring_write(&tx, &word, 8) == RING_BROKEN, "and broken it stays");
    (void)rings_open(BYTES, 8);
    tx.shared->tail = tx.capacity + 8;
    tap_ok(ring_read(&rx, &word, 8, &bytes) == RING_BROKEN, "more than fits");
    (void)rings_open(BYTES, 8);
    tx.shared->tail = 12;
    tap_ok(ring_read(&rx, &word, 8, &bytes) == RING_BROKEN, "half a word");
    (void)rings_open(BYTES, 0);
    tx.shared->tail = 16;
    *(uint64_t *)tx.shared->data = 9;
    tap_ok(ring_read(&rx, &word, 8, &bytes) == RING_BROKEN, "a length beyond what was sent");
    (void)rings_open(BYTES, 0);
    tx.shared->tail = 16;
    *(uint64_t *)tx.shared->data = ~0ull;
    tap_ok(ring_read(&rx, &word, 8, &bytes) == RING_BROKEN, "an impossible length");
}

int main(void)
{
    test_open();
    test_lengths();
    test_full();
    test_random();
    test_nonsense();
    test_scribbling(true, 0, "a sender whose receiver scribbles, lengths of their own");
    test_scribbling(true, 64, "the same, fixed lengths");
    test_scribbling(false, 0, "a receiver whose sender scribbles, lengths of their own");
    test_scribbling(false, 64, "the same, fixed lengths");
    free(memory);
    return tap_done();
}

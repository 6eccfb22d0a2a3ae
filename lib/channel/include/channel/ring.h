/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sender, one receiver, and a ring of bytes in memory that both can write: what channels are
 * made of (channel/channel.h). No system calls here; who waits, and who is woken, is there.
 *
 *         head: what the receiver is done with         tail: what the sender has finished
 *           |                                            |
 *     ......|XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX|.......   and around
 *
 * Head and tail are counts of bytes since the beginning, multiples of 8. A message of fixed length
 * is its bytes, one of variable length a word with its length before them; both are padded to whole
 * words.
 *
 * The other side is not trusted. RING-1: what says where we read and write is ours alone: our own
 * count and offset, the size, the last count of the other side that was plausible. Of the shared
 * memory a count is read once, and believed when it lies between the last one and what is possible
 * at all; a length is copied once and then checked. Else the ring is broken, and stays so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shared memory: each side writes one line of it, but for the two words that ask for a wake. */
struct ring_shared {
    __attribute__((__aligned__(64))) uint64_t tail; /* [A] the sender's */
    uint32_t receiver_waits; /* [A] set by the receiver; whoever finds it clears it and signals */
    __attribute__((__aligned__(64))) uint64_t head; /* [A] the receiver's */
    uint32_t sender_wants; /* [A] the same of the sender: so many bytes are to be free */
    __attribute__((__aligned__(64))) uint8_t data[];
};

enum ring_result {
    RING_OK,
    RING_EMPTY, /* nothing to read; or to be written where there is no room */
    RING_LONG,  /* longer than the ring, or not of its fixed length */
    RING_BROKEN /* the other side has written nonsense */
};

/* One side's own view. */
struct ring {
    struct ring_shared *shared; /* [I] */
    uint32_t capacity;          /* [I] bytes of data, a multiple of 8 */
    uint32_t record;            /* [I] bytes of each message; 0: they have lengths of their own */
    uint32_t offset;            /* in data, of the next byte we write or read */
    uint64_t at;                /* the same as a count */
    uint64_t shown;             /* what the other side has been told of it */
    uint64_t other;             /* the other side's, when it was last looked at */
    bool broken;
};

/**
 * Begin at one side of a ring.
 *
 * @param memory  bytes of zeros, aligned to 64, at least 256
 * @param record  0, or the length of every message; padded at most half the ring
 * @return false: sizes that don't fit
 */
bool ring_open(struct ring *r, void *memory, size_t bytes, uint32_t record);

/* The longest message that can ever be written. */
uint32_t ring_longest(const struct ring *r);

/* Bytes that a message of this length takes in the ring. */
uint32_t ring_bytes(const struct ring *r, size_t bytes);

/* ---- the sender ---- */

/**
 * Write a message; the receiver sees it after ring_show_tail().
 * @return RING_OK, RING_EMPTY (no room), RING_LONG, RING_BROKEN
 */
enum ring_result ring_write(struct ring *r, const void *data, size_t bytes);

/*
 * Show the receiver all that was written. True: it waits, and is to be woken, by us.
 * A full barrier lies between the tail and the look at its wish.
 */
bool ring_show_tail(struct ring *r);

/*
 * Ask to be woken when so many bytes are free. False: they are already, and the wish is taken back.
 */
bool ring_want(struct ring *r, uint32_t bytes);
void ring_want_no_more(struct ring *r);

/* ---- the receiver ---- */

/**
 * Read a message.
 *
 * @param room   what is longer is cut
 * @param bytes  out: its length, cut or not
 * @return RING_OK, RING_EMPTY, RING_BROKEN
 */
enum ring_result ring_read(struct ring *r, void *data, size_t room, size_t *bytes);

/*
 * Show the sender what was read: when `all`, or when it has become a quarter of the ring. True: the
 * sender waits for as much, and is to be woken, by us.
 */
bool ring_show_head(struct ring *r, bool all);

/* Ask to be woken when something comes. False: something has come, and the wish is taken back. */
bool ring_await(struct ring *r);
void ring_await_no_more(struct ring *r);

#ifdef __cplusplus
}
#endif

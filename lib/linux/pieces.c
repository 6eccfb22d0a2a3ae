/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call reads or writes: one piece of the program's memory, or a vector of them. A vector is
 * checked as a whole first and then fetched again piece by piece: another thread that changes it
 * meanwhile gets what it deserves, and USR-1 holds.
 */
#include "files.h"

enum { PIECES_MAX = 1024 };

static uint64_t capped(uint64_t total, uint64_t bytes)
{
    return bytes < TRANSFER_MAX - total ? bytes : TRANSFER_MAX - total;
}

long pieces_one(struct pieces *pieces, uaddr_t base, size_t bytes)
{
    if (!user_range(base, bytes))
        return -LINUX_EFAULT;
    bytes = capped(0, bytes);
    *pieces = (struct pieces){ .now = { base, bytes }, .total = bytes };
    return 0;
}

long pieces_vector(struct pieces *pieces, uaddr_t vector, unsigned long count)
{
    *pieces = (struct pieces){ .vector = vector, .count = count };
    if (count > PIECES_MAX)
        return -LINUX_EINVAL;
    for (unsigned long i = 0; i < count; i++) {
        struct linux_iovec v;
        if (!user_get(&v, user_at(vector, i * sizeof v), sizeof v))
            return -LINUX_EFAULT;
        if ((int64_t)v.bytes < 0)
            return -LINUX_EINVAL;
        if (!user_range(v.base, v.bytes))
            return -LINUX_EFAULT;
        pieces->total += capped(pieces->total, v.bytes);
    }
    return 0;
}

/* Go on to the next piece that has any bytes; false: there is none, or it is gone. */
static bool piece_next(struct pieces *pieces)
{
    while (pieces->now.bytes == 0) {
        if (pieces->count == 0 ||
            !user_get(&pieces->now, pieces->vector, sizeof(struct linux_iovec)))
            return false;
        pieces->vector = user_at(pieces->vector, sizeof(struct linux_iovec));
        pieces->count--;
    }
    return true;
}

/* `bytes` of this piece are done. */
static void piece_done(struct pieces *pieces, size_t bytes)
{
    pieces->now.base = user_at(pieces->now.base, bytes);
    pieces->now.bytes -= bytes;
    pieces->total -= bytes < pieces->total ? bytes : pieces->total;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool pieces_next(struct pieces *pieces, struct linux_iovec *now, size_t most)
{
    if (pieces->total == 0 || !piece_next(pieces))
        return false;
    *now = pieces->now;
    now->bytes = smaller(now->bytes, smaller(most, pieces->total));
    piece_done(pieces, now->bytes);
    return true;
}

size_t pieces_take(struct pieces *pieces, char *to, size_t room)
{
    size_t done = 0;

    room = smaller(room, pieces->total);
    while (done < room && piece_next(pieces)) {
        size_t wanted = smaller(pieces->now.bytes, room - done),
               got = user_copy_in(to + done, pieces->now.base, wanted);
        piece_done(pieces, got);
        done += got;
        if (got < wanted)
            break;
    }
    return done;
}

size_t pieces_put(struct pieces *pieces, const char *from, size_t bytes)
{
    size_t done = 0;

    bytes = smaller(bytes, pieces->total);
    while (done < bytes && piece_next(pieces)) {
        size_t wanted = smaller(pieces->now.bytes, bytes - done),
               put = user_copy_out(pieces->now.base, from + done, wanted);
        piece_done(pieces, put);
        done += put;
        if (put < wanted)
            break;
    }
    return done;
}

size_t pieces_zero(struct pieces *pieces)
{
    size_t done = 0;

    while (pieces->total > 0 && piece_next(pieces)) {
        size_t wanted = smaller(pieces->now.bytes, pieces->total),
               put = user_zero(pieces->now.base, wanted);
        piece_done(pieces, put);
        done += put;
        if (put < wanted)
            break;
    }
    return done;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of buffers in a region that is shared with one peer. A buffer is taken, filled, and lent
 * with a message as one word, its token; it comes back with the answer, or with any later message,
 * or when the region is revoked. Nothing is copied, and no system call is made but the message's.
 *
 *     owner                                            peer
 *     pool_take(&pool, &buffer)
 *     ... fills buffer.at ...
 *     m.word = pool_lend(&pool, &buffer)     ---->     pool_find(&shm, bytes_each, word, &at)
 *     pool_back(&pool, word)                 <----     answers with the word
 *
 * The peer is not trusted: a token that it makes up, gives back twice or keeps too long is refused
 * (POOL-1), and what it writes where it should not is only data.
 *
 * POOL-1: a buffer comes back once each time it was lent: a token has the number of the lending.
 *
 * One thread at a time, or a lock around it.
 */
#pragma once

#include <shm/shm.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { POOL_BUFFERS_MAX = 64 };

struct pool {
    struct shm shm; /* to be given to the peer: shm_give() */
    size_t bytes_each;
    unsigned count;
    uint64_t free, lent;                /* a bit for each buffer: neither means ours */
    uint32_t lending[POOL_BUFFERS_MAX]; /* how often each was lent */
};

struct pool_buffer {
    void *at;
    size_t bytes;
    unsigned number;
};

/**
 * Make a pool.
 *
 * @param count       1..POOL_BUFFERS_MAX
 * @param bytes_each  a multiple of 64, at least 64, 1 MiB in all at most
 */
seL4_Error pool_create(struct pool *pool, unsigned count, size_t bytes_each);
void pool_destroy(struct pool *pool);

/* Take a buffer; false: all are taken or lent. */
bool pool_take(struct pool *pool, struct pool_buffer *buffer);

/* Give one back that was taken and not lent; false: it was not. */
bool pool_give(struct pool *pool, const struct pool_buffer *buffer);

/* Lend one that was taken: its token, for a message. 0: it was not taken. */
uint64_t pool_lend(struct pool *pool, const struct pool_buffer *buffer);

/* A token has come back: the buffer is taken again. False: it is none of a buffer that is lent. */
bool pool_back(struct pool *pool, uint64_t token, struct pool_buffer *buffer);

/* Take all from the peer: its region is revoked, and what was lent is free. */
void pool_revoke(struct pool *pool);

/**
 * The peer's side: where a buffer is, in the region as it was taken.
 * @return NULL: the token leads out of the region
 */
void *pool_find(const struct shm *shm, size_t bytes_each, uint64_t token);

#ifdef __cplusplus
}
#endif

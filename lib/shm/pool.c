/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens: bits 0-31 the buffer's number and one, so that 0 is none; 32-63 which lending of it. */
#include <shm/pool.h>

static uint64_t bit_of(unsigned number)
{
    return 1ull << number;
}

static void *buffer_at(const struct pool *pool, unsigned number)
{
    return (char *)pool->shm.at + number * pool->bytes_each;
}

static bool is_taken(const struct pool *pool, const struct pool_buffer *buffer)
{
    return buffer->number < pool->count &&
           ((pool->free | pool->lent) & bit_of(buffer->number)) == 0;
}

seL4_Error pool_create(struct pool *pool, unsigned count, size_t bytes_each)
{
    *pool = (struct pool){ .count = count, .bytes_each = bytes_each };
    if (count < 1 || count > POOL_BUFFERS_MAX || bytes_each < 64 || bytes_each % 64 != 0 ||
        bytes_each > (size_t)SHM_PAGES_MAX * SHM_PAGE / count)
        return seL4_RangeError;
    pool->free = count == 64 ? ~0ull : bit_of(count) - 1;
    return shm_create(&pool->shm, (unsigned)((count * bytes_each + SHM_PAGE - 1) / SHM_PAGE));
}

void pool_destroy(struct pool *pool)
{
    shm_close(&pool->shm);
}

static void buffer_set(const struct pool *pool, unsigned number, struct pool_buffer *buffer)
{
    *buffer = (struct pool_buffer){ buffer_at(pool, number), pool->bytes_each, number };
}

bool pool_take(struct pool *pool, struct pool_buffer *buffer)
{
    if (pool->free == 0)
        return false;
    unsigned number = (unsigned)__builtin_ctzll(pool->free);
    pool->free &= ~bit_of(number);
    buffer_set(pool, number, buffer);
    return true;
}

bool pool_give(struct pool *pool, const struct pool_buffer *buffer)
{
    if (!is_taken(pool, buffer))
        return false;
    pool->free |= bit_of(buffer->number);
    return true;
}

uint64_t pool_lend(struct pool *pool, const struct pool_buffer *buffer)
{
    if (!is_taken(pool, buffer))
        return 0;
    pool->lent |= bit_of(buffer->number);
    return (uint64_t)++pool->lending[buffer->number] << 32 | (buffer->number + 1);
}

bool pool_back(struct pool *pool, uint64_t token, struct pool_buffer *buffer)
{
    uint32_t number = (uint32_t)token - 1;

    if (number >= pool->count || (pool->lent & bit_of(number)) == 0 ||
        pool->lending[number] != token >> 32) /* POOL-1 */
        return false;
    pool->lent &= ~bit_of(number);
    buffer_set(pool, number, buffer);
    return true;
}

void pool_revoke(struct pool *pool)
{
    shm_revoke(&pool->shm);
    pool->free |= pool->lent; /* tokens that are still about lead to nothing */
    pool->lent = 0;
}

void *pool_find(const struct shm *shm, size_t bytes_each, uint64_t token)
{
    uint32_t number = (uint32_t)token - 1;
    size_t bytes = (size_t)shm->pages * SHM_PAGE;

    if (bytes_each == 0 || bytes_each > bytes || number >= bytes / bytes_each)
        return NULL;
    return (char *)shm->at + number * bytes_each;
}

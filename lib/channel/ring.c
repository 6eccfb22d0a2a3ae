/* SPDX-License-Identifier: BSD-2-Clause */
#include <channel/ring.h>

enum { WORD = 8, RING_LEAST = 64 };

static uint32_t padded(size_t bytes)
{
    return (uint32_t)((bytes + WORD - 1) & ~(size_t)(WORD - 1));
}

bool ring_open(struct ring *r, void *memory, size_t bytes, uint32_t record)
{
    *r = (struct ring){ .shared = memory, .record = record };
    if ((uintptr_t)memory % 64 != 0 || bytes > 1u << 30 ||
        bytes < sizeof(struct ring_shared) + RING_LEAST)
        return false;
    r->capacity = (uint32_t)(bytes - sizeof(struct ring_shared)) & ~(uint32_t)(WORD - 1);
    return record <= r->capacity / 2;
}

uint32_t ring_longest(const struct ring *r)
{
    return r->record != 0 ? r->record : r->capacity - WORD;
}

uint32_t ring_bytes(const struct ring *r, size_t bytes)
{
    return r->record != 0 ? padded(r->record) : WORD + padded(bytes);
}

/* ---- bytes in the ring ---- */

/* By words while it is short, which needs no call. */
static void bytes_copy(uint8_t *to, const uint8_t *from, size_t bytes)
{
    if (bytes > 256) {
        __builtin_memcpy(to, from, bytes);
        return;
    }
    for (; bytes >= WORD; bytes -= WORD, to += WORD, from += WORD)
        __builtin_memcpy(to, from, WORD);
    while (bytes-- > 0)
        *to++ = *from++;
}

/* Write or read at an offset, and what is beyond the end at the beginning. */
static void data_put(struct ring *r, uint32_t offset, const void *from, size_t bytes)
{
    size_t first = r->capacity - offset < bytes ? r->capacity - offset : bytes;

    bytes_copy(r->shared->data + offset, from, first);
    bytes_copy(r->shared->data, (const uint8_t *)from + first, bytes - first);
}

static void data_get(const struct ring *r, uint32_t offset, void *to, size_t bytes)
{
    size_t first = r->capacity - offset < bytes ? r->capacity - offset : bytes;

    bytes_copy(to, r->shared->data + offset, first);
    bytes_copy((uint8_t *)to + first, r->shared->data, bytes - first);
}

static uint32_t offset_add(const struct ring *r, uint32_t offset, uint32_t bytes)
{
    offset += bytes;
    return offset < r->capacity ? offset : offset - r->capacity;
}

static void go_on(struct ring *r, uint32_t bytes)
{
    r->offset = offset_add(r, r->offset, bytes);
    r->at += bytes;
}

static enum ring_result broken(struct ring *r)
{
    r->broken = true;
    return RING_BROKEN;
}

/* ---- the sender ---- */

static uint32_t room(const struct ring *r)
{
    return r->capacity - (uint32_t)(r->at - r->other);
}

/* Look at the head anew: it lies between the last one and what we have shown. */
static bool head_look(struct ring *r)
{
    /* acquire; pairs with ring_show_head(): the receiver has read what we overwrite */
    uint64_t head = __atomic_load_n(&r->shared->head, __ATOMIC_ACQUIRE);

    if (head - r->other > r->shown - r->other || head % WORD != 0)
        return false;
    r->other = head;
    return true;
}

enum ring_result ring_write(struct ring *r, const void *data, size_t bytes)
{
    if (r->broken)
        return RING_BROKEN;
    if (bytes > ring_longest(r) || (r->record != 0 && bytes != r->record))
        return RING_LONG;
    uint32_t needed = ring_bytes(r, bytes), offset = r->offset;
    if (room(r) < needed) {
        if (!head_look(r))
            return broken(r);
        if (room(r) < needed)
            return RING_EMPTY;
    }
    if (r->record == 0) {
        uint64_t length = bytes;
        data_put(r, offset, &length, WORD);
        offset = offset_add(r, offset, WORD);
    }
    data_put(r, offset, data, bytes);
    go_on(r, needed);
    return RING_OK;
}

/* Somebody has asked to be woken: whoever takes the wish back wakes him. */
static bool wish_take(uint32_t *wish)
{
    return __atomic_exchange_n(wish, 0, __ATOMIC_SEQ_CST) != 0;
}

bool ring_show_tail(struct ring *r)
{
    r->shown = r->at;
    /* release, and a full barrier; pairs with tail_look() and ring_await() */
    __atomic_store_n(&r->shared->tail, r->at, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&r->shared->receiver_waits, __ATOMIC_SEQ_CST) != 0 &&
           wish_take(&r->shared->receiver_waits);
}

bool ring_want(struct ring *r, uint32_t bytes)
{
    __atomic_store_n(&r->shared->sender_wants, bytes, __ATOMIC_SEQ_CST);
    /* Looked at after the wish: what the receiver shows later, it shows and then sees the wish. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (head_look(r) && room(r) < bytes)
        return true;
    ring_want_no_more(r);
    return false;
}

void ring_want_no_more(struct ring *r)
{
    __atomic_store_n(&r->shared->sender_wants, 0, __ATOMIC_RELAXED);
}

/* ---- the receiver ---- */

static bool tail_look(struct ring *r)
{
    /* acquire; pairs with ring_show_tail(): what was written is there */
    uint64_t tail = __atomic_load_n(&r->shared->tail, __ATOMIC_ACQUIRE);

    if (tail - r->at > r->capacity || tail - r->at < r->other - r->at || tail % WORD != 0)
        return false;
    r->other = tail;
    return true;
}

enum ring_result ring_read(struct ring *r, void *data, size_t room_bytes, size_t *bytes)
{
    uint64_t length = r->record;
    uint32_t offset = r->offset;

    if (r->broken)
        return RING_BROKEN;
    if (r->other == r->at && !tail_look(r))
        return broken(r);
    uint64_t there = r->other - r->at;
    if (there == 0)
        return RING_EMPTY;
    if (r->record == 0) {
        data_get(r, offset, &length, WORD); /* at least a word is there: counts are multiples */
        offset = offset_add(r, offset, WORD);
    }
    if (length > ring_longest(r) || ring_bytes(r, length) > there)
        return broken(r);
    data_get(r, offset, data, length < room_bytes ? length : room_bytes);
    *bytes = length;
    go_on(r, ring_bytes(r, length));
    return RING_OK;
}

bool ring_show_head(struct ring *r, bool all)
{
    uint64_t news = r->at - r->shown;

    if (news == 0 || (!all && news < r->capacity / 4))
        return false;
    r->shown = r->at;
    /* release, and a full barrier; pairs with head_look() and ring_want() */
    __atomic_store_n(&r->shared->head, r->at, __ATOMIC_SEQ_CST);
    uint32_t wanted = __atomic_load_n(&r->shared->sender_wants, __ATOMIC_SEQ_CST);
    return wanted != 0 && r->capacity - (uint32_t)(r->other - r->at) >= wanted &&
           wish_take(&r->shared->sender_wants);
}

bool ring_await(struct ring *r)
{
    __atomic_store_n(&r->shared->receiver_waits, 1, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* as in ring_want() */
    if (r->broken || (tail_look(r) && r->other == r->at))
        return true;
    ring_await_no_more(r); /* a tail that is nonsense is found by ring_read() */
    return false;
}

void ring_await_no_more(struct ring *r)
{
    __atomic_store_n(&r->shared->receiver_waits, 0, __ATOMIC_RELAXED);
}

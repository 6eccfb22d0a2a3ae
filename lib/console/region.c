/* SPDX-License-Identifier: BSD-2-Clause */
#include <console/region.h>

struct console_queue console_output(struct console_region *region)
{
    return (struct console_queue){ &region->output, region->output_byte, CONSOLE_OUTPUT_BYTES };
}

struct console_queue console_input(struct console_region *region)
{
    return (struct console_queue){ &region->input, region->input_byte, CONSOLE_INPUT_BYTES };
}

/* Acquire pairs with the release of console_put() and console_take(). */
static uint32_t in_of(const struct console_queue *q)
{
    return __atomic_load_n(&q->ring->in, __ATOMIC_ACQUIRE);
}

static uint32_t out_of(const struct console_queue *q)
{
    return __atomic_load_n(&q->ring->out, __ATOMIC_ACQUIRE);
}

uint32_t console_used(const struct console_queue *q)
{
    uint32_t used = in_of(q) - out_of(q);

    return used <= q->size ? used : 0;
}

uint32_t console_room(const struct console_queue *q)
{
    uint32_t used = in_of(q) - out_of(q);

    return used <= q->size ? q->size - used : 0;
}

size_t console_put(const struct console_queue *q, const uint8_t *from, size_t bytes)
{
    uint32_t in = in_of(q), room = console_room(q);
    size_t n = bytes < room ? bytes : room;

    for (size_t i = 0; i < n; i++)
        q->byte[(in + i) % q->size] = from[i];
    __atomic_store_n(&q->ring->in, in + (uint32_t)n, __ATOMIC_RELEASE);
    return n;
}

size_t console_look(const struct console_queue *q, uint8_t *to, size_t room)
{
    uint32_t out = out_of(q), used = console_used(q);
    size_t n = room < used ? room : used;

    for (size_t i = 0; i < n; i++)
        to[i] = q->byte[(out + i) % q->size];
    return n;
}

void console_take(const struct console_queue *q, size_t bytes)
{
    __atomic_store_n(&q->ring->out, out_of(q) + (uint32_t)bytes, __ATOMIC_RELEASE);
}

static bool waits(uint32_t *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_SEQ_CST); /* before the look that follows */
    return true;
}

bool console_taker_waits(const struct console_queue *q)
{
    return waits(&q->ring->taker_waits) && console_used(q) == 0;
}

bool console_putter_waits(const struct console_queue *q)
{
    return waits(&q->ring->putter_waits) && console_room(q) == 0;
}

bool console_wake_taker(const struct console_queue *q)
{
    return console_used(q) > 0 && __atomic_exchange_n(&q->ring->taker_waits, 0, __ATOMIC_SEQ_CST);
}

/* Half the ring at a time: a signal for every few bytes would cost more than they do. */
bool console_wake_putter(const struct console_queue *q)
{
    return console_room(q) >= q->size / 2 &&
           __atomic_exchange_n(&q->ring->putter_waits, 0, __ATOMIC_SEQ_CST);
}

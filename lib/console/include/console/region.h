/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a console's driver and the terminal server share: two rings of bytes, in memory that the
 * terminal server has made and keeps when the driver dies. What waits in it for the device, or for
 * the terminal server, is there for the next driver.
 *
 *   terminal server --> output --> driver --> device
 *                   <-- input  <--        <--
 *
 * Who puts raises `in`, who takes raises `out`, each after the bytes. Whoever finds nothing to do
 * sets its flag, looks once more, and is signalled by the other: a driver that waits for output, a
 * terminal server that waits for room or input. No side relies on what the other writes: counts
 * that are nonsense are an empty ring.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONSOLE_PAGES = 4,
    CONSOLE_OUTPUT_BYTES = 8192,
    CONSOLE_INPUT_BYTES = 4096,
};

struct console_ring {
    uint32_t in, out;                   /* [A] counted without end */
    uint32_t taker_waits, putter_waits; /* [A] to be signalled */
};

struct console_region {
    struct console_ring output, input;
    uint8_t unused[4096 - 2 * sizeof(struct console_ring)];
    uint8_t output_byte[CONSOLE_OUTPUT_BYTES];
    uint8_t input_byte[CONSOLE_INPUT_BYTES];
};
_Static_assert(sizeof(struct console_region) == CONSOLE_PAGES * 4096, "whole pages");

/** One side's view of a ring. */
struct console_queue {
    struct console_ring *ring;
    uint8_t *byte;
    uint32_t size; /* a power of two */
};

struct console_queue console_output(struct console_region *region);
struct console_queue console_input(struct console_region *region);

/** Bytes in the ring, and room for more. */
uint32_t console_used(const struct console_queue *q);
uint32_t console_room(const struct console_queue *q);

/** Put up to `bytes` bytes; how many there was room for. */
size_t console_put(const struct console_queue *q, const uint8_t *from, size_t bytes);

/** Look at up to `room` bytes and leave them; then take so many. */
size_t console_look(const struct console_queue *q, uint8_t *to, size_t room);
void console_take(const struct console_queue *q, size_t bytes);

/**
 * The taker has found nothing, the putter no room for more: ask to be signalled. False: not any
 * more, there is something to do.
 */
bool console_taker_waits(const struct console_queue *q);
bool console_putter_waits(const struct console_queue *q);

/** After putting, after taking: whether the other side asked to be signalled. */
bool console_wake_taker(const struct console_queue *q);
bool console_wake_putter(const struct console_queue *q);

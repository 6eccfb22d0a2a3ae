/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching the messages that a component receives (`trace -c` at the prompt). init maps a ring of
 * memory into the component and sets process_info.watched; the loop that receives (generated code,
 * lib/ipc/watch.c) writes a record for each request and each answer, and init lets others read
 * them (idl/init.capnp, watchRead). Who is not watched pays one test a request.
 *
 * The component writes all of the ring. Its reader believes nothing of it but numbers that it has
 * compared with the ring's size.
 */
#pragma once

#include <ipc/process.h>

enum watch_kind {
    WATCH_REQUEST = 1,
    WATCH_ANSWER, /* to the request before it of the same reply object */
    WATCH_LATER,  /* no answer yet: that comes by itself */
    WATCH_LOST,   /* made by the server of /system: some are lost that were before the next */
};

enum {
    WATCH_WORDS_MAX = 64, /* of a message; what is behind them is not shown */
    WATCH_RING_WORDS = PROCESS_WATCH_BYTES / 8 - 2,
};

/* A record: these words, and `words` of the message. */
struct watch_record {
    uint8_t kind;   /* enum watch_kind */
    uint8_t words;  /* that follow */
    uint16_t reply; /* which reply object */
    uint32_t unused;
    uint64_t ticks;  /* of the time-stamp counter */
    uint64_t caller; /* of a request: the badge */
    uint64_t info;   /* of the message */
};

/*
 * What the server of /system makes of a badge: the number of a process, or one of these, for a
 * component with the badge that the manifest gave it.
 */
#define WATCH_CALLER_PROC (1ull << 32)
#define WATCH_CALLER_COMPONENT (1ull << 33)
#define WATCH_CALLER_OTHER (1ull << 34) /* an exported file; a process that has ended */

enum { WATCH_RECORD_WORDS = sizeof(struct watch_record) / 8 };

/* Word n of all that were ever written is word[n % WATCH_RING_WORDS]; from `begin` to `end`. */
struct watch_ring {
    uint64_t begin, end; /* both at the beginning of a record */
    uint64_t word[WATCH_RING_WORDS];
};
_Static_assert(sizeof(struct watch_ring) == PROCESS_WATCH_BYTES, "whole pages");

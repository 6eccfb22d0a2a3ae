/* SPDX-License-Identifier: BSD-2-Clause */
/* What the peer is asked, a raw protocol; see peer.c. */
#pragma once

#include <stdint.h>

enum peer_op {
    PEER_ADD = 16, /* a, b -> a + b, badge */
    PEER_SUM,      /* bytes; window 0 -> sum of its bytes, outcome of the copy, bytes copied */
    PEER_FILL,     /* bytes, value; window 1 -> value in each byte; the same two */
    PEER_GIVE,     /* badge -> a capability to our endpoint with it; answers later calls */
    PEER_TAKE,     /* a notification: signalled, then dropped -> whether one came */
    PEER_WITHDRAW, /* revokes what PEER_GIVE has given */
    PEER_UNASKED,  /* answers with a capability whether one is accepted or not */
    PEER_HOLD,     /* never answered */
    PEER_LATER,    /* answered when the next call has been */
    PEER_TWICE,    /* answered twice -> outcome of the second, in the next PEER_ADD's second word */
    PEER_DIE,      /* a fault in the middle of it */
    PEER_CALL,     /* a capability, label: answered, then called through; that answer is dropped */
    PEER_MAP,      /* a region, pages, writable: taken and mapped -> error */
    PEER_UNMAP,    /* closes it */
    PEER_READ,     /* -> sum of its bytes */
    PEER_WRITE,    /* value: into each byte */
    PEER_MOVED,    /* a moved region, pages: adds one to each byte and moves it back */
    PEER_NOTE,     /* a notification, kept for the next two */
    PEER_UPS,      /* number: so many ups of the semaphore at the region's start, once answered */
    PEER_DOWNS,    /* likewise downs */
    PEER_CHANNEL,  /* a notification, record: begins to send in the region -> its own to signal */
    PEER_SEND,     /* count: so many messages, numbers from 0, once answered */
    PEER_SCRIBBLE, /* value, from, to: into these words of the region */
    PEER_LEFT,     /* -> bytes, slots left of its own */
};

struct peer_two {
    uint64_t a, b;
};

struct peer_copied {
    uint64_t sum, outcome, bytes;
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels: bounded queues of messages over shared memory. One receiver, up to eight senders, in
 * the same process or in others; each sender has a ring of its own, and the receiver takes from
 * them in turn. A side that has nothing to do waits on its notification; one that is awake is never
 * signalled. Messages can be sent in batches: written one by one, shown and signalled together.
 *
 *     receiver                                      sender
 *     channel_receiver_create(&rx)
 *     channel_ring_create(&rx, &shape, &n)
 *     ... gives rx.ring[n].shm, rx.signal ...       channel_sender_create(&tx, at, &shape, signal)
 *     channel_ring_connect(&rx, n, signal)          ... gives tx.signal ...
 *     channel_receive(&rx, ...)                     channel_send(&tx, ...)
 *
 * A ring's messages have one fixed length, or each its own. When a ring is full, a sender waits or
 * is told so, by its deadline. The other side is not trusted: what it scribbles over the shared
 * memory is found to be nonsense, and breaks that one ring, or is taken for messages; what it does
 * not do is waited for until a deadline. tests/model/channel.pml is a model of who sleeps and who
 * wakes whom.
 *
 * A receiver, and a sender, is used by one thread at a time.
 */
#pragma once

#include <channel/ring.h>
#include <ipc/cap.h>
#include <ipc/msg.h>
#include <shm/shm.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CHANNEL_RINGS_MAX = 8 };

/* What both sides agree on beforehand: no side believes the other's word for it. */
struct channel_shape {
    unsigned pages;  /* of shared memory, 1..SHM_PAGES_MAX */
    uint32_t record; /* bytes of each message, at most half the ring; 0: each has its own length */
};

struct channel_sender {
    struct ring ring;
    seL4_CPtr wait;          /* own notification */
    seL4_CPtr signal;        /* to be given to the receiver; 0: `wait` itself can signal */
    seL4_CPtr wake_receiver; /* signals the other side */
};

struct channel_ring {
    struct ring ring;
    struct shm shm;        /* to be given to the sender, writable */
    seL4_CPtr wake_sender; /* 0: not connected */
    bool used;
};

struct channel_receiver {
    struct channel_ring ring[CHANNEL_RINGS_MAX];
    unsigned next; /* the ring that is looked at first */
    seL4_CPtr wait, signal;
};

/* ---- the receiver ---- */

/* A receiver without rings. Errors as cap_create(). */
seL4_Error channel_receiver_create(struct channel_receiver *rx);

/**
 * Make a ring for one more sender.
 * @param number  out: which it is
 * @return seL4_NotEnoughMemory: also of more than CHANNEL_RINGS_MAX; seL4_RangeError: the shape
 */
seL4_Error channel_ring_create(struct channel_receiver *rx, const struct channel_shape *shape,
                               unsigned *number);

/* How to wake its sender: a capability to signal, which stays the caller's. */
void channel_ring_connect(struct channel_receiver *rx, unsigned number, seL4_CPtr wake_sender);

/* End a ring: its sender, wherever it is, loses the memory. What was not read is lost. */
void channel_ring_close(struct channel_receiver *rx, unsigned number);

void channel_receiver_destroy(struct channel_receiver *rx);

/**
 * Receive a message from any ring, in turn.
 *
 * @param room   for the message; what is longer is cut
 * @param bytes  out: its length, cut or not
 * @param from   out: which ring it is from
 * @return MSG_OK; MSG_DEADLINE; MSG_INTERRUPTED; MSG_BROKEN: ring *from is broken, told once;
 *         nothing comes from it any more
 */
enum msg_outcome channel_receive(struct channel_receiver *rx, void *data, size_t room,
                                 size_t *bytes, unsigned *from, msg_time until)
    __attribute__((warn_unused_result));

/* ---- the sender ---- */

/**
 * Begin to send.
 *
 * @param memory  the ring's, mapped here, shape->pages pages
 * @param wake_receiver  a capability to signal; stays the caller's
 * @return seL4_RangeError: the shape; as cap_create()
 */
seL4_Error channel_sender_create(struct channel_sender *tx, void *memory,
                                 const struct channel_shape *shape, seL4_CPtr wake_receiver);

/* The same with a notification of the caller's to wait on, and nothing made. False: the shape. */
bool channel_sender_open(struct channel_sender *tx, void *memory, const struct channel_shape *shape,
                         seL4_CPtr wake_receiver, seL4_CPtr wait);

/* After channel_sender_create(). The memory stays the caller's. */
void channel_sender_destroy(struct channel_sender *tx);

/**
 * Send a message: write it, show it, wake the receiver if it waits.
 *
 * @param until  when the ring is full: wait for room; MSG_NOW: don't
 * @return MSG_OK; MSG_DEADLINE: no room; MSG_INTERRUPTED; MSG_INVALID: longer than the ring takes,
 *         or not of its fixed length; MSG_BROKEN: the receiver has written nonsense
 */
enum msg_outcome channel_send(struct channel_sender *tx, const void *data, size_t bytes,
                              msg_time until) __attribute__((warn_unused_result));

/* The same, but nobody is told before channel_flush(), or before there is no room any more. */
enum msg_outcome channel_put(struct channel_sender *tx, const void *data, size_t bytes,
                             msg_time until) __attribute__((warn_unused_result));
void channel_flush(struct channel_sender *tx);

#ifdef __cplusplus
}
#endif

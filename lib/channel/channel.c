/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits says so in the ring, looks once more, and sleeps; whoever changes something looks for
 * such a wish afterwards. A signal that comes too early is kept by the notification; one that comes
 * without need makes the other side look once in vain.
 */
#include <channel/channel.h>

/* ---- the sender ---- */

bool channel_sender_open(struct channel_sender *tx, void *memory, const struct channel_shape *shape,
                         seL4_CPtr wake_receiver, seL4_CPtr wait)
{
    *tx = (struct channel_sender){ .wait = wait, .wake_receiver = wake_receiver };
    return ring_open(&tx->ring, memory, (size_t)shape->pages * SHM_PAGE, shape->record);
}

seL4_Error channel_sender_create(struct channel_sender *tx, void *memory,
                                 const struct channel_shape *shape, seL4_CPtr wake_receiver)
{
    if (!channel_sender_open(tx, memory, shape, wake_receiver, 0))
        return seL4_RangeError;
    seL4_Error error = notification_create(&tx->wait);
    if (error != seL4_NoError)
        return error;
    error = cap_mint(tx->wait, CAP_SEND, 1, &tx->signal);
    if (error != seL4_NoError)
        (void)cap_delete(tx->wait);
    return error;
}

void channel_sender_destroy(struct channel_sender *tx)
{
    (void)cap_delete(tx->signal);
    (void)cap_delete(tx->wait);
}

void channel_flush(struct channel_sender *tx)
{
    if (tx->ring.shown != tx->ring.at && ring_show_tail(&tx->ring))
        msg_notify(tx->wake_receiver);
}

/* Sleep until the receiver has made room, half the ring at once if it can. */
static enum msg_outcome room_await(struct channel_sender *tx, uint32_t bytes, msg_time until)
{
    uint32_t half = tx->ring.capacity / 2;
    enum msg_outcome outcome = MSG_OK;
    seL4_Word bits;

    channel_flush(tx);
    if (ring_want(&tx->ring, bytes > half ? bytes : half)) {
        outcome = msg_wait(tx->wait, until, &bits);
        ring_want_no_more(&tx->ring);
    }
    return outcome;
}

enum msg_outcome channel_put(struct channel_sender *tx, const void *data, size_t bytes,
                             msg_time until)
{
    enum msg_outcome outcome = MSG_OK;

    for (;;) {
        switch (ring_write(&tx->ring, data, bytes)) {
        case RING_OK: return MSG_OK;
        case RING_LONG: return MSG_INVALID;
        case RING_BROKEN: return MSG_BROKEN;
        case RING_EMPTY: break;
        }
        if (outcome != MSG_OK || until == MSG_NOW)
            return until == MSG_NOW ? MSG_DEADLINE : outcome;
        outcome = room_await(tx, ring_bytes(&tx->ring, bytes), until);
    }
}

enum msg_outcome channel_send(struct channel_sender *tx, const void *data, size_t bytes,
                              msg_time until)
{
    enum msg_outcome outcome = channel_put(tx, data, bytes, until);

    channel_flush(tx);
    return outcome;
}

/* ---- the receiver ---- */

seL4_Error channel_receiver_create(struct channel_receiver *rx)
{
    *rx = (struct channel_receiver){ .next = 0 };
    seL4_Error error = notification_create(&rx->wait);
    if (error != seL4_NoError)
        return error;
    error = cap_mint(rx->wait, CAP_SEND, 1, &rx->signal);
    if (error != seL4_NoError)
        (void)cap_delete(rx->wait);
    return error;
}

seL4_Error channel_ring_create(struct channel_receiver *rx, const struct channel_shape *shape,
                               unsigned *number)
{
    unsigned n = 0;

    while (n < CHANNEL_RINGS_MAX && rx->ring[n].used)
        n++;
    if (n == CHANNEL_RINGS_MAX)
        return seL4_NotEnoughMemory;
    struct channel_ring *r = &rx->ring[n];
    seL4_Error error = shm_create(&r->shm, shape->pages);
    if (error != seL4_NoError)
        return error;
    if (!ring_open(&r->ring, r->shm.at, (size_t)shape->pages * SHM_PAGE, shape->record)) {
        shm_close(&r->shm);
        return seL4_RangeError;
    }
    r->used = true;
    r->wake_sender = 0;
    *number = n;
    return seL4_NoError;
}

void channel_ring_connect(struct channel_receiver *rx, unsigned number, seL4_CPtr wake_sender)
{
    rx->ring[number].wake_sender = wake_sender;
}

void channel_ring_close(struct channel_receiver *rx, unsigned number)
{
    if (number >= CHANNEL_RINGS_MAX || !rx->ring[number].used)
        return;
    rx->ring[number].used = false;
    shm_close(&rx->ring[number].shm);
}

void channel_receiver_destroy(struct channel_receiver *rx)
{
    for (unsigned n = 0; n < CHANNEL_RINGS_MAX; n++)
        channel_ring_close(rx, n);
    (void)cap_delete(rx->signal);
    (void)cap_delete(rx->wait);
}

static bool is_live(const struct channel_ring *r)
{
    return r->used && !r->ring.broken;
}

static void head_show(struct channel_ring *r, bool all)
{
    if (ring_show_head(&r->ring, all) && r->wake_sender != 0)
        msg_notify(r->wake_sender);
}

/* Take from the first ring, from `next` on, that has something. MSG_DEADLINE: none has. */
static enum msg_outcome take(struct channel_receiver *rx, void *data, size_t room, size_t *bytes,
                             unsigned *from)
{
    for (unsigned i = 0; i < CHANNEL_RINGS_MAX; i++) {
        unsigned n = (rx->next + i) % CHANNEL_RINGS_MAX;
        struct channel_ring *r = &rx->ring[n];
        if (!is_live(r))
            continue;
        enum ring_result result = ring_read(&r->ring, data, room, bytes);
        if (result == RING_EMPTY)
            continue;
        *from = n;
        rx->next = n + 1;
        if (result == RING_BROKEN)
            return MSG_BROKEN;
        head_show(r, false);
        return MSG_OK;
    }
    return MSG_DEADLINE;
}

/* Wish to be woken by all senders; false: one of them has sent something meanwhile. */
static bool sleep_prepare(struct channel_receiver *rx)
{
    bool nothing = true;

    for (unsigned n = 0; n < CHANNEL_RINGS_MAX && nothing; n++)
        if (is_live(&rx->ring[n]))
            nothing = ring_await(&rx->ring[n].ring);
    return nothing;
}

static void sleep_end(struct channel_receiver *rx)
{
    for (unsigned n = 0; n < CHANNEL_RINGS_MAX; n++)
        if (is_live(&rx->ring[n]))
            ring_await_no_more(&rx->ring[n].ring);
}

enum msg_outcome channel_receive(struct channel_receiver *rx, void *data, size_t room,
                                 size_t *bytes, unsigned *from, msg_time until)
{
    enum msg_outcome waited = MSG_OK;
    seL4_Word bits;

    *bytes = 0;
    for (;;) {
        enum msg_outcome outcome = take(rx, data, room, bytes, from);
        if (outcome != MSG_DEADLINE)
            return outcome;
        /* Nothing is left: senders that wait for room have to know before we sleep. */
        for (unsigned n = 0; n < CHANNEL_RINGS_MAX; n++)
            if (is_live(&rx->ring[n]))
                head_show(&rx->ring[n], true);
        if (waited != MSG_OK || until == MSG_NOW)
            return until == MSG_NOW ? MSG_DEADLINE : waited;
        if (sleep_prepare(rx))
            waited = msg_wait(rx->wait, until, &bits);
        sleep_end(rx);
    }
}

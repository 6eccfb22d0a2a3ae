/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Producer and consumer over a channel: asynchronous, bounded, in batches. The producer is ahead
 * at times and waits when the ring is full; the consumer sleeps when it is empty. Signals are sent
 * only to one who sleeps.
 */
#include <channel/channel.h>
#include <pthread.h>
#include <stdio.h>

enum { READINGS = 1000, BATCH = 20 };

struct reading {
    uint64_t number, value;
};

static const struct channel_shape shape = { .pages = 1, .record = sizeof(struct reading) };
static struct channel_receiver receiver;
static struct channel_sender sender;

static void *produce(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; i < READINGS; i++) {
        struct reading r = { i, i * i };
        if (channel_put(&sender, &r, sizeof r, MSG_FOREVER) != MSG_OK)
            break;
        if (i % BATCH == BATCH - 1)
            channel_flush(&sender);
    }
    channel_flush(&sender);
    return NULL;
}

int main(void)
{
    uint64_t sum = 0, count = 0;
    struct reading r;
    unsigned ring, from;
    pthread_t thread;
    size_t bytes;

    if (channel_receiver_create(&receiver) != seL4_NoError ||
        channel_ring_create(&receiver, &shape, &ring) != seL4_NoError ||
        channel_sender_create(&sender, receiver.ring[ring].shm.at, &shape, receiver.signal) !=
            seL4_NoError)
        return 1;
    channel_ring_connect(&receiver, ring, sender.signal);
    if (pthread_create(&thread, NULL, produce, NULL) != 0)
        return 1;
    while (count < READINGS &&
           channel_receive(&receiver, &r, sizeof r, &bytes, &from, msg_in_us(1000000)) == MSG_OK) {
        sum += r.value;
        count++;
    }
    (void)pthread_join(thread, NULL);
    printf("%lu readings, sum %lu\n", count, sum);
    channel_sender_destroy(&sender);
    channel_receiver_destroy(&receiver);
    return 0;
}

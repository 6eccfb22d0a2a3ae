/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels: between threads, from several senders, in batches, and with a peer that scribbles. */
#include "peer.h"
#include "sdk.h"

#include <channel/channel.h>
#include <ipc/message.h>
#include <stdlib.h>

enum { SENDERS = 3, EACH = 2000 };

static struct channel_receiver rx;
static struct channel_sender tx[SENDERS];
static unsigned number[SENDERS];
static unsigned flush_each; /* messages in a batch */

/* A ring between this process's own two sides. */
static bool connect(unsigned i, const struct channel_shape *shape)
{
    if (channel_ring_create(&rx, shape, &number[i]) != seL4_NoError ||
        channel_sender_create(&tx[i], rx.ring[number[i]].shm.at, shape, rx.signal) != seL4_NoError)
        return false;
    channel_ring_connect(&rx, number[i], tx[i].signal);
    return true;
}

static void disconnect(unsigned senders)
{
    for (unsigned i = 0; i < senders; i++)
        channel_sender_destroy(&tx[i]);
    channel_receiver_destroy(&rx);
}

static void test_one(void)
{
    const struct channel_shape shape = { 1, 0 }, fixed = { 1, 16 }, wrong = { 1, 4000 };
    char text[100];
    size_t bytes;
    unsigned from, none;

    check(channel_receiver_create(&rx) == seL4_NoError && connect(0, &shape) && connect(1, &fixed),
          "channel: a receiver and two rings");
    check(channel_ring_create(&rx, &wrong, &none) == seL4_RangeError, "channel: a bad shape");
    check(channel_receive(&rx, text, sizeof text, &bytes, &from, MSG_NOW) == MSG_DEADLINE &&
              channel_receive(&rx, text, sizeof text, &bytes, &from, msg_in_us(300)) ==
                  MSG_DEADLINE,
          "channel: nothing is there");
    check(channel_send(&tx[0], "hello", 6, MSG_NOW) == MSG_OK &&
              channel_receive(&rx, text, sizeof text, &bytes, &from, MSG_FOREVER) == MSG_OK &&
              bytes == 6 && strcmp(text, "hello") == 0 && from == number[0],
          "channel: a message");
    check(channel_send(&tx[1], "hello", 6, MSG_NOW) == MSG_INVALID &&
              channel_send(&tx[0], text, 5000, MSG_NOW) == MSG_INVALID,
          "channel: of the wrong length, or too long");
    unsigned sent = 0;
    while (channel_send(&tx[1], text, 16, MSG_NOW) == MSG_OK)
        sent++;
    check(sent == 248, "channel: full, and told so");
    check(channel_send(&tx[1], text, 16, msg_in_us(300)) == MSG_DEADLINE,
          "channel: or waited for until a deadline");
    check(channel_send(&tx[0], "other", 6, MSG_NOW) == MSG_OK, "channel: another ring has room");
    unsigned before_it = 0;
    while (channel_receive(&rx, text, sizeof text, &bytes, &from, MSG_NOW) == MSG_OK &&
           from == number[1])
        before_it++;
    check(before_it <= 1, "channel: which is read in turn, not after all of the full one");
    disconnect(2);
}

static void *send_all(void *of)
{
    unsigned i = (unsigned)(uintptr_t)of;

    for (uint64_t n = 0; n < EACH; n++) {
        uint64_t m[2] = { i, n };
        if (channel_put(&tx[i], m, sizeof m, MSG_FOREVER) != MSG_OK)
            break;
        if (n % flush_each == 0)
            channel_flush(&tx[i]);
    }
    channel_flush(&tx[i]);
    return NULL;
}

static bool receive_all(unsigned senders)
{
    uint64_t next[SENDERS] = { 0 }, m[2];
    size_t bytes;
    unsigned from, wrong = 0;

    for (unsigned n = 0; n < senders * EACH && wrong == 0; n++) {
        wrong += channel_receive(&rx, m, sizeof m, &bytes, &from, msg_in_us(5000000)) != MSG_OK;
        wrong += bytes != sizeof m || m[0] >= senders || from != number[m[0] % SENDERS] ||
                 m[1] != next[m[0] % SENDERS]++;
    }
    return wrong == 0;
}

static void test_senders(unsigned batch, uint32_t record, const char *name)
{
    const struct channel_shape shape = { 1, record };
    pthread_t thread[SENDERS];
    bool good = channel_receiver_create(&rx) == seL4_NoError;

    flush_each = batch;
    for (unsigned i = 0; i < SENDERS; i++)
        good = connect(i, &shape) ? good : false;
    for (unsigned i = 0; i < SENDERS; i++)
        thread[i] = thread_start(send_all, (void *)(uintptr_t)i);
    check(receive_all(SENDERS) ? good : false, name);
    for (unsigned i = 0; i < SENDERS; i++)
        thread_join(thread[i]);
    disconnect(SENDERS);
}

/* A message to a receiver that is awake must not signal: the notification would keep it. */
static void test_no_signal(void)
{
    const struct channel_shape shape = { 1, 8 };
    uint64_t word = 0;
    seL4_Word bits;
    size_t bytes;
    unsigned from, wrong = 0;

    (void)channel_receiver_create(&rx);
    (void)connect(0, &shape);
    for (word = 0; word < 50; word++)
        wrong += channel_send(&tx[0], &word, 8, MSG_NOW) != MSG_OK;
    check(wrong == 0 && msg_wait(rx.wait, MSG_NOW, &bits) == MSG_DEADLINE,
          "channel: 50 messages to one who is awake, and no signal");
    (void)ring_await(&rx.ring[number[0]].ring); /* as if it had found nothing and slept */
    rx.ring[number[0]].ring.shared->receiver_waits = 1;
    for (word = 0; word < 10; word++)
        wrong += channel_put(&tx[0], &word, 8, MSG_NOW) != MSG_OK;
    check(wrong == 0 && msg_wait(rx.wait, MSG_NOW, &bits) == MSG_DEADLINE,
          "channel: a batch is not told of piece by piece");
    channel_flush(&tx[0]);
    check(msg_wait(rx.wait, MSG_NOW, &bits) == MSG_OK, "channel: but once, at its end");
    channel_flush(&tx[0]);
    check(msg_wait(rx.wait, MSG_NOW, &bits) == MSG_DEADLINE, "channel: and not again");
    for (word = 0; channel_receive(&rx, &bits, 8, &bytes, &from, MSG_NOW) == MSG_OK;)
        word++;
    check(word == 60, "channel: all of them come");
    disconnect(1);
}

/* ---- another process ---- */

static seL4_CPtr peer;

static uint64_t ask(struct msg *m)
{
    m->room = NULL;
    return msg_call(peer, m, MSG_FOREVER) == MSG_OK ? m->tag : 1000;
}

static void ask_words(unsigned op, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c };
    struct msg m = MSG_TELL(op, word);

    (void)ask(&m);
}

/* Let the peer send into a new ring; the capability to wake it. */
static seL4_CPtr peer_begin(const struct channel_shape *shape)
{
    seL4_CPtr region = 0;
    struct peer_two two = { shape->pages, 1 };
    struct msg m = MSG_TELL(PEER_MAP, two);

    (void)channel_receiver_create(&rx);
    (void)channel_ring_create(&rx, shape, &number[0]);
    (void)shm_give(&rx.ring[number[0]].shm, true, &region);
    m.gives = 1;
    m.give[0] = region;
    (void)ask(&m);
    (void)cap_delete(region);
    two = (struct peer_two){ shape->record, 0 };
    m = (struct msg)MSG_TELL(PEER_CHANNEL, two);
    m.gives = 1;
    m.give[0] = rx.signal;
    m.accept = true;
    (void)ask(&m);
    channel_ring_connect(&rx, number[0], m.taken);
    return m.taken;
}

static void peer_end(seL4_CPtr wake)
{
    ask_words(PEER_UNMAP, 0, 0, 0);
    channel_receiver_destroy(&rx);
    if (wake != SLOT_NULL)
        (void)cap_delete(wake);
}

static void test_process(void)
{
    const struct channel_shape shape = { 1, 0 };
    uint64_t word;
    size_t bytes;
    unsigned from, wrong = 0;
    seL4_CPtr wake = peer_begin(&shape);

    check(wake != SLOT_NULL, "channel: from another process");
    ask_words(PEER_SEND, 3000, 0, 0);
    for (uint64_t i = 0; i < 3000 && wrong == 0; i++) {
        wrong += channel_receive(&rx, &word, 8, &bytes, &from, msg_in_us(5000000)) != MSG_OK;
        wrong += bytes != 8 || word != i;
    }
    check(wrong == 0, "channel: 3000 messages of it, twelve times what fits");
    peer_end(wake);
}

static void test_scribbling(void)
{
    const struct channel_shape shape = { 1, 0 };
    uint64_t word;
    size_t bytes;
    unsigned from = 99, seed = 5, broken = 0;
    seL4_CPtr wake = peer_begin(&shape);

    ask_words(PEER_SEND, 20, 0, 0);
    sleep_us(2000);
    (void)!channel_receive(&rx, &word, 8, &bytes, &from, MSG_NOW);
    ask_words(PEER_SCRIBBLE, ~0ull, 0, 512);
    while (channel_receive(&rx, &word, 8, &bytes, &from, MSG_NOW) == MSG_OK)
        continue;
    check(rx.ring[number[0]].ring.broken, "channel: one who scribbles breaks his ring");
    check(channel_receive(&rx, &word, 8, &bytes, &from, msg_in_us(500)) == MSG_DEADLINE,
          "channel: of which nothing comes any more");
    peer_end(wake);
    for (int i = 0; i < 30; i++) {
        wake = peer_begin(&shape);
        ask_words(PEER_SEND, 20, 0, 0);
        sleep_us(300);
        for (int k = 0; k < 10; k++) {
            seed = seed * 1103515245 + 12345;
            uint64_t at = (seed >> 16) % 20;
            ask_words(PEER_SCRIBBLE, seed >> 12, at, at + 1);
            broken += channel_receive(&rx, &word, 8, &bytes, &from, MSG_NOW) == MSG_BROKEN;
        }
        peer_end(wake);
    }
    check(broken > 0, "channel: scribbled over at random, we live");
}

static void test_peer_dies(void)
{
    const struct channel_shape shape = { 1, 8 };
    uint64_t word;
    size_t bytes;
    unsigned from;
    seL4_CPtr wake = peer_begin(&shape);
    struct msg m = { .label = PEER_DIE };

    (void)ask(&m);
    check(channel_receive(&rx, &word, 8, &bytes, &from, msg_in_us(500)) == MSG_DEADLINE,
          "channel: one whose sender has died is waited for until the deadline");
    channel_receiver_destroy(&rx);
    (void)cap_delete(wake);
}

void test_channel(void)
{
    struct left before = left_now();

    peer = process_cap(PROCESS_CAP_ENDPOINT, "peer")->slot;
    test_one();
    test_senders(1, 16, "channel: three senders, 2000 messages each, one by one");
    test_senders(1, 0, "channel: the same with lengths of their own");
    test_senders(32, 16, "channel: the same in batches of 32");
    test_senders(5000, 16, "channel: the same in batches longer than the ring");
    test_no_signal();
    check(left_same(before), "channel: nothing is left behind");
    test_process();
    test_scribbling();
    test_peer_dies();
    check(left_same(before), "channel: nor by those to another process");
}

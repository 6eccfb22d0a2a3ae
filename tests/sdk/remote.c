/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to another process, also one that behaves badly. */
#include "peer.h"
#include "sdk.h"

#include <ipc/message.h>
#include <stdlib.h>

static seL4_CPtr peer;

static struct peer_two left_of_peer(void)
{
    struct peer_two left = { 0, 0 };
    struct msg m = MSG_ASK(PEER_LEFT, left);

    (void)!msg_call(peer, &m, MSG_FOREVER);
    return left;
}

static void test_session(void)
{
    struct session s, none;
    struct peer_two two = { 20, 22 };
    uint64_t sum[2] = { 0, 0 };
    struct msg m = MSG(PEER_ADD, two, sum);

    check(session_connect("nobody", &none, MSG_FOREVER) == MSG_DEAD, "a service that is not ours");
    check(session_connect("peer", &s, MSG_FOREVER) == MSG_OK && s.own && s.cap >= SLOT_FREE,
          "a session of our own");
    check(msg_call(s.cap, &m, MSG_FOREVER) == MSG_OK && sum[0] == 42 && sum[1] == 77,
          "the server knows it by its badge");
    struct msg withdraw = { .label = PEER_WITHDRAW };
    (void)!msg_call(peer, &withdraw, MSG_FOREVER);
    seL4_CPtr copy;
    check(cap_derive(s.cap, CAP_ALL, &copy) == seL4_FailedLookup, "which the server can end");
    session_close(&s);
    session_close(&s);
    check(!s.own, "a session is closed once");
}

static enum msg_outcome window_call(unsigned op, void *at, size_t bytes, size_t asked, bool right,
                                    struct peer_copied *copied)
{
    struct peer_two two = { asked, 0x5a };
    struct msg m = MSG(op, two, *copied);

    m.words = 2;
    m.windows = op == PEER_SUM ? 1 : 2;
    m.window[m.windows - 1] =
        (struct msg_window){ at, bytes, op == PEER_SUM && right, op == PEER_FILL && right };
    /* With two windows no word is left for data: the first one's words are them. */
    if (op == PEER_FILL)
        m.window[0] = (struct msg_window){ (void *)asked, 0x5a, false, false };
    return msg_call(peer, &m, MSG_FOREVER);
}

static void test_windows(void)
{
    enum { BYTES = 12345 };
    static uint8_t bytes[BYTES + 2];
    struct peer_copied c;
    uint64_t sum = 0;

    for (unsigned i = 0; i < BYTES; i++)
        sum += bytes[i] = (uint8_t)(i * 7);
    check(window_call(PEER_SUM, bytes, BYTES, BYTES, true, &c) == MSG_OK && c.outcome == MSG_OK &&
              c.bytes == BYTES && c.sum == sum,
          "a window is read, into two parts");
    check(window_call(PEER_SUM, bytes, BYTES, 0, true, &c) == MSG_OK && c.outcome == MSG_OK &&
              c.bytes == 0,
          "nothing of it is");
    check(window_call(PEER_SUM, bytes, BYTES, BYTES + 1, true, &c) == MSG_OK &&
              c.outcome == MSG_RANGE,
          "not beyond its end");
    check(window_call(PEER_SUM, bytes, BYTES, BYTES, false, &c) == MSG_OK &&
              c.outcome == MSG_RANGE && c.bytes == 0,
          "nor without the right");
    check(window_call(PEER_SUM, (void *)0x3f000000, 4096, 4096, true, &c) == MSG_OK &&
              c.outcome == MSG_TOUCH,
          "where we have no page, we are told to touch it");
    bytes[BYTES] = bytes[BYTES + 1] = 1;
    check(window_call(PEER_FILL, bytes, BYTES, BYTES, true, &c) == MSG_OK && c.outcome == MSG_OK &&
              bytes[0] == 0x5a && bytes[BYTES - 1] == 0x5a && bytes[BYTES] == 1,
          "a window is written, and nothing beyond it");
    check(window_call(PEER_FILL, (void *)(uintptr_t)window_call, 64, 64, true, &c) == MSG_OK &&
              c.outcome == MSG_TOUCH,
          "what we can't write ourselves is not written for us");
}

static void test_bad_peer(void)
{
    struct left before = left_now();
    struct msg m = { .label = PEER_UNASKED };
    struct peer_two two = { 1, 2 };
    uint64_t sum[3] = { 0, 0, 0 };
    unsigned wrong = 0;

    for (int i = 0; i < 20; i++) {
        m = (struct msg){ .label = PEER_UNASKED };
        wrong += !(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && m.taken == 0);
    }
    check(wrong == 0 && left_same(before), "capabilities that nobody asked for don't arrive");
    m = (struct msg){ .label = PEER_HOLD };
    check(msg_call(peer, &m, msg_in_us(2000)) == MSG_DEADLINE, "an answer that never comes");
    m = (struct msg)MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[0] == 3,
          "the server goes on with others");
    m = (struct msg){ .label = PEER_TWICE };
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK, "an answer that is given twice");
    m = (struct msg)MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[2] == MSG_GONE,
          "comes once, and the server is told");
    m = (struct msg){ .label = 4711 };
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && m.tag == IPC_UNKNOWN,
          "an operation that does not exist");
}

static void *call_later(void *outcome)
{
    struct msg m = { .label = PEER_LATER };

    *(enum msg_outcome *)outcome = msg_call(peer, &m, MSG_FOREVER);
    return NULL;
}

static void test_later(void)
{
    enum msg_outcome outcome = MSG_INVALID;
    struct peer_two two = { 1, 2 };
    uint64_t sum[3] = { 0, 0, 0 };
    pthread_t thread = thread_start(call_later, &outcome);

    sleep_us(3000);
    check(outcome == MSG_INVALID, "the answer is owed");
    struct msg m = MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[0] == 3, "others are answered first");
    thread_join(thread);
    check(outcome == MSG_OK, "and it comes after them");
}

static void test_give(void)
{
    seL4_CPtr note, give;
    seL4_Word bits = 0;
    uint64_t came = 0;
    unsigned wrong = 0;

    (void)notification_create(&note);
    (void)cap_mint(note, CAP_SEND, 32, &give);
    struct msg m = MSG_ASK(PEER_TAKE, came);
    m.gives = 1;
    m.give[0] = give;
    (void)!msg_call(peer, &m, MSG_FOREVER);
    (void)!msg_wait(note, MSG_NOW, &bits);
    struct peer_two before = left_of_peer();
    for (int i = 0; i < 300; i++) {
        m = (struct msg)MSG_ASK(PEER_TAKE, came);
        m.gives = 1;
        m.give[0] = give;
        wrong += !(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && came == 1 &&
                   msg_wait(note, MSG_NOW, &bits) == MSG_OK && bits == 32);
    }
    struct peer_two after = left_of_peer();
    check(wrong == 0, "300 notifications are handed over and signalled");
    check(after.a == before.a && after.b == before.b, "the server has lost nothing by it");
    m.gives = 0;
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && came == 0, "none is none");
    m.gives = 1;
    m.give[0] = cap_slot();
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && came == 0, "an empty slot is none");
    (void)cap_delete(m.give[0]);
    (void)cap_delete(give);
    (void)cap_delete(note);
}

static void test_death(void)
{
    struct peer_two two = { 1, 2 };
    uint64_t sum[3] = { 0, 0, 0 };
    struct msg m = { .label = PEER_DIE };

    check(msg_call(peer, &m, MSG_FOREVER) == MSG_DEAD, "the server dies in the middle of a call");
    m = (struct msg)MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[0] == 3,
          "the next call reaches the one that was started in its place");
}

void test_remote(void)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_ENDPOINT, "peer");

    if (cap == NULL)
        exit(1);
    peer = cap->slot;
    test_session();
    test_windows();
    test_bad_peer();
    test_later();
    test_give();
    test_death();
}

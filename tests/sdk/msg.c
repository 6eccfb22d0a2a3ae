/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between threads of one process. */
#include "sdk.h"

#include <idl/init.h>
#include <ipc/message.h>

enum { ADD = 16, TAKE_CAP, STOP };

struct two {
    uint64_t a, b;
};
struct long_one {
    uint64_t word[MSG_WORDS_MAX];
};

static seL4_CPtr endpoint, client, reply;

static void add_answer(struct msg *m, const struct long_one *in, struct long_one *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < m->came; i++)
        out->word[i] = in->word[i] + 1;
    msg_answer(m, m->badge, out, m->came);
}

/* Adds one to each word that comes; gives a capability back that comes. */
static void *serve(void *unused)
{
    static struct long_one in, out;
    struct msg m = MSG_ROOM(in);
    bool stop = false;

    (void)unused;
    m.accept = true;
    if (msg_receive(endpoint, reply, &m, MSG_FOREVER) != MSG_OK)
        return NULL;
    while (!stop) {
        seL4_CPtr taken = m.taken;
        stop = m.tag == STOP;
        add_answer(&m, &in, &out);
        if (taken != SLOT_NULL)
            m.give[m.gives++] = taken;
        if (stop)
            (void)msg_reply(reply, &m);
        else if (msg_reply_receive(endpoint, reply, &m) != MSG_OK)
            stop = true;
        if (taken != SLOT_NULL)
            (void)cap_delete(taken);
    }
    return NULL;
}

static void test_words(void)
{
    static struct long_one sent, got;
    unsigned wrong = 0;

    for (unsigned words = 0; words <= MSG_WORDS_MAX; words++) {
        for (unsigned i = 0; i < words; i++)
            sent.word[i] = words * 1000 + i;
        memset(&got, 0xaa, sizeof got);
        struct msg m = {
            .label = ADD, .data = &sent, .words = words, .room = &got, .room_words = MSG_WORDS_MAX
        };
        wrong += !(msg_call(client, &m, MSG_FOREVER) == MSG_OK && m.came == words && m.tag == 21 &&
                   m.caps == 0 && m.taken == 0);
        for (unsigned i = 0; i < MSG_WORDS_MAX; i++)
            wrong += !(got.word[i] == (i < words ? words * 1000 + i + 1 : 0xaaaaaaaaaaaaaaaa));
    }
    check(wrong == 0, "calls with 0 to 120 words, and nothing beyond them is written");

    struct two two = { 1, 2 };
    uint64_t first = 0, beyond = 5;
    struct msg m = MSG(ADD, two, first);
    check(msg_call(client, &m, MSG_FOREVER) == MSG_OK && m.came == 2 && first == 2 && beyond == 5,
          "an answer that is longer than its room is cut");
    m.words = 121;
    check(msg_call(client, &m, MSG_FOREVER) == MSG_INVALID, "121 words are refused");
    m.words = 2;
    m.gives = 4;
    check(msg_call(client, &m, MSG_FOREVER) == MSG_INVALID, "so are four capabilities");
    m.gives = 0;
    m.windows = 3;
    check(msg_call(client, &m, MSG_FOREVER) == MSG_INVALID, "and three windows");
    m.windows = 0;
    m.data = NULL;
    check(msg_call(client, &m, MSG_FOREVER) == MSG_INVALID, "and words that are nowhere");
}

static void test_capabilities(void)
{
    struct left before;
    seL4_CPtr note, give;
    seL4_Word bits;
    unsigned wrong = 0;

    (void)notification_create(&note);
    (void)cap_mint(note, CAP_SEND, 5, &give);
    struct msg warm = { .label = ADD, .gives = 1, .give = { give }, .accept = true };
    (void)!msg_call(client, &warm, MSG_FOREVER); /* each side keeps a slot to accept with */
    (void)cap_delete(warm.taken);
    before = left_now();
    for (int i = 0; i < 200; i++) {
        struct msg m = { .label = ADD, .gives = 1, .give = { give }, .accept = true };
        wrong += !(msg_call(client, &m, MSG_FOREVER) == MSG_OK && m.caps == 1 && m.taken != 0 &&
                   m.taken != give && m.unwrapped == 0);
        msg_notify(m.taken);
        wrong += !(msg_wait(note, MSG_NOW, &bits) == MSG_OK && bits == 5 &&
                   cap_delete(m.taken) == seL4_NoError);
    }
    check(wrong == 0, "200 capabilities go there and come back, each into a fresh slot");
    check(left_same(before), "and none is left");

    struct msg m = { .label = ADD, .gives = 1, .give = { give } };
    check(msg_call(client, &m, MSG_FOREVER) == MSG_OK && m.taken == 0 && m.caps == 0,
          "one that is not accepted stays behind");
    m = (struct msg){ .label = ADD, .gives = 2, .give = { client, client }, .accept = true };
    check(msg_call(client, &m, MSG_FOREVER) == MSG_OK, "the server's own arrive as badges");
    check(left_same(before), "and take no slot");
    (void)cap_delete(give);
    (void)cap_delete(note);
}

static void test_slots_gone(void)
{
    static seL4_CPtr held[1100];
    unsigned count = 0;
    seL4_CPtr note;
    struct msg m = { .label = ADD, .accept = true };

    (void)notification_create(&note);
    m.gives = 1;
    m.give[0] = note;
    (void)!msg_call(client, &m, MSG_FOREVER);
    seL4_CPtr last = m.taken;
    while ((held[count] = cap_slot()) != 0)
        count++;
    m = (struct msg){ .label = ADD, .accept = true };
    check(msg_call(client, &m, MSG_FOREVER) == MSG_NO_SLOT, "no slot to accept with: not called");
    for (unsigned i = 0; i < count; i++)
        (void)cap_delete(held[i]);
    check(msg_call(client, &m, MSG_FOREVER) == MSG_OK, "and called again when there is one");
    (void)cap_delete(last);
    (void)cap_delete(note);
}

static void test_waits(void)
{
    seL4_CPtr note, one, two, nobody;
    seL4_Word bits = 1;
    struct msg m = { .label = ADD };

    (void)notification_create(&note);
    (void)endpoint_create(&nobody);
    (void)cap_mint(note, CAP_SEND, 1, &one);
    (void)cap_mint(note, CAP_SEND, 2, &two);
    check(msg_wait(note, msg_in_us(300), &bits) == MSG_DEADLINE && bits == 0, "a wait ends");
    msg_notify(one);
    msg_notify(two);
    check(msg_wait(note, MSG_FOREVER, &bits) == MSG_OK && bits == 3, "two signals come as one");
    msg_time until = msg_in_us(500);
    check(msg_call(nobody, &m, until) == MSG_DEADLINE && msg_in_us(0) >= until,
          "a call that nobody takes ends, not before its time");
    check(msg_try_receive(nobody, reply, &m) == MSG_DEADLINE && m.came == 0 && m.taken == 0,
          "trying to receive finds nothing");
    check(msg_try_send(nobody, &m) == MSG_OK, "a send that nobody takes is dropped");
    (void)cap_delete(one);
    (void)cap_delete(two);
    (void)cap_delete(note);
    (void)cap_delete(nobody);
}

/* Signals of our own notification arrive where we wait for messages. */
static void test_both(void)
{
    seL4_CPtr own, ep;
    struct msg m = { 0 };

    (void)endpoint_create(&ep);
    (void)reply_create(&own);
    check(msg_receive(ep, own, &m, msg_in_us(200)) == MSG_DEADLINE, "neither message nor signal");
    (void)init_signal((struct init){ SLOT_INIT }, "sdk");
    check(msg_receive(ep, own, &m, MSG_FOREVER) == MSG_OK && msg_is_signal(&m) &&
              (m.badge & PROCESS_SIGNAL_INIT) != 0,
          "a signal arrives where we wait for messages");
    (void)cap_delete(ep);
    (void)cap_delete(own);
}

static void *send_one(void *to)
{
    struct two two = { 3, 4 };
    struct msg m = MSG_TELL(ADD, two);

    return (void *)(uintptr_t)msg_send(*(seL4_CPtr *)to, &m);
}

static void test_send(void)
{
    struct two two = { 0, 0 };
    struct msg m = MSG_ROOM(two);
    seL4_CPtr ep;

    (void)endpoint_create(&ep);
    pthread_t thread = thread_start(send_one, &ep);
    check(msg_receive(ep, SLOT_NULL, &m, MSG_FOREVER) == MSG_OK && m.tag == ADD && two.b == 4,
          "a send waits for who receives it");
    thread_join(thread);
    (void)cap_delete(ep);
}

void test_msg(void)
{
    struct left before = left_now();
    struct msg m = { .label = STOP };

    (void)endpoint_create(&endpoint);
    (void)reply_create(&reply);
    (void)cap_mint(endpoint, CAP_CALL_GRANT, 21, &client);
    pthread_t server = thread_start(serve, NULL);
    test_words();
    test_capabilities();
    test_slots_gone();
    check(msg_call(client, &m, MSG_FOREVER) == MSG_OK, "the server ends");
    thread_join(server);
    check(msg_reply(reply, &m) == MSG_GONE, "nobody waits for a second answer");
    test_waits();
    test_both();
    test_send();
    (void)cap_delete(client);
    (void)cap_delete(reply);
    (void)cap_delete(endpoint);
    before.slots -= 2; /* of two threads, to accept with */
    check(left_same(before), "messages leave nothing behind");
}

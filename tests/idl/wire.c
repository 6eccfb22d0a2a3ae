/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that are not as they should be: refused with the right error, never read past. */
#include "transport.h"

static const struct all all = { CAP_ALL };

static int refused(const struct message *m)
{
    return CALL_ERRNO_OF(transport_send(CAP_ALL, m) >> 12);
}

/* Each of these has left a good request in transport.request. */
static void ask_blob(void)
{
    char data[60] = "some data", back[100];
    size_t bytes;
    uint32_t b;
    (void)all_blob(all, 1, data, sizeof data - 3, back, sizeof back, &bytes, &b);
}

static void ask_points(void)
{
    struct point p[3] = { { .x = 1 }, { .x = 2 }, { .x = 3 } }, one = { .x = 4 }, last;
    size_t count;
    (void)all_points(all, p, 3, &one, p, 3, &count, &last);
}

static void ask_both(void)
{
    static char data[400];
    size_t bytes;
    uint64_t n;
    (void)all_both(all, 1, 2, 3, data, 100, "name", data, 200, &bytes, &n);
}

static void ask_info(void)
{
    struct info info = { .size = 10, .used = 20, .name = "name", .id = { 1, 2, 3, 4, 5 } };
    struct back out;
    char remark[21];
    (void)all_info(all, &info, "a note", &out, remark, sizeof remark);
}

static void ask_add(void)
{
    uint64_t sum;
    (void)all_add(all, 1, 2, &sum);
}

static void (*const asks[])(void) = { ask_add, ask_blob, ask_points, ask_both, ask_info };

static void cuts(void)
{
    bool good = true;

    for (unsigned k = 0; k < sizeof asks / sizeof asks[0]; k++) {
        transport_reset();
        asks[k]();
        struct message m = transport.request;
        unsigned whole = (unsigned)(m.info & 127);
        good &= refused(&m) == 0;
        for (unsigned n = 0; n < whole; n++) {
            m.info = (m.info & ~127ul) | n;
            good &= refused(&m) == EBADMSG;
        }
    }
    test_ok(good, "messages cut at every word");
}

/* Fewer data words than the server knows, as an older client sends: missing ones are zero. */
static void short_data(void)
{
    struct message m = { .info = CALL_INFO(CALL_LABEL(ALL_ID, 1) | CALL_COUNTS(1, 0), 1),
                         .word = { 7, STALE } };

    transport_reset();
    test_ok(refused(&m) == 0 && transport.answer.word[0] == 7, "missing words are zero");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 1), 0);
    test_ok(refused(&m) == 0 && transport.answer.word[0] == 0, "all of them");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 1) | CALL_COUNTS(5, 0), 5);
    test_ok(refused(&m) == 0, "unknown words that are zero");
    m.word[4] = 1;
    test_ok(refused(&m) == E2BIG, "unknown words that are not");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 1) | CALL_COUNTS(2, 0), 5);
    test_ok(refused(&m) == E2BIG, "words that no count speaks of");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 1) | CALL_COUNTS(127, 7), 127);
    test_ok(refused(&m) == EBADMSG, "longer than any message");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 200), 0);
    test_ok(refused(&m) == ENOSYS, "no such method");
    m.info = CALL_INFO(CALL_LABEL(0x7ff, 0), 0);
    test_ok(refused(&m) == ENOSYS, "no such interface");
    m.info = CALL_INFO(6, 4);
    test_ok(refused(&m) == ENOSYS, "a fault's label is no method");
}

/* Each bit of the data words of `small`, which has holes. */
static void holes(void)
{
    bool good = true;
    uint32_t a2;
    int64_t b2;
    bool c2;

    transport_reset();
    (void)all_small(all, 1, 2, true, false, COLOR_RED, &a2, &b2, &c2);
    struct message m = transport.request;
    for (unsigned bit = 0; bit < 64; bit++) {
        bool known = bit < 10 || (bit >= 16 && bit < 48);
        struct message one = m;
        one.word[0] ^= 1ul << bit;
        int e = refused(&one);
        good &= known ? e == 0 || (e == EINVAL && bit >= 32) : e == E2BIG;
    }
    test_ok(good, "a bit in a hole is refused, wherever");
    m.word[0] = 3ul << 32;
    test_ok(refused(&m) == EINVAL, "an enumerant that the server does not know");
}

static void texts(void)
{
    char back[41];

    transport_reset();
    (void)all_say(all, "hello", back, sizeof back);
    struct message m = transport.request, bad = m;
    /* capacity, length, then the text */
    test_ok(m.word[1] == 5 && memcmp(&m.word[2], "hello", 6) == 0, "where a text lies");
    memcpy(&bad.word[2], "he\0lo", 6);
    test_ok(refused(&bad) == EINVAL, "a zero inside a text");
    bad = m;
    ((char *)&bad.word[2])[5] = '!';
    test_ok(refused(&bad) != 0, "a text that is not terminated");
    bad = m;
    ((char *)&bad.word[2])[7] = 1;
    test_ok(refused(&bad) == E2BIG, "something behind its end");
    bad = m;
    bad.word[1] = 31;
    test_ok(refused(&bad) == EMSGSIZE, "longer than its maximum");
    bad.word[1] = ~0ul;
    test_ok(refused(&bad) == EMSGSIZE, "as long as can be said");
    bad.word[1] = 16;
    test_ok(refused(&bad) == EBADMSG, "longer than the message");
}

static void structs(void)
{
    transport_reset();
    ask_points();
    struct message m = transport.request, bad = m;
    /* capacity, two length words, three points of two words, one point */
    bad.word[1] = 3 | 120ul << 32;
    test_ok(refused(&bad) == EBADMSG, "elements longer than the message");
    bad.word[1] = 0xffffffff | 2ul << 32;
    test_ok(refused(&bad) == EMSGSIZE, "more elements than there may be");
    bad.word[1] = 3 | 0xffffffffull << 32;
    test_ok(refused(&bad) == EBADMSG, "elements of any length");
    bad = m;
    bad.word[2] = 2 | 2ul << 32;
    test_ok(refused(&bad) == EMSGSIZE, "two where there is one");
    bad = m;
    bad.word[3 + 1] |= 1ul << 60;
    test_ok(refused(&bad) == E2BIG, "a hole in an element");
}

static void windows(void)
{
    transport_reset();
    static char data[4000];
    uint64_t done;
    (void)all_write(all, 0, data, 3000, &done);
    struct message m = transport.request, bad = m;
    bad.info &= ~0xe00ul;
    test_ok(refused(&bad) == EINVAL, "a window that the kernel was not told of");
    bad = m;
    bad.word[3] &= ~MYELIN_WINDOW_READABLE;
    test_ok(refused(&bad) == EINVAL, "one that may not be read");
    bad = m;
    bad.word[3] = ~0ul;
    test_ok(refused(&bad) == ENOSPC, "one of all memory");
    bad = m;
    bad.word[2] = 0;
    test_ok(refused(&bad) == EMSGSIZE, "a length that should have been inline");
    bad.word[3] = 100 | MYELIN_WINDOW_READABLE;
    test_ok(refused(&bad) == EBADMSG, "inline bytes that are not there");
}

static void capabilities(void)
{
    transport_reset();
    ask_add();
    struct message m = transport.request;
    m.info |= 3ul << 7;
    __sel4_ipc_buffer->caps_or_badges[0] = CAP_OWN + 1;
    __sel4_ipc_buffer->caps_or_badges[1] = CAP_OWN + 2;
    __sel4_ipc_buffer->caps_or_badges[2] = CAP_OWN + 3;
    test_ok(refused(&m) == E2BIG, "three capabilities that nobody asked for");
    transport.server.receive_slot = 9;
    __sel4_ipc_buffer->caps_or_badges[0] = CAP_FOREIGN;
    test_ok(refused(&m) == E2BIG && transport.received_deleted == 1,
            "one that came into the receive slot is deleted");
    m.info = CALL_INFO(CALL_LABEL(ALL_ID, 16), 0);
    test_ok(refused(&m) == EINVAL, "a capability that is missing");
}

/* A server without a function for the method that a capability came for. */
static void absent(void)
{
    static const struct all_ops none = { .nothing = NULL };
    seL4_IPCBuffer buffer = { .caps_or_badges = { CAP_FOREIGN } };
    struct call c = { .buf = &buffer, .server = &transport.server };
    struct call_registers r = { .info = CALL_INFO(CALL_LABEL(ALL_ID, 17), 0) | 1 << 7 };

    transport_reset();
    transport.server.receive_slot = 9;
    test_ok(all_dispatch(&c, &r, &none) == 0 && r.info == CALL_REFUSAL(ENOSYS) &&
                transport.received_deleted == 1,
            "a method that is not there leaves no capability behind");
}

/* ---- answers ---- */

static struct message made_up;
static void answer_made_up(struct message *m)
{
    *m = made_up;
}

static void answers(void)
{
    char back[41];
    size_t bytes;
    uint64_t sum = 0;
    uint32_t b;
    bool good = true;

    transport_reset();
    (void)all_say(all, "hello", back, sizeof back);
    struct message right = transport.answer;
    transport.on_answer = answer_made_up;
    for (unsigned n = 0; n < (right.info & 127); n++) {
        made_up = right;
        made_up.info = (right.info & ~127ul) | n;
        good &= all_say(all, "hello", back, sizeof back) == EPROTO;
    }
    test_ok(good, "answers cut at every word");
    made_up = right, made_up.word[0] = ~0ul;
    test_ok(all_say(all, "hello", back, sizeof back) == EPROTO, "an answer longer than any room");
    made_up = right, made_up.word[0] = 41;
    test_ok(all_say(all, "hello", back, sizeof back) == EPROTO, "one longer than this room");
    made_up.info = CALL_ANSWER(1, 1), made_up.word[0] = 3;
    good = all_add(all, 1, 2, &sum) == 0 && sum == 3;
    made_up.info = CALL_ANSWER(2, 2);
    good &= all_add(all, 1, 2, &sum) == 0 && sum == 3;
    made_up.info = CALL_INFO(CALL_KIND_ANSWER << 12, 0);
    good &= all_add(all, 1, 2, &sum) == 0 && sum == 0;
    test_ok(good, "answers of newer and older servers: more words, fewer words");
    made_up.info = CALL_ANSWER(1, 0);
    test_ok(all_add(all, 1, 2, &sum) == EPROTO, "words that are not there");
    made_up.info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(1, 1), 2);
    made_up.word[0] = 5, made_up.word[1] = 101;
    test_ok(all_blob(all, 1, back, 3, back, 41, &bytes, &b) == EPROTO, "data longer than the room");
    made_up.word[1] = CALL_IN_WINDOW | 3;
    test_ok(all_blob(all, 1, back, 3, back, 41, &bytes, &b) == EPROTO,
            "a window where there is none");
    made_up.info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 1);
    made_up.word[0] = CALL_IN_WINDOW | 42;
    test_ok(all_read(all, 1, back, 41, &bytes) == EPROTO, "more in the window than it has");
}

/* What a server sends beyond its values is nothing of its stack. */
static void leaks(void)
{
    uint32_t a2;
    int64_t b2;
    bool c2, good;

    transport_reset();
    (void)all_small(all, 1, 2, true, false, COLOR_RED, &a2, &b2, &c2);
    good = (transport.request.word[0] & 0xffff00000000fc00ul) == 0;
    good &= (transport.answer.word[0] >> 33) == 0;
    ask_info();
    unsigned words = (unsigned)(transport.answer.info & 127);
    /* size, used, length, name (2), id (1), remark (1) */
    good &= words == 7 && transport.answer.word[1] >> 32 == 0 && transport.answer.word[4] == 0 &&
            transport.answer.word[5] >> 40 == 0 && transport.answer.word[6] >> 48 == 0;
    test_ok(good, "holes and padding are zero, both ways");
}

void test_wire(void)
{
    cuts();
    short_data();
    holes();
    texts();
    structs();
    windows();
    capabilities();
    absent();
    answers();
    leaks();
}

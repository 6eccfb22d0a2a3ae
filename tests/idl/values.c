/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes in on one side comes out on the other, at every length; what is too long is refused. */
#include "transport.h"

static const struct all all = { CAP_ALL };

static void numbers(void)
{
    uint64_t sum = 0;
    uint32_t a2;
    int64_t b2;
    bool c2;
    double product;

    transport_reset();
    test_ok(all_nothing(all) == 0 && seen.badge == 77, "a method without anything");
    test_ok(all_add(all, 2, 3, &sum) == 0 && sum == 5, "two numbers in, one out");
    test_ok(all_small(all, 200, -5, false, true, COLOR_DARK_BLUE, &a2, &b2, &c2) == 0 &&
                a2 == 201 && b2 == -6 && c2,
            "small numbers, bools and an enum in one word");
    test_ok(all_floats(all, 1.5f, 4.0, &product) == 0 && product == 6.0, "floats");
    test_ok(transport.request.word[1] != 4 && all_floats(all, 2.0f, 2.5, &product) == 0 &&
                product == 5.0 && transport.request.word[1] == 0,
            "a default value is zero on the wire");
    test_ok(all_five(all, 1, 2, 3, 4, 5, &sum) == 0 && sum == 54321, "more numbers than registers");
}

/* Those behind the registers are in the message. */
static void many_results(void)
{
    static const struct many one = { .a = 7 },
                             each = { .a = 1, .b = 2, .c = 3, .d = 4, .e = 5, .f = 6, .g = 7 };
    struct many m;

    transport_reset();
    memset(&m, 0xaa, sizeof m);
    test_ok(all_many(all, 1, true, &m) == 0 && memcmp(&m, &each, sizeof m) == 0,
            "a struct of more words than registers");
    test_ok(all_many(all, 7, false, &m) == 0 && memcmp(&m, &one, sizeof m) == 0,
            "what a handler does not set of it is zero");
    transport.outcomes = 2, transport.answer_kind = CALL_KIND_AGAIN;
    test_ok(all_many(all, 1, true, &m) == 0 && memcmp(&m, &each, sizeof m) == 0,
            "the same from a server that starts");
    test_ok(all_many(all, 1000, true, &m) == ENOENT && memcmp(&m, &each, sizeof m) == 0,
            "an error leaves it as it was");
}

static void errors(void)
{
    uint64_t sum = 9, n = 0;

    transport_reset();
    test_ok(all_add(all, 1000, ENOENT, &sum) == ENOENT && sum == 9, "an errno; results untouched");
    test_ok((transport.answer.info & 127) == 0, "an error carries no words");
    test_ok(all_add(all, 1000, (uint64_t)CALL_DEAD, &sum) == EIO,
            "a handler's own transport error is EIO to its caller");
    test_ok(all_nothing((struct all){ CAP_NOBODY }) == ENOSYS, "no such interface");
    transport.outcome = MYELIN_DEADLINE, transport.outcomes = 1;
    test_ok(all_add_until(all, 123, 1, 2, &sum) == CALL_DEADLINE && transport.deadline == 123,
            "a deadline that comes");
    transport.outcome = MYELIN_INTERRUPTED, transport.outcomes = 1;
    test_ok(all_add(all, 1, 2, &sum) == CALL_INTERRUPTED, "interrupted");
    transport.outcome = MYELIN_DEADLOCK, transport.outcomes = 1;
    test_ok(all_add(all, 1, 2, &sum) == CALL_DEADLOCK, "deadlock");
    transport.outcome = MYELIN_DEAD, transport.outcomes = 1;
    test_ok(all_add(all, 1, 2, &sum) == CALL_DEAD && transport.calls == 3,
            "death: what is not $repeatable is not asked again");
    transport.outcome = MYELIN_DEAD, transport.outcomes = CALL_REPEATS_MAX;
    test_ok(all_again(all, 1, &n) == 0 && n == 2, "death: $repeatable is asked again");
    transport.outcome = MYELIN_DEAD, transport.outcomes = CALL_REPEATS_MAX + 1;
    test_ok(all_again(all, 1, &n) == CALL_DEAD, "and not for ever");
    transport.outcomes = 3, transport.answer_kind = CALL_KIND_AGAIN, transport.outcome = 0;
    test_ok(all_add(all, 4, 5, &sum) == 0 && sum == 9, "a server that starts: asked again");
    transport.outcomes = 1, transport.answer_kind = CALL_KIND_DEAD;
    test_ok(all_add(all, 4, 5, &sum) == CALL_DEAD, "init answers for a server that does not run");
    transport.outcomes = 1, transport.answer_kind = 0;
    test_ok(all_add(all, 4, 5, &sum) == EPROTO, "an answer that is none");
}

static void texts(void)
{
    char text[40], back[42], want[48];
    bool good = true, refused;

    transport_reset();
    for (size_t n = 0; n <= 30; n++) {
        memset(text, 'x', n);
        text[n] = '\0';
        snprintf(want, sizeof want, "<%s>", text);
        good &= all_say(all, text, back, sizeof back) == 0 && strcmp(back, want) == 0;
    }
    test_ok(good, "a text of every length");
    memset(text, 'x', 31), text[31] = '\0';
    unsigned calls = transport.calls;
    refused = all_say(all, text, back, sizeof back) == EMSGSIZE && transport.calls == calls;
    test_ok(refused, "one longer is refused before anything is sent");
    good = true;
    for (size_t room = 1; room < 12; room++) {
        memset(back, '?', sizeof back);
        int e = all_say(all, "12345", back, room);
        good &= room < 8 ? e == EMSGSIZE && back[0] == '?' : e == 0 && strcmp(back, "<12345>") == 0;
        good &= back[room] == '?' || room >= 8;
    }
    test_ok(good, "an answer longer than there is room is refused, by every length");
    test_ok(all_say(all, "a", back, 0) == EINVAL, "no room for the zero");
    test_ok(all_say(all, "!", back, sizeof back) == EMSGSIZE, "a handler that exceeds $max");
}

static void datas(void)
{
    char data[104], back[104];
    bool good = true;
    uint32_t b = 0;
    size_t bytes;

    transport_reset();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)i;
    for (size_t n = 0; n <= 100; n++) {
        memset(back, 0, sizeof back);
        good &= all_blob(all, 7, data, n, back, 100, &bytes, &b) == 0 && bytes == n && b == n + 7;
        for (size_t i = 0; i < n; i++)
            good &= back[i] == (char)(i + 1);
        good &= back[n] == 0;
        unsigned words = (unsigned)(transport.request.info & 127);
        uint64_t last = transport.request.word[words - 1];
        good &= n % 8 == 0 || last >> n % 8 * 8 == 0;
    }
    test_ok(good, "data of every length; padding is zero");
    test_ok(all_blob(all, 7, data, 101, back, 100, &bytes, &b) == EMSGSIZE, "one byte longer");
    good = true;
    for (size_t room = 0; room <= 100; room++)
        good &= all_blob(all, 7, data, 50, back, room, &bytes, &b) == (room < 50 ? EMSGSIZE : 0);
    test_ok(good, "the capacity is kept to");
}

static void lists(void)
{
    uint16_t numbers[11] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
    uint32_t sums[10];
    struct point from[4] = { { .x = 1, .y = 2, .flag = true, .color = COLOR_GREEN }, { .x = -5 } };
    struct point to[4], one = { .x = 8, .y = -7 }, last;
    bool good = true;
    size_t count;

    transport_reset();
    for (size_t n = 0; n <= 10; n++)
        good &= all_list(all, numbers, n, sums, 10, &count) == 0 && count == n &&
                (n == 0 || sums[n - 1] == n * (n + 1) / 2);
    test_ok(good, "a list of every length");
    test_ok(all_list(all, numbers, 11, sums, 10, &count) == EMSGSIZE, "one element more");
    good = true;
    for (size_t n = 0; n <= 4; n++)
        good &= all_points(all, from, n, &one, to, 4, &count, &last) == 0 && count == n &&
                last.y == -14 && (n < 1 || (to[0].x == 2 && to[0].y == 2 && to[0].flag)) &&
                (n < 2 || to[1].x == -4);
    test_ok(good, "lists of structs with defaults, and a struct");
    test_ok(all_points(all, from, 4, &one, to, 3, &count, &last) == EMSGSIZE, "room for one less");
    from[1].color = 3;
    test_ok(all_points(all, from, 2, &one, to, 4, &count, &last) == EINVAL,
            "an enumerant nobody knows in a list of a request");
}

static void structs(void)
{
    struct shape shape = { .area = 6 }, back;
    struct info info = { .size = 10, .used = 20, .name = "name", .id = { 1, 2, 3, 4, 5 } };
    struct back out;
    char note[21];

    transport_reset();
    memset(&back, 0, sizeof back);
    shape.which = SHAPE_CIRCLE, shape.circle = 1.25;
    test_ok(all_shape(all, &shape, &back) == 0 && back.area == 7 && back.circle == 1.25 &&
                back.which == SHAPE_CIRCLE,
            "a union");
    shape = (struct shape){ .area = 1 };
    shape.which = SHAPE_SQUARE, shape.square_side = 99, shape.square_filled = true;
    test_ok(all_shape(all, &shape, &back) == 0 && back.square_side == 99 && back.square_filled,
            "a group in a union");
    shape.circle = 1e300;
    shape.which = SHAPE_NONE;
    test_ok(all_shape(all, &shape, &back) == EINVAL, "bits of a member that it is not");
    shape.circle = 0, shape.which = 9;
    test_ok(all_shape(all, &shape, &back) == EINVAL, "no such member");
    shape.which = SHAPE_TINT, shape.tint = 3;
    test_ok(all_shape(all, &shape, &back) == EINVAL, "an enumerant nobody knows in a union");
    memset(&out, 0, sizeof out);
    test_ok(all_info(all, &info, "a note", &out, note, sizeof note) == 0 && out.size == 11 &&
                out.used == 22 && strcmp(out.name, "name") == 0 &&
                memcmp(out.id, info.id, 5) == 0 && strcmp(note, "a note") == 0,
            "a named struct with fixed texts and a text");
    memset(info.name, 'n', sizeof info.name);
    test_ok(all_info(all, &info, "", &out, note, sizeof note) == EMSGSIZE,
            "a fixed text without room for its zero");
}

static void fixed_and_handles(void)
{
    char back[8] = "........";
    struct all_handle file = { 0 };

    transport_reset();
    test_ok(all_fixed(all, "seven77", "abc", back) == 0 && strcmp(back, "seven77") == 0 &&
                seen.a == 'c',
            "fixed text and data");
    test_ok(all_fixed(all, "eight888", "abc", back) == EMSGSIZE, "fixed text, one longer");
    test_ok(all_fixed(all, "a\0secret", "abc", back) == 0 && transport.request.word[0] == 'a',
            "what follows a fixed text's end does not go out");
    test_ok(all_open(all, "12345", &file) == 0 && file.number == 5, "a handle comes back");
    test_ok(all_close(all, file) == 0 && seen.cancel == transport.cancel,
            "and goes in; cancel word");
    file.number = 6;
    test_ok(all_close(all, file) == EBADF, "one that is not open");
}

static void capabilities(void)
{
    struct all got = { 99 };
    uint64_t n = 0;

    transport_reset();
    test_ok(all_adopt(all, (struct all){ CAP_OWN + 42 }, &n) == 0 && n == 42,
            "an own capability arrives as its badge");
    transport.server.receive_slot = 12;
    seen.handled = 0;
    test_ok(all_adopt(all, (struct all){ CAP_FOREIGN }, &n) == EINVAL && seen.handled == 0,
            "one of somebody else's is refused in its place");
    test_ok(transport.received_deleted == 1, "and does not stay");
    test_ok(all_take(all, (struct all){ CAP_FOREIGN }, &n) == 0 && n == 12,
            "a foreign capability comes to the receive slot");
    test_ok(all_take(all, (struct all){ CAP_OWN }, &n) == EINVAL, "an own one in its place");
    test_ok(all_give(all, &got) == 0 && __sel4_ipc_buffer->receiveIndex == 99,
            "a capability comes back, to the slot that was said");
}

static void later(void)
{
    char text[13];
    uint64_t n2 = 0;

    transport_reset();
    transport.outcomes = 0;
    test_ok(all_later(all, 3, text, sizeof text, &n2) == CALL_DEAD && seen.a == 3,
            "one that is put off has no answer yet");
    unsigned replies = transport.server.replies;
    test_ok(all_later_answer(&seen.later, "now", 8) == 0 &&
                CALL_DATA_OF(transport.owed_info >> 12) == 1 && transport.answer.word[0] == 8,
            "the answer comes later");
    test_ok(transport.server.replies == replies + 1, "its reply object is free again");
    (void)all_later(all, 3, text, sizeof text, &n2);
    transport.owed_outcome = MYELIN_GONE;
    test_ok(all_later_answer(&seen.later, "now", 8) == CALL_GONE, "nobody waits any more");
    (void)all_later(all, 3, text, sizeof text, &n2);
    transport.owed_outcome = MYELIN_OK;
    test_ok(all_later_answer(&seen.later, "longer than it may be", 8) == EMSGSIZE &&
                CALL_ERRNO_OF(transport.owed_info >> 12) == EMSGSIZE,
            "a later answer that is too long is an error on both sides");
    transport.server.replies = 0;
    test_ok(all_later(all, 3, text, sizeof text, &n2) == EBUSY,
            "the last reply object is not given away");
}

void test_values(void)
{
    numbers();
    many_results();
    errors();
    texts();
    datas();
    lists();
    structs();
    fixed_and_handles();
    capabilities();
    later();
}

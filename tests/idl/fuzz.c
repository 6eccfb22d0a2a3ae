/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random messages for the dispatch and random answers for the stubs; the address sanitizer, with
 * which this is compiled, says when something is read or written where it should not be.
 */
#include "transport.h"

static unsigned state = 1;

static unsigned draw(unsigned below)
{
    state = test_random(state);
    return (state >> 16) % below;
}

static uint64_t draw_word(void)
{
    switch (draw(6)) {
    case 0: return draw(4);
    case 1: return draw(200);
    case 2: return draw(8) | (uint64_t)draw(8) << 32;
    case 3: return (uint64_t)draw(65536) << 48 | (uint64_t)draw(65536) << 20 | draw(65536);
    case 4: return 1ul << draw(64);
    default: return 0x6161616161616161ul >> 8 * draw(8);
    }
}

static void message_draw(struct message *m)
{
    unsigned length = draw(4) == 0 ? draw(128) : draw(24),
             data = draw(8) == 0 ? draw(128) : draw(6);
    bool is_exact = draw(2) == 0;
    unsigned lengths = is_exact ? 0 : draw(5);
    uint64_t hidden = is_exact ? 0 : draw(4);

    if (is_exact)
        length = data = draw(5);

    m->info = CALL_INFO(CALL_LABEL(ALL_ID, draw(28)) | CALL_COUNTS(data, lengths) | hidden << 30,
                        length) |
              (draw(3) == 0 ? draw(3) << 9 : 0) | (draw(8) == 0 ? draw(4) << 7 : 0);
    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        m->word[i] = draw_word();
}

static void requests(void)
{
    unsigned served = 0;
    struct message m;

    transport_reset();
    transport.window_gone = true; /* addresses are made up, too */
    for (unsigned i = 0; i < 200000; i++) {
        message_draw(&m);
        if (draw(16) == 0)
            transport.server.receive_slot = draw(2);
        transport.server.replies = 0;
        call_server_replies(&transport.server, SLOT_REPLY_FIRST + 1, 2);
        uint64_t info = transport_send(CAP_ALL, &m);
        if (info != 0 &&
            (CALL_KIND_OF(info >> 12) != CALL_KIND_ANSWER || (info & 127) > CALL_WORDS_MAX)) {
            test_ok(false, "random requests: an answer that is none");
            return;
        }
        served += CALL_ERRNO_OF(info >> 12) == 0;
    }
    printf("# %u of 200000 requests were served\n", served);
    test_ok(served > 1000, "random requests are answered or refused");
}

static void answer_draw(struct message *m)
{
    message_draw(m);
    m->info = (m->info & 127) | CALL_INFO(CALL_KIND_ANSWER << 12 | (draw(9) == 0 ? draw(4096) : 0) |
                                              CALL_COUNTS(draw(4), draw(4)),
                                          0);
}

static void answers(void)
{
    const struct all all = { CAP_ALL };
    char back[41], data[101], *wide = NULL;
    struct point p[4] = { { .x = 0 } }, last;
    uint32_t sums[10], b;
    uint16_t numbers[3] = { 1, 2, 3 };
    struct info info = { .size = 1 };
    struct back out;
    size_t n;
    unsigned good = 0;

    (void)wide;
    transport_reset();
    transport.on_answer = answer_draw;
    for (unsigned i = 0; i < 50000; i++) {
        size_t room = draw(41) + 1;
        good += all_say(all, "hi", back, room) == 0;
        good += all_blob(all, 1, "abc", 3, data, draw(101), &n, &b) == 0;
        good += all_list(all, numbers, 3, sums, draw(11), &n) == 0;
        good += all_points(all, p, 2, p, p, draw(5), &n, &last) == 0;
        good += all_read(all, 3, data, draw(101), &n) == 0;
        good += all_recite(all, 3, data, draw(101) + 1) == 0;
        good += all_info(all, &info, "", &out, back, room) == 0;
        memset(p, 0, sizeof p);
    }
    test_ok(good > 1000, "random answers are taken or refused");
}

void test_fuzz(void)
{
    requests();
    answers();
}

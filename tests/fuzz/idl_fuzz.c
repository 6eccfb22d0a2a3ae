/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generated dispatch of a protocol with all that there is (tests/idl/all.capnp): messages of
 * libFuzzer's bytes, from the label to the last word, and what a server takes out of them.
 */
#include "../idl/transport.h"

#include "count.h"

#define MESSAGES_MAX 16u

/* What else transport.c, the main file of another program, is linked with: not called. */
void test_values(void)
{
}

void test_windows(void)
{
}

void test_wire(void)
{
}

void test_versions(void)
{
}

void test_fuzz(void)
{
}

static void message_take(struct message *m, struct bytes *b)
{
    unsigned kind = (unsigned)take_bytes(b, 1), data = (unsigned)take_bytes(b, 1) & 127,
             length = (unsigned)take_bytes(b, 1) & 127;
    uint64_t hidden = take_bytes(b, 1) & 3;

    m->info = CALL_INFO(CALL_LABEL(ALL_ID, kind % 32) | CALL_COUNTS(data, kind / 32) | hidden << 30,
                        length) |
              (take_bytes(b, 1) & 7) << 9 | (take_bytes(b, 1) & 3) << 7;
    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        m->word[i] = b->left > 0 ? take_bytes(b, 1 + take_bytes(b, 1) % 8) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    struct message m;

    transport_reset();
    transport.window_gone = true; /* addresses are made up, too */
    for (unsigned i = 0; i < MESSAGES_MAX && b.left > 0; i++) {
        message_take(&m, &b);
        transport.server.receive_slot = (unsigned)take_bytes(&b, 1) & 1;
        transport.server.replies = 0;
        call_server_replies(&transport.server, SLOT_REPLY_FIRST + 1, 2);
        calls++;
        uint64_t info = transport_send(CAP_ALL, &m);

        MUST(info == 0 ||
             (CALL_KIND_OF(info >> 12) == CALL_KIND_ANSWER && (info & 127) <= CALL_WORDS_MAX));
    }
    return 0;
}

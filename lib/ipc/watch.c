/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/tsc.h>
#include <ipc/serve.h>
#include <ipc/watch.h>

static struct watch_ring *ring(void)
{
    return (struct watch_ring *)PROCESS_WATCH_ADDR;
}

/* The oldest records go until there is room for so many words. */
static void room_make(unsigned words)
{
    struct watch_ring *r = ring();

    while (r->end - r->begin + words > WATCH_RING_WORDS)
        r->begin += WATCH_RECORD_WORDS + (r->word[r->begin % WATCH_RING_WORDS] >> 8 & 0xff);
}

/*
 * The first words of a message are in registers, the others in the buffer. A record is there when
 * all of it is: who ends in the middle leaves whole ones.
 */
static void record_put(enum watch_kind kind, seL4_CPtr reply, uint64_t caller, uint64_t info,
                       const uint64_t *registers, const uint64_t *message)
{
    unsigned length = (unsigned)(info & 127);
    unsigned words = length < WATCH_WORDS_MAX ? length : WATCH_WORDS_MAX;
    struct watch_ring *r = ring();
    const uint64_t head[WATCH_RECORD_WORDS] = {
        (uint64_t)kind | words << 8 | (uint64_t)(uint16_t)reply << 16,
        tsc_read(),
        caller,
        info,
    };

    room_make(WATCH_RECORD_WORDS + words);
    uint64_t at = r->end;
    for (unsigned i = 0; i < WATCH_RECORD_WORDS; i++)
        r->word[at++ % WATCH_RING_WORDS] = head[i];
    for (unsigned i = 0; i < words; i++)
        r->word[at++ % WATCH_RING_WORDS] = i < 4 ? registers[i] : message[i];
    __atomic_store_n(&r->end, at, __ATOMIC_RELEASE);
}

int call_watch(struct call_server *server, struct call *c, struct call_registers *r,
               call_dispatch *dispatch, const void *ops)
{
    seL4_CPtr reply = c->reply;
    bool is_signal = (r->badge & PROCESS_BADGE_SIGNAL) != 0;

    if (!is_signal)
        record_put(WATCH_REQUEST, reply, r->badge, r->info, r->word, c->buf->msg);
    int e = dispatch(c, r, ops);
    if (e == CALL_UNKNOWN)
        e = call_other(server, c, r);
    if (is_signal)
        return e;
    if (e == 0)
        record_put(WATCH_ANSWER, reply, 0, r->info, r->word, c->buf->msg);
    else
        record_put(WATCH_LATER, reply, 0, 0, r->word, c->buf->msg);
    return e;
}

void call_watch_later(const struct call *later, const struct call_registers *r)
{
    record_put(WATCH_ANSWER, later->reply, 0, r->info, r->word, later->buf->msg);
}

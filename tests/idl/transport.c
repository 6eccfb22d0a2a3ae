/* SPDX-License-Identifier: BSD-2-Clause */
#include "transport.h"

#include "../unit/tap.h"

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_IPCBuffer client_buffer, server_buffer;
struct transport transport;
struct seen seen;

/* The windows of the call under way, as the kernel would find them in the caller's registers. */
static uint64_t window[2][2];
static unsigned window_count;

bool test_ok(bool good, const char *name)
{
    return tap_ok(good, name);
}

unsigned test_random(unsigned seed)
{
    return next_random(seed);
}

void transport_reset(void)
{
    memset(&transport, 0, sizeof transport);
    memset(&seen, 0, sizeof seen);
    memset(&client_buffer, 0x55, sizeof client_buffer);
    call_server_replies(&transport.server, SLOT_REPLY_FIRST, 3);
    transport.touch_helps = true;
    __sel4_ipc_buffer = &client_buffer;
}

static int dispatch(seL4_CPtr cap, struct call *c, struct call_registers *r)
{
    switch (cap) {
    case CAP_ALL: return all_dispatch(c, r, &all_ops);
    case CAP_BEFORE: return before_dispatch(c, r, &before_ops);
    case CAP_AFTER: return after_dispatch(c, r, &after_ops);
    default: return CALL_UNKNOWN;
    }
}

/* Capabilities on their way: those of the server's own arrive as badges. */
static uint64_t caps_deliver(uint64_t info, seL4_IPCBuffer *to, const seL4_IPCBuffer *from)
{
    unsigned caps = (unsigned)(info >> 7 & 3), came = 0, unwrapped = 0;
    bool slot_used = false;

    for (unsigned i = 0; i < caps; i++) {
        seL4_Word cap = from->caps_or_badges[i];
        if (cap >= CAP_OWN) {
            to->caps_or_badges[came] = cap - CAP_OWN;
            unwrapped |= 1u << came++;
        } else if (transport.server.receive_slot != 0 && !slot_used) {
            slot_used = true;
            to->caps_or_badges[came++] = STALE;
        } else {
            break;
        }
    }
    return (info & ~(uint64_t)0xf80) | (uint64_t)unwrapped << 9 | came << 7;
}

static void words_deliver(const struct message *m, struct call_registers *r, seL4_IPCBuffer *to)
{
    unsigned length = (unsigned)(m->info & 127);

    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        to->msg[i] = i >= 4 && i < length ? m->word[i] : STALE;
    for (unsigned i = 0; i < 4; i++)
        r->word[i] = i < length ? m->word[i] : STALE;
    r->info = m->info;
}

static void message_take(struct message *m, const struct call_registers *r,
                         const seL4_IPCBuffer *buf)
{
    m->info = r->info;
    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        m->word[i] = i < 4 ? r->word[i] : buf->msg[i];
}

uint64_t transport_send(seL4_CPtr cap, const struct message *m)
{
    struct call c = { .buf = &server_buffer, .server = &transport.server, .badge = 77, .reply = 8 };
    struct call_registers r = { .badge = 77 };

    memset(&server_buffer, 0xAA, sizeof server_buffer);
    words_deliver(m, &r, &server_buffer);
    r.info = caps_deliver(r.info, &server_buffer, &client_buffer);
    window_count = (unsigned)(m->info >> 9 & 7);
    memcpy(window, m->word + (window_count <= 2 ? 4 - 2 * window_count : 0), sizeof window);
    transport.calls++;
    __sel4_ipc_buffer = &server_buffer;
    int e = dispatch(cap, &c, &r);
    __sel4_ipc_buffer = &client_buffer;
    window_count = 0;
    if (e == CALL_UNKNOWN)
        r.info = CALL_REFUSAL(ENOSYS);
    else if (e == CALL_LATER)
        return 0;
    message_take(&transport.answer, &r, &server_buffer);
    return transport.answer.info;
}

void call_enter(struct call_registers *r, unsigned words, seL4_CPtr cap, uint64_t deadline)
{
    struct message *m = &transport.request;

    (void)words;
    transport.deadline = deadline;
    if (transport.outcomes > 0) {
        transport.outcomes--;
        *r = (struct call_registers){ .badge = (uint64_t)transport.outcome,
                                      .info = CALL_INFO(transport.answer_kind << 12, 0) };
        return;
    }
    message_take(m, r, &client_buffer);
    if (transport.on_request != NULL)
        transport.on_request(m);
    if (transport_send(cap, m) == 0) { /* nobody answers: the server dies */
        *r = (struct call_registers){ .badge = MYELIN_DEAD };
        return;
    }
    if (transport.on_answer != NULL)
        transport.on_answer(&transport.answer);
    words_deliver(&transport.answer, r, &client_buffer);
    r->info = caps_deliver(transport.answer.info, &client_buffer, &server_buffer);
    if ((transport.answer.info >> 7 & 3) != 0)
        r->info = transport.answer.info; /* the client has a slot to receive in */
    r->badge = 0;
}

void call_accept(seL4_IPCBuffer *buf, seL4_CPtr slot)
{
    buf->receiveIndex = slot;
}

uint64_t call_cancel_word(void)
{
    return ++transport.cancel;
}

bool call_touch(void *address, bool write)
{
    const char *page = (const char *)((uintptr_t)address & ~(uintptr_t)4095);

    (void)write;
    transport.touches++;
    if (transport.touch_fails)
        return false;
    if (transport.touch_helps && transport.missing == page)
        transport.missing = NULL;
    return true;
}

myelin_CopyResult call_copy(seL4_CPtr reply, void *local, seL4_Word offset, seL4_Word bytes,
                            seL4_Word how)
{
    unsigned w = (unsigned)(how & 1);
    bool write = (how & MYELIN_COPY_WRITE) != 0;
    myelin_CopyResult result = { MYELIN_COPY_DONE, 0, 0 };

    (void)reply;
    if (transport.window_gone)
        return (myelin_CopyResult){ MYELIN_COPY_GONE, 0, 0 };
    uint64_t length = w < window_count ? window[w][1] & ~(3ul << 62) : 0;
    uint64_t right = write ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE;
    if (w >= window_count || (window[w][1] & right) == 0 || offset > length ||
        bytes > length - offset)
        return (myelin_CopyResult){ MYELIN_COPY_RANGE, 0, 0 };
    char *there = (char *)window[w][0] + offset, *here = local;
    for (; result.bytes < bytes; result.bytes++) {
        char *at = there + result.bytes;
        if (transport.missing != NULL && at >= transport.missing && at < transport.missing + 4096) {
            result.result = MYELIN_COPY_WINDOW;
            result.address = (seL4_Word)at;
            return result;
        }
        if (transport.copy_limit != 0 && result.bytes == transport.copy_limit) {
            result.result = MYELIN_COPY_AGAIN;
            return result;
        }
        if (write)
            *at = here[result.bytes];
        else
            here[result.bytes] = *at;
    }
    return result;
}

uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r)
{
    (void)reply;
    transport.owed_info = r->info;
    message_take(&transport.answer, r, &server_buffer);
    return transport.owed_outcome;
}

void call_received_delete(const struct call *c)
{
    transport.received_deleted += c->server != NULL && c->server->receive_slot != 0;
}

int ipc_connect(const char *name, seL4_CPtr *cap)
{
    (void)name;
    *cap = CAP_ALL;
    return 0;
}

int main(void)
{
    test_values();
    test_windows();
    test_wire();
    test_versions();
    test_fuzz();
    return tap_done();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipc/msg.h. The first four words of a message travel in registers, which the stubs load from the
 * IPC buffer and store there; a capability that comes goes to the slot that the buffer names.
 */
#include <base/tsc.h>
#include <ipc/cap.h>
#include <ipc/msg.h>
#include <ipc/message.h>
#include <myelin/window.h>

msg_time msg_in_us(uint64_t us)
{
    /* 2^32 us by up to 2^34 Hz would not fit 64 bits at once. */
    uint64_t hz = process_info()->tsc_hz;

    return tsc_read() + us / 1000000 * hz + us % 1000000 * hz / 1000000;
}

/* ---- what goes ---- */

static void words_copy(seL4_Word *to, const void *from, unsigned first, unsigned end)
{
    const seL4_Word *word = from;

    for (unsigned i = first; i < end; i++)
        to[i] = word[i];
}

static bool is_valid(const struct msg *m)
{
    return m->words <= MSG_WORDS_MAX && m->gives <= MSG_CAPS_MAX && m->windows <= 2 &&
           (m->data != NULL || m->words == 0);
}

static void windows_put(seL4_Word *word, const struct msg *m)
{
    unsigned at = 4 - 2 * m->windows;

    for (unsigned i = 0; i < m->windows; i++, at += 2) {
        const struct msg_window *w = &m->window[i];
        word[at] = (seL4_Word)w->at;
        word[at + 1] = w->bytes | (w->readable ? MYELIN_WINDOW_READABLE : 0) |
                       (w->writable ? MYELIN_WINDOW_WRITABLE : 0);
    }
}

/* Put a message into the IPC buffer; its tag. */
static seL4_MessageInfo_t message_put(const struct msg *m)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    unsigned words = m->words;

    if (m->words != 0)
        words_copy(buffer->msg, m->data, 0, m->words);
    if (m->windows != 0) {
        windows_put(buffer->msg, m);
        words = words > 4 ? words : 4;
    }
    for (unsigned i = 0; i < m->gives; i++)
        buffer->caps_or_badges[i] = m->give[i];
    seL4_MessageInfo_t info = seL4_MessageInfo_new(m->label, 0, m->gives, words);
    info.words[0] |= MYELIN_TAG_WINDOWS(m->windows);
    return info;
}

/* ---- what comes ---- */

/*
 * Say where a capability may come to. The slot stays in the IPC buffer until one has come: that is
 * one slot for each thread that ever accepts; who accepts none takes none. Named it is only while
 * one may come: nobody can fill it at another time.
 */
static bool slot_offer(const struct msg *m)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    if (!m->accept) {
        buffer->receiveCNode = SLOT_NULL;
        return true;
    }
    if (buffer->receiveIndex == SLOT_NULL)
        buffer->receiveIndex = cap_slot();
    buffer->receiveCNode = SLOT_CNODE;
    buffer->receiveDepth = seL4_WordBits;
    return buffer->receiveIndex != SLOT_NULL;
}

static void slot_withdraw(const struct msg *m)
{
    if (m->accept)
        seL4_GetIPCBuffer()->receiveCNode = SLOT_NULL;
}

static void caps_take(struct msg *m, seL4_MessageInfo_t info)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    m->caps = (unsigned)seL4_MessageInfo_get_extraCaps(info);
    m->unwrapped = (unsigned)seL4_MessageInfo_get_capsUnwrapped(info) & ((1u << m->caps) - 1);
    m->taken = SLOT_NULL;
    for (unsigned i = 0; i < m->caps; i++)
        m->badges[i] = (m->unwrapped >> i & 1) != 0 ? buffer->caps_or_badges[i] : 0;
    if (m->accept && m->unwrapped != (1u << m->caps) - 1) {
        m->taken = buffer->receiveIndex;
        buffer->receiveIndex = SLOT_NULL;
    }
}

static void nothing_came(struct msg *m)
{
    m->came = m->caps = m->unwrapped = 0;
    m->taken = SLOT_NULL;
    m->badge = m->tag = 0;
}

static void message_take(struct msg *m, seL4_MessageInfo_t info, seL4_Word badge)
{
    m->tag = seL4_MessageInfo_get_label(info);
    m->came = (unsigned)seL4_MessageInfo_get_length(info);
    m->badge = badge;
    if (m->room != NULL)
        words_copy(m->room, seL4_GetIPCBuffer()->msg, 0,
                   m->came < m->room_words ? m->came : m->room_words);
    if (seL4_MessageInfo_get_extraCaps(info) != 0) {
        caps_take(m, info);
    } else {
        m->caps = m->unwrapped = 0;
        m->taken = SLOT_NULL;
    }
}

/* ---- calls and answers ---- */

/*
 * Is there nothing in a slot? A call through it is answered by the kernel, with an error's label,
 * as any server could.
 */
static bool is_empty(seL4_CPtr slot)
{
    seL4_CPtr copy;
    seL4_Error error = cap_derive(slot, CAP_ALL, &copy);

    if (error == seL4_NoError)
        (void)cap_delete(copy);
    return error == seL4_FailedLookup;
}

enum msg_outcome msg_call(seL4_CPtr dest, struct msg *m, msg_time until)
{
    myelin_Result result;

    if (!is_valid(m))
        return MSG_INVALID;
    if (!slot_offer(m))
        return MSG_NO_SLOT;
    do
        result = myelin_Call(dest, message_put(m), until);
    while (result.outcome == MYELIN_OK && seL4_MessageInfo_get_label(result.info) == IPC_AGAIN);
    slot_withdraw(m);
    if (result.outcome != MYELIN_OK) {
        nothing_came(m);
        return (enum msg_outcome)result.outcome;
    }
    seL4_Word label = seL4_MessageInfo_get_label(result.info);
    if (label == IPC_DEAD || (label == seL4_InvalidCapability && is_empty(dest))) {
        nothing_came(m);
        return MSG_DEAD;
    }
    message_take(m, result.info, 0);
    return MSG_OK;
}

enum msg_outcome msg_receive(seL4_CPtr src, seL4_CPtr reply, struct msg *m, msg_time until)
{
    if (!slot_offer(m)) {
        nothing_came(m);
        return MSG_NO_SLOT;
    }
    myelin_Result result =
        reply != SLOT_NULL ? myelin_Recv(src, reply, until) : myelin_Wait(src, until);
    slot_withdraw(m);
    if (result.outcome == MYELIN_OK)
        message_take(m, result.info, result.badge);
    else
        nothing_came(m);
    return (enum msg_outcome)result.outcome;
}

enum msg_outcome msg_reply(seL4_CPtr reply, struct msg *m)
{
    if (!is_valid(m) || m->windows != 0)
        return MSG_INVALID;
    return (enum msg_outcome)myelin_Reply(reply, message_put(m));
}

enum msg_outcome msg_reply_receive(seL4_CPtr src, seL4_CPtr reply, struct msg *m)
{
    seL4_Word badge;

    if (!is_valid(m) || m->windows != 0)
        return MSG_INVALID;
    if (!slot_offer(m))
        return MSG_NO_SLOT;
    seL4_MessageInfo_t info = seL4_ReplyRecv(src, message_put(m), &badge, reply);
    slot_withdraw(m);
    message_take(m, info, badge);
    return MSG_OK;
}

enum msg_outcome msg_notify_receive(seL4_CPtr notification, seL4_CPtr src, seL4_CPtr reply,
                                    struct msg *m)
{
    seL4_Word badge;

    if (!slot_offer(m))
        return MSG_NO_SLOT;
    seL4_MessageInfo_t info =
        seL4_NBSendRecv(notification, seL4_MessageInfo_new(0, 0, 0, 0), src, &badge, reply);
    slot_withdraw(m);
    message_take(m, info, badge);
    return MSG_OK;
}

enum msg_outcome msg_send(seL4_CPtr dest, struct msg *m)
{
    if (!is_valid(m) || m->windows != 0)
        return MSG_INVALID;
    seL4_Send(dest, message_put(m));
    return MSG_OK;
}

enum msg_outcome msg_try_send(seL4_CPtr dest, struct msg *m)
{
    if (!is_valid(m) || m->windows != 0)
        return MSG_INVALID;
    seL4_NBSend(dest, message_put(m));
    return MSG_OK;
}

enum msg_outcome msg_wait(seL4_CPtr notification, msg_time until, seL4_Word *bits)
{
    myelin_Result result = myelin_Wait(notification, until);

    *bits = result.outcome == MYELIN_OK ? result.badge : 0;
    return (enum msg_outcome)result.outcome;
}

/* ---- windows ---- */

/* Progress of a copy: part number `n` from its byte `at` on. */
struct copying {
    const struct msg_part *part;
    unsigned count, n;
    size_t at, offset, bytes;
};

static void copied(struct copying *c, size_t bytes)
{
    c->bytes += bytes;
    c->offset += bytes;
    while (bytes != 0) {
        size_t rest = c->part[c->n].bytes - c->at;
        if (bytes < rest) {
            c->at += bytes;
            return;
        }
        bytes -= rest;
        c->n++;
        c->at = 0;
    }
}

/* What is left, as much of it as one system call takes. */
static unsigned pieces_put(const struct copying *c, myelin_Piece *piece, seL4_Word how)
{
    size_t offset = c->offset, at = c->at;
    unsigned used = 0;

    for (unsigned n = c->n; n < c->count && used < MYELIN_PIECES_MAX; n++, at = 0) {
        const struct msg_part *p = &c->part[n];
        if (p->bytes == at)
            continue;
        piece[used++] = (myelin_Piece){ (char *)p->at + at, offset, p->bytes - at, how };
        offset += p->bytes - at;
    }
    return used;
}

/* Make a page of ours be there, writable if it is to be written. */
static void page_touch(seL4_Word address, bool written)
{
    volatile uint8_t *byte = (volatile uint8_t *)address;

    if (written)
        (void)__atomic_fetch_or(byte, 0, __ATOMIC_RELAXED);
    else
        (void)*byte;
}

static enum msg_outcome window_copy(seL4_CPtr reply, seL4_Word how, size_t offset,
                                    const struct msg_part *part, unsigned count, size_t *bytes)
{
    struct copying c = { .part = part, .count = count, .offset = offset };
    myelin_Piece piece[MYELIN_PIECES_MAX];
    enum msg_outcome outcome = MSG_OK;
    seL4_Word touched = 0;
    bool more = true;

    while (more && outcome == MSG_OK) {
        unsigned pieces = pieces_put(&c, piece, how);
        myelin_CopyResult r = myelin_CopyPieces(reply, piece, pieces);
        copied(&c, r.bytes);
        switch (r.result) {
        case MYELIN_COPY_DONE: more = pieces == MYELIN_PIECES_MAX && c.n < count; break;
        case MYELIN_COPY_AGAIN: break;
        case MYELIN_COPY_LOCAL:
            outcome = r.address == touched ? MSG_INVALID : MSG_OK; /* there, but no memory */
            page_touch(r.address, (how & MYELIN_COPY_WRITE) == 0);
            touched = r.address;
            break;
        case MYELIN_COPY_WINDOW: outcome = MSG_TOUCH; break;
        case MYELIN_COPY_RANGE: outcome = MSG_RANGE; break;
        default: outcome = MSG_GONE; break;
        }
    }
    *bytes = c.bytes;
    return outcome;
}

enum msg_outcome msg_window_read(seL4_CPtr reply, unsigned window, size_t offset,
                                 const struct msg_part *part, unsigned count, size_t *bytes)
{
    *bytes = 0;
    if (window > 1)
        return MSG_RANGE;
    return window_copy(reply, window, offset, part, count, bytes);
}

enum msg_outcome msg_window_write(seL4_CPtr reply, unsigned window, size_t offset,
                                  const struct msg_part *part, unsigned count, size_t *bytes)
{
    *bytes = 0;
    if (window > 1)
        return MSG_RANGE;
    return window_copy(reply, window | MYELIN_COPY_WRITE, offset, part, count, bytes);
}

/* ---- sessions ---- */

enum msg_outcome session_connect(const char *name, struct session *session, msg_time until)
{
    const struct process_cap *service = process_cap(PROCESS_CAP_ENDPOINT, name);
    struct msg m = { .label = MSG_CONNECT };

    if (service == NULL)
        return MSG_DEAD;
    m.accept = process_cap(PROCESS_CAP_UNTYPED, NULL) != NULL;
    enum msg_outcome outcome = msg_call(service->slot, &m, until);
    if (outcome != MSG_OK)
        return outcome;
    session->own = m.tag == IPC_OK && m.taken != SLOT_NULL;
    session->cap = session->own ? m.taken : service->slot;
    if (!session->own && m.taken != SLOT_NULL)
        (void)cap_delete(m.taken);
    return MSG_OK;
}

void session_close(struct session *session)
{
    if (session->own)
        (void)cap_delete(session->cap);
    session->own = false;
}

enum msg_outcome session_accept(struct msg *m, seL4_Word badge, seL4_CPtr *cap)
{
    bool good =
        badge < 1ul << 62 && cap_mint(SLOT_SERVE, CAP_CALL_GRANT, badge, cap) == seL4_NoError;

    msg_answer(m, good ? IPC_OK : IPC_NO_MEMORY, NULL, 0);
    if (!good)
        return MSG_NO_SLOT;
    m->give[m->gives++] = *cap;
    return MSG_OK;
}

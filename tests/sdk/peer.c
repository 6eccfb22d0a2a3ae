/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the tests of raw messages talk to: does what it is asked, good or bad. */
#include "peer.h"

#include <channel/channel.h>
#include <ipc/cap.h>
#include <ipc/msg.h>
#include <ipc/status.h>
#include <shm/shm.h>
#include <string.h>
#include <sync/semaphore.h>

enum { BUFFER = 20000 };

static uint8_t buffer[BUFFER];
static seL4_CPtr reply = SLOT_REPLY_FIRST, spare = SLOT_REPLY_FIRST + 1,
                 held = SLOT_REPLY_FIRST + 2;
static seL4_CPtr given;
static volatile int *volatile nowhere; /* a null pointer the compiler can't see */
static bool owes;                      /* somebody is answered later, by `held` */
static uint64_t second;
static seL4_CPtr through; /* to be called when there is time */
static seL4_Word through_label;

static union {
    uint64_t word[4];
    struct peer_two two;
    struct peer_copied copied;
} in, out;

/* Copies the window through two parts of our memory that don't lie side by side. */
static void window_copy(bool write, uint64_t bytes)
{
    size_t half = bytes / 2 < BUFFER / 2 ? bytes / 2 : BUFFER / 2, rest = bytes - half, done = 0;
    struct msg_part part[2] = { { buffer + BUFFER / 2, half }, { buffer, rest } };

    out.copied = (struct peer_copied){ 0 };
    if (rest > BUFFER / 2) {
        out.copied.outcome = MSG_RANGE;
        return;
    }
    for (unsigned i = 0; write && i < BUFFER; i++)
        buffer[i] = (uint8_t)in.two.b;
    out.copied.outcome = write ? msg_window_write(reply, 1, 0, part, 2, &done)
                               : msg_window_read(reply, 0, 0, part, 2, &done);
    for (size_t i = 0; i < half; i++)
        out.copied.sum += buffer[BUFFER / 2 + i];
    for (size_t i = 0; i < rest; i++)
        out.copied.sum += buffer[i];
    out.copied.bytes = done;
}

static void capability_take(struct msg *m)
{
    bool came = m->taken != SLOT_NULL;

    if (came) {
        msg_notify(m->taken);
        (void)cap_delete(m->taken);
    }
    out.word[0] = came;
    msg_answer(m, IPC_OK, &out, 1);
}

static void capability_give(struct msg *m, seL4_Word badge)
{
    if (given != SLOT_NULL)
        (void)cap_delete(given);
    given = SLOT_NULL;
    (void)session_accept(m, badge, &given);
}

/* ---- shared memory ---- */

static struct shm shm;
static struct semaphore semaphore;
static uint64_t ups, downs; /* to be done when there is time */
static struct channel_sender channel;
static uint64_t sends;

static void channel_begin(struct msg *m)
{
    struct channel_shape shape = { shm.pages, (uint32_t)in.two.a };

    if (channel.wait != SLOT_NULL) {
        (void)cap_delete(channel.wake_receiver);
        channel_sender_destroy(&channel);
    }

    out.word[0] = channel_sender_create(&channel, shm.at, &shape, m->taken);
    msg_answer(m, IPC_OK, &out, 1);
    if (out.word[0] == seL4_NoError)
        m->give[m->gives++] = channel.signal;
}

static void channel_fill(void)
{
    for (uint64_t i = 0; i < sends; i++)
        if (channel_send(&channel, &i, sizeof i, MSG_FOREVER) != MSG_OK)
            break;
    sends = 0;
}

static void region_map(struct msg *m)
{
    out.word[0] = shm_take(m->taken, (unsigned)in.two.a, in.two.b != 0, &shm);
    (void)cap_delete(m->taken);
    msg_answer(m, IPC_OK, &out, 1);
}

static void region_move(struct msg *m)
{
    struct shm moved = { .made = false };
    seL4_CPtr cap = SLOT_NULL;
    static seL4_CPtr last; /* the table of the time before: the caller has had it */

    if (last != SLOT_NULL)
        (void)cap_delete(last);
    last = SLOT_NULL;
    seL4_Error error = shm_take_moved(m->taken, (unsigned)in.two.a, &moved);
    (void)cap_delete(m->taken);
    if (error == seL4_NoError) {
        for (size_t i = 0; i < in.two.a * SHM_PAGE; i++)
            ((uint8_t *)moved.at)[i]++;
        error = shm_move(&moved, &cap);
        shm_close(&moved);
        last = cap;
    }
    out.word[0] = error;
    msg_answer(m, IPC_OK, &out, 1);
    if (error == seL4_NoError)
        m->give[m->gives++] = cap;
}

static uint64_t region_sum(void)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < (size_t)shm.pages * SHM_PAGE; i++)
        sum += ((volatile uint8_t *)shm.at)[i];
    return sum;
}

/* Operations on shared memory; false: it is none. */
static bool handle_shared(struct msg *m)
{
    switch (m->tag) {
    case PEER_MAP: region_map(m); return true;
    case PEER_MOVED: region_move(m); return true;
    case PEER_UNMAP: shm_close(&shm); break;
    case PEER_READ:
        out.word[0] = region_sum();
        msg_answer(m, IPC_OK, &out, 1);
        return true;
    case PEER_WRITE: memset(shm.at, (int)in.two.a, (size_t)shm.pages * SHM_PAGE); break;
    case PEER_NOTE: semaphore_attach(&semaphore, shm.at, m->taken); break;
    case PEER_CHANNEL: channel_begin(m); return true;
    case PEER_SEND: sends = in.two.a; break;
    case PEER_SCRIBBLE:
        for (uint64_t i = in.word[1]; i < in.word[2]; i++)
            ((volatile uint64_t *)shm.at)[i] = in.word[0];
        break;
    case PEER_UPS: ups = in.two.a; break;
    case PEER_DOWNS: downs = in.two.a; break;
    default: return false;
    }
    msg_answer(m, IPC_OK, NULL, 0);
    return true;
}

/* Keep this caller's reply object aside and go on with another. */
static void caller_keep(void)
{
    seL4_CPtr now = reply;

    reply = spare;
    spare = held;
    held = now;
}

/* Make the answer; false: there is none now. */
static bool handle(struct msg *m)
{
    uint64_t bytes;
    unsigned slots;

    switch (m->tag) {
    case PEER_ADD:
        out.word[0] = in.two.a + in.two.b;
        out.word[1] = m->badge;
        out.word[2] = second;
        msg_answer(m, IPC_OK, &out, 3);
        return true;
    case PEER_SUM:
    case PEER_FILL:
        window_copy(m->tag == PEER_FILL, in.two.a);
        msg_answer(m, IPC_OK, &out.copied, MSG_SIZE(out.copied));
        return true;
    case MSG_CONNECT: capability_give(m, 77); return true;
    case PEER_GIVE: capability_give(m, in.word[0]); return true;
    case PEER_UNASKED: capability_give(m, 78); return true;
    case PEER_TAKE: capability_take(m); return true;
    case PEER_WITHDRAW:
        if (given != SLOT_NULL) {
            (void)cap_revoke(given);
            (void)cap_delete(given);
            given = SLOT_NULL;
        }
        msg_answer(m, IPC_OK, NULL, 0);
        return true;
    case PEER_HOLD: caller_keep(); return false;
    case PEER_LATER:
        caller_keep();
        owes = true;
        return false;
    case PEER_TWICE:
        msg_answer(m, IPC_OK, NULL, 0);
        (void)msg_reply(reply, m);
        second = msg_reply(reply, m);
        return false;
    case PEER_CALL:
        through = m->taken;
        through_label = in.word[0];
        msg_answer(m, IPC_OK, NULL, 0);
        (void)msg_reply(reply, m);
        return false;
    case PEER_DIE: *nowhere = 1; return false;
    case PEER_LEFT:
        cap_left(&bytes, &slots);
        out.two = (struct peer_two){ bytes, slots };
        msg_answer(m, IPC_OK, &out, 2);
        return true;
    case PEER_UPS:
    case PEER_DOWNS:
    case PEER_SEND:
        (void)handle_shared(m);
        (void)msg_reply(reply, m);
        return false;
    default:
        if (!handle_shared(m))
            msg_answer(m, IPC_UNKNOWN, NULL, 0);
        return true;
    }
}

/* Answer whoever is owed an answer since the call before. */
static void debt_pay(void)
{
    struct msg m = { .label = IPC_OK };

    if (!owes)
        return;
    owes = false;
    (void)msg_reply(held, &m);
}

/* The call that was asked for, made while nobody waits for us. */
static void promise_keep(void)
{
    struct msg m = { .label = through_label };

    channel_fill();
    for (; ups > 0; ups--)
        (void)semaphore_up(&semaphore);
    for (; downs > 0; downs--)
        (void)!semaphore_down(&semaphore, MSG_FOREVER);
    if (through == SLOT_NULL)
        return;
    (void)!msg_call(through, &m, MSG_FOREVER);
    (void)cap_delete(through);
    through = SLOT_NULL;
}

int main(void)
{
    struct msg m = MSG_ROOM(in);

    m.accept = true;
    for (;;) {
        promise_keep();
        if (msg_receive(SLOT_SERVE, reply, &m, MSG_FOREVER) != MSG_OK)
            continue;
        while (!msg_is_signal(&m)) {
            bool owed = owes;
            if (!handle(&m))
                break;
            if (owed)
                debt_pay();
            if (msg_reply_receive(SLOT_SERVE, reply, &m) != MSG_OK)
                break;
        }
    }
}

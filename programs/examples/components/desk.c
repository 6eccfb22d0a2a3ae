/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that tells its clients apart. Whoever connects gets a capability of its own, whose badge
 * is the number of its session; what a client notes is there for that session alone. A page with
 * text is handed out for reading: one copy of it, whoever reads.
 */
#include "desk.h"

#include <ipc/status.h>
#include <shm/shm.h>
#include <string.h>

static uint64_t in, noted[DESK_SESSIONS];
static seL4_CPtr session[DESK_SESSIONS];
static struct shm board;
static seL4_CPtr board_cap;

/* Badge of the first session: above those of the manifest, and no other life of ours had it. */
static uint64_t first;

static void connect(struct msg *m)
{
    static unsigned next;
    unsigned n = next++ % DESK_SESSIONS; /* the oldest session ends for a new one */

    if (session[n] != SLOT_NULL) {
        (void)cap_revoke(session[n]);
        (void)cap_delete(session[n]);
    }
    session[n] = SLOT_NULL;
    noted[n] = 0;
    (void)session_accept(m, first + n, &session[n]);
}

/* A table of frames for each who asks; the one before has his by now. */
static void board_give(struct msg *m)
{
    if (board_cap != SLOT_NULL)
        (void)cap_delete(board_cap);
    board_cap = SLOT_NULL;
    bool good = shm_give(&board, false, &board_cap) == seL4_NoError;
    msg_answer(m, good ? IPC_OK : IPC_NO_MEMORY, NULL, 0);
    if (good)
        m->give[m->gives++] = board_cap;
}

static void answer(struct msg *m)
{
    uint64_t n = m->badge - first;

    if (m->tag == MSG_CONNECT) {
        connect(m);
    } else if (n >= DESK_SESSIONS) {
        msg_answer(m, IPC_DENIED, NULL, 0); /* connect first */
    } else if (m->tag == DESK_NOTE && m->came == 1) {
        noted[n] = in;
        msg_answer(m, IPC_OK, NULL, 0);
    } else if (m->tag == DESK_RECALL) {
        msg_answer(m, IPC_OK, &noted[n], 1);
    } else if (m->tag == DESK_BOARD) {
        board_give(m);
    } else {
        msg_answer(m, IPC_UNKNOWN, NULL, 0);
    }
}

int main(void)
{
    struct msg m = MSG_ROOM(in);

    if (shm_create(&board, DESK_BOARD_PAGES) != seL4_NoError)
        return 1;
    strcpy(board.at, "The desk is open.");
    first = process_info()->random[0] >> 3 | 1ul << 32;
    if (msg_receive(SLOT_SERVE, SLOT_REPLY_FIRST, &m, MSG_FOREVER) != MSG_OK)
        return 1;
    do
        answer(&m);
    while (msg_reply_receive(SLOT_SERVE, SLOT_REPLY_FIRST, &m) == MSG_OK);
    return 1;
}

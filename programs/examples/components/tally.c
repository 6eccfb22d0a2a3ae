/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server with a fault: it adds what its clients tell it, each by itself, and dies of one number.
 * `restart fault` in the manifest has it started again, and it knows nothing of its last life then,
 * not even its clients, whose capabilities lead to it as before.
 */
#include "tally.h"

#include <ipc/msg.h>
#include <ipc/status.h>

static uint64_t in, sum[TALLY_SESSIONS];
static seL4_CPtr session[TALLY_SESSIONS];
static unsigned sessions;
static uint64_t first; /* badge of the first session: in no other life of ours the same */

static void connect(struct msg *m)
{
    if (sessions == TALLY_SESSIONS)
        msg_answer(m, IPC_BUSY, NULL, 0);
    else if (session_accept(m, first + sessions, &session[sessions]) == MSG_OK)
        sessions++;
}

static void answer(struct msg *m)
{
    uint64_t n = m->badge - first;

    if (m->tag == MSG_CONNECT) {
        connect(m);
    } else if (n >= sessions) {
        msg_answer(m, IPC_DENIED, NULL, 0); /* not in this life */
    } else if (m->tag == TALLY_ADD && m->came == 1) {
        if (in == TALLY_FAULT)
            __builtin_trap();
        sum[n] += in;
        msg_answer(m, IPC_OK, &sum[n], 1);
    } else {
        msg_answer(m, IPC_UNKNOWN, NULL, 0);
    }
}

int main(void)
{
    struct msg m = MSG_ROOM(in);

    first = process_info()->random[0] >> 3 | 1ul << 32;
    if (msg_receive(SLOT_SERVE, SLOT_REPLY_FIRST, &m, MSG_FOREVER) != MSG_OK)
        return 1;
    do
        answer(&m);
    while (msg_reply_receive(SLOT_SERVE, SLOT_REPLY_FIRST, &m) == MSG_OK);
    return 1;
}

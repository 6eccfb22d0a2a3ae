/* SPDX-License-Identifier: BSD-2-Clause */
#include <ipc/message.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "orders.h"

static const struct process_cap *behind;   /* who the work is handed on to, or NULL */
static const struct process_cap *listener; /* who is told of its begin, or NULL */
static uint64_t signals;

static enum ipc_status handle(seL4_IPCBuffer *buf, const struct ipc_request *r, unsigned *words)
{
    *words = 0;
    switch (r->op) {
    case IPC_PING: *words = r->words; return IPC_OK;
    case ORDERS_COUNT:
        buf->msg[0] = signals;
        *words = 1;
        return IPC_OK;
    case ORDERS_WORK:
        if (behind != NULL)
            return ipc_call(buf, behind->slot, ORDERS_WORK, 1, NULL);
        orders_spin(buf->msg[0]);
        return IPC_OK;
    case ORDERS_EXIT: exit(3);
    default: return IPC_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    seL4_CPtr reply = SLOT_REPLY_FIRST, last = SLOT_REPLY_FIRST + process_info()->reply_count - 1;
    struct ipc_request r;
    unsigned words;

    if (argc > 1 && strcmp(argv[1], "forward") == 0)
        behind = process_cap(PROCESS_CAP_ENDPOINT, "back");
    if (argc > 1 && strcmp(argv[argc - 1], "slow") == 0)
        orders_spin(ORDERS_LONG_US);
    listener = process_cap(PROCESS_CAP_NOTIFICATION, "orders");
    ipc_passive_receive(buf, SLOT_SERVE, reply, &r);
    for (;;) {
        if (listener != NULL && (r.op == ORDERS_WORK || r.op == ORDERS_PARK))
            seL4_Signal(listener->slot);
        if ((r.badge & PROCESS_BADGE_SIGNAL) != 0) {
            signals++;
            ipc_passive_receive(buf, SLOT_SERVE, reply, &r);
        } else if (r.op == ORDERS_PARK && reply != last) {
            reply++;
            ipc_passive_receive(buf, SLOT_SERVE, reply, &r);
        } else {
            enum ipc_status status = r.op == ORDERS_PARK ? IPC_BUSY : handle(buf, &r, &words);
            ipc_reply_receive(buf, SLOT_SERVE, reply, status, r.op == ORDERS_PARK ? 0 : words, &r);
        }
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caller SERVER work|park: one call, which takes longer than this program's budget lasts, or for
 * ever.
 */
#include <ipc/message.h>
#include <string.h>

#include "orders.h"

int main(int argc, char **argv)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    const struct process_cap *server =
        argc == 3 ? process_cap(PROCESS_CAP_ENDPOINT, argv[1]) : NULL;

    if (server == NULL)
        return 2;
    buf->msg[0] = ORDERS_LONG_US;
    return ipc_call(buf, server->slot, strcmp(argv[2], "park") == 0 ? ORDERS_PARK : ORDERS_WORK, 1,
                    NULL) != IPC_OK;
}

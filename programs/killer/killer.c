/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Ends another component after a while: `killer NAME [MILLISECONDS]`. For showing what someone sees whose server dies
 * while a call is under way.
 */
#include <ipc/init.h>
#include <ipc/message.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        puts("usage: killer NAME [MILLISECONDS]");
        return 2;
    }
    long ms = argc > 2 ? atol(argv[2]) : 100;
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
    seL4_IPCBuffer *buf = ipc_buffer();
    enum ipc_status status = ipc_call(buf, SLOT_INIT, INIT_KILL, ipc_put_text(buf, 0, argv[1]), NULL);
    printf("killer: %s: %s\n", argv[1], status == IPC_OK ? "done" : "not possible");
    return status != IPC_OK;
}

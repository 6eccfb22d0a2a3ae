/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The smallest passive server. It has no time of its own: init starts it on a borrowed scheduling context and takes
 * that back when the server signals, in one system call with its first wait, that it is ready. From then on each
 * call brings the caller's time along and takes it back with the answer; a signal runs on the time bound to the
 * server's notification.
 */
#include <ipc/echo.h>
#include <ipc/message.h>

static uint64_t calls, signals;

/* Status and length of the answer; the words of a ping are its answer. */
static enum ipc_status handle(seL4_IPCBuffer *buf, const struct ipc_request *r, unsigned *words)
{
    *words = 0;
    calls++;
    if (r->op == IPC_PING) {
        *words = r->words;
        return IPC_OK;
    }
    if (r->op == ECHO_COUNT) {
        buf->msg[0] = calls;
        buf->msg[1] = signals;
        *words = 2;
        return IPC_OK;
    }
    while (r->op == ECHO_SPIN)
        __asm__ volatile("" ::: "memory");
    return IPC_UNKNOWN;
}

int main(void)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    seL4_CPtr reply = SLOT_REPLY_FIRST;
    seL4_CPtr spare = SLOT_REPLY_FIRST + 1;     /* takes over from one whose caller is left waiting */
    struct ipc_request r;
    unsigned words;

    ipc_ready_receive(buf, SLOT_READY, SLOT_SERVE, reply, &r);
    for (;;) {
        if ((r.badge & PROCESS_BADGE_SIGNAL) != 0) {
            signals++;
            ipc_receive(buf, SLOT_SERVE, reply, &r);
        } else if (r.op == ECHO_HANG && spare != SLOT_NULL) {
            reply = spare;
            spare = SLOT_NULL;
            ipc_receive(buf, SLOT_SERVE, reply, &r);
        } else {
            enum ipc_status status = handle(buf, &r, &words);
            ipc_reply_receive(buf, SLOT_SERVE, reply, status, words, &r);
        }
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that writes into files that it is handed, each for as long as a call: it has no other
 * way to any file.
 */
#include <idl/scribe.h>
#include <ipc/cap.h>
#include <string.h>

static int note(struct call *c, seL4_CPtr log, const char *line)
{
    char text[82];
    uint32_t done = 0;
    size_t bytes = strlen(line); /* the schema's $max is 80 */

    memcpy(text, line, bytes); /* out of the message, which is gone with the next call */
    text[bytes++] = '\n';
    int e = file_write((struct file){ log }, 0, -1, text, bytes, &done);
    call_received_delete(c);
    return e;
}

int main(void)
{
    static const struct scribe_ops ops = { .note = note };
    struct call_server server;

    if (call_server_open(&server) != 0)
        return 1;
    server.receive_slot = cap_slot();
    scribe_serve_on(&server, &ops);
}

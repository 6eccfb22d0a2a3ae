/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that writes into files that it is handed, each for as long as a call: it has no other
 * way to any file.
 */
#include <errno.h>
#include <idl/scribe.h>
#include <ipc/cap.h>
#include <string.h>

static int note(struct call *c, seL4_CPtr log, const char *line)
{
    char text[82];
    uint32_t done = 0;
    size_t bytes = strlen(line), at = 0; /* the schema's $max is 80 */
    int e = 0;

    memcpy(text, line, bytes); /* out of the message, which is gone with the next call */
    text[bytes++] = '\n';
    for (; e == 0 && at < bytes; at += done) { /* a file may take less than all at once */
        e = file_write((struct file){ log }, 0, -1, text + at, bytes - at, &done);
        e = e == 0 && done == 0 ? EIO : e;
    }
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

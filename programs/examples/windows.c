/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read() without a shared buffer: the client's call carries a window, a range of its memory that
 * the server may write to while the client waits. docs/man/myelin_Copy.md
 *
 *     client: read_file(to, bytes, at)          server: serve()
 *         window = to, bytes | WRITABLE             seL4_Recv
 *         seL4_Call ---------------------------->   myelin_Copy(reply, file + at, 0, bytes, WRITE)
 *         has the bytes        <-----------------   seL4_ReplyRecv(how many)
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/window.h>

static seL4_CPtr endpoint, reply;
static char file[] = "A window is read from the registers of the caller while it waits: "
                     "there is nothing to set up, and nothing to forget.";

enum { FILE_BYTES = sizeof(file) - 1 };

static seL4_Word smaller(seL4_Word a, seL4_Word b)
{
    return a < b ? a : b;
}

/*
 * The server. Message word 0: where to read; words 2 and 3 are the window, which the kernel looks
 * at, too. The answer: the result of the copy, and how many bytes it has written.
 */
static void serve(void)
{
    seL4_Recv(endpoint, NULL, reply);
    for (;;) {
        seL4_Word at = smaller(seL4_GetMR(0), FILE_BYTES);
        seL4_Word room = seL4_GetMR(3) & ~(MYELIN_WINDOW_WRITABLE | MYELIN_WINDOW_READABLE);
        myelin_CopyResult r =
            myelin_Copy(reply, file + at, 0, smaller(room, FILE_BYTES - at), MYELIN_COPY_WRITE);

        seL4_SetMR(0, r.result);
        seL4_SetMR(1, r.bytes);
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 2), NULL, reply);
    }
}

/* The client's stub. What came of it is in message words 0 and 1. */
static void call_with_window(void *to, seL4_Word length_and_rights, seL4_Word at)
{
    seL4_MessageInfo_t info = { { 4 | MYELIN_TAG_WINDOWS(1) } };

    seL4_SetMR(0, at);
    seL4_SetMR(1, 0);
    seL4_SetMR(2, (seL4_Word)to);
    seL4_SetMR(3, length_and_rights);
    seL4_Call(endpoint, info);
}

/* Answers how many bytes were read. */
static seL4_Word read_file(void *to, seL4_Word bytes, seL4_Word at)
{
    call_with_window(to, bytes | MYELIN_WINDOW_WRITABLE, at);
    return seL4_GetMR(0) == MYELIN_COPY_DONE ? seL4_GetMR(1) : 0;
}

int main(seL4_BootInfo *bootinfo)
{
    static char buffer[256];

    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    reply = make(seL4_ReplyObject, 0);
    start_passive(serve);
    /* A thread says that its calls may carry windows; the messages of others mean what they did. */
    must(myelin_TCB_SetExtensions(seL4_CapInitThreadTCB, MYELIN_EXT_WINDOWS), "opt in");

    check(read_file(buffer, 8, 0) == 8 && strcmp(buffer, "A window") == 0, "the first eight bytes");
    check(read_file(buffer, sizeof(buffer), 2) == FILE_BYTES - 2 && strcmp(buffer, file + 2) == 0,
          "the rest, which is less than there is room for");
    check(read_file(buffer, 8, FILE_BYTES) == 0, "nothing, at the end");
    call_with_window(buffer, 8 | MYELIN_WINDOW_READABLE, 0);
    check(seL4_GetMR(0) == MYELIN_COPY_RANGE, "a window that may not be written to is not");
    call_with_window((void *)0x10000000000, 8 | MYELIN_WINDOW_WRITABLE, 0);
    check(seL4_GetMR(0) == MYELIN_COPY_WINDOW, "nor memory that is not there; nobody has faulted");
    return example_end();
}

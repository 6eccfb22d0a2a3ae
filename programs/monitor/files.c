/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about the boot archive, and the date.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "monitor.h"

void do_ls(char *arguments)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    char name[64];
    unsigned got;

    (void)arguments;
    for (uint64_t i = 0;; i++) {
        buf->msg[0] = i;
        if (init_call(INIT_FILE_STAT, 1, &got) != IPC_OK || !ipc_get_text(buf, 1, got, name, sizeof name))
            return;
        printf("%8lu  %s\n", buf->msg[0], name);
    }
}

static bool is_text(const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (data[i] < '\t' || data[i] == 127)
            return false;
    return true;
}

void do_cat(char *arguments)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    char *name = one_word(arguments, "cat FILE");
    static char data[960];
    unsigned got;

    if (name == NULL)
        return;
    if (init_call_name(INIT_FILE_FIND, name, NULL, NULL) != IPC_OK) {
        complain(name, IPC_NOT_FOUND);
        return;
    }
    uint64_t index = buf->msg[0];
    for (uint64_t offset = 0;;) {
        buf->msg[0] = index;
        buf->msg[1] = offset;
        if (init_call(INIT_FILE_READ, 2, &got) != IPC_OK || buf->msg[0] == 0 || buf->msg[0] > sizeof data)
            return;
        size_t bytes = buf->msg[0];
        for (size_t i = 0; i < bytes; i++)
            data[i] = ((const char *)&buf->msg[1])[i];
        if (!is_text((const unsigned char *)data, bytes)) {
            printf("%s: not text\n", name);
            return;
        }
        fwrite(data, 1, bytes, stdout);
        offset += bytes;
    }
}

void do_check(char *arguments)
{
    char *name = one_word(arguments, "check FILE"), text[256];
    unsigned got;

    if (name == NULL)
        return;
    enum ipc_status status = init_call_name(INIT_CHECK, name, NULL, &got);
    if (status != IPC_OK)
        complain(name, status);
    else if (ipc_get_text(ipc_buffer(), 0, got, text, sizeof text))
        puts(text);
}

void do_date(char *arguments)
{
    char text[64];
    struct timespec up;
    time_t now = time(NULL);

    (void)arguments;
    clock_gettime(CLOCK_MONOTONIC, &up);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&now));
    printf("%s UTC, up %ld.%03ld s\n", text, (long)up.tv_sec, up.tv_nsec / 1000000);
}

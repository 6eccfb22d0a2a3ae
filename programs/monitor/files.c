/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about the boot archive, and the date.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "monitor.h"

void do_ls(char *arguments)
{
    char name[INIT_FILE_NAME_MAX + 1];
    uint64_t bytes;

    (void)arguments;
    for (uint64_t i = 0; init_file_stat(init, i, &bytes, name, sizeof name) == 0; i++)
        printf("%8lu  %s\n", bytes, name);
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
    char *name = one_word(arguments, "cat FILE");
    static char data[INIT_FILE_BYTES_MAX];
    uint64_t index, size;
    size_t bytes;

    if (name == NULL)
        return;
    if (init_file_find(init, name, &index, &size) != 0) {
        complain(name, ENOENT);
        return;
    }
    for (uint64_t offset = 0; offset < size; offset += bytes) {
        if (init_file_read(init, index, offset, data, sizeof data, &bytes) != 0 || bytes == 0)
            return;
        if (!is_text((const unsigned char *)data, bytes)) {
            printf("%s: not text\n", name);
            return;
        }
        fwrite(data, 1, bytes, stdout);
    }
}

void do_check(char *arguments)
{
    char *name = one_word(arguments, "check FILE"), text[256];

    if (name == NULL)
        return;
    int e = init_check(init, name, text, sizeof text);
    if (e != 0)
        complain(name, e);
    else
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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is handed on: opened here, exported for writing, and written to by `scribe`, which has
 * nothing else of any file. Then it is taken back.
 */
#include <fcntl.h>
#include <idl/scribe.h>
#include <ipc/cap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct file files;
static struct scribe scribe;

static int make(uint32_t *handle)
{
    static const char path[] = "/tmp/log";
    struct file_opened opened = { 0 };
    char text[1];
    size_t n;
    int e = file_open(files, FILE_ROOT_BIT, O_RDWR | O_CREAT | O_TRUNC, 0644, path, strlen(path),
                      &opened, text, 0, &n);

    *handle = opened.handle;
    return e;
}

static int show(uint32_t handle)
{
    char text[200];
    size_t n = 0;
    int e = file_read(files, handle, sizeof text, 0, text, sizeof text, &n);

    printf("the log says: %.*s", (int)n, text);
    return e;
}

int main(void)
{
    struct file log = { cap_slot() };
    char byte;
    size_t n;
    uint32_t handle;
    int e = file_connect(&files, "memfs");

    if (e == 0)
        e = scribe_connect(&scribe, "scribe");
    if (e == 0)
        e = make(&handle);
    if (e == 0)
        e = file_export_file(files, handle, W_OK, &log);
    if (e == 0)
        e = scribe_note(scribe, log, "written by another");
    if (e == 0)
        e = show(handle);
    if (e != 0)
        return ipc_perror("log", e);
    printf("what was lent for writing is read: %s\n",
           file_read(log, 0, 1, 0, &byte, 1, &n) == 0 ? "yes" : "no");
    e = file_close(log, 0);
    printf("after it was taken back it is written: %s\n",
           e == 0 && scribe_note(scribe, log, "too late") == 0 ? "yes" : "no");
    return show(handle) == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A client of `shelf`: reads records of a file one by one, in one message, and in place. */
#include <base/tsc.h>
#include <fcntl.h>
#include <idl/file.h>
#include <idl/shelf.h>
#include <shm/shm.h>
#include <stdio.h>
#include <string.h>

enum { RECORDS = 64, BYTES = 16, SIZE = 8192 };

static struct file files;
static struct shelf shelf; /* the same capability */
static uint32_t offsets[RECORDS];
static char written[SIZE], singly[RECORDS * BYTES], batch[RECORDS * BYTES];

static int make(uint32_t *handle)
{
    static const char folder[] = "/notes", path[] = "/notes/today";
    struct file_left left;
    struct file_opened opened;
    struct file_found found;
    char text[1];
    size_t n;
    uint32_t done;
    int e =
        file_make_directory(files, FILE_ROOT_BIT, 0755, folder, strlen(folder), &left, text, 0, &n);

    if (e != 0 && e != EEXIST)
        return e;
    e = file_open(files, FILE_ROOT_BIT, O_RDWR | O_CREAT, 0644, path, strlen(path), &opened, text,
                  0, &n);
    if (e == 0)
        e = file_write(files, opened.handle, 0, written, SIZE, &done);
    if (e == 0)
        e = done < SIZE
                ? ENOSPC
                : file_stat(files, FILE_ROOT_BIT, 0, path, strlen(path), &found, text, 0, &n);
    if (e == 0)
        printf("%s has %ld bytes\n", path, (long)found.bytes);
    *handle = opened.handle;
    return e;
}

static int read_singly(uint32_t handle)
{
    int e = 0;

    for (size_t i = 0, n; e == 0 && i < RECORDS; i++)
        e = file_read(files, handle, BYTES, offsets[i], singly + i * BYTES, BYTES, &n);
    return e;
}

static int read_in_place(uint32_t handle)
{
    struct service pages = { cap_slot() };
    struct shm shm;
    bool same = true;
    int e = shelf_pages(shelf, handle, &pages);

    if (e != 0)
        return e;
    if (shm_take(pages.cap, SHELF_PAGE_COUNT, false, &shm) != seL4_NoError)
        return ENOMEM;
    (void)cap_delete(pages.cap);
    for (unsigned i = 0; i < RECORDS; i++)
        same &= memcmp((char *)shm.at + offsets[i], singly + i * BYTES, BYTES) == 0;
    printf("in place: 1 message, the same: %s\n", same ? "yes" : "no");
    shm_close(&shm);
    return 0;
}

int main(void)
{
    uint32_t handle = 0;
    size_t n = 0;
    int e = shelf_connect(&shelf, "shelf");

    files.cap = shelf.cap;
    for (unsigned i = 0; i < SIZE; i++)
        written[i] = (char)(i * 7 + i / 256);
    for (unsigned i = 0; i < RECORDS; i++)
        offsets[i] = i * 89 % (SIZE - BYTES);
    e = e != 0 ? e : make(&handle);
    uint64_t begin = tsc_read();
    e = e != 0 ? e : read_singly(handle);
    uint64_t middle = tsc_read();
    e = e != 0 ? e : shelf_records(shelf, handle, BYTES, offsets, RECORDS, batch, sizeof batch, &n);
    uint64_t end = tsc_read();
    if (e == 0)
        printf(
            "one by one: %d messages, %lu ticks\nin a batch: 1 message, %lu ticks, the same: %s\n",
            RECORDS, middle - begin, end - middle,
            n == sizeof batch && memcmp(singly, batch, n) == 0 ? "yes" : "no");
    e = e != 0 ? e : read_in_place(handle);
    return e == 0 ? 0 : ipc_perror("shelf", e);
}

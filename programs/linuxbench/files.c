/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of a memory file system.
 */
#include "bench.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_PATH FOLDER "/file"
#define NEW_PATH FOLDER "/new"

enum { BYTES = 65536, PAGE = 4096, MANY = 200 };

static char buffer[BYTES];
static int file = -1;

static bool file_begin(void)
{
    memset(buffer, 'x', sizeof buffer);
    file = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);
    return file >= 0 && write(file, buffer, BYTES) == BYTES;
}

static void file_end(void)
{
    close(file);
    unlink(FILE_PATH);
}

static bool read_repeat(unsigned times, long bytes)
{
    for (unsigned i = 0; i < times; i++)
        if (pread(file, buffer, bytes, 0) != bytes)
            return false;
    return true;
}

static bool read_1_repeat(unsigned times)
{
    return read_repeat(times, 1);
}

static bool read_4k_repeat(unsigned times)
{
    return read_repeat(times, PAGE);
}

static bool read_64k_repeat(unsigned times)
{
    return read_repeat(times, BYTES);
}

static bool open_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        int fd = open(FILE_PATH, O_RDONLY);
        if (fd < 0 || close(fd) != 0)
            return false;
    }
    return true;
}

static bool stat_repeat(unsigned times)
{
    struct stat s;

    for (unsigned i = 0; i < times; i++)
        if (stat(FILE_PATH, &s) != 0 || s.st_size != BYTES)
            return false;
    return true;
}

static bool fstat_repeat(unsigned times)
{
    struct stat s;

    for (unsigned i = 0; i < times; i++)
        if (fstat(file, &s) != 0 || s.st_size != BYTES)
            return false;
    return true;
}

static bool create_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        int fd = open(NEW_PATH, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || write(fd, buffer, PAGE) != PAGE || close(fd) != 0 || unlink(NEW_PATH) != 0)
            return false;
    }
    return true;
}

const struct row file_rows[] = {
    { "pread_1", "pread a byte", MANY, file_begin, read_1_repeat, file_end },
    { "pread_4k", "pread 4 KiB", MANY, file_begin, read_4k_repeat, file_end },
    { "pread_64k", "pread 64 KiB", MANY / 10, file_begin, read_64k_repeat, file_end },
    { "open_close", "open and close a file", MANY, file_begin, open_repeat, file_end },
    { "stat", "stat by name", MANY, file_begin, stat_repeat, file_end },
    { "fstat", "fstat", MANY, file_begin, fstat_repeat, file_end },
    { "create_unlink", "create a file, write 4 KiB, close, unlink", MANY / 10, NULL, create_repeat,
      NULL },
    { 0 },
};

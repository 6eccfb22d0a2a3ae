/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a name's permissions keep from somebody, asked of the servers without the name: each line
 * says what came of it.
 */
#define _GNU_SOURCE
#include "intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of idl/file.capnp: interface 0x132, methods 2 and 31; labels as in ipc/call.h. */
#define LABEL(method, data, lengths)                                                               \
    (0x132ull << 8 | (method) | (uint64_t)(data) << 20 | (uint64_t)(lengths) << 27)
#define HAS_CAPACITY (1ull << 31)
#define READABLE (1ull << 62)
#define ROOT 0x80000000u

static int error_of(uint64_t tag)
{
    return (tag >> 24 & 15) == 1 ? (int)(tag >> 12 & 0xfff) : -1;
}

/* The terminal server's device of a number, to read and write. */
static int device_ask(uint64_t number)
{
    uint64_t mr[4] = { number, O_RDWR | (uint64_t)UNIX_MEMFS << 32, 1, 0 };

    return error_of(message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_TTY, LABEL(31, 3, 0) << 12 | 3, mr));
}

/* What memfs answers as the device of a name that is opened so. 0 and *device, or an error. */
static int open_ask(const char *path, uint32_t flags, uint64_t *device)
{
    uint64_t *words = (uint64_t *)PROCESS_THREAD_0_ADDR + 1, bytes = strlen(path);
    uint64_t mr[4] = { ROOT | (uint64_t)flags << 32, 0, 0, bytes | READABLE };

    memset(words + 4, 0, 64);
    memcpy(words + 5, path, bytes);
    uint64_t tag = message_ask(UNIX_SLOT_SERVER_FIRST + UNIX_MEMFS,
                               (LABEL(2, 2, 0) | HAS_CAPACITY) << 12 | (5 + (bytes + 7) / 8), mr);
    *device = mr[1];
    return error_of(tag);
}

static void try_all(void)
{
    uint64_t device = 0;
    int out = dup(1);

    humble();
    dup2(out, 1);
    int e = open_ask("tmp/intruder/fifo", O_RDONLY, &device);
    printf("a FIFO of others: %s\n", strerror(e));
    device = 0;
    e = open_ask("tmp/intruder/fifo", O_PATH, &device);
    printf("its name only: %s, %s\n", strerror(e), device == 0 ? "no key" : "WITH ITS KEY");
    printf("the console: %s\n", strerror(device_ask(0x501)));
    printf("a terminal that is not there: %s\n", strerror(device_ask(0x8803)));
    fflush(stdout);
}

/* In a child, which is no leader of a group and so can have a session of its own. */
int doors_try(void)
{
    int status = 1;

    if (mkfifo("/tmp/intruder/fifo", 0600) != 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        try_all();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : 1;
}

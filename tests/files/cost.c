/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What operations cost, in ticks of the time-stamp counter turned into nanoseconds: with one
 * instruction a nanosecond (tools/qemu, profile bench) these are instructions, the stub's, the
 * kernel's and the server's.
 */
#include "files.h"

#include <base/tsc.h>
#include <fcntl.h>
#include <ipc/process.h>

enum { ROUNDS = 64 };

static uint64_t begun;

static void begin(void)
{
    begun = tsc_read();
}

static void cost(const char *what)
{
    unsigned __int128 ns = (unsigned __int128)(tsc_read() - begun) * 1000000000u;

    printf("cost %s %lu\n", what, (uint64_t)(ns / process_info()->tsc_hz) / ROUNDS);
}

#define COST(what, ...)                                                                            \
    do {                                                                                           \
        begin();                                                                                   \
        for (unsigned i = 0; i < ROUNDS; i++) {                                                    \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
        cost(what);                                                                                \
    } while (0)

void test_cost(void)
{
    static char data[65536] __attribute__((aligned(4096)));
    const struct file f = process_begin(8, 1);
    struct file_found s;
    struct file_opened o;
    struct file_left left;
    char text[600];
    size_t n;
    uint32_t done = 0, more = 0, h = open_handle(f, "/tmp/c", O_RDWR | O_CREAT, 0644);
    uint64_t a, b;

    memset(data, 1, sizeof data);
    (void)file_write(f, h, 0, data, sizeof data, &done);
    COST("ping", service_ping(file_as_service(f), 1, 2, &a, &b));
    COST("pread-1", file_read(f, h, 1, 100, data, 1, &n));
    COST("pread-4096", file_read(f, h, 4096, 4096, data, 4096, &n));
    COST("pread-65536", file_read(f, h, 65536, 0, data, 65536, &n));
    COST("pwrite-1", file_write(f, h, 100, data, 1, &done));
    COST("pwrite-4096", file_write(f, h, 4096, data, 4096, &done));
    COST("stat", file_stat(f, ROOT, 0, "/tmp/c", 6, &s, text, 600, &n));
    COST("fstat", file_stat(f, h, 0, NULL, 0, &s, text, 600, &n));
    COST("open-close", file_open(f, ROOT, O_RDONLY, 0, "/tmp/c", 6, &o, text, 600, &n);
         file_close(f, o.handle));
    COST("create-write-close-unlink",
         file_open(f, ROOT, O_RDWR | O_CREAT, 0600, "/tmp/n", 6, &o, text, 600, &n);
         file_write(f, o.handle, -1, data, 4096, &done); file_close(f, o.handle);
         file_remove(f, ROOT, 0, "/tmp/n", 6, &left, text, 600, &n));
    check(n == 0 && done == 4096, "cost: what was measured was done");
    (void)remove_at(f, "/tmp/c", 0);
    (void)session_end(manager(), UNIX_BADGE(8, 1), &more);
}

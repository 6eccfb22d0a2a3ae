/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

/* Descriptors of devices, by what may be done with them. */
static long null, zero, full, noise, reads, writes;

static void cases_write(void)
{
    E("write: bad descriptor", SYS_write, 99, page, 1);
    E("write: bad descriptor, bad pointer", SYS_write, 99, gone, 1);
    E("write: negative descriptor", SYS_write, -1, page, 1);
    E("write: opened to read", SYS_write, reads, page, 1);
    V("write: /dev/null", SYS_write, null, page, 7);
    V("write: /dev/null, bad pointer", SYS_write, null, gone, 7);
    V("write: /dev/null, kernel's pointer", SYS_write, null, KERNEL, 7);
    V("write: /dev/null, all bytes", SYS_write, null, page, -1);
    V("write: /dev/null, 2^31 bytes", SYS_write, null, page, 1ul << 31);
    V("write: /dev/full", SYS_write, full, page, 7);
    V("write: /dev/full, no bytes", SYS_write, full, page, 0);
    V("write: /dev/urandom", SYS_write, noise, page, 7);
    V("write: /dev/urandom, bad pointer", SYS_write, noise, gone, 7);
    V("write: /dev/urandom, up to a hole", SYS_write, noise, gone - 3, 7);
    V("pwrite: /dev/null", SYS_pwrite64, null, page, 7, 1000);
    V("pwrite: negative offset", SYS_pwrite64, null, page, 7, -1);
    V("pwrite: bad descriptor, negative offset", SYS_pwrite64, 99, page, 7, -1);
    E("write: standard output, bad pointer", SYS_write, 1, gone, 7);
    E("write: standard output, null", SYS_write, 1, 0, 7);
    E("write: standard output, kernel's pointer", SYS_write, 1, KERNEL, 7);
}

static void cases_read(void)
{
    E("read: bad descriptor", SYS_read, 99, page, 1);
    E("read: opened to write", SYS_read, writes, page, 1);
    V("read: /dev/null", SYS_read, null, page, 7);
    V("read: /dev/null, bad pointer", SYS_read, null, gone, 7);
    V("read: /dev/null, kernel's pointer", SYS_read, null, KERNEL, 7);
    memset(page, 1, 16);
    V("read: /dev/zero", SYS_read, zero, page, 9);
    show_truth("read: zeroes, and no more", page[0] == 0 && page[8] == 0 && page[9] == 1);
    V("read: /dev/zero, bad pointer", SYS_read, zero, gone, 7);
    V("read: /dev/zero, null", SYS_read, zero, 0, 7);
    V("read: /dev/zero, up to a hole", SYS_read, zero, gone - 5, 7);
    V("read: /dev/zero, 13 bytes to a hole", SYS_read, zero, gone - 13, 700);
    V("read: /dev/zero, no bytes at a bad pointer", SYS_read, zero, gone, 0);
    V("read: /dev/zero, no bytes of the kernel", SYS_read, zero, KERNEL, 0);
    V("read: /dev/full, up to a hole", SYS_read, full, gone - 5, 7);
    V("read: /dev/urandom", SYS_read, noise, page, 100);
    V("read: /dev/urandom, bad pointer", SYS_read, noise, gone, 7);
    V("read: /dev/urandom, up to a hole", SYS_read, noise, gone - 5, 7);
    V("pread: /dev/zero", SYS_pread64, zero, page, 7, 12345);
    V("pread: negative offset", SYS_pread64, zero, page, 7, -1);
}

static void cases_vectors(void)
{
    const struct iovec good[3] = { { page, 3 }, { NULL, 0 }, { page + 10, 4 } },
                       middle[3] = { { page, 3 }, { gone, 3 }, { page + 10, 3 } },
                       negative[2] = { { page, 3 }, { page, (size_t)-3 } },
                       kernel[2] = { { page, 3 }, { KERNEL, 3 } };

    V("readv: good", SYS_readv, zero, good, 3);
    V("readv: a bad one in the middle", SYS_readv, zero, middle, 3);
    V("readv: a negative length", SYS_readv, zero, negative, 2);
    V("readv: one of the kernel", SYS_readv, zero, kernel, 2);
    V("readv: bad vector", SYS_readv, zero, gone, 1);
    V("readv: bad vector of none", SYS_readv, zero, gone, 0);
    V("readv: 1025", SYS_readv, zero, good, 1025);
    V("readv: -1", SYS_readv, zero, good, -1);
    V("readv: bad descriptor and vector", SYS_readv, 99, gone, 1);
    V("readv: opened to write, bad vector", SYS_readv, writes, gone, 1);
    V("writev: good", SYS_writev, null, good, 3);
    V("writev: a bad one in the middle", SYS_writev, null, middle, 3);
    V("writev: /dev/full", SYS_writev, full, good, 3);
    V("writev: a negative length", SYS_writev, null, negative, 2);
    V("writev: /dev/urandom, a bad one in the middle", SYS_writev, noise, middle, 3);
    V("preadv: good", SYS_preadv, zero, good, 3, 5, 0);
    V("preadv: negative offset", SYS_preadv, zero, good, 3, -1, -1);
    V("pwritev: good", SYS_pwritev, null, good, 3, 5, 0);
    V("preadv2: at the position", SYS_preadv2, zero, good, 3, -1, -1, 0);
    V("preadv2: hipri", SYS_preadv2, zero, good, 3, 0, 0, 1);
    V("pwritev2: dsync", SYS_pwritev2, null, good, 3, 0, 0, 2);
    V("pwritev2: unknown flag", SYS_pwritev2, null, good, 3, 0, 0, 0x40000000);
}

static void cases_dup(void)
{
    E("dup: bad descriptor", SYS_dup, 99);
    V("dup: the lowest", SYS_dup, null);
    V("dup2: same", SYS_dup2, null, null);
    V("dup2: same, bad", SYS_dup2, 99, 99);
    V("dup2: to -1", SYS_dup2, null, -1);
    V("dup2: to 2^30", SYS_dup2, null, 1 << 30);
    V("dup2: bad, to -1", SYS_dup2, 99, -1);
    V("dup2: to 50", SYS_dup2, null, 50);
    V("dup2: over another", SYS_dup2, zero, 50);
    V("read: the other", SYS_read, 50, page, 3);
    V("dup3: same", SYS_dup3, null, null, 0);
    V("dup3: unknown flag", SYS_dup3, null, 51, 1);
    V("dup3: same, bad", SYS_dup3, 99, 99, 0);
    V("dup3: bad", SYS_dup3, 99, 51, 0);
    V("dup3: to -5", SYS_dup3, null, -5, 0);
    V("dup3: close on exec", SYS_dup3, null, 51, O_CLOEXEC);
    V("fcntl: getfd", SYS_fcntl, 51, F_GETFD);
    V("fcntl: setfd 0", SYS_fcntl, 51, F_SETFD, 0);
    V("fcntl: setfd 7", SYS_fcntl, 51, F_SETFD, 7);
    V("fcntl: getfd after setfd", SYS_fcntl, 51, F_GETFD);
    V("fcntl: dupfd 60", SYS_fcntl, null, F_DUPFD, 60);
    V("fcntl: dupfd 60 again", SYS_fcntl, null, F_DUPFD, 60);
    V("fcntl: dupfd -1", SYS_fcntl, null, F_DUPFD, -1);
    V("fcntl: dupfd 2^25", SYS_fcntl, null, F_DUPFD, 1 << 25);
    V("fcntl: dupfd close on exec", SYS_fcntl, null, F_DUPFD_CLOEXEC, 70);
    V("fcntl: getfd of that", SYS_fcntl, 70, F_GETFD);
    V("close: good", SYS_close, 50);
    V("close: again", SYS_close, 50);
    V("close: -1", SYS_close, -1);
    V("close_range: none open", SYS_close_range, 100, 200, 0);
    V("close_range: wrong way", SYS_close_range, 200, 100, 0);
    V("close_range: unknown flag", SYS_close_range, 100, 200, 1);
    V("close_range: on exec", SYS_close_range, 60, 61, 4);
    V("fcntl: getfd after close_range", SYS_fcntl, 61, F_GETFD);
    V("close_range: some", SYS_close_range, 51, 80, 0);
    V("fcntl: getfd of a closed one", SYS_fcntl, 61, F_GETFD);
}

static void cases_flags(void)
{
    long second = CALLED(SYS_dup, null);
    int on = 1, off = 0;

    V("fcntl: getfl", SYS_fcntl, null, F_GETFL);
    V("fcntl: setfl append, nonblock", SYS_fcntl, null, F_SETFL, O_APPEND | O_NONBLOCK);
    V("fcntl: getfl of its duplicate", SYS_fcntl, second, F_GETFL);
    V("fcntl: setfl direct", SYS_fcntl, null, F_SETFL, O_DIRECT);
    V("fcntl: setfl noatime", SYS_fcntl, null, F_SETFL, O_NOATIME);
    V("fcntl: getfl then", SYS_fcntl, null, F_GETFL);
    V("fcntl: setfl none", SYS_fcntl, null, F_SETFL, 0);
    V("fcntl: unknown command", SYS_fcntl, null, 12345, 0);
    V("fcntl: bad descriptor, unknown command", SYS_fcntl, 99, 12345, 0);
    V("ioctl: window size of /dev/null", SYS_ioctl, null, TIOCGWINSZ, page);
    V("ioctl: bad descriptor", SYS_ioctl, 99, TIOCGWINSZ, page);
    V("ioctl: unknown request", SYS_ioctl, null, 0x12345678, page);
    V("ioctl: close on exec", SYS_ioctl, null, FIOCLEX);
    V("fcntl: getfd after ioctl", SYS_fcntl, null, F_GETFD);
    V("ioctl: not on exec", SYS_ioctl, null, FIONCLEX);
    V("ioctl: nonblocking, bad pointer", SYS_ioctl, null, FIONBIO, gone);
    V("ioctl: nonblocking", SYS_ioctl, null, FIONBIO, &on);
    V("fcntl: getfl after ioctl", SYS_fcntl, null, F_GETFL);
    V("ioctl: blocking", SYS_ioctl, null, FIONBIO, &off);
    CALLED(SYS_close, second);
}

static void cases_seek(void)
{
    V("lseek: /dev/null", SYS_lseek, null, 5, SEEK_SET);
    V("lseek: back", SYS_lseek, null, -5, SEEK_SET);
    V("lseek: from the end", SYS_lseek, zero, 5, SEEK_END);
    V("lseek: data", SYS_lseek, null, 0, 3);
    V("lseek: unknown whence", SYS_lseek, null, 0, 9);
    V("lseek: bad descriptor, unknown whence", SYS_lseek, 99, 0, 9);
}

static void cases_devices(void)
{
    E("fsync: device", SYS_fsync, null);
    E("fsync: bad descriptor", SYS_fsync, 99);
    E("fdatasync: device", SYS_fdatasync, null);
    E("syncfs: device", SYS_syncfs, null);
    E("syncfs: bad descriptor", SYS_syncfs, 99);
    E("ftruncate: device", SYS_ftruncate, null, 0);
    E("ftruncate: negative", SYS_ftruncate, null, -1);
    E("ftruncate: bad descriptor", SYS_ftruncate, 99, 0);
    E("ftruncate: bad descriptor, negative", SYS_ftruncate, 99, -1);
    E("fallocate: device", SYS_fallocate, null, 0, 0, 10);
    E("fallocate: opened to read", SYS_fallocate, reads, 0, 0, 10);
    E("fallocate: no bytes", SYS_fallocate, null, 0, 0, 0);
    E("fallocate: bad descriptor", SYS_fallocate, 99, 0, 0, 0);
    E("fadvise: device", SYS_fadvise64, null, 0, 0, 0);
    E("fadvise: unknown", SYS_fadvise64, null, 0, 0, 99);
    E("fadvise: bad descriptor", SYS_fadvise64, 99, 0, 0, 99);
    E("readahead: device", SYS_readahead, null, 0, 10);
    E("readahead: opened to write", SYS_readahead, writes, 0, 10);
    E("sync_file_range: device", SYS_sync_file_range, null, 0, 0, 0);
    E("sync_file_range: unknown flag", SYS_sync_file_range, null, 0, 0, 0x100);
    E("sync_file_range: negative", SYS_sync_file_range, null, -1, 0, 0);
    E("fchdir: device", SYS_fchdir, null);
    E("fchdir: bad descriptor", SYS_fchdir, 99);
    E("getdents64: device", SYS_getdents64, null, page, PAGE);
    E("getdents64: bad descriptor", SYS_getdents64, 99, page, PAGE);
    E("getdents: device", SYS_getdents, null, page, PAGE);
}

/* As many as there may be, and then one more. */
static void cases_many(void)
{
    struct {
        unsigned long soft, hard;
    } limit, few;

    CALLED(SYS_prlimit64, 0, 7, 0, &limit);
    few.soft = 40;
    few.hard = limit.hard;
    V("prlimit64: fewer descriptors", SYS_prlimit64, 0, 7, &few, 0);
    long n = 0;
    while (n < 100 && CALLED(SYS_dup, null) >= 0)
        n++;
    show_truth("dup: up to the limit", n > 20 && n < 40);
    V("dup: one more", SYS_dup, null);
    V("open: one more", SYS_open, "/dev/null", O_RDONLY);
    V("dup2: at the limit", SYS_dup2, null, 40);
    V("fcntl: dupfd at the limit", SYS_fcntl, null, F_DUPFD, 40);
    CALLED(SYS_prlimit64, 0, 7, &limit, 0);
    CALLED(SYS_close_range, writes + 1, 100, 0);
}

void cases_files(void)
{
    null = CALLED(SYS_open, "/dev/null", O_RDWR | O_LARGEFILE);
    zero = CALLED(SYS_open, "/dev/zero", O_RDWR);
    full = CALLED(SYS_open, "/dev/full", O_RDWR);
    noise = CALLED(SYS_open, "/dev/urandom", O_RDWR);
    reads = CALLED(SYS_open, "/dev/null", O_RDONLY);
    writes = CALLED(SYS_open, "/dev/null", O_WRONLY);
    cases_write();
    cases_read();
    cases_vectors();
    cases_dup();
    cases_flags();
    cases_seek();
    cases_devices();
    cases_many();
    CALLED(SYS_close_range, null, writes, 0);
}

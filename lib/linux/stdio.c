/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors 0, 1 and 2: the console, when the manifest gives one. A process without one writes to the system's
 * log, a line with its name in front, and reads end of file.
 */
#include <file/file.h>
#include <ipc/init.h>

#include "personality.h"

enum { FD_COUNT = 3, IOVEC_MAX = 1024 };

struct linux_iovec {
    char  *base;
    size_t bytes;
};

static bool fd_closed[FD_COUNT];

static bool fd_good(long fd)
{
    return fd >= 0 && fd < FD_COUNT && !fd_closed[fd];
}

static seL4_CPtr console_cap(void)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_ENDPOINT, "console");

    return cap == NULL ? SLOT_NULL : cap->slot;
}

static long error_of(enum ipc_status status)
{
    switch (status) {
    case IPC_INTERRUPTED: return -LINUX_EINTR;
    case IPC_DENIED:      return -LINUX_EACCES;
    case IPC_NO_MEMORY:   return -LINUX_ENOMEM;
    case IPC_BUSY:        return -LINUX_EAGAIN;
    default:              return -LINUX_EIO;
    }
}

static long log_write(const char *data, size_t bytes)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    size_t piece = bytes < INIT_LOG_BYTES_MAX ? bytes : INIT_LOG_BYTES_MAX;
    char *to = (char *)&buf->msg[1];

    buf->msg[0] = piece;
    for (size_t i = 0; i < piece; i++)
        to[i] = data[i];
    enum ipc_status status = ipc_call(buf, SLOT_INIT, INIT_LOG, 1 + (unsigned)((piece + 7) / 8), NULL);
    return status == IPC_OK ? (long)piece : error_of(status);
}

long linux_write(long a0, long a1, long a2, long a3, long a4, long a5)
{
    size_t done = 0;

    (void)a3, (void)a4, (void)a5;
    if (!fd_good(a0) || a0 == 0)
        return -LINUX_EBADF;
    if (a2 <= 0)
        return a2 == 0 ? 0 : -LINUX_EINVAL;
    if (console_cap() == SLOT_NULL)
        return log_write((const char *)a1, (size_t)a2);

    enum ipc_status status = file_write(ipc_buffer(), console_cap(), 0, (const char *)a1, (size_t)a2, &done);
    return status == IPC_OK || done > 0 ? (long)done : error_of(status);
}

long linux_read(long a0, long a1, long a2, long a3, long a4, long a5)
{
    size_t done = 0;

    (void)a3, (void)a4, (void)a5;
    if (!fd_good(a0) || a0 != 0)
        return -LINUX_EBADF;
    if (a2 <= 0)
        return a2 == 0 ? 0 : -LINUX_EINVAL;
    if (console_cap() == SLOT_NULL)
        return 0;

    enum ipc_status status = file_read(ipc_buffer(), console_cap(), 0, (char *)a1, (size_t)a2, &done);
    return status == IPC_OK ? (long)done : error_of(status);
}

/* One element after the other, as long as each is done completely. */
static long vector_do(linux_call *one, long fd, const struct linux_iovec *v, long count)
{
    long total = 0;

    if (count < 0 || count > IOVEC_MAX)
        return -LINUX_EINVAL;
    for (long i = 0; i < count; i++) {
        if (v[i].bytes == 0)
            continue;
        long n = one(fd, (long)v[i].base, (long)v[i].bytes, 0, 0, 0);
        if (n < 0)
            return total > 0 ? total : n;
        total += n;
        if ((size_t)n < v[i].bytes)
            break;
    }
    return total;
}

/* What fits into one message goes as one: a line must not be torn apart by another program's. */
static long vector_gather(long fd, const struct linux_iovec *v, long count, size_t total)
{
    char piece[FILE_BYTES_MAX];
    size_t at = 0;

    for (long i = 0; i < count; i++)
        for (size_t j = 0; j < v[i].bytes && at < total; j++)
            piece[at++] = v[i].base[j];
    return linux_write(fd, (long)piece, (long)at, 0, 0, 0);
}

long linux_writev(long a0, long a1, long a2, long a3, long a4, long a5)
{
    const struct linux_iovec *v = (const struct linux_iovec *)a1;
    size_t total = 0;

    (void)a3, (void)a4, (void)a5;
    if (a2 < 0 || a2 > IOVEC_MAX)
        return -LINUX_EINVAL;
    for (long i = 0; i < a2; i++)
        total += v[i].bytes;
    if (total <= FILE_BYTES_MAX)
        return vector_gather(a0, v, a2, total);
    return vector_do(linux_write, a0, v, a2);
}

/* A read that was answered must not wait for more, so this is one message, spread over the elements. */
long linux_readv(long a0, long a1, long a2, long a3, long a4, long a5)
{
    const struct linux_iovec *v = (const struct linux_iovec *)a1;
    char piece[FILE_BYTES_MAX];
    size_t room = 0;

    (void)a3, (void)a4, (void)a5;
    if (a2 < 0 || a2 > IOVEC_MAX)
        return -LINUX_EINVAL;
    for (long i = 0; i < a2; i++)
        room += v[i].bytes;
    if (room > sizeof piece)
        room = sizeof piece;

    long got = linux_read(a0, (long)piece, (long)room, 0, 0, 0);
    long at = 0;
    for (long i = 0; i < a2; i++)
        for (size_t j = 0; j < v[i].bytes && at < got; j++)
            v[i].base[j] = piece[at++];
    return got;
}

long linux_close(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    if (!fd_good(a0))
        return -LINUX_EBADF;
    fd_closed[a0] = true;
    return 0;
}

long linux_lseek(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return fd_good(a0) ? -LINUX_ESPIPE : -LINUX_EBADF;
}

long linux_ioctl(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { TIOCGWINSZ = 0x5413 };
    struct file_info info;

    (void)a3, (void)a4, (void)a5;
    if (!fd_good(a0))
        return -LINUX_EBADF;
    if (a1 != TIOCGWINSZ || console_cap() == SLOT_NULL || file_info(ipc_buffer(), console_cap(), &info) != IPC_OK)
        return -LINUX_ENOTTY;

    uint16_t *size = (uint16_t *)a2;    /* struct winsize: rows, columns, pixels, pixels */
    size[0] = (uint16_t)info.rows;
    size[1] = (uint16_t)info.columns;
    size[2] = size[3] = 0;
    return 0;
}

/* Linux's struct stat on x86_64. */
struct linux_stat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid, pad;
    uint64_t rdev, size, block_size, blocks;
    struct linux_timespec accessed, modified, changed;
    uint64_t unused[3];
};
_Static_assert(sizeof(struct linux_stat) == 144, "ABI");

long linux_fstat(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { CHARACTER_DEVICE = 0020000, READ_WRITE = 0620, TTY_S0 = 4 << 8 | 64 };

    (void)a2, (void)a3, (void)a4, (void)a5;
    if (!fd_good(a0))
        return -LINUX_EBADF;

    struct linux_stat *st = (struct linux_stat *)a1;
    *st = (struct linux_stat){ .nlink = 1, .mode = CHARACTER_DEVICE | READ_WRITE, .rdev = TTY_S0, .block_size = 1024 };
    return 0;
}

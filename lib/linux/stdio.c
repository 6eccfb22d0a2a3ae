/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal, when the manifest gives one (`use tty`). A process without one writes to the
 * system's log, a line with its name in front, and reads end of file.
 */
#include <file/file.h>
#include <idl/init.h>

#include "files.h"

static seL4_CPtr console_cap(void)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_ENDPOINT, "tty");

    return cap == NULL ? SLOT_NULL : cap->slot;
}

static long error_of(enum ipc_status status)
{
    switch (status) {
    case IPC_INTERRUPTED: return -LINUX_EINTR;
    case IPC_DENIED: return -LINUX_EACCES;
    case IPC_NO_MEMORY: return -LINUX_ENOMEM;
    case IPC_BUSY: return -LINUX_EAGAIN;
    default: return -LINUX_EIO;
    }
}

static long log_write(const char *data, size_t bytes)
{
    size_t piece = bytes < INIT_LOG_BYTES_MAX ? bytes : INIT_LOG_BYTES_MAX;

    return init_log((struct init){ SLOT_INIT }, data, piece) == 0 ? (long)piece : -LINUX_EIO;
}

bool console_there(void)
{
    return console_cap() != SLOT_NULL;
}

/*
 * What fits into one message goes as one: a line must not be torn apart by another program's. A
 * piece that is not there ends the write behind the last that is.
 */
long console_write(struct pieces *pieces)
{
    char piece[FILE_BYTES_MAX];
    uint64_t wanted = pieces->total;
    long done = 0;

    while (pieces->total > 0) {
        size_t room = console_there() ? sizeof piece : INIT_LOG_BYTES_MAX, put = 0,
               got = pieces_take(pieces, piece, room);
        if (got == 0)
            break;
        if (!console_there()) {
            long logged = log_write(piece, got);
            if (logged < 0)
                return done > 0 ? done : logged;
            done += logged;
            continue;
        }
        enum ipc_status status = file_write(ipc_buffer(), console_cap(), 0, piece, got, &put);
        done += (long)put;
        if (status != IPC_OK || put < got)
            return done > 0 ? done : status == IPC_OK ? 0 : error_of(status);
    }
    return done == 0 && wanted > 0 ? -LINUX_EFAULT : done;
}

/*
 * A read that was answered must not wait for more: one message, spread over the pieces. What was
 * read and could not be put is lost, as a terminal's line is on Linux.
 */
long console_read(struct pieces *pieces)
{
    char piece[FILE_BYTES_MAX];
    size_t room = pieces->total < sizeof piece ? pieces->total : sizeof piece, got = 0;

    if (room == 0 || !console_there())
        return 0;
    enum ipc_status status = file_read(ipc_buffer(), console_cap(), 0, piece, room, &got);
    if (status != IPC_OK)
        return error_of(status);
    size_t put = pieces_put(pieces, piece, got);
    return put == 0 && got > 0 ? -LINUX_EFAULT : (long)put;
}

long console_ioctl(unsigned request, uaddr_t argument)
{
    enum { TIOCGWINSZ = 0x5413 };
    struct file_info info;

    if (request != TIOCGWINSZ || !console_there() ||
        file_info(ipc_buffer(), console_cap(), &info) != IPC_OK)
        return -LINUX_ENOTTY;
    /* struct winsize: rows, columns, pixels, pixels */
    const uint16_t size[4] = { (uint16_t)info.rows, (uint16_t)info.columns, 0, 0 };
    return user_put(argument, size, sizeof size) ? 0 : -LINUX_EFAULT;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal, when the manifest gives one (`use tty`). A process without one writes to the
 * system's log, a line with its name in front, and reads end of file.
 */
#include <idl/file.h>
#include <idl/init.h>

#include "files.h"
#include "served.h"

enum { MESSAGE_BYTES = 896 };

/*
 * The terminal is the one open file of what the manifest gives: handle 0. Who has been started in a
 * pipe has another, of another server.
 */
static uint32_t handle(void)
{
    return process_info()->output_handle;
}

static struct file console(void)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_ENDPOINT, "tty");

    return (struct file){ cap == NULL ? SLOT_NULL : cap->slot };
}

static long error_of(int error)
{
    if (error == CALL_INTERRUPTED)
        return -LINUX_EINTR;
    return error > 0 ? -error : -LINUX_EIO;
}

static long log_write(const char *data, size_t bytes)
{
    size_t piece = bytes < INIT_LOG_BYTES_MAX ? bytes : INIT_LOG_BYTES_MAX;

    struct call_kept request; /* who handles one has it yet after printf() */

    call_keep(&request);
    int error = init_log((struct init){ SLOT_INIT }, data, piece);
    call_put_back(&request);
    return error == 0 ? (long)piece : -LINUX_EIO;
}

bool console_there(void)
{
    return console().cap != SLOT_NULL;
}

/*
 * What fits into one message goes as one: a line must not be torn apart by another program's. A
 * piece that is not there ends the write behind the last that is.
 */
long console_write(struct pieces *pieces)
{
    char piece[MESSAGE_BYTES];
    uint64_t wanted = pieces->total;
    long done = 0;

    while (pieces->total > 0) {
        size_t room = console_there() ? sizeof piece : INIT_LOG_BYTES_MAX,
               got = pieces_take(pieces, piece, room);
        uint32_t put = 0;
        if (got == 0)
            break;
        if (!console_there()) {
            long logged = log_write(piece, got);
            if (logged < 0)
                return done > 0 ? done : logged;
            done += logged;
            continue;
        }
        struct call_kept request;
        call_keep(&request);
        int error = file_write(console(), handle(), AT_POSITION, piece, got, &put);
        call_put_back(&request);
        if (error != 0)
            return done > 0 ? done : error_of(error);
        if (put > got) /* no server that is right says so */
            return done > 0 ? done : -LINUX_EIO;
        done += (long)put;
        if (put < got)
            return done;
    }
    return done == 0 && wanted > 0 ? -LINUX_EFAULT : done;
}

/*
 * A read that was answered must not wait for more: one message, spread over the pieces. What was
 * read and could not be put is lost, as a terminal's line is on Linux.
 */
long console_read(struct pieces *pieces)
{
    char piece[MESSAGE_BYTES];
    size_t room = pieces->total < sizeof piece ? pieces->total : sizeof piece, got = 0;

    if (room == 0 || !console_there())
        return 0;
    int error = file_read(console(), handle(), (uint32_t)room, AT_POSITION, piece, room, &got);
    if (error != 0)
        return error_of(error);
    size_t put = pieces_put(pieces, piece, got);
    return put == 0 && got > 0 ? -LINUX_EFAULT : (long)put;
}

long console_ioctl(unsigned request, uaddr_t argument)
{
    enum { TIOCGWINSZ = 0x5413 };
    uint16_t size[4]; /* struct winsize: rows, columns, pixels, pixels */
    uint64_t value;
    size_t bytes;

    if (request != TIOCGWINSZ || !console_there() ||
        file_control(console(), handle(), request, 0, NULL, 0, &value, size, sizeof size, &bytes) !=
            0 ||
        bytes != sizeof size)
        return -LINUX_ENOTTY;
    return user_put(argument, size, sizeof size) ? 0 : -LINUX_EFAULT;
}

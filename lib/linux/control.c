/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl() of the files of servers: what the argument points at, and which requests are proc's.
 */
#include <ipc/tty.h>

#include "path.h"
#include "served.h"
#include "signal.h"

enum {
    TCGETS = 0x5401,
    TCSETS,
    TCSETSW,
    TCSETSF,
    TCSBRK = 0x5409,
    TCXONC,
    TCFLSH,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP,
    TIOCSPGRP,
    TIOCOUTQ,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ,
    FIONREAD = 0x541b,
    TIOCNOTTY = 0x5422,
    TIOCGETD = 0x5424,
    TIOCGSID = 0x5429,
};
#define TIOCGPTN 0x80045430u
#define TIOCSPTLCK 0x40045431u
#define TIOCGPTLCK 0x80045439u
enum { TERMIOS_BYTES = 36, WINSIZE_BYTES = 8, INT_BYTES = 4, TEXT_MAX = 64 };

/* Bytes that go to the server, and that come back. */
struct shape {
    uint8_t in, out;
};

static bool shape_of(unsigned request, struct shape *shape)
{
    switch (request) {
    case TCGETS: *shape = (struct shape){ 0, TERMIOS_BYTES }; return true;
    case TCSETS:
    case TCSETSW:
    case TCSETSF: *shape = (struct shape){ TERMIOS_BYTES, 0 }; return true;
    case TCSBRK:
    case TCXONC:
    case TCFLSH: *shape = (struct shape){ 0, 0 }; return true;
    case TIOCGWINSZ: *shape = (struct shape){ 0, WINSIZE_BYTES }; return true;
    case TIOCSWINSZ: *shape = (struct shape){ WINSIZE_BYTES, 0 }; return true;
    case TIOCSPTLCK: *shape = (struct shape){ INT_BYTES, 0 }; return true;
    case TIOCGPTN:
    case TIOCGPTLCK:
    case TIOCOUTQ:
    case FIONREAD:
    case TIOCGETD:
    case TIOCGPGRP:
    case TIOCGSID: *shape = (struct shape){ 0, INT_BYTES }; return true;
    default: return false;
    }
}

static long control_shaped(const struct linux_file *file, unsigned request, uaddr_t argument,
                           struct shape shape)
{
    char in[TEXT_MAX], out[TEXT_MAX];
    size_t got = 0;
    uint64_t value = 0;
    int error;

    if (shape.in > 0 && !user_get(in, argument, shape.in))
        return -LINUX_EFAULT;
    for (;;) {
        CALL_SURELY(error,
                    file_control(path_server(file->server), file->handle, request, argument.value,
                                 in, shape.in, &value, out, sizeof out, &got));
        if (error != UNIX_EBACKGROUND || file->server != UNIX_TTY)
            break;
        if (signal_is_deaf(SIGTTOU)) {
            request |= TTY_ANYWAY;
            continue;
        }
        long judged = served_background(true);
        if (judged != 0)
            return judged;
        if (process_is_due())
            return -LINUX_ERESTART;
    }
    if (error != 0)
        return call_result(error);
    if (got > shape.out)
        got = shape.out;
    return got == 0 || user_put(argument, out, got) ? (long)value : -LINUX_EFAULT;
}

static bool is_after_output(unsigned request, uaddr_t argument)
{
    return request == TCSETSW || request == TCSETSF || (request == TCSBRK && !user_null(argument));
}

/* Until all that was written has gone to the device. */
static long drain(const struct linux_file *file)
{
    uint32_t done;

    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error =
            file_write(path_server(file->server), file->handle, TTY_OFFSET_DRAINED, "", 0, &done);
        if (error == UNIX_ECROWDED)
            linux_sleep_crowded();
        else if (error != CALL_INTERRUPTED)
            return call_result(error);
    }
}

/* Who is in the foreground of a terminal from now on. */
static long foreground_set(const struct linux_file *file, uaddr_t argument)
{
    uint32_t group;
    int error;

    if (!user_load32(&group, argument))
        return -LINUX_EFAULT;
    for (;;) {
        CALL_SURELY(error, proc_foreground(linux_proc(), file->handle, (int32_t)group,
                                           signal_is_deaf(SIGTTOU)));
        if (error != UNIX_EBACKGROUND)
            return call_result(error);
        if (process_is_due())
            return -LINUX_ERESTART;
    }
}

long served_control(const struct linux_file *file, unsigned request, uaddr_t argument)
{
    struct shape shape;
    int error;

    if (file->server == UNIX_TTY && is_after_output(request, argument)) {
        long waited = drain(file);
        if (waited != 0)
            return waited;
    }
    if (shape_of(request, &shape))
        return control_shaped(file, request, argument, shape);
    if (file->server != UNIX_TTY)
        return -LINUX_ENOTTY;
    switch (request) {
    case TIOCSPGRP: return foreground_set(file, argument);
    case TIOCSCTTY:
        CALL_SURELY(error, proc_control(linux_proc(), file->handle, argument.value == 1));
        return call_result(error);
    case TIOCNOTTY: CALL_SURELY(error, proc_disown(linux_proc())); return call_result(error);
    default: return -LINUX_ENOTTY;
    }
}

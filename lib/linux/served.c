/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading, writing and what else is done to the open file of a server.
 *
 * The bytes go from and to the program's memory, by the kernel. What is short goes in the message
 * instead, copied by the stub: so these pages are touched before, and wrong ones are EFAULT. Small
 * pieces of a vector are gathered, so that they are one write, and one read.
 */
#include "served.h"

#include <ipc/tty.h>

#include "epoll.h"
#include "locks.h"
#include "path.h"
#include "signal.h"
#include "socket.h"

enum { S_IFMT = 0170000, S_IFREG = 0100000 };

enum { GATHERED = 2048, SHORT = 1024, CALL_BYTES_MAX = 1 << 20, SIGPIPE = 13, EPIPE_ = 32 };

void served_close(const struct linux_file *file)
{
    int error;

    if (file->users > 0) {
        locks_dropped(file);
        return;
    }
    epoll_leaves(file);
    if (file->kind == FILE_SERVED)
        CALL_SURELY(error, file_close(path_server(file->server), file->handle));
}

long served_fcntl(const struct linux_file *file, uint32_t server, unsigned command,
                  unsigned long argument, long otherwise)
{
    uint64_t value = 0;
    char none[1];
    size_t got;
    int error;

    if (file->kind != FILE_SERVED || file->server != server)
        return otherwise;
    CALL_SURELY(error, file_control(path_server(server), file->handle, command, argument, NULL, 0,
                                    &value, none, 0, &got));
    if (error != 0)
        return error == LINUX_ENOTTY ? otherwise : call_result(error);
    return (long)value;
}

long served_seal(const struct linux_file *file, unsigned long seals)
{
    int error;

    if (file->kind != FILE_SERVED || file->server != UNIX_MEMFS)
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_seal(linux_proc(), file->handle, (uint32_t)seals));
    return call_result(error);
}

long served_add(const struct linux_file *file, bool close_on_exec)
{
    long fd = file_add(file, close_on_exec);

    if (fd < 0)
        served_close(file);
    return fd;
}

long served_add_two(const struct linux_file *first, const struct linux_file *second,
                    bool close_on_exec, uaddr_t fds)
{
    long one = file_add(first, close_on_exec),
         two = one < 0 ? one : file_add(second, close_on_exec);
    const int32_t both[2] = { (int32_t)one, (int32_t)two };

    if (two >= 0 && user_put(fds, both, sizeof both))
        return 0;
    if (two >= 0)
        (void)linux_close((int)two);
    else
        served_close(second);
    if (one >= 0)
        (void)linux_close((int)one);
    else
        served_close(first);
    return two < 0 ? two : -LINUX_EFAULT;
}

/* A signal of the calling thread's own making. */
static void signal_self(unsigned signal)
{
    const struct linux_siginfo info = { .signal = (int32_t)signal };

    (void)signal_send((int)linux_thread()->index, signal, &info);
}

void served_broken(void)
{
    signal_self(SIGPIPE);
}

/* An error of what makes files longer: if that is the limit's doing there is a signal, too. */
static long too_long(long error)
{
    enum { EFBIG_ = 27, SIGXFSZ = 25, RLIMIT_FSIZE = 1 };
    uint64_t soft = ~0ull, hard;
    int e = 0;

    if (error == -EFBIG_)
        CALL_SURELY(e, proc_limit(linux_proc(), 0, RLIMIT_FSIZE, 0, 0, 0, &soft, &hard));
    if (e == 0 && soft != ~0ull)
        signal_self(SIGXFSZ);
    return error;
}

static bool is_regular(const struct linux_file *file)
{
    return (file->mode & S_IFMT) == S_IFREG;
}

/*
 * How many bytes are there, as far as they may be copied by an instruction: all, or those before a
 * page that is not.
 */
_Static_assert((int)SHORT <= (int)PAGE, "it lies in two pages at most");
static inline size_t there(uint64_t at, size_t bytes, bool write)
{
    uint64_t last = at + (bytes < SHORT ? bytes : SHORT) - 1;

    if (bytes == 0 || !user_range((uaddr_t){ at }, bytes) || !call_touch((void *)at, write))
        return 0;
    return last / PAGE == at / PAGE || call_touch((void *)last, write) ? bytes : PAGE - at % PAGE;
}

size_t served_there(uint64_t at, size_t bytes, bool write)
{
    return there(at, bytes, write);
}

/* So that what is done to a file is the bytes before a page that is not there; false: all are. */
static bool shortened(const struct linux_file *file, const char *at, size_t *bytes, bool write)
{
    size_t n = 0;

    while (is_regular(file) && n < *bytes && call_touch((void *)(at + n), write))
        n += PAGE - (uintptr_t)(at + n) % PAGE;
    if (n == 0 || n >= *bytes)
        return false;
    *bytes = n;
    return true;
}

long served_background(bool write)
{
    int error;

    if (!write && signal_is_deaf(SIGTTIN))
        return -LINUX_EIO;
    CALL_SURELY(error, proc_background(linux_proc(), write));
    return call_result(error);
}

/* An error of a read or write: 0, ask again, as it did nothing yet; else what the call answers. */
static long judge(const struct linux_file *file, int error, bool write)
{
    if (error == UNIX_EBACKGROUND && file->server == UNIX_TTY)
        return served_background(write);
    if (error == EPIPE_ && write && socket_type(file) <= SOCK_STREAM)
        served_broken();
    if (error == UNIX_ECROWDED) {
        linux_sleep_crowded();
        return 0;
    }
    if (error == CALL_INTERRUPTED)
        return process_is_due() && socket_has_limit(file, write) ? -LINUX_EINTR : 0;
    return write ? too_long(call_result(error)) : call_result(error);
}

/* What a read does that was not done at once: `error` says why. */
static __attribute__((noinline)) long get_again(const struct linux_file *file, void *to,
                                                size_t bytes, int64_t offset, int error)
{
    struct file server = path_server(file->server);
    size_t done = 0;

    while (error != 0) {
        if (error != LINUX_EFAULT || !shortened(file, to, &bytes, true)) {
            long judged = judge(file, error, false);
            if (judged != 0)
                return judged;
        }
        if (process_is_due())
            return -LINUX_ERESTART;
        error = file_read(server, file->handle, (uint32_t)bytes, offset, to, bytes, &done);
    }
    return (long)done;
}

/* At most CALL_BYTES_MAX. */
static inline long get(const struct linux_file *file, void *to, size_t bytes, int64_t offset)
{
    size_t done;

    turn_give();
    if (process_is_due())
        return -LINUX_ERESTART;
    int error = file_read(path_server(file->server), file->handle, (uint32_t)bytes, offset, to,
                          bytes, &done);
    return __builtin_expect(error == 0, 1) ? (long)done : get_again(file, to, bytes, offset, error);
}

long served_get(const struct linux_file *file, void *to, size_t bytes, int64_t offset)
{
    return get(file, to, bytes < CALL_BYTES_MAX ? bytes : CALL_BYTES_MAX, offset);
}

static int64_t offset_after(int64_t offset, size_t done)
{
    return offset == AT_POSITION ? AT_POSITION : offset + (int64_t)done;
}

/* A write to a file may stop at a page that is not there yet: the rest, as far as it goes. */
static long put_rest(const struct linux_file *file, const char *from, size_t bytes, int64_t offset,
                     size_t done)
{
    uint32_t n = 1;
    int error = 0;

    if (!is_regular(file))
        return (long)done;
    while (error == 0 && n > 0 && done < bytes && (uintptr_t)(from + done) % PAGE == 0) {
        error = file_write(path_server(file->server), file->handle, offset_after(offset, done),
                           from + done, bytes - done, &n);
        if (n > bytes - done)
            break; /* no server that is right says so */
        done += error == 0 ? n : 0;
    }
    return (long)done;
}

/* What a write does that was not done at once and whole: `error` says why, or 0. */
static __attribute__((noinline)) long put_again(const struct linux_file *file, const void *from,
                                                size_t bytes, int64_t offset, int error,
                                                uint32_t done)
{
    struct file server = path_server(file->server);

    while (error != 0) {
        if (error == UNIX_EBACKGROUND && file->server == UNIX_TTY && signal_is_deaf(SIGTTOU)) {
            offset = TTY_OFFSET_ANYWAY;
        } else if (error != LINUX_EFAULT || !shortened(file, from, &bytes, false)) {
            long judged = judge(file, error, true);
            if (judged != 0)
                return judged;
        }
        if (process_is_due())
            return -LINUX_ERESTART;
        error = file_write(server, file->handle, offset, from, bytes, &done);
    }
    if (done > bytes) /* no server that is right says so */
        return -LINUX_EIO;
    return done == bytes ? (long)done : put_rest(file, from, bytes, offset, done);
}

/* At most CALL_BYTES_MAX. */
static inline long put(const struct linux_file *file, const void *from, size_t bytes,
                       int64_t offset)
{
    uint32_t done = 0;

    turn_give();
    if (process_is_due())
        return -LINUX_ERESTART;
    int error = file_write(path_server(file->server), file->handle, offset, from, bytes, &done);
    return __builtin_expect(error == 0 && done == bytes, 1)
               ? (long)done
               : put_again(file, from, bytes, offset, error, done);
}

long served_put(const struct linux_file *file, const void *from, size_t bytes, int64_t offset)
{
    return put(file, from, bytes < CALL_BYTES_MAX ? bytes : CALL_BYTES_MAX, offset);
}

/* A vector whose bytes fit a buffer of ours. */
static long gather_write(const struct linux_file *file, struct pieces *pieces, int64_t offset)
{
    char buffer[GATHERED];
    uint64_t wanted = pieces->total;
    size_t got = pieces_take(pieces, buffer, wanted);

    return got == 0 && wanted > 0 ? -LINUX_EFAULT : served_put(file, buffer, got, offset);
}

static long gather_read(const struct linux_file *file, struct pieces *pieces, int64_t offset)
{
    char buffer[GATHERED];
    long got = served_get(file, buffer, pieces->total, offset);

    if (got <= 0)
        return got;
    size_t put = pieces_put(pieces, buffer, (size_t)got);
    return put == 0 ? -LINUX_EFAULT : (long)put;
}

/* Piece after piece, until one is not done whole. */
static long transfer_pieces(const struct linux_file *file, struct pieces *pieces, int64_t offset,
                            bool write)
{
    long done = 0, n;

    do {
        struct linux_iovec now;
        if (!pieces_next(pieces, &now, CALL_BYTES_MAX))
            return done > 0 ? done : -LINUX_EFAULT;
        if (there(now.base.value, now.bytes, !write) < now.bytes)
            return done > 0 ? done : -LINUX_EFAULT;
        n = write ? served_put(file, (void *)now.base.value, now.bytes, offset)
                  : served_get(file, (void *)now.base.value, now.bytes, offset);
        if (n < 0)
            return done > 0 ? done : n;
        done += n;
        offset = offset_after(offset, (size_t)n);
        if ((uint64_t)n < now.bytes)
            break;
    } while (pieces->total > 0);
    return done;
}

/* Longer than one call does it. */
static __attribute__((noinline)) long transfer_long(const struct linux_file *file, uaddr_t at,
                                                    size_t bytes, int64_t offset, bool write)
{
    struct pieces pieces;
    long error = pieces_one(&pieces, at, bytes);

    return error != 0 ? error : transfer_pieces(file, &pieces, offset, write);
}

/* How many bytes of one piece are transferred; false: none can be. */
static inline bool one_fits(const struct linux_file *file, uaddr_t at, size_t *bytes, bool write)
{
    size_t n = there(at.value, *bytes, !write);

    if (__builtin_expect(n < *bytes, 0) && (n == 0 || !is_regular(file)))
        return false;
    *bytes = n;
    return true;
}

/* What is short and lies in one page: most of all that is read and written. */
static inline bool in_page(uint64_t at, size_t bytes)
{
    uint64_t last = at + bytes - 1;

    return __builtin_expect(bytes - 1 < SHORT && (last ^ at) < PAGE && last < seL4_UserTop, 1);
}

/* One piece that is longer, or lies in more pages. */
static __attribute__((noinline)) long read_pages(const struct linux_file *file, uaddr_t at,
                                                 size_t bytes, int64_t offset)
{
    if (bytes > CALL_BYTES_MAX)
        return transfer_long(file, at, bytes, offset, false);
    return one_fits(file, at, &bytes, false) ? get(file, (void *)at.value, bytes, offset)
                                             : -LINUX_EFAULT;
}

static __attribute__((noinline)) long write_pages(const struct linux_file *file, uaddr_t at,
                                                  size_t bytes, int64_t offset)
{
    if (bytes > CALL_BYTES_MAX)
        return transfer_long(file, at, bytes, offset, true);
    return one_fits(file, at, &bytes, true) ? put(file, (const void *)at.value, bytes, offset)
                                            : -LINUX_EFAULT;
}

long served_read_one(const struct linux_file *file, uaddr_t at, size_t bytes, int64_t offset)
{
    if (!in_page(at.value, bytes))
        return read_pages(file, at, bytes, offset);
    return user_touch_byte(at, true) ? get(file, (void *)at.value, bytes, offset) : -LINUX_EFAULT;
}

long served_write_one(const struct linux_file *file, uaddr_t at, size_t bytes, int64_t offset)
{
    if (!in_page(at.value, bytes))
        return write_pages(file, at, bytes, offset);
    return user_touch_byte(at, false) ? put(file, (const void *)at.value, bytes, offset)
                                      : -LINUX_EFAULT;
}

long served_read(const struct linux_file *file, struct pieces *pieces, int64_t offset)
{
    return pieces->total <= GATHERED ? gather_read(file, pieces, offset)
                                     : transfer_pieces(file, pieces, offset, false);
}

long served_write(const struct linux_file *file, struct pieces *pieces, int64_t offset)
{
    return pieces->total <= GATHERED ? gather_write(file, pieces, offset)
                                     : transfer_pieces(file, pieces, offset, true);
}

long served_seek(const struct linux_file *file, int64_t offset, int whence)
{
    int64_t position = 0;
    int error;

    CALL_SURELY(error, file_seek(path_server(file->server), file->handle, (uint32_t)whence, offset,
                                 &position));
    return error != 0 ? call_result(error) : position;
}

/* The answer of a server that may not have the operation: then its files are not of that kind. */
static long unless_none(int error, long otherwise)
{
    return error == LINUX_ENOSYS ? otherwise : call_result(error);
}

long served_truncate(const struct linux_file *file, int64_t bytes)
{
    int error;

    CALL_SURELY(error, file_truncate(path_server(file->server), file->handle, bytes));
    return too_long(unless_none(error, -LINUX_EINVAL));
}

long served_allocate(const struct linux_file *file, int mode, int64_t offset, int64_t bytes)
{
    int error;

    CALL_SURELY(error, file_allocate(path_server(file->server), file->handle, (uint32_t)mode,
                                     offset, bytes));
    return too_long(unless_none(error, file_is_pipe(file) ? -LINUX_ESPIPE : -LINUX_ENODEV));
}

long served_sync(const struct linux_file *file)
{
    int error;

    CALL_SURELY(error, file_sync(path_server(file->server), file->handle));
    return unless_none(error, -LINUX_EINVAL);
}

long served_flags(const struct linux_file *file, uint32_t flags)
{
    int error;

    CALL_SURELY(error, file_set_flags(path_server(file->server), file->handle, flags));
    return call_result(error);
}

/* At the handle's position: ~0. */
long served_list(const struct linux_file *file, uaddr_t entries, unsigned bytes)
{
    size_t got = 0;
    int error;

    if (there(entries.value, bytes, true) < bytes)
        return -LINUX_EFAULT;
    CALL_SURELY(error, file_list(path_server(file->server), file->handle, ~0ull, bytes,
                                 (void *)entries.value, bytes, &got));
    return error != 0 ? unless_none(error, -LINUX_ENOTDIR) : (long)got;
}

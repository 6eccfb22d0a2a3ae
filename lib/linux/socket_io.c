/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending to sockets and receiving from them, with all that goes along. What is short, or in
 * pieces, goes through a buffer; what is long and in one piece goes as it is.
 *
 * Source: sendmsg(2), recvmsg(2), unix(7) of Linux.
 */
#include <idl/socket.h>
#include <ipc/unix_files.h>

#include "memory.h"
#include "path.h"
#include "ready.h"
#include "served.h"
#include "signal.h"
#include "socket.h"
#include "space.h"

enum { GATHERED = 2048, PIECE_MAX = 1 << 20, EPIPE_ = 32, ENOBUFS_ = 105 };
enum {
    MSG_OOB = 1,
    MSG_PEEK = 2,
    MSG_CTRUNC = 8,
    MSG_TRUNC = 0x20,
    MSG_DONTWAIT = 0x40,
    MSG_WAITALL = 0x100,
    MSG_NOSIGNAL = 0x4000,
    MSG_WAITFORONE = 0x10000,
    MSG_CMSG_CLOEXEC = 0x40000000,
};
enum { SOL_SOCKET = 1, SCM_RIGHTS = 1, SCM_CREDENTIALS, CONTROL_MAX = 20480 };

/* Linux's struct msghdr, mmsghdr, cmsghdr, ucred. */
struct linux_msghdr {
    uaddr_t name;
    uint32_t name_bytes, pad;
    uaddr_t vector;
    uint64_t count;
    uaddr_t control;
    uint64_t control_bytes;
    uint32_t flags, pad2;
};
struct linux_mmsghdr {
    struct linux_msghdr header;
    uint32_t bytes, pad;
};
struct linux_cmsghdr {
    uint64_t bytes;
    int32_t level, type;
};
struct linux_ucred {
    int32_t pid;
    uint32_t uid, gid;
};
_Static_assert(sizeof(struct linux_msghdr) == 56 && sizeof(struct linux_mmsghdr) == 64, "ABI");
_Static_assert(sizeof(struct linux_cmsghdr) == 16, "ABI");

static struct socket server(void)
{
    return (struct socket){ path_server(UNIX_PIPE).cap };
}

/* ---- sending ---- */

struct outgoing {
    const struct linux_file *file;
    int fd, flags;
    struct socket_name name;
    struct linux_ucred who; /* pid 0: as it is */
    const struct unix_right *rights;
    size_t rights_count; /* 0 when they are sent */
};

/* One message, or some of a stream; how many bytes. */
static long send_some(struct outgoing *o, const char *data, size_t bytes)
{
    bool waits = ((unsigned)o->flags & MSG_DONTWAIT) == 0 && (o->file->flags & O_NONBLOCK) == 0;
    uint64_t until_ns = 0;
    uint32_t done;
    int error;

    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        error = socket_send(server(), o->file->handle, (uint32_t)o->flags, o->name.key, o->who.pid,
                            o->who.uid, o->who.gid, o->name.text, o->name.bytes, data, bytes,
                            o->rights, o->rights_count * sizeof *o->rights, &done);
        if (error == 0)
            break;
        long judged = 0;
        if (error == LINUX_EAGAIN && waits)
            judged = socket_wait(o->fd, o->file, POLLOUT, &until_ns);
        else if (error != CALL_INTERRUPTED)
            judged = call_result(error);
        if (error == EPIPE_ && socket_type(o->file) == SOCK_STREAM &&
            ((unsigned)o->flags & MSG_NOSIGNAL) == 0)
            served_broken();
        if (judged != 0)
            return judged;
    }
    if (done > 0 || socket_type(o->file) != SOCK_STREAM)
        o->rights_count = 0;
    return done <= bytes ? (long)done : -LINUX_EIO;
}

/* All of it, as far as it goes. */
static long send_whole(struct outgoing *o, const char *data, size_t bytes)
{
    size_t done = 0;

    do {
        long n = send_some(o, data + done, bytes - done);
        if (n < 0)
            return done > 0 ? (long)done : n;
        done += (size_t)n;
    } while (done < bytes);
    return (long)done;
}

/* What is too long for a buffer of ours, and in several pieces: a message is one. */
static long send_mapped(struct outgoing *o, struct pieces *pieces)
{
    enum { MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20 };
    size_t bytes = pieces->total;
    const uaddr_t anywhere = { 0 };
    long at = bytes > PIECE_MAX ? -LINUX_EMSGSIZE
                                : space_map(anywhere, bytes, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at < 0)
        return at == -LINUX_EMSGSIZE ? at : -ENOBUFS_;
    long sent = pieces_take(pieces, (char *)at, bytes) == bytes
                    ? send_whole(o, (const char *)at, bytes)
                    : -LINUX_EFAULT;
    (void)space_unmap((uaddr_t){ (uint64_t)at }, bytes);
    return sent;
}

static long send_buffered(struct outgoing *o, struct pieces *pieces)
{
    char buffer[GATHERED];
    size_t bytes = pieces->total;

    return pieces_take(pieces, buffer, bytes) == bytes ? send_whole(o, buffer, bytes)
                                                       : -LINUX_EFAULT;
}

static long send_pieces(struct outgoing *o, struct pieces *pieces)
{
    bool streams = socket_type(o->file) == SOCK_STREAM;
    uint64_t total = pieces->total;
    struct pieces all = *pieces;
    struct linux_iovec now;
    long done = 0, n = 0;

    if (total <= GATHERED)
        return send_buffered(o, pieces);
    while (pieces_next(pieces, &now, PIECE_MAX)) {
        if (!streams && now.bytes < total)
            return send_mapped(o, &all);
        if (served_there(now.base.value, now.bytes, false) < now.bytes)
            return done > 0 ? done : -LINUX_EFAULT;
        n = send_whole(o, (const char *)now.base.value, now.bytes);
        if (n < 0)
            return done > 0 ? done : n;
        done += n;
        if ((uint64_t)n < now.bytes || (uint64_t)done == total)
            return done;
    }
    return done > 0 ? done : -LINUX_EFAULT;
}

/* ---- what goes with a message that is sent ---- */

/* The next header of control data from *at on. 0: there is none; 1; -EINVAL, -EFAULT. */
static long control_next(const struct linux_msghdr *m, uint64_t *at, struct linux_cmsghdr *header)
{
    if (*at + sizeof *header > m->control_bytes)
        return 0;
    if (!user_get(header, user_at(m->control, *at), sizeof *header))
        return -LINUX_EFAULT;
    return header->bytes < sizeof *header || header->bytes > m->control_bytes - *at ? -LINUX_EINVAL
                                                                                    : 1;
}

/* Descriptors and credentials of a message. */
static long control_take(const struct linux_msghdr *m, int32_t *fds, size_t *count,
                         struct linux_ucred *who)
{
    struct linux_cmsghdr header;
    long more;

    *count = 0;
    for (uint64_t at = 0; (more = control_next(m, &at, &header)) > 0;
         at += (header.bytes + 7) & ~7ull) {
        size_t bytes = header.bytes - sizeof header;
        uaddr_t from = user_at(m->control, at + sizeof header);
        if (header.level != SOL_SOCKET)
            continue;
        if (header.type == SCM_RIGHTS) {
            if (bytes / sizeof *fds > RIGHTS_MAX - *count)
                return -LINUX_EINVAL;
            if (!user_get(fds + *count, from, bytes / sizeof *fds * sizeof *fds))
                return -LINUX_EFAULT;
            *count += bytes / sizeof *fds;
        } else if (header.type == SCM_CREDENTIALS && bytes == sizeof *who) {
            if (!user_get(who, from, sizeof *who))
                return -LINUX_EFAULT;
        } else {
            return -LINUX_EINVAL;
        }
    }
    return more;
}

/* With descriptors: a frame of its own, as they take much room. */
static __attribute__((noinline)) long send_rights(struct outgoing *o, struct pieces *pieces,
                                                  const int32_t *fds, size_t count)
{
    struct unix_right rights[RIGHTS_MAX];
    long error = passed_hold(fds, count, rights);

    if (error != 0)
        return error;
    o->rights = rights;
    o->rights_count = count;
    long sent = send_pieces(o, pieces);
    passed_cancel(rights, o->rights_count); /* unless they were sent */
    return sent;
}

static __attribute__((noinline)) long send_with_control(struct outgoing *o, struct pieces *pieces,
                                                        const struct linux_msghdr *m)
{
    int32_t fds[RIGHTS_MAX];
    size_t count;

    if (m->control_bytes > CONTROL_MAX)
        return -ENOBUFS_;
    long error = control_take(m, fds, &count, &o->who);
    if (error != 0)
        return error;
    return count > 0 ? send_rights(o, pieces, fds, count) : send_pieces(o, pieces);
}

static long flags_check(const struct linux_file *file, int flags)
{
    (void)file;
    return (flags & MSG_OOB) != 0 ? -LINUX_EOPNOTSUPP : 0;
}

/* Where it goes, if that is said. */
static long name_take(struct outgoing *o, uaddr_t to, unsigned bytes)
{
    o->name = (struct socket_name){ 0 };
    if (user_null(to) || bytes == 0)
        return 0;
    if (socket_type(o->file) == SOCK_DGRAM)
        return socket_name_find(to, bytes, &o->name);
    o->name.bytes = 1; /* the server says what is wrong with that */
    return 0;
}

long linux_sendto(int fd, uaddr_t data, size_t bytes, int flags, uaddr_t to, unsigned to_bytes)
{
    struct outgoing o = { .fd = fd, .flags = flags };
    struct pieces pieces;
    long error = socket_file(fd, &o.file);

    if (error != 0)
        return error;
    if (flags == 0 && user_null(to))
        return served_write_one(o.file, data, bytes, AT_POSITION);
    error = flags_check(o.file, flags);
    if (error == 0)
        error = pieces_one(&pieces, data, bytes);
    if (error == 0)
        error = name_take(&o, to, to_bytes);
    return error != 0 ? error : send_pieces(&o, &pieces);
}

static long send_header(int fd, const struct linux_msghdr *m, int flags)
{
    struct outgoing o = { .fd = fd, .flags = flags };
    struct pieces pieces;
    long error = socket_file(fd, &o.file);

    if (error == 0)
        error = flags_check(o.file, flags);
    if (error == 0)
        error = pieces_vector(&pieces, m->vector, m->count);
    if (error == 0)
        error = name_take(&o, m->name, m->name_bytes);
    if (error != 0)
        return error == -LINUX_EINVAL && m->count > 1024 ? -LINUX_EMSGSIZE : error;
    return m->control_bytes > 0 && !user_null(m->control) ? send_with_control(&o, &pieces, m)
                                                          : send_pieces(&o, &pieces);
}

long linux_sendmsg(int fd, uaddr_t message, int flags)
{
    const struct linux_file *file;
    struct linux_msghdr m;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    return user_get(&m, message, sizeof m) ? send_header(fd, &m, flags) : -LINUX_EFAULT;
}

long linux_sendmmsg(int fd, uaddr_t vector, unsigned count, unsigned flags)
{
    const struct linux_file *file;
    struct linux_mmsghdr m;
    long error = socket_file(fd, &file), n = 0;

    for (unsigned i = 0; error == 0 && i < count && i < 1024; i++) {
        uaddr_t at = user_at(vector, i * sizeof m);
        long sent =
            user_get(&m, at, sizeof m) ? send_header(fd, &m.header, (int)flags) : -LINUX_EFAULT;
        if (sent < 0)
            return n > 0 ? n : sent;
        if (!user_store32(user_at(at, offsetof(struct linux_mmsghdr, bytes)), (uint32_t)sent))
            return n > 0 ? n : -LINUX_EFAULT;
        n++;
    }
    return error != 0 ? error : n;
}

/* ---- receiving ---- */

struct incoming {
    const struct linux_file *file;
    int fd, flags;
    uint32_t flags2, total;
    struct linux_ucred who;
    size_t name_bytes;
    char name[SOCKET_NAME_MAX];
    struct unix_right *rights; /* room for them */
    size_t rights_room, rights_count;
};

/* One message, or what there is of a stream; how many bytes. */
static long receive_some(struct incoming *in, char *data, size_t bytes)
{
    bool waits = ((unsigned)in->flags & MSG_DONTWAIT) == 0 && (in->file->flags & O_NONBLOCK) == 0;
    size_t got = 0, rights_bytes = 0;
    uint64_t until_ns = 0;

    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error = socket_receive(server(), in->file->handle, (uint32_t)in->flags, (uint32_t)bytes,
                                   (uint32_t)(in->rights_room * sizeof *in->rights), &in->total,
                                   &in->flags2, &in->who.pid, &in->who.uid, &in->who.gid, in->name,
                                   sizeof in->name, &in->name_bytes, data, bytes, &got, in->rights,
                                   in->rights_room * sizeof *in->rights, &rights_bytes);
        if (error == 0)
            break;
        long judged = 0;
        if (error == LINUX_EAGAIN && waits) /* what was looked at (SO_PEEK_OFF) is there yet */
            judged =
                socket_wait(in->fd, in->file,
                            (in->flags & MSG_PEEK) != 0 ? POLLIN | READY_EDGE : POLLIN, &until_ns);
        else if (error != CALL_INTERRUPTED)
            judged = call_result(error);
        if (judged != 0)
            return judged;
    }
    in->rights_count = rights_bytes / sizeof *in->rights;
    return (long)got;
}

/* Of a stream as much as was asked for, if that is wanted. */
static long receive_whole(struct incoming *in, char *data, size_t bytes)
{
    bool all = ((unsigned)in->flags & MSG_WAITALL) != 0 && ((unsigned)in->flags & MSG_PEEK) == 0 &&
               socket_type(in->file) == SOCK_STREAM;
    long done = receive_some(in, data, bytes);

    while (all && done > 0 && (size_t)done < bytes && in->rights_count == 0) {
        long n = receive_some(in, data + done, bytes - (size_t)done);
        if (n <= 0)
            break;
        done += n;
    }
    return done;
}

static long receive_buffered(struct incoming *in, struct pieces *pieces)
{
    char buffer[GATHERED];
    long got = receive_whole(in, buffer, pieces->total);

    if (got <= 0)
        return got;
    return pieces_put(pieces, buffer, (size_t)got) == (size_t)got ? got : -LINUX_EFAULT;
}

static long receive_mapped(struct incoming *in, struct pieces *pieces, size_t bytes)
{
    enum { MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20 };
    const uaddr_t anywhere = { 0 };
    long at =
        space_map(anywhere, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at < 0)
        return -ENOBUFS_;
    long got = receive_whole(in, (char *)at, bytes);
    if (got > 0 && pieces_put(pieces, (const char *)at, (size_t)got) != (size_t)got)
        got = -LINUX_EFAULT;
    (void)space_unmap((uaddr_t){ (uint64_t)at }, bytes);
    return got;
}

static long receive_pieces(struct incoming *in, struct pieces *pieces)
{
    uint64_t total = pieces->total;
    struct pieces all = *pieces;
    struct linux_iovec now;

    if (total <= GATHERED)
        return receive_buffered(in, pieces);
    if (!pieces_next(pieces, &now, PIECE_MAX))
        return -LINUX_EFAULT;
    if (now.bytes < total && now.bytes < PIECE_MAX)
        return receive_mapped(in, &all, total < PIECE_MAX ? total : PIECE_MAX);
    if (served_there(now.base.value, now.bytes, true) < now.bytes)
        return -LINUX_EFAULT;
    return receive_whole(in, (char *)now.base.value, now.bytes);
}

/* The length of a message is told even if not all of it came, when that is asked for. */
static long receive_result(const struct incoming *in, long got)
{
    bool tells = ((unsigned)in->flags & MSG_TRUNC) != 0 && socket_type(in->file) != SOCK_STREAM;

    return got >= 0 && tells ? (long)in->total : got;
}

/* As socket_name_put(); who has no name has no family either. */
static long sender_put(uaddr_t at, uaddr_t size_at, const struct incoming *in)
{
    if (user_null(at))
        return 0;
    if (in->name_bytes == 0)
        return user_store32(size_at, 0) ? 0 : -LINUX_EFAULT;
    return socket_name_put(at, size_at, in->name, in->name_bytes);
}

long linux_recvfrom(int fd, uaddr_t data, size_t bytes, int flags, uaddr_t from, uaddr_t from_bytes)
{
    struct incoming in = { .fd = fd, .flags = flags };
    struct pieces pieces;
    long error = socket_file(fd, &in.file);

    if (error != 0)
        return error;
    if (flags == 0 && user_null(from) && bytes > 0)
        return served_read_one(in.file, data, bytes, AT_POSITION);
    if ((flags & MSG_OOB) != 0)
        return socket_type(in.file) == SOCK_STREAM ? -LINUX_EINVAL : -LINUX_EOPNOTSUPP;
    error = pieces_one(&pieces, data, bytes);
    if (error != 0)
        return error;
    long got = receive_result(&in, receive_pieces(&in, &pieces));
    error = got >= 0 ? sender_put(from, from_bytes, &in) : 0;
    return error != 0 ? error : got;
}

/* ---- what came with a message ---- */

/* Put one item of control data; false: there is no room for all of it. */
static bool control_put(struct linux_msghdr *m, uint64_t *at, int type, const void *data,
                        size_t bytes)
{
    const struct linux_cmsghdr header = { sizeof header + bytes, SOL_SOCKET, type };
    uint64_t space = (header.bytes + 7) & ~7ull, left = m->control_bytes - *at;

    if (left < header.bytes)
        return false;
    if (!user_put(user_at(m->control, *at), &header, sizeof header) ||
        !user_put(user_at(m->control, *at + sizeof header), data, bytes))
        return false;
    *at += space < left ? space : left;
    return true;
}

/* How many descriptors there is room for behind what is there. */
static size_t rights_room(const struct linux_msghdr *m, uint64_t at)
{
    uint64_t left = user_null(m->control) ? 0 : m->control_bytes - at;
    uint64_t n = left < sizeof(struct linux_cmsghdr)
                     ? 0
                     : (left - sizeof(struct linux_cmsghdr)) / sizeof(int32_t);

    return n < RIGHTS_MAX ? n : RIGHTS_MAX;
}

/* Descriptors are made; those that do not fit are no more. */
static __attribute__((noinline)) void control_rights(struct incoming *in, struct linux_msghdr *m,
                                                     uint64_t *at)
{
    int32_t fds[RIGHTS_MAX];
    size_t room = rights_room(m, *at), n = in->rights_count < room ? in->rights_count : room;
    size_t made = passed_open(in->rights, n, ((unsigned)in->flags & MSG_CMSG_CLOEXEC) != 0, fds);

    passed_cancel(in->rights + n, in->rights_count - n);
    if (made < in->rights_count)
        in->flags2 |= MSG_CTRUNC;
    if (made > 0 && !control_put(m, at, SCM_RIGHTS, fds, made * sizeof fds[0]))
        in->flags2 |= MSG_CTRUNC;
}

static void control_give(struct incoming *in, struct linux_msghdr *m)
{
    uint64_t at = 0;

    if ((in->flags2 & SOCKET_PASSES) != 0 &&
        (user_null(m->control) || !control_put(m, &at, SCM_CREDENTIALS, &in->who, sizeof in->who)))
        in->flags2 |= MSG_CTRUNC;
    if (in->rights_count > 0)
        control_rights(in, m, &at);
    m->control_bytes = at;
}

static __attribute__((noinline)) long receive_header(int fd, struct linux_msghdr *m, int flags,
                                                     uaddr_t at)
{
    struct unix_right rights[RIGHTS_MAX];
    struct incoming in = {
        .fd = fd, .flags = flags, .rights = rights, .rights_room = rights_room(m, 0)
    };
    struct pieces pieces;
    long error = socket_file(fd, &in.file);

    if (error == 0 && (flags & MSG_OOB) != 0)
        error = socket_type(in.file) == SOCK_STREAM ? -LINUX_EINVAL : -LINUX_EOPNOTSUPP;
    if (error == 0)
        error = pieces_vector(&pieces, m->vector, m->count);
    if (error != 0)
        return error == -LINUX_EINVAL && m->count > 1024 ? -LINUX_EMSGSIZE : error;
    long got = receive_pieces(&in, &pieces);
    if (got < 0)
        return got;
    control_give(&in, m);
    uint32_t shown = in.flags2 & (MSG_TRUNC | MSG_CTRUNC);
    if ((flags & MSG_CMSG_CLOEXEC) != 0)
        shown |= MSG_CMSG_CLOEXEC;
    error = sender_put(m->name, user_at(at, offsetof(struct linux_msghdr, name_bytes)), &in);
    if (error != 0)
        return error;
    return user_store32(user_at(at, offsetof(struct linux_msghdr, flags)), shown) &&
                   user_put(user_at(at, offsetof(struct linux_msghdr, control_bytes)),
                            &m->control_bytes, sizeof m->control_bytes)
               ? receive_result(&in, got)
               : -LINUX_EFAULT;
}

long linux_recvmsg(int fd, uaddr_t message, int flags)
{
    const struct linux_file *file;
    struct linux_msghdr m;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    return user_get(&m, message, sizeof m) ? receive_header(fd, &m, flags, message) : -LINUX_EFAULT;
}

/* The limit is looked at when a message has come. */
long linux_recvmmsg(int fd, uaddr_t vector, unsigned count, unsigned flags, uaddr_t timeout)
{
    const struct linux_file *file;
    struct linux_mmsghdr m;
    uint64_t deadline_ns = ~0ull;
    long error = socket_file(fd, &file), n = 0;

    if (error == 0)
        error = limit_get(timeout, 1, &deadline_ns);
    for (unsigned i = 0; error == 0 && i < count; i++) {
        uaddr_t at = user_at(vector, i * sizeof m);
        long got = user_get(&m, at, sizeof m)
                       ? receive_header(fd, &m.header, (int)(flags & ~(unsigned)MSG_WAITFORONE), at)
                       : -LINUX_EFAULT;
        if (got < 0)
            return n > 0 ? n : got;
        if (!user_store32(user_at(at, offsetof(struct linux_mmsghdr, bytes)), (uint32_t)got))
            return n > 0 ? n : -LINUX_EFAULT;
        n++;
        if ((flags & MSG_WAITFORONE) != 0)
            flags |= MSG_DONTWAIT;
        if (linux_now_ns() >= deadline_ns)
            break;
    }
    return error != 0 ? error : n;
}

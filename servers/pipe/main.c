/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of pipes. An end of a pipe is an open file description (struct end); the pipe lives as
 * long as it has ends. Whoever must wait is put aside and answered in the order of coming; what a
 * reader was answered is consumed only when it has taken it.
 */
#include "epoll.h"
#include "event.h"
#include "rights.h"
#include "sock_calls.h"
#include "timer.h"

#include <errno.h>
#include <idl/alarm.h>
#include <ipc/cap.h>
#include <ipc/unix.h>
#include <inttypes.h>
#include <poll.h>
#include <serve/clock.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

enum { MORE_REPLIES_BITS = 7 };                      /* WAITING_MAX can wait then */
enum { PIPE_SET_SIZE = 1031, PIPE_GET_SIZE = 1032 }; /* F_SETPIPE_SZ, F_GETPIPE_SZ */

/* ---- who waits ---- */

static bool is_waited_for(const struct pipe *pipe, bool write)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i]->pipe == pipe && waiting[i]->write == write && waiting[i]->end == NULL)
            return true;
    return false;
}

/* ---- reading ---- */

/* Copy out of the pipe into a result; 0, or what call_write() says and nothing is consumed. */
static int copy_out(struct call *c, struct call_item *data, struct pipe *pipe, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        size_t n = bytes - done;
        const uint8_t *from = pipe_span(pipe, false, done, &n);
        int e = call_write(c, data, done, from, n);
        if (e != 0)
            return e;
        done += n;
    }
    return 0;
}

/* 0: the caller has taken it; else it is as if nothing had been read. */
static int read_answer(struct waiting *w, size_t bytes)
{
    struct call_item item = { .window = 1, .room = w->call.window_bytes[0] };
    uint8_t small[1024];

    if (bytes <= WAITING_SMALL || (w->call.windows_real & 1) == 0) {
        for (size_t done = 0, n; done < bytes; done += n) {
            n = bytes - done;
            memcpy(small + done, pipe_span(w->pipe, false, done, &n), n);
        }
        return file_read_answer(&w->call, small, bytes);
    }
    int e = copy_out(&w->call, &item, w->pipe, bytes);
    if (e == 0)
        return file_read_answer(&w->call, NULL, bytes);
    (void)call_later_error(&w->call, e); /* asked to touch its memory, it comes again */
    return e;
}

static bool read_goes_on(struct waiting *w)
{
    size_t used = pipe_used(w->pipe), n = used < w->bytes ? used : w->bytes;

    if (n == 0 && w->pipe->writers > 0)
        return false;
    if (read_answer(w, n) == 0)
        pipe_take(w->pipe, n);
    return true;
}

/* ---- writing ---- */

/* Copy into the pipe as much as goes in: 0, EAGAIN: none; EPIPE; or what call_read() says. */
static int copy_in(struct call *c, const struct call_item *data, struct pipe *pipe, size_t *done)
{
    size_t bytes = data->count - *done;

    if (bytes == 0)
        return 0;
    switch (pipe_room(pipe, &bytes)) {
    case PIPE_BROKEN: return EPIPE;
    case PIPE_FULL: return EAGAIN;
    case PIPE_WRITES: break;
    }
    for (size_t put = 0; put < bytes;) {
        size_t n = bytes - put;
        uint8_t *to = pipe_span(pipe, true, put, &n);
        int e = call_read(c, data, *done + put, to, n);
        if (e != 0) {
            pipe_room_drop(pipe);
            return e;
        }
        put += n;
    }
    pipe_put(pipe, bytes);
    *done += bytes;
    return 0;
}

static bool write_goes_on(struct waiting *w)
{
    int e = copy_in(&w->call, &w->item, w->pipe, &w->done);

    if (e == EAGAIN || (e == 0 && w->done < w->bytes))
        return false;
    if (w->done > 0)
        (void)file_write_answer(&w->call, (uint32_t)w->done);
    else
        (void)call_later_error(&w->call, e);
    return true;
}

/* A write that has no room keeps those behind it. */
void pipe_goes_on(struct pipe *pipe)
{
    for (bool moved = true; moved;) {
        bool full = false;
        moved = false;
        for (unsigned i = 0; i < waiting_count;) {
            struct waiting *w = waiting[i];
            if (w->pipe != pipe || (w->write && full)) {
                i++;
                continue;
            }
            if (w->end != NULL) {
                i++;
                continue;
            }
            size_t before = w->done;
            if (w->write ? write_goes_on(w) : read_goes_on(w)) {
                waiting_drop(i);
                moved = true;
                continue;
            }
            moved |= w->done != before;
            full |= w->write;
            i++;
        }
    }
}

/* Bytes came or went: last of all that a request does, since the message is others' then. */
static void changed(struct pipe *pipe, bool wrote)
{
    bool goes_on = is_waited_for(pipe, !wrote);

    serve_changed_some(&serve, &pipe->source,
                       goes_on ? ~0u
                       : wrote ? POLLIN | POLLRDNORM
                               : POLLOUT | POLLWRNORM);
    if (goes_on)
        pipe_goes_on(pipe);
}

/* ---- the protocol ---- */

static int end_of(const struct call *c, uint32_t handle, bool write, struct end **end)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e != 0)
        return e;
    *end = (struct end *)f;
    return (write ? end_writes(*end) : end_reads(*end)) ? 0 : EBADF;
}

/* What is in a pipe, `room` bytes of it at most. */
static __attribute__((noinline)) int read_now(struct call *c, struct pipe *pipe, size_t room,
                                              struct call_item *data)
{
    size_t used = pipe_used(pipe), n = used < room ? used : room;
    int e = copy_out(c, data, pipe, n);

    if (e != 0)
        return e;
    data->count = n;
    pipe_take(pipe, n);
    changed(pipe, false);
    return 0;
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    struct end *end;
    int e = end_of(c, handle, false, &end);

    if (e != 0)
        return e;
    if (offset >= 0)
        return ESPIPE;
    if (end->pipe == NULL)
        return end->kind->read != NULL ? end->kind->read(c, end, bytes, data) : EINVAL;
    size_t room = bytes < data->room ? bytes : data->room;
    if (room == 0)
        return 0;
    if (pipe_used(end->pipe) > 0)
        return read_now(c, end->pipe, room, data);
    if (end->pipe->writers == 0)
        return 0;
    if ((end->flags & O_NONBLOCK) != 0)
        return EAGAIN;
    return waiting_add(c, end->pipe, false, room) != NULL ? CALL_LATER : UNIX_ECROWDED;
}

static int write_later(struct call *c, struct pipe *pipe, const struct call_item *data, size_t done)
{
    struct waiting *w = waiting_add(c, pipe, true, data->count);

    if (w == NULL || !waiting_write(c, w, data))
        return UNIX_ECROWDED;
    w->done = done;
    return CALL_LATER;
}

/*
 * A reader that waits at an empty pipe takes a small write at once. False: there is none, or it is
 * gone.
 */
static bool hand_over(const struct pipe *pipe, const struct call_item *data)
{
    unsigned i = 0;

    if (pipe_used(pipe) > 0 || pipe->readers == 0)
        return false;
    while (i < waiting_count && !(waiting[i]->pipe == pipe && waiting[i]->end == NULL))
        i++;
    return waiting_hand(i, data);
}

/* What nobody takes at once: into the pipe. */
static __attribute__((noinline)) int write_in(struct call *c, const struct end *end,
                                              const struct call_item *data, uint32_t *done)
{
    struct pipe *pipe = end->pipe;
    size_t n = 0;
    int e = pipe->readers > 0 && is_waited_for(pipe, true) ? EAGAIN : copy_in(c, data, pipe, &n);

    if (e != 0 && e != EAGAIN)
        return e;
    bool waits = n < data->count && (end->flags & O_NONBLOCK) == 0;
    if (n == 0 && !waits)
        return EAGAIN;
    if (waits && (e = write_later(c, pipe, data, n)) != CALL_LATER && n == 0)
        return e;
    *done = (uint32_t)n;
    if (n == 0)
        return CALL_LATER;
    changed(pipe, true);
    return waits && e == CALL_LATER ? CALL_LATER : 0;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    struct end *end;
    int e = end_of(c, handle, true, &end);

    if (e != 0)
        return e;
    if (offset >= 0)
        return ESPIPE;
    if (end->pipe == NULL)
        return end->kind->write != NULL ? end->kind->write(c, end, data, done) : EINVAL;
    if (data->count == 0)
        return 0;
    if (!hand_over(end->pipe, data))
        return write_in(c, end, data, done);
    *done = (uint32_t)data->count;
    return 0;
}

static void closed(struct serve_file *file)
{
    struct end *end = (struct end *)file;

    if (end->is_watched)
        epoll_forget(end);
    if (end->pipe == NULL)
        end->kind->free(end);
    else
        end_free(end);
}

static void ending(struct serve_session *session)
{
    rights_ending(session->badge);
    epoll_ending(session->badge);
    fifo_ending(session->badge);
    for (unsigned i = 0; i < waiting_count;)
        if (waiting[i]->call.badge == session->badge) {
            waiting_forget(i);
            i = 0; /* others may have gone on */
        } else {
            i++;
        }
}

static struct file_status status_of(const struct end *end, const struct serve_session *s)
{
    const struct pipe *pipe = end->pipe;

    if (pipe == NULL && end->kind->number != NULL)
        return (struct file_status){ .device = PIPES_DEVICE + 2,
                                     .node = end->kind->number(end),
                                     .links = 1,
                                     .mode = S_IFSOCK | 0777,
                                     .uid = s->uid,
                                     .gid = s->gid };
    if (pipe == NULL)
        return (
            struct file_status){ .device = PIPES_DEVICE + 1, .node = 1, .links = 1, .mode = 0600 };
    return (struct file_status){ .device = (uint16_t)(pipe->server + 1),
                                 .node = pipe->number,
                                 .links = 1,
                                 .mode = (uint16_t)(S_IFIFO | pipe->mode),
                                 .uid = pipe->key == 0 ? pipe->uid : s->uid,
                                 .gid = pipe->key == 0 ? pipe->gid : s->gid };
}

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    const struct serve_session *s = serve_caller(c);
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e == 0)
        *out = status_of((struct end *)f, s);
    return e;
}

/* Its maker may, and, of a FIFO, whose permissions are elsewhere, who has as much already. */
static bool may_open(const struct serve_session *s, const struct end *end, uint32_t flags)
{
    uint32_t access = flags & O_ACCMODE;

    if (s->uid == 0 || (end->pipe->key == 0 && s->uid == end->pipe->uid))
        return true;
    return end->pipe->key != 0 &&
           ((end->flags & O_ACCMODE) == O_RDWR || (end->flags & O_ACCMODE) == access);
}

/* Another end of a pipe that the caller has open; there are no names here. */
static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct serve_session *s = serve_caller(c);
    struct serve_file *f;
    int e = path->count != 0 ? ENOTDIR : serve_file_of(c, directory, &f);

    (void)mode;
    (void)text;
    if (e != 0)
        return e;
    struct pipe *pipe = ((struct end *)f)->pipe;
    if (pipe == NULL)
        return ENXIO;
    if (!may_open(s, (struct end *)f, flags))
        return EACCES;
    struct end *end = end_new(pipe, flags & (O_ACCMODE | O_NONBLOCK), store_owner(c));
    if (end == NULL)
        return ENFILE;
    *out = (struct file_opened){ .mode = S_IFIFO | end->pipe->mode, .node = end->pipe->number };
    return end_give(c, s, end, &out->handle);
}

static int name_of(const struct serve_session *session, struct serve_file *file, char *to,
                   size_t room, size_t *bytes)
{
    const struct end *end = (struct end *)file;
    bool is_pipe = end->pipe != NULL;
    uint64_t number = is_pipe                     ? end->pipe->number
                      : end->kind->number != NULL ? end->kind->number(end)
                                                  : 0;
    const char *name = is_pipe ? "pipe" : end->kind->name;
    int n = number == 0 ? snprintf(to, room, "%s", name)
                        : snprintf(to, room, "%s:[%" PRIu64 "]", name, number);

    (void)session;
    *bytes = (size_t)n;
    return (size_t)n < room ? 0 : ENAMETOOLONG;
}

static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    (void)whence;
    (void)offset;
    *position = 0;
    const struct end *end = (struct end *)f;
    if (e == 0 && end->pipe == NULL && end->kind->number == NULL)
        return 0; /* counters have no place to be at */
    return e != 0 ? e : ESPIPE;
}

static int do_flags(struct call *c, uint32_t handle, uint32_t flags)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e == 0)
        ((struct end *)f)->flags =
            (((struct end *)f)->flags & ~(uint32_t)O_NONBLOCK) | (flags & O_NONBLOCK);
    return e;
}

/* FIONREAD, and what fcntl(2) asks. */
static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t bytes, uint64_t *value, struct call_item *out)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    (void)text;
    (void)bytes;
    if (e != 0)
        return e;
    struct end *end = (struct end *)f;
    struct pipe *pipe = end->pipe;
    if (pipe == NULL && (request != FIONREAD || end->kind->unread == NULL))
        return ENOTTY;
    switch (request) {
    case FIONREAD:
        if (out->room < sizeof(int))
            return EMSGSIZE;
        int unread = (int)(pipe != NULL ? pipe_used(pipe) : end->kind->unread(end));
        memcpy(out->data, &unread, sizeof unread);
        out->count = sizeof unread;
        return 0;
    case PIPE_GET_SIZE: *value = pipe->capacity; return 0;
    case PIPE_SET_SIZE:
        if ((e = pipe_resize(pipe, argument)) != 0)
            return e;
        *value = pipe->capacity;
        changed(pipe, false);
        return 0;
    default: return ENOTTY;
    }
}

uint16_t end_events(struct serve_file *file, struct serve_source **source)
{
    struct end *end = (struct end *)file;
    if (end->pipe == NULL)
        return end->kind->polls(end, source);
    uint32_t mode = end->flags & O_ACCMODE;

    *source = &end->pipe->source;
    uint32_t events = pipe_polls(end->pipe, mode != O_WRONLY, mode != O_RDONLY);
    /* Nobody has gone who was never there. */
    if ((events & POLLHUP) != 0 && end->pipe->key != 0 &&
        end->pipe->writers_ever == end->writers_ever)
        events &= ~(uint32_t)POLLHUP;
    return (uint16_t)events;
}

static int do_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                   size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    return serve_poll(c, thread, arm, wanted, wanted_bytes, ready, events, end_events);
}

static int limit(struct serve_file *file, uint32_t rights, struct serve_file **limited)
{
    const struct end *from = (struct end *)file;
    uint32_t access;
    int e = serve_access_limit(from->flags, rights, &access);

    *limited = file;
    if (e != 0 || (from->flags & O_ACCMODE) == access)
        return e;
    if (from->pipe == NULL)
        return EINVAL; /* all of it, or nothing */
    struct end *end =
        end_new(from->pipe, (from->flags & ~(uint32_t)O_ACCMODE) | access, from->owner);
    *limited = end != NULL ? &end->base : NULL;
    return end != NULL ? 0 : ENOMEM;
}

static int other_protocol(struct call *c, struct call_registers *r)
{
    static const struct alarm_ops alarm_ops = {
        .service = { .ping = serve_ping },
        .create = timer_open,
        .set = timer_set,
    };
    static const struct watch_ops watch_ops = {
        .service = { .ping = serve_ping },
        .create = epoll_open,
        .control = epoll_control,
        .look = epoll_look,
        .others = epoll_others,
        .leave = epoll_leave,
    };
    int e = sock_dispatch(c, r);

    if (e == CALL_UNKNOWN)
        e = alarm_dispatch(c, r, &alarm_ops);
    if (e == CALL_UNKNOWN)
        e = watch_dispatch(c, r, &watch_ops);
    return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
}

static void signalled(struct serve *self, uint64_t bits)
{
    (void)self;
    if ((bits & PROCESS_SIGNAL_NOTIFY(SERVE_CLOCK_BIT)) != 0)
        timers_look();
}

struct serve serve = {
    .signal = signalled,
    .other = other_protocol,
    .sessions = { .closed = closed,
                  .ending = ending,
                  .name = name_of,
                  .limit = limit,
                  .lets_go = rights_let_go,
                  .forked = epoll_forked,
                  .takes_clients = true },
    .ringer = &serve_ringer,
};

int main(void)
{
    static const struct file_ops ops = {
        .service = { .ping = serve_ping },
        .read = do_read,
        .write = do_write,
        .open = do_open,
        .close = serve_close,
        .export_file = serve_export_file,
        .adopt_file = serve_adopt_file,
        .stat = serve_stat,
        .status = do_status,
        .seek = do_seek,
        .poll = do_poll,
        .set_flags = do_flags,
        .control = do_control,
        .pipe = pipe_open,
        .fifo = fifo_open,
        .event = event_open,
    };

    serve.export_slot = cap_slot();
    if (cap_create_run(seL4_ReplyObject, 0, MORE_REPLIES_BITS, &serve.more_replies) == seL4_NoError)
        serve.more_reply_count = 1u << MORE_REPLIES_BITS;
    serve_clock_open("pipe");
    rights_open();
    return serve_files(&serve, &ops);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets as open files: read(2), write(2), poll(2), and the last close.
 */
#include "rights.h"
#include "sock.h"
#include "timer.h"

#include <base/tsc.h>
#include <errno.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <poll.h>
#include <string.h>

enum { US_PER_S = 1000000 };
enum { RDHUP = 0x2000 /* POLLRDHUP */ };

/* ---- reading ---- */

/* How much a read of `room` bytes takes: as far as a stream goes on, or of one message. */
static size_t readable_bytes(const struct sock *s, size_t room)
{
    size_t bytes = 0;

    for (const struct message *m = s->first; m != NULL && bytes < room; m = m->next) {
        bytes += m->bytes - m->done;
        if (s->type != SOCK_STREAM || m->rights != NULL)
            break;
    }
    return bytes < room ? bytes : room;
}

/* Copy what a read takes into a result, or into `small`; 0, or what call_write() says. */
static int copy_out(const struct sock *s, struct call *c, struct call_item *data, uint8_t *small,
                    size_t bytes)
{
    size_t done = 0;

    for (const struct message *m = s->first; done < bytes; m = m->next) {
        size_t n = m->bytes - m->done < bytes - done ? m->bytes - m->done : bytes - done;
        const uint8_t *from = m->data + m->done;
        if (small != NULL)
            memcpy(small + done, from, n);
        int e = small != NULL ? 0 : call_write(c, data, done, from, n);
        if (e != 0)
            return e;
        done += n;
    }
    return 0;
}

/* As kind_wait(), as long as the socket may wait. */
static int sock_wait(struct call *c, struct sock *s, bool write, struct waiting **w)
{
    uint64_t us = s->limit_us[write], hz = process_info()->tsc_hz;
    int e = us == SOCK_AT_ONCE ? EAGAIN : kind_wait(c, &s->end, write, w);

    if (e == CALL_LATER && us != 0) {
        (*w)->until = tsc_read() + us / US_PER_S * hz + us % US_PER_S * hz / US_PER_S;
        timers_set();
    }
    return e;
}

static int sock_read(struct call *c, struct end *end, uint32_t bytes, struct call_item *data)
{
    struct sock *s = (struct sock *)end;
    size_t room = bytes < data->room ? bytes : data->room;

    if (room == 0 && s->type == SOCK_STREAM)
        return 0;
    int e = sock_readable(s);
    if (e == EAGAIN) {
        struct waiting *w;
        e = sock_wait(c, s, false, &w);
        if (e == CALL_LATER)
            w->bytes = room;
        return e;
    }
    if (e != 0)
        return e == SOCK_END ? 0 : e;
    size_t n = readable_bytes(s, room);
    e = copy_out(s, c, data, NULL, n);
    if (e != 0)
        return e;
    data->count = n;
    queue_take(s, n);
    sock_settle(c);
    return 0;
}

/* 0: the caller has it; else it is as if nothing had been read. */
static int read_answer(struct waiting *w, const struct sock *s, size_t bytes)
{
    struct call_item item = { .window = 1, .room = w->call.window_bytes[0] };
    uint8_t small[1024];

    if (bytes <= WAITING_SMALL || (w->call.windows_real & 1) == 0) {
        if (bytes > sizeof small)
            bytes = sizeof small;
        (void)copy_out(s, NULL, NULL, small, bytes);
        return file_read_answer(&w->call, small, bytes);
    }
    int e = copy_out(s, &w->call, &item, NULL, bytes);
    if (e == 0)
        return file_read_answer(&w->call, NULL, bytes);
    (void)call_later_error(&w->call, e); /* asked to touch its memory, it comes again */
    return e;
}

static bool read_goes_on(struct waiting *w, struct sock *s)
{
    int e = sock_readable(s);

    if (e == EAGAIN)
        return false;
    if (e == SOCK_END) {
        (void)file_read_answer(&w->call, NULL, 0);
    } else if (e != 0) {
        (void)call_later_error(&w->call, e);
    } else {
        size_t n = readable_bytes(s, w->bytes);
        if (read_answer(w, s, n) == 0)
            queue_take(s, n);
    }
    return true;
}

/* ---- writing ---- */

static bool is_written(const struct end *end)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i]->of == end && waiting[i]->write)
            return true;
    return false;
}

static int write_later(struct call *c, struct sock *s, const struct call_item *data, size_t done)
{
    struct waiting *w;
    int e = sock_wait(c, s, true, &w);

    if (e != CALL_LATER)
        return e;
    if (!waiting_write(c, w, data))
        return UNIX_ECROWDED;
    w->bytes = data->count;
    w->done = done;
    return CALL_LATER;
}

/*
 * Who waits to read a stream on which nothing is takes a small write at once. False: nobody does,
 * or it is gone.
 */
static bool hand_over(struct sock *to, const struct call_item *data)
{
    size_t bytes = data->count;
    unsigned i = 0;

    if (to->type != SOCK_STREAM || to->first != NULL || data->count == 0)
        return false;
    while (i < waiting_count && waiting[i]->of != &to->end)
        i++;
    if (!waiting_hand(i, data))
        return false;
    sock_peeks_back(to, bytes);
    return true;
}

static int sock_write(struct call *c, struct end *end, const struct call_item *data, uint32_t *done)
{
    struct sock *s = (struct sock *)end, *to;
    struct rights *none = NULL;
    size_t n = 0;
    int e = sock_sendable(s, NULL, &to);

    if (e != 0)
        return e;
    if (hand_over(to, data)) {
        *done = (uint32_t)data->count;
        return 0;
    }
    e = is_written(end) ? EAGAIN
                        : sock_push(c, s, to, data, &n, credentials_of(serve_caller(c)), &none);
    if (e != 0 && e != EAGAIN)
        return e;
    sock_settle(c);
    *done = (uint32_t)n;
    if (e == 0 && n == data->count)
        return 0;
    e = write_later(c, s, data, n);
    return e != CALL_LATER && n > 0 ? 0 : e;
}

static bool write_goes_on(struct waiting *w, struct sock *s)
{
    struct rights *none = NULL;
    struct sock *to;
    int e = sock_sendable(s, NULL, &to);

    if (e == 0)
        e = sock_push(&w->call, s, to, &w->item, &w->done,
                      credentials_of(serve_session_find(&serve.sessions, w->call.badge)), &none);
    if (e == EAGAIN || (e == 0 && w->done < w->bytes))
        return false;
    if (e == 0 || w->done > 0)
        (void)file_write_answer(&w->call, (uint32_t)w->done);
    else
        (void)call_later_error(&w->call, e);
    return true;
}

/* Others are stirred, and told by sock_settle(), under which this runs. */
static bool goes_on(struct waiting *w)
{
    struct sock *s = (struct sock *)w->of;

    return w->write ? write_goes_on(w, s) : read_goes_on(w, s);
}

/* ---- the rest ---- */

static bool is_writable(const struct sock *s)
{
    const struct sock *to = s->wants != NULL ? s->wants : s->peer;

    if (s->state == SOCK_LISTENS)
        return false;
    if (to == NULL)
        return true;
    if (to->state == SOCK_LISTENS)
        return to->pending_count <= to->backlog;
    return sock_has_room(s, to);
}

static uint16_t sock_polls(struct end *end, struct serve_source **source)
{
    struct sock *s = (struct sock *)end;
    bool parted = s->state == SOCK_PARTED, streams = !sock_is_dgram(s);
    uint16_t events = 0;

    *source = &s->source;
    if (s->error != 0)
        events |= POLLERR;
    if (s->shut_in || parted)
        events |= RDHUP | POLLIN | POLLRDNORM;
    if ((s->shut_in && s->shut_out) || parted ||
        (streams && s->state == SOCK_IDLE && s->wants == NULL))
        events |= POLLHUP;
    if (s->first != NULL || s->pending != NULL)
        events |= POLLIN | POLLRDNORM;
    if (is_writable(s))
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}

static void sock_free(struct end *end)
{
    sock_end((struct sock *)end);
    sock_settle(NULL);
}

static uint64_t sock_number(const struct end *end)
{
    return ((const struct sock *)end)->number;
}

static size_t sock_unread(const struct end *end)
{
    const struct sock *s = (const struct sock *)end;
    size_t bytes = 0;

    for (const struct message *m = s->first; m != NULL; m = m->next) {
        bytes += m->bytes - m->done;
        if (sock_is_dgram(s))
            break;
    }
    return bytes;
}

const struct end_kind sock_kind = {
    .name = "socket",
    .read = sock_read,
    .write = sock_write,
    .goes_on = goes_on,
    .polls = sock_polls,
    .free = sock_free,
    .number = sock_number,
    .unread = sock_unread,
};

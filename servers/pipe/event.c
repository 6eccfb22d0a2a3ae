/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include <errno.h>
#include <ipc/unix.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define COUNT_MAX (~0ull - 1)

/* What a read takes of it. */
static uint64_t taken(const struct event *event)
{
    return event->one && event->count > 0 ? 1 : event->count;
}

/* Does this one go on? It has its answer then. */
static bool goes_on(struct waiting *w, struct event *event)
{
    uint64_t n;

    if (!w->write) {
        n = taken(event);
        if (n == 0)
            return false;
        if (file_read_answer(&w->call, &n, sizeof n) == 0)
            event->count -= n;
        return true;
    }
    memcpy(&n, w->data, sizeof n);
    if (n > COUNT_MAX - event->count)
        return false;
    if (file_write_answer(&w->call, sizeof n) == 0)
        event->count += n;
    return true;
}

/* The counter is another: those who wait go on, in the order they came, as far as they can. */
static void changed(const struct call *c, struct event *event)
{
    seL4_Word kept[CALL_WORDS_MAX];

    serve_changed(&serve, &event->source);
    memcpy(kept, c->buf->msg, sizeof kept); /* the caller's message is to stay as it is */
    for (unsigned i = 0; i < waiting_count;) {
        if (waiting[i].event == event && goes_on(&waiting[i], event)) {
            waiting_drop(i);
            i = 0;
        } else {
            i++;
        }
    }
    memcpy(c->buf->msg, kept, sizeof kept);
}

static struct waiting *wait_add(struct call *c, struct event *event, bool write)
{
    struct waiting *w = waiting_add(c, NULL, write, sizeof(uint64_t));

    if (w != NULL)
        w->event = event;
    return w;
}

int event_read(struct call *c, struct event *event, uint32_t bytes, struct call_item *data)
{
    uint64_t n = taken(event);

    if (bytes < sizeof n || data->room < sizeof n)
        return EINVAL;
    if (n == 0) {
        if ((event->end.flags & O_NONBLOCK) != 0)
            return EAGAIN;
        return wait_add(c, event, false) != NULL ? CALL_LATER : UNIX_ECROWDED;
    }
    int e = call_write(c, data, 0, &n, sizeof n);
    if (e != 0)
        return e;
    data->count = sizeof n;
    event->count -= n;
    changed(c, event);
    return 0;
}

int event_write(struct call *c, struct event *event, const struct call_item *data, uint32_t *done)
{
    uint64_t n;
    int e = data->count < sizeof n ? EINVAL : call_read(c, data, 0, &n, sizeof n);

    if (e != 0)
        return e;
    if (n == ~0ull)
        return EINVAL;
    if (n > COUNT_MAX - event->count) {
        if ((event->end.flags & O_NONBLOCK) != 0)
            return EAGAIN;
        struct waiting *w = wait_add(c, event, true);
        if (w == NULL)
            return UNIX_ECROWDED;
        memcpy(w->data, &n, sizeof n);
        return CALL_LATER;
    }
    event->count += n;
    *done = sizeof n;
    changed(c, event);
    return 0;
}

int event_open(struct call *c, uint64_t count, uint32_t flags, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);

    if (s == NULL)
        return ESRCH;
    if ((flags & ~(uint32_t)(EFD_SEMAPHORE | EFD_NONBLOCK)) != 0 || count > COUNT_MAX)
        return EINVAL;
    struct event *event = calloc(1, sizeof *event);
    if (event == NULL)
        return ENOMEM;
    event->end.flags = O_RDWR | (flags & EFD_NONBLOCK);
    event->count = count;
    event->one = (flags & EFD_SEMAPHORE) != 0;
    int e = serve_handle_new(s, &event->end.base, handle);
    if (e != 0)
        free(event);
    return e;
}

uint16_t event_polls(const struct event *event)
{
    return (event->count > 0 ? POLLIN : 0) | (event->count < COUNT_MAX ? POLLOUT : 0);
}

void event_free(struct event *event)
{
    serve_changed(&serve, &event->source);
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].event == event) {
            (void)call_later_error(&waiting[i].call, EBADF);
            waiting_drop(i);
        }
    free(event);
}

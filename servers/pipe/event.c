/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include <errno.h>
#include <ipc/unix.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#define COUNT_MAX (~0ull - 1)

/* What a read takes of it. */
static uint64_t taken(const struct event *event)
{
    return event->one && event->count > 0 ? 1 : event->count;
}

/* Does this one go on? It has its answer then. */
static bool goes_on(struct waiting *w)
{
    struct event *event = (struct event *)w->of;
    uint64_t n;

    if (!w->write) {
        n = taken(event);
        if (n == 0)
            return false;
        if (file_read_answer(&w->call, &n, sizeof n) == 0)
            event->count -= n;
        return true;
    }
    n = w->others;
    if (n > COUNT_MAX - event->count)
        return false;
    if (file_write_answer(&w->call, sizeof n) == 0)
        event->count += n;
    return true;
}

/* Eight bytes. EINVAL: less. */
static int event_read(struct call *c, struct end *end, uint32_t bytes, struct call_item *data)
{
    struct event *event = (struct event *)end;
    uint64_t n = taken(event);

    if (bytes < sizeof n || data->room < sizeof n)
        return EINVAL;
    if (n == 0)
        return kind_wait(c, end, false, NULL);
    int e = call_write(c, data, 0, &n, sizeof n);
    if (e != 0)
        return e;
    data->count = sizeof n;
    event->count -= n;
    kind_changed(NULL, end, &event->source, POLLOUT);
    return 0;
}

static int event_write(struct call *c, struct end *end, const struct call_item *data,
                       uint32_t *done)
{
    struct event *event = (struct event *)end;
    uint64_t n;
    int e = 0;

    if (data->count < sizeof n)
        return EINVAL;
    if (data->window == 0)
        memcpy(&n, data->data, sizeof n); /* as most are */
    else if ((e = call_read(c, data, 0, &n, sizeof n)) != 0)
        return e;
    if (n == ~0ull)
        return EINVAL;
    if (n > COUNT_MAX - event->count) {
        struct waiting *w;
        e = kind_wait(c, end, true, &w);
        if (e == CALL_LATER)
            w->others = n;
        return e;
    }
    event->count += n;
    *done = sizeof n;
    kind_changed(NULL, end, &event->source, POLLIN);
    return 0;
}

static uint16_t event_polls(struct end *end, struct serve_source **source)
{
    struct event *event = (struct event *)end;

    *source = &event->source;
    return (event->count > 0 ? POLLIN : 0) | (event->count < COUNT_MAX ? POLLOUT : 0);
}

static void event_free(struct end *end)
{
    kind_ends(end, &((struct event *)end)->source);
    store_free(end, sizeof(struct event), end->owner);
}

static const struct end_kind event_kind = {
    .name = "anon_inode:[eventfd]",
    .read = event_read,
    .write = event_write,
    .goes_on = goes_on,
    .polls = event_polls,
    .free = event_free,
};

int event_open(struct call *c, uint64_t count, uint32_t flags, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);

    if (s == NULL)
        return ESRCH;
    if ((flags & ~(uint32_t)(EFD_SEMAPHORE | EFD_NONBLOCK)) != 0 || count > COUNT_MAX)
        return EINVAL;
    uint16_t owner = store_owner(c);
    struct event *event = store_new(sizeof *event, owner);
    if (event == NULL)
        return ENOMEM;
    event->end.owner = owner;
    event->end.kind = &event_kind;
    event->end.flags = O_RDWR | (flags & EFD_NONBLOCK);
    event->count = count;
    event->one = (flags & EFD_SEMAPHORE) != 0;
    int e = serve_handle_new(s, &event->end.base, handle);
    if (e != 0)
        store_free(event, sizeof *event, owner);
    return e;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: timerfd_create(2) of Linux.
 */
#include "timer.h"

#include <base/tsc.h>
#include <errno.h>
#include <ipc/process.h>
#include <poll.h>
#include <serve/clock.h>
#include <string.h>

#define NS_PER_S 1000000000ull

enum { CLOCK_REAL = 0, CLOCK_MONO = 1, CLOCK_BOOT = 7 };
enum { CHANGE = 1, ABSOLUTE = 2 };

struct timer {
    struct end end;
    struct timer *next;
    bool real;        /* its clock began in 1970, not at the start */
    uint64_t count;   /* times that have come and nobody has read */
    uint64_t next_ns; /* of the machine's clock; 0: it is off */
    uint64_t interval_ns;
    struct serve_source source;
};

static struct timer *timers;

/* ---- the clock ---- */

static uint64_t now_ns(void)
{
    uint64_t hz = process_info()->tsc_hz, ticks = tsc_read();

    return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

/* Not before that time. */
static uint64_t ticks_of(uint64_t ns)
{
    uint64_t hz = process_info()->tsc_hz, seconds = ns / NS_PER_S;

    if (seconds > CALL_NEVER / 2 / hz)
        return CALL_NEVER;
    return seconds * hz + (ns % NS_PER_S * hz + NS_PER_S - 1) / NS_PER_S;
}

void timers_set(void)
{
    uint64_t first = waiting_first();

    for (const struct timer *t = timers; t != NULL; t = t->next)
        if (t->next_ns != 0 && t->count == 0 && ticks_of(t->next_ns) < first)
            first = ticks_of(t->next_ns);
    serve_clock_set(first);
}

/* Count the times that have come since. */
static void timer_count(struct timer *t)
{
    uint64_t now = now_ns();

    if (t->next_ns == 0 || now < t->next_ns)
        return;
    uint64_t n = t->interval_ns == 0 ? 1 : 1 + (now - t->next_ns) / t->interval_ns;
    t->count += n;
    t->next_ns = t->interval_ns == 0 ? 0 : t->next_ns + n * t->interval_ns;
}

/* The same; and if it is the first one, who waits is told. */
static void timer_look(const struct call *c, struct timer *t)
{
    bool had_none = t->count == 0;

    timer_count(t);
    if (had_none && t->count > 0)
        kind_changed(c, &t->end, &t->source, POLLIN);
}

void timers_look(void)
{
    waiting_look(tsc_read());
    for (struct timer *t = timers; t != NULL; t = t->next)
        timer_look(NULL, t);
    timers_set();
}

/* ---- what is done to one ---- */

static int timer_read(struct call *c, struct end *end, uint32_t bytes, struct call_item *data)
{
    struct timer *t = (struct timer *)end;

    if (bytes < sizeof t->count || data->room < sizeof t->count)
        return EINVAL;
    timer_look(c, t); /* who came before is served before */
    if (t->count == 0)
        return kind_wait(c, end, false, NULL);
    int e = call_write(c, data, 0, &t->count, sizeof t->count);
    if (e != 0)
        return e;
    data->count = sizeof t->count;
    t->count = 0;
    timers_set();
    return 0;
}

static bool goes_on(struct waiting *w)
{
    struct timer *t = (struct timer *)w->of;

    if (t->count == 0)
        return false;
    if (file_read_answer(&w->call, &t->count, sizeof t->count) == 0)
        t->count = 0;
    return true;
}

static uint16_t timer_polls(struct end *end, struct serve_source **source)
{
    struct timer *t = (struct timer *)end;

    *source = &t->source;
    return t->count > 0 ? POLLIN : 0;
}

static void timer_free(struct end *end)
{
    struct timer *t = (struct timer *)end;

    for (struct timer **link = &timers; *link != NULL; link = &(*link)->next)
        if (*link == t) {
            *link = t->next;
            break;
        }
    kind_ends(end, &t->source);
    store_free(t, sizeof *t, end->owner);
    timers_set();
}

static const struct end_kind timer_kind = {
    .name = "anon_inode:[timerfd]",
    .read = timer_read,
    .goes_on = goes_on,
    .polls = timer_polls,
    .free = timer_free,
};

/* ---- the protocol ---- */

int timer_open(struct call *c, uint32_t clock, uint32_t flags, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);

    if (s == NULL)
        return ESRCH;
    if ((flags & ~(uint32_t)O_NONBLOCK) != 0 ||
        (clock != CLOCK_REAL && clock != CLOCK_MONO && clock != CLOCK_BOOT))
        return EINVAL;
    if (!serve_clock_is_there())
        return ENOSYS;
    uint16_t owner = store_owner(c);
    struct timer *t = store_new(sizeof *t, owner);
    if (t == NULL)
        return ENOMEM;
    t->end.owner = owner;
    t->end.kind = &timer_kind;
    t->end.flags = O_RDWR | flags;
    t->real = clock == CLOCK_REAL;
    int e = serve_handle_new(s, &t->end.base, handle);
    if (e != 0) {
        store_free(t, sizeof *t, owner);
        return e;
    }
    t->next = timers;
    timers = t;
    return 0;
}

/* When a value is due, of the machine's clock; never 0. */
static uint64_t due_ns(const struct timer *t, uint32_t how, uint64_t value_ns)
{
    uint64_t began_ns = t->real ? process_info()->boot_time_s * NS_PER_S : 0;

    if ((how & ABSOLUTE) == 0)
        return now_ns() + value_ns;
    return value_ns > began_ns ? value_ns - began_ns : 1;
}

int timer_set(struct call *c, uint32_t handle, uint32_t how, uint64_t value_ns,
              uint64_t interval_ns, uint64_t *left_ns, uint64_t *old_interval_ns)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);
    struct timer *t = (struct timer *)f;

    if (e != 0)
        return e;
    if (t->end.kind != &timer_kind || how > (CHANGE | ABSOLUTE) || value_ns > INT64_MAX ||
        interval_ns > INT64_MAX)
        return EINVAL;
    timer_look(c, t);
    uint64_t now = now_ns();
    *left_ns = t->next_ns == 0 ? 0 : t->next_ns > now ? t->next_ns - now : 1;
    *old_interval_ns = t->interval_ns;
    if ((how & CHANGE) == 0)
        return 0;
    t->count = 0;
    t->interval_ns = interval_ns;
    t->next_ns = value_ns == 0 ? 0 : due_ns(t, how, value_ns);
    timer_look(c, t);
    timers_set();
    return 0;
}

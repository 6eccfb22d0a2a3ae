/* SPDX-License-Identifier: BSD-2-Clause */
#include "timer.h"

#include <base/tsc.h>
#include <errno.h>
#include <ipc/process.h>
#include <sys/time.h>

#include "clock.h"

#define ASK_ONLY (~0ull)

static struct {
    uint64_t deadline; /* 0: none */
    uint64_t every;    /* 0: once */
} timer[UNIX_PROCESSES_MAX];

static uint64_t ticks_of(uint64_t us)
{
    unsigned __int128 ticks = (unsigned __int128)us * process_info()->tsc_hz / 1000000;

    return ticks < UINT64_MAX / 2 ? (uint64_t)ticks : UINT64_MAX / 2;
}

static uint64_t us_of(uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * 1000000 / process_info()->tsc_hz);
}

uint64_t timers_next(void)
{
    uint64_t next = ~0ull;

    for (unsigned i = 0; i < process_top; i++)
        if (timer[i].deadline != 0 && timer[i].deadline < next)
            next = timer[i].deadline;
    return next;
}

void timers_run(uint64_t now, void (*ring)(struct process *p))
{
    for (unsigned i = 0; i < process_top; i++) {
        if (timer[i].deadline == 0 || timer[i].deadline > now)
            continue;
        if (timer[i].every == 0)
            timer[i].deadline = 0;
        else /* those that were missed come together */
            timer[i].deadline += (1 + (now - timer[i].deadline) / timer[i].every) * timer[i].every;
        if (processes[i].state == PROCESS_LIVE)
            ring(&processes[i]);
    }
}

void timer_clear(const struct process *p)
{
    timer[p->number].deadline = 0;
    timer[p->number].every = 0;
}

int do_alarm(struct call *c, uint32_t which, uint64_t value_us, uint64_t interval_us,
             uint64_t *left_us, uint64_t *every_us)
{
    const struct process *p = process_of(c->badge);
    uint64_t now = tsc_read();

    if (p == NULL)
        return ESRCH;
    if (which != ITIMER_REAL)
        return EINVAL;
    uint64_t deadline = timer[p->number].deadline;
    /* One that is due has still a microsecond to go: 0 says that there is none. */
    *left_us = deadline == 0 ? 0 : deadline > now ? us_of(deadline - now) + 1 : 1;
    *every_us = us_of(timer[p->number].every);
    if (value_us == ASK_ONLY)
        return 0;
    timer[p->number].deadline = value_us == 0 ? 0 : now + ticks_of(value_us);
    timer[p->number].every = value_us == 0 ? 0 : ticks_of(interval_us);
    clock_set(CLOCK_TIMERS, timers_next());
    return 0;
}

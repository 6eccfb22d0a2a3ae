/* SPDX-License-Identifier: BSD-2-Clause */
#include "share.h"

#include <base/tsc.h>

#include "clock.h"
#include "job.h"
#include "limit.h"

enum {
    LOOK_LEAST_US = 1000,
    DEBT_PERIODS = 10, /* what was too much is forgotten beyond that */
};

static struct share {
    uint32_t us_max;     /* of a period; 0: no quota */
    uint64_t used_us;    /* ever, */
    uint64_t seen_us;    /* and at the last look */
    int64_t rest_us;     /* of this period; 0, or below: all is used up */
    uint64_t period_end; /* of the time-stamp counter */
} shares[JOBS_MAX];

static uint64_t look_due = ~0ull; /* what CLOCK_JOBS is set to */

static uint64_t ticks_of(uint64_t us)
{
    return us * (process_info()->tsc_hz / 1000) / 1000;
}

static void look_at(uint64_t time)
{
    if (time >= look_due)
        return;
    look_due = time;
    clock_set(CLOCK_JOBS, time);
}

void share_begin(unsigned job, uint32_t us_max)
{
    uint64_t now = tsc_read();

    shares[job] = (struct share){ .us_max = us_max,
                                  .rest_us = us_max,
                                  .period_end = now + ticks_of(SHARE_PERIOD_US) };
    if (us_max != 0)
        look_at(now + ticks_of(us_max));
}

uint64_t share_used_us(unsigned job)
{
    return shares[job].used_us;
}

uint32_t share_max_us(unsigned job)
{
    return shares[job].us_max;
}

void share_count(unsigned job, uint64_t us)
{
    for (; job != JOB_NONE; job = job_outer(job))
        shares[job].used_us += us;
}

/* Whether a job, or one that it is in, has a share; whether one has used it up. */
static bool has_share(unsigned job)
{
    while (job != JOB_NONE && shares[job].us_max == 0)
        job = job_outer(job);
    return job != JOB_NONE;
}

static bool is_used_up(unsigned job)
{
    while (job != JOB_NONE && (shares[job].us_max == 0 || shares[job].rest_us > 0))
        job = job_outer(job);
    return job != JOB_NONE;
}

/*
 * Whether a thread can be without time now. Not in a call that a server works on with that time, or
 * may begin to: it would stop as well, and if we are that, with all that is due at a time.
 */
static bool can_stop(const struct thread *t)
{
    myelin_TCB_GetWait_t wait = myelin_TCB_GetWait(t->tcb);

    return wait.error == seL4_NoError && wait.kind != MYELIN_WAIT_RECEIVER &&
           (wait.flags & MYELIN_WAIT_IS_LENT) == 0;
}

bool share_apply(const struct process *p, struct thread *t)
{
    bool stops = is_used_up(p->job);

    if (stops == t->has_no_time)
        return true;
    if (stops && !can_stop(t))
        return false;
    if ((stops ? seL4_SchedContext_Unbind(t->time) : seL4_SchedContext_Bind(t->time, t->tcb)) !=
        seL4_NoError)
        return false;
    t->has_no_time = stops;
    return true;
}

bool share_apply_all(struct process *p)
{
    bool all = true;

    for (unsigned i = 0; i < p->thread_end; i++)
        if (thread_at(p, i)->time != 0 && !share_apply(p, thread_at(p, i)))
            all = false;
    return all;
}

/* When to look at a job again. */
static uint64_t share_look(struct share *s, uint64_t now)
{
    s->rest_us -= (int64_t)(s->used_us - s->seen_us);
    s->seen_us = s->used_us;
    if (s->rest_us < -(int64_t)s->us_max * DEBT_PERIODS)
        s->rest_us = -(int64_t)s->us_max * DEBT_PERIODS;
    while (s->period_end <= now && s->rest_us < (int64_t)s->us_max) {
        s->rest_us += s->us_max;
        s->period_end += ticks_of(SHARE_PERIOD_US);
    }
    if (s->rest_us > (int64_t)s->us_max) /* nothing is saved up */
        s->rest_us = s->us_max;
    if (s->period_end <= now)
        s->period_end = now + ticks_of(SHARE_PERIOD_US);
    if (s->rest_us <= 0)
        return s->period_end;
    return now + ticks_of(s->rest_us > LOOK_LEAST_US ? (uint64_t)s->rest_us : LOOK_LEAST_US);
}

/* In turn, since who gets time last runs first, and all of it, perhaps. */
static void apply_all(uint64_t now)
{
    static unsigned turn;

    turn++;
    for (unsigned n = 0; n + 1 < process_top; n++) {
        struct process *p = &processes[1 + (turn + n) % (process_top - 1)];
        if (p->state == PROCESS_LIVE && has_share(p->job) && !share_apply_all(p))
            look_at(now + ticks_of(LOOK_LEAST_US));
    }
}

void shares_look(uint64_t now)
{
    bool lives[JOBS_MAX] = { false };

    look_due = ~0ull;
    for (unsigned i = 1; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state != PROCESS_LIVE || !has_share(p->job))
            continue;
        usage_update(p);
        for (unsigned job = p->job; job != JOB_NONE; job = job_outer(job))
            lives[job] = true;
    }
    for (unsigned job = 1; job < JOBS_MAX; job++)
        if (lives[job] && shares[job].us_max != 0)
            look_at(share_look(&shares[job], now));
    apply_all(now);
}

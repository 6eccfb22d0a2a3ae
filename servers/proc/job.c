/* SPDX-License-Identifier: BSD-2-Clause */
#include "job.h"

#include <errno.h>

#include "credentials.h"
#include "kill.h"
#include "limit.h"
#include "servers.h"
#include "share.h"

static struct job {
    bool made;
    uint8_t in;
    uint32_t processes_max; /* 0: no quota */
    uint64_t frames, frames_max;
    uint64_t file_bytes_max;
    uint32_t user; /* whose it is: job_enter_user(); 0: it was begun otherwise */
    unsigned parts, files;
} jobs[JOBS_MAX];

/* ---- numbers ---- */

/* Whether a job is another one, or in it. */
static bool is_in(unsigned job, unsigned other)
{
    while (job != other && job != JOB_NONE)
        job = jobs[job].in;
    return job == other;
}

static bool has_processes(unsigned job)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state != PROCESS_FREE && processes[i].job == job)
            return true;
    return false;
}

static bool has_jobs(unsigned job)
{
    for (unsigned i = 1; i < JOBS_MAX; i++)
        if (jobs[i].made && jobs[i].in == job)
            return true;
    return false;
}

/* Those that have nothing any more go: the inner ones first. */
static void jobs_sweep(void)
{
    bool any = true;

    while (any) {
        any = false;
        for (unsigned i = 1; i < JOBS_MAX; i++)
            if (jobs[i].made && jobs[i].frames == 0 && jobs[i].parts == 0 && !has_jobs(i) &&
                !has_processes(i)) {
                jobs[i].made = false;
                any = true;
            }
    }
}

unsigned job_outer(unsigned job)
{
    return jobs[job].in;
}

unsigned job_outermost(unsigned job)
{
    unsigned found = JOB_NONE;

    for (; job != JOB_NONE; job = jobs[job].in)
        if (jobs[job].frames_max != 0)
            found = job;
    return found;
}

/* Those with a quota do not have all numbers. */
static bool allows_job(unsigned in)
{
    unsigned outer = job_outermost(in), count = 0;

    for (unsigned i = 1; i < JOBS_MAX; i++)
        count += jobs[i].made && is_in(i, outer);
    return outer == JOB_NONE || count < JOBS_EACH_MAX;
}

unsigned job_new(unsigned in, const struct job_quota *quota)
{
    jobs_sweep();
    if (!allows_job(in))
        return JOB_NONE;
    for (unsigned i = 1; i < JOBS_MAX; i++)
        if (!jobs[i].made) {
            if (server_quota(i, in, quota->file_bytes) != 0)
                return JOB_NONE;
            jobs[i] = (struct job){ .made = true,
                                    .in = (uint8_t)in,
                                    .frames_max = quota->frames,
                                    .file_bytes_max = quota->file_bytes,
                                    .processes_max = quota->processes };
            share_begin(i, quota->us);
            return i;
        }
    return JOB_NONE;
}

void job_enter(struct process *p, unsigned job)
{
    usage_update(p);
    p->job = p->space.job = (uint8_t)job;
    (void)share_apply_all(p);
}

/* Three quarters of what there is. */
static unsigned user_job_new(unsigned in, uint32_t user)
{
    uint64_t all, free;

    server_memory(&all, &free);
    const struct job_quota quota = {
        .frames = objects_total() / PAGE / 4 * 3,
        .file_bytes = all / 4 * 3,
    };
    unsigned job = job_new(in, &quota);
    if (job != JOB_NONE)
        jobs[job].user = user;
    return job;
}

bool job_enter_user(struct process *p, uint32_t user)
{
    unsigned job = 1;

    if (user == 0 || job_outermost(p->job) != JOB_NONE)
        return true;
    while (job < JOBS_MAX && !(jobs[job].made && jobs[job].user == user && jobs[job].in == p->job))
        job++;
    if (job == JOBS_MAX)
        job = user_job_new(p->job, user);
    if (job != JOB_NONE)
        job_enter(p, job);
    return job != JOB_NONE;
}

/* ---- memory ---- */

frame_t job_frame(unsigned job, frame_t (*take)(void))
{
    for (unsigned j = job; j != JOB_NONE; j = jobs[j].in)
        if (jobs[j].frames_max != 0 && jobs[j].frames >= jobs[j].frames_max)
            return 0;
    frame_t frame = take();
    if (frame == 0 || job == JOB_NONE)
        return frame;
    frame_set_job(frame, job);
    for (unsigned j = job; j != JOB_NONE; j = jobs[j].in)
        jobs[j].frames++;
    return frame;
}

void job_frame_ends(unsigned job)
{
    for (; job != JOB_NONE; job = jobs[job].in)
        jobs[job].frames--;
}

unsigned job_of_page(const struct process *p, uint64_t address)
{
    return address < PROCESS_SYSTEM_ADDR || address >= thread_address(1) ? p->job : JOB_NONE;
}

bool job_part_begins(unsigned job)
{
    unsigned outer = job_outermost(job);

    if (outer != JOB_NONE && jobs[outer].parts >= JOB_PARTS_MAX)
        return false;
    for (; job != JOB_NONE; job = jobs[job].in)
        jobs[job].parts++;
    return true;
}

void job_part_ends(unsigned job)
{
    for (; job != JOB_NONE; job = jobs[job].in)
        jobs[job].parts--;
}

bool job_allows_regions(const struct process *p, unsigned more)
{
    unsigned outer = job_outermost(p->job), count = more;

    if (outer == JOB_NONE)
        return true;
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE && is_in(processes[i].job, outer))
            count += processes[i].regions.count;
    return count <= REGIONS_MAX / 2;
}

unsigned job_file_begins(unsigned job)
{
    unsigned outer = job_outermost(job);

    if (outer != JOB_NONE)
        jobs[outer].files++;
    return outer;
}

bool job_allows_file(unsigned job)
{
    return jobs[job_outermost(job)].files < JOB_FILES_MAX; /* job 0 has none */
}

void job_file_ends(unsigned outer)
{
    if (outer != JOB_NONE)
        jobs[outer].files--;
}

/* ---- processes ---- */

/* As many as its threads are, with those that are about to begin. */
static unsigned count_of(const struct process *p)
{
    unsigned count = 0;

    for (unsigned i = 0; p->state == PROCESS_LIVE && i < p->thread_end; i++)
        count += thread_at(p, i)->runs || thread_at(p, i)->reserved;
    return count > 0 ? count : 1;
}

static uint32_t processes_in(unsigned job)
{
    uint32_t count = 0;

    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state != PROCESS_FREE && is_in(processes[i].job, job))
            count += count_of(&processes[i]);
    return count;
}

bool job_allows_process(unsigned job)
{
    for (; job != JOB_NONE; job = jobs[job].in)
        if (jobs[job].processes_max != 0 && processes_in(job) >= jobs[job].processes_max)
            return false;
    return true;
}

int job_kill(struct process *from, unsigned job)
{
    bool self = false;

    if (job == JOB_NONE)
        return EPERM;
    for (unsigned i = 1; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state != PROCESS_LIVE || p->pid == 1 || !is_in(p->job, job) ||
            !credentials_may_signal(from, p, SIGNAL_KILL))
            continue;
        self |= p == from;
        if (p != from)
            process_end(p, SIGNAL_KILL);
    }
    if (self)
        process_end(from, SIGNAL_KILL);
    return 0;
}

/* ---- what there is to say ---- */

static void least(uint64_t *of, uint64_t maximum)
{
    if (maximum != 0 && (*of == 0 || maximum < *of))
        *of = maximum;
}

void job_view(unsigned job, struct job_view *out)
{
    uint64_t processes_max = 0, us_max = 0;

    *out = (struct job_view){
        .number = job,
        .in = jobs[job].in,
        .frames = jobs[job].frames,
        .processes = processes_in(job),
        .used_us = share_used_us(job),
        .file_bytes = server_quota_used(job),
    };
    for (; job != JOB_NONE; job = jobs[job].in) {
        least(&out->frames_max, jobs[job].frames_max);
        least(&out->file_bytes_max, jobs[job].file_bytes_max);
        least(&processes_max, jobs[job].processes_max);
        least(&us_max, share_max_us(job));
    }
    out->us_max = (uint32_t)us_max;
    out->processes_max = (uint32_t)processes_max;
}

unsigned jobs_count(void)
{
    unsigned count = 0;

    jobs_sweep();
    for (unsigned i = 1; i < JOBS_MAX; i++)
        count += jobs[i].made;
    return count;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "limit.h"

#include <base/tsc.h>
#include <errno.h>
#include <ipc/unix_files.h>
#include <sys/resource.h>

#include "clock.h"
#include "credentials.h"
#include "job.h"
#include "kill.h"
#include "share.h"

enum { RESOURCES = 16, PROCESSES_EACH = 200, NICE_LEAST = -20, NICE_MOST = 19 };

#define NO_LIMIT (~0ull)

static struct {
    uint64_t soft[RESOURCES], hard[RESOURCES];
    int nice;
    uint64_t peak_pages;
} table[UNIX_PROCESSES_MAX];

/* ---- time: RLIMIT_CPU ---- */

#define US_PER_S 1000000ull
#define CPU_GRAIN_US 10000ull   /* nobody is looked at more often */
#define CPU_LONG_S (1ull << 30) /* no limit, really */

static uint64_t cpu_due = ~0ull; /* what CLOCK_CPU is set to */

static void cpu_look_at(uint64_t time)
{
    if (time >= cpu_due)
        return;
    cpu_due = time;
    clock_set(CLOCK_CPU, time);
}

/* Whoever has a limit is looked at soon. */
static void cpu_look(const struct process *p)
{
    if (table[p->number].soft[RLIMIT_CPU] < CPU_LONG_S)
        cpu_look_at(tsc_read() + process_info()->tsc_hz / US_PER_S * CPU_GRAIN_US);
}

static bool has_run(const struct process *p, uint64_t seconds)
{
    return seconds < CPU_LONG_S && p->used_us >= seconds * US_PER_S;
}

/* How long it may run, at least, until it is looked at again; 0: it has none of that any more. */
static uint64_t cpu_left_us(struct process *p)
{
    const struct unix_signal xcpu = { .signal = SIGNAL_XCPU, .code = 0x80 /* SI_KERNEL */ };
    uint64_t *soft = &table[p->number].soft[RLIMIT_CPU];

    usage_update(p);
    if (has_run(p, table[p->number].hard[RLIMIT_CPU]) && p->pid != 1)
        return 0;
    if (has_run(p, *soft)) {
        ++*soft;
        (void)kill_post(p, &xcpu);
    }
    uint64_t end_us = *soft * US_PER_S;
    return end_us > p->used_us + CPU_GRAIN_US ? end_us - p->used_us : CPU_GRAIN_US;
}

void limits_cpu(uint64_t now)
{
    cpu_due = ~0ull;
    for (unsigned i = 1; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state != PROCESS_LIVE || table[i].soft[RLIMIT_CPU] >= CPU_LONG_S)
            continue;
        uint64_t left_us = cpu_left_us(p);
        if (left_us == 0)
            process_end(p, SIGNAL_KILL);
        else
            cpu_look_at(now + process_info()->tsc_hz / US_PER_S * left_us);
    }
}

/* ---- all limits ---- */

void limits_begin(const struct process *p, const struct process *parent)
{
    if (parent != NULL) {
        table[p->number] = table[parent->number];
        table[p->number].peak_pages = 0;
        cpu_look(p);
        return;
    }
    for (unsigned i = 0; i < RESOURCES; i++)
        table[p->number].soft[i] = table[p->number].hard[i] = NO_LIMIT;
    table[p->number].soft[RLIMIT_STACK] = UNIX_STACK_BYTES;
    table[p->number].soft[RLIMIT_CORE] = 0;
    table[p->number].soft[RLIMIT_NPROC] = table[p->number].hard[RLIMIT_NPROC] = PROCESSES_EACH;
    table[p->number].soft[RLIMIT_NOFILE] = table[p->number].hard[RLIMIT_NOFILE] = LINUX_FDS;
    table[p->number].nice = 0;
    table[p->number].peak_pages = 0;
}

uint64_t limit_of(const struct process *p, unsigned resource)
{
    return table[p->number].soft[resource];
}

bool limit_allows(const struct process *p, uint64_t bytes, bool data)
{
    uint64_t all = limit_of(p, RLIMIT_AS), most = limit_of(p, RLIMIT_DATA);

    if (bytes > all || p->regions.bytes > all - bytes)
        return false;
    return !data || most == NO_LIMIT ||
           (bytes <= most && region_bytes(&p->regions, 0, ~0ull, true) <= most - bytes);
}

bool limit_allows_process(const struct process *p)
{
    const struct proc_credentials *id = &credentials_of(p)->id;
    uint64_t count = 0;

    if (!job_allows_process(p->job))
        return false;
    if (id->ruid == 0 || id->euid == 0)
        return true;
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state != PROCESS_FREE &&
            credentials_of(&processes[i])->id.ruid == id->ruid)
            count += processes[i].state == PROCESS_LIVE ? processes[i].threads : 1;
    return count < limit_of(p, RLIMIT_NPROC);
}

void limit_tell(const struct process *p)
{
    p->mail->files_max = (uint32_t)limit_of(p, RLIMIT_NOFILE);
}

int nice_of(const struct process *p)
{
    return table[p->number].nice;
}

int do_limit(struct call *c, int32_t pid, uint32_t resource, uint32_t change, uint64_t soft,
             uint64_t hard, uint64_t *old_soft, uint64_t *old_hard)
{
    const struct process *caller = process_of(c->badge);
    const struct process *p = pid == 0 ? caller : process_find(pid);

    if (resource >= RESOURCES || (change != 0 && soft > hard))
        return EINVAL;
    if (caller == NULL || p == NULL)
        return ESRCH;
    const struct proc_credentials *a = &credentials_of(caller)->id, *b = &credentials_of(p)->id;
    bool is_root = a->euid == 0;
    if (p != caller && !is_root && (a->ruid != b->ruid || a->ruid != b->euid || a->ruid != b->suid))
        return EPERM;
    uint64_t *to_soft = &table[p->number].soft[resource],
             *to_hard = &table[p->number].hard[resource];
    if (change != 0 && hard > *to_hard && (!is_root || resource == RLIMIT_NOFILE))
        return EPERM; /* tables of descriptors don't grow */
    *old_soft = *to_soft;
    *old_hard = *to_hard;
    if (change != 0) {
        *to_soft = soft;
        *to_hard = hard;
        if (p->mail != NULL)
            limit_tell(p);
    }
    if (change != 0 && resource == RLIMIT_CPU)
        cpu_look(p);
    if (change != 0 && resource == RLIMIT_FSIZE && p->state == PROCESS_LIVE)
        sessions_attributes(p); /* the servers hold it */
    return 0;
}

/* ---- what was used ---- */

static uint64_t all_us; /* of all processes that there ever were */

void usage_update(struct process *p)
{
    for (unsigned i = 0; i < p->thread_end; i++) {
        if (thread_at(p, i)->time == 0)
            continue;
        seL4_SchedContext_Consumed_t used = seL4_SchedContext_Consumed(thread_at(p, i)->time);
        if (used.error != seL4_NoError)
            continue;
        p->used_us += used.consumed;
        all_us += used.consumed;
        share_count(p->job, used.consumed);
    }
    if (p->space.resident > table[p->number].peak_pages)
        table[p->number].peak_pages = p->space.resident;
}

uint64_t usage_all(void)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE)
            usage_update(&processes[i]);
    return all_us;
}

int do_usage(struct call *c, int32_t who, uint64_t *user_us, uint64_t *kernel_us,
             uint64_t *max_kilobytes, uint64_t *faults)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    /* Who of several threads asks is not known here. */
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && (who != RUSAGE_THREAD || p->threads > 1))
        return EINVAL;
    bool children = who == RUSAGE_CHILDREN;
    usage_update(p);
    *user_us = children ? p->children_us : p->used_us;
    *kernel_us = 0;
    *max_kilobytes = children ? 0 : table[p->number].peak_pages * (PAGE / 1024);
    *faults = children ? 0 : p->faults;
    return 0;
}

unsigned processes_count(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < process_top; i++)
        n += processes[i].state != PROCESS_FREE;
    return n;
}

int do_memory(struct call *c, uint64_t *total, uint64_t *free, uint64_t *count)
{
    uint64_t files, files_free;

    (void)c;
    server_memory(&files, &files_free);
    *total = objects_total() + files;
    *free = objects_free() + files_free;
    *count = processes_count();
    return 0;
}

/* ---- priorities ---- */

static bool is_meant(const struct process *p, uint32_t which, int32_t who)
{
    switch (which) {
    case PRIO_PROCESS: return p->pid == who;
    case PRIO_PGRP: return p->group == who;
    default: return (int32_t)credentials_of(p)->id.ruid == who;
    }
}

/* Nice values are kept and shown; all processes run at one priority. */
int do_priority(struct call *c, uint32_t which, int32_t who, uint32_t change, int32_t nice,
                int32_t *was)
{
    const struct process *caller = process_of(c->badge);
    bool found = false;

    if (caller == NULL)
        return ESRCH;
    if (which > PRIO_USER)
        return EINVAL;
    if (who == 0)
        who = which == PRIO_PROCESS ? caller->pid
              : which == PRIO_PGRP  ? caller->group
                                    : (int32_t)credentials_of(caller)->id.ruid;
    nice = nice < NICE_LEAST ? NICE_LEAST : nice > NICE_MOST ? NICE_MOST : nice;
    *was = NICE_MOST;
    for (unsigned i = 0; i < process_top; i++) {
        const struct process *p = &processes[i];
        if (p->state == PROCESS_FREE || !is_meant(p, which, who))
            continue;
        found = true;
        if (table[i].nice < *was)
            *was = table[i].nice;
        const struct proc_credentials *a = &credentials_of(caller)->id;
        const struct proc_credentials *b = &credentials_of(p)->id;
        if (change != 0 && a->euid != 0 && a->euid != b->ruid && a->euid != b->euid)
            return EPERM;
        if (change != 0 && nice < table[i].nice && a->euid != 0)
            return EACCES;
        if (change != 0)
            table[i].nice = nice;
    }
    return found ? 0 : ESRCH;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_text.h"

#include <ipc/unix.h>
#include <string.h>

enum { PAGE = 4096, TICKS_PER_S = 100 /* Linux's clock ticks: AT_CLKTCK */ };

static uint64_t ticks(uint64_t us)
{
    return us / (1000000 / TICKS_PER_S);
}

static uint64_t kilobytes(uint64_t bytes)
{
    return bytes / 1024;
}

/* ---- of a process ---- */

void text_comm(struct out *o, const struct view *v)
{
    out_format(o, "%s\n", v->name);
}

/*
 * 52 numbers, in proc(5)'s order. Signals, the wait channel, swap, guests: not known here, 0. So is
 * the time in the system, which is part of the process's own.
 */
void text_stat(struct out *o, const struct view *v)
{
    out_format(o, "%d (%s) %c %d %d %d %d %d 0 ", v->pid, v->name, v->state, v->parent, v->group,
               v->session, v->tty, v->tty_group);
    out_format(o, "%lu 0 0 0 %lu 0 %lu 0 %d %d %u 0 %lu ", v->faults, ticks(v->used_us),
               ticks(v->children_us), 20 + v->nice, v->nice, v->threads, ticks(v->started_us));
    out_format(o, "%lu %lu %lu 0 0 %lu 0 0 ", v->memory_bytes, v->resident_bytes / PAGE, ~0ul,
               v->stack);
    out_format(o, "0 0 0 0 0 0 0 17 0 0 0 0 0 0 ");
    out_format(o, "0 0 %lu %lu %lu %lu %lu 0\n", v->heap, v->args, v->args_end, v->args_end,
               v->variables_end);
}

void text_statm(struct out *o, const struct view *v)
{
    out_format(o, "%lu %lu 0 0 0 %lu 0\n", v->memory_bytes / PAGE, v->resident_bytes / PAGE,
               v->memory_bytes / PAGE);
}

static const char *state_word(char state)
{
    switch (state) {
    case 'R': return "running";
    case 'T': return "stopped";
    case 'Z': return "zombie";
    default: return "sleeping";
    }
}

void text_status(struct out *o, const struct view *v)
{
    out_format(o, "Name:\t%s\nState:\t%c (%s)\n", v->name, v->state, state_word(v->state));
    out_format(o, "Tgid:\t%d\nPid:\t%d\nPPid:\t%d\n", v->pid, v->pid, v->parent);
    /* The fourth is for file access: the effective one. */
    out_format(o, "Uid:\t%u\t%u\t%u\t%u\n", v->uid[0], v->uid[1], v->uid[2], v->uid[1]);
    out_format(o, "Gid:\t%u\t%u\t%u\t%u\n", v->gid[0], v->gid[1], v->gid[2], v->gid[1]);
    out_text(o, "Groups:\t");
    for (uint32_t i = 0; i < v->group_count && i < VIEW_GROUPS_MAX; i++)
        out_format(o, "%u ", v->groups[i]);
    out_format(o, "\nNSpgid:\t%d\nNSsid:\t%d\n", v->group, v->session);
    if (v->state != 'Z')
        out_format(o, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmRSS:\t%8lu kB\n",
                   kilobytes(v->peak_bytes), kilobytes(v->memory_bytes),
                   kilobytes(v->resident_bytes));
    out_format(o, "Threads:\t%u\n", v->threads);
}

/* Strings of the process's own memory; a page that is not there ends them. */
static void text_strings(struct out *o, int pid, uint64_t at, uint64_t end)
{
    char piece[256];

    while (at < end && !out_is_full(o)) {
        size_t want = end - at < sizeof piece ? (size_t)(end - at) : sizeof piece;
        size_t got = view_memory(pid, at, piece, want);
        out_bytes(o, piece, got);
        if (got < want)
            return;
        at += got;
    }
}

void text_cmdline(struct out *o, const struct view *v)
{
    text_strings(o, v->pid, v->args, v->args_end);
}

void text_environ(struct out *o, const struct view *v)
{
    text_strings(o, v->pid, v->args_end, v->variables_end);
}

static void text_region(struct out *o, const struct view_region *r)
{
    /* proc(5) has the name in the same column of each line, if it is no longer than that. */
    enum { NAME_COLUMN = 73 };
    char blanks[NAME_COLUMN + 1];
    struct out line = { .to = blanks, .room = sizeof blanks };

    out_format(&line, "%08lx-%08lx %c%c%c%c %08lx 00:00 %lu", r->begin, r->end,
               r->readable ? 'r' : '-', r->writable ? 'w' : '-', r->executable ? 'x' : '-',
               r->shared ? 's' : 'p', r->offset, r->file);
    out_bytes(o, blanks, line.used);
    out_text(o, " ");
    if (r->name[0] != '\0') {
        for (size_t i = line.used + 1; i < NAME_COLUMN; i++)
            out_text(o, " ");
        out_text(o, r->name);
    }
    out_text(o, "\n");
}

void text_maps(struct out *o, const struct view *v)
{
    struct view_region r = { .end = 0 };

    while (!out_is_full(o) && view_region(v->pid, r.end, &r))
        text_region(o, &r);
}

/* A path in a line of words, with what would divide it as an octal number: getmntent(3). */
static void text_word(struct out *o, const char *text)
{
    for (; *text != '\0'; text++)
        if (strchr(" \t\n\\", *text) != NULL)
            out_format(o, "\\%03o", (unsigned)(unsigned char)*text);
        else
            out_bytes(o, text, 1);
}

void text_mounts(struct out *o, const struct view *v)
{
    struct view_mount m;

    for (unsigned i = 0; view_mount(v->pid, i, &m); i++) {
        text_word(o, m.source[0] != '\0' ? m.source : m.server);
        out_text(o, " ");
        text_word(o, m.prefix[0] != '\0' ? m.prefix : "/");
        out_format(o, " %s rw 0 0\n", m.server);
    }
}

/* Where a server is mounted. */
static void text_places(struct out *o, const struct view *v, const char *server)
{
    struct view_mount m;

    for (unsigned i = 0; view_mount(v->pid, i, &m); i++) {
        if (strcmp(m.server, server) != 0)
            continue;
        out_text(o, ", at ");
        text_word(o, m.prefix[0] != '\0' ? m.prefix : "/");
    }
    out_text(o, "\n");
}

/* What a process can reach, whether it has a name for it or not: nothing else than these. */
void text_caps(struct out *o, const struct view *v)
{
    out_format(o, "proc: process %d", v->pid);
    text_places(o, v, "proc");
    for (unsigned n = UNIX_PROC + 1; n < UNIX_SERVERS_END; n++) {
        const char *server = view_session(v->pid, n);
        if (server == NULL)
            continue;
        out_format(o, "%s: session", server);
        text_places(o, v, server);
    }
    out_format(o, "notifications: %u, of its threads\n", v->threads);
}

/* What all processes of its job have, and may have at most. */
void text_job(struct out *o, const struct view *v)
{
    struct view_job j;

    if (!view_job(v->pid, &j))
        return;
    out_format(o, "job %u\n", j.number);
    if (j.number == 0)
        return;
    out_format(o, "in %u\nmemory %lu kB", j.in, kilobytes(j.bytes));
    if (j.bytes_max != 0)
        out_format(o, " of %lu kB", kilobytes(j.bytes_max));
    out_format(o, "\nfiles %lu kB", kilobytes(j.file_bytes));
    if (j.file_bytes_max != 0)
        out_format(o, " of %lu kB", kilobytes(j.file_bytes_max));
    out_format(o, "\nprocesses %u", j.processes);
    if (j.processes_max != 0)
        out_format(o, " of %u", j.processes_max);
    out_format(o, "\ntime %lu ms", j.used_us / 1000);
    if (j.us_max != 0)
        out_format(o, ", %u us of every 100000 us", j.us_max);
    out_text(o, "\n");
}

/* ---- of the machine ---- */

void text_system_stat(struct out *o, const struct view_system *s)
{
    uint64_t busy_us = s->up_us > s->idle_us ? s->up_us - s->idle_us : 0;

    for (unsigned i = 0; i < 2; i++) /* all processors together, then each: one */
        out_format(o, "cpu%s %lu 0 0 %lu 0 0 0 0 0 0\n", i == 0 ? " " : "0", ticks(busy_us),
                   ticks(s->idle_us));
    out_format(o, "btime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n", s->boot_time_s,
               s->started, s->running);
}

void text_meminfo(struct out *o, const struct view_system *s)
{
    out_format(o, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n",
               kilobytes(s->memory_bytes), kilobytes(s->free_bytes), kilobytes(s->free_bytes));
    out_format(o, "Buffers:        %8u kB\nCached:         %8lu kB\n", 0u,
               kilobytes(s->cached_bytes));
    out_format(o, "SwapTotal:      %8u kB\nSwapFree:       %8u kB\n", 0u, 0u);
}

static void text_seconds(struct out *o, uint64_t us, const char *end)
{
    out_format(o, "%lu.%02lu%s", us / 1000000, us / 10000 % 100, end);
}

void text_uptime(struct out *o, const struct view_system *s)
{
    text_seconds(o, s->up_us, " ");
    text_seconds(o, s->idle_us, "\n");
}

/* Nobody counts the load of the last minutes: the first numbers are how many run just now. */
void text_loadavg(struct out *o, const struct view_system *s)
{
    out_format(o, "%u.00 %u.00 %u.00 %u/%u %d\n", s->running, s->running, s->running, s->running,
               s->processes, s->last_pid);
}

void text_cpuinfo(struct out *o, const struct view_system *s)
{
    out_format(o, "processor\t: 0\ncpu MHz\t\t: %lu.%03lu\n\n", s->tsc_hz / 1000000,
               s->tsc_hz / 1000 % 1000);
}

void text_filesystems(struct out *o, const struct view_system *s)
{
    (void)s;
    out_text(o, "nodev\tproc\nnodev\tmemfs\nnodev\tsystem\n\tserver\n");
}

void text_resources(struct out *o, const struct view_system *s)
{
    struct view_resource list[VIEW_RESOURCES_MAX];
    size_t count = view_resources(list);

    (void)s;
    for (size_t i = 0; i < count; i++)
        out_format(o, "%s %lu\n", list[i].name, list[i].count);
}

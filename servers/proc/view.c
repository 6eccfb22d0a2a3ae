/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc shows, out of the tables of this server. */
#include "view.h"

#include <base/tsc.h>
#include <errno.h>
#include <idl/session.h>
#include <ipc/unix.h>
#include <ipc/unix_files.h>
#include <string.h>

#include "backing.h"
#include "cache.h"
#include "credentials.h"
#include "job.h"
#include "limit.h"
#include "memory.h"
#include "namespace.h"
#include "kill.h"
#include "offers.h"
#include "procfs.h"
#include "servers.h"
#include "share.h"
#include "terminal.h"

bool view_owner(int pid, uint32_t *uid)
{
    const struct process *p = pid > 0 ? process_find(pid) : NULL;

    if (p != NULL)
        *uid = credentials_of(p)->id.euid;
    return p != NULL;
}

int view_next(int pid)
{
    int next = 0;

    for (unsigned i = 0; i < process_top; i++) {
        const struct process *p = &processes[i];
        if (p->state != PROCESS_FREE && p->pid > pid && (next == 0 || p->pid < next))
            next = p->pid;
    }
    return next;
}

static uint64_t us_of(uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * 1000000 / process_info()->tsc_hz);
}

static char state_of(const struct process *p)
{
    if (p->state == PROCESS_ZOMBIE)
        return 'Z';
    if (p->stopped)
        return 'T';
    for (unsigned i = 0; i < p->thread_end; i++)
        if (thread_at(p, i)->runs) {
            myelin_TCB_GetWait_t wait = myelin_TCB_GetWait(thread_at(p, i)->tcb);
            if (wait.kind == MYELIN_WAIT_NONE || wait.kind == MYELIN_WAIT_PROCESSOR)
                return 'R';
        }
    return 'S';
}

/*
 * Where the strings of its start are: behind each other, arguments first. The process can write its
 * mail, so this looks at so many bytes at most.
 */
static void strings_of(const struct process *p, struct view *out)
{
    enum { LOOK_MAX = 32768 };
    char piece[256];
    size_t got = sizeof piece;

    if (p->mail == NULL)
        return;
    uint64_t at = p->mail->block, bytes = p->mail->block_bytes;
    uint32_t left = p->mail->argc;
    uint64_t end = at + (bytes < LOOK_MAX ? bytes : LOOK_MAX);
    out->args = at;
    for (; at < end && left > 0 && got == sizeof piece;) {
        size_t want = end - at < sizeof piece ? (size_t)(end - at) : sizeof piece, i;
        got = view_memory(p->pid, at, piece, want);
        for (i = 0; i < got && left > 0; i++)
            left -= piece[i] == '\0';
        at += i;
    }
    out->args_end = at;
    out->variables_end = end;
}

static void live_of(struct process *p, struct view *out)
{
    const struct process *owner = memory_of(p);

    usage_update(p);
    out->threads = p->threads;
    out->memory_bytes = owner->regions.bytes;
    out->resident_bytes = owner->space.resident * PAGE;
    out->peak_bytes = owner->regions.bytes;
    out->stack = UNIX_STACK_END;
    out->heap = owner->brk_base;
    out->heap_end = owner->brk;
    strings_of(p, out);
}

bool view_process(int pid, struct view *out)
{
    struct process *p = process_find(pid);

    if (pid <= 0 || p == NULL)
        return false;
    const struct credentials *c = credentials_of(p);
    *out = (struct view){
        .pid = pid,
        .parent = p->parent != NULL ? p->parent->pid : 0,
        .group = p->group,
        .session = p->session,
        .tty = terminal_device(p),
        .tty_group = terminal_controls(p) ? terminal_group(p) : -1,
        .state = state_of(p),
        .uid = { c->id.ruid, c->id.euid, c->id.suid },
        .gid = { c->id.rgid, c->id.egid, c->id.sgid },
        .group_count = c->group_count,
        .nice = nice_of(p),
        .started_us = us_of(p->started_ticks),
        .children_us = p->children_us,
        .faults = p->faults,
    };
    memcpy(out->name, p->name, sizeof out->name - 1);
    memcpy(out->groups, c->groups, sizeof out->groups);
    if (p->state == PROCESS_LIVE)
        live_of(p, out);
    out->used_us = p->used_us;
    return true;
}

size_t view_memory(int pid, uint64_t address, void *to, size_t bytes)
{
    struct process *p = process_find(pid);

    return p != NULL && p->state == PROCESS_LIVE ? memory_peek(p, address, to, bytes) : 0;
}

/* ---- what is open ---- */

/* A part of struct process_files, as the process has it. */
static bool files_peek(struct process *p, size_t at, void *to, size_t bytes)
{
    return memory_peek(p, PROCESS_FILES_ADDR + at, to, bytes) == bytes;
}

static struct process *live_find(int pid)
{
    struct process *p = process_find(pid);

    return p != NULL && p->state == PROCESS_LIVE ? p : NULL;
}

static bool descriptor_peek(struct process *p, unsigned fd, struct descriptor *out)
{
    return fd < LINUX_FDS &&
           files_peek(p, offsetof(struct process_files, files.fd) + fd * sizeof *out, out,
                      sizeof *out) &&
           out->file > 0 && out->file <= LINUX_FILES;
}

int view_file_next(int pid, int fd)
{
    struct process *p = live_find(pid);
    struct descriptor d;

    for (; p != NULL && fd < LINUX_FDS; fd++)
        if (descriptor_peek(p, (unsigned)fd, &d))
            return fd;
    return -1;
}

/* As struct linux_file has it; of the directory, too. */
static bool file_peek(struct process *p, unsigned file, struct linux_file *out)
{
    struct descriptor d;
    struct {
        bool open;
        uint32_t server, handle;
    } cwd;

    if (file == VIEW_FILE_CWD) {
        _Static_assert(offsetof(struct directory, text) == sizeof cwd, "its first members");
        if (!files_peek(p, offsetof(struct process_files, cwd), &cwd, sizeof cwd) || !cwd.open)
            return false;
        *out =
            (struct linux_file){ .kind = FILE_SERVED, .server = cwd.server, .handle = cwd.handle };
        return true;
    }
    return descriptor_peek(p, file, &d) &&
           files_peek(p, offsetof(struct process_files, files.file) + (d.file - 1u) * sizeof *out,
                      out, sizeof *out);
}

bool view_file(int pid, unsigned file, uint32_t *server, uint32_t *handle)
{
    struct process *p = live_find(pid);
    struct linux_file f;

    if (p == NULL || !file_peek(p, file, &f) || f.kind != FILE_SERVED)
        return false;
    *server = f.server;
    *handle = f.handle;
    return true;
}

/* A name as a server says it. */
static bool name_there(uint64_t badge, uint32_t server, uint32_t handle, char *to, size_t room,
                       size_t *bytes)
{
    if (server == UNIX_PROC)
        return procfs_name(badge, handle, to, room, bytes) == 0;
    return server_cap(server) != 0 && session_name((struct session){ server_cap(server) }, badge,
                                                   handle, to, room, bytes) == 0;
}

/* The same behind the prefix that leads to the server, with a zero, in to[VIEW_LINK_MAX]. */
static bool name_of(const struct process *p, uint64_t badge, uint32_t server, uint32_t handle,
                    char *to)
{
    size_t bytes;
    struct name n;

    if (!name_there(badge, server, handle, to, VIEW_LINK_MAX - 1, &bytes))
        return false;
    to[bytes] = '\0';
    for (unsigned i = 0; names_entry(namespace_of(p), i, &n); i++) {
        if (n.server != server || n.root != 0 || n.bytes == 0)
            continue;
        if (n.bytes + bytes >= VIEW_LINK_MAX)
            return false;
        if (strcmp(to, "/") == 0) /* what the prefix itself leads to */
            to[bytes = 0] = '\0';
        memmove(to + n.bytes, to, bytes + 1);
        memcpy(to, n.prefix, n.bytes);
        break;
    }
    return true;
}

bool view_region(int pid, uint64_t address, struct view_region *out)
{
    struct process *p = process_find(pid);
    const struct region *r =
        p != NULL && p->state == PROCESS_LIVE ? region_from(&memory_of(p)->regions, address) : NULL;

    if (r == NULL)
        return false;
    *out = (struct view_region){
        .begin = r->begin,
        .end = r->end,
        .offset = r->offset,
        .readable = (r->rights & RIGHT_READ) != 0,
        .writable = (r->rights & RIGHT_WRITE) != 0,
        .executable = (r->rights & RIGHT_EXECUTE) != 0,
        .shared = (r->flags & REGION_SHARED) != 0,
    };
    if (r->file != NULL) {
        char text[VIEW_LINK_MAX] = "";
        (void)name_of(p, UNIX_BADGE_MANAGER, UNIX_MEMFS, backing_handle(r->file), text);
        memcpy(out->name, text, sizeof out->name - 1);
        out->file = backing_file(r->file)->node;
        return true;
    }
    const char *name = (r->flags & REGION_SYSTEM) != 0  ? "[system]"
                       : (r->flags & REGION_HEAP) != 0  ? "[heap]"
                       : (r->flags & REGION_GROWS) != 0 ? "[stack]"
                                                        : "";
    memcpy(out->name, name, strlen(name) + 1);
    return true;
}

bool view_file_name(int pid, unsigned file, char *to)
{
    static const char *const device[FILE_KINDS] = {
        [FILE_NULL] = "/dev/null",
        [FILE_ZERO] = "/dev/zero",
        [FILE_FULL] = "/dev/full",
        [FILE_RANDOM] = "/dev/urandom",
        [FILE_SIGNALS] = "anon_inode:[signalfd]",
    };
    struct process *p = live_find(pid);
    struct linux_file f;

    if (p == NULL)
        return false;
    if (file == VIEW_FILE_ROOT) {
        memcpy(to, "/", 2);
        return true;
    }
    if (file == VIEW_FILE_PROGRAM)
        return p->program != NULL &&
               name_of(p, UNIX_BADGE_MANAGER, UNIX_MEMFS, backing_handle(p->program), to);
    if (!file_peek(p, file, &f)) {
        if (file == VIEW_FILE_CWD) /* it has not asked for one yet */
            memcpy(to, "/", 2);
        return file == VIEW_FILE_CWD;
    }
    if (f.kind == FILE_SERVED)
        return name_of(p, p->badge, f.server, f.handle, to);
    if (f.kind >= FILE_KINDS || device[f.kind] == NULL)
        return false;
    strcpy(to, device[f.kind]);
    return true;
}

void view_system(struct view_system *out)
{
    const struct process_info *info = process_info();
    uint64_t used_us = usage_all(), files, files_free;

    server_memory(&files, &files_free);
    *out = (struct view_system){
        .up_us = us_of(tsc_read()),
        .boot_time_s = info->boot_time_s,
        .memory_bytes = objects_total() + files,
        .free_bytes = objects_free() + files_free,
        .cached_bytes = files - files_free,
        .processes = processes_count(),
        .tsc_hz = info->tsc_hz,
    };
    for (unsigned i = 0; i < process_top; i++) {
        struct process *p = &processes[i];
        if (p->state != PROCESS_FREE && p->generation > out->started) {
            out->started = p->generation; /* they are counted by that */
            out->last_pid = p->pid;
        }
        out->running += p->state == PROCESS_LIVE && state_of(p) == 'R';
    }
    out->idle_us = out->up_us > used_us ? out->up_us - used_us : 0;
}

static void path_put(char to[VIEW_PATH_MAX], const char *from, size_t bytes)
{
    bytes = bytes < VIEW_PATH_MAX ? bytes : VIEW_PATH_MAX - 1;
    memcpy(to, from, bytes);
    to[bytes] = '\0';
}

bool view_mount(int pid, unsigned index, struct view_mount *out)
{
    const struct process *p = process_find(pid);
    const struct process_names *names = p != NULL ? namespace_of(p) : NULL;
    struct name n;

    /* What was mounted first comes last there. */
    if (names == NULL || index >= names->count ||
        !names_entry(names, (unsigned)names->count - 1 - index, &n))
        return false;
    const char *source = namespace_source(n.mount);
    out->server = server_name(n.server);
    path_put(out->prefix, n.prefix, n.bytes);
    path_put(out->source, source, strlen(source));
    return true;
}

const char *view_session(int pid, unsigned n)
{
    const struct process *p = process_find(pid);
    bool is_there = p != NULL && p->state == PROCESS_LIVE &&
                    (n < UNIX_SERVERS_MAX ? server_cap(n) != 0 : offer_is_there(p, n));

    return is_there ? server_name(n) : NULL;
}

int view_signal(int by, int pid, int signal)
{
    enum { KILL_PROCESS };
    struct process *from = process_find(by);

    return from == NULL ? ESRCH : kill_send(from, KILL_PROCESS, pid, 0, (uint32_t)signal, 0, 0);
}

bool view_job(int pid, struct view_job *out)
{
    const struct process *p = process_find(pid);
    struct job_view job;

    if (p == NULL)
        return false;
    job_view(p->job, &job);
    *out = (struct view_job){
        job.number,        job.in,      job.frames * PAGE, job.frames_max * PAGE, job.processes,
        job.processes_max, job.used_us, job.us_max,        job.file_bytes,        job.file_bytes_max
    };
    return true;
}

int view_job_begin(int by, int pid, const uint64_t quota[4])
{
    const struct job_quota of = { .frames = quota[0] / PAGE,
                                  .processes = (uint32_t)quota[1],
                                  .us = (uint32_t)quota[2],
                                  .file_bytes = quota[3] };
    const struct process *from = process_find(by);
    struct process *p = live_find(pid);

    if (from == NULL || p == NULL)
        return ESRCH;
    if (!credentials_may_signal(from, p, 0))
        return EPERM;
    if (quota[2] != 0 && (quota[2] < SHARE_LEAST_US || quota[2] >= SHARE_PERIOD_US))
        return EINVAL;
    unsigned job = job_new(p->job, &of);
    if (job == JOB_NONE)
        return EAGAIN;
    job_enter(p, job);
    sessions_attributes(p);
    return 0;
}

int view_job_kill(int by, int pid)
{
    struct process *from = process_find(by);
    const struct process *p = process_find(pid);

    return from == NULL || p == NULL ? ESRCH : job_kill(from, p->job);
}

int view_trace(int by, int pid, const char *name)
{
    const struct unix_signal told = { .signal = UNIX_SIGNAL_TRACE };
    struct process *from = process_find(by), *p = live_find(pid);

    if (from == NULL || p == NULL)
        return ESRCH;
    if (!credentials_may_signal(from, p, 0))
        return EPERM;
    if (strlen(name) >= sizeof p->mail->trace)
        return ENAMETOOLONG;
    memset(p->mail->trace, 0, sizeof p->mail->trace);
    memcpy(p->mail->trace, name, strlen(name));
    return kill_post(p, &told);
}

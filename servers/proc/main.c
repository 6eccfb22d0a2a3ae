/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proc: processes, their memory, names and signals. README.md says how, idl/proc.capnp what
 * it is asked.
 *
 * All requests and faults come to one endpoint and are served one after the other, on the time of
 * whoever asks. Nothing here waits, but for the servers of files, which never wait for us.
 */
#include <base/tsc.h>
#include <errno.h>
#include <idl/file.h>
#include <idl/proc.h>
#include <ipc/message.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "backing.h"
#include "cache.h"
#include "clock.h"
#include "credentials.h"
#include "cut.h"
#include "escrow.h"
#include "exec.h"
#include "fault.h"
#include "fork.h"
#include "futex.h"
#include "group.h"
#include "image.h"
#include "kill.h"
#include "limit.h"
#include "memory.h"
#include "namespace.h"
#include "offers.h"
#include "own.h"
#include "procfs.h"
#include "seal.h"
#include "share.h"
#include "terminal.h"
#include "timer.h"
#include "wait.h"

/* Of the request that is served: it can't be looked at in the message once others were called. */
static uint32_t handles[PROCESS_HANDLES_MAX][2];
static struct exec_strings strings;

static int handles_take(struct call *c, const struct call_item *item, size_t *count)
{
    *count = item->count / sizeof handles[0];
    if (item->count % sizeof handles[0] != 0 || *count > PROCESS_HANDLES_MAX)
        return EINVAL;
    return *count > 0 ? call_read(c, item, 0, handles, item->count) : 0;
}

/* ---- memory ---- */

static int do_map(struct call *c, uint64_t address, uint64_t bytes, uint32_t rights, uint32_t flags,
                  uint32_t server, uint32_t handle, uint64_t offset, uint64_t *at)
{
    enum { MAP_ANONYMOUS = 0x20 };
    struct process *p = process_of(c->badge);
    struct backing *file = NULL;
    int e = 0;

    if (p == NULL)
        return ESRCH;
    if ((flags & MAP_ANONYMOUS) == 0)
        e = backing_open(c->badge, server, handle, &file);
    if (e == 0)
        e = memory_map(p, address, bytes, rights, flags, file, offset, at);
    if (file != NULL)
        backing_drop(file);
    return e;
}

static int do_unmap(struct call *c, uint64_t address, uint64_t bytes)
{
    struct process *p = process_of(c->badge);

    return p != NULL ? memory_unmap(p, address, bytes) : ESRCH;
}

static int do_protect(struct call *c, uint64_t address, uint64_t bytes, uint64_t rights)
{
    struct process *p = process_of(c->badge);

    return p != NULL ? memory_protect(p, address, bytes, rights) : ESRCH;
}

static int do_remap(struct call *c, uint64_t address, uint64_t bytes, uint64_t new_bytes,
                    uint32_t flags, uint64_t new_address, uint64_t *at)
{
    struct process *p = process_of(c->badge);

    return p != NULL ? memory_remap(p, address, bytes, new_bytes, flags, new_address, at) : ESRCH;
}

static int do_brk(struct call *c, uint64_t end, uint64_t *now)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    memory_brk(p, end, now);
    return 0;
}

static int do_advise(struct call *c, uint64_t address, uint64_t bytes, uint64_t advice)
{
    struct process *p = process_of(c->badge);

    return p != NULL ? memory_advise(p, address, bytes, advice) : ESRCH;
}

/* ---- processes ---- */

static int do_fork(struct call *c, uint32_t thread, uint64_t stack, uint32_t flags,
                   const struct call_item *list, int32_t *pid)
{
    struct process *p = process_of(c->badge), *child;
    size_t count;

    if (p == NULL)
        return ESRCH;
    if ((flags & ~(uint32_t)(PROC_FORK_HELD | PROC_FORK_LENT)) != 0)
        return EINVAL;
    int e = handles_take(c, list, &count);
    if (e == 0)
        e = fork_process(p, thread, stack, flags, (const uint32_t(*)[2])handles, count, &child);
    if (e == 0)
        *pid = child->pid;
    return e;
}

static int do_launch(struct call *c, int32_t pid)
{
    const struct process *p = process_of(c->badge);
    struct process *child = process_find(pid);

    if (p == NULL || child == NULL || child->parent != p || child->state != PROCESS_LIVE ||
        !child->held)
        return ESRCH;
    return fork_launch(child) ? 0 : EINVAL;
}

static int do_launched(struct call *c, int32_t pid)
{
    const struct process *p = process_of(c->badge);
    struct process *child = process_find(pid);

    if (p == NULL)
        return ESRCH;
    if (child == NULL || child->parent != p || child->state != PROCESS_LIVE || child->executed)
        return 0;
    if (child->has_vfork_parent) /* it was interrupted, and asks again */
        call_later_forget(&child->vfork_parent);
    int e = call_later(c, &child->vfork_parent);
    child->has_vfork_parent = e == CALL_LATER;
    return e;
}

/* The strings that are passed to do_exec(): few are in the message, and taken out of it at once. */
struct exec_source {
    struct call *call;
    const struct call_item *text;
    char few[1024];
};

static int exec_read(void *from, size_t offset, char *to, size_t bytes)
{
    const struct exec_source *s = from;

    if (s->text->window != 0)
        return call_read(s->call, s->text, offset, to, bytes);
    memcpy(to, s->few + offset, bytes);
    return 0;
}

static int do_exec(struct call *c, uint32_t server, uint32_t handle, uint32_t argc, uint32_t envc,
                   uint32_t name, const struct call_item *text, const struct call_item *list,
                   uint32_t thread)
{
    struct process *p = process_of(c->badge);
    struct exec_source source = { .call = c, .text = text };
    size_t count;

    if (p == NULL)
        return ESRCH;
    if (thread >= p->thread_end || !thread_at(p, thread)->runs)
        return EINVAL;
    if (text->count > limit_of(p, RLIMIT_STACK) / 4)
        return E2BIG;
    if (text->window == 0 && text->count > sizeof source.few)
        return EINVAL;
    int e = text->window == 0 ? call_read(c, text, 0, source.few, text->count) : 0;
    if (e == 0)
        e = handles_take(c, list, &count);
    if (e != 0)
        return e;
    strings = (struct exec_strings){
        .bytes = text->count, .argc = argc, .envc = envc, .name = name, .job = p->job
    };
    e = strings_take(&strings, exec_read, &source);
    if (e == 0)
        e = exec_program(p, thread, c->badge, server, handle, &strings);
    strings_drop(&strings);
    if (e != 0) {
        block_empty(p);
        return e;
    }
    if (p->state == PROCESS_LIVE) {
        sessions_keep(p->badge, (const uint32_t(*)[2])handles, count);
        offers_exec(p, (const uint32_t(*)[2])handles, count);
    }
    return CALL_LATER; /* never: the caller is another program now */
}

static int do_exit(struct call *c, uint32_t status)
{
    struct process *p = process_of(c->badge);

    if (p != NULL)
        process_end(p, status & 0xffff);
    return CALL_LATER; /* never */
}

static int do_thread_room(struct call *c, uint32_t *index, int32_t *tid)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (!limit_allows_process(p))
        return EAGAIN;
    for (unsigned i = 1; i < UNIX_THREADS_MAX; i++)
        if (i >= p->thread_end || (!thread_at(p, i)->runs && !thread_at(p, i)->reserved)) {
            if (!thread_make(p, i))
                return EAGAIN;
            *tid = tid_new();
            thread_at(p, i)->tid = *tid;
            thread_at(p, i)->reserved = true;
            *index = i;
            return 0;
        }
    return EAGAIN;
}

static int do_thread_start(struct call *c, uint64_t rip, uint64_t rsp, uint64_t fs, uint32_t index,
                           int32_t *tid)
{
    struct process *p = process_of(c->badge);
    const seL4_UserContext r = { .rip = rip, .rsp = rsp, .rflags = 0x202, .fs_base = fs };

    if (p == NULL)
        return ESRCH;
    if (index >= p->thread_end || !thread_at(p, index)->reserved)
        return EAGAIN;
    thread_at(p, index)->reserved = false;
    *tid = thread_at(p, index)->tid;
    return thread_run(p, index, &r) ? 0 : EINVAL;
}

static int do_thread_exit(struct call *c, uint32_t thread, uint32_t status)
{
    struct process *p = process_of(c->badge);

    if (p == NULL || thread >= p->thread_end || !thread_at(p, thread)->runs)
        return ESRCH;
    thread_stop(p, thread);
    if (p->threads == 0)
        process_end(p, status & 0xff00);
    return CALL_LATER; /* never */
}

static int do_wait(struct call *c, uint32_t kind, int32_t id, uint32_t options, int32_t *pid,
                   uint32_t *status, uint32_t *uid, uint32_t *code, uint64_t *user_us,
                   uint64_t *kernel_us)
{
    struct process *p = process_of(c->badge);
    struct wait_result r;

    if (p == NULL)
        return ESRCH;
    int e = wait_for(p, c, kind, id, options, &r);
    if (e != 0)
        return e;
    *pid = r.pid;
    *status = r.status;
    *uid = r.uid;
    *code = r.code;
    *user_us = r.user_us;
    *kernel_us = r.kernel_us;
    return 0;
}

/* ---- signals ---- */

static int do_kill(struct call *c, uint32_t kind, int32_t id, int32_t thread, uint32_t signal,
                   int32_t code, uint64_t value)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    int e = kill_send(p, kind, id, thread, signal, code, value);
    return p->state == PROCESS_LIVE ? e : CALL_LATER; /* it was its own end */
}

static int do_stop(struct call *c, uint32_t signal, uint32_t thread)
{
    struct process *p = process_of(c->badge);

    return p != NULL ? kill_stop(p, signal, thread) : ESRCH;
}

static int do_taken(struct call *c, uint64_t mask)
{
    (void)mask; /* what found no room was refused, so nothing waits */
    return process_of(c->badge) != NULL ? 0 : ESRCH;
}

static int do_reaper(struct call *c, uint32_t change, uint32_t on, uint32_t *was)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    *was = p->reaps;
    if (change != 0)
        p->reaps = on != 0;
    return 0;
}

static int do_set_name(struct call *c, const void *name, size_t bytes)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    memset(p->name, 0, sizeof p->name);
    memcpy(p->name, name, bytes < sizeof p->name ? bytes : sizeof p->name - 1);
    return 0;
}

static int do_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

/* ---- what is no request of proc's own ---- */

static int other(struct call *c, struct call_registers *r)
{
    uint64_t words[8];

    if (c->badge == OFFER_BADGE_ENDED) {
        r->info = CALL_INFO(CALL_KIND_DEAD << 12, 0);
        return 0;
    }
    if ((c->badge & PROCESS_BADGE_FAULT) == 0) {
        int e = tree_dispatch(c, r);
        return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
    }
    for (unsigned i = 0; i < 8; i++)
        words[i] = i < 4 ? r->word[i] : c->buf->msg[i];
    if (!fault_serve(c->badge & ~PROCESS_BADGE_FAULT, r->info >> 12, words))
        return CALL_LATER; /* never: it goes on without one */
    r->info = 0;
    return 0;
}

static const struct proc_ops ops = {
    .service = { .ping = do_ping },
    .map = do_map,
    .unmap = do_unmap,
    .protect = do_protect,
    .remap = do_remap,
    .brk = do_brk,
    .advise = do_advise,
    .fork = do_fork,
    .launched = do_launched,
    .launch = do_launch,
    .seal = seal_file,
    .escrow = escrow_hold,
    .redeem = escrow_redeem,
    .release = escrow_release,
    .exec = do_exec,
    .exit = do_exit,
    .thread_start = do_thread_start,
    .thread_room = do_thread_room,
    .thread_exit = do_thread_exit,
    .wait = do_wait,
    .futex_wait = do_futex_wait,
    .futex_cancel = do_futex_cancel,
    .futex_wake = do_futex_wake,
    .futex_requeue = do_futex_requeue,
    .kill = do_kill,
    .stop = do_stop,
    .taken = do_taken,
    .reaper = do_reaper,
    .set_name = do_set_name,
    .alarm = do_alarm,
    .ids = do_ids,
    .set_group = do_set_group,
    .set_session = do_set_session,
    .credentials = do_credentials,
    .set_credentials = do_set_credentials,
    .limit = do_limit,
    .usage = do_usage,
    .memory = do_memory,
    .priority = do_priority,
    .foreground = do_foreground,
    .background = do_background,
    .control = do_control,
    .disown = do_disown,
    .bind = do_bind,
    .unbind = do_unbind,
    .find = do_find,
    .offer = do_offer,
    .ring = do_ring,
    .unshare = do_unshare,
    .root = do_root,
};

/* ---- signals: what is due at a time, what was typed ---- */

static void alarm_ring(struct process *p)
{
    const struct unix_signal s = { .signal = SIGNAL_ALARM, .code = 0x80 /* SI_KERNEL */ };

    (void)kill_post(p, &s);
}

static void signal_take(struct call_server *server, uint64_t bits)
{
    uint64_t now = tsc_read();

    (void)server;
    if ((bits & PROCESS_SIGNAL_NOTIFY(UNIX_STARTED_BIT)) != 0)
        sessions_look();
    if ((bits & PROCESS_SIGNAL_NOTIFY(UNIX_DROPPED_BIT)) != 0)
        escrow_look();
    if ((bits & PROCESS_SIGNAL_NOTIFY(UNIX_CUT_BIT)) != 0)
        cut_look();
    if ((bits & PROCESS_SIGNAL_NOTIFY(TERMINAL_BIT)) != 0)
        terminal_events();
    if (clock_is_due(CLOCK_TIMERS, now)) {
        timers_run(now, alarm_ring);
        clock_set(CLOCK_TIMERS, timers_next());
    }
    if (clock_is_due(CLOCK_CPU, now))
        limits_cpu(now);
    if (clock_is_due(CLOCK_JOBS, now))
        shares_look(now);
    if (clock_is_due(CLOCK_LOOK, now))
        kill_look_again();
    clock_go_on();
}

/* ---- the first process ---- */

/* Words of our arguments: those of the program, some variables, and its name. */
static char first_text[512];

static int first_read(void *from, size_t offset, char *to, size_t bytes)
{
    (void)from;
    memcpy(to, first_text + offset, bytes);
    return 0;
}

static bool text_add(const char *text)
{
    size_t bytes = strlen(text) + 1;

    if (bytes > sizeof first_text - strings.bytes)
        return false;
    memcpy(first_text + strings.bytes, text, bytes);
    strings.bytes += bytes;
    return true;
}

static int first_strings(int argc, char **argv)
{
    static const char *const variables[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root",
                                             "TERM=vt100" };
    bool fits = true;

    strings = (struct exec_strings){ .argc = (uint32_t)argc - 1 };
    for (int i = 1; i < argc; i++)
        fits = text_add(argv[i]) && fits;
    for (; strings.envc < sizeof variables / sizeof variables[0]; strings.envc++)
        fits = text_add(variables[strings.envc]) && fits;
    strings.name = (uint32_t)strings.bytes;
    fits = text_add(argv[1]) && fits;
    return fits ? strings_take(&strings, first_read, NULL) : E2BIG;
}

static int first_run(int argc, char **argv)
{
    struct file files = { server_cap(UNIX_MEMFS) };
    struct file_opened opened;
    char left[600];
    size_t left_bytes;
    struct process *p = process_new(NULL);

    if (p == NULL || !process_system(p))
        return ENOMEM;
    p->group = p->session = p->pid;
    int e = sessions_begin(p->badge);
    if (e != 0)
        return e;
    sessions_attributes(p);
    e = file_open(files, FILE_ROOT_BIT, 0, 0, argv[1], strlen(argv[1]), &opened, left, sizeof left,
                  &left_bytes);
    if (e == 0 && opened.handle == 0)
        e = ENOENT;
    if (e == 0)
        e = first_strings(argc, argv);
    return e != 0 ? e : exec_program(p, 0, UNIX_BADGE_MANAGER, UNIX_MEMFS, opened.handle, &strings);
}

int main(int argc, char **argv)
{
    struct call_server server;
    const char *wrong = NULL;

    if (argc < 2 || call_server_open(&server) != 0)
        wrong = "needs `serves`, and the first program as its argument";
    if (wrong == NULL)
        wrong = objects_open();
    own_open();
    if (wrong == NULL)
        wrong = servers_open();
    if (wrong == NULL)
        wrong = cache_open();
    if (wrong == NULL)
        wrong = image_open();
    if (wrong == NULL && !clock_open())
        wrong = "needs `notify` for itself";
    if (wrong != NULL) {
        printf("proc: %s\n", wrong);
        return 1;
    }
    int e = first_run(argc, argv);
    if (e != 0) {
        printf("proc: %s: %s\n", argv[1], strerror(e));
        return 1;
    }
    serve_tables_room(process_info()->heap_bytes / 2);
    server.self = procfs();
    server.other = other;
    server.signal = signal_take;
    proc_serve_on(&server, &ops);
}

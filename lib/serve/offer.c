/* SPDX-License-Identifier: BSD-2-Clause */
#include <idl/heir.h>
#include <idl/proc.h>
#include <ipc/message.h>
#include <serve/offer.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* ---- who the clients are, as the process server writes it ---- */

/* The entry of a badge's number, whole; of another badge or none if that is there. */
static void entry_read(uint64_t badge, struct unix_session *out)
{
    const struct unix_session *all = (const struct unix_session *)PROCESS_SESSIONS_ADDR;
    const struct unix_session *s = &all[UNIX_BADGE_NUMBER(badge) % UNIX_PROCESSES_MAX];
    uint64_t changes;

    do {
        changes = __atomic_load_n(&s->changes, __ATOMIC_ACQUIRE);
        memcpy(out, s, sizeof *out);
        __atomic_thread_fence(__ATOMIC_ACQUIRE); /* pairs with the process server's, as changes */
    } while (changes % 2 != 0 || changes != __atomic_load_n(&s->changes, __ATOMIC_RELAXED));
}

static void session_set(struct serve_session *to, const struct unix_session *from)
{
    uint32_t groups = from->group_count < SERVE_GROUPS_MAX ? from->group_count : SERVE_GROUPS_MAX;

    to->pid = from->pid;
    to->group = from->group;
    to->sid = from->sid;
    to->uid = from->uid;
    to->gid = from->gid;
    to->bytes_max = from->bytes_max;
    to->group_count = groups;
    memcpy(to->groups, from->groups, groups * sizeof to->groups[0]);
}

/* The first call of a client. */
static bool client_comes(struct serve_table *table, uint64_t badge)
{
    struct unix_session s;

    entry_read(badge, &s);
    if (s.badge != badge || serve_session_begin(table, badge) != 0)
        return false;
    session_set(&serve_process[UNIX_BADGE_NUMBER(badge)], &s);
    return true;
}

static void clients_look(struct serve_table *table)
{
    for (unsigned i = 0; i < SERVE_PROCESSES_MAX; i++) {
        struct serve_session *known = &serve_process[i];
        struct unix_session s;
        uint64_t badge = known->badge;
        if (badge == 0)
            continue;
        entry_read(badge, &s);
        if (s.badge == badge)
            session_set(known, &s);
        while (s.badge != badge && serve_session_end(table, badge))
            continue;
    }
}

/* ---- the loop ---- */

static void signal_take(struct call_server *loop, uint64_t bits)
{
    struct serve *serve = loop->self;

    clients_look(&serve->sessions);
    if (serve->signal != NULL)
        serve->signal(serve, bits);
}

/* A signal of the process, which is taken at the end of any call of the system. */
static void interrupted(void)
{
    (void)getppid();
}

/* The badge of a child of the caller's; 0: it has none of that number. */
static uint64_t child_find(const struct call *c, int32_t pid, struct unix_session *s)
{
    for (unsigned i = 0; i < UNIX_PROCESSES_MAX; i++) {
        entry_read(i, s);
        if (s->badge != 0 && s->pid == pid && s->parent == c->badge)
            return s->badge;
    }
    return 0;
}

static int inherits(struct call *c, int32_t child, const struct call_item *handles)
{
    static uint32_t list[SERVE_HANDLES_MAX];
    struct serve *serve = c->self;
    struct unix_session s;
    size_t count = handles->count / sizeof list[0];

    if (serve_caller(c) == NULL)
        return ESRCH;
    if (handles->count % sizeof list[0] != 0 || count > SERVE_HANDLES_MAX)
        return EINVAL;
    int e = call_read(c, handles, 0, list, handles->count);
    if (e != 0)
        return e;
    uint64_t badge = child_find(c, child, &s);
    if (badge == 0)
        return ESRCH;
    e = serve_session_fork(&serve->sessions, c->badge, badge, list, count, child);
    if (e == 0)
        session_set(&serve_process[UNIX_BADGE_NUMBER(badge)], &s);
    return e;
}

static int other(struct call *c, struct call_registers *r)
{
    static const struct heir_ops ops = { .service = { .ping = serve_ping }, .inherit = inherits };
    const struct serve *serve = c->self;

    if (((r->info >> 12 & 0xfffff) >> 8) == HEIR_ID) {
        int e = heir_dispatch(c, r, &ops);
        return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
    }
    if (serve->other != NULL)
        return serve->other(c, r);
    return call_refuse_unknown(c, r);
}

int serve_offer(struct serve *serve, const char *name)
{
    uint32_t replies = 0, thread = (uint32_t)((struct thread_local *)((char *)seL4_GetIPCBuffer() +
                                                                      THREAD_LOCAL_OFFSET))
                                       ->index;

    if (process_info()->manager != PROCESS_BY_PROC)
        return EINVAL;
    int e = proc_offer((struct proc){ SLOT_INIT }, thread, name, strlen(name), &serve->number,
                       &replies);
    if (e != 0)
        return e > 0 ? e : EIO;
    serve->loop = (struct call_server){
        .endpoint = SLOT_SERVE,
        .self = serve,
        .signal = signal_take,
        .interrupted = interrupted,
        .other = other,
    };
    call_server_replies(&serve->loop, SLOT_REPLY_FIRST, replies);
    strncpy(serve->name, name, sizeof serve->name - 1);
    serve->sessions.comes = client_comes;
    return 0;
}

int serve_mount(const struct serve *serve, const char *directory)
{
    return mount(serve->name, directory, "server", 0, NULL) == 0 ? 0 : errno;
}

/*
 * A handler may make calls, which go through the same buffer: so the request, and the answer until
 * it is sent, are in one of our own.
 */
int serve_clients(struct serve *serve, const struct file_ops *ops)
{
    static seL4_IPCBuffer request;
    seL4_IPCBuffer *real = seL4_GetIPCBuffer();
    struct call c = { .self = serve, .server = &serve->loop };

    if (serve->loop.replies == 0)
        return EINVAL;
    for (;;) {
        struct call_registers r;
        c.buf = real;
        call_receive(&serve->loop, &c, &r);
        memcpy(request.msg, real->msg, sizeof request.msg);
        c.buf = &request;
        c.badge = r.badge;
        int e = (c.badge & PROCESS_BADGE_SIGNAL) != 0 ? CALL_UNKNOWN : file_dispatch(&c, &r, ops);
        if (e == CALL_UNKNOWN)
            e = call_other(&serve->loop, &c, &r);
        if (e != 0)
            continue;
        memcpy(real->msg, request.msg, (r.info & 127) * sizeof request.msg[0]);
        (void)call_answer_owed(c.reply, &r);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <idl/heir.h>
#include <idl/proc.h>
#include <ipc/message.h>
#include <serve/offer.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { LENT_MAX = 64 };

/* ---- who the clients are, as the process server writes it ---- */

static const struct unix_served *served(void)
{
    return (const struct unix_served *)PROCESS_SESSIONS_ADDR;
}

static const struct unix_session *entry_of(uint64_t badge)
{
    return &served()->session[UNIX_BADGE_NUMBER(badge) % UNIX_PROCESSES_MAX];
}

/* The entry of a badge's number, whole; of another badge or none if that is there. */
static void entry_read(uint64_t badge, struct unix_session *out)
{
    const struct unix_session *s = entry_of(badge);
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
    to->execs = from->execs;
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

/* It has executed a program, and nothing of ours stays open: else it tells us what does. */
static void client_executed(struct serve *serve, struct serve_session *known,
                            const struct unix_session *s)
{
    if ((s->kept >> (serve->number - UNIX_SERVERS_MAX) & 1) == 0)
        (void)serve_session_keep(&serve->sessions, known->badge, NULL, 0);
}

/* What has changed of one that is known. */
static void client_look(struct serve *serve, struct serve_session *known)
{
    uint64_t badge = known->badge;
    struct unix_session s;

    entry_read(badge, &s);
    if (s.badge == badge) {
        if (s.execs != known->execs)
            client_executed(serve, known, &s);
        session_set(known, &s);
        return;
    }
    serve_bell_disarm(&serve->bells, badge, -1);
    while (serve_session_end(&serve->sessions, badge))
        continue;
}

static void clients_look(struct serve *serve)
{
    for (unsigned i = 0; i < SERVE_PROCESSES_MAX; i++)
        if (serve_process[i].badge != 0)
            client_look(serve, &serve_process[i]);
}

/* Before a request of its: what it opens from now on was not open at its exec. */
static void client_asks(struct serve *serve, uint64_t badge)
{
    struct serve_session *known = &serve_process[UNIX_BADGE_NUMBER(badge) % SERVE_PROCESSES_MAX];

    if (known->badge == badge &&
        __atomic_load_n(&entry_of(badge)->execs, __ATOMIC_RELAXED) != known->execs)
        client_look(serve, known);
}

/* ---- files on their way (idl/heir.capnp, lend) ---- */

static struct lent {
    uint64_t token; /* 0: free */
    uint32_t place;
    uint32_t handle; /* in a session that is nobody's: serve_manager */
} lent[LENT_MAX];

static void lent_end(struct serve *serve, struct lent *l)
{
    (void)serve_handle_close(&serve->sessions, &serve_manager, l->handle);
    *l = (struct lent){ 0 };
}

static bool place_is_good(uint32_t place)
{
    /* acquire; pairs with the process server's release */
    return __atomic_load_n(&served()->token[place % UNIX_TOKENS_MAX], __ATOMIC_ACQUIRE) ==
           place >> UNIX_TOKEN_BITS;
}

/* Those whose tokens are good no more. */
static void lent_look(struct serve *serve)
{
    for (unsigned i = 0; i < LENT_MAX; i++)
        if (lent[i].token != 0 && !place_is_good(lent[i].place))
            lent_end(serve, &lent[i]);
}

static struct lent *lent_find(uint64_t token)
{
    for (unsigned i = 0; i < LENT_MAX; i++)
        if (lent[i].token == token)
            return &lent[i];
    return NULL;
}

static int lends(struct call *c, uint32_t handle, uint64_t token, uint32_t place)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e != 0)
        return e;
    if (token == 0 || !place_is_good(place) || lent_find(token) != NULL)
        return EBADF;
    struct lent *l = lent_find(0);
    if (l == NULL)
        return ENFILE;
    e = serve_handle_new(&serve_manager, file, &l->handle);
    if (e != 0)
        return e;
    l->token = token;
    l->place = place;
    return 0;
}

static int takes(struct call *c, uint64_t token, uint32_t *handle)
{
    struct serve *serve = c->self;
    struct serve_session *s = serve_caller(c);
    struct lent *l = token != 0 ? lent_find(token) : NULL;

    if (s == NULL)
        return ESRCH;
    if (l == NULL)
        return EBADF;
    int e = serve_handle_new(s, serve_handle_find(&serve_manager, l->handle), handle);
    lent_end(serve, l);
    return e;
}

/* ---- what clients say ---- */

static uint32_t list[SERVE_HANDLES_MAX];

static int list_read(struct call *c, const struct call_item *handles, size_t *count)
{
    *count = handles->count / sizeof list[0];
    if (handles->count % sizeof list[0] != 0 || *count > SERVE_HANDLES_MAX)
        return EINVAL;
    return call_read(c, handles, 0, list, handles->count);
}

static int keeps(struct call *c, const struct call_item *handles)
{
    struct serve *serve = c->self;
    size_t count;

    if (serve_caller(c) == NULL)
        return ESRCH;
    int e = list_read(c, handles, &count);
    return e != 0 ? e : serve_session_keep(&serve->sessions, c->badge, list, count);
}

static int names(struct call *c, int32_t pid, uint32_t handle, struct call_item *text)
{
    const struct serve *serve = c->self;
    const struct serve_session *who = serve_caller(c), *s = NULL;
    size_t bytes = 0;

    for (unsigned i = 0; i < SERVE_PROCESSES_MAX && s == NULL; i++)
        if (serve_process[i].badge != 0 && serve_process[i].pid == pid)
            s = &serve_process[i];
    if (who == NULL || s == NULL)
        return ESRCH;
    if (who->uid != 0 && who->uid != s->uid)
        return EPERM;
    struct serve_file *file = serve_handle_find(s, handle);
    if (file == NULL)
        return EBADF;
    int e = serve->sessions.name != NULL
                ? serve->sessions.name(s, file, text->data, text->room, &bytes)
                : ENOENT;
    text->count = e == 0 ? bytes : 0;
    return e;
}

/* ---- the loop ---- */

static void signal_take(struct call_server *loop, uint64_t bits)
{
    struct serve *serve = loop->self;

    clients_look(serve);
    lent_look(serve);
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
    struct serve *serve = c->self;
    struct unix_session s;
    size_t count;

    if (serve_caller(c) == NULL)
        return ESRCH;
    int e = list_read(c, handles, &count);
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
    static const struct heir_ops ops = { .service = { .ping = serve_ping },
                                         .inherit = inherits,
                                         .keep = keeps,
                                         .name = names,
                                         .lend = lends,
                                         .take = takes };
    const struct serve *serve = c->self;

    if (((r->info >> 12 & 0xfffff) >> 8) == HEIR_ID) {
        int e = heir_dispatch(c, r, &ops);
        return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
    }
    if (serve->other != NULL)
        return serve->other(c, r);
    return call_refuse_unknown(c, r);
}

static void client_ring(uint64_t badge, uint32_t thread)
{
    (void)proc_ring((struct proc){ SLOT_INIT }, badge, thread);
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
    serve->bells.ring = client_ring;
    serve_manager.badge = UNIX_BADGE_MANAGER; /* whom nobody calls as */
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
        client_asks(serve, c.badge);
        int e = (c.badge & PROCESS_BADGE_SIGNAL) != 0 ? CALL_UNKNOWN : file_dispatch(&c, &r, ops);
        if (e == CALL_UNKNOWN)
            e = call_other(&serve->loop, &c, &r);
        if (e != 0)
            continue;
        memcpy(real->msg, request.msg, (r.info & 127) * sizeof request.msg[0]);
        (void)call_answer_owed(c.reply, &r);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the manager says of sessions (idl/session.capnp), and the loop.
 */
#include <base/secret.h>
#include <errno.h>
#include <idl/init.h>
#include <idl/session.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <myelin/portal.h>
#include <poll.h>
#include <serve/offer.h>
#include <serve/serve.h>
#include <string.h>

static uint32_t listed[SERVE_HANDLES_MAX]; /* a server has one thread */

int serve_close(struct call *c, uint32_t handle)
{
    struct serve *serve = c->self;
    struct serve_session *s = serve_caller(c);

    return s == NULL ? ESRCH : serve_handle_close(&serve->sessions, s, handle);
}

/* What of `wanted` (idl/file.capnp) is there; the file's source in *source. */
static inline uint16_t ready_of(const struct serve_session *s, uint32_t handle, uint32_t wanted,
                                serve_events *of, struct serve_source **source)
{
    const uint32_t alone = 1u << 31, edge = 1u << 30, edge_new = 1u << 29;
    struct serve_slot *slot = serve_slot_find(s, handle);

    if (slot == NULL)
        return POLLNVAL;
    uint16_t is = of(slot->file, source);
    if (is == 0)
        return 0;
    is &= (uint16_t)((wanted & alone) != 0 ? wanted : wanted | POLLERR | POLLHUP);
    if ((wanted & edge) == 0 || is == 0 || *source == NULL)
        return is;
    if ((wanted & edge_new) == 0 && slot->told == (*source)->changes)
        return 0;
    slot->told = (*source)->changes;
    return is;
}

int serve_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
               size_t wanted_bytes, uint32_t *ready, struct call_item *events, serve_events *of)
{
    enum { WANTED_MAX = 100, ARM_MORE = 2 };
    struct serve *serve = c->self;
    const struct serve_session *s = serve_caller(c);
    struct serve_source *sources[WANTED_MAX];
    size_t count = wanted_bytes / 8, found = 0;
    const char *from = wanted;
    char *to = events->data;
    uint32_t there = 0;

    if (s == NULL)
        return ESRCH;
    if (wanted_bytes % 8 != 0 || count > WANTED_MAX || count * sizeof(uint16_t) > events->room ||
        thread >= UNIX_THREADS_MAX)
        return EINVAL;
    for (size_t i = 0; i < count; i++) {
        uint32_t pair[2]; /* handle, events */
        struct serve_source *source = NULL;
        memcpy(pair, from + i * sizeof pair, sizeof pair);
        uint16_t is = ready_of(s, pair[0], pair[1], of, &source);
        memcpy(to + i * sizeof is, &is, sizeof is);
        there += is != 0;
        if (source != NULL)
            sources[found++] = source;
    }
    *ready = there;
    events->count = count * sizeof(uint16_t);
    if (arm == 0 || there > 0 || found == 0)
        return 0;
    if (serve->bells.ring == NULL || UNIX_BADGE_GENERATION(c->badge) == 0 ||
        c->badge >= UNIX_BADGE_MANAGER) /* no process */
        return ENOSYS;
    return serve_bell_arm(&serve->bells, c->badge, thread, sources, found, arm == ARM_MORE);
}

static uint16_t always(struct serve_file *file, struct serve_source **source)
{
    (void)file;
    (void)source;
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

int serve_poll_always(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                      size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    return serve_poll(c, thread, arm, wanted, wanted_bytes, ready, events, always);
}

int serve_stat(struct call *c, uint32_t handle, uint32_t flags, const struct call_item *path,
               struct file_found *found, struct call_item *text)
{
    const struct serve *serve = c->self;
    struct file_status status = { 0 };

    (void)flags;
    (void)text;
    int e = path->count != 0 ? ENOTDIR : serve->ops->status(c, handle, &status);
    if (e == 0)
        serve_found(found, &status);
    return e;
}

int serve_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                  const void *text, size_t text_bytes, uint64_t *value, struct call_item *text2)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    (void)request;
    (void)argument;
    (void)text;
    (void)text_bytes;
    (void)value;
    (void)text2;
    return e != 0 ? e : ENOTTY;
}

int serve_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

/* ---- exported files ---- */

/* What was exported last is in the slot yet: who asked for it has its own by now. */
int serve_export_file(struct call *c, uint32_t handle, uint32_t rights, seL4_CPtr *file)
{
    struct serve *serve = c->self;
    struct serve_session *s = serve_caller(c);
    seL4_CPtr slot = serve->export_slot;
    uint64_t badge;

    if (slot == SLOT_NULL)
        return ENOSYS;
    int e = s == NULL ? ESRCH : serve_export(&serve->sessions, s, handle, rights, &badge);
    if (e != 0)
        return e;
    (void)seL4_CNode_Delete(SLOT_CNODE, slot, seL4_WordBits);
    if (seL4_CNode_Mint(SLOT_CNODE, slot, seL4_WordBits, SLOT_CNODE, serve->loop.endpoint,
                        seL4_WordBits, myelin_CallOnly(), badge) != seL4_NoError) {
        (void)serve_export_close(&serve->sessions, serve_export_find(badge), 0);
        return ENOMEM;
    }
    *file = slot;
    return 0;
}

int serve_adopt_file(struct call *c, uint64_t file, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);

    return s == NULL ? ESRCH : serve_adopt(s, file, handle);
}

/* ---- what the manager says ---- */

static struct serve_table *table_of(const struct call *c)
{
    return &((struct serve *)c->self)->sessions;
}

/* A list of handles of the manager's; CALL_TOUCH and its kin before anything was done. */
static int list_read(struct call *c, const struct call_item *item, size_t *count)
{
    *count = item->count / sizeof *listed;
    if (item->count % sizeof *listed != 0 || *count > SERVE_HANDLES_MAX)
        return EINVAL;
    return call_read(c, item, 0, listed, item->count);
}

static int session_attaches(struct call *c, seL4_CPtr bells)
{
    struct serve *serve = c->self;

    if (serve->ringer == NULL) {
        call_received_delete(c);
        return EINVAL;
    }
    int e = serve->ringer->attach(bells);
    serve->bells.ring = e == 0 ? serve->ringer->ring : NULL;
    return e;
}

static int session_begins(struct call *c, uint64_t session)
{
    return serve_session_begin(table_of(c), session);
}

static int session_forks(struct call *c, uint64_t parent, uint64_t child,
                         const struct call_item *handles, int32_t pid)
{
    size_t count;
    int e = list_read(c, handles, &count);

    return e != 0 ? e : serve_session_fork(table_of(c), parent, child, listed, count, pid);
}

static int session_keeps(struct call *c, uint64_t session, const struct call_item *handles)
{
    size_t count;
    int e = list_read(c, handles, &count);

    return e != 0 ? e : serve_session_keep(table_of(c), session, listed, count);
}

static int session_ends(struct call *c, uint64_t session, uint32_t *more)
{
    struct serve *serve = c->self;

    if (serve_session_find(&serve->sessions, session) == NULL)
        return ENOENT;
    serve_bell_disarm(&serve->bells, session, -1);
    *more = serve_session_end(&serve->sessions, session);
    return 0;
}

static int session_is(struct call *c, const struct session_attributes *a, const uint32_t *groups,
                      size_t group_count)
{
    struct serve_session *s = serve_session_find(table_of(c), a->session);

    if (s == NULL || a->session >= UNIX_BADGE_MANAGER)
        return ENOENT;
    s->pid = a->pid;
    s->group = a->group;
    s->sid = a->sid;
    s->uid = a->uid;
    s->gid = a->gid;
    s->bytes_max = a->bytes_max;
    s->job = a->job < UNIX_JOBS_MAX ? a->job : 0;
    serve_session_outer(s, a->outer < UNIX_JOBS_MAX ? a->outer : 0);
    s->group_count = (uint32_t)group_count; /* the schema's $max is SERVE_GROUPS_MAX */
    memcpy(s->groups, groups, group_count * sizeof *groups);
    return 0;
}

static int session_lends(struct call *c, uint64_t session, uint32_t handle, uint32_t *handle2)
{
    struct serve_table *table = table_of(c);
    const struct serve_session *s = serve_session_find(table, session);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    return file == NULL ? EBADF : serve_handle_new(&serve_manager, file, handle2);
}

static int session_gives(struct call *c, uint64_t session, uint32_t handle, uint32_t *handle2)
{
    struct serve_session *s = serve_session_find(table_of(c), session);
    struct serve_file *file = serve_handle_find(&serve_manager, handle);

    if (s == NULL || session >= UNIX_BADGE_MANAGER)
        return ENOENT;
    return file == NULL ? EBADF : serve_handle_new(s, file, handle2);
}

static int session_name_of(struct call *c, uint64_t session, uint32_t handle,
                           struct call_item *text)
{
    struct serve_table *table = table_of(c);
    const struct serve_session *s = serve_session_find(table, session);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;
    size_t bytes = 0;

    if (file == NULL)
        return EBADF;
    int e = table->name != NULL ? table->name(s, file, text->data, text->room, &bytes) : ENOENT;
    text->count = e == 0 ? bytes : 0;
    return e;
}

static int session_has_root(struct call *c, uint64_t session, uint32_t handle)
{
    struct serve_table *table = table_of(c);
    const struct serve_session *s = serve_session_find(table, session);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    if (table->is_root == NULL)
        return ENOSYS;
    if (file != NULL && !table->is_root(file))
        return ENOTDIR;
    return serve_session_root(table, session, handle);
}

static int session_pins(struct call *c, uint64_t session, uint32_t handle, uint32_t covers,
                        uint32_t *pin)
{
    struct serve_table *table = table_of(c);
    const struct serve_session *s = serve_session_find(table, session);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    if (table->pin == NULL)
        return ENOSYS;
    return file == NULL ? EBADF : table->pin(file, covers != 0, pin);
}

static int session_unpins(struct call *c, uint32_t pin, uint32_t covers)
{
    struct serve_table *table = table_of(c);

    if (table->unpin == NULL)
        return ENOSYS;
    table->unpin(pin, covers != 0);
    return 0;
}

static int session_is_in(struct call *c, uint64_t session, uint32_t space)
{
    struct serve_session *s = serve_session_find(table_of(c), session);

    if (s == NULL || session >= UNIX_BADGE_MANAGER)
        return ENOENT;
    if (space >= SERVE_SPACES_MAX)
        return EINVAL;
    s->space = space;
    return 0;
}

static int session_sees(struct call *c, uint32_t pin, uint32_t spaces)
{
    const struct serve_table *table = table_of(c);

    if (table->seen == NULL)
        return ENOSYS;
    table->seen(pin, spaces);
    return 0;
}

static int session_quota_is(struct call *c, uint32_t job, uint32_t in, uint64_t bytes)
{
    const struct serve_table *table = table_of(c);

    return table->quota != NULL ? table->quota(job, in, bytes) : ENOSYS;
}

static int session_uses(struct call *c, uint32_t job, uint64_t *bytes)
{
    const struct serve_table *table = table_of(c);

    if (table->used == NULL)
        return ENOSYS;
    *bytes = table->used(job);
    return 0;
}

static int session_counts(struct call *c, uint32_t *sessions, uint32_t *handles)
{
    (void)c;
    *sessions = *handles = 0;
    for (unsigned i = 0; i < SERVE_PROCESSES_MAX; i++) {
        *sessions += serve_process[i].badge != 0;
        *handles += serve_process[i].badge != 0 ? serve_process[i].open : 0;
    }
    return 0;
}

static const struct session_ops session_ops = {
    .service = { .ping = serve_ping },
    .attach = session_attaches,
    .begin = session_begins,
    .fork = session_forks,
    .keep = session_keeps,
    .end = session_ends,
    .attributes = session_is,
    .lend = session_lends,
    .give = session_gives,
    .name = session_name_of,
    .root = session_has_root,
    .pin = session_pins,
    .unpin = session_unpins,
    .space = session_is_in,
    .seen = session_sees,
    .count = session_counts,
    .quota = session_quota_is,
    .used = session_uses,
};

/* ---- the loop ---- */

static int other(struct call *c, struct call_registers *r)
{
    const struct serve *serve = c->self;

    if (((r->info >> 12 & 0xfffff) >> 8) != SESSION_ID) {
        if (serve->other != NULL)
            return serve->other(c, r);
        return call_refuse_unknown(c, r);
    }
    if (c->badge != UNIX_BADGE_MANAGER) {
        call_received_delete(c);
        return call_refuse(r, EPERM);
    }
    int e = session_dispatch(c, r, &session_ops);
    return e == CALL_UNKNOWN ? call_refuse_unknown(c, r) : e;
}

/* Components that have ended: what they had open is closed. */
static void clients_look(struct serve_table *table)
{
    const struct init init = { SLOT_INIT };

    for (unsigned i = 0; i < SERVE_CLIENTS_MAX; i++) {
        uint64_t badge = serve_client[i].badge;
        if (badge == 0 || init_client(init, badge) != ENOENT)
            continue;
        while (serve_session_end(table, badge))
            continue;
    }
}

static void signal_take(struct call_server *loop, uint64_t bits)
{
    struct serve *serve = loop->self;

    if ((bits & PROCESS_SIGNAL_CLIENT) != 0)
        clients_look(&serve->sessions);
    if (serve->signal != NULL)
        serve->signal(serve, bits);
}

/* The manager, if there is one, finds out that nobody has a session here now. */
static void manager_tell(void)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++) {
        const struct process_cap *cap = &info->caps[i];
        if (cap->kind == PROCESS_CAP_NOTIFICATION && cap->a == UNIX_STARTED_BIT &&
            strcmp(cap->name, "proc") == 0)
            seL4_Signal(cap->slot);
    }
}

int serve_files(struct serve *serve, const struct file_ops *ops)
{
    serve->ops = ops;
    serve_exports_begin((uint32_t)secret_of(process_info()->random, ~1ull));
    if (process_info()->manager == PROCESS_BY_PROC)
        return serve_clients(serve, ops);
    int e = call_server_open(&serve->loop);
    if (e != 0)
        return e;
    serve_tables_room(process_info()->heap_bytes / 8 *
                      (serve->tables_eighths != 0 ? serve->tables_eighths : 1));
    call_server_replies(&serve->loop, serve->more_replies, serve->more_reply_count);
    serve->loop.self = serve;
    serve->loop.receive_slot =
        serve->ringer != NULL ? serve->ringer->receive_slot() : serve->receive_slot;
    serve->loop.signal = signal_take;
    serve->loop.other = other;
    serve_manager.badge = UNIX_BADGE_MANAGER;
    manager_tell();
    file_serve_on(&serve->loop, ops);
}

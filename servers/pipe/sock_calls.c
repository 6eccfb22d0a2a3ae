/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked of sockets beside reading and writing: idl/socket.capnp. Nothing here waits.
 */
#include "sock_calls.h"

#include "rights.h"
#include "sock.h"

#include <base/secret.h>
#include <errno.h>
#include <idl/socket.h>
#include <serve/clock.h>
#include <stdio.h>
#include <string.h>

struct sock *sock_of_file(struct serve_file *f)
{
    struct sock *s = (struct sock *)f;

    return s->end.pipe == NULL && s->end.kind == &sock_kind ? s : NULL;
}

int sock_of(const struct call *c, uint32_t handle, struct sock **s)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e != 0)
        return e;
    *s = sock_of_file(f);
    return *s != NULL ? 0 : ENOTSOCK;
}

/* ---- made and connected ---- */

static int kind_check(uint32_t type, uint32_t flags)
{
    if ((flags & ~(uint32_t)O_NONBLOCK) != 0)
        return EINVAL;
    return type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET ? 0
                                                                               : ESOCKTNOSUPPORT;
}

/* A handle for a new socket, which ends if there is none. */
static int give(struct serve_session *session, struct sock *s, uint32_t *handle)
{
    int e = s == NULL ? ENOMEM : serve_handle_new(session, &s->end.base, handle);

    if (e != 0 && s != NULL)
        sock_end(s);
    return e;
}

static int do_create(struct call *c, uint32_t type, uint32_t flags, uint32_t *handle)
{
    struct serve_session *session = serve_caller(c);
    int e = session == NULL ? ESRCH : kind_check(type, flags);

    return e != 0
               ? e
               : give(session, sock_new((int)type, flags, credentials_of(session), store_owner(c)),
                      handle);
}

static int do_pair(struct call *c, uint32_t type, uint32_t flags, uint32_t *first, uint32_t *second)
{
    struct serve_session *session = serve_caller(c);
    int e = session == NULL ? ESRCH : kind_check(type, flags);

    if (e != 0)
        return e;
    uint16_t owner = store_owner(c);
    struct sock *a = sock_new((int)type, flags, credentials_of(session), owner);
    struct sock *b = sock_new((int)type, flags, credentials_of(session), owner);
    e = give(session, a, first);
    if (e != 0) {
        if (b != NULL)
            sock_end(b);
        return e;
    }
    e = give(session, b, second);
    if (e != 0)
        (void)serve_handle_close(&serve.sessions, session, *first);
    else
        sock_join(a, b);
    return e;
}

/* An abstract name that nobody has: five hexadecimal digits. */
static int name_make(int type, char *name, size_t *bytes)
{
    static uint32_t last;

    for (unsigned i = 0; i < 1u << 20; i++) {
        last = (last + 1) & 0xfffff;
        *bytes = 1 + (size_t)snprintf(name + 1, 6, "%05x", last);
        name[0] = '\0';
        if (sock_find(type, 0, name, *bytes) == NULL)
            return 0;
    }
    return ENOSPC;
}

static bool name_is_good(uint64_t key, const char *name, size_t bytes)
{
    return bytes > 0 && (key == 0) == (name[0] == '\0');
}

static int do_bind(struct call *c, uint32_t handle, uint64_t key, const void *name, size_t bytes)
{
    char own[SOCK_NAME_MAX];
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (s->address != NULL)
        return bytes == 0 && s->is_bound ? 0 : EINVAL;
    if (bytes == 0) {
        e = name_make(s->type, own, &bytes);
        name = own;
        if (e != 0)
            return e;
    }
    if (!name_is_good(key, name, bytes))
        return EINVAL;
    if (key != 0)
        key = secret_mark(key);
    if (sock_find(s->type, key, name, bytes) != NULL)
        return EADDRINUSE;
    s->address = address_new(key, name, bytes, store_owner(c));
    s->is_bound = s->address != NULL;
    return s->is_bound ? 0 : ENOMEM;
}

static int do_listen(struct call *c, uint32_t handle, uint32_t backlog)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (sock_is_dgram(s))
        return EOPNOTSUPP;
    if (!s->is_bound || s->state > SOCK_LISTENS)
        return EINVAL;
    s->own = credentials_of(serve_caller(c));
    s->peer_is = s->own;
    s->state = SOCK_LISTENS;
    s->backlog = backlog < SOCK_BACKLOG_MAX ? backlog : SOCK_BACKLOG_MAX;
    sock_stir(s);
    sock_settle(c);
    return 0;
}

/* Datagrams go there from now on, or to nobody. */
static int dgram_connect(struct sock *s, struct sock *to)
{
    if (to != NULL && to->peer != NULL && to->peer != s)
        return EPERM;
    s->peer = to;
    s->peer_dead = false;
    sock_stir(s);
    return 0;
}

static int stream_connect(struct call *c, struct sock *s, struct sock *to)
{
    if (to->state != SOCK_LISTENS || to->shut_in)
        return ECONNREFUSED;
    if (to->pending_count > to->backlog) {
        s->wants = to;
        return s->state == SOCK_IDLE ? EAGAIN : EISCONN;
    }
    if (s->state != SOCK_IDLE)
        return s->state == SOCK_LISTENS ? EINVAL : EISCONN;
    struct sock *other = sock_new(s->type, 0, to->own, store_owner(c));
    if (other == NULL)
        return ENOMEM;
    s->wants = NULL;
    s->own = credentials_of(serve_caller(c));
    other->address = address_keep(to->address);
    other->passes_credentials = to->passes_credentials;
    sock_join(s, other);
    *to->pending_last = other;
    to->pending_last = &other->pending_next;
    to->pending_count++;
    sock_stir(to);
    sock_stir(s);
    return 0;
}

/* The socket of a name, of the same type. */
static int named_find(const struct sock *s, uint64_t key, const void *name, size_t bytes,
                      struct sock **to)
{
    if (!name_is_good(key, name, bytes))
        return EINVAL;
    *to = sock_find(s->type, key, name, bytes);
    if (*to == NULL)
        return ECONNREFUSED;
    return (*to)->type == s->type ? 0 : EPROTOTYPE;
}

static int do_connect(struct call *c, uint32_t handle, uint64_t key, const void *name, size_t bytes)
{
    struct sock *s, *to = NULL;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (bytes > 0 || !sock_is_dgram(s))
        e = named_find(s, key, name, bytes, &to);
    if (e == 0)
        e = sock_is_dgram(s) ? dgram_connect(s, to) : stream_connect(c, s, to);
    sock_settle(c);
    return e;
}

static void name_put(struct call_item *item, const struct address *a)
{
    item->count = 0;
    if (a == NULL)
        return;
    item->count = a->bytes < item->room ? a->bytes : item->room;
    memcpy(item->data, a->name, item->count);
}

static const struct address *peer_name(const struct sock *s)
{
    return s->peer != NULL ? s->peer->address : s->peer_address;
}

static int do_accept(struct call *c, uint32_t handle, uint32_t flags, uint32_t *accepted,
                     struct call_item *name)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (sock_is_dgram(s))
        return EOPNOTSUPP;
    if (s->state != SOCK_LISTENS || (flags & ~(uint32_t)O_NONBLOCK) != 0)
        return EINVAL;
    struct sock *new = s->pending;
    if (new == NULL)
        return s->shut_in ? EINVAL : EAGAIN;
    e = serve_handle_new(serve_caller(c), &new->end.base, accepted);
    if (e != 0)
        return e;
    s->pending = new->pending_next;
    if (s->pending == NULL)
        s->pending_last = &s->pending;
    s->pending_count--;
    new->end.flags |= flags;
    name_put(name, peer_name(new));
    for (struct sock *o = socks; o != NULL; o = o->next)
        if (o->wants == s)
            sock_stir(o);
    sock_settle(c);
    return 0;
}

/* ---- sent and received ---- */

/* Who a message is said to be of: only user 0 says what it likes. */
static int sender_of(const struct call *c, int32_t pid, uint32_t uid, uint32_t gid,
                     struct credentials *who)
{
    const struct serve_session *session = serve_caller(c);

    *who = credentials_of(session);
    if (pid == 0)
        return 0;
    if (session->uid != 0 && (pid != who->pid || uid != who->uid || gid != who->gid))
        return EPERM;
    *who = (struct credentials){ pid, uid, gid };
    return 0;
}

static int do_send(struct call *c, uint32_t handle, uint32_t flags, uint64_t key, int32_t pid,
                   uint32_t uid, uint32_t gid, const void *name, size_t name_bytes,
                   const struct call_item *data, const struct call_item *right_items,
                   uint32_t *done)
{
    struct sock *s, *to = NULL;
    struct credentials who;
    struct rights *rights = NULL;
    size_t n = 0;
    int e = sock_of(c, handle, &s);

    (void)flags;
    if (e == 0)
        e = sender_of(c, pid, uid, gid, &who);
    if (e == 0 && name_bytes > 0)
        e = !sock_is_dgram(s) ? s->state == SOCK_IDLE ? EOPNOTSUPP : EISCONN
                              : named_find(s, key, name, name_bytes, &to);
    if (e == 0)
        e = sock_sendable(s, to, &to);
    if (e == 0)
        e = rights_take(c, right_items, &rights);
    if (e != 0)
        return e;
    if (s->type != SOCK_STREAM || data->count > 0)
        e = sock_push(c, s, to, data, &n, who, &rights);
    rights_free(rights); /* not sent: they are the caller's yet */
    sock_settle(c);
    *done = (uint32_t)n;
    return e;
}

/* The message that a look begins in, *skip bytes behind the queue's begin; *skip: in that. */
static struct message *peek_first(const struct sock *s, size_t *skip)
{
    struct message *m = s->first;

    for (; m != NULL && *skip > 0 && *skip >= m->bytes - m->done; m = m->next)
        *skip -= m->bytes - m->done;
    return m;
}

/*
 * As a read takes it, from `skip` bytes of message m on: of a stream as far as descriptors, or
 * another sender's, who is asked for.
 */
static int gather(struct call *c, const struct sock *s, struct message *m, size_t skip,
                  struct call_item *data, size_t room, size_t *bytes, struct message **last)
{
    *bytes = 0;
    for (;; m = m->next, skip = 0) {
        size_t left = m->bytes - m->done - skip, n = left < room - *bytes ? left : room - *bytes;
        int e = n > 0 ? call_write(c, data, *bytes, m->data + m->done + skip, n) : 0;
        if (e != 0)
            return e;
        *bytes += n;
        *last = m;
        if (s->type != SOCK_STREAM || m->rights != NULL || m->next == NULL || *bytes == room ||
            (s->passes_credentials && memcmp(&m->from, &m->next->from, sizeof m->from) != 0))
            return 0;
    }
}

/* How many of a message's descriptors come; `room` bytes are there for them. */
static int rights_put(struct call *c, const struct message *m, size_t room, struct call_item *item,
                      uint32_t *count)
{
    *count = 0;
    if (m->rights == NULL)
        return 0;
    room = room < item->room ? room : item->room;
    *count = (uint32_t)(room / sizeof(struct unix_right));
    if (*count > m->rights->count)
        *count = m->rights->count;
    item->count = *count * sizeof(struct unix_right);
    return *count > 0 ? call_write(c, item, 0, m->rights->right, item->count) : 0;
}

static int do_receive(struct call *c, uint32_t handle, uint32_t flags, uint32_t bytes,
                      uint32_t rights_bytes, uint32_t *total, uint32_t *flags2, int32_t *pid,
                      uint32_t *uid, uint32_t *gid, struct call_item *name, struct call_item *data,
                      struct call_item *right_items)
{
    struct sock *s;
    struct message *last;
    uint32_t count;
    size_t got;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    bool peeks = (flags & MSG_PEEK) != 0;
    *total = *flags2 = 0;
    e = sock_readable(s);
    if (e != 0)
        return e == SOCK_END ? 0 : e;
    size_t skip = peeks && s->peek_offset > 0 ? (size_t)s->peek_offset : 0;
    struct message *m = peek_first(s, &skip);
    if (m == NULL)
        return s->shut_in || s->state == SOCK_PARTED ? 0 : EAGAIN;
    e = gather(c, s, m, skip, data, bytes < data->room ? bytes : data->room, &got, &last);
    if (e == 0)
        e = rights_put(c, last, peeks ? 0 : rights_bytes, right_items, &count);
    if (e != 0)
        return e;
    data->count = got;
    *total = s->type == SOCK_STREAM ? (uint32_t)got : last->bytes - (uint32_t)skip;
    *flags2 = (got < *total ? (uint32_t)MSG_TRUNC : 0) |
              (last->rights != NULL && count < last->rights->count ? (uint32_t)MSG_CTRUNC : 0);
    *flags2 |= s->passes_credentials ? SOCKET_PASSES : 0;
    *pid = last->from.pid;
    *uid = last->from.uid;
    *gid = last->from.gid;
    name_put(name, last->name);
    if (peeks) {
        s->peek_offset += s->peek_offset >= 0 ? (int32_t)got : 0;
        return 0;
    }
    rights_give(c, last->rights, count);
    last->rights = NULL;
    queue_take(s, got);
    sock_settle(c);
    return 0;
}

static int do_shutdown(struct call *c, uint32_t handle, uint32_t how)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (how > SHUT_RDWR)
        return EINVAL;
    bool in = how != SHUT_WR, out = how != SHUT_RD;
    s->shut_in |= in;
    s->shut_out |= out;
    sock_stir(s);
    if (s->peer != NULL && !sock_is_dgram(s)) {
        s->peer->shut_in |= out;
        s->peer->shut_out |= in;
        sock_stir(s->peer);
    }
    sock_settle(c);
    return 0;
}

/* ---- names and options ---- */

static int do_name(struct call *c, uint32_t handle, uint32_t peer, struct call_item *name)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    if (peer != 0 && s->peer == NULL && s->state != SOCK_PARTED)
        return ENOTCONN;
    name_put(name, peer != 0 ? peer_name(s) : s->address);
    return 0;
}

static int do_get(struct call *c, uint32_t handle, uint32_t option, uint64_t *value, uint32_t *more)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    *more = 0;
    if (e != 0)
        return e;
    switch (option) {
    case SO_TYPE: *value = (uint64_t)s->type; return 0;
    case SO_DOMAIN: *value = AF_UNIX; return 0;
    case SO_PROTOCOL: *value = 0; return 0;
    case SO_ERROR:
        *value = (uint64_t)s->error;
        s->error = 0;
        return 0;
    case SO_ACCEPTCONN: *value = s->state == SOCK_LISTENS; return 0;
    case SO_SNDBUF: *value = s->room; return 0;
    case SO_RCVBUF: *value = s->receive_room; return 0;
    case SO_PASSCRED: *value = s->passes_credentials; return 0;
    case SO_REUSEADDR: *value = s->reuses; return 0;
    case SO_RCVTIMEO: *value = s->limit_us[0]; return 0;
    case SO_SNDTIMEO: *value = s->limit_us[1]; return 0;
    case SO_LINGER: *value = s->linger; return 0;
    case SO_PEEK_OFF: *value = (uint32_t)s->peek_offset; return 0;
    case SO_BROADCAST:
    case SO_DONTROUTE:
    case SO_KEEPALIVE:
    case SO_OOBINLINE: *value = s->shown >> option & 1; return 0;
    case SO_PEERCRED:
        *value = (uint32_t)s->peer_is.pid | (uint64_t)s->peer_is.uid << 32;
        *more = s->peer_is.gid;
        return 0;
    default: return ENOPROTOOPT;
    }
}

/* A year is as good as none. */
static int limit_set(struct sock *s, bool write, uint64_t us)
{
    const uint64_t most_us = 365ull * 86400 * 1000000;

    if (us != 0 && us != SOCK_AT_ONCE && !serve_clock_is_there())
        return ENOPROTOOPT;
    s->limit_us[write] = us > most_us && us != SOCK_AT_ONCE ? 0 : us;
    return 0;
}

/* Twice what is asked for, as socket(7) has it, within bounds. */
static uint32_t room_of(uint64_t wanted, uint32_t least)
{
    uint64_t room = wanted < SOCK_ROOM_MAX / 2 ? 2 * wanted : SOCK_ROOM_MAX;

    return room < least ? least : (uint32_t)room;
}

static int do_set(struct call *c, uint32_t handle, uint32_t option, uint64_t value)
{
    struct sock *s;
    int e = sock_of(c, handle, &s);

    if (e != 0)
        return e;
    switch (option) {
    case SO_PASSCRED: s->passes_credentials = value != 0; return 0;
    case SO_REUSEADDR: s->reuses = value != 0; return 0;
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: return limit_set(s, option == SO_SNDTIMEO, value);
    case SO_LINGER: s->linger = value; return 0;
    case SO_PEEK_OFF: s->peek_offset = (int32_t)value; return 0;
    case SO_RCVLOWAT: return value <= 1 ? 0 : ENOPROTOOPT; /* a read takes what there is */
    case SO_BROADCAST: /* what is on its way between processes stays on the machine, */
    case SO_DONTROUTE:
    case SO_KEEPALIVE: /* and its end is seen at once */
    case SO_OOBINLINE:
        s->shown = (s->shown & ~(1u << option)) | (uint32_t)(value != 0) << option;
        return 0;
    case SO_RCVBUF: /* what is on its way counts for who sends, whatever this says */
        s->receive_room = room_of(value, SOCK_RECEIVE_LEAST);
        return 0;
    case SO_SNDBUF:
        s->room = room_of(value, SOCK_ROOM_LEAST);
        sock_stir(s);
        sock_settle(c);
        return 0;
    default: return ENOPROTOOPT;
    }
}

int sock_dispatch(struct call *c, struct call_registers *r)
{
    static const struct socket_ops ops = {
        .service = { .ping = serve_ping },
        .create = do_create,
        .pair = do_pair,
        .bind = do_bind,
        .listen = do_listen,
        .join = do_connect,
        .accept = do_accept,
        .send = do_send,
        .receive = do_receive,
        .shutdown = do_shutdown,
        .name = do_name,
        .get = do_get,
        .set = do_set,
        .dropped = rights_dropped,
        .known = rights_known,
        .cycles = rights_cycles,
    };

    return socket_dispatch(c, r, &ops);
}

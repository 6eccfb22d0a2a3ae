/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets as such: their names, whom they are connected to, their queues.
 */
#include "sock.h"

#include "rights.h"

#include <errno.h>
#include <string.h>

enum { SMALL = 448, CHUNK = 16384, OWN_ROOM = SOCK_OWN - sizeof(struct message) };

struct sock *socks;

static uint64_t made;
static struct sock *stirred;

/* ---- names ---- */

struct address *address_new(uint64_t key, const void *name, size_t bytes, uint16_t owner)
{
    struct address *a = store_new(sizeof *a, owner);

    if (a == NULL)
        return NULL;
    a->users = 1;
    a->bytes = (uint32_t)bytes;
    a->key = key;
    a->owner = owner;
    memcpy(a->name, name, bytes);
    return a;
}

struct address *address_keep(struct address *a)
{
    if (a != NULL)
        a->users++;
    return a;
}

void address_drop(struct address *a)
{
    if (a != NULL && --a->users == 0)
        store_free(a, sizeof *a, a->owner);
}

struct sock *sock_find(int type, uint64_t key, const void *name, size_t bytes)
{
    for (struct sock *s = socks; s != NULL; s = s->next)
        if (s->is_bound && s->address->key == key &&
            (key != 0 || (s->type == type && s->address->bytes == bytes &&
                          memcmp(s->address->name, name, bytes) == 0)))
            return s;
    return NULL;
}

/* ---- what changed ---- */

void sock_stir(struct sock *s)
{
    if (s->stirred)
        return;
    s->stirred = true;
    s->stirred_next = stirred;
    stirred = s;
}

/* Who goes on then may stir others. */
void sock_settle(const struct call *c)
{
    while (stirred != NULL) {
        struct sock *s = stirred;
        stirred = s->stirred_next;
        s->stirred = false;
        kind_changed(c, &s->end, &s->source, ~0u);
    }
}

/* Those that found no room in one, or would have. */
static void senders_stir(struct sock *s)
{
    if (s->peer != NULL && !sock_is_dgram(s))
        sock_stir(s->peer);
    if (!sock_is_dgram(s) && s->state != SOCK_LISTENS)
        return;
    for (struct sock *o = socks; o != NULL; o = o->next)
        if (o->wants == s || (sock_is_dgram(s) && o->peer == s))
            sock_stir(o);
}

/* ---- sockets ---- */

struct credentials credentials_of(const struct serve_session *s)
{
    return s == NULL ? (struct credentials){ 0, ~0u, ~0u }
                     : (struct credentials){ s->pid, s->uid, s->gid };
}

struct sock *sock_new(int type, uint32_t flags, struct credentials own, uint16_t owner)
{
    struct sock *s = store_new(sizeof *s, owner);
    struct message *m = s != NULL ? store_take(SOCK_OWN, owner) : NULL;

    if (m == NULL) {
        store_free(s, sizeof *s, owner);
        return NULL;
    }
    m->room = OWN_ROOM;
    m->owner = owner;
    m->is_own = true;
    s->kept = m;
    s->end.owner = owner;
    s->end.kind = &sock_kind;
    s->end.flags = O_RDWR | flags;
    s->number = ++made;
    s->peek_offset = -1;
    s->type = type;
    s->room = s->receive_room = SOCK_ROOM;
    s->last = &s->first;
    s->pending_last = &s->pending;
    s->own = own;
    s->peer_is = (struct credentials){ 0, ~0u, ~0u };
    s->next = socks;
    s->link = &socks;
    if (socks != NULL)
        socks->link = &s->next;
    socks = s;
    return s;
}

void sock_join(struct sock *a, struct sock *b)
{
    a->peer = b;
    b->peer = a;
    a->state = b->state = SOCK_CONNECTED;
    a->peer_is = b->own;
    b->peer_is = a->own;
}

/* A peer of one that ends. */
static void part(struct sock *s, struct sock *from, bool is_lost)
{
    s->peer = NULL;
    address_drop(s->peer_address);
    s->peer_address = address_keep(from->address);
    if (sock_is_dgram(s))
        s->peer_dead = true;
    else
        s->state = SOCK_PARTED;
    if (is_lost)
        s->error = ECONNRESET;
    sock_stir(s);
}

static void pending_end(struct sock *s)
{
    while (s->pending != NULL) {
        struct sock *p = s->pending;
        s->pending = p->pending_next;
        if (p->peer != NULL)
            part(p->peer, p, true);
        p->peer = NULL;
        sock_end(p);
    }
}

/* The memory of a message of a queue is free. */
static void message_free(struct sock *s, struct message *m)
{
    rights_drop(m->rights);
    address_drop(m->name);
    if (m->is_own)
        s->kept = m;
    else
        store_free_more(m, sizeof *m + m->room, m->owner);
}

void sock_end(struct sock *s)
{
    struct sock *peer = s->peer;

    if (peer != NULL && peer->peer == s)
        part(peer, s, !sock_is_dgram(s) && s->first != NULL);
    for (struct sock *o = socks; o != NULL && (sock_is_dgram(s) || s->state == SOCK_LISTENS);
         o = o->next) {
        if (o->peer == s)
            part(o, s, false);
        if (o->wants == s) {
            o->wants = NULL;
            sock_stir(o);
        }
    }
    s->is_bound = false;
    pending_end(s);
    kind_ends(&s->end, &s->source);
    for (struct message *m = s->first, *next; m != NULL; m = next) {
        next = m->next;
        message_free(s, m);
    }
    store_free(s->kept, SOCK_OWN, s->end.owner);
    for (struct sock **link = &stirred; *link != NULL; link = &(*link)->stirred_next)
        if (*link == s) {
            *link = s->stirred_next;
            break;
        }
    *s->link = s->next;
    if (s->next != NULL)
        s->next->link = s->link;
    address_drop(s->address);
    address_drop(s->peer_address);
    store_free(s, sizeof *s, s->end.owner);
}

/* ---- messages ---- */

/* One of no bytes yet, for a queue; NULL: there is no memory. */
static struct message *message_new(struct sock *to, size_t room, uint16_t owner)
{
    struct message *m = to->kept;

    if (m != NULL && room <= OWN_ROOM) {
        to->kept = NULL;
    } else {
        room = room < SMALL ? SMALL : room;
        m = store_more(sizeof *m + room, owner);
        if (m == NULL)
            return NULL;
        m->room = (uint32_t)room;
        m->owner = owner;
        m->is_own = false;
    }
    m->next = NULL;
    m->bytes = m->done = 0;
    m->name = NULL;
    m->rights = NULL;
    return m;
}

void queue_put(struct sock *s, struct message *m)
{
    *s->last = m;
    s->last = &m->next;
    s->count++;
    s->queued += m->bytes + MESSAGE_COST;
}

/* The first one goes, read or not. */
static void queue_drop_first(struct sock *s)
{
    struct message *m = s->first;

    s->first = m->next;
    if (s->first == NULL)
        s->last = &s->first;
    s->count--;
    s->queued -= m->bytes - m->done + MESSAGE_COST;
    message_free(s, m);
}

/* poll() says that it can be written to while a quarter is used at most. */
static bool is_crowded(const struct sock *from, const struct sock *to)
{
    return to->queued > from->room / 4;
}

void queue_take(struct sock *s, size_t bytes)
{
    bool was_crowded = sock_is_dgram(s) ? s->count > SOCK_MESSAGES_MAX || s->queued > s->room / 4
                                        : s->peer != NULL && is_crowded(s->peer, s);

    sock_peeks_back(s, s->type != SOCK_STREAM ? s->first->bytes : bytes);
    if (s->type != SOCK_STREAM) {
        queue_drop_first(s);
    } else {
        while (s->first != NULL) {
            struct message *m = s->first;
            size_t n = m->bytes - m->done < bytes ? m->bytes - m->done : bytes;
            m->done += (uint32_t)n;
            s->queued -= (uint32_t)n;
            bytes -= n;
            if (m->done < m->bytes)
                break;
            queue_drop_first(s);
            if (bytes == 0)
                break;
        }
    }
    if (was_crowded || s->starved)
        senders_stir(s);
    s->starved = false;
}

int sock_readable(struct sock *s)
{
    int e = s->error;

    if (s->first != NULL)
        return 0;
    if (e != 0) {
        s->error = 0;
        return e;
    }
    if (!sock_is_dgram(s) && s->state <= SOCK_LISTENS)
        return s->type == SOCK_STREAM ? EINVAL : ENOTCONN;
    return s->shut_in || s->state == SOCK_PARTED ? SOCK_END : EAGAIN;
}

int sock_sendable(struct sock *s, struct sock *dest, struct sock **to)
{
    if (!sock_is_dgram(s) && s->state <= SOCK_LISTENS)
        return s->shut_out ? EPIPE : ENOTCONN;
    if (s->shut_out || s->state == SOCK_PARTED)
        return EPIPE;
    *to = dest != NULL ? dest : s->peer;
    if (*to == NULL) {
        bool was_connected = s->peer_dead;
        s->peer_dead = false;
        return was_connected ? ECONNREFUSED : ENOTCONN;
    }
    if (sock_is_dgram(s) && (*to)->peer != NULL && (*to)->peer != s)
        return EPERM;
    return (*to)->shut_in ? EPIPE : 0;
}

static bool has_room(const struct sock *from, const struct sock *to, size_t bytes)
{
    if (sock_is_dgram(to) && to->peer != from && to->count > SOCK_MESSAGES_MAX)
        return false;
    return to->count == 0 || to->queued + MESSAGE_COST + bytes <= from->room;
}

bool sock_has_room(const struct sock *from, const struct sock *to)
{
    size_t bytes = from->type == SOCK_STREAM ? 0 : from->refused_bytes;

    if (bytes > 0 ? !has_room(from, to, bytes) : is_crowded(from, to) || !has_room(from, to, 0))
        return false;
    return (to->kept != NULL && bytes <= OWN_ROOM) || to->count == 0 ||
           store_has_more(sizeof(struct message) + (bytes > SMALL ? bytes : SMALL),
                          from->end.owner);
}

static bool is_same(struct credentials a, struct credentials b)
{
    return a.pid == b.pid && a.uid == b.uid && a.gid == b.gid;
}

/* The last message of a queue, if what a stream sends may be put behind it. */
static struct message *tail_of(const struct sock *to, struct credentials who, size_t bytes)
{
    struct message *m = to->first == NULL
                            ? NULL
                            : (struct message *)((char *)to->last - offsetof(struct message, next));

    return m != NULL && m->rights == NULL && bytes <= m->room - m->bytes && is_same(m->from, who)
               ? m
               : NULL;
}

/* A new message for `*bytes` bytes, of a stream for fewer if there is not so much memory. */
static struct message *message_for(const struct sock *from, struct sock *to, size_t *bytes)
{
    struct message *m = message_new(to, *bytes, from->end.owner);

    if (m == NULL && from->type == SOCK_STREAM && *bytes > SMALL) {
        *bytes = to->kept != NULL ? OWN_ROOM : SMALL;
        m = message_new(to, *bytes, from->end.owner);
    }
    return m;
}

/* One piece of a stream, or a message, of `*bytes` bytes; of a stream it may be fewer. */
static int piece_push(struct call *c, struct sock *from, struct sock *to,
                      const struct call_item *data, size_t offset, size_t *bytes,
                      struct credentials who, struct rights **rights)
{
    struct message *m =
        from->type == SOCK_STREAM && *rights == NULL ? tail_of(to, who, *bytes) : NULL;
    bool is_new = m == NULL;

    if (is_new && (m = message_for(from, to, bytes)) == NULL) {
        to->starved = true;
        return to->count > 0 ? EAGAIN : ENOBUFS;
    }
    int e = call_read(c, data, offset, m->data + m->bytes, *bytes);
    if (e != 0) {
        if (is_new)
            message_free(to, m);
        return e;
    }
    m->bytes += (uint32_t)*bytes;
    if (!is_new) {
        to->queued += (uint32_t)*bytes;
        return 0;
    }
    m->from = who;
    m->name = sock_is_dgram(from) ? address_keep(from->address) : NULL;
    m->rights = *rights;
    *rights = NULL;
    queue_put(to, m);
    return 0;
}

/* There was no room: it will be stirred. */
static int push_later(struct sock *from, struct sock *to, size_t bytes)
{
    if (sock_is_dgram(to))
        from->wants = to; /* of a stream it is its peer */
    from->refused_bytes = (uint32_t)bytes;
    return EAGAIN;
}

int sock_push(struct call *c, struct sock *from, struct sock *to, const struct call_item *data,
              size_t *done, struct credentials who, struct rights **rights)
{
    bool streams = from->type == SOCK_STREAM, any = false;

    if (!streams && data->count + MESSAGE_COST > from->room)
        return EMSGSIZE;
    while (streams ? *done < data->count : !any) {
        size_t bytes = data->count - *done;
        if (streams && bytes > CHUNK)
            bytes = CHUNK;
        if (streams && to->queued + MESSAGE_COST < from->room &&
            bytes > from->room - to->queued - MESSAGE_COST)
            bytes = from->room - to->queued - MESSAGE_COST;
        int e = has_room(from, to, bytes)
                    ? piece_push(c, from, to, data, *done, &bytes, who, rights)
                    : EAGAIN;
        if (e == EAGAIN)
            e = push_later(from, to, bytes);
        if (e != 0)
            return any ? 0 : e;
        any = true;
        *done += bytes;
        sock_stir(to);
    }
    from->wants = NULL;
    from->refused_bytes = 0;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets that nobody can get at any more: all handles to them are on their way (rights.h), in
 * queues of sockets of which that is true as well. Who has which handle in flight the manager
 * knows; what is in the queues we do.
 *
 * A socket is reached if there is a handle to it that is not on its way in a queue; or if it is on
 * its way in the queue of one that is reached, or waits there to be accepted.
 */
#include "rights.h"

#include "sock.h"

#include <errno.h>

enum { FLIGHTS_MAX = 256 };

/* All that the manager keeps of this server. */
static struct flight {
    uint64_t token;
    uint64_t handle;
} flights[FLIGHTS_MAX];
static size_t flight_count;

/* The socket of a token; NULL: it is something else. */
static struct sock *flight_sock(uint64_t token)
{
    struct serve_file *f = NULL;

    for (size_t i = 0; i < flight_count; i++)
        if (flights[i].token == token)
            f = serve_handle_find(&serve_manager, (uint32_t)flights[i].handle);
    return f != NULL ? sock_of_file(f) : NULL;
}

static void each_right(const struct sock *s, void (*look)(struct sock *on_its_way))
{
    for (const struct message *m = s->first; m != NULL; m = m->next)
        for (uint32_t i = 0; m->rights != NULL && i < m->rights->count; i++) {
            struct sock *to = flight_sock(m->rights->right[i].token);
            if (to != NULL)
                look(to);
        }
}

static void count(struct sock *s)
{
    s->in_flight++;
}

static void reach(struct sock *s)
{
    if (s->mark == SOCK_LOST)
        s->mark = SOCK_REACHED;
}

/* What is reached through one that is; false: that has been done. */
static bool look_through(struct sock *s)
{
    if (s->mark != SOCK_REACHED)
        return false;
    s->mark = SOCK_LOOKED_THROUGH;
    each_right(s, reach);
    for (struct sock *p = s->pending; p != NULL; p = p->pending_next)
        reach(p);
    return true;
}

static void mark(void)
{
    for (struct sock *s = socks; s != NULL; s = s->next) {
        s->in_flight = 0;
        s->mark = SOCK_LOST;
    }
    for (const struct sock *s = socks; s != NULL; s = s->next)
        each_right(s, count);
    for (struct sock *s = socks; s != NULL; s = s->next)
        if (s->end.base.users > s->in_flight)
            reach(s);
    for (bool more = true; more;) {
        more = false;
        for (struct sock *s = socks; s != NULL; s = s->next)
            more |= look_through(s);
    }
}

int rights_cycles(struct call *c, const struct call_item *tokens)
{
    if (c->badge != UNIX_BADGE_MANAGER)
        return EPERM;
    if (tokens->count % sizeof flights[0] != 0 || tokens->count > sizeof flights)
        return EINVAL;
    int e = call_read(c, tokens, 0, flights, tokens->count);
    if (e != 0)
        return e;
    flight_count = tokens->count / sizeof flights[0];
    mark();
    for (struct sock *s = socks; s != NULL; s = s->next)
        for (struct message *m = s->first; m != NULL && s->mark == SOCK_LOST; m = m->next) {
            rights_drop(m->rights);
            m->rights = NULL;
        }
    return 0;
}

void rights_let_go(struct serve_session *session, struct serve_file *file)
{
    (void)session;
    if (rights_exist() && file->users > 1 && sock_of_file(file) != NULL)
        rights_tell();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unix sockets. What is sent lies in the queue of the socket that will read it, as messages; those
 * of a stream are read on from one to the next.
 *
 *   sock A --- peer ---> sock B       connected: of a stream and of SOCK_SEQPACKET both ways
 *   queue of B: what A sends          a message has data, who sent it, and descriptors (rights.h)
 *   listener --- pending ---> sock    of a connection that nobody has accepted: without a handle
 *
 * SCK-1: peer of a SOCK_STREAM or SOCK_SEQPACKET's peer is it itself.
 * SCK-2: queued = bytes of the messages of a queue that were not read, and MESSAGE_COST for each.
 * SCK-3: a queue has memory for a message of SOCK_OWN_ROOM bytes: `kept`, or one that is in it.
 *
 * Source: unix(7), socket(7) of Linux; POSIX.1-2017, socket().
 */
#pragma once

#include "kind.h"

#include <sys/socket.h>

enum {
    SOCK_NAME_MAX = 109, /* with the zero of a path */
    SOCK_ROOM = 65536,   /* bytes on their way at first: SO_SNDBUF */
    SOCK_ROOM_LEAST = 4608,
    SOCK_ROOM_MAX = 425984,
    SOCK_RECEIVE_LEAST = 2304, /* of SO_RCVBUF, which changes nothing else */
    SOCK_BACKLOG_MAX = 128,
    SOCK_MESSAGES_MAX = 10, /* of datagrams from those that it is not connected to, and one */
    MESSAGE_COST = 64,
    SOCK_OWN = 4096, /* bytes of the memory that a queue has of its own */
};

#define SOCK_AT_ONCE (~0ull) /* no wait at all */

enum sock_state {
    SOCK_IDLE,
    SOCK_LISTENS,
    SOCK_CONNECTED, /* and of SOCK_DGRAM: it may have a peer in any state */
    SOCK_PARTED,    /* its peer is gone */
};

struct credentials {
    int32_t pid;
    uint32_t uid, gid;
};

/* A name, of a socket that was bound and of those that it accepts. */
struct address {
    uint32_t users;
    uint32_t bytes;
    uint64_t key; /* 0: abstract */
    uint16_t owner;
    char name[SOCK_NAME_MAX];
};

struct rights;
struct message {
    struct message *next;
    uint32_t bytes, done, room; /* of them read; bytes there is memory for */
    uint16_t owner;             /* to whom that is charged (store.h) */
    bool is_own;                /* the memory is the queue's own */
    struct credentials from;
    struct address *name; /* the sender's; NULL: none */
    struct rights *rights;
    uint8_t data[];
};

struct sock {
    struct end end;
    struct sock *next, **link; /* of all */
    uint64_t number;
    int type;
    enum sock_state state;
    struct sock *peer;
    struct sock *wants; /* what it found no room in */
    struct address *address, *peer_address;
    bool is_bound;  /* its name leads to it */
    bool peer_dead; /* of a SOCK_DGRAM: the one it was connected to is gone */
    bool shut_in, shut_out;
    bool passes_credentials, reuses;
    uint32_t shown;              /* options that change nothing here: bit n is SO_..., number n */
    uint64_t linger;             /* the same of SO_LINGER: whether, and above it how many seconds */
    uint64_t limit_us[2];        /* of a wait to receive and to send; 0: none; SOCK_AT_ONCE */
    int error;                   /* to be told once */
    uint32_t room, receive_room; /* SO_SNDBUF; SO_RCVBUF, which is only told */
    struct message *first, **last;
    struct message *kept; /* room of its own for a message; NULL: it is in the queue */
    uint32_t count, queued;
    bool starved;           /* somebody found no memory for one more message in the queue */
    int32_t peek_offset;    /* where a look begins, and looks move it; below 0: at the first byte */
    uint32_t refused_bytes; /* of what it found no room for, itself, last; 0: none */
    struct credentials own, peer_is;
    struct sock *pending, **pending_last, *pending_next; /* those to be accepted */
    uint32_t pending_count, backlog;
    bool stirred;
    struct sock *stirred_next;
    uint32_t in_flight; /* handles to it that are in queues, and what is found of it: cycles.c */
    enum { SOCK_LOST, SOCK_REACHED, SOCK_LOOKED_THROUGH } mark;
    struct serve_source source;
};

extern struct sock *socks;
extern const struct end_kind sock_kind;

/** The socket of a handle; EBADF, ESRCH, ENOTSOCK. */
int sock_of(const struct call *c, uint32_t handle, struct sock **s);

/** The socket that an open file is; NULL: it is none. */
struct sock *sock_of_file(struct serve_file *f);

/** A new one, without a handle. NULL: no memory for one more of the owner's. */
struct sock *sock_new(int type, uint32_t flags, struct credentials own, uint16_t owner);
void sock_end(struct sock *s);

/** Two become each other's peers. */
void sock_join(struct sock *a, struct sock *b);

static inline bool sock_is_dgram(const struct sock *s)
{
    return s->type == SOCK_DGRAM;
}

/* ---- names ---- */

struct address *address_new(uint64_t key, const void *name, size_t bytes, uint16_t owner);
struct address *address_keep(struct address *a);
void address_drop(struct address *a);

/** The socket that a name leads to, or NULL. Abstract ones are names among those of a type. */
struct sock *sock_find(int type, uint64_t key, const void *name, size_t bytes);

/* ---- what changed ---- */

/** Something is another: sock_settle() tells who waits for it. */
void sock_stir(struct sock *s);

/** At the end of whatever was done; `c` as kind_changed(). */
void sock_settle(const struct call *c);

/* ---- messages ---- */

/** Put one at the end of a queue; take what was read of the begin of one. */
void queue_put(struct sock *s, struct message *m);
void queue_take(struct sock *s, size_t bytes);

/** So many bytes of a queue, or of what never came into it, are read: the next look is earlier. */
static inline void sock_peeks_back(struct sock *s, size_t bytes)
{
    if (s->peek_offset > 0)
        s->peek_offset -= bytes < (size_t)s->peek_offset ? (int32_t)bytes : s->peek_offset;
}

/** Is there something to read? 0; EAGAIN; SOCK_END: never again; or an error, which it loses. */
enum { SOCK_END = -1 };
int sock_readable(struct sock *s);

/** May it send to one (its peer: NULL)? 0 and *to; EPIPE, ENOTCONN, ECONNREFUSED, EPERM. */
int sock_sendable(struct sock *s, struct sock *dest, struct sock **to);

/**
 * Send from data[*done] on, as much as there is room for. With `rights`, which are the first
 * message's and NULL then.
 * @return 0, with *done; EAGAIN: no room, and it will be stirred; ENOBUFS: no memory for so much at
 *         once; EMSGSIZE, as call_read()
 */
int sock_push(struct call *c, struct sock *from, struct sock *to, const struct call_item *data,
              size_t *done, struct credentials who, struct rights **rights);

/** Is there room, and memory, for what a socket would send to one? */
bool sock_has_room(const struct sock *from, const struct sock *to);

/** Who calls. */
struct credentials credentials_of(const struct serve_session *s);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of open files to wait for, epoll(7). A set is an open file, so processes share it as they
 * share any other. A file does not stay open because it is in one.
 *
 *   source of a file --- watch ---> item --- set ---> its source ---> who waits, sets it is in
 *
 * An item whose file may be ready is in its set's list of those; who looks takes from the begin of
 * that, and puts back what is to be told again. What other servers have they are not asked for:
 * processes say what they found there (idl/watch.capnp).
 *
 * EPOLL-1: an item's file and its set are open.
 * EPOLL-2: an item that is not in the list has nothing to tell but what its source will tell.
 * EPOLL-3: from no set does a way lead to it again, nor one that is longer than EPOLL_NESTS_MAX.
 *
 * Source: epoll(7), epoll_ctl(2), epoll_wait(2) of Linux.
 */
#pragma once

#include "kind.h"

#include <idl/watch.h>

enum {
    EPOLL_NESTS_MAX = 4,        /* sets in sets */
    EPOLL_WATCHES_MAX = 1000,   /* of a source */
    EPOLL_OTHERS_MAX = 40,      /* files of other servers in a set */
    EPOLL_OTHERS_OWN_MAX = 256, /* and in all sets that one process has added; forks look at all */
    EPOLL_TOLD_MAX = 64,        /* events in an answer */
};

/* Linux's struct epoll_event on this machine. */
struct epoll_told {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

struct epoll_set;

struct epoll_item {
    struct serve_watch watch; /* of `source`; first */
    struct serve_source *source;
    struct epoll_set *set;
    struct epoll_item *next;                     /* of the set */
    struct epoll_item *ready_next, **ready_link; /* in its list; NULL: it is not */
    struct end *of;                              /* NULL: it is another server's, */
    uint32_t server, target;                     /* called so */
    uint64_t known[UNIX_PROCESSES_MAX / 64];     /* by these processes, a bit each */
    struct epoll_item *others_next;              /* of all such */
    uint32_t number, mark;                       /* idl/watch.capnp */
    uint32_t kept;                               /* what was found there, and is not told yet */
    bool is_new;                                 /* whatever is ready is an edge */
    bool is_quiet;                               /* EPOLLONESHOT has told its one */
    uint16_t owner;                              /* to whom it is charged */
    int32_t fd;
    uint32_t events;
    uint64_t data;
    uint64_t round; /* of the set, when it was told last */
};

struct epoll_set {
    struct end end;
    struct epoll_item *first;
    struct epoll_item *ready, **ready_last;
    uint64_t round; /* looks so far */
    uint64_t told;  /* change that its source was told of last */
    uint64_t walk;  /* that has been here last, and how many sets are in a row from here on */
    unsigned row;
    unsigned others;
    struct serve_source source;
};

/** A new set, without a handle. NULL: no memory for one more of the owner's. */
struct epoll_set *epoll_new(uint16_t owner);

/** The set that an open file is; NULL: it is none. */
struct epoll_set *epoll_of(struct end *end);

/* What epoll_ctl(2) is asked for. */
struct epoll_wish {
    uint32_t operation, events;
    int32_t fd;
    uint64_t data;
    struct end *of;          /* NULL: of another server, */
    uint32_t server, target; /* called so */
    unsigned process;        /* by this process */
};

/** @return 0; EINVAL, EEXIST, ENOENT, ELOOP, ENOSPC: see idl/watch.capnp */
int epoll_change(struct epoll_set *set, const struct epoll_wish *wish, uint16_t owner);

/**
 * Take what there is to tell.
 *
 * @param go_on  none that was told since the last look without this
 * @return how many of them are in told[room]
 */
size_t epoll_take(struct epoll_set *set, struct epoll_told *told, size_t room, bool go_on);

/** Whether there is something to tell. */
bool epoll_is_ready(struct epoll_set *set);

/** A process has found events of a file of another server that it knows. */
void epoll_found(unsigned process, uint32_t number, uint32_t events, uint32_t mark);

/* An item of another server's, as a process is told of it. */
struct epoll_other {
    uint32_t item, server, target, events, mark;
};

/** Those that a process knows, in the sets of a set, too; how many are in list[room]. */
size_t epoll_list(struct epoll_set *set, unsigned process, struct epoll_other *list, size_t room);

/** The last handle of a file is gone: it is in no set any more. */
void epoll_forget(struct end *end);

/** A process has closed a file of another server's. */
void epoll_unknow(unsigned process, uint32_t server, uint32_t target);

/** A child knows what its parent does; a process that ends knows nothing. */
void epoll_forked(uint64_t parent, uint64_t child);
void epoll_ending(uint64_t badge);

/* ---- the protocol: idl/watch.capnp ---- */

int epoll_open(struct call *c, uint32_t *handle);
int epoll_control(struct call *c, uint32_t handle, uint32_t operation, uint32_t events, int32_t fd,
                  uint64_t data, uint32_t server, uint32_t target);
int epoll_look(struct call *c, uint32_t handle, uint32_t thread, uint32_t how, uint32_t room,
               const void *found, size_t found_bytes, struct call_item *events);
int epoll_others(struct call *c, uint32_t handle, struct call_item *items);
int epoll_leave(struct call *c, uint32_t server, uint32_t target);

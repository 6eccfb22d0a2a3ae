/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pipe: bytes in a ring of pages, and who may still read and write. Knows nothing of messages;
 * the server (main.c) asks what an operation would do, copies, and then commits, so that nothing is
 * lost when a copy fails.
 *
 *   pipe_room() -> pipe_span(.., true) -> copy into it -> pipe_put()        write
 *   pipe_used() -> pipe_span(.., false) -> copy out of it -> pipe_take()    read
 *
 * PIPE-1: out <= in, in - out <= capacity. Pages are there for what lies between.
 * PIPE-4: a pipe has one page of its own from its making on, in the ring or in `own`; the others of
 *         the ring are more, and are there only while there is something in them.
 *
 * Source: POSIX.1-2017, pipe(), write(); pipe(7) of Linux.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <serve/bell.h>

enum {
    PIPE_PAGE = 4096,
    PIPE_ATOMIC = 4096,    /* PIPE_BUF: writes up to here go in all or not at all */
    PIPE_CAPACITY = 65536, /* at first */
    PIPE_CAPACITY_MAX = 1 << 20,
    PIPE_PAGES = PIPE_CAPACITY / PIPE_PAGE + 1, /* of the ring, at first and at most */
    PIPE_PAGES_MAX = PIPE_CAPACITY_MAX / PIPE_PAGE + 1,
};
_Static_assert(PIPE_PAGES_MAX * sizeof(uint8_t *) <= PIPE_PAGE, "a ring's table is a page");

struct pipe {
    uint64_t in, out; /* bytes ever written and read */
    uint32_t capacity;
    uint32_t readers, writers; /* open descriptions of each kind */
    /* the server's: which pipe it is; of a FIFO whose node, its mode, and the marks that name it */
    uint64_t number, key, write_key;
    uint32_t server, mode;
    uint32_t uid, gid;                   /* of a pipe: who made it */
    struct pipe *next;                   /* of FIFOs */
    uint64_t readers_ever, writers_ever; /* open descriptions that there have been */
    uint8_t **page;                      /* the ring: `few`, or a page; NULL: not there */
    uint8_t *few[PIPE_PAGES];
    uint8_t *own;               /* its own page, while it is not in the ring */
    uint16_t owner;             /* the server's: to whom they are charged */
    struct serve_source source; /* of its ends */
};

/**
 * Where pages come from; a test and the server have each their own. NULL: there is none.
 * @param more  beside its own
 */
uint8_t *pipe_page_new(const struct pipe *pipe, bool more);
void pipe_page_free(const struct pipe *pipe, uint8_t *page, bool more);

/** Would there be one more for it? */
bool pipe_page_is_there(const struct pipe *pipe);

/** Empty, without readers or writers. False: there is no page for it, and it is not. */
bool pipe_init(struct pipe *pipe, uint16_t owner);

/** Give all pages back. */
void pipe_free(struct pipe *pipe);

/** Bytes that can be read. */
static inline size_t pipe_used(const struct pipe *pipe)
{
    return (size_t)(pipe->in - pipe->out);
}

/** What a write would do now. */
enum pipe_write {
    PIPE_WRITES, /* *bytes of it go in at once */
    PIPE_FULL,   /* nothing: it waits, or is EAGAIN */
    PIPE_BROKEN, /* nobody reads: EPIPE */
};

/**
 * How much of a write of `bytes` bytes goes in. Up to PIPE_ATOMIC all or nothing. Into an empty
 * pipe these always go; else it is full when there are no more pages, too.
 *
 * @param bytes  in: 1 or more; out, of PIPE_WRITES: how many, and the pages for them are there
 */
enum pipe_write pipe_room(struct pipe *pipe, size_t *bytes);

/**
 * A piece of the ring: behind what is written, for writing, or what is to be read next.
 *
 * @param offset  from there on
 * @param bytes   in: how many, within pipe_room() or pipe_used(); out: how many lie in one piece,
 *                of pages that are one behind the other
 */
uint8_t *pipe_span(struct pipe *pipe, bool write, size_t offset, size_t *bytes);

/** So many bytes were put into the spans, or taken out of them. */
void pipe_put(struct pipe *pipe, size_t bytes);
void pipe_take(struct pipe *pipe, size_t bytes);

/**
 * Change the capacity (F_SETPIPE_SZ), rounded up to a power of two of at least PIPE_PAGE.
 * @return 0; EPERM: more than PIPE_CAPACITY_MAX; EBUSY: less than it holds; ENOMEM
 */
int pipe_resize(struct pipe *pipe, uint64_t capacity);

/** A write for which pipe_room() took pages does not come about. */
void pipe_room_drop(struct pipe *pipe);

/** Do PIPE_ATOMIC bytes go in? */
bool pipe_is_writable(const struct pipe *pipe);

/** poll(): POLLIN, POLLOUT, POLLHUP, POLLERR, as Linux numbers them, for an end of the pipe. */
static inline uint32_t pipe_polls(const struct pipe *pipe, bool reads, bool writes)
{
    enum { IN = 1, OUT = 4, ERR = 8, HUP = 16, RD = 0x40, WR = 0x100 };
    uint32_t events = 0;

    if (reads)
        events |= (pipe_used(pipe) > 0 ? IN | RD : 0) | (pipe->writers == 0 ? HUP : 0);
    if (writes && pipe->readers == 0)
        events |= ERR | OUT | WR;
    else if (writes && pipe_is_writable(pipe))
        events |= OUT | WR;
    return events;
}

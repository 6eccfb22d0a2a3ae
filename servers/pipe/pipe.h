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
    PIPE_PAGES_MAX = PIPE_CAPACITY_MAX / PIPE_PAGE + 1,
};

struct pipe {
    uint64_t in, out; /* bytes ever written and read */
    uint32_t capacity;
    uint32_t readers, writers; /* open descriptions of each kind */
    /* the server's: which pipe it is; of a FIFO whose node, its mode, and what names it */
    uint64_t number, key;
    uint32_t server, mode;
    uint32_t uid, gid;                   /* of a pipe: who made it */
    struct pipe *next;                   /* of FIFOs */
    uint64_t readers_ever, writers_ever; /* open descriptions that there have been */
    uint8_t *page[PIPE_PAGES_MAX];       /* NULL: not there */
    struct serve_source source;          /* of its ends */
};

/** Where pages come from; a test and the server have each their own. NULL: there is none. */
uint8_t *pipe_page_new(void);
void pipe_page_free(uint8_t *page);

/** Empty, without readers or writers. */
void pipe_init(struct pipe *pipe);

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
 * How much of a write of `bytes` bytes goes in. Up to PIPE_ATOMIC all or nothing.
 *
 * @param bytes  in: 1 or more; out, of PIPE_WRITES: how many
 */
enum pipe_write pipe_room(const struct pipe *pipe, size_t *bytes);

/**
 * A piece of the ring: behind what is written, for writing, or what is to be read next.
 *
 * @param offset  from there on
 * @param bytes   in: how many, within pipe_room() or pipe_used(); out: how many lie in one piece
 * @return NULL: no memory for a page that is to be written
 */
uint8_t *pipe_span(struct pipe *pipe, bool write, size_t offset, size_t *bytes);

/** So many bytes were put into the spans, or taken out of them. */
void pipe_put(struct pipe *pipe, size_t bytes);
void pipe_take(struct pipe *pipe, size_t bytes);

/**
 * Change the capacity (F_SETPIPE_SZ), rounded up to a power of two of at least PIPE_PAGE.
 * @return what it is now; 0: more than PIPE_CAPACITY_MAX (EPERM), or less than it holds (EBUSY)
 */
uint32_t pipe_resize(struct pipe *pipe, uint64_t capacity);

/** poll(): POLLIN, POLLOUT, POLLHUP, POLLERR, as Linux numbers them, for an end of the pipe. */
static inline uint32_t pipe_polls(const struct pipe *pipe, bool reads, bool writes)
{
    enum { IN = 1, OUT = 4, ERR = 8, HUP = 16, RD = 0x40, WR = 0x100 };
    uint32_t events = 0;

    if (reads)
        events |= (pipe_used(pipe) > 0 ? IN | RD : 0) | (pipe->writers == 0 ? HUP : 0);
    if (writes && pipe->readers == 0)
        events |= ERR | OUT | WR;
    else if (writes && pipe->capacity - pipe_used(pipe) >= PIPE_ATOMIC)
        events |= OUT | WR;
    return events;
}

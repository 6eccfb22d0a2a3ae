/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the server that speak the file protocol share: the ends of pipes (ends.c) and
 * what is done at them (main.c); who waits (waiting.c); opening FIFOs (fifo.c); what is no pipe
 * (kind.h).
 *
 * PIPE-2: a thread of a session waits for one thing at most: a later request takes the earlier
 * one's place.
 */
#pragma once

#include "pipe.h"
#include "store.h"

#include <fcntl.h>
#include <serve/serve.h>

/* An open file description. */
struct end {
    struct serve_file base;
    struct pipe *pipe;           /* NULL: it is something else, */
    const struct end_kind *kind; /* of this kind (kind.h) */
    uint32_t flags;              /* of open(2) */
    uint16_t owner;              /* to whom its memory is charged (store.h) */
    bool is_watched;             /* it may be in sets (epoll.h) */
    uint64_t writers_ever;       /* of the pipe, when this was opened and nobody wrote; else ~0 */
};

/* A request put aside. */
struct waiting {
    struct call call;
    struct pipe *pipe; /* for this, or */
    struct end *of;    /* for something of this; the other is NULL */
    bool write;
    uint16_t owner;        /* to whom `data` is charged */
    struct end *end;       /* of an open of a FIFO, which waits for the other end; else NULL */
    uint64_t others;       /* and how many there had been of those; or what is to be added */
    struct call_item item; /* what is to be written */
    size_t bytes, done;
    uint64_t until; /* of the time-stamp counter: EAGAIN from then on; CALL_NEVER */
    void *data;     /* its own copy of that, if it came in the message; else NULL */
    size_t data_bytes;
};

enum { PIPES_DEVICE = 13 /* st_dev of pipes without names */ };
enum { WAITING_MAX = 127, WAITING_SMALL = 800 /* bytes that are in a message */ };

/* In the order they came. */
extern struct waiting *waiting[WAITING_MAX];
extern unsigned waiting_count;
extern struct serve serve;

static inline bool end_reads(const struct end *end)
{
    return (end->flags & O_ACCMODE) != O_WRONLY;
}

static inline bool end_writes(const struct end *end)
{
    return (end->flags & O_ACCMODE) != O_RDONLY;
}

/**
 * Put a request aside, for a pipe or for what the caller enters. Leaves the message as it is.
 * @return NULL: full (UNIX_ECROWDED)
 */
struct waiting *waiting_add(struct call *c, struct pipe *pipe, bool write, size_t bytes);

/**
 * One that was just added is a write of these bytes, which it has by itself if they came in the
 * message. False: there is no memory for them, and it is not added.
 */
bool waiting_write(struct call *c, struct waiting *w, const struct call_item *data);

/** Number i waits for nothing any more, and is told so, if it is still there. */
void waiting_forget(unsigned i);

/** When the first of them waits no longer; and those that do not from `now` on are told. */
uint64_t waiting_first(void);
void waiting_look(uint64_t now);

/** Take one out. */
void waiting_drop(unsigned i);

/**
 * Number i, if there is such a one, is a read that takes all of a small write's bytes at once.
 *
 * @return false: it is no read, has less room, or is gone, or they are not in the message; then
 *         `data` is as it was
 */
bool waiting_hand(unsigned i, const struct call_item *data);

/** As serve_events says, of whatever is open here. */
uint16_t end_events(struct serve_file *file, struct serve_source **source);

/** A new end of a pipe, without a handle. NULL: no memory for one more of the owner's. */
struct end *end_new(struct pipe *pipe, uint32_t flags, uint16_t owner);

/** A pipe without ends. NULL: no memory for one more of the owner's. */
struct pipe *pipe_new(uint16_t owner);

/** An end is gone: EOF and EPIPE for those who wait at the other, if it was the last. */
void end_free(struct end *end);

/**
 * A new end gets a handle of the caller's, and opens that wait for one like it go on. Leaves the
 * message as it is.
 * @return 0; EMFILE, ENFILE: and it is no more
 */
int end_give(struct call *c, struct serve_session *s, struct end *end, uint32_t *handle);

/** Let those who wait at a pipe go on, as far as anything moves. */
void pipe_goes_on(struct pipe *pipe);

/** File.pipe: see idl/file.capnp. */
int pipe_open(struct call *c, uint32_t flags, uint32_t *read_end, uint32_t *write_end);

/** A pipe without ends is no more. */
void pipe_end(struct pipe *pipe);

/** File.fifo: see idl/file.capnp. */
int fifo_open(struct call *c, uint32_t server, uint64_t node, uint32_t flags, uint64_t key,
              uint32_t mode, uint64_t other, uint32_t *handle);

/* Opens that found no room to wait; NULL: there are none. */
extern struct crowded *fifo_crowded;

/**
 * A thread waits for something else than an open that found no room to wait, or its session ends.
 * The first leaves the message as it is.
 */
void fifo_leave(const struct call *c);
void fifo_ending(uint64_t badge);

/** Opens that wait for an end like one that is there now, while the caller's message must stay. */
void fifo_opens_go_on(const struct call *c, const struct pipe *pipe);

/** A pipe that may be a FIFO is about to be no more. */
void fifo_forget(const struct pipe *pipe);

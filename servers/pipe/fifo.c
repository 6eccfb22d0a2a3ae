/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FIFOs: pipes that others have names for. Opening one waits for somebody at its other end.
 *
 * Source: fifo(7) of Linux.
 */
#include "end.h"

#include <base/secret.h>
#include <errno.h>
#include <ipc/unix.h>
#include <string.h>

static struct pipe *fifos; /* that are open */

/* ---- opens that wait ---- */

/* How many there have been of those that an open waits for. */
static uint64_t others_of(const struct end *end)
{
    return end_reads(end) ? end->pipe->writers_ever : end->pipe->readers_ever;
}

static void open_answer(struct call *later, struct end *end)
{
    struct serve_session *s = serve_session_find(&serve.sessions, later->badge);
    uint32_t handle;
    int e = s != NULL ? serve_handle_new(s, &end->base, &handle) : ESRCH;

    if (e != 0) {
        (void)call_later_error(later, e);
        end_free(end);
    } else if (file_fifo_answer(later, handle) != 0) {
        (void)serve_handle_close(&serve.sessions, s, handle);
    }
}

void fifo_opens_go_on(const struct call *c, const struct pipe *pipe)
{
    seL4_Word kept[CALL_WORDS_MAX];

    memcpy(kept, c->buf->msg, sizeof kept);
    for (unsigned i = 0; i < waiting_count; i++) {
        struct waiting *w = waiting[i];
        if (w->pipe != pipe || w->end == NULL || others_of(w->end) == w->others)
            continue;
        struct call later = w->call;
        struct end *end = w->end;
        waiting_drop(i);
        open_answer(&later, end); /* may let others go on */
        i = ~0u;
    }
    memcpy(c->buf->msg, kept, sizeof kept);
}

/* ---- which there are ---- */

/* The marks of its two secrets. */
struct marks {
    uint64_t read, write;
};

/* What the words of an open prove to be of, for what it asks for: idl/file.capnp. */
static struct marks marks_of(uint32_t flags, uint64_t key, uint64_t other)
{
    switch (flags & O_ACCMODE) {
    case O_RDONLY: return (struct marks){ secret_mark(key), other };
    case O_WRONLY: return (struct marks){ other, secret_mark(key) };
    default: return (struct marks){ secret_mark(key), secret_mark(other) };
    }
}

static struct pipe *fifo_find(uint32_t server, struct marks marks)
{
    struct pipe *pipe = fifos;

    while (pipe != NULL &&
           (pipe->server != server || pipe->key != marks.read || pipe->write_key != marks.write))
        pipe = pipe->next;
    return pipe;
}

static struct pipe *fifo_new(uint32_t server, uint64_t node, struct marks marks, uint32_t mode,
                             uint16_t owner)
{
    struct pipe *pipe = pipe_new(owner);

    if (pipe == NULL)
        return NULL;
    pipe->number = node;
    pipe->key = marks.read;
    pipe->write_key = marks.write;
    pipe->server = server;
    pipe->mode = mode & 07777;
    pipe->next = fifos;
    fifos = pipe;
    return pipe;
}

void fifo_forget(const struct pipe *pipe)
{
    for (struct pipe **link = &fifos; *link != NULL; link = &(*link)->next)
        if (*link == pipe) {
            *link = pipe->next;
            break;
        }
}

/* Of an end of it that was just opened: whether the open has to wait for another one. */
static bool fifo_waits(const struct end *end)
{
    uint32_t access = end->flags & O_ACCMODE;

    return (end->flags & O_NONBLOCK) == 0 && access != O_RDWR &&
           (access == O_RDONLY ? end->pipe->writers : end->pipe->readers) == 0;
}

/* ---- opens for which there is no room to wait ---- */

/*
 * One that waits longer than the list of those who wait is comes again. Until then it is open, so
 * that it counts for the others, and what happens meanwhile counts for it.
 */
struct crowded {
    struct crowded *next;
    uint64_t badge, thread; /* who comes again */
    struct end *end;
    uint64_t others; /* how many there had been of those that it waits for */
    uint16_t owner;
};

struct crowded *fifo_crowded;

static uint64_t thread_of(const struct call *c)
{
    return c->cancel >> 32;
}

/* Take out the one of a thread (`thread` NULL: any) of a session; NULL: there is none. */
static struct crowded *crowded_take(uint64_t badge, const uint64_t *thread)
{
    struct crowded **link = &fifo_crowded, *one;

    while (*link != NULL &&
           !((*link)->badge == badge && (thread == NULL || (*link)->thread == *thread)))
        link = &(*link)->next;
    one = *link;
    if (one != NULL)
        *link = one->next;
    return one;
}

static void crowded_end(struct crowded *one)
{
    struct end *end = one->end;

    store_free(one, sizeof *one, one->owner);
    end_free(end);
}

void fifo_leave(const struct call *c)
{
    uint64_t thread = thread_of(c);
    struct crowded *one = crowded_take(c->badge, &thread);
    seL4_Word kept[CALL_WORDS_MAX];

    if (one == NULL)
        return;
    memcpy(kept, c->buf->msg, sizeof kept);
    crowded_end(one);
    memcpy(c->buf->msg, kept, sizeof kept);
}

void fifo_ending(uint64_t badge)
{
    struct crowded *one;

    while ((one = crowded_take(badge, NULL)) != NULL)
        crowded_end(one);
}

/* ---- the protocol ---- */

/* It does not come to an open now: to those who wait it is as if this end had never been. */
static void end_undo(struct end *end)
{
    end->pipe->readers_ever -= end_reads(end);
    end->pipe->writers_ever -= end_writes(end);
    end_free(end);
}

/* An open waits for the other end, of which there had been so many; `before`: it comes again. */
static int open_wait(struct call *c, struct end *end, uint64_t others, struct crowded *before)
{
    struct waiting *w = waiting_add(c, end->pipe, end_writes(end), 0);
    uint16_t owner = store_owner(c);

    if (w != NULL) {
        if (before != NULL)
            store_free(before, sizeof *before, before->owner);
        w->end = end;
        w->others = others;
        return CALL_LATER;
    }
    if (before == NULL && (before = store_new(sizeof *before, owner)) == NULL) {
        end_undo(end);
        return UNIX_ECROWDED;
    }
    *before = (struct crowded){ fifo_crowded, c->badge, thread_of(c), end, others, owner };
    fifo_crowded = before;
    return UNIX_ECROWDED;
}

/* One that has come before: it may have what it waited for. */
static int open_again(struct call *c, struct serve_session *s, struct crowded *before,
                      uint32_t *handle)
{
    struct end *end = before->end;

    if (others_of(end) == before->others)
        return open_wait(c, end, before->others, before);
    store_free(before, sizeof *before, before->owner);
    return end_give(c, s, end, handle);
}

/* Whether it is the same that comes again. */
static struct crowded *open_before(const struct call *c, const struct pipe *pipe, uint32_t flags)
{
    uint64_t thread = thread_of(c);
    struct crowded *before = fifo_crowded;

    while (before != NULL && !(before->badge == c->badge && before->thread == thread))
        before = before->next;
    if (before == NULL)
        return NULL;
    if (before->end->pipe == pipe && before->end->flags == flags)
        return crowded_take(c->badge, &thread);
    fifo_leave(c);
    return NULL;
}

int fifo_open(struct call *c, uint32_t server, uint64_t node, uint32_t flags, uint64_t key,
              uint32_t mode, uint64_t other, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);
    struct marks marks = marks_of(flags, key, other);
    struct pipe *pipe = fifo_find(server, marks);
    uint16_t owner = store_owner(c);
    bool wants_reader = (flags & (O_ACCMODE | O_NONBLOCK)) == (O_WRONLY | O_NONBLOCK);

    flags &= O_ACCMODE | O_NONBLOCK;
    if (s == NULL || c->badge == UNIX_BADGE_MANAGER) /* who never ends would wait for ever */
        return ESRCH;
    if ((flags & O_ACCMODE) == O_ACCMODE || marks.read == 0)
        return EINVAL;
    if (wants_reader && (pipe == NULL || pipe->readers == 0))
        return ENXIO;
    struct crowded *before = open_before(c, pipe, flags);
    if (before != NULL)
        return open_again(c, s, before, handle);
    pipe = fifo_find(server, marks); /* who has left may have been the last */
    if (pipe == NULL && (pipe = fifo_new(server, node, marks, mode, owner)) == NULL)
        return ENFILE;
    struct end *end = end_new(pipe, flags, owner);
    if (end == NULL) {
        if (pipe->readers + pipe->writers == 0)
            pipe_end(pipe);
        return ENFILE;
    }
    return fifo_waits(end) ? open_wait(c, end, others_of(end), NULL) : end_give(c, s, end, handle);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FIFOs: pipes that others have names for. Opening one waits for somebody at its other end.
 *
 * Source: fifo(7) of Linux.
 */
#include "end.h"

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

static struct pipe *fifo_find(uint32_t server, uint64_t key)
{
    struct pipe *pipe = fifos;

    while (pipe != NULL && (pipe->server != server || pipe->key != key))
        pipe = pipe->next;
    return pipe;
}

static struct pipe *fifo_new(uint32_t server, uint64_t node, uint64_t key, uint32_t mode,
                             uint16_t owner)
{
    struct pipe *pipe = pipe_new(owner);

    if (pipe == NULL)
        return NULL;
    pipe->number = node;
    pipe->key = key;
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

/* It does not come to an open now: to those who wait it is as if this end had never been. */
static void end_undo(struct end *end)
{
    end->pipe->readers_ever -= end_reads(end);
    end->pipe->writers_ever -= end_writes(end);
    end_free(end);
}

int fifo_open(struct call *c, uint32_t server, uint64_t node, uint32_t flags, uint64_t key,
              uint32_t mode, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);
    struct pipe *pipe = fifo_find(server, key);
    uint16_t owner = store_owner(c);
    bool wants_reader = (flags & (O_ACCMODE | O_NONBLOCK)) == (O_WRONLY | O_NONBLOCK);

    if (s == NULL)
        return ESRCH;
    if ((flags & O_ACCMODE) == O_ACCMODE)
        return EINVAL;
    if (wants_reader && (pipe == NULL || pipe->readers == 0))
        return ENXIO;
    if (pipe == NULL && (pipe = fifo_new(server, node, key, mode, owner)) == NULL)
        return ENFILE;
    struct end *end = end_new(pipe, flags & (O_ACCMODE | O_NONBLOCK), owner);
    if (end == NULL) {
        if (pipe->readers + pipe->writers == 0)
            pipe_end(pipe);
        return ENFILE;
    }
    if (fifo_waits(end)) {
        struct waiting *w = waiting_add(c, pipe, end_writes(end), 0);
        if (w == NULL) {
            end_undo(end);
            return UNIX_ECROWDED;
        }
        w->end = end;
        w->others = others_of(end);
        return CALL_LATER;
    }
    return end_give(c, s, end, handle);
}

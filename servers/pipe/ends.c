/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and their ends, as they come and go.
 */
#include "end.h"

#include <errno.h>

/* ---- memory ---- */

uint8_t *pipe_page_new(const struct pipe *pipe, bool more)
{
    return more ? store_more(PIPE_PAGE, pipe->owner) : store_take(PIPE_PAGE, pipe->owner);
}

void pipe_page_free(const struct pipe *pipe, uint8_t *page, bool more)
{
    if (more)
        store_free_more(page, PIPE_PAGE, pipe->owner);
    else
        store_free(page, PIPE_PAGE, pipe->owner);
}

bool pipe_page_is_there(const struct pipe *pipe)
{
    return store_has_more(PIPE_PAGE, pipe->owner);
}

/* ---- ends ---- */

struct end *end_new(struct pipe *pipe, uint32_t flags, uint16_t owner)
{
    struct end *end = store_new(sizeof *end, owner);

    if (end == NULL)
        return NULL;
    end->owner = owner;
    end->pipe = pipe;
    end->flags = flags;
    pipe->readers += end_reads(end);
    pipe->writers += end_writes(end);
    end->writers_ever = pipe->writers == 0 ? pipe->writers_ever : ~0ull;
    pipe->readers_ever += end_reads(end);
    pipe->writers_ever += end_writes(end);
    return end;
}

struct pipe *pipe_new(uint16_t owner)
{
    struct pipe *pipe = store_new(sizeof *pipe, owner);

    if (pipe != NULL && !pipe_init(pipe, owner)) {
        store_free(pipe, sizeof *pipe, owner);
        return NULL;
    }
    return pipe;
}

void pipe_end(struct pipe *pipe)
{
    fifo_forget(pipe);
    pipe_free(pipe);
    store_free(pipe, sizeof *pipe, pipe->owner);
}

void end_free(struct end *end)
{
    struct pipe *pipe = end->pipe;

    pipe->readers -= end_reads(end);
    pipe->writers -= end_writes(end);
    store_free(end, sizeof *end, end->owner);
    serve_changed(&serve, &pipe->source);
    pipe_goes_on(pipe);
    if (pipe->readers + pipe->writers > 0)
        return;
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i]->pipe == pipe)
            waiting_forget(i); /* none of them is an open, which has an end */
    pipe_end(pipe);
}

int end_give(struct call *c, struct serve_session *s, struct end *end, uint32_t *handle)
{
    int e = serve_handle_new(s, &end->base, handle);

    if (e != 0)
        end_free(end);
    else
        fifo_opens_go_on(c, end->pipe);
    return e;
}

/* ---- pipes that have no name ---- */

static uint64_t pipes_made;

int pipe_open(struct call *c, uint32_t flags, uint32_t *read_end, uint32_t *write_end)
{
    struct serve_session *s = serve_caller(c);
    struct pipe *pipe;
    struct end *reader = NULL, *writer = NULL;

    if (s == NULL)
        return ESRCH;
    if ((flags & ~(uint32_t)O_NONBLOCK) != 0)
        return EINVAL;
    uint16_t owner = store_owner(c);
    if ((pipe = pipe_new(owner)) == NULL)
        return ENFILE;
    pipe->number = ++pipes_made;
    pipe->server = PIPES_DEVICE - 1;
    pipe->mode = 0600;
    pipe->uid = s->uid;
    pipe->gid = s->gid;
    if ((reader = end_new(pipe, O_RDONLY | flags, owner)) == NULL ||
        (writer = end_new(pipe, O_WRONLY | flags, owner)) == NULL) {
        store_free(reader, sizeof *reader, owner);
        pipe_end(pipe);
        return ENFILE;
    }
    int e = serve_handle_new(s, &reader->base, read_end);
    if (e != 0) {
        end_free(reader);
        end_free(writer); /* and the pipe */
        return e;
    }
    e = serve_handle_new(s, &writer->base, write_end);
    if (e != 0) {
        end_free(writer);
        (void)serve_handle_close(&serve.sessions, s, *read_end);
    }
    return e;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "pipe.h"

#include <string.h>

void pipe_init(struct pipe *pipe)
{
    memset(pipe, 0, sizeof *pipe);
    pipe->capacity = PIPE_CAPACITY;
}

enum pipe_write pipe_room(const struct pipe *pipe, size_t *bytes)
{
    size_t room = pipe->capacity - pipe_used(pipe);

    if (pipe->readers == 0)
        return PIPE_BROKEN;
    if (room == 0 || (*bytes <= PIPE_ATOMIC && room < *bytes))
        return PIPE_FULL;
    if (*bytes > room)
        *bytes = room;
    return PIPE_WRITES;
}

/* ---- pages ---- */

/* One page more than fit: the first and the last that hold something are never the same. */
static unsigned pages_of(uint64_t capacity)
{
    return (unsigned)(capacity / PIPE_PAGE) + 1;
}

static uint8_t **page_at(struct pipe *pipe, uint64_t position)
{
    return &pipe->page[position / PIPE_PAGE % pages_of(pipe->capacity)];
}

static void page_drop(uint8_t **slot)
{
    if (*slot != NULL)
        pipe_page_free(*slot);
    *slot = NULL;
}

void pipe_free(struct pipe *pipe)
{
    for (unsigned i = 0; i < PIPE_PAGES_MAX; i++)
        if (pipe->page[i] != NULL) {
            pipe_page_free(pipe->page[i]);
            pipe->page[i] = NULL;
        }
}

uint8_t *pipe_span(struct pipe *pipe, bool write, size_t offset, size_t *bytes)
{
    uint64_t position = (write ? pipe->in : pipe->out) + offset;
    uint8_t **page = page_at(pipe, position);
    size_t within = position % PIPE_PAGE;

    if (*bytes > PIPE_PAGE - within)
        *bytes = PIPE_PAGE - within;
    if (*page == NULL && write)
        *page = pipe_page_new();
    return *page == NULL ? NULL : *page + within;
}

void pipe_put(struct pipe *pipe, size_t bytes)
{
    pipe->in += bytes;
}

/* An empty pipe begins its pages anew, so that small messages need no more than one of them. */
void pipe_take(struct pipe *pipe, size_t bytes)
{
    while (bytes > 0) {
        size_t within = pipe->out % PIPE_PAGE;
        size_t n = bytes < PIPE_PAGE - within ? bytes : PIPE_PAGE - within;
        uint8_t **page = page_at(pipe, pipe->out);
        pipe->out += n;
        bytes -= n;
        if (pipe->out % PIPE_PAGE == 0 || pipe->out == pipe->in)
            page_drop(page);
    }
    if (pipe->out == pipe->in)
        pipe->in = pipe->out = 0;
}

uint32_t pipe_resize(struct pipe *pipe, uint64_t capacity)
{
    uint8_t *moved[PIPE_PAGES_MAX] = { NULL };
    uint32_t size = PIPE_PAGE;

    while (size < capacity && size < PIPE_CAPACITY_MAX)
        size *= 2;
    if (size < capacity || size < pipe_used(pipe))
        return 0;
    for (uint64_t at = pipe->out / PIPE_PAGE; at * PIPE_PAGE < pipe->in; at++) {
        uint8_t **page = page_at(pipe, at * PIPE_PAGE);
        moved[at % pages_of(size)] = *page;
        *page = NULL;
    }
    for (unsigned i = 0; i < PIPE_PAGES_MAX; i++)
        page_drop(&pipe->page[i]); /* made for a write that did not come about */
    memcpy(pipe->page, moved, sizeof moved);
    pipe->capacity = size;
    return size;
}

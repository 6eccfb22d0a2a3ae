/* SPDX-License-Identifier: BSD-2-Clause */
#include "pipe.h"

#include <errno.h>
#include <string.h>

bool pipe_init(struct pipe *pipe, uint16_t owner)
{
    memset(pipe, 0, sizeof *pipe);
    pipe->capacity = PIPE_CAPACITY;
    pipe->owner = owner;
    pipe->page = pipe->few;
    pipe->own = pipe_page_new(pipe, false);
    return pipe->own != NULL;
}

/* ---- pages ---- */

/* One page more than fit: the first and the last that hold something are never the same. */
static unsigned pages_of(uint64_t capacity)
{
    return (unsigned)(capacity / PIPE_PAGE) + 1;
}

static uint8_t **page_at(const struct pipe *pipe, uint64_t position)
{
    return &pipe->page[position / PIPE_PAGE % pages_of(pipe->capacity)];
}

/* A page of the ring is empty: one of them all is kept. */
static void page_drop(struct pipe *pipe, uint8_t **slot)
{
    if (*slot != NULL && pipe->own == NULL) {
        pipe->own = *slot;
    } else if (*slot != NULL) {
        pipe_page_free(pipe, *slot, true);
    }
    *slot = NULL;
}

/* Let there be a page. */
static bool page_take(struct pipe *pipe, uint8_t **slot)
{
    if (*slot == NULL && pipe->own != NULL) {
        *slot = pipe->own;
        pipe->own = NULL;
    } else if (*slot == NULL) {
        *slot = pipe_page_new(pipe, true);
    }
    return *slot != NULL;
}

static void ring_end(struct pipe *pipe)
{
    if (pipe->page != pipe->few)
        pipe_page_free(pipe, (uint8_t *)pipe->page, true);
    pipe->page = pipe->few;
}

void pipe_free(struct pipe *pipe)
{
    for (unsigned i = 0; i < pages_of(pipe->capacity); i++)
        page_drop(pipe, &pipe->page[i]);
    ring_end(pipe);
    pipe_page_free(pipe, pipe->own, false);
    pipe->own = NULL;
}

enum pipe_write pipe_room(struct pipe *pipe, size_t *bytes)
{
    size_t room = pipe->capacity - pipe_used(pipe);
    bool is_atomic = *bytes <= PIPE_ATOMIC;

    if (pipe->readers == 0)
        return PIPE_BROKEN;
    if (room == 0 || (is_atomic && room < *bytes))
        return PIPE_FULL;
    if (*bytes > room)
        *bytes = room;
    for (size_t at = 0; at < *bytes; at += PIPE_PAGE - (pipe->in + at) % PIPE_PAGE)
        if (!page_take(pipe, page_at(pipe, pipe->in + at))) {
            if (is_atomic || at == 0)
                return PIPE_FULL;
            *bytes = at;
        }
    return PIPE_WRITES;
}

bool pipe_is_writable(const struct pipe *pipe)
{
    /* They lie in two pages at most, and the first is there if the second is another one. */
    return pipe->capacity - pipe_used(pipe) >= PIPE_ATOMIC &&
           (*page_at(pipe, pipe->in + PIPE_ATOMIC - 1) != NULL || pipe->own != NULL ||
            pipe_page_is_there(pipe));
}

uint8_t *pipe_span(struct pipe *pipe, bool write, size_t offset, size_t *bytes)
{
    uint64_t position = (write ? pipe->in : pipe->out) + offset;
    unsigned ring = pages_of(pipe->capacity), slot = position / PIPE_PAGE % ring;
    uint8_t *page = pipe->page[slot];
    size_t within = position % PIPE_PAGE, end = PIPE_PAGE;

    while (end - within < *bytes) {
        slot = slot + 1 < ring ? slot + 1 : 0;
        if ((uintptr_t)pipe->page[slot] != (uintptr_t)page + end)
            break;
        end += PIPE_PAGE;
    }
    if (*bytes > end - within)
        *bytes = end - within;
    return page + within;
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
            page_drop(pipe, page);
    }
    if (pipe->out == pipe->in)
        pipe->in = pipe->out = 0;
}

/* Those behind what is written. */
void pipe_room_drop(struct pipe *pipe)
{
    unsigned ring = pages_of(pipe->capacity);
    uint64_t first = (pipe->in + PIPE_PAGE - 1) / PIPE_PAGE, last = pipe->out / PIPE_PAGE;

    if (pipe->in == pipe->out)
        first = last;
    for (uint64_t at = first; at < last + ring; at++)
        page_drop(pipe, &pipe->page[at % ring]);
}

int pipe_resize(struct pipe *pipe, uint64_t capacity)
{
    uint32_t size = PIPE_PAGE;
    uint8_t *moved[PIPE_PAGES] = { NULL }, **to = moved;

    while (size < capacity && size < PIPE_CAPACITY_MAX)
        size *= 2;
    if (size < capacity)
        return EPERM;
    if (size < pipe_used(pipe))
        return EBUSY;
    if (size > PIPE_CAPACITY) {
        to = (uint8_t **)pipe_page_new(pipe, true);
        if (to == NULL)
            return ENOMEM;
        memset(to, 0, PIPE_PAGE);
    }
    pipe_room_drop(pipe);
    for (uint64_t at = pipe->out / PIPE_PAGE; at * PIPE_PAGE < pipe->in; at++)
        to[at % pages_of(size)] = *page_at(pipe, at * PIPE_PAGE);
    ring_end(pipe);
    memcpy(pipe->few, moved, sizeof moved);
    if (to != moved)
        pipe->page = to;
    pipe->capacity = size;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /system/component/NAME/output: what a component that was started with `run` writes, in the place
 * of the terminal, for whoever reads it. The component calls us as a client with a badge of its
 * own, and has the file open that `run` made for it.
 *
 * OUT-1: what is written comes out once and in its order. A write that finds no room waits, and
 *        those behind it are told to come again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

enum { OUTPUTS_MAX = 4, OUTPUT_BYTES = 4096, PIECE = 896, BADGE_FIRST = 0x100 };

static struct output {
    bool is_used;
    unsigned index;
    uint64_t starts;              /* which of the component's lives */
    const struct tree_file *file; /* of who reads; NULL: nobody has, yet */
    bool is_broken;               /* nobody will read any more */
    uint32_t in, out;             /* bytes, counted without end */
    /* So many of them were read last, at `offset` of the file: they go when what follows is read,
     * for a read that did not arrive is made again. */
    uint32_t given;
    uint64_t offset;
    char byte[OUTPUT_BYTES];
    bool writes, reads; /* somebody waits */
    struct call writer, reader;
    struct tree_file *reader_file;
    size_t late_bytes;
    char late[PIECE]; /* of the writer who waits */
} outputs[OUTPUTS_MAX];

static struct output *output_of(unsigned index)
{
    for (unsigned i = 0; i < OUTPUTS_MAX; i++)
        if (outputs[i].is_used && outputs[i].index == index)
            return &outputs[i];
    return NULL;
}

static bool has_ended(const struct output *o)
{
    struct init_component c;

    return !component_read(o->index, &c) || c.state != INIT_STATE_RUNNING || c.starts != o->starts;
}

static size_t room_of(const struct output *o)
{
    return OUTPUT_BYTES - (o->in - o->out);
}

static void put(struct output *o, const char *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        o->byte[o->in++ % OUTPUT_BYTES] = from[i];
}

static uint32_t look(const struct output *o, char *to, size_t room)
{
    uint32_t n = 0;

    for (; n < room && o->out + n != o->in; n++)
        to[n] = o->byte[(o->out + n) % OUTPUT_BYTES];
    return n;
}

/* A writer who waits goes on when there is room for all that it has. */
static void writer_go_on(struct output *o)
{
    if (!o->writes || room_of(o) < o->late_bytes)
        return;
    put(o, o->late, o->late_bytes);
    o->writes = false;
    (void)file_write_answer(&o->writer, (uint32_t)o->late_bytes);
}

/* So does a reader when there is something, or never will be. */
static void reader_go_on(struct output *o)
{
    char piece[PIECE];

    if (!o->reads || (o->in == o->out && !has_ended(o)))
        return;
    uint32_t bytes = look(o, piece, sizeof piece);
    o->reads = false;
    if (file_read_answer(&o->reader, piece, bytes) != 0)
        return; /* it does not wait any more */
    o->reader_file->position += bytes;
    o->offset += bytes;
    o->out += bytes;
    writer_go_on(o);
}

/* ---- beginning and end ---- */

static void end(struct output *o)
{
    if (o->writes)
        (void)call_later_error(&o->writer, EPIPE);
    if (o->reads)
        (void)call_later_error(&o->reader, EBADF);
    o->is_used = o->writes = o->reads = false;
}

/* One that nobody needs any more, if need be. */
static struct output *spare(unsigned index)
{
    struct output *o = output_of(index);

    for (unsigned i = 0; o == NULL && i < OUTPUTS_MAX; i++)
        if (!outputs[i].is_used)
            o = &outputs[i];
    for (unsigned i = 0; o == NULL && i < OUTPUTS_MAX; i++)
        if (has_ended(&outputs[i]))
            o = &outputs[i];
    return o;
}

/* The component's session, with the file open in it that it writes to. */
static int session_make(struct serve *serve, unsigned index, uint64_t place, uint64_t *badge,
                        uint32_t *handle)
{
    struct tree_file *file = calloc(1, sizeof *file);
    struct serve_session *s;

    *badge = BADGE_FIRST + index;
    while (serve_session_end(&serve->sessions, *badge)) /* of its last life */
        continue;
    s = serve_session_find(&serve->sessions, *badge);
    if (file == NULL || s == NULL) {
        free(file);
        return ENOMEM;
    }
    file->place = place;
    file->flags = O_WRONLY;
    int e = serve_handle_new(s, &file->base, handle);
    if (e != 0)
        free(file);
    return e;
}

int output_start(struct serve *serve, unsigned index, uint64_t place, const char *name,
                 const char *arguments)
{
    struct output *o = spare(index);
    struct init_component c;
    uint64_t badge, started;
    uint32_t handle;

    if (!component_read(index, &c))
        return ENOENT;
    if (c.state == INIT_STATE_RUNNING)
        return EBUSY;
    if (o == NULL)
        return ENOMEM;
    if (o->is_used)
        end(o);
    int e = session_make(serve, index, place, &badge, &handle);
    if (e == 0)
        e = init_start(init, name, arguments, badge, handle, &started);
    if (e != 0)
        return e;
    *o = (struct output){ .is_used = true, .index = index, .starts = c.starts + 1 };
    return 0;
}

/* ---- reading and writing ---- */

int output_write(struct call *c, unsigned index, const struct call_item *data, uint32_t *done)
{
    struct output *o = output_of(index);
    char piece[PIECE];
    size_t bytes = data->count < PIECE ? data->count : PIECE;
    int e = call_read(c, data, 0, piece, bytes);

    if (e != 0)
        return e;
    if (o == NULL || o->is_broken)
        return EPIPE;
    if (o->writes)
        return EAGAIN;
    if (room_of(o) < bytes) {
        if (call_later(c, &o->writer) != CALL_LATER)
            return EAGAIN;
        memcpy(o->late, piece, bytes);
        o->late_bytes = bytes;
        o->writes = true;
        return CALL_LATER;
    }
    put(o, piece, bytes);
    *done = (uint32_t)bytes;
    reader_go_on(o);
    return 0;
}

int output_read(struct call *c, struct tree_file *file, unsigned index, uint64_t offset, void *to,
                size_t room, size_t *got)
{
    struct output *o = output_of(index);

    *got = 0;
    if (o == NULL)
        return 0;
    if ((o->file != NULL && o->file != file) || o->reads)
        return EBUSY;
    if (o->file == NULL || offset != o->offset)
        o->out += o->given;
    o->file = file;
    o->offset = offset;
    o->given = look(o, to, room);
    *got = o->given;
    writer_go_on(o);
    if (*got > 0)
        return 0;
    if (has_ended(o)) {
        end(o);
        return 0;
    }
    if (call_later(c, &o->reader) != CALL_LATER)
        return EBUSY;
    o->reader_file = file;
    o->reads = true;
    return CALL_LATER;
}

void output_look(void)
{
    for (unsigned i = 0; i < OUTPUTS_MAX; i++)
        if (outputs[i].is_used)
            reader_go_on(&outputs[i]);
}

void output_closed(const struct tree_file *file)
{
    for (unsigned i = 0; i < OUTPUTS_MAX; i++) {
        struct output *o = &outputs[i];
        if (!o->is_used || o->file != file)
            continue;
        if (o->reads)
            (void)call_later_error(&o->reader, EBADF);
        if (o->writes)
            (void)call_later_error(&o->writer, EPIPE);
        o->reads = o->writes = false;
        o->is_broken = true;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads that find nothing and writes that find no room are put aside. What is typed goes to the
 * client in front; the leader says who that is.
 *
 * CON-2: a client has at most one request put aside.
 */
#include "components.h"

#include <errno.h>
#include <idl/file.h>
#include <idl/init.h>
#include <ipc/process.h>
#include <string.h>

/* What is put aside is no more than a message holds; the rest is another request. */
enum { WAITING_MAX = SLOT_REPLY_END - SLOT_REPLY_FIRST, PIECE = 896 };

/* A request put aside. Entries are in the order they came. */
struct waiting {
    struct call call;
    bool write;
    size_t bytes; /* a read: how much it takes; a write: how much there is */
    size_t done;
    uint8_t data[PIECE];
};

static struct waiting waiting[WAITING_MAX];
static unsigned waiting_count;
static struct line *line;
static uint64_t leader, front; /* badges */
static bool interrupted;       /* ^C came while the leader was in front but not reading */

void components_open(struct line *of, uint64_t leading)
{
    line = of;
    leader = front = leading;
}

/* ---- requests put aside ---- */

static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

/* Put a request aside. NULL: there is no reply object or place for it. */
static struct waiting *waiting_add(struct call *c, bool write, size_t bytes)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].call.badge ==
            c->badge) { /* CON-2: it was of an earlier life of this client */
            call_later_forget(&waiting[i].call);
            waiting_drop(i);
            break;
        }
    if (waiting_count == WAITING_MAX)
        return NULL;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return NULL;
    w->write = write;
    w->bytes = bytes;
    w->done = 0;
    waiting_count++;
    return w;
}

static void writes_go_on(void)
{
    for (unsigned i = 0; i < waiting_count;) {
        struct waiting *w = &waiting[i];
        if (w->write)
            w->done += line_write(line, w->data + w->done, w->bytes - w->done);
        if (!w->write) {
            i++;
            continue;
        }
        if (w->done < w->bytes)
            return; /* those behind it have to wait as well */
        (void)file_write_answer(&w->call, (uint32_t)w->bytes);
        waiting_drop(i);
    }
}

bool components_wait(void)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].write)
            return true;
    return false;
}

/* The read of the client in front, or waiting_count. */
static unsigned read_in_front(void)
{
    unsigned i = 0;

    while (i < waiting_count && (waiting[i].write || waiting[i].call.badge != front))
        i++;
    return i;
}

static void reads_go_on(void)
{
    uint8_t bytes[PIECE];

    for (unsigned i; (i = read_in_front()) < waiting_count;) {
        if (line_read_state(line, waiting[i].bytes) != LINE_NOW)
            return;
        size_t n = line_peek(line, bytes, waiting[i].bytes);
        if (file_read_answer(&waiting[i].call, bytes, n) == 0)
            line_consume(line, n);
        waiting_drop(i);
    }
}

void components_go_on(void)
{
    writes_go_on();
    reads_go_on();
}

void components_interrupt(void)
{
    unsigned i = read_in_front();

    interrupted = i == waiting_count && front == leader;
    if (i < waiting_count) {
        (void)call_later_error(&waiting[i].call, EINTR);
        waiting_drop(i);
    }
}

static bool client_runs(uint64_t badge)
{
    return init_client((struct init){ SLOT_INIT }, badge) != ENOENT;
}

static void front_set(uint64_t badge)
{
    front = badge;
    interrupted = false;
}

void components_check(void)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (!client_runs(waiting[i].call.badge)) {
            call_later_forget(&waiting[i].call);
            waiting_drop(i);
        }
    if (front != leader && !client_runs(front))
        front_set(leader);
    reads_go_on();
}

/* ---- requests ---- */

int components_read(struct call *c, size_t bytes, struct call_item *data)
{
    size_t room = bytes < data->room ? bytes : data->room;
    bool is_front = c->badge == front;

    room = room < PIECE ? room : PIECE;
    if (room == 0)
        return 0;
    if (is_front && interrupted) {
        interrupted = false;
        return EINTR;
    }
    if (!is_front || line_read_state(line, room) != LINE_NOW)
        return waiting_add(c, false, room) != NULL ? CALL_LATER : EAGAIN;
    uint8_t piece[PIECE];
    size_t n = line_peek(line, piece, room);
    int e = call_write(c, data, 0, piece, n);
    if (e != 0)
        return e;
    data->count = n;
    line_consume(line, n);
    return 0;
}

int components_write(struct call *c, const struct call_item *data, uint32_t *done)
{
    size_t bytes = data->count < PIECE ? data->count : PIECE, written = 0;
    uint8_t piece[PIECE];
    int e = call_read(c, data, 0, piece, bytes);

    if (e != 0)
        return e;
    if (!components_wait())
        written = line_write(line, piece, bytes);
    *done = (uint32_t)written;
    if (written == bytes)
        return 0;
    struct waiting *w = waiting_add(c, true, bytes);
    if (w == NULL)
        return written > 0 ? 0 : EAGAIN;
    memcpy(w->data, piece, bytes);
    w->done = written;
    return CALL_LATER;
}

int components_front(const struct call *c, uint64_t badge)
{
    if (c->badge != leader)
        return EPERM;
    front_set(badge);
    reads_go_on();
    return 0;
}

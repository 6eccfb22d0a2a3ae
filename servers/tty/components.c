/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes that find no room are put aside.
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
    size_t bytes, done;
    uint8_t data[PIECE];
};

static struct waiting waiting[WAITING_MAX];
static unsigned waiting_count;
static struct line *line;

void components_open(struct line *of)
{
    line = of;
}

/* ---- requests put aside ---- */

static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

/* Put a request aside. NULL: there is no reply object or place for it. */
static struct waiting *waiting_add(struct call *c, size_t bytes)
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
    w->bytes = bytes;
    w->done = 0;
    waiting_count++;
    return w;
}

void components_go_on(void)
{
    while (waiting_count > 0) {
        struct waiting *w = &waiting[0];
        w->done += line_write(line, w->data + w->done, w->bytes - w->done);
        if (w->done < w->bytes)
            return; /* those behind it have to wait as well */
        (void)file_write_answer(&w->call, (uint32_t)w->bytes);
        waiting_drop(0);
    }
}

bool components_wait(void)
{
    return waiting_count > 0;
}

void components_check(void)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (init_client((struct init){ SLOT_INIT }, waiting[i].call.badge) == ENOENT) {
            call_later_forget(&waiting[i].call);
            waiting_drop(i);
        }
}

/* ---- requests ---- */

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
    struct waiting *w = waiting_add(c, bytes);
    if (w == NULL)
        return written > 0 ? 0 : EAGAIN;
    memcpy(w->data, piece, bytes);
    w->done = written;
    return CALL_LATER;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests put aside until a pipe, or what else has ends here, goes on (end.h).
 */
#include "end.h"

#include <errno.h>
#include <string.h>

/* Those from waiting_count on are free, if they have ever been used. */
struct waiting *waiting[WAITING_MAX];
unsigned waiting_count;
static struct waiting all[WAITING_MAX];
static unsigned all_used;

void waiting_drop(unsigned i)
{
    struct waiting *w = waiting[i];

    if (w->data != NULL)
        store_free(w->data, w->data_bytes, store_owner(&w->call));
    w->data = NULL;
    if (i != --waiting_count) {
        memmove(&waiting[i], &waiting[i + 1], (waiting_count - i) * sizeof waiting[0]);
        waiting[waiting_count] = w;
    }
}

void waiting_forget(unsigned i)
{
    struct end *end = waiting[i]->end;

    (void)call_later_error(&waiting[i]->call, ESRCH);
    waiting_drop(i);
    if (end != NULL)
        end_free(end); /* may let others go on, who are not waiting then */
}

/* PIPE-2: what the caller waited for before. Others may go on then. */
static void thread_leaves(const struct call *c)
{
    seL4_Word kept[CALL_WORDS_MAX];
    unsigned i = 0;

    while (i < waiting_count &&
           (waiting[i]->call.badge != c->badge || waiting[i]->call.cancel >> 32 != c->cancel >> 32))
        i++;
    if (i == waiting_count)
        return;
    memcpy(kept, c->buf->msg, sizeof kept);
    waiting_forget(i);
    memcpy(c->buf->msg, kept, sizeof kept);
}

struct waiting *waiting_add(struct call *c, struct pipe *pipe, bool write, size_t bytes)
{
    thread_leaves(c);
    if (waiting_count == WAITING_MAX)
        return NULL;
    if (waiting_count == all_used)
        waiting[waiting_count] = &all[all_used++];
    struct waiting *w = waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return NULL;
    w->pipe = pipe;
    w->of = NULL;
    w->write = write;
    w->end = NULL;
    w->bytes = bytes;
    w->done = 0;
    w->until = CALL_NEVER;
    waiting_count++;
    return w;
}

uint64_t waiting_first(void)
{
    uint64_t first = CALL_NEVER;

    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i]->until < first)
            first = waiting[i]->until;
    return first;
}

void waiting_look(uint64_t now)
{
    for (unsigned i = waiting_count; i-- > 0;) {
        struct waiting *w = waiting[i];
        if (w->until > now)
            continue;
        if (w->write && w->done > 0)
            (void)file_write_answer(&w->call, (uint32_t)w->done);
        else
            (void)call_later_error(&w->call, EAGAIN);
        waiting_drop(i);
    }
}

bool waiting_write(struct call *c, struct waiting *w, const struct call_item *data)
{
    w->item = *data;
    if (data->window != 0)
        return true;
    w->data = store_take(data->count, store_owner(&w->call));
    if (w->data == NULL) {
        c->reply = w->call.reply; /* it is answered now */
        waiting_count--;
        return false;
    }
    w->data_bytes = data->count;
    memcpy(w->data, data->data, data->count); /* the message is gone soon */
    w->item.data = w->data;
    return true;
}

bool waiting_hand(unsigned i, const struct call_item *data)
{
    uint8_t small[WAITING_SMALL];
    bool taken, fits = data->count <= CALL_SMALL; /* else both are in the message */

    if (i == waiting_count || waiting[i]->write || waiting[i]->bytes < data->count ||
        data->window != 0 || data->count > WAITING_SMALL)
        return false;
    if (!fits)
        memcpy(small, data->data, data->count);
    taken = file_read_answer(&waiting[i]->call, fits ? data->data : small, data->count) == 0;
    waiting_drop(i);
    if (!taken && !fits)
        memcpy(data->data, small, data->count);
    return taken;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests put aside until a pipe, or what else has ends here, goes on (end.h).
 */
#include "end.h"

#include <errno.h>
#include <string.h>

struct waiting waiting[WAITING_MAX];
unsigned waiting_count;

/* Those behind it move up, and what they have of their own with them. */
void waiting_drop(unsigned i)
{
    if (i == --waiting_count)
        return;
    memmove(&waiting[i], &waiting[i + 1], (waiting_count - i) * sizeof waiting[0]);
    for (; i < waiting_count; i++)
        waiting[i].item.data = waiting[i].data;
}

void waiting_forget(unsigned i)
{
    struct end *end = waiting[i].end;

    (void)call_later_error(&waiting[i].call, ESRCH);
    waiting_drop(i);
    if (end != NULL)
        end_free(end); /* may let others go on, who are not waiting then */
}

struct waiting *waiting_add(struct call *c, struct pipe *pipe, bool write, size_t bytes)
{
    for (unsigned i = 0; i < waiting_count; i++) /* PIPE-2 */
        if (waiting[i].call.badge == c->badge && waiting[i].call.cancel >> 32 == c->cancel >> 32) {
            waiting_forget(i);
            break;
        }
    if (waiting_count == WAITING_MAX)
        return NULL;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return NULL;
    w->pipe = pipe;
    w->of = NULL;
    w->write = write;
    w->end = NULL;
    w->bytes = bytes;
    w->done = 0;
    waiting_count++;
    return w;
}

bool waiting_hand(unsigned i, const struct call_item *data)
{
    uint8_t small[WAITING_SMALL];
    bool taken, fits = data->count <= CALL_SMALL; /* else both are in the message */

    if (i == waiting_count || waiting[i].write || waiting[i].bytes < data->count ||
        data->window != 0 || data->count > WAITING_SMALL)
        return false;
    if (!fits)
        memcpy(small, data->data, data->count);
    taken = file_read_answer(&waiting[i].call, fits ? data->data : small, data->count) == 0;
    waiting_drop(i);
    if (!taken && !fits)
        memcpy(data->data, small, data->count);
    return taken;
}

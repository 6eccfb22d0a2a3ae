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

static __attribute__((noinline)) void data_drop(struct waiting *w)
{
    store_free(w->data, w->data_bytes, w->owner);
    w->data = NULL;
}

static __attribute__((noinline)) void others_move(unsigned i)
{
    struct waiting *w = waiting[i];

    memmove(&waiting[i], &waiting[i + 1], (waiting_count - i) * sizeof waiting[0]);
    waiting[waiting_count] = w;
}

/* Mostly a read, and the last of them: the rest is in functions of its own. */
void waiting_drop(unsigned i)
{
    if (waiting[i]->data != NULL)
        data_drop(waiting[i]);
    if (i != --waiting_count)
        others_move(i);
}

void waiting_forget(unsigned i)
{
    struct end *end = waiting[i]->end;

    (void)call_later_error(&waiting[i]->call, ESRCH);
    waiting_drop(i);
    if (end != NULL)
        end_free(end); /* may let others go on, who are not waiting then */
}

/* Others may go on then. */
static __attribute__((noinline)) void thread_leaves(const struct call *c, unsigned i)
{
    seL4_Word kept[CALL_WORDS_MAX];

    memcpy(kept, c->buf->msg, sizeof kept);
    waiting_forget(i);
    memcpy(c->buf->msg, kept, sizeof kept);
}

struct waiting *waiting_add(struct call *c, struct pipe *pipe, bool write, size_t bytes)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i]->call.badge == c->badge &&
            waiting[i]->call.cancel >> 32 == c->cancel >> 32) {
            thread_leaves(c, i); /* PIPE-2: what it waited for before */
            break;
        }
    if (__builtin_expect(fifo_crowded != NULL, 0))
        fifo_leave(c);
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
    w->owner = store_owner(&w->call);
    w->data = store_take(data->count, w->owner);
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

/* The same of what a message is needed for, where it is. */
static __attribute__((noinline)) bool hand_long(unsigned i, const struct call_item *data)
{
    uint8_t small[WAITING_SMALL];

    if (data->count > WAITING_SMALL)
        return false;
    memcpy(small, data->data, data->count);
    bool taken = file_read_answer(&waiting[i]->call, small, data->count) == 0;
    waiting_drop(i);
    if (!taken)
        memcpy(data->data, small, data->count);
    return taken;
}

bool waiting_hand(unsigned i, const struct call_item *data)
{
    if (i == waiting_count || waiting[i]->write || waiting[i]->bytes < data->count ||
        data->window != 0)
        return false;
    if (data->count > CALL_SMALL)
        return hand_long(i, data);
    bool taken = file_read_answer(&waiting[i]->call, data->data, data->count) == 0;
    waiting_drop(i);
    return taken;
}

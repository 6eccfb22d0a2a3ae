/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init tells whoever started a component of its end by a signal that does not say which it is: all
 * who wait are looked through.
 *
 * END-1: a thread of a session waits for one thing at most; a later request takes the earlier one's
 * place, whose caller has given it up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "system.h"

enum { WAITING_MAX = 15, COMPONENTS_MAX = PROCESS_COMPONENTS_MAX, TEXT = 64 };

static struct waiting {
    struct call call;
    struct tree_file *file;
    unsigned index;
    uint64_t starts; /* which of its lives */
} waiting[WAITING_MAX];
static unsigned waiting_count;

static uint64_t told_of[COMPONENTS_MAX]; /* which life of a component we started; 0: none */

static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

/* Whether it has ended, and how: a line. */
static bool has_ended(unsigned index, uint64_t starts, char text[TEXT], size_t *bytes)
{
    struct init_component c;

    if (!component_read(index, &c) || (c.state == INIT_STATE_RUNNING && c.starts == starts))
        return false;
    *bytes =
        c.starts != starts ? (size_t)snprintf(text, TEXT, "restarted") : text_state(&c, text, TEXT);
    text[(*bytes)++] = '\n';
    return true;
}

void ends_started(unsigned index)
{
    struct init_component c;

    if (index < COMPONENTS_MAX && component_read(index, &c))
        told_of[index] = c.starts;
}

static int wait(struct call *c, struct tree_file *file, unsigned index, uint64_t starts)
{
    for (unsigned i = waiting_count; i-- > 0;) /* END-1 */
        if (waiting[i].call.badge == c->badge && waiting[i].call.cancel >> 32 == c->cancel >> 32) {
            (void)call_later_error(&waiting[i].call, ESRCH);
            waiting_drop(i);
        }
    if (waiting_count == WAITING_MAX)
        return EBUSY;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return EBUSY;
    w->file = file;
    w->index = index;
    w->starts = starts;
    waiting_count++;
    return CALL_LATER;
}

int ends_read(struct call *c, struct tree_file *file, unsigned index, uint64_t offset, void *to,
              size_t room, size_t *got)
{
    struct init_component now;
    char text[TEXT];
    size_t bytes;

    if (offset > 0 || room < TEXT)
        return room < TEXT ? EINVAL : 0;
    if (!component_read(index, &now))
        return ENOENT;
    if (has_ended(index, now.starts, text, &bytes)) {
        memcpy(to, text, bytes);
        *got = bytes;
        return 0;
    }
    return index < COMPONENTS_MAX && told_of[index] == now.starts ? wait(c, file, index, now.starts)
                                                                  : EAGAIN;
}

void ends_look(void)
{
    char text[TEXT];
    size_t bytes;

    for (unsigned i = waiting_count; i-- > 0;) {
        struct waiting *w = &waiting[i];
        if (!has_ended(w->index, w->starts, text, &bytes))
            continue;
        if (file_read_answer(&w->call, text, bytes) == 0)
            w->file->position += (int64_t)bytes;
        waiting_drop(i);
    }
}

void ends_closed(const struct tree_file *file)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].file == file) {
            (void)call_later_error(&waiting[i].call, EBADF);
            waiting_drop(i);
        }
}

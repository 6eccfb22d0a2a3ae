/* SPDX-License-Identifier: BSD-2-Clause */
#include "kind.h"

#include <errno.h>
#include <ipc/unix.h>
#include <string.h>

int kind_wait(struct call *c, struct end *end, bool write, struct waiting **w)
{
    if ((end->flags & O_NONBLOCK) != 0)
        return EAGAIN;
    struct waiting *added = waiting_add(c, NULL, write, 0);
    if (added == NULL)
        return UNIX_ECROWDED;
    added->of = end;
    if (w != NULL)
        *w = added;
    return CALL_LATER;
}

/* The first that waits for it, or waiting_count. */
static unsigned first_of(const struct end *end)
{
    unsigned i = 0;

    while (i < waiting_count && waiting[i]->of != end)
        i++;
    return i;
}

/* From number i on, which is the first. */
static void go_on(const struct end *end, unsigned i)
{
    while (i < waiting_count) {
        if (waiting[i]->of == end && end->kind->goes_on(waiting[i])) {
            waiting_drop(i);
            i = first_of(end);
        } else {
            i++;
        }
    }
}

static __attribute__((noinline)) void go_on_keeping(const struct call *c, const struct end *end,
                                                    unsigned i)
{
    seL4_Word kept[CALL_WORDS_MAX];

    memcpy(kept, c->buf->msg, sizeof kept);
    go_on(end, i);
    memcpy(c->buf->msg, kept, sizeof kept);
}

void kind_changed(const struct call *c, struct end *end, struct serve_source *source,
                  uint32_t events)
{
    unsigned i = first_of(end);

    serve_changed_some(&serve, source, i == waiting_count ? events : ~0u);
    if (i == waiting_count)
        return;
    if (c != NULL)
        go_on_keeping(c, end, i);
    else
        go_on(end, i);
}

void kind_ends(struct end *end, struct serve_source *source)
{
    serve_changed(&serve, source);
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i]->of == end) {
            (void)call_later_error(&waiting[i]->call, EBADF);
            waiting_drop(i);
        }
}

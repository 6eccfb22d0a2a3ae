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

static bool is_waited_for(const struct end *end)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i]->of == end)
            return true;
    return false;
}

void kind_changed(const struct call *c, struct end *end, struct serve_source *source)
{
    seL4_Word kept[CALL_WORDS_MAX];

    serve_changed(&serve, source);
    if (!is_waited_for(end))
        return;
    if (c != NULL)
        memcpy(kept, c->buf->msg, sizeof kept);
    for (unsigned i = 0; i < waiting_count;) {
        if (waiting[i]->of == end && end->kind->goes_on(waiting[i])) {
            waiting_drop(i);
            i = 0;
        } else {
            i++;
        }
    }
    if (c != NULL)
        memcpy(c->buf->msg, kept, sizeof kept);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "exec_strings.h"

#include <errno.h>
#include <ipc/unix.h>

#include "job.h"
#include "own.h"

uint64_t strings_begin(const struct exec_strings *s)
{
    return s->block & ~(uint64_t)(PAGE - 1);
}

void strings_drop(struct exec_strings *s)
{
    for (unsigned i = 0; i < s->pages; i++)
        if (s->frame[i] != 0)
            frame_drop_user(s->frame[i]);
    s->pages = 0;
}

/* What has been read of them so far. */
struct progress {
    size_t done;
    uint64_t zeros, file; /* file: bytes of its name */
    char last;
};

static void look(struct exec_strings *s, struct progress *p, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, p->done++) {
        p->last = text[i];
        p->zeros += text[i] == '\0';
        if (p->done < s->name)
            continue;
        if (text[i] == '/')
            p->file = 0;
        else if (p->file < STRINGS_NAME_MAX - 1)
            s->file[p->file++] = text[i];
        s->file[p->file] = '\0';
    }
}

static int page_read(struct exec_strings *s, struct progress *p, strings_read *read, void *from,
                     frame_t frame)
{
    size_t in = (s->block + p->done) % PAGE, bytes = PAGE - in;
    char *to = own_bytes(frame);

    if (bytes > s->bytes - p->done)
        bytes = s->bytes - p->done;
    int e = bytes > 0 ? read(from, p->done, to + in, bytes) : 0;
    if (e == 0)
        look(s, p, to + in, bytes);
    return e;
}

int strings_take(struct exec_strings *s, strings_read *read, void *from)
{
    struct progress p = { .last = 1 };
    int e = 0;

    s->pages = 0;
    s->file[0] = '\0';
    if (s->bytes > STRINGS_MAX)
        return E2BIG;
    s->block = (UNIX_STACK_END - 8 - s->bytes) & ~15ull;
    while (e == 0 && strings_begin(s) + (uint64_t)s->pages * PAGE < UNIX_STACK_END) {
        frame_t frame = job_frame(s->job, frame_take);
        s->frame[s->pages] = frame;
        if (frame == 0) {
            e = ENOMEM;
        } else {
            s->pages++;
            e = page_read(s, &p, read, from, frame);
        }
    }
    if (e == 0 &&
        (p.last != '\0' || s->name >= s->bytes || p.zeros != (uint64_t)s->argc + s->envc + 1))
        e = EINVAL;
    if (e != 0)
        strings_drop(s);
    return e;
}

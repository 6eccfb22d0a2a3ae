/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /system/component/NAME/messages: the records of the messages that a component receives (ipc/
 * watch.h), while somebody has it open. Each who does has a place of its own in what was written.
 *
 * Who reads would see what its own reading and showing sends, and never come to an end: its own
 * requests are left out.
 */
#include <errno.h>
#include <ipc/watch.h>
#include <string.h>

#include "system.h"

enum { WATCHERS_MAX = 8, PIECE_WORDS = INIT_WATCH_WORDS_MAX, ENDED = 64 };

static struct watcher {
    bool is_empty;                /* the last read gave nothing */
    const struct tree_file *file; /* NULL: free */
    unsigned index;
    /* What was read last, at `offset` of the file, is there to be read again, as happens when it
     * did not arrive: it is from `at` to `next` of what was written. */
    uint64_t offset, at, next;
    uint64_t skips, next_skips; /* is_shown() */
} watchers[WATCHERS_MAX];

/* Processes that have ended last: their messages may not have been read yet. */
static struct {
    uint64_t badge;
    uint32_t pid;
} ended[ENDED];
static unsigned ended_next;

void watch_ending(struct serve_session *session)
{
    ended[ended_next % ENDED].badge = session->badge;
    ended[ended_next++ % ENDED].pid = (uint32_t)session->pid;
}

/* Whoever has this file open; a new one where there is none. NULL: there are as many as can be. */
static struct watcher *watcher_of(const struct tree_file *file)
{
    struct watcher *spare = NULL;

    for (unsigned i = 0; i < WATCHERS_MAX; i++) {
        if (watchers[i].file == file)
            return &watchers[i];
        if (watchers[i].file == NULL)
            spare = &watchers[i];
    }
    return spare;
}

/* Who a badge is, as the record says it to others. */
static uint64_t caller_of(uint64_t badge)
{
    const struct serve_session *s = &serve_process[UNIX_BADGE_NUMBER(badge) % SERVE_PROCESSES_MAX];

    if (badge == UNIX_BADGE_MANAGER)
        return WATCH_CALLER_PROC;
    if (badge > UNIX_BADGE_MANAGER)
        return WATCH_CALLER_OTHER;
    if (UNIX_BADGE_GENERATION(badge) == 0)
        return WATCH_CALLER_COMPONENT | badge;
    if (s->badge == badge)
        return (uint32_t)s->pid;
    for (unsigned i = 0; i < ENDED; i++)
        if (ended[i].badge == badge)
            return ended[i].pid;
    return WATCH_CALLER_OTHER;
}

/* What a watcher is to see of a record; its caller is named. `skips`: bit n: reply object n is for
 * a request that was not shown. */
static bool is_shown(struct watch_record *r, uint64_t own, uint64_t *skips)
{
    uint64_t bit = 1ull << r->reply % 64;

    if (r->kind != WATCH_REQUEST)
        return (*skips & bit) == 0;
    *skips = r->caller == own ? *skips | bit : *skips & ~bit;
    r->caller = caller_of(r->caller);
    return (*skips & bit) == 0;
}

/* Of the whole records among words those that are shown; how many words all were, and *kept. */
static size_t records_take(uint64_t *word, size_t words, uint64_t own, uint64_t *skips,
                           size_t *kept)
{
    size_t at = 0;

    *kept = 0;
    while (words - at >= WATCH_RECORD_WORDS) {
        struct watch_record r;
        memcpy(&r, word + at, sizeof r);
        size_t all = (size_t)WATCH_RECORD_WORDS + r.words;
        if (all > words - at)
            break;
        if (is_shown(&r, own, skips)) {
            memmove(word + *kept, word + at, all * sizeof *word);
            memcpy(word + *kept, &r, sizeof r);
            *kept += all;
        }
        at += all;
    }
    return at;
}

int watch_read(const struct call *c, const struct tree_file *file, unsigned index, uint64_t offset,
               void *to, size_t room, size_t *got)
{
    struct watcher *w = watcher_of(file);
    const struct watch_record lost = { .kind = WATCH_LOST };
    uint64_t piece[PIECE_WORDS];
    size_t count, kept;

    if (w == NULL)
        return EBUSY;
    if (w->file == NULL) {
        int e = init_watch(init, index, true);
        if (e != 0)
            return e > 0 ? e : EIO;
        *w = (struct watcher){
            .file = file, .index = index, .offset = offset, .at = ~0ull, .next = ~0ull
        };
    }
    if (offset != w->offset || w->is_empty) {
        w->at = w->next;
        w->skips = w->next_skips;
    }
    w->offset = offset;
    w->next = w->at;
    w->next_skips = w->skips;
    *got = 0;
    while (room - *got >= sizeof piece + sizeof lost) {
        uint64_t from;
        int e = init_watch_read(init, index, w->next, &from, piece, PIECE_WORDS, &count);
        if (e != 0)
            return e > 0 ? e : EIO;
        if (from != w->next && w->next != ~0ull) {
            memcpy((char *)to + *got, &lost, sizeof lost);
            *got += sizeof lost;
        }
        count = records_take(piece, count, c->badge, &w->next_skips, &kept);
        w->next = from + count;
        if (count == 0)
            break;
        memcpy((char *)to + *got, piece, kept * sizeof *piece);
        *got += kept * sizeof *piece;
    }
    w->is_empty = *got == 0;
    return room < sizeof piece + sizeof lost ? EINVAL : 0;
}

void watch_closed(const struct tree_file *file)
{
    for (unsigned i = 0; i < WATCHERS_MAX; i++) {
        struct watcher *w = &watchers[i];
        if (w->file != file)
            continue;
        w->file = NULL;
        for (unsigned n = 0; n < WATCHERS_MAX; n++)
            if (watchers[n].file != NULL && watchers[n].index == w->index)
                return;
        (void)init_watch(init, w->index, false);
        return;
    }
}

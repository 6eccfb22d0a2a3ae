/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <serve/bell.h>
#include <stdlib.h>
#include <string.h>

/* Of one poll(): a thread has one for each in which it has said "these, too". */
struct serve_bell {
    struct serve_bell *next;
    uint64_t badge;
    uint32_t thread;
    size_t count;
    struct serve_source *source[];
};

/* Take the bell out that *link leads to. */
static void bell_end(struct serve_bell **link)
{
    struct serve_bell *bell = *link;

    *link = bell->next;
    for (size_t i = 0; i < bell->count; i++)
        bell->source[i]->armed--;
    free(bell);
}

void serve_bell_disarm(struct serve_bells *bells, uint64_t badge, int64_t thread)
{
    for (struct serve_bell **link = &bells->first; *link != NULL;) {
        if ((*link)->badge == badge && (thread < 0 || (*link)->thread == thread))
            bell_end(link);
        else
            link = &(*link)->next;
    }
}

static unsigned bells_of(const struct serve_bells *bells, uint64_t badge, uint32_t thread)
{
    unsigned n = 0;

    for (const struct serve_bell *bell = bells->first; bell != NULL; bell = bell->next)
        n += bell->badge == badge && bell->thread == thread;
    return n;
}

int serve_bell_arm(struct serve_bells *bells, uint64_t badge, uint32_t thread,
                   struct serve_source *const *source, size_t count, bool more)
{
    struct serve_bell *bell = NULL;

    if (!more || bells_of(bells, badge, thread) < SERVE_BELLS_MAX)
        bell = malloc(sizeof *bell + count * sizeof bell->source[0]);
    if (!more || bell == NULL)
        serve_bell_disarm(bells, badge, thread);
    if (bell == NULL)
        return ENOMEM;
    bell->next = bells->first;
    bell->badge = badge;
    bell->thread = thread;
    bell->count = count;
    memcpy(bell->source, source, count * sizeof source[0]);
    for (size_t i = 0; i < count; i++)
        source[i]->armed++;
    bells->first = bell;
    return 0;
}

static bool has_source(const struct serve_bell *bell, const struct serve_source *source)
{
    for (size_t i = 0; i < bell->count; i++)
        if (bell->source[i] == source)
            return true;
    return false;
}

void serve_watch_add(struct serve_source *source, struct serve_watch *watch)
{
    watch->next = source->watches;
    source->watches = watch;
    source->armed++;
}

void serve_watch_drop(struct serve_source *source, const struct serve_watch *watch)
{
    struct serve_watch **link = &source->watches;

    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    source->armed--;
}

void serve_bell_ring(struct serve_bells *bells, const struct serve_source *source, uint32_t events)
{
    uint32_t watches = 0;

    for (struct serve_watch *watch = source->watches; watch != NULL; watch = watch->next) {
        watch->changed(watch, events);
        watches++;
    }
    while (source->armed > watches) {
        const struct serve_bell *bell = bells->first;
        while (!has_source(bell, source))
            bell = bell->next; /* BELL-1: there is one */
        uint64_t badge = bell->badge;
        uint32_t thread = bell->thread;
        serve_bell_disarm(bells, badge, thread);
        bells->ring(badge, thread);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "epoll.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

enum {
    EVENTS = 0x27ff, /* those of poll() that anybody has */
    EVENTS_IN = EPOLLIN | EPOLLRDNORM,
    EVENTS_ALWAYS = EPOLLERR | EPOLLHUP,
};

static struct epoll_item *others; /* of other servers, in all sets; and who has added how many */
static uint16_t others_of[STORE_NUMBERS];
static uint32_t numbers;

/* ---- who may be ready ---- */

static void ready_add(struct epoll_item *item)
{
    struct epoll_set *set = item->set;

    if (item->ready_link != NULL)
        return;
    item->ready_next = NULL;
    item->ready_link = set->ready_last;
    *set->ready_last = item;
    set->ready_last = &item->ready_next;
}

static void ready_drop(struct epoll_item *item)
{
    if (item->ready_link == NULL)
        return;
    *item->ready_link = item->ready_next;
    if (item->ready_next != NULL)
        item->ready_next->ready_link = item->ready_link;
    else
        item->set->ready_last = item->ready_link;
    item->ready_link = NULL;
}

/* What an item has to tell now. */
static uint32_t item_events(const struct epoll_item *item)
{
    struct serve_source *source = NULL;
    uint32_t is = item->of != NULL ? end_events(&item->of->base, &source) : item->kept;

    return is & EVENTS & (item->events | EVENTS_ALWAYS);
}

/* ---- changes ---- */

/*
 * One change may reach a set on several ways; its source is told once. So however sets are nested,
 * that costs no more than there are items.
 */
static uint64_t changes;
static unsigned changing; /* sets whose sources are being told */

static void set_changed(struct epoll_set *set)
{
    if (changing == 0)
        changes++;
    if (set->told == changes)
        return;
    set->told = changes;
    changing++;
    serve_changed_some(&serve, &set->source, EVENTS_IN);
    changing--;
}

static void item_stir(struct epoll_item *item)
{
    ready_add(item);
    set_changed(item->set);
}

static void item_changed(struct serve_watch *watch, uint32_t events)
{
    struct epoll_item *item = (struct epoll_item *)watch;

    if (!item->is_quiet && (events & (item->events | EVENTS_ALWAYS)) != 0)
        item_stir(item);
}

/* ---- items ---- */

static bool is_known(const struct epoll_item *item, unsigned process)
{
    return (item->known[process / 64] >> process % 64 & 1) != 0;
}

static struct epoll_item *item_find(const struct epoll_set *set, const struct epoll_wish *wish)
{
    struct epoll_item *item = set->first;

    while (item != NULL &&
           !(item->fd == wish->fd && item->of == wish->of &&
             (wish->of != NULL || (item->server == wish->server && item->target == wish->target &&
                                   is_known(item, wish->process)))))
        item = item->next;
    return item;
}

static void item_end(struct epoll_item *item)
{
    struct epoll_item **link = &item->set->first;

    ready_drop(item);
    if (item->source != NULL)
        serve_watch_drop(item->source, &item->watch);
    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
    if (item->of == NULL) {
        item->set->others--;
        others_of[store_number(item->owner)]--;
        for (link = &others; *link != item;)
            link = &(*link)->others_next;
        *link = item->others_next;
    }
    store_free(item, sizeof *item, item->owner);
}

/* ---- sets in sets ---- */

/*
 * Each walk looks at a set once, and leaves there how many are in a row behind it (or before it).
 * EPOLL-3 bounds the recursion.
 */
static uint64_t walks;

static unsigned row_of(struct epoll_set *set, bool above);

static unsigned row_with(unsigned row, struct epoll_set *next, bool above)
{
    unsigned n = next != NULL ? 1 + row_of(next, above) : 0;

    return n > row ? n : row;
}

static unsigned row_of(struct epoll_set *set, bool above)
{
    if (set->walk == walks)
        return set->row;
    set->walk = walks;
    set->row = 0;
    for (struct epoll_item *i = set->first; !above && i != NULL; i = i->next)
        set->row = row_with(set->row, i->of != NULL ? epoll_of(i->of) : NULL, above);
    for (struct serve_watch *w = set->source.watches; above && w != NULL; w = w->next)
        set->row = row_with(set->row, ((struct epoll_item *)w)->set, above);
    return set->row;
}

/* 0; ELOOP: EPOLL-3. */
static int nest_check(struct epoll_set *set, struct epoll_set *inner)
{
    walks++;
    unsigned below = row_of(inner, false);
    if (set->walk == walks)
        return ELOOP;
    walks++;
    return row_of(set, true) + 1 + below > EPOLL_NESTS_MAX ? ELOOP : 0;
}

/* ---- epoll_ctl() ---- */

static bool has_room(const struct serve_source *source)
{
    unsigned n = 0;

    for (const struct serve_watch *w = source->watches; w != NULL; w = w->next)
        n++;
    return n < EPOLL_WATCHES_MAX;
}

static struct epoll_item *item_new(struct epoll_set *set, const struct epoll_wish *wish,
                                   uint16_t owner)
{
    struct serve_source *source = NULL;

    if (wish->of != NULL)
        (void)end_events(&wish->of->base, &source);
    if (wish->of == NULL ? set->others >= EPOLL_OTHERS_MAX ||
                               others_of[store_number(owner)] >= EPOLL_OTHERS_OWN_MAX
                         : source != NULL && !has_room(source))
        return NULL;
    struct epoll_item *item = store_new(sizeof *item, owner);
    if (item == NULL)
        return NULL;
    item->owner = owner;
    item->set = set;
    item->fd = wish->fd;
    item->of = wish->of;
    item->next = set->first;
    set->first = item;
    if (source != NULL) {
        item->source = source;
        item->watch.changed = item_changed;
        serve_watch_add(source, &item->watch);
    }
    if (wish->of != NULL) {
        wish->of->is_watched = true;
        return item;
    }
    item->server = wish->server;
    item->target = wish->target;
    item->known[wish->process / 64] = 1ull << wish->process % 64;
    item->number = ++numbers;
    item->others_next = others;
    others = item;
    set->others++;
    others_of[store_number(owner)]++;
    return item;
}

/* What an item is asked for from now on. */
static void item_set(struct epoll_item *item, const struct epoll_wish *wish)
{
    item->events = wish->events & ~(uint32_t)EPOLLWAKEUP;
    item->data = wish->data;
    item->kept = 0;
    item->is_quiet = false;
    item->is_new = true;
    if (item->of == NULL)
        set_changed(item->set); /* who waits asks for it */
    else if (item_events(item) != 0)
        item_stir(item);
}

static int wish_check(const struct epoll_set *set, const struct epoll_wish *wish)
{
    const uint32_t with_exclusive =
        EVENTS_IN | EPOLLOUT | EPOLLWRNORM | EVENTS_ALWAYS | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
    bool exclusive = (wish->events & EPOLLEXCLUSIVE) != 0;
    bool is_set = wish->of != NULL && epoll_of(wish->of) != NULL;

    if (wish->of == &set->end)
        return EINVAL;
    if (exclusive && wish->operation == EPOLL_CTL_MOD)
        return EINVAL;
    return exclusive && wish->operation == EPOLL_CTL_ADD &&
                   (is_set || (wish->events & ~with_exclusive) != 0)
               ? EINVAL
               : 0;
}

static int item_add(struct epoll_set *set, const struct epoll_wish *wish, uint16_t owner)
{
    struct epoll_set *inner = wish->of != NULL ? epoll_of(wish->of) : NULL;
    int e = inner != NULL ? nest_check(set, inner) : 0;

    if (e != 0)
        return e;
    if (item_find(set, wish) != NULL)
        return EEXIST;
    struct epoll_item *item = item_new(set, wish, owner);
    if (item == NULL)
        return ENOSPC;
    item_set(item, wish);
    return 0;
}

int epoll_change(struct epoll_set *set, const struct epoll_wish *wish, uint16_t owner)
{
    int e = wish_check(set, wish);

    if (e != 0)
        return e;
    if (wish->operation == EPOLL_CTL_ADD)
        return item_add(set, wish, owner);
    if (wish->operation != EPOLL_CTL_DEL && wish->operation != EPOLL_CTL_MOD)
        return EINVAL;
    struct epoll_item *item = item_find(set, wish);
    if (item == NULL)
        return ENOENT;
    if (wish->operation == EPOLL_CTL_DEL) {
        item_end(item);
        return 0;
    }
    if ((item->events & EPOLLEXCLUSIVE) != 0)
        return EINVAL;
    item_set(item, wish);
    return 0;
}

/* ---- epoll_wait() ---- */

size_t epoll_take(struct epoll_set *set, struct epoll_told *told, size_t room, bool go_on)
{
    size_t n = 0;

    set->round += !go_on;
    while (n < room && set->ready != NULL && set->ready->round != set->round) {
        struct epoll_item *item = set->ready;
        uint32_t events = item_events(item);
        ready_drop(item);
        if (events == 0)
            continue;
        told[n++] = (struct epoll_told){ events, item->data };
        item->round = set->round;
        item->kept = 0;
        item->is_quiet = (item->events & EPOLLONESHOT) != 0;
        if (!item->is_quiet && (item->events & EPOLLET) == 0)
            ready_add(item); /* behind all others */
    }
    return n;
}

/* What has nothing to tell is not in the list any more. */
bool epoll_is_ready(struct epoll_set *set)
{
    while (set->ready != NULL) {
        if (item_events(set->ready) != 0)
            return true;
        ready_drop(set->ready);
    }
    return false;
}

static uint16_t set_polls(struct end *end, struct serve_source **source)
{
    struct epoll_set *set = (struct epoll_set *)end;

    *source = &set->source;
    return epoll_is_ready(set) ? EVENTS_IN : 0;
}

/* ---- files of other servers ---- */

void epoll_found(unsigned process, uint32_t number, uint32_t events, uint32_t mark)
{
    struct epoll_item *item = others;

    while (item != NULL && item->number != number)
        item = item->others_next;
    if (item == NULL || item->is_quiet || !is_known(item, process))
        return;
    item->mark = mark;
    item->is_new = false;
    item->kept |= events;
    if (item_events(item) != 0)
        item_stir(item);
}

/* What is no edge is found again if it is true yet. */
static size_t list_put(struct epoll_item *item, unsigned process, struct epoll_other *to)
{
    if (item->is_quiet || !is_known(item, process))
        return 0;
    if ((item->events & EPOLLET) == 0)
        item->kept = 0;
    *to = (struct epoll_other){ .item = item->number,
                                .server = item->server,
                                .target = item->target,
                                .events = item->events | (item->is_new ? WATCH_OTHER_NEW : 0),
                                .mark = item->mark };
    return 1;
}

static size_t list_set(struct epoll_set *set, unsigned process, struct epoll_other *list,
                       size_t room)
{
    size_t n = 0;

    if (set->walk == walks)
        return 0;
    set->walk = walks;
    for (struct epoll_item *item = set->first; item != NULL && n < room; item = item->next) {
        struct epoll_set *inner = item->of != NULL ? epoll_of(item->of) : NULL;
        if (inner != NULL)
            n += list_set(inner, process, list + n, room - n);
        else if (item->of == NULL)
            n += list_put(item, process, list + n);
    }
    return n;
}

size_t epoll_list(struct epoll_set *set, unsigned process, struct epoll_other *list, size_t room)
{
    walks++;
    return list_set(set, process, list, room);
}

static void unknow(struct epoll_item *item, unsigned process)
{
    uint64_t any = 0;

    item->known[process / 64] &= ~(1ull << process % 64);
    for (unsigned i = 0; i < UNIX_PROCESSES_MAX / 64; i++)
        any |= item->known[i];
    if (any == 0)
        item_end(item);
}

void epoll_unknow(unsigned process, uint32_t server, uint32_t target)
{
    for (struct epoll_item *item = others, *next; item != NULL; item = next) {
        next = item->others_next;
        if (item->server == server && item->target == target && is_known(item, process))
            unknow(item, process);
    }
}

void epoll_forked(uint64_t parent, uint64_t child)
{
    unsigned process = UNIX_BADGE_NUMBER(child);

    for (struct epoll_item *item = others; item != NULL; item = item->others_next)
        if (is_known(item, UNIX_BADGE_NUMBER(parent)))
            item->known[process / 64] |= 1ull << process % 64;
}

void epoll_ending(uint64_t badge)
{
    if (UNIX_BADGE_GENERATION(badge) == 0 || badge >= UNIX_BADGE_MANAGER)
        return; /* a component's, who knows none */
    for (struct epoll_item *item = others, *next; item != NULL; item = next) {
        next = item->others_next;
        if (is_known(item, UNIX_BADGE_NUMBER(badge)))
            unknow(item, UNIX_BADGE_NUMBER(badge));
    }
}

/* ---- files come and go ---- */

void epoll_forget(struct end *end)
{
    struct serve_source *source = NULL;

    (void)end_events(&end->base, &source);
    for (struct serve_watch *w = source != NULL ? source->watches : NULL, *next; w != NULL;
         w = next) {
        struct epoll_item *item = (struct epoll_item *)w;
        next = w->next;
        if (item->of == end)
            item_end(item);
    }
}

static void set_free(struct end *end)
{
    struct epoll_set *set = (struct epoll_set *)end;

    while (set->first != NULL)
        item_end(set->first);
    kind_ends(end, &set->source);
    store_free(set, sizeof *set, end->owner);
}

static const struct end_kind epoll_kind = {
    .name = "anon_inode:[eventpoll]",
    .polls = set_polls,
    .free = set_free,
};

struct epoll_set *epoll_of(struct end *end)
{
    return end->kind == &epoll_kind ? (struct epoll_set *)end : NULL;
}

struct epoll_set *epoll_new(uint16_t owner)
{
    struct epoll_set *set = store_new(sizeof *set, owner);

    if (set == NULL)
        return NULL;
    set->end.kind = &epoll_kind;
    set->end.flags = O_RDWR;
    set->end.owner = owner;
    set->ready_last = &set->ready;
    return set;
}

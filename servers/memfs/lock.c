/* SPDX-License-Identifier: BSD-2-Clause */
#include "lock.h"

#include "node.h"

#include <assert.h>
#include <errno.h>
#include <ipc/unix.h>
#include <serve/share.h>

enum { CHANGE_MAX = 2 }; /* locks that one change may add */

static struct lock *spare[CHANGE_MAX];
static unsigned spares, made;
static unsigned used, used_by[UNIX_JOBS_MAX]; /* not spare */

static bool is_same_owner(const struct lock *a, const struct lock *b)
{
    return a->whole == b->whole && a->owner == b->owner && a->session == b->session;
}

static bool overlap(const struct lock *a, const struct lock *b)
{
    return a->first <= b->last && b->first <= a->last;
}

const struct lock *lock_in_way(const struct node *node, const struct lock *wanted)
{
    for (const struct lock *l = node->locks; l != NULL; l = l->next)
        if (l->whole == wanted->whole && !is_same_owner(l, wanted) && overlap(l, wanted) &&
            (l->write || wanted->write))
            return l;
    return NULL;
}

const struct lock *lock_whole_of(const struct node *node, const void *owner)
{
    for (const struct lock *l = node->locks; l != NULL; l = l->next)
        if (l->whole && l->owner == owner)
            return l;
    return NULL;
}

/* FLK-3. */
static bool share_allows(unsigned job)
{
    return serve_share_allows(job, used_by[job] + CHANGE_MAX, used - used_by[0] + CHANGE_MAX,
                              LOCKS_MAX);
}

int lock_reserve(const struct node *node, const struct lock *wanted, bool clears)
{
    unsigned count = CHANGE_MAX;
    bool adds = !clears;

    for (const struct lock *l = node->locks; l != NULL; l = l->next) {
        adds |= is_same_owner(l, wanted) && l->first < wanted->first && l->last > wanted->last;
        count++;
    }
    if (!adds)
        return 0;
    if (count > LOCKS_OF_FILE_MAX || !share_allows(wanted->job))
        return ENOLCK;
    while (spares < CHANGE_MAX) {
        struct lock *l = made < LOCKS_MAX ? memory_piece_uncounted(sizeof *l) : NULL;
        if (l == NULL)
            return ENOLCK;
        spare[spares++] = l;
        made++;
    }
    return 0;
}

static void lock_add(struct node *node, const struct lock *what)
{
    assert(spares > 0);
    struct lock *l = spare[--spares], **link = &node->locks;

    used++;
    used_by[what->job]++;
    while (*link != NULL && (*link)->first < what->first)
        link = &(*link)->next;
    *l = *what;
    l->next = *link;
    *link = l;
}

/* What *link leads to goes. */
static void lock_remove(struct lock **link)
{
    struct lock *l = *link;

    *link = l->next;
    used--;
    used_by[l->job]--;
    if (spares < CHANGE_MAX) {
        spare[spares++] = l;
    } else {
        memory_piece_free(l);
        made--;
    }
}

/* A range of the owner's that *link leads to loses another one; true: it is not there any more. */
static bool lock_cut(struct node *node, struct lock **link, const struct lock *range)
{
    struct lock *l = *link, behind = *l;

    if (l->first >= range->first && l->last <= range->last) {
        lock_remove(link);
        return true;
    }
    if (l->last > range->last) {
        behind.first = range->last + 1;
        if (l->first >= range->first) {
            lock_remove(link);
            lock_add(node, &behind);
            return true;
        }
        lock_add(node, &behind); /* comes later in the list, and is not cut */
    }
    l->last = range->first - 1;
    return false;
}

static bool adjoin(const struct lock *a, const struct lock *b)
{
    return (a->last < b->first && a->last + 1 == b->first) ||
           (b->last < a->first && b->last + 1 == a->first);
}

void lock_clear(struct node *node, const struct lock *range)
{
    for (struct lock **link = &node->locks; *link != NULL;)
        if (!is_same_owner(*link, range) || !overlap(*link, range) || !lock_cut(node, link, range))
            link = &(*link)->next;
}

void lock_set(struct node *node, const struct lock *wanted)
{
    struct lock all = *wanted;

    lock_clear(node, wanted);
    for (struct lock **link = &node->locks; *link != NULL;) {
        const struct lock *l = *link;
        if (!is_same_owner(l, &all) || l->write != all.write || !adjoin(l, &all)) {
            link = &(*link)->next;
            continue;
        }
        all.first = l->first < all.first ? l->first : all.first;
        all.last = l->last > all.last ? l->last : all.last;
        lock_remove(link);
    }
    lock_add(node, &all);
}

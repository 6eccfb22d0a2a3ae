/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of files, set and cleared at random and compared with a byte for each byte: FLK-1, FLK-2.
 */
#include "node.h"

#include <base/number.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 24, OWNERS = 4, STEPS = 200000, PAGES = 64 };

static char memory[PAGES * MEMORY_PAGE] __attribute__((aligned(4096)));
static struct node node;
static char model[OWNERS][BYTES]; /* 'r', 'w' or 0 */
static uint64_t seed = 1;

static unsigned any(unsigned below)
{
    return (unsigned)(number_mix(++seed) % below);
}

static void failed(const char *what)
{
    printf("not ok 1 - %s\n1..1\n", what);
    exit(1);
}

static struct lock one(unsigned owner, unsigned first, unsigned last, bool write)
{
    static const char files[2];

    return (struct lock){ .write = write,
                          .first = first,
                          .last = last == BYTES - 1 ? INT64_MAX : last,
                          .owner = owner < 2 ? &files[owner] : NULL,
                          .session = owner < 2 ? 0 : owner };
}

static bool model_in_way(unsigned owner, unsigned first, unsigned last, bool write)
{
    for (unsigned o = 0; o < OWNERS; o++)
        for (unsigned b = first; b <= last && o != owner; b++)
            if (model[o][b] == 'w' || (model[o][b] == 'r' && write))
                return true;
    return false;
}

/* What the list says of a byte, and how often. */
static void compare(unsigned owner)
{
    const struct lock who = one(owner, 0, 0, false);
    char seen[BYTES] = { 0 };
    int64_t begin = -1;

    for (const struct lock *l = node.locks; l != NULL; l = l->next) {
        if (l->first < begin)
            failed("locks are in order");
        begin = l->first;
        if (l->owner != who.owner || l->session != who.session)
            continue;
        for (int64_t b = l->first; b < BYTES && b <= l->last; b++) {
            if (seen[b] != 0)
                failed("of an owner no two overlap");
            seen[b] = l->write ? 'w' : 'r';
        }
        for (const struct lock *m = l->next; m != NULL; m = m->next)
            if (m->owner == l->owner && m->session == l->session && m->write == l->write &&
                l->last != INT64_MAX && m->first == l->last + 1)
                failed("of a kind no two adjoin");
    }
    if (memcmp(seen, model[owner], BYTES) != 0)
        failed("bytes are locked as was asked for");
}

static void step(void)
{
    unsigned owner = any(OWNERS), first = any(BYTES), last = first + any(BYTES - first);
    bool write = any(2) == 1, clears = any(3) == 0;
    struct lock l = one(owner, first, last, write);

    if (lock_reserve(&node, &l, clears) != 0)
        failed("there is room");
    if (clears) {
        lock_clear(&node, &l);
        memset(&model[owner][first], 0, last - first + 1);
    } else if ((lock_in_way(&node, &l) != NULL) != model_in_way(owner, first, last, write)) {
        failed("who is in the way");
    } else if (lock_in_way(&node, &l) == NULL) {
        lock_set(&node, &l);
        memset(&model[owner][first], write ? 'w' : 'r', last - first + 1);
    }
    compare(owner);
}

int main(void)
{
    memory_open(memory, sizeof memory, NULL);
    for (unsigned i = 0; i < STEPS; i++)
        step();
    for (unsigned owner = 0; owner < OWNERS; owner++) {
        const struct lock all = one(owner, 0, BYTES - 1, false);
        lock_clear(&node, &all);
    }
    if (node.locks != NULL)
        failed("all are gone in the end");
    puts("ok 1 - ranges of locks are what was asked for\n1..1");
    return 0;
}

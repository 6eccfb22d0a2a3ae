/* SPDX-License-Identifier: BSD-2-Clause */
#include "region.h"

#include <stddef.h>

#include "array.h"
#include "backing.h"
#include "own.h"

static struct array all = { .array = OWN_REGIONS, .bytes = sizeof(struct region), .least = 1 };
static unsigned in_use;

static struct region *region_new(void)
{
    if (in_use == REGIONS_MAX)
        return NULL;
    array_grow(&all);
    struct region *r = array_get(&all);
    in_use += r != NULL;
    return r;
}

static void region_end(struct regions *list, struct region *r)
{
    if ((r->flags & REGION_SYSTEM) == 0)
        list->bytes -= r->end - r->begin;
    list->count--;
    if (r->file != NULL)
        backing_drop(r->file);
    array_put(&all, r);
    in_use--;
}

unsigned regions_count(void)
{
    return in_use;
}

struct region *region_from(const struct regions *list, uint64_t address)
{
    struct region *r = list->first;

    while (r != NULL && r->end <= address)
        r = r->next;
    return r;
}

struct region *region_of(const struct regions *list, uint64_t address)
{
    struct region *r = region_from(list, address);

    return r != NULL && r->begin <= address ? r : NULL;
}

static bool is_counted(const struct region *r, bool data)
{
    if ((r->flags & REGION_SYSTEM) != 0)
        return false;
    return !data ||
           ((r->flags & (REGION_SHARED | REGION_GROWS)) == 0 && (r->rights & RIGHT_WRITE) != 0);
}

uint64_t region_bytes(const struct regions *list, uint64_t begin, uint64_t end, bool data)
{
    uint64_t sum = 0;

    for (const struct region *r = region_from(list, begin); r != NULL && r->begin < end;
         r = r->next)
        if (is_counted(r, data))
            sum += (r->end < end ? r->end : end) - (r->begin > begin ? r->begin : begin);
    return sum;
}

bool region_is_free(const struct regions *list, uint64_t begin, uint64_t end)
{
    const struct region *r = region_from(list, begin);

    return r == NULL || r->begin >= end;
}

uint64_t region_find(const struct regions *list, uint64_t bytes, uint64_t least, uint64_t below)
{
    uint64_t best = 0, hole = least;

    for (const struct region *r = list->first; r != NULL && hole < below; r = r->next) {
        uint64_t end = r->begin < below ? r->begin : below;
        if (end > hole && end - hole >= bytes)
            best = end - bytes;
        if (r->end > hole)
            hole = r->end;
    }
    return below > hole && below - hole >= bytes ? below - bytes : best;
}

/* Whether b goes on where a ends, in every way. */
static bool continues(const struct region *a, const struct region *b)
{
    return a->end == b->begin && a->rights == b->rights && a->flags == b->flags &&
           a->file == NULL && b->file == NULL && (a->flags & (REGION_GROWS | REGION_SYSTEM)) == 0;
}

static void join_next(struct regions *list, struct region *r)
{
    struct region *next = r->next;

    if (next == NULL || !continues(r, next))
        return;
    list->bytes += next->end - next->begin; /* which region_end() takes off */
    r->end = next->end;
    r->next = next->next;
    region_end(list, next);
}

struct region *region_add(struct regions *list, struct region what)
{
    struct region **link = &list->first, *before = NULL, *r = region_new();

    if (r == NULL)
        return NULL;
    while (*link != NULL && (*link)->begin < what.begin) {
        before = *link;
        link = &(*link)->next;
    }
    *r = what;
    r->next = *link;
    *link = r;
    list->count++;
    if (r->file != NULL)
        backing_keep(r->file);
    if ((r->flags & REGION_SYSTEM) == 0)
        list->bytes += r->end - r->begin;
    join_next(list, r);
    if (before != NULL && continues(before, r)) {
        join_next(list, before);
        return before;
    }
    return r;
}

bool region_split(struct regions *list, uint64_t address)
{
    struct region *r = region_of(list, address), *rest;

    if (r == NULL || r->begin == address)
        return true;
    rest = region_new();
    if (rest == NULL)
        return false;
    list->count++;
    uint64_t bytes = address - r->begin;
    *rest = *r;
    rest->begin = address;
    rest->offset += bytes;
    rest->file_bytes -= rest->file_bytes < bytes ? rest->file_bytes : bytes;
    rest->flags &= (uint8_t)~REGION_GROWS; /* it is not the lowest any more */
    r->end = address;
    if (r->file_bytes > bytes)
        r->file_bytes = bytes;
    r->next = rest;
    if (rest->file != NULL)
        backing_keep(rest->file);
    return true;
}

void region_remove(struct regions *list, uint64_t begin, uint64_t end)
{
    struct region **link = &list->first;

    while (*link != NULL) {
        struct region *r = *link;
        if (r->begin >= begin && r->end <= end) {
            *link = r->next;
            region_end(list, r);
        } else {
            link = &r->next;
        }
    }
}

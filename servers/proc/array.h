/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structures of our own of one size, in an array that grows a page at a time and stays (own.h).
 * What such a page is mapped with may be of the same kind: so there are some before the array is
 * there, and it grows before the last ones are used.
 */
#pragma once

#include "own.h"

struct array {
    enum own_array array;
    unsigned bytes, early, least; /* of one; so many come first, in `first`; when it grows */
    char *first;
    unsigned used, room, pages;
    bool grows;
    void *spare; /* each has the next one in its first bytes */
};

/* How one begins: which array, those that come first, and how many are left when it grows. */
#define ARRAY(array_, items, least_)                                                               \
    {                                                                                              \
        .array = (array_), .bytes = sizeof(items)[0], .early = sizeof(items) / sizeof(items)[0],   \
        .least = (least_), .first = (char *)(items), .room = sizeof(items) / sizeof(items)[0],     \
    }

/** Grow if it is time; not while it does. */
void array_grow(struct array *p);

/** One of them, with anything in it; NULL: there is none. */
void *array_get(struct array *p);

void array_put(struct array *p, void *item);

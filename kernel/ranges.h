/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of physical addresses, as sorted, disjoint ranges. Used while booting only. A set that has
 * no room for one more range loses the smallest, which is memory nobody gets.
 */
#pragma once

#include "types.h"

#define RANGES_MAX 128u

struct phys_range {
    paddr_t start, end; /* end exclusive */
};

struct range_list {
    /* sorted, disjoint, none empty, none touch; one more than stays */
    struct phys_range range[RANGES_MAX + 1];
    unsigned count;
    word_t lost_bytes; /* of ranges it had no room for */
};

/* Add start..end (nothing if it is empty), merging. */
void ranges_add(struct range_list *list, paddr_t start, paddr_t end);

/* Take start..end out (nothing if it is empty). */
void ranges_remove(struct range_list *list, paddr_t start, paddr_t end);

/*
 * Take size_bytes, aligned to 2^align_bits, from the lowest range where they end at or below
 * `limit`. False: there is no such place.
 */
bool MUST_CHECK ranges_take(struct range_list *list, word_t size_bytes, unsigned align_bits,
                            paddr_t limit, paddr_t *out);

/* Is all of start..end in the set? */
bool ranges_contain(const struct range_list *list, paddr_t start, paddr_t end);

/* How many bytes are in the set. */
word_t ranges_size(const struct range_list *list);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of files that were mapped, kept for the next who maps them: programs and what they link. A
 * page here is one user of its frame, so whoever writes to it gets a copy.
 *
 * CCH-1: a file here is one that has not changed: what is kept of it goes when its identity does.
 */
#pragma once

#include <stddef.h>

#include "objects.h"

/* What a file was when it was opened: another of any of these is another file. */
struct cache_identity {
    uint64_t node, bytes;
    int64_t changed_ns;
};

enum { CACHE_NONE = 0 };

/** The number of a file in the cache, which is used once more; CACHE_NONE: there is no room. */
unsigned cache_open(const struct cache_identity *identity);
void cache_close(unsigned file);

/** The frame of a page of a file, 0: it is not here. The caller gets no use of it. */
frame_t cache_find(unsigned file, uint64_t page);

/** Keep a page, which gets another user, if there is room. */
void cache_keep(unsigned file, uint64_t page, frame_t frame);

/** Let go of pages that nobody else uses. @return whether there were any */
bool cache_shrink(void);

/** Bytes in it. */
uint64_t cache_bytes(void);

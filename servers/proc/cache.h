/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of files that memfs has lent us, so that processes that map them share them with each
 * other and with read() and write(). They lie in lines: slots side by side (lent_run()) for pages
 * side by side. A line goes when another file needs it; whatever is mapped of it stays mapped.
 *
 * CCH-1: the slot of a page that is not known is empty. That of one that is known holds this page,
 *        or is empty as well: then the file has lost it, for memfs takes back what it needs itself.
 */
#pragma once

#include "objects.h"

enum { CACHE_LINE = 16 }; /* pages */

/** Begin. @return NULL, or what is missing */
const char *cache_open(void);

/** Who to ask, and for which file. */
struct cached {
    uint64_t node;
    uint32_t handle; /* of our own session with memfs */
};

/**
 * A page of a file, which is lent if it was not yet, and made, for a job, if the file has a hole
 * there.
 *
 * @param slot  out: where it is (lent_run())
 * @return 0; ENXIO: it is behind the end; ENOSPC, EDQUOT; EIO
 */
int cache_page(const struct cached *file, uint64_t page, unsigned job, unsigned *slot);

/** How many pages are known side by side, from the one in a slot on, and before it. */
unsigned cache_behind(unsigned slot);
unsigned cache_before(unsigned slot);

/** What is in a slot turned out to be gone. */
void cache_forget(unsigned slot);

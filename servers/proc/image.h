/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The personality: the image in every process in which its Linux system calls are served. It comes
 * out of the boot archive and its frames are shared by all.
 */
#pragma once

#include <ipc/unix.h>

#include "space.h"

struct image_range {
    uint64_t begin, end, goes_on;
};

enum { IMAGE_RANGES_MAX = 8 };

struct image {
    uint64_t upcall;
    struct unix_entries entry;
    unsigned fixups, restarts;
    struct image_range fixup[IMAGE_RANGES_MAX], restart[IMAGE_RANGES_MAX];
    uint64_t fixups_at[2]; /* where struct process_fixup are: begin, end */
    uint64_t seldom[2];    /* pages that most processes do not touch: begin, end */
    uint64_t bytes;
};

extern struct image image;

/** Read it. @return NULL, or what is wrong with it */
const char *image_open(void);

/** Map it. False: no memory. */
bool image_map(struct space *s);

/** Whether an address is in it. */
bool image_has(uint64_t address);

/** Where a thread goes on that has faulted at this instruction; 0: it may not fault. */
uint64_t image_fixup(uint64_t address);

/** Where one goes on that is to look at `pending` once more; 0: where it is. */
uint64_t image_restart(uint64_t address);

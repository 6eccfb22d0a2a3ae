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
    uint64_t seldom[2]; /* pages that most processes do not touch: begin, end */
    uint64_t bytes;
};

extern struct image image;

/** Read it. @return NULL, or what is wrong with it */
const char *image_open(void);

/** Map it. False: no memory. */
bool image_map(struct space *s);

/** Whether an address is in it. */
bool image_has(uint64_t address);

/** Where an instruction is in one of the ranges goes on; 0: it is in none. */
uint64_t image_fixup(uint64_t address);
uint64_t image_restart(uint64_t address);

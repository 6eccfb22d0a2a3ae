/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses a process has, for what: its mappings, in order, none of which overlap.
 *
 * RGN-1: a page has a frame only if it lies in a region.
 */
#pragma once

#include "space.h"

enum { RIGHT_READ = 1, RIGHT_WRITE = 2, RIGHT_EXECUTE = 4, RIGHT_ALL = 7 };

enum region_flag {
    REGION_SHARED = 1, /* written pages are seen by all who share it */
    REGION_GROWS = 2,  /* downwards, when touched below */
    REGION_SYSTEM = 4, /* belongs to the system: programs can't change it */
    REGION_HEAP = 8,   /* brk() */
    REGION_READ = 16,  /* shared of a file that is not open to be written: never writable */
};

enum { REGIONS_MAX = 8192 }; /* of all processes together */

struct backing; /* backing.h */

struct region {
    struct region *next;
    uint64_t begin, end;
    uint64_t offset;      /* in the file, of `begin` */
    uint64_t file_bytes;  /* of the region, from `begin` on, come from the file: behind are zeros */
    struct backing *file; /* NULL: anonymous */
    uint8_t rights, flags;
};

struct regions {
    struct region *first;
    uint64_t bytes; /* of all but the system's */
    unsigned count;
};

/** The region that has an address, or the first behind it; NULL: none. */
struct region *region_from(const struct regions *r, uint64_t address);

/** The region of an address, or NULL. */
struct region *region_of(const struct regions *r, uint64_t address);

/** Bytes of a range that programs have; or of their data alone: private, and to be written. */
uint64_t region_bytes(const struct regions *r, uint64_t begin, uint64_t end, bool data);

/** Whether nothing is in a range. */
bool region_is_free(const struct regions *r, uint64_t begin, uint64_t end);

/** The highest free range of so many bytes below an address, above `least`; 0: there is none. */
uint64_t region_find(const struct regions *r, uint64_t bytes, uint64_t least, uint64_t below);

/** Add one where nothing is; neighbours that continue each other become one. NULL: no memory. */
struct region *region_add(struct regions *r, struct region what);

/** Cut regions so that one begins at an address, if any is there. False: no memory. */
bool region_split(struct regions *r, uint64_t address);

/** Regions of all processes. */
unsigned regions_count(void);

/** Take away what is between two addresses, where region_split() has cut. */
void region_remove(struct regions *r, uint64_t begin, uint64_t end);

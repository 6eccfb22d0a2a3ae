/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: which frame is at which page, and with which rights. A space has chunks of 64
 * pages; each has a CNode whose slot n holds the capability that page n is mapped through, so that
 * runs of pages are shared and taken away in one system call.
 *
 * SPC-1: a page with a frame is one of the frame's users. It is mapped exactly when PAGE_MAPPED is
 *        set, and then its slot holds the capability; else the slot is empty.
 * SPC-2: PAGE_WRITABLE: it is mapped writable; so nobody else has it, or all who have it share it.
 * SPC-3: PAGE_FILE: it is a page of a file, which memfs has lent us, or, in a mirror, any page
 *        that another space maps. There is no frame of ours, and it is always mapped; but if the
 *        file has lost it, its slot is empty.
 * SPC-4: what a mirror has below PROCESS_SYSTEM_ADDR the space whose mirror it is maps at the same
 *        address, and no less writable: what that unmaps or protects goes from its mirrors.
 */
#pragma once

#include "objects.h"

enum {
    PAGE_FRAME = 0xffffff,
    PAGE_MAPPED = 1 << 24,
    PAGE_WRITABLE = 1 << 25,
    PAGE_KEPT = 1 << 26, /* belongs to this process alone: fork does not look at it */
    PAGE_FILE = 1 << 27,
    PAGE_HOT = 1 << 28, /* was written after a fork had shared it: it will be again */
};

struct chunk {
    struct chunk *next; /* in order of addresses */
    uint64_t base;      /* address of the first page */
    uint64_t there;     /* bit n: page n is not 0 */
    unsigned number;    /* of its CNode */
    uint8_t job;        /* that it counts for */
    /* CHUNK_PAGES, as far as they are there; of chunks with files' pages to read alone, the same */
    uint32_t *page;
};

/** A page of a chunk. */
static inline uint32_t chunk_page(const struct chunk *c, unsigned n)
{
    return (c->there >> n & 1) != 0 ? c->page[n] : 0;
}
_Static_assert(CHUNK_PAGES == 64, "bits of `there`");

struct table {
    struct table *next;
    uint64_t address;
    uint16_t object;
    uint8_t kind, job;
};

struct space {
    seL4_CPtr vspace;
    uint8_t job;                 /* that chunks and tables count for, but the system's */
    struct chunk *chunks, *last; /* `last`: where something was found last */
    struct table *tables;
    unsigned table_count;
    uint64_t resident;                   /* pages with frames */
    struct space *mirrors, *next_mirror; /* lend.h: who sees this one's pages */
};

/** Begin an address space. False: no memory. */
bool pages_open(struct space *s);

/** The chunk of an address, or NULL. */
struct chunk *pages_chunk(struct space *s, uint64_t address);

/** The page at an address, 0: nothing is there. */
uint32_t pages_page(struct space *s, uint64_t address);

/**
 * Put a frame at a page that has none, and map it. The caller's use of it becomes the page's.
 *
 * @param rights  READ, WRITE, EXECUTE as in mmap(2); none: it is there, but not mapped
 * @return false: no memory; nothing is changed
 */
bool pages_put(struct space *s, uint64_t address, frame_t frame, unsigned rights);

/**
 * Map pages of a file where none are: as many of a run as lie in one chunk and can be.
 *
 * @return `done` of them; if none, `why` is MYELIN_FRAMES_NO_FRAME (the first one is gone), or else
 *         there is no memory
 */
myelin_RunResult pages_put_file(struct space *s, uint64_t address, myelin_Run from,
                                unsigned rights);

/** Map frames through capabilities of the caller's, beside the pages that a space knows of. */
bool pages_map_run(struct space *s, myelin_Run from, myelin_Run to, uint64_t address,
                   unsigned rights);

/** The slot through which a page is mapped. */
myelin_Run pages_slot(struct space *s, uint64_t address);

/** Let a page be this space's alone. */
void pages_keep(struct space *s, uint64_t address);

/** Map a page that has a frame but is not mapped, or is mapped with fewer rights. */
bool pages_map(struct space *s, uint64_t address, unsigned rights);

/** Mark a page as written after a fork. */
void pages_heat(struct space *s, uint64_t address);

/** Put another frame in the place of a page's, which loses a user. As pages_put(). */
bool pages_replace(struct space *s, uint64_t address, frame_t frame, unsigned rights);

/** Unmap pages, whose frames stay theirs; those of files are taken away. */
void pages_unmap(struct space *s, uint64_t from, uint64_t to);

/** Take pages away. */
void pages_take(struct space *s, uint64_t from, uint64_t to);

/**
 * Let `to` have what `from` has in a range. Private: pages become read-only on both sides, but for
 * some that are hot, of which `to` gets copies: a fault on either side would cost more.
 *
 * @param rights  with which they are mapped in `to`, but for WRITE of what both have when private
 * @return false: no memory; some pages may be there already
 */
bool pages_share(struct space *from, struct space *to, uint64_t first, uint64_t end,
                 unsigned rights, bool private);

/** Move pages to other addresses, where nothing is. False: no memory; nothing is changed. */
bool pages_move(struct space *s, uint64_t from, uint64_t to, uint64_t bytes);

/** Whether no page is where a table of a space leads to: it is kept for the next ones. */
bool table_is_idle(const struct space *s, const struct table *t);

/** Such tables that were made for addresses of a range go back. */
void tables_trim(struct space *s, uint64_t from, uint64_t to);

/** Page tables of all spaces that are in use. */
unsigned tables_count(void);

/** Tables that stay count for no job any more. */
void tables_disown(struct space *s);

/** Everything goes back. */
void pages_close(struct space *s);

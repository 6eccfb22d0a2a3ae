/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that files are in: pages, and small pieces cut from pages. All of it is one range of
 * addresses given at the start, so what is left is known and nothing else runs out. Taking and
 * giving back cost the same whatever is in use.
 *
 * Beside that range there are pages that files have from the start on, which are lent and never
 * written to (foreign ones).
 *
 * MEM-1: a page that was lent (others have it mapped) is taken back before it is used again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_PAGE = 4096,
    MEMORY_PIECE_MAX = 640, /* bytes of a piece at most */
    MEMORY_PAGES_MAX = 65536,
};

/** How a range is made of memory, page by page from its begin on, and who else has it. */
struct memory_source {
    /* Let there be more from this address on. How many bytes, whole pages; 0: there is none. */
    size_t (*more)(void *at);
    /* Nobody else has this page any more. */
    void (*take_back)(void *page);
};

/**
 * Use this range. `at` is at a page, `bytes` whole pages, at most MEMORY_PAGES_MAX.
 *
 * @param source  NULL: all of it is there, and nothing is ever lent
 */
void memory_open(void *at, size_t bytes, const struct memory_source *source);

/** A page, not zeroed. NULL: none is left. */
void *memory_page(void);
void memory_page_free(void *page);

/** Is it none of the range? */
bool memory_is_foreign(const void *page);

/** Others have the page from now on (MEM-1). */
void memory_lend(const void *page);

/** A piece of at least so many bytes, 1 to MEMORY_PIECE_MAX, not zeroed. NULL: none is left. */
void *memory_piece(size_t bytes);
void memory_piece_free(void *piece);

/** Pages there are, and those that are free. */
uint64_t memory_pages(void);
uint64_t memory_pages_free(void);

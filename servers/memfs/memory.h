/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that files are in: pages, and small pieces cut from pages. All of it is one range
 * given at the start, so what is left is known and nothing else runs out. Taking and giving back
 * cost the same whatever is in use.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_PAGE = 4096,
    MEMORY_PIECE_MAX = 640, /* bytes of a piece at most */
};

/** Use this range. `at` is at a page, `bytes` whole pages. */
void memory_open(void *at, size_t bytes);

/** A page, not zeroed. NULL: none is left. */
void *memory_page(void);
void memory_page_free(void *page);

/** A piece of at least so many bytes, 1 to MEMORY_PIECE_MAX, not zeroed. NULL: none is left. */
void *memory_piece(size_t bytes);
void memory_piece_free(void *piece);

/** Pages there are, and those that are free. */
uint64_t memory_pages(void);
uint64_t memory_pages_free(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of the process's heap region and what they may be used for. All but heap_enter() need
 * the heap's lock.
 */
#pragma once

#include "state.h"

enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

/** Take the heap's lock; heap_leave() drops it. */
struct heap *heap_enter(void);
void heap_leave(struct heap *heap);

/** How many pages the brk area has. */
uint64_t heap_brk_pages(const struct heap *heap);

/**
 * Page number and count of a range, the last page rounded up.
 *
 * @return false when it is not in the region, empty, or does not begin with a page
 */
bool heap_range(const struct heap *heap, uint64_t address, uint64_t bytes, uint64_t *first,
                uint64_t *count);

/** Whether the program has all, or any, of these pages: by brk or mmap. */
bool heap_has_all(const struct heap *heap, uint64_t first, uint64_t count);
bool heap_has_any(const struct heap *heap, uint64_t first, uint64_t count);

/** First page of the highest run of `count` free pages; heap->pages: there is none. */
uint64_t heap_find(const struct heap *heap, uint64_t count);

/** Give these pages out: zeroed, with these rights. False: init refused. */
bool heap_give(struct heap *heap, uint64_t first, uint64_t count, unsigned rights);

/** Take them back; nothing can be read there any more. */
bool heap_take(struct heap *heap, uint64_t first, uint64_t count);

/** Change the rights of pages. False: init refused. */
bool heap_set_rights(struct heap *heap, uint64_t first, uint64_t count, unsigned rights);

/** Make pages all zero, whatever the program may do with them. */
bool heap_clear(struct heap *heap, uint64_t first, uint64_t count);

/** Rights of one page. */
unsigned heap_rights(const struct heap *heap, uint64_t page);

static inline uint64_t heap_address(const struct heap *heap, uint64_t page)
{
    return heap->base + page * PAGE;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one heap region init has mapped. brk grows from its start, mmap takes pages from its end;
 * where they meet, the answer is ENOMEM. Nothing here sends a message, except to change what a page
 * may be used for: only init can do that.
 *
 *   | brk area ->            free              <- mapped pages |
 *   base                                               base + bytes
 *
 * MEM-1: a page of the brk area is not marked used.   MEM-2: a page neither given out nor dirty is
 * all zero.   MEM-3: what was given out and taken back can't be touched.
 */
#include "memory.h"

#include <idl/init.h>

#include "space.h"

static bool set_has(const struct page_set *set, uint64_t page)
{
    return (set->bits[page / 64] >> (page % 64) & 1) != 0;
}

static void set_put(struct page_set *set, uint64_t page, bool member)
{
    uint64_t bit = 1ull << (page % 64);

    set->bits[page / 64] = member ? set->bits[page / 64] | bit : set->bits[page / 64] & ~bit;
}

struct heap *heap_enter(void)
{
    struct heap *heap = &linux_state()->heap;

    linux_lock_take(&heap->lock);
    if (heap->ready)
        return heap;
    heap->base = process_info()->heap_base;
    heap->pages = process_info()->heap_bytes / PAGE;
    if (heap->pages > HEAP_PAGES_MAX)
        heap->pages = HEAP_PAGES_MAX;
    heap->brk = heap->base;
    heap->ready = true;
    return heap;
}

void heap_leave(struct heap *heap)
{
    linux_lock_drop(&heap->lock);
}

uint64_t heap_brk_pages(const struct heap *heap)
{
    return (heap->brk - heap->base + PAGE - 1) / PAGE;
}

bool heap_range(const struct heap *heap, uint64_t address, uint64_t bytes, uint64_t *first,
                uint64_t *count)
{
    if (address % PAGE != 0 || address < heap->base || bytes == 0 || bytes > heap->pages * PAGE)
        return false;
    *first = (address - heap->base) / PAGE;
    *count = (bytes + PAGE - 1) / PAGE;
    return *first <= heap->pages && *count <= heap->pages - *first;
}

static bool page_given(const struct heap *heap, uint64_t page)
{
    return page < heap_brk_pages(heap) || set_has(&heap->used, page);
}

bool heap_has_all(const struct heap *heap, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++)
        if (!page_given(heap, i))
            return false;
    return true;
}

bool heap_has_any(const struct heap *heap, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++)
        if (page_given(heap, i))
            return true;
    return false;
}

uint64_t heap_find(const struct heap *heap, uint64_t count)
{
    uint64_t low = heap_brk_pages(heap), run = 0;

    for (uint64_t i = heap->pages; i-- > low;) {
        run = set_has(&heap->used, i) ? 0 : run + 1;
        if (run == count)
            return i;
    }
    return heap->pages;
}

unsigned heap_rights(const struct heap *heap, uint64_t page)
{
    return (set_has(&heap->no_read, page) ? 0u : PROT_READ) |
           (set_has(&heap->no_write, page) ? 0u : PROT_WRITE);
}

/*
 * Ask init to change what the pages may be used for; false when it refuses. Who handles a request
 * has it yet after malloc().
 */
static bool pages_protect(struct heap *heap, uint64_t first, uint64_t count, unsigned rights)
{
    struct call_kept request;

    call_keep(&request);
    int error =
        init_protect((struct init){ SLOT_INIT }, heap_address(heap, first), count * PAGE, rights);
    call_put_back(&request);
    if (error != 0)
        return false;
    for (uint64_t i = first; i < first + count; i++) {
        set_put(&heap->no_read, i, rights == 0);
        set_put(&heap->no_write, i, (rights & PROT_WRITE) == 0);
    }
    return true;
}

bool heap_set_rights(struct heap *heap, uint64_t first, uint64_t count, unsigned rights)
{
    /* The processor has no page that can be written and not read. */
    unsigned real = (rights & PROT_WRITE) != 0 ? PROT_READ | PROT_WRITE : rights & PROT_READ;

    for (uint64_t i = first; i < first + count; i++)
        if (heap_rights(heap, i) != real)
            return pages_protect(heap, first, count, real);
    return true;
}

bool heap_clear(struct heap *heap, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        unsigned rights = heap_rights(heap, i);
        if (!heap_set_rights(heap, i, 1, PROT_READ | PROT_WRITE))
            return false;
        (void)linux_user_zero((void *)heap_address(heap, i), PAGE);
        if (!heap_set_rights(heap, i, 1, rights))
            return false;
    }
    return true;
}

bool heap_give(struct heap *heap, uint64_t first, uint64_t count, unsigned rights)
{
    if (!heap_set_rights(heap, first, count, PROT_READ | PROT_WRITE))
        return false;
    for (uint64_t i = first; i < first + count; i++) {
        if (set_has(&heap->dirty, i))
            (void)linux_user_zero((void *)heap_address(heap, i), PAGE);
        set_put(&heap->dirty, i, true);
        if (i >= heap_brk_pages(heap))
            set_put(&heap->used, i, true);
    }
    return heap_set_rights(heap, first, count, rights);
}

bool heap_take(struct heap *heap, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++)
        set_put(&heap->used, i, false);
    return heap_set_rights(heap, first, count, 0);
}

/*
 * The brk area while it is moved to `wanted`: MEM-1 wants its new pages given to it, and not to
 * mmap.
 */
static bool brk_move(struct heap *heap, uint64_t wanted)
{
    uint64_t old = heap_brk_pages(heap), before = heap->brk,
             now = (wanted - heap->base + PAGE - 1) / PAGE;

    if (now > old && heap_has_any(heap, old, now - old))
        return false;
    heap->brk = wanted;
    bool done = now > old ? heap_give(heap, old, now - old, PROT_READ | PROT_WRITE)
                          : heap_take(heap, now, old - now);
    if (!done)
        heap->brk = before;
    return done;
}

long linux_brk(uaddr_t end)
{
    if (linux_is_process())
        return space_brk(end);
    struct heap *heap = heap_enter();
    uint64_t limit = heap->base + heap->pages * PAGE;

    if (end.value >= heap->base && end.value <= limit)
        (void)brk_move(heap, end.value);
    long result = (long)heap->brk;
    heap_leave(heap);
    return result;
}

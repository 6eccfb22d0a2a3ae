/* SPDX-License-Identifier: BSD-2-Clause
 *
 * brk, mmap and their kin inside the one heap region init has mapped. brk grows from its start, mmap takes pages from
 * its end; where they meet, the answer is ENOMEM. Nothing here sends a message, except to change what a page may
 * be used for: only init can do that.
 *
 *   | brk area ->            free              <- mapped pages |
 *   base                                               base + bytes
 *
 * MEM-1: a page of the brk area is not marked used.   MEM-2: a page not used and not dirty is all zero.
 */
#include <ipc/init.h>

#include "personality.h"

enum { PAGE = 4096, PAGES_MAX = 16384 };                /* 64 MiB */
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_FIXED_NOREPLACE = 0x100000 };

struct page_set {
    uint64_t bits[PAGES_MAX / 64];
};

static struct {
    struct linux_lock lock;
    bool     ready;
    uint64_t base;              /* first byte of the region */
    uint64_t pages;             /* its length */
    uint64_t brk;               /* first byte after the brk area */
    struct page_set used;       /* pages given out by mmap */
    struct page_set dirty;      /* pages that may hold something */
    struct page_set special;    /* pages mapped otherwise than read-write */
} heap;

static bool set_has(const struct page_set *set, uint64_t page)
{
    return (set->bits[page / 64] >> (page % 64) & 1) != 0;
}

static void set_add(struct page_set *set, uint64_t page)
{
    set->bits[page / 64] |= 1ull << (page % 64);
}

static void set_remove(struct page_set *set, uint64_t page)
{
    set->bits[page / 64] &= ~(1ull << (page % 64));
}

static void heap_prepare(void)
{
    if (heap.ready)
        return;
    heap.base = process_info()->heap_base;
    heap.pages = process_info()->heap_bytes / PAGE;
    if (heap.pages > PAGES_MAX)
        heap.pages = PAGES_MAX;
    heap.brk = heap.base;
    heap.ready = true;
}

static uint64_t brk_pages(void)
{
    return (heap.brk - heap.base + PAGE - 1) / PAGE;
}

static void zero(uint64_t address, uint64_t bytes)
{
    void *at = (void *)address;
    uint64_t words = bytes / 8;

    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0ul) : "memory");
}

/* Ask init to change what the pages may be used for; false when it refuses. */
static bool pages_protect(uint64_t first, uint64_t count, unsigned rights)
{
    seL4_IPCBuffer *buf = ipc_buffer();

    buf->msg[0] = heap.base + first * PAGE;
    buf->msg[1] = count * PAGE;
    buf->msg[2] = rights;
    if (ipc_call(buf, SLOT_INIT, INIT_PROTECT, 3, NULL) != IPC_OK)
        return false;
    for (uint64_t i = first; i < first + count; i++)
        if (rights == (PROT_READ | PROT_WRITE))
            set_remove(&heap.special, i);
        else
            set_add(&heap.special, i);
    return true;
}

static bool pages_set_rights(uint64_t first, uint64_t count, unsigned rights)
{
    bool plain = rights == (PROT_READ | PROT_WRITE);

    for (uint64_t i = first; i < first + count; i++)
        if (!plain || set_has(&heap.special, i))
            return pages_protect(first, count, rights);
    return true;
}

/* Make the pages the process's own again: writable and all zero. */
static bool pages_clear(uint64_t first, uint64_t count)
{
    if (!pages_set_rights(first, count, PROT_READ | PROT_WRITE))
        return false;
    for (uint64_t i = first; i < first + count; i++) {
        if (set_has(&heap.dirty, i))
            zero(heap.base + i * PAGE, PAGE);
        set_add(&heap.dirty, i);
    }
    return true;
}

static void pages_mark(uint64_t first, uint64_t count, bool used)
{
    for (uint64_t i = first; i < first + count; i++)
        if (used)
            set_add(&heap.used, i);
        else
            set_remove(&heap.used, i);
}

static bool pages_unused(uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++)
        if (set_has(&heap.used, i))
            return false;
    return true;
}

static long brk_locked(uint64_t wanted)
{
    if (wanted < heap.base || wanted > heap.base + heap.pages * PAGE)
        return (long)heap.brk;

    uint64_t old = brk_pages(), now = (wanted - heap.base + PAGE - 1) / PAGE;
    if (now > old && (!pages_unused(old, now - old) || !pages_clear(old, now - old)))
        return (long)heap.brk;
    heap.brk = wanted;
    return (long)wanted;
}

long linux_brk(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    linux_lock_take(&heap.lock);
    heap_prepare();
    long result = brk_locked((uint64_t)a0);
    linux_lock_drop(&heap.lock);
    return result;
}

/* The highest run of `count` free pages, or heap.pages when there is none. */
static uint64_t pages_find(uint64_t count)
{
    uint64_t low = brk_pages(), run = 0;

    for (uint64_t i = heap.pages; i-- > low; ) {
        run = set_has(&heap.used, i) ? 0 : run + 1;
        if (run == count)
            return i;
    }
    return heap.pages;
}

/* Page number and count of a range that must lie in the region; false when it does not. */
static bool range_take(uint64_t address, uint64_t bytes, uint64_t *first, uint64_t *count)
{
    if (address % PAGE != 0 || address < heap.base || bytes == 0 || bytes > heap.pages * PAGE)
        return false;
    *first = (address - heap.base) / PAGE;
    *count = (bytes + PAGE - 1) / PAGE;
    return *first <= heap.pages && *count <= heap.pages - *first;
}

static long mmap_locked(uint64_t address, uint64_t bytes, unsigned prot, unsigned flags)
{
    uint64_t first, count;

    if (bytes == 0)
        return -LINUX_EINVAL;
    if (bytes > heap.pages * PAGE)
        return -LINUX_ENOMEM;
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
        if (!range_take(address, bytes, &first, &count) || first < brk_pages())
            return -LINUX_ENOMEM;
    } else {
        count = (bytes + PAGE - 1) / PAGE;
        first = pages_find(count);
        if (first == heap.pages)
            return -LINUX_ENOMEM;
    }

    if (!pages_clear(first, count) || !pages_set_rights(first, count, prot))
        return -LINUX_ENOMEM;
    pages_mark(first, count, true);
    return (long)(heap.base + first * PAGE);
}

long linux_mmap(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a4, (void)a5;
    if ((a2 & PROT_EXEC) != 0)
        return -LINUX_EACCES;           /* no page is ever writable and executable, at any time */
    if ((a3 & MAP_ANONYMOUS) == 0 || (a3 & MAP_SHARED) != 0)
        return -LINUX_ENOSYS;

    linux_lock_take(&heap.lock);
    heap_prepare();
    long result = mmap_locked((uint64_t)a0, (uint64_t)a1, a2 & (PROT_READ | PROT_WRITE), (unsigned)a3);
    linux_lock_drop(&heap.lock);
    return result;
}

long linux_munmap(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a2, (void)a3, (void)a4, (void)a5;
    uint64_t first, count;

    linux_lock_take(&heap.lock);
    heap_prepare();
    bool good = range_take((uint64_t)a0, (uint64_t)a1, &first, &count) && first >= brk_pages();
    if (good)
        pages_mark(first, count, false);
    linux_lock_drop(&heap.lock);
    return good ? 0 : -LINUX_EINVAL;
}

long linux_mprotect(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a3, (void)a4, (void)a5;
    uint64_t first, count;

    if ((a2 & PROT_EXEC) != 0)
        return -LINUX_EACCES;
    linux_lock_take(&heap.lock);
    heap_prepare();
    long result = -LINUX_ENOMEM;
    if (range_take((uint64_t)a0, (uint64_t)a1, &first, &count))
        result = pages_set_rights(first, count, a2 & (PROT_READ | PROT_WRITE)) ? 0 : -LINUX_EACCES;
    linux_lock_drop(&heap.lock);
    return result;
}

/* Advice may be ignored, except that DONTNEED promises zeroes afterwards. */
long linux_madvise(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { MADV_DONTNEED = 4 };
    uint64_t first, count;

    (void)a3, (void)a4, (void)a5;
    linux_lock_take(&heap.lock);
    heap_prepare();
    bool good = range_take((uint64_t)a0, (uint64_t)a1, &first, &count);
    if (good && a2 == MADV_DONTNEED)
        zero((uint64_t)a0, count * PAGE);
    linux_lock_drop(&heap.lock);
    return good ? 0 : -LINUX_EINVAL;
}

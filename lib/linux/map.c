/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap and its kin, of a process by space.c. A component's memory is private to it, so that a
 * shared mapping of no file is like a private one; of files it can map /dev/zero only. Which error
 * wins is as Linux has it: tests/system/calls.t compares.
 */
#include "files.h"
#include "memory.h"
#include "space.h"

enum {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 15,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_LEGACY = 0x7ffff, /* all that there were when MAP_SHARED_VALIDATE came */
    MAP_HUGETLB = 0x40000,
    MAP_FIXED_NOREPLACE = 0x100000,
};
enum { PROT_SEM = 8, PROT_GROWSDOWN = 0x01000000, PROT_GROWSUP = 0x02000000 };

/* The first page of a new mapping of `count` pages, or a negative error number. */
static long place_find(const struct heap *heap, uint64_t address, uint64_t count, int flags)
{
    uint64_t first;

    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0) {
        first = heap_find(heap, count);
        return first == heap->pages ? -LINUX_ENOMEM : (long)first;
    }
    if (address % PAGE != 0)
        return -LINUX_EINVAL;
    if (!heap_range(heap, address, count * PAGE, &first, &count) || first < heap_brk_pages(heap))
        return -LINUX_ENOMEM;
    if ((flags & MAP_FIXED_NOREPLACE) != 0 && heap_has_any(heap, first, count))
        return -LINUX_EEXIST;
    return (long)first;
}

static long mmap_locked(struct heap *heap, uint64_t address, uint64_t bytes, unsigned rights,
                        int flags)
{
    if (bytes > heap->pages * PAGE)
        return -LINUX_ENOMEM;
    uint64_t count = (bytes + PAGE - 1) / PAGE;
    long first = place_find(heap, address, count, flags);
    if (first < 0)
        return first;
    if (!heap_give(heap, (uint64_t)first, count, rights))
        return -LINUX_ENOMEM;
    return (long)heap_address(heap, (uint64_t)first);
}

/* What there is to say against mapping this; 0: nothing. */
static long mmap_check(int prot, int flags, int fd, size_t bytes)
{
    int type = flags & MAP_TYPE;

    if ((flags & MAP_ANONYMOUS) == 0) {
        long error = file_map_check(fd);
        if (error == -LINUX_EBADF)
            return error;
        if (type < MAP_SHARED || type > MAP_SHARED_VALIDATE || bytes == 0)
            return -LINUX_EINVAL;
        if (type == MAP_SHARED_VALIDATE && (flags & ~MAP_LEGACY) != 0)
            return -LINUX_EOPNOTSUPP;
        if (error != 0)
            return error;
    } else if ((type != MAP_SHARED && type != MAP_PRIVATE) || bytes == 0) {
        return -LINUX_EINVAL;
    }
    if ((flags & MAP_HUGETLB) != 0)
        return -LINUX_ENOMEM; /* as with no huge pages set aside */
    if ((flags & MAP_GROWSDOWN) != 0)
        return -LINUX_EOPNOTSUPP;
    return (prot & PROT_EXEC) != 0 ? -LINUX_EACCES : 0; /* no page is ever written and executed */
}

long linux_mmap(uaddr_t at, size_t bytes, int prot, int flags, int fd, unsigned long offset)
{
    if (linux_is_process())
        return space_map(at, bytes, prot, flags, fd, offset);
    if (offset % PAGE != 0)
        return -LINUX_EINVAL;
    long error = mmap_check(prot, flags, fd, bytes);
    if (error != 0)
        return error;

    struct heap *heap = heap_enter();
    long result =
        mmap_locked(heap, at.value, bytes, (unsigned)prot & (PROT_READ | PROT_WRITE), flags);
    heap_leave(heap);
    return result;
}

/* The end of a range of whole pages; false: it wraps around or is the kernel's. */
static bool range_end(uint64_t at, size_t bytes, uint64_t *end)
{
    *end = at + ((bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1));
    return *end > at && *end <= seL4_UserTop + 1 && bytes <= seL4_UserTop;
}

/* Take what is given out of a range of the region. */
static bool unmap_locked(struct heap *heap, uint64_t from, uint64_t to)
{
    bool done = true;

    while (from < to && done) {
        uint64_t page = (from - heap->base) / PAGE, run = 0;
        while (from + run * PAGE < to && heap_has_all(heap, page + run, 1))
            run++;
        done = heap_take(heap, page, run);
        from += (run + 1) * PAGE; /* the one that ended the run is not given out */
    }
    return done;
}

/*
 * What mmap gave can be unmapped. The program, its stack, the brk area stay; where nothing is there
 * is nothing to do.
 */
long linux_munmap(uaddr_t at, size_t bytes)
{
    enum { PROGRAM_LEAST = 0x10000 };
    uint64_t end;

    if (linux_is_process())
        return space_unmap(at, bytes);
    if (at.value % PAGE != 0 || !range_end(at.value, bytes, &end))
        return -LINUX_EINVAL;

    struct heap *heap = heap_enter();
    uint64_t low = heap_address(heap, heap_brk_pages(heap)), high = heap_address(heap, heap->pages);
    bool below = at.value < low && end > PROGRAM_LEAST,
         above = end > high && at.value < PROCESS_PAGED_ADDR + PROCESS_PAGED_SIZE;
    long result = -LINUX_EINVAL;
    if (!below && !above)
        result = unmap_locked(heap, at.value > low ? at.value : low, end < high ? end : high)
                     ? 0
                     : -LINUX_ENOMEM;
    heap_leave(heap);
    return result;
}

long linux_mprotect(uaddr_t at, size_t bytes, int prot)
{
    uint64_t first, count, end;

    if (linux_is_process())
        return space_protect(at, bytes, prot);
    if (at.value % PAGE != 0)
        return -LINUX_EINVAL;
    if (bytes == 0)
        return 0;
    if (!range_end(at.value, bytes, &end))
        return -LINUX_ENOMEM;
    if ((prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) != 0)
        return -LINUX_EINVAL; /* PROT_GROWSDOWN and PROT_GROWSUP: no mapping of ours grows */
    if ((prot & PROT_EXEC) != 0)
        return -LINUX_EACCES;

    struct heap *heap = heap_enter();
    long result = -LINUX_ENOMEM;
    if (heap_range(heap, at.value, bytes, &first, &count) && heap_has_all(heap, first, count))
        result = heap_set_rights(heap, first, count, (unsigned)prot & (PROT_READ | PROT_WRITE))
                     ? 0
                     : -LINUX_EACCES;
    heap_leave(heap);
    return result;
}

/* How a piece of advice is taken. */
enum advice { ADVICE_UNKNOWN, ADVICE_HELD, ADVICE_ZERO };

/*
 * Nothing is paged here and nothing is written into core files, so that most advice asks for what
 * is the case anyway. What would matter to a child of fork() is refused.
 */
static enum advice advice_of(int advice)
{
    enum {
        NORMAL,
        RANDOM,
        SEQUENTIAL,
        WILLNEED,
        DONTNEED,
        FREE = 8,
        DOFORK = 11,
        UNMERGEABLE = 13,
        NOHUGEPAGE = 15,
        DONTDUMP,
        DODUMP,
        KEEPONFORK = 19,
        COLD,
        PAGEOUT,
        POPULATE_READ,
        POPULATE_WRITE
    };

    switch (advice) {
    case NORMAL:
    case RANDOM:
    case SEQUENTIAL:
    case WILLNEED:
    case DOFORK:
    case UNMERGEABLE:
    case NOHUGEPAGE:
    case DONTDUMP:
    case DODUMP:
    case KEEPONFORK:
    case COLD:
    case PAGEOUT:
    case POPULATE_READ:
    case POPULATE_WRITE: return ADVICE_HELD;
    case DONTNEED:
    case FREE: return ADVICE_ZERO;
    default: return ADVICE_UNKNOWN;
    }
}

long linux_madvise(uaddr_t at, size_t bytes, int advice)
{
    uint64_t first, count, end;
    enum advice kind = advice_of(advice);

    if (kind == ADVICE_UNKNOWN || at.value % PAGE != 0)
        return -LINUX_EINVAL;
    if (linux_is_process())
        return space_advise(at, bytes, advice);
    if (bytes == 0)
        return 0;
    if (!range_end(at.value, bytes, &end))
        return -LINUX_EINVAL;

    struct heap *heap = heap_enter();
    long result = -LINUX_ENOMEM;
    if (heap_range(heap, at.value, bytes, &first, &count) && heap_has_all(heap, first, count))
        result = kind != ADVICE_ZERO || heap_clear(heap, first, count) ? 0 : -LINUX_ENOMEM;
    heap_leave(heap);
    return result;
}

/* Of a process, by touching it. */
static long range_there(uint64_t start, size_t bytes)
{
    uint32_t word;

    for (uint64_t page = start; page < start + bytes; page += PAGE)
        if (!user_load32(&word, (uaddr_t){ page }))
            return -LINUX_ENOMEM;
    return 0;
}

/* 0 when the program has all of this memory. */
static long range_check(uint64_t at, size_t bytes)
{
    uint64_t first, count, start = at & ~(uint64_t)(PAGE - 1), end;

    if (bytes == 0)
        return 0;
    if (linux_is_process())
        return range_there(start, bytes + (at - start));
    if (!range_end(start, bytes + (at - start), &end))
        return -LINUX_ENOMEM;
    struct heap *heap = heap_enter();
    bool has =
        heap_range(heap, start, end - start, &first, &count) && heap_has_all(heap, first, count);
    heap_leave(heap);
    return has ? 0 : -LINUX_ENOMEM;
}

/* All memory is always resident. */
long linux_mincore(uaddr_t at, size_t bytes, uaddr_t vector)
{
    static const uint8_t resident = 1;

    if (at.value % PAGE != 0)
        return -LINUX_EINVAL;
    if (!user_range(at, bytes))
        return -LINUX_ENOMEM;
    size_t pages = (bytes + PAGE - 1) / PAGE;
    if (!user_range(vector, pages))
        return -LINUX_EFAULT;
    long error = range_check(at.value, bytes);
    for (size_t i = 0; i < pages && error == 0; i++)
        if (!user_put(user_at(vector, i), &resident, 1))
            error = -LINUX_EFAULT;
    return error;
}

/* What is shared with files is their own memory: it is as synchronous as it gets. */
long linux_msync(uaddr_t at, size_t bytes, int flags)
{
    enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4, MADV_NORMAL = 0 };

    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 || at.value % PAGE != 0 ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
        return -LINUX_EINVAL;
    if (linux_is_process()) /* whether all of it is mapped; files have it already */
        return !user_range(at, bytes) ? -LINUX_ENOMEM : space_advise(at, bytes, MADV_NORMAL);
    return range_check(at.value, bytes);
}

/* ---- locking: no memory is ever taken out ---- */

long linux_mlock(uaddr_t at, size_t bytes)
{
    return range_check(at.value, bytes);
}

long linux_munlock(uaddr_t at, size_t bytes)
{
    return range_check(at.value, bytes);
}

long linux_mlock2(uaddr_t at, size_t bytes, unsigned flags)
{
    enum { MLOCK_ONFAULT = 1 };

    return (flags & ~(unsigned)MLOCK_ONFAULT) != 0 ? -LINUX_EINVAL : range_check(at.value, bytes);
}

long linux_mlockall(int flags)
{
    enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4 };

    return (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0 || flags == 0 ||
                   flags == MCL_ONFAULT
               ? -LINUX_EINVAL
               : 0;
}

long linux_munlockall(void)
{
    return 0;
}

/* ---- mremap ---- */

enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };

/* Move pages whose rights are all alike to a place that is free or may be replaced. */
static long remap_move(struct heap *heap, uint64_t from, uint64_t count, uint64_t to,
                       uint64_t wanted)
{
    unsigned rights = heap_rights(heap, from);
    uint64_t kept = count < wanted ? count : wanted;

    if (!heap_give(heap, to, wanted, PROT_READ | PROT_WRITE) ||
        !heap_set_rights(heap, from, count, PROT_READ | PROT_WRITE))
        return -LINUX_ENOMEM;
    (void)linux_user_copy((void *)heap_address(heap, to), (void *)heap_address(heap, from),
                          kept * PAGE);
    if (!heap_take(heap, from, count) || !heap_set_rights(heap, to, wanted, rights))
        return -LINUX_ENOMEM;
    return (long)heap_address(heap, to);
}

static long remap_locked(struct heap *heap, uint64_t from, uint64_t count, uint64_t wanted,
                         int flags)
{
    if (wanted == count)
        return (long)heap_address(heap, from);
    if (wanted < count)
        return heap_take(heap, from + wanted, count - wanted) ? (long)heap_address(heap, from)
                                                              : -LINUX_ENOMEM;
    if (from + wanted <= heap->pages && !heap_has_any(heap, from + count, wanted - count))
        return heap_give(heap, from + count, wanted - count, heap_rights(heap, from))
                   ? (long)heap_address(heap, from)
                   : -LINUX_ENOMEM;
    if ((flags & MREMAP_MAYMOVE) == 0)
        return -LINUX_ENOMEM;
    uint64_t to = heap_find(heap, wanted);
    return to == heap->pages ? -LINUX_ENOMEM : remap_move(heap, from, count, to, wanted);
}

static long remap_fixed(struct heap *heap, uint64_t from, uint64_t count, uint64_t to_address,
                        uint64_t wanted)
{
    uint64_t to, pages;

    if (!heap_range(heap, to_address, wanted * PAGE, &to, &pages) || to < heap_brk_pages(heap))
        return -LINUX_ENOMEM;
    return to < from + count && from < to + wanted ? -LINUX_EINVAL
                                                   : remap_move(heap, from, count, to, wanted);
}

long linux_mremap(uaddr_t at, size_t old_bytes, size_t bytes, int flags, uaddr_t to)
{
    uint64_t from, count;

    if (linux_is_process())
        return space_remap(at, old_bytes, bytes, flags, to);
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0 || at.value % PAGE != 0 || bytes == 0 ||
        !user_range(at, bytes) || old_bytes == 0 || flags == MREMAP_FIXED)
        return -LINUX_EINVAL;
    if ((flags & MREMAP_FIXED) != 0 && (to.value % PAGE != 0 || !user_range(to, bytes)))
        return -LINUX_EINVAL;

    struct heap *heap = heap_enter();
    long result = -LINUX_EFAULT;
    uint64_t wanted = (bytes + PAGE - 1) / PAGE;
    if (heap_range(heap, at.value, old_bytes, &from, &count) && from >= heap_brk_pages(heap) &&
        heap_has_all(heap, from, count))
        result = (flags & MREMAP_FIXED) != 0 ? remap_fixed(heap, from, count, to.value, wanted)
                                             : remap_locked(heap, from, count, wanted, flags);
    heap_leave(heap);
    return result;
}

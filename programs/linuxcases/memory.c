/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

enum { PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS, RW = PROT_READ | PROT_WRITE };

static char *map(size_t bytes)
{
    return mmap(NULL, bytes, RW, PRIVATE, -1, 0);
}

static void cases_mmap(char *taken)
{
    E("mmap: neither private nor shared", SYS_mmap, 0, PAGE, RW, MAP_ANONYMOUS, -1, 0);
    E("mmap: private", SYS_mmap, 0, PAGE, RW, PRIVATE, -1, 0);
    E("mmap: shared", SYS_mmap, 0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    E("mmap: type 3", SYS_mmap, 0, PAGE, RW, 3 | MAP_ANONYMOUS, -1, 0);
    E("mmap: type 4", SYS_mmap, 0, PAGE, RW, 4 | MAP_ANONYMOUS, -1, 0);
    E("mmap: odd length", SYS_mmap, 0, 5, RW, PRIVATE, -1, 0);
    E("mmap: no rights", SYS_mmap, 0, PAGE, PROT_NONE, PRIVATE, -1, 0);
    E("mmap: write only", SYS_mmap, 0, PAGE, PROT_WRITE, PRIVATE, -1, 0);
    E("mmap: executable", SYS_mmap, 0, PAGE, RW | PROT_EXEC, PRIVATE, -1, 0);
    E("mmap: unknown rights", SYS_mmap, 0, PAGE, RW | 0x100, PRIVATE, -1, 0);
    E("mmap: unknown flag", SYS_mmap, 0, PAGE, RW, PRIVATE | 0x2000000, -1, 0);
    E("mmap: stack, noreserve", SYS_mmap, 0, PAGE, RW, PRIVATE | MAP_STACK | MAP_NORESERVE, -1, 0);
    E("mmap: growing down", SYS_mmap, 0, PAGE, RW, PRIVATE | MAP_GROWSDOWN, -1, 0);
    E("mmap: huge pages, a TiB", SYS_mmap, 0, 1ul << 40, RW, PRIVATE | MAP_HUGETLB, -1, 0);
    E("mmap: odd offset", SYS_mmap, 0, PAGE, RW, PRIVATE, -1, 100);
    E("mmap: odd offset and no type", SYS_mmap, 0, PAGE, RW, MAP_ANONYMOUS, -1, 100);
    E("mmap: offset of no file", SYS_mmap, 0, PAGE, RW, PRIVATE, -1, PAGE);
    E("mmap: no bytes", SYS_mmap, 0, 0, RW, PRIVATE, -1, 0);
    E("mmap: all bytes", SYS_mmap, 0, -1, RW, PRIVATE, -1, 0);
    E("mmap: 2^47 bytes", SYS_mmap, 0, 1ul << 47, RW, PRIVATE, -1, 0);
    E("mmap: fixed, unaligned", SYS_mmap, taken + 1, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0);
    E("mmap: fixed, the kernel's", SYS_mmap, -PAGE, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0);
    E("mmap: fixed, over another", SYS_mmap, taken, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0);
    E("mmap: fixed, no replace, taken", SYS_mmap, taken, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE,
      -1, 0);
}

static void cases_mmap_files(void)
{
    long null = CALLED(SYS_open, "/dev/null", O_RDWR), zero = CALLED(SYS_open, "/dev/zero", O_RDWR),
         writes = CALLED(SYS_open, "/dev/zero", O_WRONLY);

    E("mmap: bad descriptor", SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, 99, 0);
    E("mmap: bad descriptor, no type", SYS_mmap, 0, PAGE, RW, 0, 99, 0);
    E("mmap: bad descriptor, no bytes", SYS_mmap, 0, 0, RW, MAP_PRIVATE, 99, 0);
    E("mmap: bad descriptor, odd offset", SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, 99, 1);
    E("mmap: /dev/null", SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, null, 0);
    E("mmap: /dev/null, no type", SYS_mmap, 0, PAGE, RW, 0, null, 0);
    E("mmap: /dev/zero", SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, zero, 0);
    E("mmap: /dev/zero, shared", SYS_mmap, 0, PAGE, RW, MAP_SHARED, zero, 0);
    E("mmap: /dev/zero, write only", SYS_mmap, 0, PAGE, RW, MAP_PRIVATE, writes, 0);
    E("mmap: validated unknown flag", SYS_mmap, 0, PAGE, RW, 3 | 0x2000000, zero, 0);
    CALLED(SYS_close, null);
    CALLED(SYS_close, zero);
    CALLED(SYS_close, writes);
}

/* `hole` is three pages with the middle one missing. */
static void cases_ranges(char *hole)
{
    E("munmap: unaligned", SYS_munmap, hole + 1, PAGE);
    E("munmap: no bytes", SYS_munmap, hole, 0);
    E("munmap: where nothing is", SYS_munmap, hole + PAGE, 1);
    E("munmap: low", SYS_munmap, PAGE, PAGE);
    E("munmap: the kernel's", SYS_munmap, KERNEL, PAGE);
    E("munmap: wraps around", SYS_munmap, hole, -PAGE);
    E("mprotect: unaligned", SYS_mprotect, hole + 1, PAGE, RW);
    E("mprotect: unaligned, no bytes", SYS_mprotect, hole + 1, 0, RW);
    E("mprotect: no bytes", SYS_mprotect, hole, 0, RW);
    E("mprotect: no bytes, unknown rights", SYS_mprotect, hole, 0, 0x100);
    E("mprotect: unknown rights", SYS_mprotect, hole, PAGE, 0x100);
    E("mprotect: growing down", SYS_mprotect, hole, PAGE, RW | PROT_GROWSDOWN);
    E("mprotect: both ways", SYS_mprotect, hole, PAGE, RW | PROT_GROWSDOWN | PROT_GROWSUP);
    E("mprotect: over a hole", SYS_mprotect, hole, 3 * PAGE, RW);
    E("mprotect: hole, unknown rights", SYS_mprotect, hole + PAGE, PAGE, 0x100);
    E("mprotect: wraps around", SYS_mprotect, hole, -PAGE, RW);
    E("mprotect: executable", SYS_mprotect, hole, PAGE, PROT_READ | PROT_EXEC);
    E("mprotect: one byte", SYS_mprotect, hole, 1, RW);
    E("msync: no flags", SYS_msync, hole, PAGE, 0);
    E("msync: both ways", SYS_msync, hole, PAGE, MS_SYNC | MS_ASYNC);
    E("msync: unknown flag", SYS_msync, hole, PAGE, 8);
    E("msync: unaligned", SYS_msync, hole + 1, PAGE, MS_SYNC);
    E("msync: over a hole", SYS_msync, hole, 3 * PAGE, MS_SYNC);
    E("msync: no bytes", SYS_msync, hole, 0, MS_SYNC);
    E("msync: good", SYS_msync, hole, PAGE, MS_SYNC);
    E("mincore: good", SYS_mincore, hole, PAGE, page);
    E("mincore: unaligned", SYS_mincore, hole + 1, PAGE, page);
    E("mincore: hole", SYS_mincore, hole, 3 * PAGE, page);
    E("mincore: no bytes", SYS_mincore, hole, 0, page);
    E("mincore: bad vector", SYS_mincore, hole, PAGE, gone);
    E("mincore: the kernel's", SYS_mincore, KERNEL, PAGE, page);
}

static void cases_advice(char *hole)
{
    static const struct {
        const char *name;
        int advice;
    } known[] = {
        { "madvise: -1", -1 },
        { "madvise: normal", MADV_NORMAL },
        { "madvise: random", MADV_RANDOM },
        { "madvise: sequential", MADV_SEQUENTIAL },
        { "madvise: willneed", MADV_WILLNEED },
        { "madvise: dontneed", MADV_DONTNEED },
        { "madvise: 5", 5 },
        { "madvise: free", MADV_FREE },
        { "madvise: remove", MADV_REMOVE },
        { "madvise: dontfork", MADV_DONTFORK },
        { "madvise: dofork", MADV_DOFORK },
        { "madvise: dontdump", MADV_DONTDUMP },
        { "madvise: dodump", MADV_DODUMP },
        { "madvise: wipeonfork", 18 },
        { "madvise: keeponfork", 19 },
        { "madvise: 99", 99 },
    };

    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        E(known[i].name, SYS_madvise, hole, PAGE, known[i].advice);
    E("madvise: unaligned", SYS_madvise, hole + 1, PAGE, MADV_DONTNEED);
    E("madvise: no bytes", SYS_madvise, hole, 0, MADV_DONTNEED);
    E("madvise: no bytes, 99", SYS_madvise, hole, 0, 99);
    E("madvise: no bytes, unaligned", SYS_madvise, hole + 1, 0, MADV_DONTNEED);
    E("madvise: over a hole", SYS_madvise, hole, 3 * PAGE, MADV_NORMAL);
    E("madvise: wraps around", SYS_madvise, hole, -PAGE, MADV_DONTNEED);

    memset(hole, 7, PAGE);
    CALLED(SYS_mprotect, hole, PAGE, PROT_READ);
    CALLED(SYS_madvise, hole, PAGE, MADV_DONTNEED);
    show_truth("madvise: dontneed clears a read-only page", hole[0] == 0 && hole[PAGE - 1] == 0);
    CALLED(SYS_mprotect, hole, PAGE, RW);
}

static void cases_locks(char *hole)
{
    E("mlock: good", SYS_mlock, hole, PAGE);
    E("mlock: part of a page", SYS_mlock, hole + 5, 5);
    E("mlock: over a hole", SYS_mlock, hole, 3 * PAGE);
    E("mlock: no bytes", SYS_mlock, hole, 0);
    E("munlock: good", SYS_munlock, hole, PAGE);
    E("munlock: over a hole", SYS_munlock, hole, 3 * PAGE);
    E("mlock2: on fault", SYS_mlock2, hole, PAGE, 1);
    E("mlock2: unknown flag", SYS_mlock2, hole, PAGE, 2);
    E("mlockall: nothing", SYS_mlockall, 0);
    E("mlockall: on fault only", SYS_mlockall, 4);
    E("mlockall: unknown flag", SYS_mlockall, 8);
    E("mlockall: current", SYS_mlockall, 1);
    E("munlockall", SYS_munlockall);
}

static void cases_mremap(char *hole)
{
    char *p = map(4 * PAGE);

    memset(p, 5, 4 * PAGE);
    E("mremap: unaligned", SYS_mremap, p + 1, PAGE, PAGE, 0);
    E("mremap: to no bytes", SYS_mremap, p, PAGE, 0, 0);
    E("mremap: of no bytes", SYS_mremap, p, 0, PAGE, MREMAP_MAYMOVE);
    E("mremap: unknown flag", SYS_mremap, p, PAGE, PAGE, 8);
    E("mremap: fixed, but may not move", SYS_mremap, p, PAGE, PAGE, MREMAP_FIXED, hole);
    E("mremap: fixed, unaligned", SYS_mremap, p, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 1);
    E("mremap: onto itself", SYS_mremap, p, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE,
      p + PAGE);
    E("mremap: hole", SYS_mremap, hole + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    E("mremap: over a hole", SYS_mremap, hole, 3 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    E("mremap: 2^47 bytes", SYS_mremap, p, PAGE, 1ul << 47, MREMAP_MAYMOVE);
    show_truth("mremap: the same size stays", CALLED(SYS_mremap, p, 4 * PAGE, 4 * PAGE) == (long)p);
    show_truth("mremap: smaller stays", CALLED(SYS_mremap, p, 4 * PAGE, 2 * PAGE) == (long)p);
    E("write: what mremap took away", SYS_write, 99, p + 2 * PAGE, 1);
    char *q = (char *)CALLED(SYS_mremap, p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    show_truth("mremap: larger keeps what was there",
               (long)q > 0 && q[0] == 5 && q[2 * PAGE - 1] == 5 && q[2 * PAGE] == 0);
    CALLED(SYS_munmap, q, 8 * PAGE);
}

static void cases_brk(void)
{
    char *end = (char *)CALLED(SYS_brk, 0);

    show_truth("brk: grows", CALLED(SYS_brk, end + 100) == (long)end + 100);
    show_truth("brk: is zero", end[0] == 0 && end[99] == 0);
    show_truth("brk: shrinks", CALLED(SYS_brk, end) == (long)end);
    show_truth("brk: not too low", CALLED(SYS_brk, 4096) == (long)end);
    show_truth("brk: not too high", CALLED(SYS_brk, 1ul << 46) == (long)end);
}

void cases_memory(void)
{
    char *hole = map(3 * PAGE), *taken = map(PAGE);

    munmap(hole + PAGE, PAGE);
    cases_mmap(taken);
    cases_mmap_files();
    cases_ranges(hole);
    cases_advice(hole);
    cases_locks(hole);
    cases_mremap(hole);
    cases_brk();
    munmap(hole, 3 * PAGE);
    munmap(taken, PAGE);
}

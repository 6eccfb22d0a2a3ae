/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding user memory through page tables, for copies between address spaces. Only the last entry
 * limits what is allowed: those that lead to tables allow all (vspace.c).
 */
#pragma once

#include "vspace.h"

/* What a page's entry must say: user mode may read, or write; and it must not say PTE_DEVICE. */
#define WALK_READ (PTE_PRESENT | PTE_USER)
#define WALK_WRITE (WALK_READ | PTE_WRITE)

/* Changes whenever a page table leaves a space: what is remembered of tables may be wrong then. */
extern word_t walk_stamp;

#define IN_PAGE MASK(PAGE_BITS)

extern word_t walk_base; /* PHYSMAP_BASE; all frames lie below it */

/*
 * Where user memory at va is in the valid space s, up to the end of its 4 KiB, for user mode to
 * read or (is_write) to write; 0: nothing there, or not allowed, or device memory.
 */
word_t walk_to(struct arch_space *s, uaddr_t va, bool is_write);

/* Is it known which entry is va's: has walk_to() last been led to its table in s? */
INLINE bool walk_entry(const struct arch_space *s, uaddr_t va, const uint64_t **e)
{
    *e = &s->table[va >> PAGE_BITS & (TABLE_ENTRIES - 1)];
    return va >> level_bits(2) == s->region && s->stamp == walk_stamp;
}

/* Can the page of *e be used as needed? *page is its entry then, as walk_frame() wants it. */
INLINE bool walk_page(const uint64_t *e, uint64_t need, word_t *page)
{
    *page = *e ^ need;
    return (*page & (need | PTE_DEVICE)) == 0;
}

/* The same for the page behind it, if the table has one. */
INLINE bool walk_next(const uint64_t **e, uint64_t need, word_t *page)
{
    return (word_t)++ * e & MASK(TABLE_BITS) && walk_page(*e, need, page);
}

/*
 * Where the frame of such an entry is: paddr_to_ptr() of its address in two instructions without a
 * long constant, for which there is no register.
 */
#define WALK_FRAME(page) "orq walk_base(%%rip), " page "; andq $-4096, " page ";"

INLINE word_t walk_frame(word_t page)
{
    __asm__(WALK_FRAME("%0") : "+r"(page) : : "cc");
    return page;
}

/* How many of left bytes there are up to the end of a page of either side. */
static inline word_t walk_room(uaddr_t source, uaddr_t dest, word_t left)
{
    return min_word(IN_PAGE + 1 - max_word(source & IN_PAGE, dest & IN_PAGE), left);
}

/* Copy count bytes between two places, forwards, which are then behind these. */
static inline void walk_move(word_t *to, word_t *from, word_t count)
{
    word_t words = count / 8;

    __asm__ volatile("rep movsq" : "+D"(*to), "+S"(*from), "+c"(words) : : "memory");
    if (count % 8 == 0)
        return;
    if (unlikely(count % 4 != 0))
        __asm__ volatile("andl $7, %k2; rep movsb"
                         : "+D"(*to), "+S"(*from), "+c"(count)
                         :
                         : "memory");
    else
        __asm__ volatile("movsl" : "+D"(*to), "+S"(*from) : : "memory");
}

/*
 * Copy left bytes from one space to the other, as far as that can be said in one step for each
 * page. How many are left.
 */
INLINE word_t walk_copy(const struct arch_space *from, uaddr_t source, const struct arch_space *to,
                        uaddr_t dest, word_t left)
{
    word_t n = walk_room(source, dest, left), read, write;
    const uint64_t *e, *f;

    if (!walk_entry(from, source, &e) || !walk_entry(to, dest, &f) ||
        !walk_page(e, WALK_READ, &read) || !walk_page(f, WALK_WRITE, &write))
        return left;
    read = walk_frame(read) + (source & IN_PAGE);
    write = walk_frame(write) + (dest & IN_PAGE);
    for (;;) {
        walk_move(&write, &read, n);
        left -= n;
        if (left == 0)
            return 0;
        if (!(read & IN_PAGE)) {
            if (!walk_next(&e, WALK_READ, &read))
                return left;
            read = walk_frame(read);
        }
        if (!(write & IN_PAGE)) {
            if (!walk_next(&f, WALK_WRITE, &write))
                return left;
            write = walk_frame(write);
        }
        n = (read | write) & IN_PAGE; /* one of them is 0 */
        if (n == 0) {
            while (left > IN_PAGE + 1) { /* whole pages */
                __asm__ volatile(WALK_FRAME("%0") WALK_FRAME("%1") "movl $512, %%ecx; rep movsq"
                                 : "+D"(write), "+S"(read)
                                 :
                                 : "rcx", "memory");
                left -= IN_PAGE + 1;
                if (!walk_next(&e, WALK_READ, &read) || !walk_next(&f, WALK_WRITE, &write))
                    return left;
            }
            read = walk_frame(read);
            write = walk_frame(write);
        }
        n = min_word(IN_PAGE + 1 - n, left);
    }
}

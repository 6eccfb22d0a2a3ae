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

/*
 * Where user memory at va is in the valid space s, up to the end of its 4 KiB, for user mode to
 * read or (is_write) to write; NULL: nothing there, or not allowed, or device memory.
 */
char *walk_to(struct arch_space *s, uaddr_t va, bool is_write);

/* The same in one step: NULL, too, if walk_to() has last been elsewhere in s. */
INLINE char *walk_again(const struct arch_space *s, uaddr_t va, uint64_t need)
{
    if (unlikely(va >> level_bits(2) != s->region || s->stamp != walk_stamp))
        return NULL;
    uint64_t e = s->table[va >> PAGE_BITS & (TABLE_ENTRIES - 1)] ^ need;
    if (unlikely((e & (need | PTE_DEVICE)) != 0))
        return NULL;
    return paddr_to_ptr((e & PTE_ADDRESS) + (va & MASK(PAGE_BITS)));
}

/* How many of left bytes there are up to the end of a page of either side. */
static inline word_t walk_room(uaddr_t source, uaddr_t dest, word_t left)
{
    word_t in_page = max_word(source & MASK(PAGE_BITS), dest & MASK(PAGE_BITS));

    return min_word(BIT(PAGE_BITS) - in_page, left);
}

/* Copy count bytes between two places, forwards. */
static inline void walk_move(void *to, const void *from, word_t count)
{
    word_t words = count / sizeof(word_t), bytes = count % sizeof(word_t);

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    if (bytes != 0)
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

/*
 * Copy left bytes from one space to the other, as far as that can be said in one step for each
 * page. How many are left.
 */
INLINE word_t walk_copy(const struct arch_space *from, uaddr_t source, const struct arch_space *to,
                        uaddr_t dest, word_t left)
{
    while (left != 0) {
        const char *read = walk_again(from, source, WALK_READ);
        if (unlikely(read == NULL))
            break;
        char *write = walk_again(to, dest, WALK_WRITE);
        if (unlikely(write == NULL))
            break;
        word_t n = walk_room(source, dest, left);
        walk_move(write, read, n);
        source += n;
        dest += n;
        left -= n;
    }
    return left;
}

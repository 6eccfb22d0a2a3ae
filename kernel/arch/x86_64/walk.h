/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding user memory through page tables, for copies between address spaces. Only the last entry
 * limits what is allowed: those that lead to tables allow all (vspace.c).
 */
#pragma once

#include "vspace.h"

/*
 * A way through the page tables of a space, at the region of 2 MiB that was last looked at: its
 * entries, of which the index is (address >> 12) & mask; the rest of an address under `offset` is
 * within the page.
 */
struct arch_walk {
    const uint64_t *entry; /* into a page table, or leaf */
    word_t region;         /* address >> 21 */
    word_t mask, offset;
    uint64_t leaf; /* a large page's entry */
};

/* One level further down; false: not there. */
INLINE bool walk_down(const uint64_t **table, uaddr_t va, unsigned level, uint64_t *e)
{
    *e = (*table)[va >> level_bits(level) & (TABLE_ENTRIES - 1)];
    *table = paddr_to_ptr(*e & PTE_ADDRESS);
    return *e & PTE_PRESENT;
}

INLINE bool walk_large(struct arch_walk *w, uint64_t e, unsigned level)
{
    w->leaf = e;
    w->entry = &w->leaf;
    w->mask = 0;
    w->offset = MASK(level_bits(level));
    return true;
}

/*
 * Enter the region of the valid space s that va lies in; false: nothing can be there. Until another
 * is entered, walk_is_near() tells whether an address is in it, and walk_to() where memory is.
 */
INLINE bool walk_enter(struct arch_walk *w, const struct arch_space *s, uaddr_t va)
{
    const uint64_t *table = paddr_to_ptr(s->cr3 & PTE_ADDRESS);
    uint64_t e;

    w->region = va >> level_bits(2);
    if (va >= USER_TOP || !walk_down(&table, va, 4, &e) || !walk_down(&table, va, 3, &e))
        return false;
    if (unlikely(e & PTE_PAGE))
        return walk_large(w, e, 3);
    if (!walk_down(&table, va, 2, &e))
        return false;
    if (unlikely(e & PTE_PAGE))
        return walk_large(w, e, 2);
    w->entry = table;
    w->mask = TABLE_ENTRIES - 1;
    w->offset = MASK(level_bits(1));
    return true;
}

INLINE bool walk_is_near(const struct arch_walk *w, uaddr_t va)
{
    return va >> level_bits(2) == w->region;
}

/*
 * Where user memory at va is, up to the end of its 4 KiB, for user mode to read or (is_write) to
 * write; NULL: nothing there, or not allowed, or device memory.
 */
INLINE char *walk_to(const struct arch_walk *w, uaddr_t va, bool is_write)
{
    uint64_t need = PTE_PRESENT | PTE_USER | (is_write ? PTE_WRITE : 0);
    uint64_t e = w->entry[va >> level_bits(1) & w->mask];

    if (unlikely((e & (need | PTE_DEVICE)) != need))
        return NULL;
    return paddr_to_ptr((e & PTE_ADDRESS & ~w->offset) + (va & w->offset));
}

/* Copy count bytes between two places, forwards. */
static inline void walk_copy(void *to, const void *from, word_t count)
{
    word_t words = count / sizeof(word_t), bytes = count % sizeof(word_t);

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    if (bytes != 0)
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

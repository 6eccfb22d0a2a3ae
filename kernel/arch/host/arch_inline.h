/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of arch.h that are a line long. "Physical memory" is HOST_RAM_BYTES at a fixed
 * address of the process.
 */
#pragma once

#include "host.h"

static inline word_t arch_index(word_t i, word_t count)
{
    return i < count ? i : 0;
}

static inline word_t arch_masked(word_t i, const word_t *mask)
{
    return i & *mask;
}

static inline void *paddr_to_ptr(paddr_t p)
{
    return (char *)HOST_RAM_BASE + p;
}

static inline paddr_t ptr_to_paddr(const void *ptr)
{
    return (paddr_t)ptr - HOST_RAM_BASE;
}

static inline ticks_t arch_now(void)
{
    return host.now;
}

static inline bool arch_is_zero(const void *word)
{
    return *(const word_t *)word == 0;
}

static inline bool arch_is_user_address(word_t address)
{
    return address < BIT(47);
}

/* Copy count words between two buffers that do not overlap. */
static inline void arch_copy_words(word_t *to, const word_t *from, word_t count)
{
    for (word_t i = 0; i < count; i++)
        to[i] = from[i];
}

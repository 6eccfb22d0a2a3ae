/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For host tests of kernel/arch/x86_64: "RAM" is an array, there is no clock. Found instead of the
 * real file by -I order.
 */
#pragma once

#include "types.h"

#define TEST_RAM_BYTES (UINT64_C(8) << 20)
#define PHYSMAP_BYTES BIT(39)

extern char test_ram[TEST_RAM_BYTES];
extern uint64_t shown_pml4[512];

static inline word_t arch_index(word_t i, word_t count)
{
    return i < count ? i : 0;
}

static inline word_t arch_masked(word_t i, const word_t *mask)
{
    return i & *mask;
}

static inline bool arch_is_zero(const void *word)
{
    return *(const word_t *)word == 0;
}

static inline void *paddr_to_ptr(paddr_t p)
{
    return test_ram + p;
}

static inline paddr_t ptr_to_paddr(const void *ptr)
{
    return (paddr_t)((const char *)ptr - test_ram);
}

static inline void arch_copy_words(word_t *to, const word_t *from, word_t count)
{
    for (word_t i = 0; i < count; i++)
        to[i] = from[i];
}

static inline ticks_t arch_now(void)
{
    return 0;
}

static inline bool arch_is_user_address(word_t address)
{
    return address < BIT(47);
}

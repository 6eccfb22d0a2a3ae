/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of arch.h that are a line long, and the layout of the kernel's half of every
 * address space.
 */
#pragma once

#include "types.h"

/*
 * 0xffff800000000000  physmap: RAM at p is at PHYSMAP_BASE + p, up to PHYSMAP_BYTES
 * 0xffffffff80000000  kernel image, physical 0 here
 * 0xffffffffffe00000  device pages: local APIC, I/O APICs
 */
#define PHYSMAP_BASE UINT64_C(0xffff800000000000)
#define PHYSMAP_BYTES BIT(39)
#define KERNEL_IMAGE_BASE UINT64_C(0xffffffff80000000)
#define DEVICE_AREA UINT64_C(0xffffffffffe00000)

/*
 * The kernel's half (entries 256..511) as every user's address space has it: copy it into each new
 * PML4.
 */
extern uint64_t shown_pml4[512];

static inline void *paddr_to_ptr(paddr_t p)
{
    return (void *)(PHYSMAP_BASE + p);
}

/* ptr: in the physmap (not in the kernel image) */
static inline paddr_t ptr_to_paddr(const void *ptr)
{
    return (paddr_t)ptr - PHYSMAP_BASE;
}

static inline ticks_t arch_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (ticks_t)high << 32 | low;
}

/*
 * Nospec clamp: the mask is all ones where the comparison borrows: cmp, sbb (bounds clipping;
 * Intel, "Analyzing Potential Bounds Check Bypass Vulnerabilities", 336983).
 */
static inline word_t arch_index(word_t i, word_t count)
{
    word_t mask;

    __asm__ volatile("cmpq %2, %1\n\tsbbq %0, %0" : "=r"(mask) : "r"(i), "r"(count) : "cc");
    return i & mask;
}

static inline word_t arch_masked(word_t i, const word_t *mask)
{
    __asm__ volatile("andq %1, %0" : "+r"(i) : "m"(*mask) : "cc");
    return i;
}

static inline bool arch_is_zero(const void *word)
{
    bool is_zero;

    __asm__("cmpq $0, %1" : "=@cce"(is_zero) : "m"(*(const word_t *)word));
    return is_zero;
}

static inline bool arch_is_user_address(word_t address)
{
    return address < BIT(47) - BIT(12);
}

/* Copy count words between two buffers that do not overlap. */
static inline void arch_copy_words(word_t *to, const word_t *from, word_t count)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Paging registers and features (Intel SDM vol. 3A, 4.10.4 and 11.12; vol. 2A, CPUID). */
#include "tlb.h"

#include "machine.h"

/*
 * Memory types by index: 0 write back (6), 1 write through (4), 2 uncached unless an MTRR says write combining (7),
 * 3 uncached (0), 4 write combining (1), the rest as after reset: 5 write through, 6 uncached (7), 7 uncached (0).
 */
#define MEMORY_TYPES UINT64_C(0x0007040100070406)

#define CPUID_EXTENDED 0x80000001u
#define CPUID_EXTENDED_NX BIT(20)       /* edx */
#define CPUID_EXTENDED_1G_PAGES BIT(26) /* edx */

void tlb_load(word_t cr3)
{
    write_cr3(cr3);
}

word_t tlb_loaded(void)
{
    return read_cr3();
}

void tlb_flush_page(uaddr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void tlb_init_attributes(void)
{
    wrmsr(MSR_PAT, MEMORY_TYPES);
}

bool tlb_has_execute_disable(void)
{
    return cpuid(CPUID_EXTENDED, 0).edx & CPUID_EXTENDED_NX;
}

bool tlb_has_huge_pages(void)
{
    return cpuid(CPUID_EXTENDED, 0).edx & CPUID_EXTENDED_1G_PAGES;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Translations and what drops them (Intel SDM vol. 3A, 4.10.4). */
#include "tlb.h"

#include "cpu_init.h"
#include "machine.h"
#include "protect.h"

#define CR3_KEEP BIT(63) /* with PCIDs: no translation is dropped */

/* Operand of invpcid. */
struct invpcid {
    word_t asid, va;
};

enum { INVPCID_PAGE = 0, INVPCID_ASID = 1 };

static void invpcid(word_t type, word_t asid, uaddr_t va)
{
    struct invpcid what = { asid, va };

    __asm__ volatile("invpcid %0, %1" : : "m"(what), "r"(type) : "memory");
}

void tlb_load(word_t cr3)
{
    if (!protection.is_split)
        write_cr3(cr3);
}

word_t tlb_cr3(paddr_t pml4, word_t asid)
{
    return cpu_features.has_pcid ? pml4 | asid | CR3_KEEP : pml4;
}

inline void tlb_flush_page(word_t asid, bool is_loaded, uaddr_t va)
{
    if (cpu_features.has_pcid)
        invpcid(INVPCID_PAGE, asid, va);
    else if (is_loaded)
        __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void tlb_flush_space(word_t asid, bool is_loaded)
{
    if (cpu_features.has_pcid)
        invpcid(INVPCID_ASID, asid, 0);
    else if (is_loaded)
        write_cr3(read_cr3());
}

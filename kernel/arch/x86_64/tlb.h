/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paging registers of this core. Functions, not inline: host builds put their own in their
 * place.
 */
#pragma once

#include "types.h"

/*
 * The value that loads this space: where there are PCIDs, an ASID is one, and loading drops
 * nothing.
 */
word_t tlb_cr3(paddr_t pml4, word_t asid);

/*
 * Load cr3 now, unless that is done when the kernel is left (protect.h). Nothing else: see
 * space_load() in vspace.h.
 */
void tlb_load(word_t cr3);

/*
 * Invalidate TLB entries: drop what this core keeps of asid's translations, of the page at va, and
 * all partial ones; or all. Without PCIDs only the loaded space has any.
 */
void tlb_flush_page(word_t asid, bool is_loaded, uaddr_t va);
void tlb_flush_space(word_t asid, bool is_loaded);

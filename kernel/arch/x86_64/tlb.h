/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging registers of this core. Functions, not inline: host builds put their own in their place. */
#pragma once

#include "types.h"

/* Load cr3, which drops every translation that is not global. Nothing else: see space_load() in vspace.h. */
void tlb_load(word_t cr3);

/* What is loaded. */
word_t tlb_loaded(void);

/* Drop the loaded space's translation of the page at va, and all partial ones. */
void tlb_flush_page(uaddr_t va);

/* Set the page attribute table so that entry i is what seL4_X86_VMAttributes' value i means. */
void tlb_init_attributes(void);

/* Has the processor execute-disable, and 1 GiB pages? */
bool tlb_has_execute_disable(void);
bool tlb_has_huge_pages(void);

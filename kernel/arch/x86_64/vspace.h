/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: page tables, what is mapped in them, which one is loaded. See vspace.c. */
#pragma once

#include "arch.h"

#define USER_TOP UINT64_C(0x00007ffffffff000) /* first address users cannot map (seL4_UserTop) */
#define TABLE_BITS 12u
#define TABLE_ENTRIES 512u
#define TABLE_USER_ENTRIES 256u /* of a PML4; the rest is the kernel's, the same in all */
/* what is used of that: the physmap, the kernel's image and devices */
#define TABLE_PHYSMAP_ENTRY 256u
#define TABLE_IMAGE_ENTRY 511u

/* Bits of an entry (Intel SDM vol. 3A, 4.5.4). */
#define PTE_PRESENT BIT(0)
#define PTE_WRITE BIT(1)
#define PTE_USER BIT(2)
#define PTE_PWT BIT(3)
#define PTE_PCD BIT(4)
#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY BIT(6)
#define PTE_PAGE BIT(7)   /* levels 2 and 3: a page, not a table */
#define PTE_PAT_4K BIT(7) /* level 1 */
#define PTE_DEVICE BIT(9) /* ours: of a page of device memory */
#define PTE_NO_EXECUTE BIT(63)
#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)

/* All that an entry has that leads to a table, beside its address: nobody changes it. */
#define PTE_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)

/* Does e, of level 2 or more, lead to a table (rather than a page, or nothing)? */
static inline bool entry_is_table(uint64_t e)
{
    return (uint8_t)e == PTE_TABLE;
}

/* ... and to which? */
static inline uint64_t *entry_table(uint64_t e)
{
    return paddr_to_ptr(e - PTE_TABLE);
}

/* log2 of what one entry of a table of this level (1..4) covers: 12, 21, 30, 39 */
static inline unsigned level_bits(unsigned level)
{
    return 12 + 9 * (level - 1);
}

/*
 * The entry for va in the table of the given level (1..4) under pml4; NULL: a table on the way is
 * missing, *bits_left is what its entry covers (level_bits()).
 */
uint64_t *vspace_entry(uint64_t *pml4, uaddr_t va, unsigned level, unsigned *bits_left);

/*
 * The same where c says that it is mapped, and in which space, *pml4; NULL, too, if c is not mapped
 * or that space has gone.
 */
uint64_t *vspace_entry_of(struct cap c, unsigned level, uint64_t **pml4, unsigned *bits_left);

/* Is it this core's space? */
static inline bool vspace_is_loaded(const uint64_t *pml4)
{
    return (this_cpu()->arch.cr3 & PTE_ADDRESS) == ptr_to_paddr(pml4);
}

/* level of the entries that map a frame: 1, 2, 3 */
static inline unsigned frame_level(struct cap c)
{
    return 1 + (unsigned)cap_frame_size(c);
}

/*
 * The entry that maps frame c. rights: as the user asked for, cut down to the capability's (the
 * second: only their bits of it). attributes: an index into the memory types
 * (seL4_X86_VMAttributes), and one bit of our own.
 */
uint64_t frame_entry(struct cap c, word_t rights, word_t attributes);
uint64_t frame_entry_rights(struct cap c, word_t rights);
#define PTE_RIGHTS (PTE_USER | PTE_WRITE | PTE_DIRTY)

/* Does e, of frame_level(c), map frame c? */
INLINE bool frame_is_at(struct cap c, uint64_t e)
{
    static const uint64_t masks[] = {
        [FRAME_4K] = PTE_ADDRESS | PTE_PRESENT,
        [FRAME_2M] = (PTE_ADDRESS & ~MASK(21)) | PTE_PRESENT | PTE_PAGE,
        [FRAME_1G] = (PTE_ADDRESS & ~MASK(30)) | PTE_PRESENT | PTE_PAGE,
    };
    uint64_t mask = masks[cap_frame_size(c)];

    return ((e ^ cap_paddr(c)) & mask) == (mask & MASK(8));
}

/* Remove all user mappings of pml4 (its tables stay, unlinked). Time: 256 stores. */
void vspace_clear_user(uint64_t *pml4, word_t asid);

/* A PML4's memory is going away: if this core has it loaded, load the kernel's space. */
void vspace_unload(const uint64_t *pml4, word_t asid);

/* A fresh PML4: give it the kernel's half (of shown_pml4). */
void vspace_init_pml4(uint64_t *pml4);

/*
 * Undo c's mapping if it still is what c says; c is a page table, page directory or PDPT. Not
 * mapped: nothing.
 */
void table_unmap(struct cap c);

/*
 * Requests to a frame. Illegal operation: not its label.
 *
 * seL4_X86_Page_Map; words: address, rights, attributes; capability: the PML4. Maps, in place of a
 * page that may be mapped there already; or if it is this frame that is mapped there, changes
 * rights and attributes. Errors, in this order:
 *     truncated message
 *     invalid capability 1   no PML4, or without ASID
 *     mapped already:        invalid capability 1 in another space, invalid argument 0 at another
 *                            address
 *     not mapped:            invalid argument 0: reaches beyond USER_TOP
 *     failed lookup          (invalid root) the ASID is nobody's; invalid capability 1: it is
 *                            another's
 *     alignment
 *     failed lookup          (missing capability) bits left: what the missing table's entry covers
 *     delete first           a table is mapped there (large and huge pages)
 * seL4_X86_Page_Unmap: never fails. seL4_X86_Page_GetAddress: answers the physical address.
 */
enum inv_result frame_perform(struct inv *inv);

/*
 * Requests to a page table, page directory or PDPT. Illegal operation: not its label.
 *
 * Map; words: address (cut to what the table covers), attributes (unused); capability: the PML4.
 * Errors, in this order:
 *     truncated message
 *     invalid capability 0   it is mapped
 *     invalid capability 1   no PML4, or without ASID
 *     invalid argument 0     address at or beyond USER_TOP
 *     failed lookup          (invalid root) the ASID is nobody's; invalid capability 1: it is
 *                            another's
 *     failed lookup          (missing capability) as for frames
 *     delete first           something is mapped there
 * Unmap: revoke first if there are copies of the capability. Empties the table.
 */
RARE enum inv_result table_perform(struct inv *inv);

/*
 * --- for boot: no checks, memory is zeroed, the tables on the way are there. The answers are the
 * capabilities, with where they are mapped. ---
 */

/* Make an address space and the first ASID pool; the space gets ASID 1. */
void vspace_boot_root(paddr_t pml4, paddr_t asid_pool, struct cap *pml4_cap, struct cap *pool_cap);

/*
 * Link table, whose entries are of this level (3: PDPT, 2: page directory, 1: page table), into the
 * space for va.
 */
struct cap vspace_boot_table(struct cap pml4_cap, unsigned level, paddr_t table, uaddr_t va);

/* Map a 4 KiB frame of RAM at va, with all rights. */
struct cap vspace_boot_frame(struct cap pml4_cap, paddr_t frame, uaddr_t va);

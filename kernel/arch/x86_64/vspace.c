/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces. Four levels of tables, each of 512 entries; a table of level n maps frames of 4
 * KiB << 9(n-1), or tables of level n-1:
 *
 *     PML4 (4) -> PDPT (3) -> page directory (2) -> page table (1) -> 4 KiB frame
 *                         \-> 1 GiB frame       \-> 2 MiB frame
 *
 * Users build them from objects; nothing is made on demand. A capability to something mapped says
 * where (ASID and address), but what it says may be out of date: the table above it can have been
 * unmapped, its ASID given to another space. So undoing a mapping first looks whether the entry
 * really leads to this object (V-1). A table that is unmapped is emptied at once (V-2), so that no
 * entry survives in it that nobody could find any more.
 *
 * V-1: an entry is cleared only for the object it leads to.
 * V-2: a table that is mapped nowhere is empty, or can never be mapped again before it is emptied.
 * V-3: the last page below 2^47 is never mapped: a system call there would return to a
 * non-canonical address.
 * V-4: no translation of this core outlives its entry: after one is cleared or changed, its
 * TLB entries are invalidated.
 *
 * Sources: Intel SDM vol. 3A, 4.5 (4-level paging), 4.10.4 (invalidation), 11.12 (PAT).
 */
#include "vspace.h"

#include "asid.h"
#include "cspace.h"
#include "derive.h"
#include "frames.h"
#include "panic.h"
#include "tlb.h"
#include "walk.h"

#define ATTR_EXECUTE_NEVER BIT(31) /* extension: upstream ignores it */

/* --- the loaded space --- */

static void space_load(word_t cr3)
{
    this_cpu()->arch.cr3 = cr3;
    tlb_load(cr3);
}

void vspace_unload(const uint64_t *pml4, word_t asid)
{
    if (vspace_is_loaded(pml4))
        space_load(this_trampoline()->kernel_cr3);
    walk_stamp++;
    tlb_flush_space(asid, false);
}

void arch_space_refresh(struct tcb *t)
{
    const uint64_t *pml4 = asid_space_of(t->slots[TCB_VSPACE].cap);

    word_t asid = cap_asid(t->slots[TCB_VSPACE].cap);

    t->space = (struct arch_space){ .cr3 = pml4 == NULL ? 0 : tlb_cr3(ptr_to_paddr(pml4), asid) };
    if (t == this_cpu()->current) /* it may go on without a switch */
        space_load(pml4 == NULL ? this_trampoline()->kernel_cr3 : t->space.cr3);
}

/* --- tables --- */

static unsigned entry_index(uaddr_t va, unsigned level)
{
    return va >> level_bits(level) & (TABLE_ENTRIES - 1);
}

static uint64_t table_entry(const void *table)
{
    return ptr_to_paddr(table) + PTE_TABLE;
}

/* From a table of level at to the next lower one. False: there is none. */
INLINE bool table_descend(uint64_t **table, uaddr_t va, unsigned at, unsigned *bits_left)
{
    uint64_t e = (*table)[entry_index(va, at)];

    *table = entry_table(e);
    if (likely(entry_is_table(e)))
        return true;
    *bits_left = level_bits(at);
    return false;
}

uint64_t *vspace_entry(uint64_t *pml4, uaddr_t va, unsigned level, unsigned *bits_left)
{
    uint64_t *table = pml4;

    if (level == 4)
        return &table[entry_index(va, 4)];
    if (!table_descend(&table, va, 4, bits_left))
        return NULL;
    if (level == 3)
        return &table[entry_index(va, 3)];
    if (!table_descend(&table, va, 3, bits_left))
        return NULL;
    if (level == 2)
        return &table[entry_index(va, 2)];
    return table_descend(&table, va, 2, bits_left) ? &table[entry_index(va, 1)] : NULL;
}

word_t walk_stamp = 1;

APART word_t walk_to(struct arch_space *s, uaddr_t va, bool is_write)
{
    uint64_t need = is_write ? WALK_WRITE : WALK_READ;
    const uint64_t *table = paddr_to_ptr(s->cr3 & PTE_ADDRESS);

    if (va >= USER_TOP)
        return 0;
    for (unsigned level = 4;; level--) {
        uint64_t e = table[entry_index(va, level)];

        if (level == 1) {
            s->table = table;
            s->region = va >> level_bits(2);
            s->stamp = walk_stamp;
        } else if (entry_is_table(e)) {
            table = entry_table(e);
            continue;
        }
        if ((e & (need | PTE_DEVICE)) != need)
            return 0;
        word_t in_page = MASK(level_bits(level));
        return (word_t)paddr_to_ptr((e & PTE_ADDRESS & ~in_page) + (va & in_page));
    }
}

void vspace_clear_user(uint64_t *pml4, word_t asid)
{
    arch_zero(pml4, TABLE_USER_ENTRIES * sizeof(*pml4));
    walk_stamp++;
    tlb_flush_space(asid, vspace_is_loaded(pml4));
}

void vspace_init_pml4(uint64_t *pml4)
{
    pml4[TABLE_PHYSMAP_ENTRY] = shown_pml4[TABLE_PHYSMAP_ENTRY];
    pml4[TABLE_IMAGE_ENTRY] = shown_pml4[TABLE_IMAGE_ENTRY];
}

uint64_t *vspace_entry_of(struct cap c, unsigned level, uint64_t **pml4, unsigned *bits_left)
{
    *pml4 = asid_lookup(cap_asid(c)); /* ASID_NONE is nobody's */
    return *pml4 == NULL ? NULL : vspace_entry(*pml4, cap_uaddr(c), level, bits_left);
}

void table_unmap(struct cap c)
{
    unsigned level = cap_table_level(c) + 1, bits_left;
    uint64_t *pml4, *entry = vspace_entry_of(c, level, &pml4, &bits_left);

    if (entry == NULL || *entry != table_entry(cap_ptr(c)))
        return;
    *entry = 0;
    walk_stamp++;
    tlb_flush_space(cap_asid(c), vspace_is_loaded(pml4));
}

/* --- requests --- */

/*
 * The entry of this level for va, in the space of capability 1 of a Map request, which has an ASID.
 * Errors: failed lookup (it is nobody's); invalid capability 1 (it is another's); alignment; failed
 * lookup (a table is missing).
 */
INLINE enum inv_result entry_check(struct inv *inv, uaddr_t va, unsigned level, uint64_t **pml4,
                                   uint64_t **entry)
{
    struct cap space = inv->extra[0]->cap;
    unsigned bits_left = 0;

    *pml4 = asid_lookup(cap_asid(space));
    if (*pml4 == NULL)
        return inv_lookup(inv, false, (struct lookup_failure){ .type = LF_INVALID_ROOT });
    if (*pml4 != cap_ptr(space))
        return inv_bad_cap(inv, 1);
    if (!is_aligned(va, level_bits(level)))
        return inv_refuse(inv, ERR_ALIGNMENT, 0, 0);
    *entry = vspace_entry(*pml4, va, level, &bits_left);
    return *entry != NULL ? INV_OK : inv_lookup(inv, false, missing_capability(bits_left));
}

/* Reading is what makes a page accessible at all. */
uint64_t frame_entry_rights(struct cap c, word_t rights)
{
    static const uint8_t bits[] = {
        [RIGHT_READ] = PTE_USER, [FRAME_RIGHTS] = PTE_USER | PTE_WRITE | PTE_DIRTY
    };

    return bits[rights & cap_frame_rights(c)];
}

uint64_t frame_entry(struct cap c, word_t rights, word_t attributes)
{
    uint64_t e = cap_paddr(c) | PTE_PRESENT | PTE_ACCESSED | frame_entry_rights(c, rights);

    _Static_assert(PTE_DEVICE == FRAME_DEVICE << CAP_ATTR_SHIFT, "the same bit");
    _Static_assert(PTE_PWT == BIT(3) && PTE_PCD == BIT(4) && PTE_PAT_4K == BIT(2) << 5 &&
                       PTE_NO_EXECUTE == ATTR_EXECUTE_NEVER << 32,
                   "attributes are moved to their places");
    e |= c.w0 & PTE_DEVICE;
    e |= (attributes & MASK(2)) << 3 | (attributes & BIT(2)) << 5 |
         (attributes & ATTR_EXECUTE_NEVER) << 32;
    if (cap_frame_size(c) != FRAME_4K)
        e |= (e & PTE_PAT_4K) << 5 | PTE_PAGE; /* there PAT is bit 12 */
    return e;
}

/* Is va where the frame may go, as far as its capability can tell? */
static enum inv_result frame_place_check(struct inv *inv, uaddr_t va)
{
    struct cap frame = inv->cap;

    if (cap_is_mapped(frame)) {
        if (cap_asid(frame) != cap_asid(inv->extra[0]->cap))
            return inv_bad_cap(inv, 1);
        return va == cap_uaddr(frame) ? INV_OK : inv_bad_arg(inv, 0);
    }
    if ((va | MASK(cap_frame_bits(frame))) >= USER_TOP) /* V-3; alignment is checked later */
        return inv_bad_arg(inv, 0);
    return INV_OK;
}

/*
 * The checked entry, in pml4, becomes value, and the invoked capability says that it is mapped at
 * va.
 */
static inline enum inv_result map_commit(struct inv *inv, const uint64_t *pml4, uint64_t *entry,
                                         uint64_t value, uaddr_t va)
{
    bool was_present = *entry & PTE_PRESENT;
    word_t asid = cap_asid(inv->extra[0]->cap);

    *entry = value;
    inv->slot->cap = cap_with_mapping(inv->cap, asid, va);
    if (was_present)
        tlb_flush_page(asid, vspace_is_loaded(pml4), va);
    return INV_OK;
}

static enum inv_result frame_map(struct inv *inv)
{
    struct cap frame = inv->cap;
    unsigned level = frame_level(frame);
    uint64_t *pml4, *entry;

    if (inv->length < 3 || inv->extra_count < 1)
        return inv_truncated(inv);
    uaddr_t va = inv_arg(inv, 0);
    if (!arch_cap_is_space(inv->extra[0]->cap))
        return inv_bad_cap(inv, 1);
    enum inv_result r = frame_place_check(inv, va);
    if (r == INV_OK)
        r = entry_check(inv, va, level, &pml4, &entry);
    if (r != INV_OK)
        return r;
    /*
     * As upstream: a page that is mapped there gives way (its own capability is out of date then,
     * V-1), a table does not.
     */
    if (level > 1 && entry_is_table(*entry))
        return inv_delete_first(inv);
    return map_commit(inv, pml4, entry, frame_entry(frame, inv_arg(inv, 1), inv_arg(inv, 2)), va);
}

enum inv_result frame_perform(struct inv *inv)
{
    switch (inv->label) {
    case INV_X86_PAGE_MAP: return frame_map(inv);
    case INV_X86_PAGE_UNMAP:
        frame_unmap(inv->cap);
        inv->slot->cap = cap_without_mapping(inv->cap);
        return INV_OK;
    case INV_X86_PAGE_GET_ADDRESS: inv_ret(inv, 0, cap_paddr(inv->cap)); return INV_OK;
    default: return frame_fill(inv);
    }
}

static enum inv_result table_map(struct inv *inv)
{
    unsigned level = cap_table_level(inv->cap) + 1;
    uint64_t *pml4, *entry;

    if (cap_is_mapped(inv->cap))
        return inv_bad_cap(inv, 0);
    if (!arch_cap_is_space(inv->extra[0]->cap))
        return inv_bad_cap(inv, 1);
    uaddr_t va = align_down(inv_arg(inv, 0), level_bits(level));
    if (va >= USER_TOP)
        return inv_bad_arg(inv, 0);
    enum inv_result r = entry_check(inv, va, level, &pml4, &entry);
    if (r != INV_OK)
        return r;
    if (*entry & PTE_PRESENT)
        return inv_delete_first(inv);
    return map_commit(inv, pml4, entry, table_entry(cap_ptr(inv->cap)), va);
}

static enum inv_result table_unmap_all(struct inv *inv)
{
    if (!slot_is_last(inv->slot))
        return inv_revoke_first(inv);
    if (cap_is_mapped(inv->cap)) {
        table_unmap(inv->cap);
        arch_zero(cap_ptr(inv->cap), BIT(TABLE_BITS)); /* V-2 */
    }
    inv->slot->cap = cap_without_mapping(inv->cap);
    return INV_OK;
}

enum inv_result table_perform(struct inv *inv)
{
    static const uint8_t labels[][2] = {
        { INV_X86_PAGE_TABLE_MAP, INV_X86_PAGE_TABLE_UNMAP },
        { INV_X86_PAGE_DIRECTORY_MAP, INV_X86_PAGE_DIRECTORY_UNMAP },
        { INV_X86_PDPT_MAP, INV_X86_PDPT_UNMAP },
    };
    const uint8_t *label = labels[cap_table_level(inv->cap) - 1];

    if (inv->label == label[0])
        return table_map(inv);
    return inv->label == label[1] ? table_unmap_all(inv) : inv_illegal(inv);
}

/* --- boot --- */

void vspace_boot_root(paddr_t pml4, paddr_t asid_pool, struct cap *pml4_cap, struct cap *pool_cap)
{
    vspace_init_pml4(paddr_to_ptr(pml4));
    *pml4_cap = asid_boot(paddr_to_ptr(asid_pool), paddr_to_ptr(pml4), pool_cap);
}

/* The entry for va in a table of this level. */
static uint64_t *boot_entry(struct cap pml4_cap, uaddr_t va, unsigned level)
{
    unsigned bits_left;
    uint64_t *entry = vspace_entry(cap_ptr(pml4_cap), va, level, &bits_left);

    ensure(entry != NULL && *entry == 0);
    return entry;
}

struct cap vspace_boot_table(struct cap pml4_cap, unsigned level, paddr_t table, uaddr_t va)
{
    struct cap c = cap_object(CAP_PAGE_TABLE + level - 1, paddr_to_ptr(table));

    *boot_entry(pml4_cap, va, level + 1) = table_entry(paddr_to_ptr(table));
    return cap_with_mapping(c, cap_asid(pml4_cap), align_down(va, level_bits(level + 1)));
}

struct cap vspace_boot_frame(struct cap pml4_cap, paddr_t frame, uaddr_t va)
{
    struct cap c = cap_frame(frame, FRAME_4K, FRAME_RIGHTS, false);

    *boot_entry(pml4_cap, va, 1) = frame_entry(c, FRAME_RIGHTS, 0);
    return cap_with_mapping(c, cap_asid(pml4_cap), va);
}

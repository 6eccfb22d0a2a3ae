/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address-space identifiers. A capability to something mapped names its address space by a 12-bit
 * ASID instead of a pointer, so that an address space can be deleted while such capabilities live
 * on: they then find nothing, or another address space, which is why whoever follows an ASID
 * compares what it finds with what it expects.
 *
 *     asid_pools[asid / 512] -> pool -> space[asid % 512] -> PML4
 *
 * AS-1: a PML4 stands in at most one pool entry, and its capabilities carry that ASID.
 * AS-2: a PML4 in no pool entry has no user mappings (entries are made through a valid ASID only;
 * asid_pool_dissolve() removes them before the entry goes; a deleted PML4 does not matter any
 * more).
 * AS-3: where an ASID is a PCID, one that its PML4 lost with the pool is nobody else's before that
 * PML4 is deleted: its threads go on loading it with that number, and would find the other's
 * translations.
 */
#include "asid.h"

#include "cpu_init.h"
#include "cspace.h"
#include "derive.h"
#include "panic.h"
#include "preempt.h"
#include "vspace.h"

static struct asid_pool *asid_pools[ASID_POOLS];
static uint64_t left_over[BIT(ASID_BITS) / WORD_BITS]; /* AS-3: a bit for each ASID */

/* Where it says whose asid is; NULL: its pool does not exist. */
static uint64_t **asid_entry(word_t asid)
{
    struct asid_pool *pool = asid_pools[asid >> ASID_POOL_INDEX_BITS];

    return pool == NULL ? NULL : &pool->space[asid & MASK(ASID_POOL_INDEX_BITS)];
}

inline uint64_t *asid_lookup(word_t asid)
{
    uint64_t **entry = asid_entry(asid);

    return entry == NULL ? NULL : *entry;
}

uint64_t *asid_space_of(struct cap c)
{
    uint64_t *pml4 = cap_ptr(c);

    return arch_cap_is_space(c) && asid_lookup(cap_asid(c)) == pml4 ? pml4 : NULL;
}

void asid_retire(word_t asid, const uint64_t *pml4)
{
    if (asid_lookup(asid) == pml4)
        *asid_entry(asid) = NULL;
    else
        left_over[asid / WORD_BITS] &= ~BIT(asid % WORD_BITS);
}

bool asid_pool_dissolve(struct asid_pool *pool, word_t first_asid)
{
    for (unsigned i = 0; i < ASID_POOL_ENTRIES; i++) {
        if (pool->space[i] != NULL) {
            word_t asid = first_asid + i;

            preempt_work += i / 16; /* the search for it */
            vspace_clear_user(pool->space[i], asid);
            pool->space[i] = NULL;
            if (cpu_features.has_pcid)
                left_over[asid / WORD_BITS] |= BIT(asid % WORD_BITS);
            return false;
        }
    }
    ensure(asid_pools[first_asid >> ASID_POOL_INDEX_BITS] == pool);
    asid_pools[first_asid >> ASID_POOL_INDEX_BITS] = NULL;
    return true;
}

/* index of a pool that does not exist, ASID_POOLS: none */
static unsigned pool_index_free(void)
{
    unsigned i = 0;

    while (i < ASID_POOLS && asid_pools[i] != NULL)
        i++;
    return i;
}

/* The untyped becomes pool `index`, wholly used up. */
static void pool_create(struct slot *untyped, unsigned index, struct slot *dest)
{
    struct asid_pool *pool = paddr_to_ptr(cap_paddr(untyped->cap));

    if (untyped->cap.w1 != 0) /* used before; free memory that was never used is zero */
        arch_zero(pool, sizeof(*pool));
    untyped->cap.w1 = sizeof(*pool);
    asid_pools[index] = pool;
    slot_insert(dest, cap_asid_pool(pool, (word_t)index << ASID_POOL_INDEX_BITS), untyped, true);
}

enum inv_result asid_control_perform(struct inv *inv)
{
    unsigned index = pool_index_free();

    if (inv->label != INV_X86_ASID_CONTROL_MAKE_POOL)
        return inv_illegal(inv);
    if (index == ASID_POOLS)
        return inv_delete_first(inv);
    struct cap c = inv->extra[0]->cap;
    if (!cap_is(c, CAP_UNTYPED) || cap_untyped_size_bits(c) != ASID_POOL_BITS ||
        cap_untyped_is_device(c))
        return inv_bad_cap(inv, 1);
    if (slot_has_children(inv->extra[0]))
        return inv_revoke_first(inv);
    struct slot *dest = cspace_lookup_dest(inv, inv->extra[1], 0);
    if (dest == NULL)
        return INV_ERR;
    pool_create(inv->extra[0], index, dest);
    return INV_OK;
}

/* first free ASID of the pool, ASID_NONE: full */
static word_t pool_asid_free(const struct asid_pool *pool, word_t first_asid)
{
    for (unsigned i = 0; i < ASID_POOL_ENTRIES; i++) {
        word_t asid = first_asid + i;

        if (pool->space[i] == NULL && asid != ASID_NONE &&
            !(left_over[asid / WORD_BITS] & BIT(asid % WORD_BITS)))
            return asid;
    }
    return ASID_NONE;
}

enum inv_result asid_pool_perform(struct inv *inv)
{
    struct asid_pool *pool = cap_ptr(inv->cap);
    word_t first_asid = inv->cap.w1;

    if (inv->label != INV_X86_ASID_POOL_ASSIGN)
        return inv_illegal(inv);
    struct cap space = inv->extra[0]->cap;
    if (!cap_is(space, CAP_PML4) || cap_is_mapped(space))
        return inv_bad_cap(inv, 1);
    if (asid_pools[first_asid >> ASID_POOL_INDEX_BITS] != pool)
        return inv_lookup(inv, false, (struct lookup_failure){ .type = LF_INVALID_ROOT });
    word_t asid = pool_asid_free(pool, first_asid);
    if (asid == ASID_NONE)
        return inv_delete_first(inv);
    *asid_entry(asid) = cap_ptr(space);
    inv->extra[0]->cap = cap_with_mapping(space, asid, 0);
    return INV_OK;
}

struct cap asid_boot(struct asid_pool *pool, uint64_t *pml4, struct cap *pool_cap)
{
    asid_pools[0] = pool;
    pool->space[ASID_BOOT] = pml4;
    *pool_cap = cap_asid_pool(pool, 0);
    return cap_with_mapping(cap_object(CAP_PML4, pml4), ASID_BOOT, 0);
}

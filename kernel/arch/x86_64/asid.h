/* SPDX-License-Identifier: BSD-2-Clause */
/* Address-space identifiers: from an ASID to the address space that has it now. See asid.c. */
#pragma once

#include "arch.h"

#define ASID_POOL_ENTRIES BIT(ASID_POOL_INDEX_BITS)
#define ASID_POOLS BIT(ASID_POOL_COUNT_BITS)
#define ASID_NONE 0u /* never assigned */
#define ASID_BOOT 1u /* of the root task */

struct asid_pool {
    uint64_t *space[ASID_POOL_ENTRIES]; /* PML4 of each ASID, NULL: free */
};

_Static_assert(sizeof(struct asid_pool) == BIT(ASID_POOL_BITS), "public size");
_Static_assert(ASID_POOL_ENTRIES *ASID_POOLS == BIT(ASID_BITS), "ASIDs fit their field");

/* The PML4 that has asid (below 2^ASID_BITS) now; NULL: none has. */
uint64_t *asid_lookup(word_t asid);

/*
 * The PML4 that capability c names, if it may be used: c is one, has an ASID, and the ASID is still
 * its own. Else NULL.
 */
uint64_t *asid_space_of(struct cap c);

/* asid, if it is pml4's, becomes free. */
void asid_retire(word_t asid, const uint64_t *pml4);

/*
 * The pool is going away: take the ASIDs from its address spaces and unmap everything in them,
 * since the capabilities to what is mapped there find it by ASID only. One address space per call.
 * False: call again.
 */
bool MUST_CHECK asid_pool_dissolve(struct asid_pool *pool, word_t first_asid);

/*
 * seL4_X86_ASIDControl_MakePool; words: index, depth; capabilities: untyped, root. Errors, in this
 * order: illegal operation (label), truncated message, delete first (all pools exist), invalid
 * capability 1 (no untyped, not 4 KiB, device), revoke first (untyped in use), those of
 * cspace_lookup_dest().
 */
RARE enum inv_result asid_control_perform(struct inv *inv);

/*
 * seL4_X86_ASIDPool_Assign; capability: the PML4. Errors, in this order: illegal operation (label),
 * truncated message, invalid capability 1 (no PML4, or it has an ASID), failed lookup (the pool is
 * being deleted), delete first (no ASID is free). Time: 512 steps.
 */
RARE enum inv_result asid_pool_perform(struct inv *inv);

/*
 * Boot: zeroed memory becomes the first pool, and pml4 gets ASID 1 from it; the capability to pml4,
 * and the pool's.
 */
struct cap asid_boot(struct asid_pool *pool, uint64_t *pml4, struct cap *pool_cap);

/* SPDX-License-Identifier: BSD-2-Clause */
/* From capability addresses to slots (manual, "Capability Address Lookup"). */
#pragma once

#include "arch.h"

struct lookup_result {
    struct slot *slot;  /* NULL: failed */
    unsigned bits_left; /* bits of the address that were not resolved */
    unsigned radix;     /* of the CNode that the slot is in */
};

/*
 * Resolve the low depth_bits (1..64) of address, starting at the CNode capability root, until they
 * are used up or a slot holds no CNode; at most 64 steps. *why is set only when that fails.
 */
struct lookup_result cspace_resolve(struct cap root, cptr_t address, unsigned depth_bits,
                                    struct lookup_failure *why);

/*
 * The slot that thread t means by address; NULL: failed, *why set. Bits left over are ignored, as
 * for every invocation.
 */
struct slot *cspace_lookup(const struct tcb *t, cptr_t address, struct lookup_failure *why);

/*
 * The slot that a request names: at index, depth bits deep, in the CNode whose capability is in
 * node. NULL: refused, with inv's error (in_source says which of the request's two addresses it
 * is): failed lookup (node has no CNode's), range (depth not 1..64), failed lookup (not resolved,
 * or bits left).
 */
struct slot *cspace_lookup_slot(struct inv *inv, bool in_source, const struct slot *node,
                                word_t index, word_t depth);

/*
 * The same for a destination, which must be empty: delete first otherwise. Index and depth are
 * inv's words from `word` on.
 */
struct slot *cspace_lookup_dest(struct inv *inv, const struct slot *node, unsigned word);

/*
 * The first of count consecutive slots in one CNode, named as above; errors as above, then range
 * (count not 1..the slots that are there).
 */
RARE struct slot *cspace_lookup_run(struct inv *inv, bool in_source, const struct slot *node,
                                    word_t index, word_t depth, word_t count);

/* Recompute t->fast from its CSpace root; whenever slot TCB_CSPACE changes. */
void cspace_refresh(struct tcb *t);

static inline struct lookup_failure missing_capability(word_t bits_left)
{
    return (struct lookup_failure){ .type = LF_MISSING_CAPABILITY,
                                    .bits_left = (uint8_t)bits_left };
}

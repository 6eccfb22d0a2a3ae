/* SPDX-License-Identifier: BSD-2-Clause */
#include "cspace.h"

static struct lookup_result failed(struct lookup_failure why)
{
    return (struct lookup_result){ .slot = NULL, .failure = why };
}

static struct lookup_result guard_mismatch(struct cap node, unsigned bits_left)
{
    return failed((struct lookup_failure){ .type = LF_GUARD_MISMATCH,
                                           .bits_left = (uint8_t)bits_left,
                                           .bits_found = (uint8_t)cap_cnode_guard_bits(node),
                                           .guard = cap_cnode_guard(node) });
}

static struct lookup_failure depth_mismatch(unsigned bits_left, unsigned bits_found)
{
    return (struct lookup_failure){ .type = LF_DEPTH_MISMATCH,
                                    .bits_left = (uint8_t)bits_left,
                                    .bits_found = (uint8_t)bits_found };
}

struct lookup_result cspace_resolve(struct cap root, cptr_t address, unsigned depth_bits)
{
    unsigned left = depth_bits;
    struct cap node = root;

    if (!cap_is(node, CAP_CNODE))
        return failed((struct lookup_failure){ .type = LF_INVALID_ROOT });
    for (;;) {
        unsigned guard_bits = cap_cnode_guard_bits(node);
        unsigned radix = cap_cnode_radix(node);
        unsigned level = guard_bits + radix;
        struct slot *slot;

        if (guard_bits > left)
            return guard_mismatch(node, left);
        /* guard_bits 0 would shift by up to 64: its guard is 0 and always matches */
        if (guard_bits != 0 && (address >> (left - guard_bits) & MASK(guard_bits)) != cap_cnode_guard(node))
            return guard_mismatch(node, left);
        if (level > left || level == 0)
            return failed(depth_mismatch(left, level));
        slot = (struct slot *)cap_ptr(node) + (address >> (left - level) & MASK(radix));
        left -= level;
        node = slot->cap;
        if (left == 0 || !cap_is(node, CAP_CNODE))
            return (struct lookup_result){ .slot = slot, .bits_left = left };
    }
}

struct slot *cspace_lookup(const struct tcb *t, cptr_t address, struct lookup_failure *why)
{
    word_t index = address - t->fast.cspace_first;
    struct lookup_result r;

    if (likely(index < t->fast.cspace_count || index < t->fast.marked_count))
        return t->fast.cspace_slots + arch_masked(index, &t->fast.cspace_mask);
    r = cspace_resolve(t->slots[TCB_CSPACE].cap, address, WORD_BITS);
    if (r.slot == NULL)
        *why = r.failure;
    return r.slot;
}

enum inv_result cspace_lookup_slot(struct inv *inv, bool in_source, struct cap root, word_t index, word_t depth,
                                   struct slot **out)
{
    struct lookup_result r;

    if (!cap_is(root, CAP_CNODE))
        return inv_lookup(inv, in_source, (struct lookup_failure){ .type = LF_INVALID_ROOT });
    if (depth < 1 || depth > WORD_BITS)
        return inv_range(inv, 1, WORD_BITS);
    r = cspace_resolve(root, index, (unsigned)depth);
    if (r.slot == NULL)
        return inv_lookup(inv, in_source, r.failure);
    if (r.bits_left != 0)
        return inv_lookup(inv, in_source, depth_mismatch(r.bits_left, 0));
    *out = r.slot;
    return INV_OK;
}

enum inv_result cspace_lookup_dest(struct inv *inv, struct cap root, word_t index, word_t depth, struct slot **out)
{
    enum inv_result r = cspace_lookup_slot(inv, false, root, index, depth, out);

    if (r != INV_OK)
        return r;
    return slot_is_empty(*out) ? INV_OK : inv_delete_first(inv);
}

void cspace_refresh(struct tcb *t)
{
    struct cap root = t->slots[TCB_CSPACE].cap;
    unsigned radix = cap_cnode_radix(root);

    t->fast = (struct tcb_fast){ 0, 0, 0, 0, NULL };
    if (!cap_is(root, CAP_CNODE) || cap_cnode_guard_bits(root) + radix != WORD_BITS)
        return;
    t->fast.cspace_first = cap_cnode_guard(root) << radix;
    t->fast.cspace_count = t->upcall_entry == 0 ? BIT(radix) : 0;
    t->fast.marked_count = t->upcall_entry == 0 ? 0 : BIT(radix);
    t->fast.cspace_mask = BIT(radix) - 1;
    t->fast.cspace_slots = cap_ptr(root);
}

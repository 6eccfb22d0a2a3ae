/* SPDX-License-Identifier: BSD-2-Clause */
#include "cspace.h"

APART static struct lookup_result failed(struct lookup_failure *why, unsigned type, unsigned left, unsigned found, word_t guard)
{
    *why = (struct lookup_failure){ .type = (uint8_t)type,
                                    .bits_left = (uint8_t)left,
                                    .bits_found = (uint8_t)found,
                                    .guard = guard };
    return (struct lookup_result){ .slot = NULL };
}

struct lookup_result cspace_resolve(struct cap node, cptr_t address, unsigned depth_bits, struct lookup_failure *why)
{
    unsigned left = depth_bits;

    if (!cap_is(node, CAP_CNODE))
        return failed(why, LF_INVALID_ROOT, 0, 0, 0);
    for (;;) {
        unsigned guard_bits = cap_cnode_guard_bits(node);
        unsigned radix = cap_cnode_radix(node);

        if (guard_bits != 0) {
            word_t guard = cap_cnode_guard(node);

            if (guard_bits > left || (address >> (left - guard_bits) & MASK(guard_bits)) != guard)
                return failed(why, LF_GUARD_MISMATCH, left, guard_bits, guard);
            left -= guard_bits;
        }
        if (radix - 1 >= left) /* no CNode has radix 0, but a walk must end */
            return failed(why, LF_DEPTH_MISMATCH, left + guard_bits, guard_bits + radix, 0);
        left -= radix;
        /* inside the CNode whatever has been guessed */
        struct slot *slot = (struct slot *)cap_ptr(node) + (address >> left & MASK(radix));
        node = slot->cap;
        if (left == 0 || !cap_is(node, CAP_CNODE))
            return (struct lookup_result){ .slot = slot, .bits_left = left };
    }
}

struct slot *cspace_lookup(const struct tcb *t, cptr_t address, struct lookup_failure *why)
{
    word_t index = address - t->fast.cspace_first;

    if (likely(index < t->fast.cspace_count || index < t->fast.marked_count))
        return t->fast.cspace_slots + arch_masked(index, &t->fast.cspace_mask);
    return cspace_resolve(t->slots[TCB_CSPACE].cap, address, WORD_BITS, why).slot;
}

enum inv_result cspace_lookup_slot(struct inv *inv, bool in_source, struct cap root, word_t index, word_t depth,
                                   struct slot **out)
{
    struct lookup_failure why = { .type = LF_INVALID_ROOT };

    if (!cap_is(root, CAP_CNODE))
        return inv_lookup(inv, in_source, why);
    if (depth < 1 || depth > WORD_BITS)
        return inv_range(inv, 1, WORD_BITS);
    struct lookup_result r = cspace_resolve(root, index, (unsigned)depth, &why);
    if (r.slot != NULL && r.bits_left != 0)
        r = failed(&why, LF_DEPTH_MISMATCH, r.bits_left, 0, 0);
    if (r.slot == NULL)
        return inv_lookup(inv, in_source, why);
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

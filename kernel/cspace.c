/* SPDX-License-Identifier: BSD-2-Clause */
#include "cspace.h"

#include "fastpath.h"

APART static struct lookup_result failed(struct lookup_failure *why, unsigned type, unsigned left,
                                         unsigned found, word_t guard)
{
    *why = (struct lookup_failure){ .type = (uint8_t)type,
                                    .bits_left = (uint8_t)left,
                                    .bits_found = (uint8_t)found,
                                    .guard = guard };
    return (struct lookup_result){ .slot = NULL };
}

struct lookup_result cspace_resolve(struct cap node, cptr_t address, unsigned depth_bits,
                                    struct lookup_failure *why)
{
    unsigned left = depth_bits;
    word_t rest = address << (WORD_BITS - depth_bits); /* what is left, from the highest bit on */

    if (!cap_is(node, CAP_CNODE))
        return failed(why, LF_INVALID_ROOT, 0, 0, 0);
    for (;;) {
        unsigned guard_bits = cap_cnode_guard_bits(node);
        unsigned radix = cap_cnode_radix(node);

        if (guard_bits != 0) {
            word_t guard = cap_cnode_guard(node);

            if (guard_bits > left || rest >> (WORD_BITS - guard_bits) != guard)
                return failed(why, LF_GUARD_MISMATCH, left, guard_bits, guard);
            left -= guard_bits;
            rest <<= guard_bits;
        }
        if (radix - 1 >= left) /* no CNode has radix 0, but a walk must end */
            return failed(why, LF_DEPTH_MISMATCH, left + guard_bits, guard_bits + radix, 0);
        left -= radix;
        /* inside the CNode whatever has been guessed */
        struct slot *slot = (struct slot *)cap_ptr(node) + (rest >> (WORD_BITS - radix));
        rest <<= radix;
        node = slot->cap;
        if (left == 0 || !cap_is(node, CAP_CNODE))
            return (struct lookup_result){ .slot = slot, .bits_left = left, .radix = radix };
    }
}

inline struct slot *cspace_lookup(const struct tcb *t, cptr_t address, struct lookup_failure *why)
{
    if (likely(address < t->fast.cspace_count || address < t->fast.marked_count))
        return t->fast.cspace_slots + arch_masked(address, &t->fast.cspace_mask);
    return cspace_resolve(t->slots[TCB_CSPACE].cap, address, WORD_BITS, why).slot;
}

struct slot *cspace_lookup_run(struct inv *inv, bool in_source, const struct slot *node,
                               word_t index, word_t depth, word_t count)
{
    struct cap root = node->cap;
    struct lookup_failure why = { .type = LF_INVALID_ROOT };
    struct lookup_result r = { .slot = NULL };

    if (cap_is(root, CAP_CNODE)) {
        if (depth < 1 || depth > WORD_BITS) {
            inv_range(inv, 1, WORD_BITS);
            return NULL;
        }
        r = cspace_resolve(root, index, (unsigned)depth, &why);
        if (r.slot != NULL && r.bits_left != 0)
            r = failed(&why, LF_DEPTH_MISMATCH, r.bits_left, 0, 0);
    }
    word_t room = BIT(r.radix) - (index & MASK(r.radix));
    if (r.slot == NULL)
        inv_lookup(inv, in_source, why);
    else if (count - 1 >= room)
        inv_range(inv, 1, room);
    else
        return r.slot;
    return NULL;
}

struct slot *cspace_lookup_slot(struct inv *inv, bool in_source, const struct slot *node,
                                word_t index, word_t depth)
{
    struct cap root = node->cap;
    unsigned radix = cap_cnode_radix(root);

    if (likely(cap_is(root, CAP_CNODE) && radix + cap_cnode_guard_bits(root) == depth &&
               index >> radix == cap_cnode_guard(root))) /* in one step, as most do */
        return (struct slot *)cap_ptr(root) + (index & MASK(radix));
    return cspace_lookup_run(inv, in_source, node, index, depth, 1);
}

struct slot *cspace_lookup_dest(struct inv *inv, const struct slot *node, unsigned word)
{
    struct slot *s =
        cspace_lookup_slot(inv, false, node, inv_arg(inv, word), inv_arg(inv, word + 1));

    if (s == NULL || slot_is_empty(s))
        return s;
    inv_delete_first(inv);
    return NULL;
}

void cspace_refresh(struct tcb *t)
{
    struct cap root = t->slots[TCB_CSPACE].cap;
    unsigned radix = cap_cnode_radix(root);

    t->fast = (struct tcb_fast){ .is_special =
                                     t->upcall_entry != 0 || t->is_interrupted || fastpath_is_off };
    if (!cap_is(root, CAP_CNODE) || cap_cnode_guard_bits(root) + radix != WORD_BITS ||
        cap_cnode_guard(root) != 0 || t->is_interrupted || fastpath_is_off)
        return;
    t->fast.cspace_count = t->upcall_entry == 0 ? BIT(radix) : 0;
    t->fast.marked_count = t->upcall_entry == 0 ? 0 : BIT(radix);
    t->fast.cspace_mask = BIT(radix) - 1;
    t->fast.cspace_slots = cap_ptr(root);
}

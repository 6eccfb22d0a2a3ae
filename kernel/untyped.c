/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped memory (manual, "Untyped Memory"; libsel4 object-api.xml, seL4_Untyped).
 *
 * A region is used from its start: w1 of its capability counts the bytes carved off. When it has no
 * children any more, the next request starts over, after what was used has been zeroed, from its
 * end down and in chunks, so that it can be interrupted.
 *
 * UT-1: the free part of RAM untyped (from w1 on) is zero. UT-2: w1 <= 2^size_bits. UT-3: no
 * children, or w1 > 0.
 */
#include "perform.h"

#include "cspace.h"
#include "derive.h"
#include "panic.h"
#include "preempt.h"

#define CHUNK_UNITS (1 + BIT(CONFIG_RESET_CHUNK_BITS) / 1024) /* to zero one: words, in fact */

struct retype_plan {
    word_t type;
    unsigned user_bits;   /* size argument */
    unsigned object_bits; /* size of one object */
    word_t count;
    struct slot *dest; /* the first of count empty slots */
};

/*
 * Errors: invalid argument 0 (no such type); range (size); invalid argument 1 (size too small for
 * the type).
 */
static enum inv_result check_type(struct inv *inv, struct retype_plan *plan)
{
    word_t type = inv_arg(inv, 0);
    word_t bits = inv_arg(inv, 1);

    if (!object_type_exists(type))
        return inv_bad_arg(inv, 0);
    plan->object_bits = object_size_bits(type, (unsigned)bits);
    if (bits >= WORD_BITS || plan->object_bits > UNTYPED_MAX_BITS)
        return inv_range(inv, 0, UNTYPED_MAX_BITS);
    if (bits < object_min_bits(type))
        return inv_bad_arg(inv, 1);
    plan->type = type;
    plan->user_bits = (unsigned)bits;
    return INV_OK;
}

/* Errors: failed lookup; range (offset, count, both); delete first. */
static enum inv_result check_slots(struct inv *inv, struct retype_plan *plan)
{
    word_t depth = inv_arg(inv, 3);
    word_t offset = inv_arg(inv, 4);
    word_t count = inv_arg(inv, 5);
    struct slot *node = inv->extra[0];

    if (depth != 0) {
        node = cspace_lookup_slot(inv, false, node, inv_arg(inv, 2), depth);
        if (node == NULL)
            return INV_ERR;
    }
    struct cap c = node->cap;
    if (!cap_is(c, CAP_CNODE))
        return inv_lookup(inv, false, missing_capability(depth));
    word_t last = MASK(cap_cnode_radix(c));
    if (offset > last)
        return inv_range(inv, 0, last);
    if (count < 1 || count > CONFIG_RETYPE_FAN_OUT_LIMIT)
        return inv_range(inv, 1, CONFIG_RETYPE_FAN_OUT_LIMIT);
    if (count - 1 > last - offset)
        return inv_range(inv, 1, last - offset + 1);
    plan->dest = (struct slot *)cap_ptr(c) + arch_masked(offset, &last);
    plan->count = count;
    struct slot *dest = plan->dest + count;
    do
        if (!slot_is_empty(--dest))
            return inv_delete_first(inv);
    while (dest != plan->dest);
    return INV_OK;
}

/* Zero what was used of a region without children. INV_PREEMPTED: call again. */
static enum inv_result reset(struct slot *s)
{
    paddr_t base = cap_paddr(s->cap);

    if (cap_untyped_is_device(s->cap)) {
        s->cap.w1 = 0;
        return INV_OK;
    }
    while (s->cap.w1 != 0) {
        word_t from = align_down(s->cap.w1 - 1, CONFIG_RESET_CHUNK_BITS);

        arch_zero(paddr_to_ptr(base + from), s->cap.w1 - from);
        s->cap.w1 = from;
        /* in the end it does look: what follows has no such point */
        if (preempt_point(from != 0 ? CHUNK_UNITS : CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION))
            return INV_PREEMPTED;
    }
    return INV_OK;
}

static void commit(struct slot *s, const struct retype_plan *plan)
{
    word_t start = align_up(s->cap.w1, plan->object_bits);
    bool is_device = cap_untyped_is_device(s->cap);
    paddr_t p = cap_paddr(s->cap) + start;

    s->cap.w1 = start + (plan->count << plan->object_bits);
    assert(s->cap.w1 <= BIT(cap_untyped_size_bits(s->cap))); /* UT-2 */
    struct cap c = object_cap(plan->type, p, plan->user_bits, is_device);
    for (struct slot *dest = plan->dest;; dest++) {
        object_init(plan->type, p);
        slot_insert(dest, c, s, true);
        if (dest == plan->dest + plan->count - 1)
            return;
        p += BIT(plan->object_bits);
        c.w0 += BIT(plan->object_bits) << CAP_PTR_SHIFT;
    }
}

/*
 * Errors, in this order: illegal operation (label); truncated message; check_type()'s;
 * check_slots()'s; not enough memory; invalid argument 1 (a kernel object in device memory).
 */
enum inv_result untyped_perform(struct inv *inv)
{
    struct slot *s = inv->slot;
    struct retype_plan plan = { 0 };

    if (inv->label != INV_UNTYPED_RETYPE)
        return inv_illegal(inv);
    if (inv->length < 6 || inv->extra_count < 1)
        return inv_truncated(inv);
    enum inv_result r = check_type(inv, &plan);
    if (r == INV_OK)
        r = check_slots(inv, &plan);
    if (r != INV_OK)
        return r;

    word_t used = slot_has_children(s) ? s->cap.w1 : 0;
    word_t free_bytes = BIT(cap_untyped_size_bits(s->cap)) - used;
    /* Dividing cannot overflow; the region's end is aligned, so what fits also fits aligned. */
    if (free_bytes >> plan.object_bits < plan.count)
        return inv_refuse(inv, ERR_NOT_ENOUGH_MEMORY, free_bytes, 0);
    if (cap_untyped_is_device(s->cap) && !object_may_be_device(plan.type))
        return inv_bad_arg(inv, 1);

    if (used == 0) {
        r = reset(s);
        if (r != INV_OK)
            return r;
    }
    commit(s, &plan);
    return INV_OK;
}

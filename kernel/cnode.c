/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to CNodes: moving, copying and taking away capabilities (manual, "CNode Methods";
 * libsel4 object-api.xml).
 */
#include "cspace.h"
#include "derive.h"
#include "perform.h"
#include "endpoint.h"
#include "preempt.h"

/* The slot that each request names first, which has two words or more. */
static inline struct slot *first_slot(struct inv *inv)
{
    return cspace_lookup_slot(inv, false, inv->slot, inv_arg(inv, 0), inv_arg(inv, 1));
}

/* Copy, Mint, Move, Mutate: dest is already looked up. */
static enum inv_result transfer(struct inv *inv, struct slot *dest)
{
    static const uint8_t words[] = { 5, 6, 4, 5 }; /* of Copy, Mint, Move, Mutate */
    bool is_copy = inv->label == INV_CNODE_COPY || inv->label == INV_CNODE_MINT;
    struct cap c;

    if (inv->length < 4 || inv->extra_count < 1)
        return inv_truncated(inv);
    if (!slot_is_empty(dest))
        return inv_delete_first(inv);
    struct slot *src =
        cspace_lookup_slot(inv, true, inv->extra[0], inv_arg(inv, 2), inv_arg(inv, 3));
    if (src == NULL)
        return INV_ERR;
    if (slot_is_empty(src))
        return inv_lookup(inv, true, missing_capability(inv_arg(inv, 3)));
    if (inv->length < words[inv->label - INV_CNODE_COPY])
        return inv_truncated(inv);

    if (is_copy) {
        c = cap_mask_rights(src->cap, inv_arg(inv, 4));
        if (inv->label == INV_CNODE_MINT)
            c = cap_update_data(c, inv_arg(inv, 5), true);
        enum inv_result r = inv_derive(inv, src, c, &c);

        if (r != INV_OK)
            return r;
    } else {
        c = inv->label == INV_CNODE_MUTATE ? cap_update_data(src->cap, inv_arg(inv, 4), false)
                                           : src->cap;
    }
    if (cap_is(c, CAP_NULL) || cap_is(c, CAP_ZOMBIE))
        return inv_illegal(inv);
    if (is_copy)
        slot_insert(dest, c, src, derive_is_original(c, src->cap));
    else
        slot_move(dest, src, c);
    return INV_OK;
}

/* As upstream: a pivot that is not found is a source, one that is empty a destination. */
RARE static enum inv_result rotate(struct inv *inv, struct slot *dest)
{
    if (inv->length < 8 || inv->extra_count < 2)
        return inv_truncated(inv);
    struct slot *src =
        cspace_lookup_slot(inv, true, inv->extra[1], inv_arg(inv, 6), inv_arg(inv, 7));
    if (src == NULL)
        return INV_ERR;
    struct slot *pivot =
        cspace_lookup_slot(inv, true, inv->extra[0], inv_arg(inv, 3), inv_arg(inv, 4));
    if (pivot == NULL)
        return INV_ERR;
    if (pivot == src || pivot == dest)
        return inv_illegal(inv);
    if (src != dest && !slot_is_empty(dest))
        return inv_delete_first(inv);
    if (slot_is_empty(src))
        return inv_lookup(inv, true, missing_capability(inv_arg(inv, 7)));
    if (slot_is_empty(pivot))
        return inv_lookup(inv, false, missing_capability(inv_arg(inv, 4)));
    struct cap src_new = cap_update_data(src->cap, inv_arg(inv, 5), false);
    struct cap pivot_new = cap_update_data(pivot->cap, inv_arg(inv, 2), false);
    if (cap_is(src_new, CAP_NULL) || cap_is(pivot_new, CAP_NULL))
        return inv_illegal(inv);
    if (cap_is(src_new, CAP_ZOMBIE) || cap_is(pivot_new, CAP_ZOMBIE))
        return inv_illegal(inv);
    struct slot spare = { 0 }; /* dest may be src */
    slot_move(&spare, pivot, pivot_new);
    slot_move(pivot, src, src_new);
    slot_move(dest, &spare, pivot_new);
    return INV_OK;
}

/* Only a capability with all rights may cancel: it stands for the object's owner. */
RARE static enum inv_result cancel_badged(struct inv *inv, struct slot *s)
{
    if (!cap_is(s->cap, CAP_ENDPOINT) || cap_rights(s->cap) != RIGHTS_ALL)
        return inv_illegal(inv);
    while (s->cap.w1 != 0 && !endpoint_walk(cap_ptr(s->cap), s->cap.w1))
        if (preempt_point(1))
            return INV_PREEMPTED;
    return INV_OK;
}

/*
 * Errors, in this order: illegal operation (not a label of this file or of arch_frames_perform(),
 * which has errors of its own), truncated message (under two words), then those of the first slot's
 * lookup, then each operation's own.
 */
enum inv_result cnode_perform(struct inv *inv)
{
    if (inv->label < INV_CNODE_REVOKE || inv->label > INV_CNODE_ROTATE)
        return arch_frames_perform(inv);
    if (inv->length < 2)
        return inv_truncated(inv);
    struct slot *s = first_slot(inv);
    if (s == NULL)
        return INV_ERR;
    switch (inv->label) {
    case INV_CNODE_REVOKE: return slot_revoke(s);
    case INV_CNODE_DELETE: return slot_delete(s);
    case INV_CNODE_CANCEL_BADGED_SENDS: return cancel_badged(inv, s);
    case INV_CNODE_ROTATE: return rotate(inv, s);
    default: return transfer(inv, s);
    }
}

bool cnode_perform_local(struct inv *inv, enum inv_result *r)
{
    struct slot *s;

    switch (inv->label) {
    case INV_CNODE_REVOKE:
    case INV_CNODE_CANCEL_BADGED_SENDS:
    case INV_CNODE_ROTATE: return false;
    case INV_CNODE_DELETE:
        s = inv->length < 2 ? NULL : first_slot(inv);
        return s != NULL && slot_delete_local(s);
    default: *r = cnode_perform(inv); return true;
    }
}

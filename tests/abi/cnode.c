/* SPDX-License-Identifier: BSD-2-Clause */
/* CNodes: moving and deriving capabilities, guards and depths, deletion and revocation. */

#include "env.h"

/* ---- the operations ---- */

TEST(cnode_copy, "cnode/copy-gives-a-second-capability", "3.1.2")
{
    seL4_CPtr endpoint = endpoint_new(), copy = slot_new();

    WORKS(seL4_CNode_Copy(CNODE, copy, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights));
    cap_delete(endpoint);
    CHECK(!slot_is_empty(copy));
    seL4_NBSend(copy, seL4_MessageInfo_new(0, 0, 0, 0));
}

TEST(cnode_move, "cnode/move-leaves-source-empty", "3.1.2")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    WORKS(seL4_CNode_Move(CNODE, to, DEPTH, CNODE, endpoint, DEPTH));
    CHECK(slot_is_empty(endpoint));
    CHECK(!slot_is_empty(to));
}

TEST(cnode_mutate, "cnode/mutate-moves", "3.1.2")
{
    seL4_CPtr cnode = cnode_new(4), to = slot_new();

    WORKS(seL4_CNode_Mutate(CNODE, to, DEPTH, CNODE, cnode, DEPTH,
                            seL4_CNode_CapData_new(0x5, 4).words[0]));
    CHECK(slot_is_empty(cnode));
    /* The guard is in force: an index of 8 bits whose upper four are the guard. */
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, to, 0, 0, 3, 1));
    WORKS(seL4_CNode_Move(CNODE, cnode, DEPTH, to, 0x53, 8));
}

TEST(cnode_mint_guard, "cnode/mint-sets-guard", "3.1.2")
{
    seL4_CPtr cnode = cnode_new(4), guarded;

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 7, 1));
    guarded = cap_mint(cnode, seL4_AllRights, seL4_CNode_CapData_new(0xab, 8).words[0]);
    WORKS(seL4_CNode_Delete(guarded, 0xab7, 12));
    FAILS(seL4_FailedLookup, CNodeDelete, seL4_CNode_Delete(guarded, 0xaa7, 12));
    LOOKUP_IS(0, seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(2), 12);   /* bits left */
    CHECK_EQ(seL4_GetMR(3), 0xab); /* the guard */
    CHECK_EQ(seL4_GetMR(4), 8);    /* its bits */
}

TEST(cnode_guard_too_short, "cnode/index-shorter-than-guard", "3.4.4")
{
    seL4_CPtr guarded =
        cap_mint(cnode_new(4), seL4_AllRights, seL4_CNode_CapData_new(0, 8).words[0]);

    FAILS(seL4_FailedLookup, CNodeDelete, seL4_CNode_Delete(guarded, 0, 7));
    LOOKUP_IS(0, seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(2), 7);
    CHECK_EQ(seL4_GetMR(3), 0);
    CHECK_EQ(seL4_GetMR(4), 8);
}

TEST(cnode_guard_too_long, "cnode/guard-and-radix-exceed-a-word", "3.1.2")
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_IllegalOperation, CNodeMint,
          seL4_CNode_Mint(CNODE, slot_new(), DEPTH, CNODE, cnode, DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(0, 61).words[0]));
    WORKS(seL4_CNode_Mint(CNODE, slot_new(), DEPTH, CNODE, cnode, DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(0, 60).words[0]));
}

static seL4_Word address_of(seL4_CPtr frame)
{
    seL4_X86_Page_GetAddress_t got = seL4_X86_Page_GetAddress(frame);

    return got.error == seL4_NoError ? got.paddr : 0;
}

TEST(cnode_rotate, "cnode/rotate-moves-two", "3.1.2")
{
    seL4_CPtr a = frame_new(), b = frame_new(), c = slot_new();
    seL4_Word of_a = address_of(a), of_b = address_of(b);

    WORKS(seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    CHECK(slot_is_empty(a));
    CHECK_EQ(address_of(b), of_a);
    CHECK_EQ(address_of(c), of_b);
}

TEST(cnode_swap, "cnode/rotate-swaps", "3.1.2")
{
    seL4_CPtr a = frame_new(), b = frame_new();
    seL4_Word of_a = address_of(a), of_b = address_of(b);

    WORKS(seL4_CNode_Rotate(CNODE, a, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    CHECK_EQ(address_of(b), of_a);
    CHECK_EQ(address_of(a), of_b);
}

/*
 * Rotate and mutate treat their data word as a badge to set, which an endpoint refuses even when it
 * is 0.
 */
TEST(cnode_rotate_endpoint, "cnode/rotate-and-mutate-refuse-endpoints", "3.1.2")
{
    seL4_CPtr a = endpoint_new(), b = notification_new(), c = slot_new(), frame = frame_new();

    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, frame, DEPTH, 0, CNODE, a, DEPTH));
    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, frame, DEPTH));
    FAILS(seL4_IllegalOperation, CNodeMutate,
          seL4_CNode_Mutate(CNODE, c, DEPTH, CNODE, a, DEPTH, 0));
    FAILS(seL4_IllegalOperation, CNodeMutate,
          seL4_CNode_Mutate(CNODE, c, DEPTH, CNODE, b, DEPTH, 0));
}

TEST(cnode_rotate_guard, "cnode/rotate-sets-guards", "3.1.2")
{
    seL4_CPtr a = cnode_new(4), b = cnode_new(4), c = slot_new();

    WORKS(seL4_CNode_Rotate(CNODE, c, DEPTH, seL4_CNode_CapData_new(1, 4).words[0], CNODE, b, DEPTH,
                            seL4_CNode_CapData_new(2, 4).words[0], CNODE, a, DEPTH));
    FAILS(seL4_FailedLookup, CNodeDelete, seL4_CNode_Delete(b, 0x10, 8));
    WORKS(seL4_CNode_Delete(b, 0x20, 8));
    WORKS(seL4_CNode_Delete(c, 0x10, 8));
}

TEST(cnode_delete_empty, "cnode/delete-of-an-empty-slot-works", "3.1.2")
{
    cap_delete(slot_new());
}

TEST(cnode_revoke_empty, "cnode/revoke-of-an-empty-slot-works", "3.1.2")
{
    cap_revoke(slot_new());
}

/* ---- two-slot operations: what they refuse, and in which order ---- */

enum { COPY, MINT, MOVE, MUTATE, OPERATIONS };
static const char *const operation_names[] = { "copy", "mint", "move", "mutate" };
static const unsigned operation_labels[] = { CNodeCopy, CNodeMint, CNodeMove, CNodeMutate };

static const char *operation_name(unsigned variant)
{
    return operation_names[variant];
}

static seL4_Error operate(unsigned operation, seL4_CPtr to_root, seL4_Word to, seL4_Word to_depth,
                          seL4_CPtr from_root, seL4_Word from, seL4_Word from_depth, seL4_Word data)
{
    switch (operation) {
    case COPY:
        return seL4_CNode_Copy(to_root, to, (seL4_Uint8)to_depth, from_root, from,
                               (seL4_Uint8)from_depth, seL4_AllRights);
    case MINT:
        return seL4_CNode_Mint(to_root, to, (seL4_Uint8)to_depth, from_root, from,
                               (seL4_Uint8)from_depth, seL4_AllRights, data);
    case MOVE:
        return seL4_CNode_Move(to_root, to, (seL4_Uint8)to_depth, from_root, from,
                               (seL4_Uint8)from_depth);
    default:
        return seL4_CNode_Mutate(to_root, to, (seL4_Uint8)to_depth, from_root, from,
                                 (seL4_Uint8)from_depth, data);
    }
}

TEST_VARIANTS(cnode_full_target, "cnode/target-slot-is-full", "10.1.8", OPERATIONS, operation_name)
{
    seL4_CPtr a = endpoint_new(), b = notification_new();

    FAILS(seL4_DeleteFirst, operation_labels[variant],
          operate(variant, CNODE, b, DEPTH, CNODE, a, DEPTH, 0));
    FAILS(seL4_DeleteFirst, operation_labels[variant],
          operate(variant, CNODE, a, DEPTH, CNODE, a, DEPTH, 0));
}

TEST_VARIANTS(cnode_empty_source, "cnode/source-slot-is-empty", "10.1.6", OPERATIONS,
              operation_name)
{
    FAILS(seL4_FailedLookup, operation_labels[variant],
          operate(variant, CNODE, slot_new(), DEPTH, CNODE, slot_new(), DEPTH, 0));
    LOOKUP_IS(1, seL4_MissingCapability);
    CHECK_EQ(seL4_GetMR(2), DEPTH);
}

TEST_VARIANTS(cnode_source_root, "cnode/source-root-is-no-cnode", "10.1.6", OPERATIONS,
              operation_name)
{
    FAILS(seL4_FailedLookup, operation_labels[variant],
          operate(variant, CNODE, slot_new(), DEPTH, endpoint_new(), 0, DEPTH, 0));
    LOOKUP_IS(1, seL4_InvalidRoot);
}

TEST_VARIANTS(cnode_target_depth, "cnode/target-depth-range", "3.3.3", OPERATIONS, operation_name)
{
    seL4_CPtr a = endpoint_new();

    FAILS(seL4_RangeError, operation_labels[variant],
          operate(variant, CNODE, slot_new(), 65, CNODE, a, DEPTH, 0));
    RANGE_IS(1, seL4_WordBits);
    FAILS(seL4_RangeError, operation_labels[variant],
          operate(variant, CNODE, slot_new(), 0, CNODE, a, DEPTH, 0));
    RANGE_IS(1, seL4_WordBits);
}

TEST_VARIANTS(cnode_source_depth, "cnode/source-depth-range", "3.3.3", OPERATIONS, operation_name)
{
    seL4_CPtr a = endpoint_new();

    FAILS(seL4_RangeError, operation_labels[variant],
          operate(variant, CNODE, slot_new(), DEPTH, CNODE, a, 65, 0));
    RANGE_IS(1, seL4_WordBits);
    FAILS(seL4_RangeError, operation_labels[variant],
          operate(variant, CNODE, slot_new(), DEPTH, CNODE, a, 0, 0));
}

TEST_VARIANTS(cnode_target_lookup, "cnode/target-depth-mismatch", "3.4.3", OPERATIONS,
              operation_name)
{
    seL4_CPtr a = endpoint_new(), cnode = cnode_new(4);

    FAILS(seL4_FailedLookup, operation_labels[variant],
          operate(variant, cnode, 0, 3, CNODE, a, DEPTH, 0));
    LOOKUP_IS(0, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 3);
    CHECK_EQ(seL4_GetMR(3), 4);
    /* More bits than the CNode resolves, and no CNode in the slot to go on with. */
    FAILS(seL4_FailedLookup, operation_labels[variant],
          operate(variant, cnode, 0, 5, CNODE, a, DEPTH, 0));
    LOOKUP_IS(0, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 1);
    CHECK_EQ(seL4_GetMR(3), 0);
}

TEST_VARIANTS(cnode_source_lookup, "cnode/source-depth-mismatch", "3.4.3", OPERATIONS,
              operation_name)
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_FailedLookup, operation_labels[variant],
          operate(variant, CNODE, slot_new(), DEPTH, cnode, 0, 3, 0));
    LOOKUP_IS(1, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 3);
    CHECK_EQ(seL4_GetMR(3), 4);
}

TEST_VARIANTS(cnode_order, "cnode/order-of-errors", "10.3 CNode", OPERATIONS, operation_name)
{
    unsigned label = operation_labels[variant];
    seL4_CPtr full = endpoint_new(), empty = slot_new();

    FAILS(seL4_RangeError, label, operate(variant, CNODE, full, 65, full, empty, 65, ~0ul));
    FAILS(seL4_DeleteFirst, label, operate(variant, CNODE, full, DEPTH, full, empty, 65, ~0ul));
    FAILS(seL4_FailedLookup, label, operate(variant, CNODE, empty, DEPTH, full, empty, 65, ~0ul));
    LOOKUP_IS(1, seL4_InvalidRoot);
    FAILS(seL4_RangeError, label, operate(variant, CNODE, empty, DEPTH, CNODE, empty, 65, ~0ul));
    FAILS(seL4_FailedLookup, label,
          operate(variant, CNODE, empty, DEPTH, CNODE, slot_new(), DEPTH, ~0ul));
}

static const unsigned operation_lengths[] = { 5, 6, 4, 5 };

TEST_VARIANTS(cnode_truncated, "cnode/message-too-short", "10.1.7", OPERATIONS, operation_name)
{
    struct raw m = { .label = operation_labels[variant],
                     .cap_count = 1,
                     .caps = { CNODE },
                     .words = { slot_new(), DEPTH, cnode_new(4), DEPTH, 15 } };

    for (m.length = 0; m.length < operation_lengths[variant]; m.length++) {
        FAILS(seL4_TruncatedMessage, m.label, raw_call(CNODE, &m));
    }
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, m.label, raw_call(CNODE, &m));
    m.cap_count = 1;
    WORKS(raw_call(CNODE, &m));
}

/* ---- one-slot operations ---- */

static const char *one_slot_name(unsigned variant)
{
    static const char *const names[] = { "delete", "revoke", "cancel-badged-sends" };
    return names[variant];
}
static const unsigned one_slot_labels[] = { CNodeDelete, CNodeRevoke, CNodeCancelBadgedSends };

static seL4_Error one_slot(unsigned operation, seL4_CPtr root, seL4_Word slot, seL4_Uint8 depth)
{
    switch (operation) {
    case 0: return seL4_CNode_Delete(root, slot, depth);
    case 1: return seL4_CNode_Revoke(root, slot, depth);
    default: return seL4_CNode_CancelBadgedSends(root, slot, depth);
    }
}

TEST_VARIANTS(cnode_one_depth, "cnode/slot-depth-range", "3.3.3", 3, one_slot_name)
{
    FAILS(seL4_RangeError, one_slot_labels[variant], one_slot(variant, CNODE, slot_new(), 65));
    RANGE_IS(1, seL4_WordBits);
    FAILS(seL4_RangeError, one_slot_labels[variant], one_slot(variant, CNODE, slot_new(), 0));
    RANGE_IS(1, seL4_WordBits);
}

TEST_VARIANTS(cnode_one_lookup, "cnode/slot-lookup-fails", "3.4", 3, one_slot_name)
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_FailedLookup, one_slot_labels[variant], one_slot(variant, cnode, 0, 2));
    LOOKUP_IS(0, seL4_DepthMismatch);
    FAILS(seL4_FailedLookup, one_slot_labels[variant], one_slot(variant, CNODE, 1ul << 63, 64));
    LOOKUP_IS(0, seL4_GuardMismatch);
}

TEST_VARIANTS(cnode_one_truncated, "cnode/slot-message-too-short", "10.1.7", 3, one_slot_name)
{
    struct raw m = { .label = one_slot_labels[variant], .words = { slot_new(), DEPTH } };

    FAILS(seL4_TruncatedMessage, m.label, raw_call(CNODE, &m));
    m.length = 1;
    FAILS(seL4_TruncatedMessage, m.label, raw_call(CNODE, &m));
}

/* ---- rotate ---- */

TEST(rotate_same_pivot, "cnode/rotate-with-pivot-as-source", "10.3 CNode Rotate")
{
    seL4_CPtr a = endpoint_new(), c = slot_new();

    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, a, DEPTH, 0, CNODE, a, DEPTH));
}

TEST(rotate_pivot_is_target, "cnode/rotate-with-pivot-as-target", "10.3 CNode Rotate")
{
    seL4_CPtr a = endpoint_new(), b = endpoint_new();

    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, b, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
}

TEST(rotate_full, "cnode/rotate-to-full-slot", "10.3 CNode Rotate")
{
    seL4_CPtr a = endpoint_new(), b = endpoint_new(), c = endpoint_new();

    FAILS(seL4_DeleteFirst, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
}

TEST(rotate_empty, "cnode/rotate-empty-slots", "10.3 CNode Rotate")
{
    seL4_CPtr a = endpoint_new(), empty = slot_new(), c = slot_new();

    FAILS(seL4_FailedLookup, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, a, DEPTH, 0, CNODE, empty, DEPTH));
    LOOKUP_IS(1, seL4_MissingCapability);
    FAILS(seL4_FailedLookup, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, empty, DEPTH, 0, CNODE, a, DEPTH));
    LOOKUP_IS(0, seL4_MissingCapability);
}

TEST(rotate_depth, "cnode/rotate-depth-range", "10.3 CNode Rotate")
{
    seL4_CPtr a = endpoint_new(), b = endpoint_new(), c = slot_new();

    FAILS(seL4_RangeError, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, 65, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    FAILS(seL4_RangeError, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, 65, 0, CNODE, a, DEPTH));
    FAILS(seL4_RangeError, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, 65));
    FAILS(seL4_FailedLookup, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, a, 0, DEPTH, 0, CNODE, a, DEPTH));
    FAILS(seL4_FailedLookup, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, 0, a, 0, DEPTH));
}

TEST(rotate_bad_guard, "cnode/rotate-with-impossible-guard", "10.3 CNode Rotate")
{
    seL4_CPtr a = cnode_new(4), b = cnode_new(4), c = slot_new();
    seL4_Word bad = seL4_CNode_CapData_new(0, 63).words[0];

    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, bad, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    FAILS(seL4_IllegalOperation, CNodeRotate,
          seL4_CNode_Rotate(CNODE, c, DEPTH, 0, CNODE, b, DEPTH, bad, CNODE, a, DEPTH));
}

TEST(rotate_truncated, "cnode/rotate-message-too-short", "10.1.7")
{
    struct raw m = { .label = CNodeRotate,
                     .cap_count = 2,
                     .length = 7,
                     .caps = { CNODE, CNODE },
                     .words = { slot_new(), DEPTH, 0, frame_new(), DEPTH, 0, frame_new(), DEPTH } };

    FAILS(seL4_TruncatedMessage, CNodeRotate, raw_call(CNODE, &m));
    m.length = 8;
    m.cap_count = 1;
    FAILS(seL4_TruncatedMessage, CNodeRotate, raw_call(CNODE, &m));
    m.cap_count = 2;
    WORKS(raw_call(CNODE, &m));
}

/* ---- derivation ---- */

TEST(cnode_irq_control, "cnode/interrupt-control-cannot-be-copied", "3.1.5")
{
    FAILS(seL4_IllegalOperation, CNodeCopy,
          seL4_CNode_Copy(CNODE, slot_new(), DEPTH, CNODE, seL4_CapIRQControl, DEPTH,
                          seL4_AllRights));
    FAILS(seL4_IllegalOperation, CNodeMint,
          seL4_CNode_Mint(CNODE, slot_new(), DEPTH, CNODE, seL4_CapIRQControl, DEPTH,
                          seL4_AllRights, 0));
}

TEST(cnode_unmapped_tables, "cnode/unmapped-table-cannot-be-copied", "3.1.5")
{
    static const seL4_Word types[] = { seL4_X86_PDPTObject, seL4_X86_PageDirectoryObject,
                                       seL4_X86_PageTableObject, seL4_X64_PML4Object };

    for (unsigned i = 0; i < 4; i++) {
        seL4_CPtr table = object_new(types[i], 0);
        FAILS(seL4_IllegalOperation, CNodeCopy,
              seL4_CNode_Copy(CNODE, slot_new(), DEPTH, CNODE, table, DEPTH, seL4_AllRights));
    }
}

TEST(cnode_badge_once, "cnode/badge-cannot-change", "4.2.1")
{
    seL4_CPtr badged = cap_mint(endpoint_new(), seL4_AllRights, 1), to = slot_new();

    FAILS(seL4_IllegalOperation, CNodeMint,
          seL4_CNode_Mint(CNODE, to, DEPTH, CNODE, badged, DEPTH, seL4_AllRights, 2));
    FAILS(seL4_IllegalOperation, CNodeMutate,
          seL4_CNode_Mutate(CNODE, to, DEPTH, CNODE, badged, DEPTH, 2));
    badged = cap_mint(notification_new(), seL4_AllRights, 1);
    FAILS(seL4_IllegalOperation, CNodeMint,
          seL4_CNode_Mint(CNODE, to, DEPTH, CNODE, badged, DEPTH, seL4_AllRights, 2));
}

TEST(cnode_mutate_badge, "cnode/mutate-cannot-badge", "3.1.2")
{
    FAILS(seL4_IllegalOperation, CNodeMutate,
          seL4_CNode_Mutate(CNODE, slot_new(), DEPTH, CNODE, endpoint_new(), DEPTH, 2));
    FAILS(seL4_IllegalOperation, CNodeMutate,
          seL4_CNode_Mutate(CNODE, slot_new(), DEPTH, CNODE, notification_new(), DEPTH, 2));
}

TEST(cnode_mint_zero_badge, "cnode/badge-zero-stays-unbadged", "4.2.1")
{
    seL4_CPtr copy = cap_mint(endpoint_new(), seL4_AllRights, 0);

    WORKS(seL4_CNode_Mint(CNODE, slot_new(), DEPTH, CNODE, copy, DEPTH, seL4_AllRights, 7));
}

TEST(cnode_revoke_copies, "cnode/revoke-deletes-all-derived", "3.1.5")
{
    seL4_CPtr a = endpoint_new(), b = cap_copy(a), c = cap_copy(b),
              d = cap_mint(a, seL4_AllRights, 5), e = cap_copy(d);

    cap_revoke(a);
    CHECK(!slot_is_empty(a));
    CHECK(slot_is_empty(b));
    CHECK(slot_is_empty(c));
    CHECK(slot_is_empty(d));
    CHECK(slot_is_empty(e));
}

TEST(cnode_revoke_copy, "cnode/copy-of-a-copy-is-a-sibling", "3.1.5")
{
    seL4_CPtr a = endpoint_new(), b = cap_copy(a), c = cap_copy(b);

    cap_revoke(b);
    CHECK(!slot_is_empty(a));
    CHECK(!slot_is_empty(b));
    CHECK(!slot_is_empty(c));
}

TEST(cnode_revoke_badged, "cnode/badged-capability-is-an-original", "3.1.5")
{
    seL4_CPtr a = endpoint_new(), b = cap_mint(a, seL4_AllRights, 1), c = cap_copy(b),
              d = cap_mint(a, seL4_AllRights, 2), e = cap_copy(a);

    cap_revoke(b);
    CHECK(!slot_is_empty(b));
    CHECK(slot_is_empty(c));
    CHECK(!slot_is_empty(d));
    CHECK(!slot_is_empty(e));
}

TEST(cnode_revoke_moved, "cnode/moved-capability-is-still-derived", "3.1.2")
{
    seL4_CPtr a = endpoint_new(), b = cap_copy(a), to = slot_new();

    WORKS(seL4_CNode_Move(CNODE, to, DEPTH, CNODE, b, DEPTH));
    cap_revoke(a);
    CHECK(slot_is_empty(to));
}

TEST(cnode_revoke_after_parent_moved, "cnode/moved-original-revokes", "3.1.2")
{
    seL4_CPtr a = endpoint_new(), b = cap_copy(a), to = slot_new();

    WORKS(seL4_CNode_Move(CNODE, to, DEPTH, CNODE, a, DEPTH));
    cap_revoke(to);
    CHECK(slot_is_empty(b));
    CHECK(!slot_is_empty(to));
}

TEST(cnode_revoke_rotated, "cnode/rotated-capabilities-stay-derived", "3.1.2")
{
    seL4_CPtr a = frame_new(), b = object_new(seL4_TCBObject, 0), a_copy = cap_copy(a),
              b_copy = cap_copy(b);

    WORKS(seL4_CNode_Rotate(CNODE, a, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    cap_revoke(a); /* now the TCB */
    CHECK(slot_is_empty(b_copy));
    CHECK(!slot_is_empty(a_copy));
    cap_revoke(b);
    CHECK(slot_is_empty(a_copy));
}

/* Swapping a parent with its own child must not lose the tree. */
TEST(cnode_swap_family, "cnode/swap-parent-and-child", "3.1.2")
{
    seL4_CPtr a = object_new(seL4_UntypedObject, 13), b = slot_new(), c = slot_new();

    WORKS(seL4_Untyped_Retype(a, seL4_UntypedObject, 12, CNODE, 0, 0, b, 1));
    WORKS(seL4_Untyped_Retype(b, seL4_EndpointObject, 0, CNODE, 0, 0, c, 1));
    WORKS(seL4_CNode_Rotate(CNODE, a, DEPTH, 0, CNODE, b, DEPTH, 0, CNODE, a, DEPTH));
    cap_revoke(a); /* the inner region */
    CHECK(slot_is_empty(c));
    CHECK(!slot_is_empty(b));
    cap_revoke(b);
    CHECK(slot_is_empty(a));
}

TEST(cnode_delete_parent, "cnode/delete-keeps-derived", "3.2")
{
    seL4_CPtr a = endpoint_new(), b = cap_copy(a);

    cap_delete(a);
    CHECK(!slot_is_empty(b));
}

TEST(cnode_many_children, "cnode/revoke-many", "3.2")
{
    enum { MANY = 1000 };
    seL4_CPtr a = endpoint_new(), first = slots_new(MANY);

    for (unsigned i = 0; i < MANY; i++) {
        WORKS(seL4_CNode_Mint(CNODE, first + i, DEPTH, CNODE, a, DEPTH, seL4_AllRights, i + 1));
    }
    cap_revoke(a);
    for (unsigned i = 0; i < MANY; i++) {
        CHECK(slot_is_empty(first + i));
    }
}

/* ---- rights ---- */

TEST(cnode_rights_cut, "cnode/copy-cannot-add-rights", "3.1.4")
{
    seL4_CPtr ntfn = notification_new(), read_only = cap_mint(ntfn, seL4_CanRead, 0),
              again = cap_copy(read_only);
    seL4_Word badge = 1;

    /* Signal without the right is an error that Call tells. */
    CHECK_EQ(raw_label(again, 0), seL4_InvalidCapability);
    seL4_NBWait(again, &badge);
    CHECK_EQ(badge, 0);
}

/* ---- containers ---- */

TEST(cnode_contents, "cnode/deleting-a-cnode-deletes-its-contents", "3.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 12), cnode = cnode_new(4), slot = slot_new();

    WORKS(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, cnode, 0, 0, 3, 1));
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, CNODE, 0, 0, slot, 1));
    cap_delete(cnode);
    WORKS(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, CNODE, 0, 0, slot, 1));
}

TEST(cnode_contents_copy, "cnode/contents-live-while-a-capability-to-the-cnode-does", "3.2")
{
    seL4_CPtr cnode = cnode_new(4), copy = cap_copy(cnode);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 3, 1));
    cap_delete(cnode);
    WORKS(seL4_CNode_Move(CNODE, cnode, DEPTH, copy, 3, 4));
}

TEST(cnode_in_itself, "cnode/cnode-that-contains-itself", "3.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 10), cnode = slot_new();

    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 1));
    WORKS(seL4_CNode_Copy(cnode, 2, 4, CNODE, cnode, DEPTH, seL4_AllRights));
    cap_delete(cnode);
    cap_revoke(untyped);
    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 2));
}

TEST(cnode_holds_its_only_cap, "cnode/cnode-holds-its-only-capability", "3.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 10), cnode = slot_new();

    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 1));
    WORKS(seL4_CNode_Move(cnode, 0, 4, CNODE, cnode, DEPTH));
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 2));
    cap_revoke(untyped);
    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 2));
}

TEST(cnode_cycle, "cnode/two-cnodes-hold-each-other", "3.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 10), cnodes = slots_new(2);

    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnodes, 2));
    WORKS(seL4_CNode_Copy(cnodes, 5, 4, CNODE, cnodes + 1, DEPTH, seL4_AllRights));
    WORKS(seL4_CNode_Copy(cnodes + 1, 6, 4, CNODE, cnodes, DEPTH, seL4_AllRights));
    cap_delete(cnodes);
    cap_delete(cnodes + 1);
    cap_revoke(untyped);
    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnodes, 2));
}

/* The recursion of deletion is bounded however deep the chain. */
TEST(cnode_chain, "cnode/long-chain-of-cnodes", "3.2")
{
    enum { LENGTH = 200 };
    seL4_CPtr first = slots_new(LENGTH), untyped = object_new(seL4_UntypedObject, 18);

    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, CNODE, 0, 0, first, LENGTH));
    for (unsigned i = LENGTH - 1; i > 0; i--) {
        WORKS(seL4_CNode_Move(first + i - 1, 1, 2, CNODE, first + i, DEPTH));
    }
    cap_delete(first);
    cap_revoke(untyped);
    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, CNODE, 0, 0, first, LENGTH));
}

TEST(cnode_large, "cnode/large-cnode-full-of-capabilities", "3.2")
{
    seL4_CPtr cnode = cnode_new(12), endpoint = endpoint_new();

    for (unsigned i = 0; i < 4096; i++) {
        WORKS(seL4_CNode_Copy(cnode, i, 12, CNODE, endpoint, DEPTH, seL4_AllRights));
    }
    cap_delete(cnode);
    cap_revoke(endpoint);
}

/* ---- addressing ---- */

TEST(cnode_two_levels, "cnode/two-levels", "3.3.1")
{
    seL4_CPtr outer = cnode_new(4), inner = cnode_new(4);

    WORKS(seL4_CNode_Mint(outer, 3, 4, CNODE, inner, DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(0x2, 2).words[0]));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, inner, 0, 0, 9, 1));
    /* 0x3, guard 0b10, 0x9: ten bits. */
    WORKS(seL4_CNode_Delete(outer, 0x3 << 6 | 0x2 << 4 | 0x9, 10));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, inner, 0, 0, 9, 1));
    FAILS(seL4_FailedLookup, CNodeDelete, seL4_CNode_Delete(outer, 0x3 << 6 | 0x1 << 4 | 0x9, 10));
    LOOKUP_IS(0, seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(2), 6);
    CHECK_EQ(seL4_GetMR(3), 2);
    CHECK_EQ(seL4_GetMR(4), 2);
}

TEST(cnode_stop_early, "cnode/depth-addresses-the-cnode-capability-itself", "3.3.3")
{
    seL4_CPtr outer = cnode_new(4), inner = cnode_new(4);

    WORKS(seL4_CNode_Move(outer, 3, 4, CNODE, inner, DEPTH));
    WORKS(seL4_CNode_Move(CNODE, inner, DEPTH, outer, 3, 4));
    CHECK(!slot_is_empty(inner));
}

TEST(cnode_through_non_cnode, "cnode/path-through-another-object", "3.4.3")
{
    seL4_CPtr outer = cnode_new(4);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, outer, 0, 0, 3, 1));
    FAILS(seL4_FailedLookup, CNodeDelete, seL4_CNode_Delete(outer, 0x31, 8));
    LOOKUP_IS(0, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 4);
    CHECK_EQ(seL4_GetMR(3), 0);
}

TEST(cnode_index_high_bits, "cnode/bits-above-the-depth-are-ignored", "3.3.3")
{
    seL4_CPtr cnode = cnode_new(4);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 3, 1));
    WORKS(seL4_CNode_Delete(cnode, 0xfff3, 4));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 3, 1));
}

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word label, seL4_Word c)
{
    (void)self, (void)c;
    seL4_Send(dest, seL4_MessageInfo_new(label, 0, 0, 0));
    return 0;
}

/* A system call resolves all 64 bits of a CPtr through guards and levels. */
TEST(cnode_cspace_levels, "cnode/invocation-through-levels", "3.3.1")
{
    seL4_CPtr outer = cnode_new(4), inner = cnode_new(4), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_LOW);
    seL4_Word badge;

    WORKS(seL4_CNode_Mint(inner, 9, 4, CNODE, endpoint, DEPTH, seL4_AllRights, 77));
    WORKS(seL4_CNode_Mint(outer, 3, 4, CNODE, inner, DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(0, 16).words[0]));
    WORKS(seL4_TCB_SetSpace(t->tcb, 0, outer, seL4_CNode_CapData_new(0, 40).words[0], VSPACE, 0));
    thread_start(t, send_main, 0x3ul << 20 | 0x9, 5, 0);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 77);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), 5);
}

/* ---- cancelling sends ---- */

TEST(cancel_unbadged, "cnode/cancel-sends-needs-a-badge", "10.3 CNode CancelBadgedSends")
{
    /* An unbadged capability is accepted by upstream and cancels nothing. */
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t =
        thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 4), 1, 0);

    WORKS(seL4_CNode_CancelBadgedSends(CNODE, endpoint, DEPTH));
    CHECK(!t->finished);
    seL4_Word badge;
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 4);
}

TEST(cancel_other_object, "cnode/cancel-sends-of-no-endpoint", "10.3 CNode CancelBadgedSends")
{
    FAILS(seL4_IllegalOperation, CNodeCancelBadgedSends,
          seL4_CNode_CancelBadgedSends(CNODE, cap_mint(notification_new(), seL4_AllRights, 4),
                                       DEPTH));
    FAILS(seL4_IllegalOperation, CNodeCancelBadgedSends,
          seL4_CNode_CancelBadgedSends(CNODE, slot_new(), DEPTH));
}

TEST(cancel_rights, "cnode/cancel-sends-needs-all-rights", "10.3 CNode CancelBadgedSends")
{
    FAILS(seL4_IllegalOperation, CNodeCancelBadgedSends,
          seL4_CNode_CancelBadgedSends(CNODE, cap_mint(endpoint_new(), seL4_ReadWrite, 4), DEPTH));
}

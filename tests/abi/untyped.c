/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped memory: what retype makes, what it refuses and in which order, when memory is free again.
 */

#include "env.h"
#include <myelin/extension.h>

/* ---- each object type ---- */

struct object_kind {
    const char *name;
    seL4_Word type;
    unsigned user_size;   /* the size_bits argument */
    unsigned memory_bits; /* what one takes */
};

static const struct object_kind kinds[] = {
    { "untyped", seL4_UntypedObject, 6, 6 },
    { "tcb", seL4_TCBObject, 0, seL4_TCBBits },
    { "endpoint", seL4_EndpointObject, 0, seL4_EndpointBits },
    { "notification", seL4_NotificationObject, 0, seL4_NotificationBits },
    { "cnode", seL4_CapTableObject, 3, 3 + seL4_SlotBits },
    { "scheduling-context", seL4_SchedContextObject, 8, 8 },
    { "reply", seL4_ReplyObject, 0, seL4_ReplyBits },
    { "pml4", seL4_X64_PML4Object, 0, seL4_PML4Bits },
    { "pdpt", seL4_X86_PDPTObject, 0, seL4_PDPTBits },
    { "page-directory", seL4_X86_PageDirectoryObject, 0, seL4_PageDirBits },
    { "page-table", seL4_X86_PageTableObject, 0, seL4_PageTableBits },
    { "frame-4k", seL4_X86_4K, 0, seL4_PageBits },
    { "frame-2m", seL4_X86_LargePageObject, 0, seL4_LargePageBits },
#ifdef CONFIG_IOMMU
    { "io-page-table", seL4_X86_IOPageTableObject, 0, seL4_IOPageTableBits },
#endif
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *kind_name(unsigned variant)
{
#ifdef CONFIG_IOMMU
    if (kinds[variant].type == seL4_X86_IOPageTableObject && myelin_version(boot)) {
        return NULL; /* our kernel only counts as if it had an IOMMU */
    }
#endif
    return kinds[variant].name;
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, CNODE, 0, 0, slot, count);
}

/* A wrong size would let objects overlap, or give away less memory than was paid for. */
TEST_VARIANTS(untyped_sizes, "untyped/exactly-as-many-objects-as-fit", "2.4.2", KINDS, kind_name)
{
    const struct object_kind *k = &kinds[variant];
    seL4_CPtr untyped = object_new(seL4_UntypedObject, k->memory_bits + 2);
    seL4_CPtr slots = slots_new(5);

    FAILS(seL4_NotEnoughMemory, UntypedRetype, retype(untyped, k->type, k->user_size, slots, 5));
    CHECK_EQ(seL4_GetMR(0), 4ul << k->memory_bits);
    CHECK(slot_is_empty(slots));
    WORKS(retype(untyped, k->type, k->user_size, slots, 1));
    WORKS(retype(untyped, k->type, k->user_size, slots + 1, 3));
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          retype(untyped, k->type, k->user_size, slots + 4, 1));
    CHECK_EQ(seL4_GetMR(0), 0);
}

/* Every new object belongs to its untyped region. */
TEST_VARIANTS(untyped_revoke, "untyped/revoke-destroys-objects", "3.2", KINDS, kind_name)
{
    const struct object_kind *k = &kinds[variant];
    seL4_CPtr untyped = object_new(seL4_UntypedObject, k->memory_bits + 1);
    seL4_CPtr slots = slots_new(2);

    for (int round = 0; round < 2; round++) {
        WORKS(retype(untyped, k->type, k->user_size, slots, 2));
        cap_revoke(untyped);
        CHECK(slot_is_empty(slots));
        CHECK(slot_is_empty(slots + 1));
    }
}

/* Memory is reused only when no capability to it is left. */
TEST_VARIANTS(untyped_delete_frees, "untyped/memory-free-after-last-delete", "2.4.1", KINDS,
              kind_name)
{
    const struct object_kind *k = &kinds[variant];
    seL4_CPtr untyped = object_new(seL4_UntypedObject, k->memory_bits + 1);
    seL4_CPtr slots = slots_new(2);

    WORKS(retype(untyped, k->type, k->user_size, slots, 2));
    cap_delete(slots);
    FAILS(seL4_NotEnoughMemory, UntypedRetype, retype(untyped, k->type, k->user_size, slots, 1));
    cap_delete(slots + 1);
    WORKS(retype(untyped, k->type, k->user_size, slots, 2));
}

/* ---- arguments ---- */

TEST(untyped_type_range, "untyped/no-such-type", "10.3 Untyped Retype")
{
    FAILS(seL4_InvalidArgument, UntypedRetype,
          retype(test_untyped, seL4_ObjectTypeCount, 12, slot_new(), 1));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, UntypedRetype, retype(test_untyped, ~0ul, 12, slot_new(), 1));
    ARGUMENT_IS(0);
}

TEST(untyped_size_range, "untyped/size-above-maximum", "10.3 Untyped Retype")
{
    FAILS(seL4_RangeError, UntypedRetype,
          retype(test_untyped, seL4_UntypedObject, 48, slot_new(), 1));
    RANGE_IS(0, seL4_MaxUntypedBits);
    FAILS(seL4_RangeError, UntypedRetype,
          retype(test_untyped, seL4_UntypedObject, 64, slot_new(), 1));
    FAILS(seL4_RangeError, UntypedRetype,
          retype(test_untyped, seL4_UntypedObject, ~0ul, slot_new(), 1));
    RANGE_IS(0, seL4_MaxUntypedBits);
    FAILS(seL4_RangeError, UntypedRetype,
          retype(test_untyped, seL4_CapTableObject, 48, slot_new(), 1));
}

TEST(untyped_largest_size, "untyped/largest-size-is-not-enough-memory", "10.3 Untyped Retype")
{
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          retype(test_untyped, seL4_UntypedObject, seL4_MaxUntypedBits, slot_new(), 1));
    CHECK_EQ(seL4_GetMR(0), 1ul << TEST_UNTYPED_BITS);
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          retype(test_untyped, seL4_UntypedObject, seL4_MaxUntypedBits, slot_new(), 256));
}

TEST(untyped_small_untyped, "untyped/untyped-below-minimum", "10.3 Untyped Retype")
{
    for (seL4_Word bits = 0; bits < seL4_MinUntypedBits; bits++) {
        FAILS(seL4_InvalidArgument, UntypedRetype,
              retype(test_untyped, seL4_UntypedObject, bits, slot_new(), 1));
        ARGUMENT_IS(1);
    }
    WORKS(retype(test_untyped, seL4_UntypedObject, seL4_MinUntypedBits, slot_new(), 1));
}

TEST(untyped_empty_cnode, "untyped/cnode-of-one-slot", "10.3 Untyped Retype")
{
    FAILS(seL4_InvalidArgument, UntypedRetype,
          retype(test_untyped, seL4_CapTableObject, 0, slot_new(), 1));
    ARGUMENT_IS(1);
    WORKS(retype(test_untyped, seL4_CapTableObject, 1, slot_new(), 1));
}

TEST(untyped_small_sc, "untyped/scheduling-context-below-minimum", "10.3 Untyped Retype")
{
    FAILS(
        seL4_InvalidArgument, UntypedRetype,
        retype(test_untyped, seL4_SchedContextObject, seL4_MinSchedContextBits - 1, slot_new(), 1));
    ARGUMENT_IS(1);
    WORKS(retype(test_untyped, seL4_SchedContextObject, seL4_MinSchedContextBits, slot_new(), 1));
}

TEST(untyped_count_range, "untyped/object-count-range", "10.3 Untyped Retype")
{
    seL4_CPtr slots = slots_new(CONFIG_RETYPE_FAN_OUT_LIMIT + 1);

    FAILS(seL4_RangeError, UntypedRetype, retype(test_untyped, seL4_EndpointObject, 0, slots, 0));
    RANGE_IS(1, CONFIG_RETYPE_FAN_OUT_LIMIT);
    FAILS(seL4_RangeError, UntypedRetype,
          retype(test_untyped, seL4_EndpointObject, 0, slots, CONFIG_RETYPE_FAN_OUT_LIMIT + 1));
    RANGE_IS(1, CONFIG_RETYPE_FAN_OUT_LIMIT);
    WORKS(retype(test_untyped, seL4_EndpointObject, 0, slots, CONFIG_RETYPE_FAN_OUT_LIMIT));
}

TEST(untyped_window_start, "untyped/window-starts-outside-cnode", "3.1.3")
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 16, 1));
    RANGE_IS(0, 15);
    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, ~0ul, 1));
    RANGE_IS(0, 15);
}

TEST(untyped_window_end, "untyped/window-ends-outside-cnode", "3.1.3")
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 10, 7));
    RANGE_IS(1, 6);
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 10, 6));
}

TEST(untyped_window_full, "untyped/window-with-a-full-slot", "3.1.3")
{
    seL4_CPtr cnode = cnode_new(4);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 5, 1));
    FAILS(seL4_DeleteFirst, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 5, 1));
    FAILS(seL4_DeleteFirst, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 3, 3));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 3, 2));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 0, 6, 10));
}

/* ---- the destination ---- */

TEST(untyped_root_no_cnode, "untyped/destination-root-is-no-cnode", "10.1.6")
{
    seL4_CPtr endpoint = endpoint_new();

    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, endpoint, 0, 0, 0, 1));
    LOOKUP_IS(0, seL4_MissingCapability);
    CHECK_EQ(seL4_GetMR(2), 0);
    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, endpoint, 0, 64, 0, 1));
    LOOKUP_IS(0, seL4_InvalidRoot);
}

TEST(untyped_root_empty, "untyped/destination-root-is-an-empty-slot", "10.1.6")
{
    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, slot_new(), 0, 0, 0, 1));
    LOOKUP_IS(0, seL4_MissingCapability);
}

TEST(untyped_by_index, "untyped/destination-node-by-index", "3.3.3")
{
    seL4_CPtr cnode = cnode_new(4), slot = slot_new();

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, cnode, DEPTH, 3, 1));
    WORKS(seL4_CNode_Move(CNODE, slot, DEPTH, cnode, 3, 4));
}

TEST(untyped_by_index_empty, "untyped/destination-node-is-an-empty-slot", "10.1.6")
{
    FAILS(
        seL4_FailedLookup, UntypedRetype,
        seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, slot_new(), DEPTH, 0, 1));
    LOOKUP_IS(0, seL4_MissingCapability);
}

TEST(untyped_by_index_no_cnode, "untyped/destination-node-is-no-cnode", "10.1.6")
{
    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, endpoint_new(), DEPTH, 0,
                              1));
    LOOKUP_IS(0, seL4_MissingCapability);
    CHECK_EQ(seL4_GetMR(2), DEPTH);
}

TEST(untyped_depth_range, "untyped/destination-depth-range", "3.3.3")
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, cnode, 65, 0, 1));
    RANGE_IS(1, seL4_WordBits);
}

TEST(untyped_depth_short, "untyped/destination-depth-mismatch", "3.4.3")
{
    seL4_CPtr cnode = cnode_new(4);

    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, cnode, 0, 3, 0, 1));
    LOOKUP_IS(0, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 3); /* bits left */
    CHECK_EQ(seL4_GetMR(3), 4); /* bits the CNode resolves */
}

/* ---- which error wins ---- */

TEST(untyped_order, "untyped/order-of-errors", "10.3 Untyped Retype")
{
    seL4_CPtr full = endpoint_new();

    /* Each call is wrong in every later way as well. */
    CHECK_EQ(raw_call(test_untyped, &(struct raw){ .label = UntypedRetype,
                                                   .length = 5,
                                                   .cap_count = 1,
                                                   .words = { 99, 99 } }),
             seL4_TruncatedMessage);
    CHECK_EQ(raw_call(test_untyped, &(struct raw){ .label = UntypedRetype,
                                                   .length = 6,
                                                   .cap_count = 0,
                                                   .words = { 99, 99 } }),
             seL4_TruncatedMessage);
    FAILS(seL4_InvalidArgument, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, 99, 99, full, 0, 65, ~0ul, 0));
    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 99, full, 0, 65, ~0ul, 0));
    RANGE_IS(0, seL4_MaxUntypedBits);
    FAILS(seL4_InvalidArgument, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 1, full, 0, 65, ~0ul, 0));
    FAILS(seL4_FailedLookup, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 47, full, 0, 0, ~0ul, 0));
    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 47, CNODE, 0, 0, ~0ul, 0));
    RANGE_IS(0, (1ul << CONFIG_ROOT_CNODE_SIZE_BITS) - 1);
    FAILS(seL4_RangeError, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 47, CNODE, 0, 0, full, 0));
    RANGE_IS(1, CONFIG_RETYPE_FAN_OUT_LIMIT);
    FAILS(seL4_DeleteFirst, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 47, CNODE, 0, 0, full, 1));
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          seL4_Untyped_Retype(test_untyped, seL4_UntypedObject, 47, CNODE, 0, 0, slot_new(), 1));
}

/* ---- memory ---- */

TEST(untyped_aligned, "untyped/objects-are-aligned", "2.4")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 14), slots = slots_new(5);
    seL4_X86_Page_GetAddress_t first, second;

    WORKS(retype(untyped, seL4_X86_4K, 0, slots, 1));
    WORKS(retype(untyped, seL4_EndpointObject, 0, slots + 1, 1));
    WORKS(retype(untyped, seL4_X86_4K, 0, slots + 2, 1));
    first = seL4_X86_Page_GetAddress(slots);
    second = seL4_X86_Page_GetAddress(slots + 2);
    CHECK_EQ(second.paddr - first.paddr, 8192);
    /* What alignment skipped is lost until everything is deleted. */
    FAILS(seL4_NotEnoughMemory, UntypedRetype, retype(untyped, seL4_X86_4K, 0, slots + 3, 2));
    CHECK_EQ(seL4_GetMR(0), 4096);
}

TEST(untyped_addresses, "untyped/objects-in-address-order", "3.1.3")
{
    seL4_CPtr slots = slots_new(8);
    seL4_Word first;

    WORKS(retype(test_untyped, seL4_X86_4K, 0, slots, 8));
    first = seL4_X86_Page_GetAddress(slots).paddr;
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(seL4_X86_Page_GetAddress(slots + i).paddr, first + i * 4096);
    }
}

/* Another program's data would show. */
TEST(untyped_zeroed, "untyped/memory-is-zeroed", "2.4.1")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 13), slots = slots_new(2);
    volatile seL4_Word *page = (volatile seL4_Word *)FREE_VADDR;

    vspace_add_tables(VSPACE, FREE_VADDR);
    for (int round = 0; round < 2; round++) {
        WORKS(retype(untyped, seL4_X86_4K, 0, slots, 2));
        vspace_map(VSPACE, slots, FREE_VADDR, seL4_ReadWrite);
        vspace_map(VSPACE, slots + 1, FREE_VADDR + 4096, seL4_ReadWrite);
        for (unsigned i = 0; i < 1024; i++) {
            CHECK_EQ(page[i], 0);
            page[i] = ~0ul;
        }
        cap_revoke(untyped);
    }
}

TEST(untyped_large_zeroed, "untyped/large-region-is-reset", "2.4.1")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 22), slots = slots_new(2);
    volatile seL4_Word *page = (volatile seL4_Word *)FREE_VADDR;
    const unsigned words = 1u << 18; /* of 2 MiB */

    seL4_CPtr pdpt = object_new(seL4_X86_PDPTObject, 0),
              pd = object_new(seL4_X86_PageDirectoryObject, 0);
    WORKS(seL4_X86_PDPT_Map(pdpt, VSPACE, FREE_VADDR, 0));
    WORKS(seL4_X86_PageDirectory_Map(pd, VSPACE, FREE_VADDR, 0));
    for (int round = 0; round < 2; round++) {
        WORKS(retype(untyped, seL4_X86_LargePageObject, 0, slots, 2));
        vspace_map(VSPACE, slots + 1, FREE_VADDR, seL4_ReadWrite);
        for (unsigned i = 0; i < words; i += 511) {
            CHECK_EQ(page[i], 0);
            page[i] = i + 1;
        }
        cap_revoke(untyped);
    }
}

TEST(untyped_nested, "untyped/nested-regions", "2.4")
{
    seL4_CPtr outer = object_new(seL4_UntypedObject, 16), middle = slot_new(), inner = slot_new(),
              slot = slot_new();

    WORKS(retype(outer, seL4_UntypedObject, 16, middle, 1));
    WORKS(retype(middle, seL4_UntypedObject, 16, inner, 1));
    WORKS(retype(inner, seL4_EndpointObject, 0, slot, 1));
    FAILS(seL4_NotEnoughMemory, UntypedRetype,
          retype(outer, seL4_EndpointObject, 0, slot_new(), 1));
    cap_revoke(outer);
    CHECK(slot_is_empty(middle));
    CHECK(slot_is_empty(inner));
    CHECK(slot_is_empty(slot));
}

TEST(untyped_delete_middle, "untyped/deleted-parent-keeps-grandchildren-covered", "3.2")
{
    seL4_CPtr outer = object_new(seL4_UntypedObject, 16), inner = slot_new(), slot = slot_new();

    WORKS(retype(outer, seL4_UntypedObject, 15, inner, 1));
    WORKS(retype(inner, seL4_EndpointObject, 0, slot, 1));
    cap_delete(inner);
    CHECK(!slot_is_empty(slot));
    cap_revoke(outer);
    CHECK(slot_is_empty(slot));
}

TEST(untyped_copy_with_children, "untyped/copy-with-children", "3.1.5")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 12), slot = slot_new(), copy = slot_new();

    WORKS(retype(untyped, seL4_EndpointObject, 0, slot, 1));
    FAILS(seL4_RevokeFirst, CNodeCopy,
          seL4_CNode_Copy(CNODE, copy, DEPTH, CNODE, untyped, DEPTH, seL4_AllRights));
    FAILS(seL4_RevokeFirst, CNodeMint,
          seL4_CNode_Mint(CNODE, copy, DEPTH, CNODE, untyped, DEPTH, seL4_AllRights, 0));
    cap_delete(slot);
    WORKS(seL4_CNode_Copy(CNODE, copy, DEPTH, CNODE, untyped, DEPTH, seL4_AllRights));
}

/* Two capabilities to one free region must not both retype it. */
TEST(untyped_copy_is_child, "untyped/copy-is-a-child", "3.1.5")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 12), copy = cap_copy(untyped),
              slot = slot_new();

    FAILS(seL4_RevokeFirst, CNodeCopy,
          seL4_CNode_Copy(CNODE, slot, DEPTH, CNODE, untyped, DEPTH, seL4_AllRights));
    WORKS(retype(copy, seL4_EndpointObject, 0, slot, 1));
    cap_revoke(untyped);
    CHECK(slot_is_empty(copy));
    CHECK(slot_is_empty(slot));
}

TEST(untyped_move_keeps_children, "untyped/moved-region-keeps-children", "3.1.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 12), slot = slot_new(), moved = slot_new();

    WORKS(retype(untyped, seL4_EndpointObject, 0, slot, 1));
    WORKS(seL4_CNode_Move(CNODE, moved, DEPTH, CNODE, untyped, DEPTH));
    cap_revoke(moved);
    CHECK(slot_is_empty(slot));
}

/* ---- device memory ---- */

TEST(untyped_device_frames, "untyped/device-memory-gives-frames-and-regions", "2.4")
{
    seL4_CPtr device, slots = slots_new(2);
    seL4_UntypedDesc desc;

    if (!device_untyped(13, &device, &desc)) {
        test_skip("no device region");
    }
    WORKS(retype(device, seL4_X86_4K, 0, slots, 1));
    CHECK_EQ(seL4_X86_Page_GetAddress(slots).paddr, desc.paddr);
    cap_delete(slots);
    WORKS(retype(device, seL4_UntypedObject, 12, slots, 1));
    WORKS(retype(slots, seL4_X86_4K, 0, slots + 1, 1));
    CHECK_EQ(seL4_X86_Page_GetAddress(slots + 1).paddr, desc.paddr);
}

static const char *kernel_kind_name(unsigned variant)
{
    const struct object_kind *k = &kinds[variant];
    bool for_users = k->type == seL4_UntypedObject || k->type == seL4_X86_4K ||
                     k->type == seL4_X86_LargePageObject;

    return for_users ? NULL : kind_name(variant);
}

/* The kernel must not keep its objects in a device's registers. */
TEST_VARIANTS(untyped_device_objects, "untyped/device-memory-gives-no-kernel-object", "2.4", KINDS,
              kernel_kind_name)
{
    seL4_CPtr device;
    seL4_UntypedDesc desc;

    if (!device_untyped(16, &device, &desc)) {
        test_skip("no device region");
    }
    FAILS(seL4_InvalidArgument, UntypedRetype,
          retype(device, kinds[variant].type, kinds[variant].user_size, slot_new(), 1));
    ARGUMENT_IS(1);
}

TEST(untyped_truncated, "untyped/retype-truncated", "10.1.7")
{
    struct raw m = { .label = UntypedRetype,
                     .cap_count = 1,
                     .caps = { CNODE },
                     .words = { seL4_EndpointObject, 0, 0, 0, slot_new(), 1 } };

    for (m.length = 0; m.length < 6; m.length++) {
        FAILS(seL4_TruncatedMessage, UntypedRetype, raw_call(test_untyped, &m));
    }
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, UntypedRetype, raw_call(test_untyped, &m));
    m.cap_count = 1;
    WORKS(raw_call(test_untyped, &m));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: tables, frames of every size, rights, attributes, ASID pools. */

#include "env.h"

#define V FREE_VADDR

/* ---- the three kinds of tables, which follow the same rules ---- */

struct level {
    const char *name;
    seL4_Word type;
    unsigned map_label, unmap_label;
    unsigned covers_bits; /* address bits one table covers */
    /* what a failed lookup says when the level above is missing; 0: there is none */
    unsigned missing;
};

static const struct level levels[] = {
    { "pdpt", seL4_X86_PDPTObject, X86PDPTMap, X86PDPTUnmap, 39, 0 },
    { "page-directory", seL4_X86_PageDirectoryObject, X86PageDirectoryMap, X86PageDirectoryUnmap,
      30, SEL4_MAPPING_LOOKUP_NO_PDPT },
    { "page-table", seL4_X86_PageTableObject, X86PageTableMap, X86PageTableUnmap, 21,
      SEL4_MAPPING_LOOKUP_NO_PD },
};
#define LEVELS 3

static const char *level_name(unsigned variant)
{
    return levels[variant].name;
}

static seL4_Error table_map(unsigned level, seL4_CPtr table, seL4_CPtr vspace, seL4_Word vaddr)
{
    switch (level) {
    case 0: return seL4_X86_PDPT_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);
    case 1: return seL4_X86_PageDirectory_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);
    default: return seL4_X86_PageTable_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);
    }
}

static seL4_Error table_unmap(unsigned level, seL4_CPtr table)
{
    switch (level) {
    case 0: return seL4_X86_PDPT_Unmap(table);
    case 1: return seL4_X86_PageDirectory_Unmap(table);
    default: return seL4_X86_PageTable_Unmap(table);
    }
}

/* Map everything above the level. */
static void map_above(unsigned level, seL4_CPtr vspace)
{
    for (unsigned l = 0; l < level; l++) {
        WORKS(table_map(l, object_new(levels[l].type, 0), vspace, V));
    }
}

TEST_VARIANTS(table_maps, "table/map-and-unmap", "7.1.1", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0);

    map_above(variant, vspace);
    WORKS(table_map(variant, table, vspace, V));
    WORKS(table_unmap(variant, table));
    WORKS(table_map(variant, table, vspace, V));
}

TEST_VARIANTS(table_unaligned, "table/address-is-rounded-down", "7.1.1", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0);

    map_above(variant, vspace);
    WORKS(table_map(variant, table, vspace, V + 0x1234));
    FAILS(seL4_DeleteFirst, levels[variant].map_label,
          table_map(variant, object_new(levels[variant].type, 0), vspace, V));
}

TEST_VARIANTS(table_twice, "table/already-mapped", "10.6 Map", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0);

    map_above(variant, vspace);
    WORKS(table_map(variant, table, vspace, V));
    FAILS(seL4_InvalidCapability, levels[variant].map_label, table_map(variant, table, vspace, V));
    ARGUMENT_IS(0);
}

TEST_VARIANTS(table_occupied, "table/place-is-taken", "10.6 Map", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new();

    map_above(variant, vspace);
    WORKS(table_map(variant, object_new(levels[variant].type, 0), vspace, V));
    FAILS(seL4_DeleteFirst, levels[variant].map_label,
          table_map(variant, object_new(levels[variant].type, 0), vspace, V));
}

TEST_VARIANTS(table_kernel_address, "table/kernel-address", "10.6 Map", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0);

    FAILS(seL4_InvalidArgument, levels[variant].map_label,
          table_map(variant, table, vspace, 0x800000000000));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, levels[variant].map_label,
          table_map(variant, table, vspace, 0xffffffff80000000));
    /* The last table of user addresses is allowed, although its last page is not. */
    map_above(variant, vspace);
    CHECK(table_map(variant, table, vspace, seL4_UserTop) != seL4_InvalidArgument);
}

TEST_VARIANTS(table_bad_vspace, "table/no-address-space", "10.6 Map", LEVELS, level_name)
{
    seL4_CPtr table = object_new(levels[variant].type, 0);

    FAILS(seL4_InvalidCapability, levels[variant].map_label,
          table_map(variant, table, endpoint_new(), V));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, levels[variant].map_label,
          table_map(variant, table, slot_new(), V));
    ARGUMENT_IS(1);
    /* An address space that has no ASID yet is none. */
    FAILS(seL4_InvalidCapability, levels[variant].map_label,
          table_map(variant, table, object_new(seL4_X64_PML4Object, 0), V));
    ARGUMENT_IS(1);
}

/* A deleted pool takes its address spaces' identifiers with it. */
TEST_VARIANTS(table_dead_vspace, "table/address-space-lost-its-asid", "7.1.4", LEVELS, level_name)
{
    seL4_CPtr pool = slot_new(), vspace = object_new(seL4_X64_PML4Object, 0),
              table = object_new(levels[variant].type, 0),
              untyped = object_new(seL4_UntypedObject, 12);

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, pool, DEPTH));
    WORKS(seL4_X86_ASIDPool_Assign(pool, vspace));
    map_above(variant, vspace);
    cap_delete(pool);
    FAILS(seL4_FailedLookup, levels[variant].map_label, table_map(variant, table, vspace, V));
    LOOKUP_IS(0, seL4_InvalidRoot);
}

static const char *inner_level_name(unsigned variant)
{
    return levels[variant + 1].name;
}

TEST_VARIANTS(table_missing_above, "table/level-above-is-missing", "7.1.1", LEVELS - 1,
              inner_level_name)
{
    unsigned level = variant + 1;
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[level].type, 0);

    for (unsigned above = 0; above < level; above++) {
        FAILS(seL4_FailedLookup, levels[level].map_label, table_map(level, table, vspace, V));
        LOOKUP_IS(0, seL4_MissingCapability);
        CHECK_EQ(seL4_MappingFailedLookupLevel(), levels[above + 1].missing);
        WORKS(table_map(above, object_new(levels[above].type, 0), vspace, V));
    }
    WORKS(table_map(level, table, vspace, V));
}

TEST_VARIANTS(table_copies, "table/unmap-with-a-copy", "10.6 Unmap", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0), copy;

    map_above(variant, vspace);
    WORKS(table_map(variant, table, vspace, V));
    copy = cap_copy(table);
    FAILS(seL4_RevokeFirst, levels[variant].unmap_label, table_unmap(variant, table));
    FAILS(seL4_RevokeFirst, levels[variant].unmap_label, table_unmap(variant, copy));
    cap_delete(copy);
    WORKS(table_unmap(variant, table));
}

TEST_VARIANTS(table_unmap_unmapped, "table/unmap-when-not-mapped-works", "10.6 Unmap", LEVELS,
              level_name)
{
    WORKS(table_unmap(variant, object_new(levels[variant].type, 0)));
}

TEST_VARIANTS(table_deleted, "table/deletion-unmaps", "3.2", LEVELS, level_name)
{
    seL4_CPtr vspace = vspace_new(), table = object_new(levels[variant].type, 0);

    map_above(variant, vspace);
    WORKS(table_map(variant, table, vspace, V));
    cap_delete(table);
    WORKS(table_map(variant, object_new(levels[variant].type, 0), vspace, V));
}

TEST_VARIANTS(table_truncated, "table/message-too-short", "10.1.7", LEVELS, level_name)
{
    seL4_CPtr table = object_new(levels[variant].type, 0);
    struct raw m = {
        .label = levels[variant].map_label, .length = 1, .cap_count = 1, .caps = { VSPACE }
    };

    FAILS(seL4_TruncatedMessage, m.label, raw_call(table, &m));
    m.length = 2;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, m.label, raw_call(table, &m));
}

/* ---- frames ---- */

TEST(page_map_rw, "page/mapped-page-is-readable-and-writable", "7.1.2")
{
    seL4_CPtr frame = frame_new();
    volatile seL4_Word *word = (volatile seL4_Word *)V;

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    word[0] = 5;
    CHECK_EQ(word[0], 5);
    WORKS(seL4_X86_Page_Unmap(frame));
    CHECK(!access_ok(V, false, NULL));
}

TEST(page_shared, "page/two-mappings-of-one-frame", "7.3")
{
    seL4_CPtr frame = frame_new(), copy = cap_copy(frame);
    volatile seL4_Word *a = (volatile seL4_Word *)V, *b = (volatile seL4_Word *)(V + 4096);

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    vspace_map(VSPACE, copy, V + 4096, seL4_ReadWrite);
    *a = 17;
    CHECK_EQ(*b, 17);
}

TEST(page_read_only, "page/read-only-page-refuses-writes", "7.1.2")
{
    seL4_Fault_t fault;

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame_new(), V, seL4_CanRead);
    CHECK(access_ok(V, false, NULL));
    CHECK(!access_ok(V, true, &fault));
    CHECK_EQ(seL4_Fault_VMFault_get_Addr(fault), V);
    CHECK_EQ(seL4_Fault_VMFault_get_PrefetchFault(fault), 0);
    CHECK_EQ(seL4_Fault_VMFault_get_FSR(fault), 7); /* present, write, user */
}

TEST(page_write_only, "page/write-only-mapping-is-inaccessible", "7.1.2")
{
    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame_new(), V, seL4_CanWrite);
    CHECK(!access_ok(V, true, NULL));
}

TEST(page_cap_rights, "page/capability-rights-bound-the-mapping", "7.1.2")
{
    seL4_CPtr read_only = cap_mint(frame_new(), seL4_CanRead, 0);

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, read_only, V, seL4_ReadWrite);
    CHECK(access_ok(V, false, NULL));
    CHECK(!access_ok(V, true, NULL));
}

TEST(page_remap_rights, "page/mapping-again-changes-rights", "7.1.2")
{
    seL4_CPtr frame = frame_new();

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    CHECK(access_ok(V, true, NULL));
    vspace_map(VSPACE, frame, V, seL4_CanRead);
    CHECK(!access_ok(V, true, NULL));
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    CHECK(access_ok(V, true, NULL));
}

TEST(page_remap_elsewhere, "page/mapped-page-cannot-be-mapped-elsewhere", "10.5 Page Map")
{
    seL4_CPtr frame = frame_new();

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    FAILS(seL4_InvalidArgument, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, V + 4096, seL4_ReadWrite, 0));
    ARGUMENT_IS(0);
}

TEST(page_remap_other_space, "page/mapped-page-cannot-be-mapped-in-another-space", "10.5 Page Map")
{
    seL4_CPtr frame = frame_new(), other = vspace_new();

    vspace_add_tables(VSPACE, V);
    vspace_add_tables(other, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    FAILS(seL4_InvalidCapability, X86PageMap,
          seL4_X86_Page_Map(frame, other, V, seL4_ReadWrite, 0));
    ARGUMENT_IS(1);
}

/* The newer mapping counts, and unmapping the older one must not take it away. */
TEST(page_over_page, "page/mapping-over-another-page", "10.5 Page Map")
{
    seL4_CPtr a = frame_new(), b = frame_new();
    volatile seL4_Word *word = (volatile seL4_Word *)V;

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, a, V, seL4_ReadWrite);
    *word = 1;
    WORKS(seL4_X86_Page_Map(b, VSPACE, V, seL4_ReadWrite, 0));
    CHECK_EQ(*word, 0);
    WORKS(seL4_X86_Page_Unmap(a));
    CHECK(access_ok(V, true, NULL));
    WORKS(seL4_X86_Page_Unmap(b));
    CHECK(!access_ok(V, true, NULL));
}

TEST(page_unaligned, "page/unaligned-address", "10.5 Page Map")
{
    vspace_add_tables(VSPACE, V);
    FAILS(seL4_AlignmentError, X86PageMap,
          seL4_X86_Page_Map(frame_new(), VSPACE, V + 8, seL4_ReadWrite, 0));
    FAILS(seL4_AlignmentError, X86PageMap,
          seL4_X86_Page_Map(frame_new(), VSPACE, V + 2048, seL4_ReadWrite, 0));
}

TEST(page_kernel_address, "page/kernel-address", "10.5 Page Map")
{
    seL4_CPtr frame = frame_new();

    FAILS(seL4_InvalidArgument, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, 0x800000000000, seL4_ReadWrite, 0));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, seL4_UserTop, seL4_ReadWrite, 0));
    FAILS(seL4_InvalidArgument, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, ~0xffful, seL4_ReadWrite, 0));
}

TEST(page_no_table, "page/table-is-missing", "10.5 Page Map")
{
    static const unsigned missing[] = { SEL4_MAPPING_LOOKUP_NO_PDPT, SEL4_MAPPING_LOOKUP_NO_PD,
                                        SEL4_MAPPING_LOOKUP_NO_PT };
    seL4_CPtr vspace = vspace_new(), frame = frame_new();

    for (unsigned level = 0; level < 3; level++) {
        FAILS(seL4_FailedLookup, X86PageMap,
              seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
        LOOKUP_IS(0, seL4_MissingCapability);
        CHECK_EQ(seL4_MappingFailedLookupLevel(), missing[level]);
        WORKS(table_map(level, object_new(levels[level].type, 0), vspace, V));
    }
    WORKS(seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
}

TEST(page_bad_vspace, "page/no-address-space", "10.5 Page Map")
{
    seL4_CPtr frame = frame_new();

    FAILS(seL4_InvalidCapability, X86PageMap,
          seL4_X86_Page_Map(frame, endpoint_new(), V, seL4_ReadWrite, 0));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, X86PageMap,
          seL4_X86_Page_Map(frame, object_new(seL4_X64_PML4Object, 0), V, seL4_ReadWrite, 0));
    ARGUMENT_IS(1);
}

TEST(page_truncated, "page/message-too-short", "10.1.7")
{
    seL4_CPtr frame = frame_new();
    struct raw m = { .label = X86PageMap, .length = 2, .cap_count = 1, .caps = { VSPACE } };

    FAILS(seL4_TruncatedMessage, X86PageMap, raw_call(frame, &m));
    m.length = 3;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, X86PageMap, raw_call(frame, &m));
}

TEST(page_order, "page/order-of-errors", "10.5 Page Map")
{
    seL4_CPtr frame = frame_new();

    FAILS(seL4_InvalidCapability, X86PageMap,
          seL4_X86_Page_Map(frame, endpoint_new(), ~0ul, seL4_ReadWrite, 0));
    FAILS(seL4_InvalidArgument, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, ~0ul, seL4_ReadWrite, 0));
    FAILS(seL4_AlignmentError, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, V + 1, seL4_ReadWrite, 0));
    FAILS(seL4_FailedLookup, X86PageMap, seL4_X86_Page_Map(frame, VSPACE, V, seL4_ReadWrite, 0));
}

TEST(page_unmap_unmapped, "page/unmap-when-not-mapped-works", "10.5 Page Unmap")
{
    WORKS(seL4_X86_Page_Unmap(frame_new()));
}

TEST(page_unmap_after_space_gone, "page/unmap-after-its-space-is-gone", "10.5 Page Unmap")
{
    seL4_CPtr vspace = vspace_new(), frame = frame_new();

    vspace_add_tables(vspace, V);
    vspace_map(vspace, frame, V, seL4_ReadWrite);
    cap_delete(vspace);
    WORKS(seL4_X86_Page_Unmap(frame));
    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
}

TEST(page_deleted, "page/deletion-unmaps", "3.2")
{
    seL4_CPtr frame = frame_new();

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    CHECK(access_ok(V, true, NULL));
    cap_delete(frame);
    CHECK(!access_ok(V, false, NULL));
}

TEST(page_copy_deleted, "page/deleting-a-copy-keeps-the-mapping", "3.2")
{
    seL4_CPtr frame = frame_new(), copy = cap_copy(frame);

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    cap_delete(copy);
    CHECK(access_ok(V, true, NULL));
}

TEST(page_copy_is_unmapped, "page/copy-of-a-mapped-page-is-not-mapped", "7.1.2")
{
    seL4_CPtr frame = frame_new(), copy;

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    copy = cap_copy(frame);
    WORKS(seL4_X86_Page_Unmap(copy));
    CHECK(access_ok(V, true, NULL));
    vspace_map(VSPACE, copy, V + 4096, seL4_ReadWrite);
}

TEST(page_table_deleted, "page/deleting-a-table-takes-its-pages-away", "3.2")
{
    seL4_CPtr frame = frame_new(), table = object_new(seL4_X86_PageTableObject, 0);

    map_above(2, VSPACE);
    WORKS(table_map(2, table, VSPACE, V));
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    CHECK(access_ok(V, true, NULL));
    WORKS(table_unmap(2, table));
    CHECK(!access_ok(V, false, NULL));
    WORKS(seL4_X86_Page_Unmap(frame));
}

/* A stale translation would keep memory reachable that now belongs to someone else. */
TEST(page_no_stale, "page/no-stale-translation", "7.1.2")
{
    seL4_CPtr a = frame_new(), b = frame_new();
    volatile seL4_Word *word = (volatile seL4_Word *)V;

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, a, V, seL4_ReadWrite);
    *word = 1;
    WORKS(seL4_X86_Page_Unmap(a));
    vspace_map(VSPACE, b, V, seL4_ReadWrite);
    CHECK_EQ(*word, 0);
}

TEST(page_large, "page/large-page", "7.1.2")
{
    seL4_CPtr frame = object_new(seL4_X86_LargePageObject, 0);
    volatile seL4_Word *word = (volatile seL4_Word *)V;

    map_above(2, VSPACE);
    FAILS(seL4_AlignmentError, X86PageMap,
          seL4_X86_Page_Map(frame, VSPACE, V + 4096, seL4_ReadWrite, 0));
    vspace_map(VSPACE, frame, V, seL4_ReadWrite);
    word[0] = 1;
    word[(1 << 18) - 1] = 2;
    CHECK(access_ok(V + 0x100000, true, NULL));
    FAILS(seL4_DeleteFirst, X86PageTableMap,
          seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), VSPACE, V, 0));
    vspace_map(VSPACE, frame, V, seL4_CanRead);
    CHECK(!access_ok(V + 0x100000, true, NULL));
    WORKS(seL4_X86_Page_Unmap(frame));
    CHECK(!access_ok(V + 0x100000, false, NULL));
}

TEST(page_large_over_table, "page/large-page-where-a-table-is", "10.5 Page Map")
{
    vspace_add_tables(VSPACE, V);
    FAILS(seL4_DeleteFirst, X86PageMap,
          seL4_X86_Page_Map(object_new(seL4_X86_LargePageObject, 0), VSPACE, V, seL4_ReadWrite, 0));
}

TEST(page_large_no_directory, "page/large-page-without-directory", "10.5 Page Map")
{
    seL4_CPtr vspace = vspace_new(), frame = object_new(seL4_X86_LargePageObject, 0);

    FAILS(seL4_FailedLookup, X86PageMap, seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PDPT);
    WORKS(table_map(0, object_new(seL4_X86_PDPTObject, 0), vspace, V));
    FAILS(seL4_FailedLookup, X86PageMap, seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PD);
}

TEST(page_small_under_large, "page/small-page-under-a-large-one", "10.5 Page Map")
{
    map_above(2, VSPACE);
    vspace_map(VSPACE, object_new(seL4_X86_LargePageObject, 0), V, seL4_ReadWrite);
    FAILS(seL4_FailedLookup, X86PageMap,
          seL4_X86_Page_Map(frame_new(), VSPACE, V, seL4_ReadWrite, 0));
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PT);
}

#ifdef CONFIG_HUGE_PAGE
static seL4_CPtr huge_frame(void)
{
    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        if (boot->untypedList[c - boot->untyped.start].sizeBits >= seL4_HugePageBits) {
            seL4_CPtr slot = slot_new();
            if (seL4_Untyped_Retype(c, seL4_X64_HugePageObject, 0, CNODE, 0, 0, slot, 1) ==
                seL4_NoError) {
                return slot;
            }
        }
    }
    test_skip("no region of 1 GiB");
}

TEST(page_huge, "page/huge-page", "7.1.2")
{
    seL4_CPtr vspace = vspace_new(), frame = huge_frame();

    FAILS(seL4_FailedLookup, X86PageMap, seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PDPT);
    WORKS(table_map(0, object_new(seL4_X86_PDPTObject, 0), vspace, V));
    FAILS(seL4_AlignmentError, X86PageMap,
          seL4_X86_Page_Map(frame, vspace, V + 0x200000, seL4_ReadWrite, 0));
    WORKS(seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
    FAILS(seL4_DeleteFirst, X86PageDirectoryMap,
          seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), vspace, V, 0));
    FAILS(seL4_FailedLookup, X86PageTableMap,
          seL4_X86_PageTable_Map(object_new(seL4_X86_PageTableObject, 0), vspace, V, 0));
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PD);
    WORKS(seL4_X86_Page_Unmap(frame));
    WORKS(seL4_X86_PageDirectory_Map(object_new(seL4_X86_PageDirectoryObject, 0), vspace, V, 0));
    FAILS(seL4_DeleteFirst, X86PageMap, seL4_X86_Page_Map(frame, vspace, V, seL4_ReadWrite, 0));
}
#endif

static const char *attribute_name(unsigned variant)
{
    static const char *const names[] = { "write-back", "write-through", "cache-disabled",
                                         "uncacheable", "write-combining" };
    return names[variant];
}

TEST_VARIANTS(page_attributes, "page/cache-attributes", "7.2", 5, attribute_name)
{
    seL4_CPtr frame = frame_new();
    volatile seL4_Word *word = (volatile seL4_Word *)V;

    vspace_add_tables(VSPACE, V);
    WORKS(seL4_X86_Page_Map(frame, VSPACE, V, seL4_ReadWrite, variant));
    *word = 3;
    CHECK_EQ(*word, 3);
}

TEST(page_address, "page/physical-address", "7.1.2")
{
    seL4_CPtr frame = frame_new();
    seL4_X86_Page_GetAddress_t a = seL4_X86_Page_GetAddress(frame),
                               b = seL4_X86_Page_GetAddress(cap_copy(frame));

    CHECK_EQ(a.error, seL4_NoError);
    CHECK_EQ(a.paddr, b.paddr);
    CHECK_EQ(a.paddr & 0xfff, 0);
}

static seL4_Word run_data_main(struct thread *self, seL4_Word vaddr, seL4_Word b, seL4_Word c)
{
    (void)self, (void)b, (void)c;
    ((void (*)(void))vaddr)();
    return 0;
}

TEST(page_execute, "page/fetch-from-an-unmapped-page", "6.2.7")
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, run_data_main, V, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_VMFault);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), seL4_VMFault_Length);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_IP), V);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), V);
    /*
     * User, not present; that it was a fetch is told only where SMEP or execute-never is on (Intel
     * SDM 3A, 4.7).
     */
    seL4_Word fetch = seL4_GetMR(seL4_VMFault_PrefetchFault);
    CHECK(fetch <= 1);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 4 | fetch << 4);
}

/* ---- another address space ---- */

static const unsigned char tiny_program[] = {
    /* movq $42, 0x200000 */
    0x48,
    0xc7,
    0x04,
    0x25,
    0x00,
    0x00,
    0x20,
    0x00,
    0x2a,
    0x00,
    0x00,
    0x00,
    /* mov 0x300000, %rax: faults */
    0x48,
    0x8b,
    0x04,
    0x25,
    0x00,
    0x00,
    0x30,
    0x00,
};

TEST(vspace_other, "vspace/thread-in-another-address-space", "7.1")
{
    seL4_CPtr vspace = vspace_new(), code = frame_new(), data = frame_new(),
              fault_ep = endpoint_new();
    volatile seL4_Word *word = (volatile seL4_Word *)(V + 4096);
    struct thread *t = thread_new(PRIO_HIGH);

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, code, V, seL4_ReadWrite);
    vspace_map(VSPACE, data, V + 4096, seL4_ReadWrite);
    memcpy((void *)V, tiny_program, sizeof(tiny_program));
    vspace_add_tables(vspace, 0x200000);
    vspace_map(vspace, cap_copy(data), 0x200000, seL4_ReadWrite);
    vspace_map(vspace, cap_copy(code), 0x201000, seL4_CanRead);
    WORKS(seL4_TCB_SetSpace(t->tcb, fault_ep, CNODE, 0, vspace, 0));
    seL4_UserContext regs = { .rip = 0x201000, .rsp = 0, .rflags = 0x202 };
    WORKS(seL4_TCB_WriteRegisters(t->tcb, true, 0, 20, &regs));
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_VMFault);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), 0x300000);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_IP), 0x201000 + 12);
    CHECK_EQ(*word, 42);
}

TEST(vspace_deleted_running, "vspace/deleted-under-a-thread", "3.2")
{
    seL4_CPtr vspace = vspace_new(), code = frame_new(), fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_LOW);

    vspace_add_tables(VSPACE, V);
    vspace_map(VSPACE, code, V, seL4_ReadWrite);
    *(volatile unsigned short *)V = 0xfeeb; /* jmp . */
    vspace_add_tables(vspace, 0x200000);
    vspace_map(vspace, cap_copy(code), 0x200000, seL4_CanRead);
    WORKS(seL4_TCB_SetSpace(t->tcb, fault_ep, CNODE, 0, vspace, 0));
    seL4_UserContext regs = { .rip = 0x200000, .rflags = 0x202 };
    WORKS(seL4_TCB_WriteRegisters(t->tcb, true, 0, 20, &regs));
    WORKS(seL4_TCB_SetPriority(t->tcb, SELF, PRIO_MAIN));
    seL4_Yield();
    cap_revoke(vspace); /* the thread has a copy */
    cap_delete(vspace);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_VMFault);
}

/* ---- ASID pools ---- */

static seL4_CPtr pool_new(void)
{
    seL4_CPtr pool = slot_new(), untyped = object_new(seL4_UntypedObject, seL4_ASIDPoolBits);

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, pool, DEPTH));
    return pool;
}

TEST(asid_assign, "asid/pool-assigns", "7.1.4")
{
    seL4_CPtr pool = pool_new(), vspace = object_new(seL4_X64_PML4Object, 0);

    WORKS(seL4_X86_ASIDPool_Assign(pool, vspace));
    vspace_add_tables(vspace, V);
}

TEST(asid_assign_twice, "asid/address-space-has-one-already", "10.5 ASIDPool Assign")
{
    seL4_CPtr vspace = vspace_new();

    FAILS(seL4_InvalidCapability, X86ASIDPoolAssign,
          seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    ARGUMENT_IS(1);
}

TEST(asid_assign_wrong, "asid/assign-to-no-address-space", "10.5 ASIDPool Assign")
{
    FAILS(seL4_InvalidCapability, X86ASIDPoolAssign,
          seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, endpoint_new()));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, X86ASIDPoolAssign,
          seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, object_new(seL4_X86_PDPTObject, 0)));
    FAILS(seL4_TruncatedMessage, X86ASIDPoolAssign,
          raw_label(seL4_CapInitThreadASIDPool, X86ASIDPoolAssign));
}

TEST(asid_pool_full, "asid/pool-is-full", "7.1.4")
{
    seL4_CPtr pool = pool_new(), first = slots_new(256);
    unsigned assigned = 0;

    /* 512 address spaces of 4 KiB each fit in half of the memory. */
    for (unsigned half = 0; half < 2; half++) {
        seL4_CPtr slots = half ? slots_new(256) : first;
        WORKS(seL4_Untyped_Retype(test_untyped, seL4_X64_PML4Object, 0, CNODE, 0, 0, slots, 256));
        for (unsigned i = 0; i < 256; i++) {
            if (seL4_X86_ASIDPool_Assign(pool, slots + i) == seL4_NoError) {
                assigned++;
            }
        }
    }
    CHECK(assigned == 512 || assigned == 511);
    FAILS(seL4_DeleteFirst, X86ASIDPoolAssign,
          seL4_X86_ASIDPool_Assign(pool, object_new(seL4_X64_PML4Object, 0)));
    cap_delete(first);
    WORKS(seL4_X86_ASIDPool_Assign(pool, object_new(seL4_X64_PML4Object, 0)));
}

TEST(asid_pool_dead, "asid/deleted-pool", "7.1.4")
{
    seL4_CPtr pool = pool_new(), copy = cap_copy(pool), vspace = object_new(seL4_X64_PML4Object, 0);

    cap_delete(pool);
    WORKS(seL4_X86_ASIDPool_Assign(copy, vspace));
    cap_delete(copy);
    /* Its identifier is gone, so it may get another. */
    FAILS(seL4_InvalidCapability, X86ASIDPoolAssign,
          seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
}

TEST(asid_make_errors, "asid/make-pool-from-wrong-memory", "10.5 ASIDControl MakePool")
{
    seL4_CPtr small = object_new(seL4_UntypedObject, 11),
              large = object_new(seL4_UntypedObject, 13), used = object_new(seL4_UntypedObject, 12),
              to = slot_new();

    FAILS(seL4_InvalidCapability, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, endpoint_new(), CNODE, to, DEPTH));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, small, CNODE, to, DEPTH));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, large, CNODE, to, DEPTH));
    WORKS(seL4_Untyped_Retype(used, seL4_EndpointObject, 0, CNODE, 0, 0, slot_new(), 1));
    FAILS(seL4_RevokeFirst, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, used, CNODE, to, DEPTH));
}

TEST(asid_make_device, "asid/make-pool-from-device-memory", "10.5 ASIDControl MakePool")
{
    seL4_CPtr device, untyped = slot_new();
    seL4_UntypedDesc desc;

    if (!device_untyped(13, &device, &desc)) {
        test_skip("no device region");
    }
    WORKS(seL4_Untyped_Retype(device, seL4_UntypedObject, 12, CNODE, 0, 0, untyped, 1));
    FAILS(seL4_InvalidCapability, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot_new(), DEPTH));
}

TEST(asid_make_target, "asid/make-pool-into-a-bad-slot", "10.5 ASIDControl MakePool")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 12);

    FAILS(seL4_DeleteFirst, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, untyped, DEPTH));
    FAILS(seL4_FailedLookup, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, endpoint_new(), 0, DEPTH));
    LOOKUP_IS(0, seL4_InvalidRoot);
    FAILS(seL4_RangeError, X86ASIDControlMakePool,
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot_new(), 65));
    RANGE_IS(1, seL4_WordBits);
}

TEST(asid_make_truncated, "asid/make-pool-message-too-short", "10.1.7")
{
    struct raw m = { .label = X86ASIDControlMakePool, .length = 1, .cap_count = 2 };

    FAILS(seL4_TruncatedMessage, X86ASIDControlMakePool, raw_call(seL4_CapASIDControl, &m));
    m.length = 2;
    m.cap_count = 1;
    FAILS(seL4_TruncatedMessage, X86ASIDControlMakePool, raw_call(seL4_CapASIDControl, &m));
}

TEST(asid_pools_run_out, "asid/no-more-pools", "7.1.3")
{
    seL4_CPtr untyped = 0;
    seL4_Error error = seL4_NoError;
    unsigned made = 0;

    while (error == seL4_NoError && made <= 1u << seL4_NumASIDPoolsBits) {
        untyped = object_new(seL4_UntypedObject, 12);
        error =
            seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot_new(), DEPTH);
        made += error == seL4_NoError;
    }
    CHECK_EQ(made, (1u << seL4_NumASIDPoolsBits) - 1);
    FAILS(seL4_DeleteFirst, X86ASIDControlMakePool, error);
}

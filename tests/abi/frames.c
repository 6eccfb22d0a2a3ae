/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our extensions for many frames in one call, and for what is in a frame. If a case fails, a fork
 * loses pages or leaves some writable, or somebody reaches memory that is not theirs.
 */

#include "env.h"
#include <myelin/extension.h>
#include <myelin/frames.h>

#define V FREE_VADDR
#define V2 OTHER_VADDR
#define PAGE 4096ul
#define LARGE (1ul << seL4_LargePageBits)
#define KERNEL_HALF 0xffff800000000000ul

enum { PAGES = 3 };

static void need_extension(void)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
}

static myelin_Run run(seL4_CPtr first, seL4_Word count)
{
    return (myelin_Run){ .root = CNODE, .index = first, .depth = DEPTH, .count = count };
}

static seL4_CPtr frames_new(unsigned count)
{
    seL4_CPtr first = slots_new(count);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_X86_4K, 0, CNODE, 0, 0, first, count));
    return first;
}

/* Map them at V in our own space, which gets the tables for V and V2; word 0 of each says which. */
static void map_all(seL4_CPtr first, unsigned count)
{
    vspace_add_tables(VSPACE, V);
    vspace_add_tables(VSPACE, V2);
    for (unsigned i = 0; i < count; i++) {
        vspace_map(VSPACE, first + i, V + i * PAGE, seL4_ReadWrite);
        *(volatile seL4_Word *)(V + i * PAGE) = 100 + i;
    }
}

static seL4_CPtr mapped_new(unsigned count)
{
    seL4_CPtr first = frames_new(count);

    map_all(first, count);
    return first;
}

static myelin_ShareTarget target(seL4_CPtr first)
{
    return (myelin_ShareTarget){ .root = CNODE,
                                 .index = first,
                                 .depth = DEPTH,
                                 .vspace = VSPACE,
                                 .address = V2,
                                 .rights = seL4_ReadWrite };
}

static myelin_RunResult share(seL4_CPtr from, seL4_Word count, const myelin_ShareTarget *to)
{
    return myelin_ShareFrames(run(from, count), *to, seL4_PageBits);
}

static seL4_Word word_at(seL4_Word address)
{
    return *(volatile seL4_Word *)address;
}

/* What a run answered: so many slots done, and why not more. */
#define ANSWER_IS(r, count, reason)                                                                \
    do {                                                                                           \
        myelin_RunResult answer_ = (r);                                                            \
        CHECK_EQ(answer_.error, seL4_NoError);                                                     \
        CHECK_EQ(answer_.done, count);                                                             \
        CHECK_EQ(answer_.why, reason);                                                             \
    } while (0)

#define SHARES(from, count, to, done, reason) ANSWER_IS(share(from, count, to), done, reason)

/* ---- sharing ---- */

TEST(share_maps, "frames/share-copies-and-maps", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES);
    myelin_ShareTarget t = target(to);

    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    for (unsigned i = 0; i < PAGES; i++) {
        CHECK_EQ(word_at(V2 + i * PAGE), 100 + i);
        *(volatile seL4_Word *)(V2 + i * PAGE) = 200 + i;
        CHECK_EQ(word_at(V + i * PAGE), 200 + i);
    }
    cap_delete(to + 1); /* each copy has a mapping of its own */
    CHECK(!access_ok(V2 + PAGE, false, NULL));
    CHECK_EQ(word_at(V + PAGE), 201);
}

TEST(share_rights, "frames/share-with-less-rights", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES);
    myelin_ShareTarget t = target(to);

    t.rights = seL4_CanRead;
    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V2 + PAGE, false, NULL));
    CHECK(!access_ok(V2 + PAGE, true, NULL));
    CHECK(access_ok(V + PAGE, true, NULL));
    /* The copies' capabilities have the rights of their source. */
    vspace_map(VSPACE, to + 1, V2 + PAGE, seL4_ReadWrite);
    CHECK(access_ok(V2 + PAGE, true, NULL));
}

TEST(share_not_beyond, "frames/share-not-beyond-the-capability", "extension")
{
    need_extension();
    seL4_CPtr from = cap_mint(mapped_new(1), seL4_CanRead, 0), to = slot_new();
    myelin_ShareTarget t = target(to);

    SHARES(from, 1, &t, 1, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V2, false, NULL));
    CHECK(!access_ok(V2, true, NULL));
    vspace_map(VSPACE, to, V2, seL4_ReadWrite);
    CHECK(!access_ok(V2, true, NULL));
}

TEST(share_attributes, "frames/share-with-attributes", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(1);
    myelin_ShareTarget t = target(slot_new());

    t.attributes = seL4_X86_Uncacheable | 1ul << 31; /* and never executed */
    SHARES(from, 1, &t, 1, MYELIN_FRAMES_DONE);
    CHECK_EQ(word_at(V2), 100);
}

TEST(share_protect, "frames/share-write-protects-the-source", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), other = cap_copy(from);
    myelin_ShareTarget t = target(slots_new(PAGES));

    vspace_map(VSPACE, other, V + 16 * PAGE, seL4_ReadWrite);
    CHECK(access_ok(V, true, NULL));
    t.rights = seL4_CanRead;
    t.flags = MYELIN_SHARE_PROTECT_SOURCE;
    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V, true, NULL));
    CHECK(!access_ok(V + 2 * PAGE, true, NULL));
    CHECK_EQ(word_at(V + 2 * PAGE), 102);
    CHECK(access_ok(V + 16 * PAGE, true, NULL)); /* another capability's mapping */
}

TEST(share_protect_unmapped, "frames/share-when-the-source-is-not-mapped", "extension")
{
    need_extension();
    seL4_CPtr from = frames_new(PAGES), over = frame_new();
    myelin_ShareTarget t = target(slots_new(PAGES));

    vspace_add_tables(VSPACE, V);
    vspace_add_tables(VSPACE, V2);
    vspace_map(VSPACE, from, V, seL4_ReadWrite);
    vspace_map(VSPACE, over, V, seL4_ReadWrite); /* the first one's mapping is out of date */
    t.flags = MYELIN_SHARE_PROTECT_SOURCE;
    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V, true, NULL));
    CHECK(access_ok(V2 + PAGE, true, NULL));
}

TEST(share_other_space, "frames/share-into-another-address-space", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES), vspace = vspace_new();
    myelin_ShareTarget t = target(to);

    t.vspace = vspace;
    SHARES(from, PAGES, &t, 0, MYELIN_FRAMES_NO_TABLE);
    vspace_add_tables(vspace, V2);
    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V2, false, NULL));
    /* They are mapped there, as the interface's own refusal shows. */
    CHECK_EQ(seL4_X86_Page_Map(to, VSPACE, V2, seL4_ReadWrite, 0), seL4_InvalidCapability);
    cap_delete(vspace);
    ANSWER_IS(myelin_DeleteFrames(run(to, PAGES)), PAGES, MYELIN_FRAMES_DONE);
}

TEST(share_large, "frames/share-large-pages", "extension")
{
    need_extension();
    seL4_CPtr from = slots_new(2), to = slots_new(2);
    myelin_ShareTarget t = target(to);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_X86_LargePageObject, 0, CNODE, 0, 0, from, 2));
    ANSWER_IS(myelin_ShareFrames(run(from, 2), t, seL4_LargePageBits), 0, MYELIN_FRAMES_NO_TABLE);
    vspace_add_tables(VSPACE, V2);
    myelin_RunResult r = myelin_ShareFrames(run(from, 2), t, seL4_LargePageBits);
    ANSWER_IS(r, 0, MYELIN_FRAMES_IN_USE); /* by a page table */
    t.address = V2 + LARGE;
    SHARES(from, 1, &t, 1, MYELIN_FRAMES_DONE);
    t.address = V2 + 2 * LARGE + PAGE;
    t.index = to + 1;
    SHARES(from + 1, 1, &t, 0, MYELIN_FRAMES_ADDRESS);
    t.address = V2 + 2 * LARGE;
    SHARES(from + 1, 1, &t, 1, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V2 + 3 * LARGE - PAGE, true, NULL));
    r = myelin_ProtectFrames(run(to, 2), seL4_CanRead);
    ANSWER_IS(r, 2, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V2 + 3 * LARGE - PAGE, true, NULL));
    CHECK(access_ok(V2 + 3 * LARGE - PAGE, false, NULL));
    ANSWER_IS(myelin_DeleteFrames(run(to, 2)), 2, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V2 + 2 * LARGE, false, NULL));
}

TEST(share_mixed, "frames/share-pages-of-several-sizes", "extension")
{
    need_extension();
    seL4_CPtr from = slots_new(2), to = slots_new(2);
    myelin_ShareTarget t = target(to);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_X86_LargePageObject, 0, CNODE, 0, 0, from, 1));
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_X86_4K, 0, CNODE, 0, 0, from + 1, 1));
    vspace_add_tables(VSPACE, V2 + LARGE);
    SHARES(from, 1, &t, 1, MYELIN_FRAMES_DONE);
    t.index = to + 1;
    t.address = V2 + LARGE;
    SHARES(from + 1, 1, &t, 1, MYELIN_FRAMES_DONE);
    ANSWER_IS(myelin_DeleteFrames(run(to, 2)), 2, MYELIN_FRAMES_DONE);
    t = target(to);
    for (unsigned done = 0; done < 2;) { /* in one call, as far as nothing interrupts it */
        myelin_CNode_ShareFrames_t r =
            myelin_CNode_ShareFrames(CNODE, from + done, DEPTH, 2 - done, t.root, t.index, t.depth,
                                     t.vspace, t.address, t.rights, t.attributes, t.flags);
        CHECK_EQ(r.error, seL4_NoError);
        CHECK(r.done > 0);
        t.address += LARGE;
        t.index += r.done;
        done += (unsigned)r.done;
    }
    CHECK(access_ok(V2 + LARGE, true, NULL));
}

TEST(share_holes, "frames/share-stops-at-what-is-no-frame", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES), ep = endpoint_new();
    myelin_ShareTarget t = target(to);

    cap_delete(from + 1);
    SHARES(from, PAGES, &t, 1, MYELIN_FRAMES_NO_FRAME);
    CHECK(slot_is_empty(to + 1));
    CHECK(!slot_is_empty(to));
    t.index = to + 1;
    SHARES(ep, 1, &t, 0, MYELIN_FRAMES_NO_FRAME);
    SHARES(VSPACE, 1, &t, 0, MYELIN_FRAMES_NO_FRAME);
}

TEST(share_full, "frames/share-stops-at-a-full-slot", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES);
    myelin_ShareTarget t = target(to);

    WORKS(seL4_CNode_Copy(CNODE, to + 2, DEPTH, CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    SHARES(from, PAGES, &t, 2, MYELIN_FRAMES_SLOT_FULL);
    CHECK(access_ok(V2 + PAGE, false, NULL));
    CHECK(!access_ok(V2 + 2 * PAGE, false, NULL));
}

TEST(share_overlapping, "frames/share-into-overlapping-slots", "extension")
{
    need_extension();
    seL4_CPtr before = slots_new(PAGES + 2), from = before + 1;
    myelin_ShareTarget t = target(from);

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_X86_4K, 0, CNODE, 0, 0, from, PAGES));
    map_all(from, PAGES);
    SHARES(from, PAGES, &t, 0, MYELIN_FRAMES_SLOT_FULL);
    t.index = from + 1;
    SHARES(from, PAGES, &t, 0, MYELIN_FRAMES_SLOT_FULL);
    t.index = before;
    SHARES(from, PAGES, &t, 1, MYELIN_FRAMES_SLOT_FULL);
    cap_delete(from + 1);
    cap_delete(from + 2);
    /* One slot after the other: what is copied may be a copy. */
    t.index = from + 1;
    t.address = V2 + PAGE;
    SHARES(from, PAGES, &t, PAGES, MYELIN_FRAMES_DONE);
    CHECK_EQ(word_at(V2 + 3 * PAGE), 100);
}

TEST(share_addresses, "frames/share-to-impossible-addresses", "extension")
{
    static const seL4_Word bad[] = { V2 + 1,       V2 + PAGE / 2,      KERNEL_HALF, 1ul << 47,
                                     seL4_UserTop, 0xfffffffffffff000, ~0ul,        1ul << 63 };

    need_extension();
    seL4_CPtr from = mapped_new(2), to = slots_new(2);
    myelin_ShareTarget t = target(to);

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        t.address = bad[i];
        SHARES(from, 2, &t, 0, MYELIN_FRAMES_ADDRESS);
        CHECK(slot_is_empty(to));
    }
    t.address = seL4_UserTop - PAGE; /* the last possible one; then the end */
    vspace_add_tables(VSPACE, t.address);
    SHARES(from, 2, &t, 1, MYELIN_FRAMES_ADDRESS);
}

TEST(share_tables, "frames/share-says-which-table-is-missing", "extension")
{
    need_extension();
    seL4_CPtr from = frames_new(2), to = slots_new(2), vspace = vspace_new();
    seL4_CPtr pdpt = object_new(seL4_X86_PDPTObject, 0),
              directory = object_new(seL4_X86_PageDirectoryObject, 0),
              table = object_new(seL4_X86_PageTableObject, 0);
    myelin_ShareTarget t = target(to);
    myelin_RunResult r;

    t.vspace = vspace;
    r = share(from, 2, &t);
    ANSWER_IS(r, 0, MYELIN_FRAMES_NO_TABLE);
    CHECK_EQ(r.table_bits, 39);
    WORKS(seL4_X86_PDPT_Map(pdpt, vspace, V2, 0));
    CHECK_EQ(share(from, 2, &t).table_bits, 30);
    WORKS(seL4_X86_PageDirectory_Map(directory, vspace, V2, 0));
    CHECK_EQ(share(from, 2, &t).table_bits, 21);
    WORKS(seL4_X86_PageTable_Map(table, vspace, V2, 0));
    t.address = V2 + LARGE - PAGE; /* the table's last entry; then another's first */
    r = share(from, 2, &t);
    ANSWER_IS(r, 1, MYELIN_FRAMES_NO_TABLE);
    CHECK_EQ(r.table_bits, 21);
}

TEST(share_in_use, "frames/share-replaces-nothing", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), to = slots_new(PAGES), there = frame_new();
    myelin_ShareTarget t = target(to);

    vspace_map(VSPACE, there, V2 + PAGE, seL4_ReadWrite);
    *(volatile seL4_Word *)(V2 + PAGE) = 77;
    SHARES(from, PAGES, &t, 1, MYELIN_FRAMES_IN_USE);
    CHECK_EQ(word_at(V2 + PAGE), 77);
    CHECK(slot_is_empty(to + 1));
}

TEST(share_device, "frames/share-device-memory", "extension")
{
    seL4_CPtr device, from = slot_new(), to = slot_new(), ram = frame_new();
    seL4_UntypedDesc desc;
    myelin_ShareTarget t = target(to);

    need_extension();
    if (!device_untyped(13, &device, &desc)) {
        test_skip("no device region");
    }
    WORKS(seL4_Untyped_Retype(device, seL4_X86_4K, 0, CNODE, 0, 0, from, 1));
    vspace_add_tables(VSPACE, V2);
    SHARES(from, 1, &t, 1, MYELIN_FRAMES_DONE);
    FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_ZERO, myelin_ZeroFrame(from));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_ZERO, myelin_ZeroFrame(to));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_COPY, myelin_CopyFrame(ram, from));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_COPY, myelin_CopyFrame(from, ram));
    ARGUMENT_IS(0);
    cap_delete(to);
    cap_delete(from);
}

/* ---- which run ---- */

/* The three that take a run, with all else as it should be. */
enum { SHARE, PROTECT, DELETE, OPERATIONS };
static const unsigned labels[] = { MYELIN_INV_CNODE_SHARE_FRAMES, MYELIN_INV_CNODE_PROTECT_FRAMES,
                                   MYELIN_INV_CNODE_DELETE_FRAMES };

static const char *operation_name(unsigned variant)
{
    static const char *const names[] = { "share", "protect", "delete" };

    return names[variant];
}

static seL4_Error operate(unsigned operation, const myelin_Run *r, const myelin_ShareTarget *to)
{
    switch (operation) {
    case SHARE: return myelin_ShareFrames(*r, *to, seL4_PageBits).error;
    case PROTECT: return myelin_ProtectFrames(*r, seL4_CanRead).error;
    default: return myelin_DeleteFrames(*r).error;
    }
}

TEST_VARIANTS(run_count, "frames/count-out-of-range", "extension", OPERATIONS, operation_name)
{
    need_extension();
    seL4_Word slots = 1ul << boot->initThreadCNodeSizeBits;
    seL4_CPtr from = mapped_new(2);
    const seL4_Word bad[] = { 0, slots - from + 1, slots, 1ul << 63, (1ul << 59) + 1, ~0ul };
    myelin_ShareTarget t = target(slots_new(2));

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        myelin_Run r = run(from, bad[i]);
        FAILS(seL4_RangeError, labels[variant], operate(variant, &r, &t));
        RANGE_IS(1, slots - from);
    }
    CHECK(access_ok(V, true, NULL));
    CHECK(!slot_is_empty(from));
    CHECK(slot_is_empty(t.index));
}

TEST_VARIANTS(run_depth, "frames/run-is-not-found", "extension", OPERATIONS, operation_name)
{
    need_extension();
    seL4_CPtr from = mapped_new(2);
    myelin_ShareTarget t = target(slots_new(2));
    myelin_Run r = run(from, 2);

    r.depth = 0;
    FAILS(seL4_RangeError, labels[variant], operate(variant, &r, &t));
    RANGE_IS(1, seL4_WordBits);
    r.depth = 65;
    FAILS(seL4_RangeError, labels[variant], operate(variant, &r, &t));
    RANGE_IS(1, seL4_WordBits);
    r.depth = 8;
    FAILS(seL4_FailedLookup, labels[variant], operate(variant, &r, &t));
    LOOKUP_IS(1, seL4_GuardMismatch);
    r = run(1ul << 63 | from, 2);
    FAILS(seL4_FailedLookup, labels[variant], operate(variant, &r, &t));
    LOOKUP_IS(1, seL4_GuardMismatch);
    CHECK(access_ok(V, true, NULL));
}

TEST_VARIANTS(run_no_cnode, "frames/invoked-is-no-cnode", "extension", OPERATIONS, operation_name)
{
    need_extension();
    myelin_ShareTarget t = target(slot_new());
    myelin_Run r = run(frame_new(), 1);

    r.root = SELF;
    FAILS(seL4_IllegalOperation, labels[variant], operate(variant, &r, &t));
    r.root = frame_new();
    FAILS(seL4_IllegalOperation, labels[variant], operate(variant, &r, &t));
    r.root = VSPACE;
    FAILS(seL4_IllegalOperation, labels[variant], operate(variant, &r, &t));
    r.root = slot_new();
    FAILS(seL4_InvalidCapability, labels[variant], operate(variant, &r, &t));
}

TEST_VARIANTS(run_truncated, "frames/message-too-short", "extension", OPERATIONS, operation_name)
{
    static const unsigned words[] = { 9, 4, 3 };
    struct raw m = { .label = labels[variant], .length = words[variant] - 1, .cap_count = 2 };

    need_extension();
    m.caps[0] = CNODE;
    m.caps[1] = VSPACE;
    FAILS(seL4_TruncatedMessage, labels[variant], raw_call(CNODE, &m));
    if (variant == SHARE) {
        FAILS(seL4_TruncatedMessage, labels[variant],
              seL4_MessageInfo_get_label(
                  seL4_Call(CNODE, seL4_MessageInfo_new(labels[variant], 0, 1, 9))));
    }
}

TEST(run_labels, "frames/labels-around-are-illegal", "extension")
{
    need_extension();
    FAILS(seL4_IllegalOperation, 0, raw_label(CNODE, MYELIN_INV_CNODE_SHARE_FRAMES - 1));
    FAILS(seL4_IllegalOperation, 0, raw_label(CNODE, MYELIN_INV_CNODE_DELETE_FRAMES + 1));
    FAILS(seL4_IllegalOperation, 0, raw_label(frame_new(), MYELIN_INV_X86_PAGE_ZERO - 1));
    FAILS(seL4_IllegalOperation, 0, raw_label(frame_new(), MYELIN_INV_X86_PAGE_COPY + 1));
}

TEST_VARIANTS(run_inner, "frames/run-in-an-inner-cnode", "extension", OPERATIONS, operation_name)
{
    enum { BITS = 3, SLOTS = 1 << BITS };

    need_extension();
    seL4_CPtr cnode = cnode_new(BITS), other = mapped_new(SLOTS);
    myelin_ShareTarget t = target(slots_new(SLOTS));
    myelin_Run r = { .root = cnode, .index = 5, .depth = BITS, .count = SLOTS - 5 };

    for (unsigned i = 0; i < SLOTS; i++) {
        WORKS(seL4_CNode_Move(cnode, i, BITS, CNODE, other + i, DEPTH));
    }
    if (variant == DELETE) {
        CHECK(access_ok(V + 5 * PAGE, true, NULL));
    }
    WORKS(operate(variant, &r, &t));
    r.count++; /* beyond its end, whatever lies behind it */
    FAILS(seL4_RangeError, labels[variant], operate(variant, &r, &t));
    RANGE_IS(1, SLOTS - 5);
    r.index = SLOTS - 1 + 8 * SLOTS; /* only the last bits are an index */
    r.count = 2;
    FAILS(seL4_RangeError, labels[variant], operate(variant, &r, &t));
    RANGE_IS(1, 1);
    cap_delete(cnode);
    r.count = 1;
    FAILS(seL4_InvalidCapability, labels[variant], operate(variant, &r, &t));
}

TEST(share_dest, "frames/share-copies-have-no-place", "extension")
{
    need_extension();
    seL4_Word slots = 1ul << boot->initThreadCNodeSizeBits;
    seL4_CPtr from = mapped_new(2);
    myelin_ShareTarget t = target(slots_new(2));
    myelin_Run r = run(from, 2);

    t.root = endpoint_new();
    FAILS(seL4_FailedLookup, labels[SHARE], operate(SHARE, &r, &t));
    LOOKUP_IS(0, seL4_InvalidRoot);
    t.root = CNODE;
    t.depth = 0;
    FAILS(seL4_RangeError, labels[SHARE], operate(SHARE, &r, &t));
    RANGE_IS(1, seL4_WordBits);
    t.depth = 7;
    FAILS(seL4_FailedLookup, labels[SHARE], operate(SHARE, &r, &t));
    LOOKUP_IS(0, seL4_GuardMismatch);
    t.depth = DEPTH;
    t.index = slots - 1;
    FAILS(seL4_RangeError, labels[SHARE], operate(SHARE, &r, &t));
    RANGE_IS(1, 1);
    t.index = ~0ul;
    FAILS(seL4_FailedLookup, labels[SHARE], operate(SHARE, &r, &t));
    LOOKUP_IS(0, seL4_GuardMismatch);
}

TEST(share_bad_space, "frames/share-into-no-address-space", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(1), pool = slot_new(), lost = object_new(seL4_X64_PML4Object, 0);
    myelin_ShareTarget t = target(slot_new());
    myelin_Run r = run(from, 1);

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, object_new(seL4_UntypedObject, 12),
                                        CNODE, pool, DEPTH));
    WORKS(seL4_X86_ASIDPool_Assign(pool, lost));
    cap_delete(pool);
    const seL4_CPtr bad[] = { endpoint_new(), slot_new(), object_new(seL4_X64_PML4Object, 0),
                              lost,           from,       object_new(seL4_X86_PageTableObject, 0) };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        t.vspace = bad[i];
        FAILS(seL4_InvalidCapability, labels[SHARE], operate(SHARE, &r, &t));
        ARGUMENT_IS(2);
    }
    t = target(t.index);
    t.flags = 2;
    FAILS(seL4_RangeError, labels[SHARE], operate(SHARE, &r, &t));
    RANGE_IS(0, 1);
    t.flags = ~0ul;
    FAILS(seL4_RangeError, labels[SHARE], operate(SHARE, &r, &t));
    CHECK(slot_is_empty(t.index));
}

/* ---- protecting ---- */

TEST(protect_pages, "frames/protect-and-back", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES);

    ANSWER_IS(myelin_ProtectFrames(run(from, PAGES), seL4_CanRead), PAGES, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V, true, NULL));
    CHECK(!access_ok(V + 2 * PAGE, true, NULL));
    CHECK_EQ(word_at(V + 2 * PAGE), 102);
    ANSWER_IS(myelin_ProtectFrames(run(from + 1, 2), seL4_ReadWrite), 2, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V, true, NULL));
    CHECK(access_ok(V + 2 * PAGE, true, NULL));
    ANSWER_IS(myelin_ProtectFrames(run(from, PAGES), seL4_NoRights), PAGES, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V + PAGE, false, NULL));
    ANSWER_IS(myelin_ProtectFrames(run(from, PAGES), seL4_CanWrite), PAGES, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V + PAGE, false, NULL)); /* as with Page_Map: reading is needed for all */
}

TEST(protect_not_beyond, "frames/protect-not-beyond-the-capability", "extension")
{
    need_extension();
    seL4_CPtr from = cap_mint(mapped_new(1), seL4_CanRead, 0);

    vspace_map(VSPACE, from, V2, seL4_ReadWrite);
    ANSWER_IS(myelin_ProtectFrames(run(from, 1), seL4_AllRights), 1, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V2, false, NULL));
    CHECK(!access_ok(V2, true, NULL));
}

TEST(protect_unmapped, "frames/protect-stops-at-what-is-not-mapped", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), over = frame_new();

    WORKS(seL4_X86_Page_Unmap(from + 1));
    ANSWER_IS(myelin_ProtectFrames(run(from, PAGES), seL4_CanRead), 1, MYELIN_FRAMES_NOT_MAPPED);
    CHECK(access_ok(V + 2 * PAGE, true, NULL));
    /* What another frame has taken the place of is not mapped either. */
    vspace_map(VSPACE, over, V + 2 * PAGE, seL4_ReadWrite);
    ANSWER_IS(myelin_ProtectFrames(run(from + 2, 1), seL4_CanRead), 0, MYELIN_FRAMES_NOT_MAPPED);
    CHECK(access_ok(V + 2 * PAGE, true, NULL));
    cap_delete(from + 1);
    ANSWER_IS(myelin_ProtectFrames(run(from + 1, 1), seL4_CanRead), 0, MYELIN_FRAMES_NO_FRAME);
    ANSWER_IS(myelin_ProtectFrames(run(SELF, 1), seL4_CanRead), 0, MYELIN_FRAMES_NO_FRAME);
}

TEST(protect_space_gone, "frames/protect-when-the-address-space-is-gone", "extension")
{
    need_extension();
    seL4_CPtr from = frames_new(2), vspace = vspace_new();

    vspace_add_tables(vspace, V);
    vspace_map(vspace, from, V, seL4_ReadWrite);
    vspace_map(vspace, from + 1, V + PAGE, seL4_ReadWrite);
    cap_delete(vspace);
    ANSWER_IS(myelin_ProtectFrames(run(from, 2), seL4_CanRead), 0, MYELIN_FRAMES_NOT_MAPPED);
    ANSWER_IS(myelin_DeleteFrames(run(from, 2)), 2, MYELIN_FRAMES_DONE);
}

/* ---- taking away ---- */

TEST(take_away, "frames/delete-unmaps", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES);

    cap_delete(from + 1); /* a hole is done already */
    ANSWER_IS(myelin_DeleteFrames(run(from, PAGES)), PAGES, MYELIN_FRAMES_DONE);
    for (unsigned i = 0; i < PAGES; i++) {
        CHECK(slot_is_empty(from + i));
        CHECK(!access_ok(V + i * PAGE, false, NULL));
    }
    ANSWER_IS(myelin_DeleteFrames(run(from, PAGES)), PAGES, MYELIN_FRAMES_DONE);
}

TEST(take_away_others, "frames/delete-leaves-what-is-not-its-own", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES), over = frame_new(), copy = cap_copy(from);

    vspace_map(VSPACE, over, V + PAGE, seL4_ReadWrite);
    vspace_map(VSPACE, copy, V2, seL4_ReadWrite);
    ANSWER_IS(myelin_DeleteFrames(run(from, PAGES)), PAGES, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V + PAGE, true, NULL));
    CHECK(!access_ok(V, true, NULL));
    CHECK_EQ(word_at(V2), 100);
}

TEST(take_away_stops, "frames/delete-stops-at-what-is-no-frame", "extension")
{
    need_extension();
    seL4_CPtr from = mapped_new(PAGES);

    cap_delete(from + 1);
    WORKS(seL4_CNode_Copy(CNODE, from + 1, DEPTH, CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    ANSWER_IS(myelin_DeleteFrames(run(from, PAGES)), 1, MYELIN_FRAMES_NO_FRAME);
    CHECK(!slot_is_empty(from + 1));
    CHECK(access_ok(V + 2 * PAGE, true, NULL));
    ANSWER_IS(myelin_DeleteFrames(run(CNODE, 1)), 0, MYELIN_FRAMES_NO_FRAME);
}

TEST(take_away_last, "frames/delete-the-last-capability-frees-the-memory", "extension")
{
    need_extension();
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 14), from = slots_new(4);

    WORKS(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, CNODE, 0, 0, from, 4));
    CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, CNODE, 0, 0, slot_new(), 1),
             seL4_NotEnoughMemory);
    ANSWER_IS(myelin_DeleteFrames(run(from, 4)), 4, MYELIN_FRAMES_DONE);
    WORKS(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, CNODE, 0, 0, from, 4));
}

/* ---- many ---- */

TEST(many, "frames/two-hundred-pages", "extension")
{
    enum { MANY = 200 };

    need_extension();
    seL4_CPtr from = mapped_new(MANY), to = slots_new(MANY);
    myelin_ShareTarget t = target(to);

    t.rights = seL4_CanRead;
    t.flags = MYELIN_SHARE_PROTECT_SOURCE;
    SHARES(from, MANY, &t, MANY, MYELIN_FRAMES_DONE);
    for (unsigned i = 0; i < MANY; i++) {
        CHECK_EQ(word_at(V2 + i * PAGE), 100 + i);
    }
    CHECK(!access_ok(V + (MANY - 1) * PAGE, true, NULL));
    ANSWER_IS(myelin_ProtectFrames(run(from, MANY), seL4_ReadWrite), MANY, MYELIN_FRAMES_DONE);
    CHECK(access_ok(V + (MANY - 1) * PAGE, true, NULL));
    ANSWER_IS(myelin_DeleteFrames(run(to, MANY)), MANY, MYELIN_FRAMES_DONE);
    CHECK(!access_ok(V2 + (MANY - 1) * PAGE, false, NULL));
    CHECK(!access_ok(V2, false, NULL));
}

/* ---- what is in a frame ---- */

static void fill(seL4_Word address, seL4_Word bytes, seL4_Word from)
{
    for (seL4_Word i = 0; i < bytes / sizeof(seL4_Word); i++) {
        ((volatile seL4_Word *)address)[i] = from + i;
    }
}

/* The first word that is not from + i * step; bytes / 8: all are. */
static seL4_Word differs_at(seL4_Word address, seL4_Word bytes, seL4_Word from, seL4_Word step)
{
    seL4_Word i = 0;

    while (i < bytes / sizeof(seL4_Word) && ((volatile seL4_Word *)address)[i] == from + i * step) {
        i++;
    }
    return i;
}

/* Two frames of a size, mapped at V and V2. */
static void two_frames(bool is_large, seL4_CPtr *a, seL4_CPtr *b)
{
    seL4_Word type = is_large ? seL4_X86_LargePageObject : seL4_X86_4K;

    *a = object_new(type, 0);
    *b = object_new(type, 0);
    vspace_add_tables(VSPACE, is_large ? V + LARGE : V); /* down to what the size needs */
    vspace_add_tables(VSPACE, is_large ? V2 + LARGE : V2);
    vspace_map(VSPACE, *a, V, seL4_ReadWrite);
    vspace_map(VSPACE, *b, V2, seL4_ReadWrite);
}

static const char *size_name(unsigned variant)
{
    return variant ? "2m" : "4k";
}

TEST_VARIANTS(zero_all, "frames/zero", "extension", 2, size_name)
{
    need_extension();
    seL4_CPtr a, b;
    seL4_Word bytes = variant ? LARGE : PAGE;

    two_frames(variant, &a, &b);
    fill(V, bytes, 1);
    fill(V2, bytes, 1);
    WORKS(myelin_ZeroFrame(a));
    CHECK_EQ(differs_at(V, bytes, 0, 0), bytes / 8);
    CHECK_EQ(differs_at(V2, bytes, 1, 1), bytes / 8);
}

TEST_VARIANTS(copy_all, "frames/copy", "extension", 2, size_name)
{
    need_extension();
    seL4_CPtr a, b;
    seL4_Word bytes = variant ? LARGE : PAGE;

    two_frames(variant, &a, &b);
    fill(V, bytes, 1000);
    WORKS(myelin_CopyFrame(b, cap_mint(a, seL4_CanRead, 0)));
    CHECK_EQ(differs_at(V2, bytes, 1000, 1), bytes / 8);
    CHECK_EQ(differs_at(V, bytes, 1000, 1), bytes / 8);
    WORKS(myelin_CopyFrame(b, b)); /* nothing to do */
    CHECK_EQ(differs_at(V2, bytes, 1000, 1), bytes / 8);
}

TEST(fill_rights, "frames/zero-and-copy-need-rights", "extension")
{
    need_extension();
    seL4_CPtr a, b;

    two_frames(false, &a, &b);
    fill(V, PAGE, 5);
    const seL4_CPtr bad[] = { cap_mint(a, seL4_CanRead, 0), cap_mint(a, seL4_CanWrite, 0),
                              cap_mint(a, seL4_NoRights, 0) };
    for (unsigned i = 0; i < 3; i++) {
        FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_ZERO, myelin_ZeroFrame(bad[i]));
        ARGUMENT_IS(0);
        FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_COPY, myelin_CopyFrame(bad[i], b));
        ARGUMENT_IS(0);
    }
    for (unsigned i = 1; i < 3; i++) {
        FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_COPY, myelin_CopyFrame(b, bad[i]));
        ARGUMENT_IS(1);
    }
    CHECK_EQ(differs_at(V, PAGE, 5, 1), PAGE / 8);
    CHECK_EQ(differs_at(V2, PAGE, 0, 0), PAGE / 8);
}

TEST(copy_source, "frames/copy-from-what-is-no-such-frame", "extension")
{
    need_extension();
    seL4_CPtr frame = frame_new();
    const seL4_CPtr bad[] = { endpoint_new(), slot_new(), VSPACE,
                              test_untyped,   CNODE,      object_new(seL4_X86_LargePageObject, 0) };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FAILS(seL4_InvalidCapability, MYELIN_INV_X86_PAGE_COPY, myelin_CopyFrame(frame, bad[i]));
        ARGUMENT_IS(1);
    }
}

TEST(fill_offsets, "frames/zero-and-copy-from-an-offset", "extension")
{
    need_extension();
    seL4_CPtr a, b;
    struct raw m = { .label = MYELIN_INV_X86_PAGE_ZERO, .length = 1, .cap_count = 1 };

    two_frames(true, &a, &b);
    m.caps[0] = b;
    fill(V, LARGE, 9);
    for (unsigned i = 0; i < 2; i++, m.label = MYELIN_INV_X86_PAGE_COPY) {
        m.words[0] = 8;
        FAILS(seL4_AlignmentError, m.label, raw_call(a, &m));
        m.words[0] = ~0ul;
        FAILS(seL4_AlignmentError, m.label, raw_call(a, &m));
        m.words[0] = LARGE;
        FAILS(seL4_RangeError, m.label, raw_call(a, &m));
        RANGE_IS(0, LARGE - PAGE);
        m.words[0] = 1ul << 63;
        FAILS(seL4_RangeError, m.label, raw_call(a, &m));
        m.words[0] = -PAGE;
        FAILS(seL4_RangeError, m.label, raw_call(a, &m));
    }
    CHECK_EQ(differs_at(V, LARGE, 9, 1), LARGE / 8);
    m.label = MYELIN_INV_X86_PAGE_ZERO;
    m.words[0] = LARGE - PAGE;
    WORKS(raw_call(a, &m));
    CHECK_EQ(seL4_GetMR(0), PAGE);
    CHECK_EQ(seL4_GetMR(1), MYELIN_FRAMES_DONE);
    CHECK_EQ(differs_at(V, LARGE, 9, 1), (LARGE - PAGE) / 8);
    m.length = 0;
    FAILS(seL4_TruncatedMessage, m.label, raw_call(a, &m));
    m = (struct raw){ .label = MYELIN_INV_X86_PAGE_COPY, .length = 1 };
    FAILS(seL4_TruncatedMessage, m.label, raw_call(a, &m));
}

/* ---- interrupts ---- */

enum stopped { SHARING, PROTECTING, TAKING, ZEROING, COPYING, STOPPED };

static const char *stopped_name(unsigned variant)
{
    static const char *const names[] = { "share", "protect", "delete", "zero", "copy" };

    return names[variant];
}

enum { LONG_RUN = 200 };

static seL4_CPtr long_from, long_to; /* the runs, or the large frames that V and V2 show */

static void prepare_long(unsigned variant)
{
    if (variant >= ZEROING) {
        two_frames(true, &long_from, &long_to);
        return;
    }
    long_from = mapped_new(LONG_RUN);
    long_to = slots_new(LONG_RUN);
}

/* One call, before which everything is as it was before the first; done and why: its answer. */
#define ONE_CALL(call)                                                                             \
    do {                                                                                           \
        __typeof__(call) answer_ = (call);                                                         \
        CHECK_EQ(answer_.error, seL4_NoError);                                                     \
        *done = answer_.done;                                                                      \
        return answer_.why;                                                                        \
    } while (0)

static seL4_Word call_long(unsigned variant, seL4_Word *done)
{
    myelin_ShareTarget t = target(long_to);

    switch (variant) {
    case SHARING:
        ANSWER_IS(myelin_DeleteFrames(run(long_to, LONG_RUN)), LONG_RUN, MYELIN_FRAMES_DONE);
        ONE_CALL(myelin_CNode_ShareFrames(CNODE, long_from, DEPTH, LONG_RUN, t.root, t.index,
                                          t.depth, t.vspace, t.address, t.rights, 0, 0));
    case PROTECTING:
        ANSWER_IS(myelin_ProtectFrames(run(long_from, LONG_RUN), seL4_ReadWrite), LONG_RUN,
                  MYELIN_FRAMES_DONE);
        ONE_CALL(myelin_CNode_ProtectFrames(CNODE, long_from, DEPTH, LONG_RUN, seL4_CanRead));
    case TAKING:
        SHARES(long_from, LONG_RUN, &t, LONG_RUN, MYELIN_FRAMES_DONE);
        ONE_CALL(myelin_CNode_DeleteFrames(CNODE, long_to, DEPTH, LONG_RUN));
    case ZEROING: fill(V, LARGE, 9); ONE_CALL(myelin_X86_Page_Zero(long_from, 0));
    default:
        fill(V, LARGE, 9);
        fill(V2, LARGE, 1ul << 40);
        ONE_CALL(myelin_X86_Page_Copy(long_to, 0, long_from));
    }
}

/* What is said to be done is, and what is not is as it was. */
TEST_VARIANTS(stopped, "frames/stop-for-an-interrupt", "extension", STOPPED, stopped_name)
{
    seL4_Word done = 0, why = MYELIN_FRAMES_DONE;

    need_extension();
    prepare_long(variant);
    struct thread *ticker = thread_run(PRIO_HIGH, tick_forever, notification_new(), 0, 0);
    for (unsigned i = 0; i < 10000 && why == MYELIN_FRAMES_DONE; i++)
        why = call_long(variant, &done);
    WORKS(seL4_TCB_Suspend(ticker->tcb));
    CHECK_EQ(why, MYELIN_FRAMES_AGAIN);
    CHECK(done > 0 && done < (variant < ZEROING ? (seL4_Word)LONG_RUN : LARGE));
    switch (variant) {
    case SHARING:
        CHECK(access_ok(V2 + (done - 1) * PAGE, true, NULL));
        CHECK(!access_ok(V2 + done * PAGE, false, NULL));
        CHECK(!slot_is_empty(long_to + done - 1) && slot_is_empty(long_to + done));
        break;
    case PROTECTING:
        CHECK(!access_ok(V + (done - 1) * PAGE, true, NULL));
        CHECK(access_ok(V + done * PAGE, true, NULL));
        break;
    case TAKING:
        CHECK(!access_ok(V2 + (done - 1) * PAGE, false, NULL));
        CHECK(access_ok(V2 + done * PAGE, true, NULL));
        CHECK(slot_is_empty(long_to + done - 1) && !slot_is_empty(long_to + done));
        break;
    case ZEROING:
        CHECK_EQ(done % PAGE, 0);
        CHECK_EQ(differs_at(V, LARGE, 0, 0), done / 8);
        CHECK_EQ(differs_at(V + done, LARGE - done, 9 + done / 8, 1), (LARGE - done) / 8);
        break;
    default:
        CHECK_EQ(done % PAGE, 0);
        CHECK_EQ(differs_at(V2, LARGE, 9, 1), done / 8);
        CHECK_EQ(differs_at(V2 + done, LARGE - done, (1ul << 40) + done / 8, 1),
                 (LARGE - done) / 8);
        break;
    }
}

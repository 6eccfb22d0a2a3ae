/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, mapping and deleting much. */
#include "longest.h"

#include <myelin/frames.h>

enum {
    LARGE_BITS = 21,
    PAGE_BITS = 12,
    TABLE_ENTRIES = 512,
    POOL_SPACES = TABLE_ENTRIES - 1, /* the first ASID of the interface's range may be nobody's */
    NESTED = 255,
    FULL_BITS = 12,
    EMPTY_BITS = 15,
    FIRST_PORT = 0x800, /* above the console's */
    LAST_PORT = 0xffff,
};

#define RETYPE(name, type, size_bits)                                                              \
    void name(void)                                                                                \
    {                                                                                              \
        MEASURE(name, seL4_Untyped_Retype(region, type, size_bits, ROOT, 0, 0, window, FAN_OUT));  \
    }

RETYPE(retype_untyped, seL4_UntypedObject, seL4_MinUntypedBits)
RETYPE(retype_tcb, seL4_TCBObject, 0)
RETYPE(retype_endpoint, seL4_EndpointObject, 0)
RETYPE(retype_notification, seL4_NotificationObject, 0)
RETYPE(retype_reply, seL4_ReplyObject, 0)
RETYPE(retype_cnode, seL4_CapTableObject, 1)
RETYPE(retype_sched_context, seL4_SchedContextObject, seL4_MinSchedContextBits)
RETYPE(retype_4k, seL4_X86_4K, 0)
RETYPE(retype_page_table, seL4_X86_PageTableObject, 0)
RETYPE(retype_page_directory, seL4_X86_PageDirectoryObject, 0)
RETYPE(retype_pdpt, seL4_X86_PDPTObject, 0)
RETYPE(retype_pml4, seL4_X64_PML4Object, 0)

void retype_deep(void)
{
    unsigned count = make_chain(9, 1);
    seL4_CPtr root = window + 1;

    /* the last CNode, found by its place in the last but one */
    MEASURE(retype_deep,
            seL4_Untyped_Retype(region, seL4_X64_PML4Object, 0, root, 0, count - 1, 0, FAN_OUT));
}

void retype_reset(void)
{
    make(seL4_X86_LargePageObject, 0, 0, 16);
    revoke(region);
    MEASURE(retype_reset,
            seL4_Untyped_Retype(region, seL4_X64_PML4Object, 0, ROOT, 0, 0, window, FAN_OUT));
}

void add_tables(unsigned first, unsigned count)
{
    unsigned tables = (count + TABLE_ENTRIES - 1) / TABLE_ENTRIES;

    make(seL4_X86_PDPTObject, 0, first, 1);
    make(seL4_X86_PageDirectoryObject, 0, first + 1, 1);
    make(seL4_X86_PageTableObject, 0, first + 2, tables);
    check("map", seL4_X86_PDPT_Map(window + first, seL4_CapInitThreadVSpace, SPACE_ADDRESS, 0));
    check("map", seL4_X86_PageDirectory_Map(window + first + 1, seL4_CapInitThreadVSpace,
                                            SPACE_ADDRESS, 0));
    for (unsigned i = 0; i < tables; i++)
        check("map", seL4_X86_PageTable_Map(window + first + 2 + i, seL4_CapInitThreadVSpace,
                                            SPACE_ADDRESS + ((seL4_Word)i << LARGE_BITS), 0));
}

void add_pages(unsigned first, unsigned count)
{
    make(seL4_X86_4K, 0, first, count);
    for (unsigned i = 0; i < count; i++)
        check("map", seL4_X86_Page_Map(window + first + i, seL4_CapInitThreadVSpace,
                                       SPACE_ADDRESS + ((seL4_Word)i << PAGE_BITS), seL4_ReadWrite,
                                       seL4_X86_Default_VMAttributes));
}

void revoke_endpoints(void)
{
    make(seL4_EndpointObject, 0, 0, MANY);
    MEASURE(revoke_endpoints, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

void revoke_frames(void)
{
    add_tables(MANY, MANY);
    add_pages(0, MANY);
    MEASURE(revoke_frames, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

static myelin_Run run(unsigned first)
{
    return (myelin_Run){ ROOT, window + first, DEPTH, MANY };
}

/* MANY frames in window + 0 ..., mapped, and empty slots and tables for as many behind them. */
static void make_run(void)
{
    add_tables(2 * MANY, 2 * MANY);
    add_pages(0, MANY);
}

void share_frames(void)
{
    myelin_ShareTarget to = { .root = ROOT,
                              .index = window + MANY,
                              .depth = DEPTH,
                              .vspace = seL4_CapInitThreadVSpace,
                              .address = SPACE_ADDRESS + ((seL4_Word)MANY << PAGE_BITS),
                              .rights = seL4_CanRead,
                              .flags = MYELIN_SHARE_PROTECT_SOURCE };

    make_run();
    MEASURE(share_frames, myelin_ShareFrames(run(0), to, PAGE_BITS).error);
}

void protect_frames(void)
{
    make_run();
    MEASURE(protect_frames, myelin_ProtectFrames(run(0), seL4_CanRead).error);
}

void delete_frames(void)
{
    make_run();
    MEASURE(delete_frames, myelin_DeleteFrames(run(0)).error);
}

void zero_large(void)
{
    make(seL4_X86_LargePageObject, 0, 0, 1);
    MEASURE(zero_large, myelin_ZeroFrame(window));
}

void copy_large(void)
{
    make(seL4_X86_LargePageObject, 0, 0, 2);
    MEASURE(copy_large, myelin_CopyFrame(window, window + 1));
}

void revoke_tables(void)
{
    add_tables(0, TABLE_ENTRIES * TABLE_ENTRIES);
    MEASURE(revoke_tables, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

/* A pool in window + 0 whose memory is window + 1, and spaces in window + 2 ... */
static void make_spaces(unsigned count)
{
    make(seL4_UntypedObject, seL4_ASIDPoolBits, 1, 1);
    check("make pool",
          seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, window + 1, ROOT, window, DEPTH));
    make(seL4_X64_PML4Object, 0, 2, count);
    for (unsigned i = 0; i < count; i++)
        check("assign", seL4_X86_ASIDPool_Assign(window, window + 2 + i));
}

void revoke_spaces(void)
{
    make_spaces(POOL_SPACES);
    MEASURE(revoke_spaces, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

void revoke_copies(void)
{
    make(seL4_EndpointObject, 0, 0, 1);
    for (unsigned i = 1; i <= MANY; i++)
        check("copy",
              seL4_CNode_Copy(ROOT, window + i, DEPTH, ROOT, window, DEPTH, seL4_AllRights));
    MEASURE(revoke_copies, seL4_CNode_Revoke(ROOT, window, DEPTH));
}

void delete_pool(void)
{
    make_spaces(POOL_SPACES);
    MEASURE(delete_pool, seL4_CNode_Delete(ROOT, window, DEPTH));
}

void assign_last(void)
{
    make_spaces(POOL_SPACES);
    make(seL4_X64_PML4Object, 0, 2 + POOL_SPACES, 1);
    MEASURE(assign_last, seL4_X86_ASIDPool_Assign(window, window + 2 + POOL_SPACES));
}

void delete_cnode(void)
{
    make(seL4_CapTableObject, FULL_BITS, 0, 1);
    for (unsigned i = 0; i < 1u << FULL_BITS; i += FAN_OUT)
        check("fill CNode", seL4_Untyped_Retype(region, seL4_X86_4K, 0, window, 0, 0, i, FAN_OUT));
    MEASURE(delete_cnode, seL4_CNode_Delete(ROOT, window, DEPTH));
}

void delete_empty_cnode(void)
{
    make(seL4_CapTableObject, EMPTY_BITS, 0, 1);
    MEASURE(delete_empty_cnode, seL4_CNode_Delete(ROOT, window, DEPTH));
}

void delete_nested(void)
{
    make(seL4_CapTableObject, 1, 0, NESTED + 1);
    for (unsigned i = NESTED; i > 0; i--)
        check("nest", seL4_CNode_Move(window + i - 1, 0, 1, ROOT, window + i, DEPTH));
    MEASURE(delete_nested, seL4_CNode_Delete(ROOT, window, DEPTH));
}

void unmap_table(void)
{
    add_tables(TABLE_ENTRIES, TABLE_ENTRIES);
    add_pages(0, TABLE_ENTRIES);
    MEASURE(unmap_table, seL4_X86_PageTable_Unmap(window + TABLE_ENTRIES + 2));
}

void unmap_huge(void)
{
    add_tables(TABLE_ENTRIES, TABLE_ENTRIES);
    add_pages(0, TABLE_ENTRIES);
    MEASURE(unmap_huge, seL4_X86_PDPT_Unmap(window + TABLE_ENTRIES));
}

static seL4_Error issue(void)
{
    return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, FIRST_PORT, LAST_PORT, ROOT, window,
                                        DEPTH);
}

void issue_ports(void)
{
    MEASURE(issue_ports, issue());
    delete (window);
}

void delete_ports(void)
{
    check("issue", issue());
    MEASURE(delete_ports, seL4_CNode_Delete(ROOT, window, DEPTH));
}

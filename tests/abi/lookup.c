/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an invocation that names slots explicitly says of one that cannot be found: which of its
 * addresses it is, as source or destination, and why.
 */

#include "env.h"

struct address {
    seL4_CPtr root;
    seL4_Word index, depth;
};

/* An invocation with the address in question, and nothing else wrong. */
struct named {
    const char *name;
    unsigned label;
    bool is_source;
    bool is_invoked; /* the root is the capability invoked: it can be nothing but a CNode */
    bool needs_io_apic;
    seL4_Error (*call)(struct address a);
};

static seL4_Error copy_to(struct address a)
{
    return seL4_CNode_Copy(a.root, a.index, a.depth, CNODE, endpoint_new(), DEPTH, seL4_AllRights);
}

static seL4_Error copy_from(struct address a)
{
    return seL4_CNode_Copy(CNODE, slot_new(), DEPTH, a.root, a.index, a.depth, seL4_AllRights);
}

static seL4_Error mint_to(struct address a)
{
    return seL4_CNode_Mint(a.root, a.index, a.depth, CNODE, endpoint_new(), DEPTH, seL4_AllRights,
                           1);
}

static seL4_Error mint_from(struct address a)
{
    return seL4_CNode_Mint(CNODE, slot_new(), DEPTH, a.root, a.index, a.depth, seL4_AllRights, 1);
}

static seL4_Error move_to(struct address a)
{
    return seL4_CNode_Move(a.root, a.index, a.depth, CNODE, endpoint_new(), DEPTH);
}

static seL4_Error move_from(struct address a)
{
    return seL4_CNode_Move(CNODE, slot_new(), DEPTH, a.root, a.index, a.depth);
}

static seL4_Error mutate_to(struct address a)
{
    return seL4_CNode_Mutate(a.root, a.index, a.depth, CNODE, cnode_new(1), DEPTH, 0);
}

static seL4_Error mutate_from(struct address a)
{
    return seL4_CNode_Mutate(CNODE, slot_new(), DEPTH, a.root, a.index, a.depth, 0);
}

static seL4_Error rotate(struct address to, struct address pivot, struct address from)
{
    return seL4_CNode_Rotate(to.root, to.index, to.depth, 0, pivot.root, pivot.index, pivot.depth,
                             0, from.root, from.index, from.depth);
}

static struct address full(void)
{
    return (struct address){ CNODE, cnode_new(1), DEPTH };
}

static struct address empty(void)
{
    return (struct address){ CNODE, slot_new(), DEPTH };
}

static seL4_Error rotate_to(struct address a)
{
    return rotate(a, full(), full());
}

static seL4_Error rotate_through(struct address a)
{
    return rotate(empty(), a, full());
}

static seL4_Error rotate_from(struct address a)
{
    return rotate(empty(), full(), a);
}

static seL4_Error delete (struct address a)
{
    return seL4_CNode_Delete(a.root, a.index, (seL4_Uint8)a.depth);
}

static seL4_Error revoke(struct address a)
{
    return seL4_CNode_Revoke(a.root, a.index, (seL4_Uint8)a.depth);
}

static seL4_Error cancel(struct address a)
{
    return seL4_CNode_CancelBadgedSends(a.root, a.index, (seL4_Uint8)a.depth);
}

static seL4_Error retype(struct address a)
{
    return seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, a.root, a.index, a.depth, 0,
                               1);
}

static seL4_Error issue_ports(struct address a)
{
    return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x80, 0x80, a.root, a.index,
                                        a.depth);
}

static seL4_Error make_pool(struct address a)
{
    return seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, object_new(seL4_UntypedObject, 12),
                                         a.root, a.index, a.depth);
}

static seL4_Error get_msi(struct address a)
{
    return seL4_IRQControl_GetMSI(seL4_CapIRQControl, a.root, a.index, a.depth, 0, 0, 0, 0, 5);
}

static seL4_Error get_pin(struct address a)
{
    return seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, a.root, a.index, a.depth, 0, 5, 0, 0, 5);
}

static const struct named all[] = {
    { "copy-to", CNodeCopy, .is_invoked = true, .call = copy_to },
    { "copy-from", CNodeCopy, .is_source = true, .call = copy_from },
    { "mint-to", CNodeMint, .is_invoked = true, .call = mint_to },
    { "mint-from", CNodeMint, .is_source = true, .call = mint_from },
    { "move-to", CNodeMove, .is_invoked = true, .call = move_to },
    { "move-from", CNodeMove, .is_source = true, .call = move_from },
    { "mutate-to", CNodeMutate, .is_invoked = true, .call = mutate_to },
    { "mutate-from", CNodeMutate, .is_source = true, .call = mutate_from },
    { "rotate-to", CNodeRotate, .is_invoked = true, .call = rotate_to },
    { "rotate-through", CNodeRotate, .is_source = true, .call = rotate_through },
    { "rotate-from", CNodeRotate, .is_source = true, .call = rotate_from },
    { "delete", CNodeDelete, .is_invoked = true, .call = delete },
    { "revoke", CNodeRevoke, .is_invoked = true, .call = revoke },
    { "cancel-badged-sends", CNodeCancelBadgedSends, .is_invoked = true, .call = cancel },
    { "retype-to", UntypedRetype, .call = retype },
    { "issue-ports-to", X86IOPortControlIssue, .call = issue_ports },
    { "make-pool-to", X86ASIDControlMakePool, .call = make_pool },
    { "get-msi-to", X86IRQIssueIRQHandlerMSI, .needs_io_apic = true, .call = get_msi },
    { "get-pin-to", X86IRQIssueIRQHandlerIOAPIC, .needs_io_apic = true, .call = get_pin },
};

static const char *named_name(unsigned variant)
{
    return all[variant].name;
}

TEST_VARIANTS(lookup_details, "lookup/details", "10.1.6", sizeof(all) / sizeof(all[0]), named_name)
{
    const struct named *n = &all[variant];
    seL4_CPtr plain = cnode_new(4), guarded = slot_new();

    if (n->needs_io_apic && machine_has_pic()) {
        test_skip("needs an I/O APIC");
    }
    WORKS(seL4_CNode_Mint(CNODE, guarded, DEPTH, CNODE, plain, DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(5, 8).words[0]));
    if (!n->is_invoked) {
        FAILS(seL4_FailedLookup, n->label, n->call((struct address){ endpoint_new(), 0, 8 }));
        LOOKUP_IS(n->is_source, seL4_InvalidRoot);
    }
    /* fewer bits than the CNode resolves; as many and one more */
    FAILS(seL4_FailedLookup, n->label, n->call((struct address){ plain, 0, 3 }));
    LOOKUP_IS(n->is_source, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 3);
    CHECK_EQ(seL4_GetMR(3), 4);
    FAILS(seL4_FailedLookup, n->label, n->call((struct address){ plain, 0, 5 }));
    LOOKUP_IS(n->is_source, seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(2), 1);
    CHECK_EQ(seL4_GetMR(3), 0);
    FAILS(seL4_FailedLookup, n->label, n->call((struct address){ guarded, 0, 12 }));
    LOOKUP_IS(n->is_source, seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(2), 12);
    CHECK_EQ(seL4_GetMR(3), 5);
    CHECK_EQ(seL4_GetMR(4), 8);
}

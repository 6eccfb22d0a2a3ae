/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ringing, for who has untyped memory: the manager's CNode of bells becomes the second half of the
 * capability space, so that a bell is rung without taking it. In the first half all is where it
 * was.
 */
#include <errno.h>
#include <ipc/cap.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <serve/serve.h>

enum { HALF_BITS = seL4_WordBits - 1 };

static bool half_put(seL4_CPtr root, seL4_Word half, seL4_CPtr cnode, unsigned bits)
{
    return seL4_CNode_Mint(root, half, 1, SLOT_CNODE, cnode, seL4_WordBits, seL4_AllRights,
                           seL4_CNode_CapData_new(0, HALF_BITS - bits).words[0]) == seL4_NoError;
}

/* The root of such a capability space, which is ours from then on; SLOT_NULL: no memory. */
static seL4_CPtr halves_open(void)
{
    seL4_CPtr root;

    if (cap_create(seL4_CapTableObject, 1, &root) != seL4_NoError)
        return SLOT_NULL;
    if (half_put(root, 0, SLOT_CNODE, process_info()->cnode_bits) &&
        seL4_TCB_SetSpace(SLOT_TCB_FIRST, SLOT_FAULT_FIRST, root, 0, SLOT_VSPACE, 0) ==
            seL4_NoError)
        return root;
    (void)cap_delete(root);
    return SLOT_NULL;
}

/* `bells` stays in the slot for capabilities that come, and ends there. */
static int attach(seL4_CPtr bells)
{
    static seL4_CPtr root;

    if (bells == SLOT_NULL)
        return EINVAL;
    if (root == SLOT_NULL)
        root = halves_open();
    if (root == SLOT_NULL)
        return ENOMEM;
    (void)seL4_CNode_Delete(root, 1, 1); /* of a manager before */
    return half_put(root, 1, bells, UNIX_BELLS_BITS) ? 0 : EINVAL;
}

/* A bell may be gone: then nothing happens. */
static void ring(uint64_t badge, uint32_t thread)
{
    seL4_NBSend(1ul << HALF_BITS | UNIX_BELL(UNIX_BADGE_NUMBER(badge), thread),
                seL4_MessageInfo_new(0, 0, 0, 0));
}

const struct serve_ringer serve_ringer = { cap_slot, attach, ring };

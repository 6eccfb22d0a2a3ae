/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process's own slots and memory: the one struct cap_space, under a lock. Whoever finds the
 * lock taken waits on a notification, and whoever gives it back signals as often as somebody waits.
 */
#include <cap/space.h>
#include <ipc/cap.h>
#include <ipc/message.h>

static struct cap_space space;

static struct {
    uint32_t users;    /* [A] who has the lock or waits for it */
    seL4_CPtr waiting; /* [I] notification; made before there is a second thread */
} lock;

static void lock_take(void)
{
    /* acquire; pairs with lock_drop() */
    if (__atomic_fetch_add(&lock.users, 1, __ATOMIC_ACQUIRE) != 0)
        seL4_WaitWithMRs(lock.waiting, NULL, NULL, NULL, NULL, NULL);
}

static void lock_drop(void)
{
    /* release; pairs with lock_take() */
    if (__atomic_fetch_sub(&lock.users, 1, __ATOMIC_RELEASE) != 1)
        seL4_Signal(lock.waiting);
}

/* Bytes of an object, log2; 0: not a type that this file makes. */
static unsigned object_bits(seL4_Word type, unsigned size_bits)
{
    switch (type) {
    case seL4_UntypedObject: return size_bits;
    case seL4_TCBObject: return seL4_TCBBits;
    case seL4_EndpointObject: return seL4_EndpointBits;
    case seL4_NotificationObject: return seL4_NotificationBits;
    case seL4_CapTableObject: return size_bits + seL4_SlotBits;
    case seL4_SchedContextObject: return size_bits;
    case seL4_ReplyObject: return seL4_ReplyBits;
    case seL4_X86_4K: return seL4_PageBits;
    case seL4_X86_LargePageObject: return seL4_LargePageBits;
    case seL4_X86_PageTableObject: return seL4_PageTableBits;
    case seL4_X86_PageDirectoryObject: return seL4_PageDirBits;
    case seL4_X86_PDPTObject: return seL4_PDPTBits;
    case seL4_X64_PML4Object: return seL4_PML4Bits;
    case MYELIN_PORTAL_OBJECT: return MYELIN_PORTAL_BITS;
    default: return 0;
    }
}

seL4_Error cap_create_run(seL4_Word type, unsigned size_bits, unsigned order, seL4_CPtr *out)
{
    if (size_bits > CAP_MEMORY_BITS_MAX)
        return seL4_RangeError;
    unsigned bits = object_bits(type, size_bits);
    if (bits == 0)
        return seL4_InvalidArgument;
    lock_take();
    seL4_Error error = cap_objects_make(&space, type, size_bits, bits, order, out);
    lock_drop();
    return error;
}

seL4_Error cap_create(seL4_Word type, unsigned size_bits, seL4_CPtr *out)
{
    return cap_create_run(type, size_bits, 0, out);
}

seL4_CPtr cap_slots(unsigned order)
{
    lock_take();
    seL4_CPtr first = cap_slots_run_take(&space, order);
    lock_drop();
    return first;
}

bool cap_slots_give(seL4_CPtr first, unsigned order)
{
    lock_take();
    bool done = cap_slots_run_give(&space, first, order);
    lock_drop();
    return done;
}

seL4_CPtr cap_slot(void)
{
    return cap_slots(0);
}

static seL4_Error copied(seL4_Error error, seL4_CPtr slot, seL4_CPtr *out)
{
    if (error == seL4_NoError)
        *out = slot;
    else
        (void)cap_slots_give(slot, 0);
    return error;
}

seL4_Error cap_mint(seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge, seL4_CPtr *out)
{
    if (badge == 0)
        return seL4_InvalidArgument;
    seL4_CPtr slot = cap_slot();
    if (slot == 0)
        return seL4_NotEnoughMemory;
    return copied(seL4_CNode_Mint(SLOT_CNODE, slot, seL4_WordBits, SLOT_CNODE, from, seL4_WordBits,
                                  rights, badge),
                  slot, out);
}

seL4_Error cap_derive(seL4_CPtr from, seL4_CapRights_t rights, seL4_CPtr *out)
{
    seL4_CPtr slot = cap_slot();

    if (slot == 0)
        return seL4_NotEnoughMemory;
    return copied(
        seL4_CNode_Copy(SLOT_CNODE, slot, seL4_WordBits, SLOT_CNODE, from, seL4_WordBits, rights),
        slot, out);
}

seL4_Error cap_revoke(seL4_CPtr cap)
{
    return seL4_CNode_Revoke(SLOT_CNODE, cap, seL4_WordBits);
}

seL4_Error cap_delete(seL4_CPtr cap)
{
    bool done;

    lock_take();
    done = cap_objects_end(&space, cap);
    if (!done && cap_slots_run_order(&space, cap) == 0) {
        (void)seL4_CNode_Delete(SLOT_CNODE, cap, seL4_WordBits);
        done = cap_slots_run_give(&space, cap, 0);
    }
    lock_drop();
    return done ? seL4_NoError : seL4_InvalidArgument;
}

void cap_left(uint64_t *bytes, unsigned *slots)
{
    lock_take();
    cap_space_join(&space);
    *bytes = space.free_bytes;
    *slots = space.slots.free;
    lock_drop();
}

/*
 * Before main(), so that no thread is ahead of it. Without `untyped` there are no slots either:
 * there is no capability to put anything into them with.
 */
#ifdef MYELIN_NATIVE_MARK
__attribute__((constructor(101))) static void space_open(void)
{
    enum { SLOTS = 4096 }; /* more are not used: each takes memory of each program */
    static struct cap_node node[SLOTS];
    const struct process_info *info = process_info();
    const struct process_cap *untyped = process_cap(PROCESS_CAP_UNTYPED, NULL);

    if (untyped == NULL)
        return;
    unsigned end = 1u << info->cnode_bits;
    cap_space_open(&space, SLOT_CNODE, seL4_WordBits, SLOT_FREE, end < SLOTS ? end : SLOTS, node);
    (void)cap_space_add(&space, untyped->slot, (unsigned)untyped->a);
    (void)notification_create(&lock.waiting);
}
#endif

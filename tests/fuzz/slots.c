/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel of servers that make no objects: capabilities come, and are moved and minted. */
#include "server_priv.h"

#include <ipc/cap.h>

enum { SLOTS_OWN = 200 /* what cap_slot() gives */ };

seL4_Error fake_delete(seL4_CPtr slot)
{
    was_received &= slot != server_loop->receive_slot;
    return seL4_NoError;
}

seL4_Error fake_mint(seL4_CPtr slot, uint64_t badge)
{
    (void)slot;
    was_minted = badge;
    return input != NULL && take_bytes(input, 1) == 77 ? seL4_NotEnoughMemory : seL4_NoError;
}

seL4_Error fake_move(seL4_CPtr to, seL4_CPtr from)
{
    (void)to;
    if (from != server_loop->receive_slot)
        return seL4_NoError;
    if (!was_received)
        return seL4_FailedLookup;
    was_received = false;
    return seL4_NoError;
}

seL4_Error fake_copy(seL4_CPtr to)
{
    (void)to;
    return input != NULL && take_bytes(input, 1) == 77 ? seL4_FailedLookup : seL4_NoError;
}

void fake_signal(seL4_CPtr slot)
{
    (void)slot;
}

seL4_CPtr cap_slot(void)
{
    static seL4_CPtr last = SLOTS_OWN;

    return last++;
}

/* There is no memory for objects of its own. */
seL4_Error cap_create_run(seL4_Word type, unsigned size_bits, unsigned order, seL4_CPtr *out)
{
    (void)type;
    (void)size_bits;
    (void)order;
    *out = SLOT_NULL;
    return seL4_NotEnoughMemory;
}

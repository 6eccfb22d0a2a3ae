/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of the public interface. Those of messages, faults and objects: <sel4/abi_types.h>. */
#pragma once

#include <sel4/constants.h>
#include <sel4/errors.h>
#include <sel4/objecttype.h>
#include <sel4/syscall.h>

typedef seL4_Uint64 seL4_Time; /* microseconds */
typedef seL4_Word seL4_Domain, seL4_NodeId, seL4_PAddr;

/** Rights of a capability, as the bits they have in the word that Copy and Mint take. */
LIBSEL4_INLINE CONST seL4_CapRights_t myelin_rights(seL4_Word bits)
{
    seL4_CapRights_t rights = { { bits } };

    return rights;
}

#define seL4_NoRights myelin_rights(0)
#define seL4_CanWrite myelin_rights(1)
#define seL4_CanRead myelin_rights(2)
#define seL4_ReadWrite myelin_rights(2 | 1)
#define seL4_CanGrant myelin_rights(4)
#define seL4_CanGrantReply myelin_rights(8)
#define seL4_AllRights myelin_rights(15)
#define seL4_NoWrite myelin_rights(15 & ~1)
#define seL4_NoRead myelin_rights(15 & ~2)

/* The IPC buffer of a thread. */
typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag; /* for the program; the kernel has it in a register */
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData; /* for the program */
    /* sent: capability pointers; received: badges of those that were unwrapped */
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    /* the slot that a received capability goes to */
    seL4_CPtr receiveCNode, receiveIndex;
    seL4_Word receiveDepth;
} __attribute__((__aligned__(LIBSEL4_BIT(seL4_IPCBufferSizeBits)))) seL4_IPCBuffer;

SEL4_COMPILE_ASSERT(ipc_buffer_has_its_size,
                    sizeof(seL4_IPCBuffer) == LIBSEL4_BIT(seL4_IPCBufferSizeBits))

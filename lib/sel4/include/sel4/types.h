/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of the public interface. */
#pragma once

#include <sel4/config.h>
#include <sel4/simple_types.h>
#include <sel4/abi_types.h>
#include <sel4/constants.h>
#include <sel4/errors.h>
#include <sel4/objecttype.h>
#include <sel4/syscall.h>

typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_Uint64 seL4_Time;      /* microseconds */

/* Capability pointers, named after what they must lead to. */
typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_CPtr seL4_SchedContext;
typedef seL4_CPtr seL4_SchedControl;
typedef seL4_CPtr seL4_X64_PML4;
typedef seL4_CPtr seL4_X86_ASIDControl;
typedef seL4_CPtr seL4_X86_ASIDPool;
typedef seL4_CPtr seL4_X86_IOSpace;
typedef seL4_CPtr seL4_X86_IOPort;
typedef seL4_CPtr seL4_X86_IOPortControl;
typedef seL4_CPtr seL4_X86_Page;
typedef seL4_CPtr seL4_X86_PDPT;
typedef seL4_CPtr seL4_X86_PageDirectory;
typedef seL4_CPtr seL4_X86_PageTable;
typedef seL4_CPtr seL4_X86_IOPageTable;

typedef enum {
    seL4_X86_Default_VMAttributes = 0,
    seL4_X86_WriteBack = 0,
    seL4_X86_WriteThrough = 1,
    seL4_X86_CacheDisabled = 2,
    seL4_X86_Uncacheable = 3,
    seL4_X86_WriteCombining = 4,
    SEL4_FORCE_LONG_ENUM(seL4_X86_VMAttributes)
} seL4_X86_VMAttributes;

typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag;
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData;
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} seL4_IPCBuffer __attribute__((__aligned__(1024)));

SEL4_COMPILE_ASSERT(ipc_buffer_is_1_KiB, sizeof(seL4_IPCBuffer) == 1ul << seL4_IPCBufferSizeBits)

#define seL4_ReadWrite      seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights      seL4_CapRights_new(1, 1, 1, 1)
#define seL4_CanRead        seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite       seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant       seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply  seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite        seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead         seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights       seL4_CapRights_new(0, 0, 0, 0)

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public functions of lib/sel4 with their types, as the manual (chapter 10) and the public
 * headers give them: sources written for upstream's library must compile with ours. Nothing here
 * runs; a wrong type is an error when this file is compiled.
 */

#include <sel4/sel4.h>
#include <sel4/assert.h>

#define SAME(a, b) __builtin_types_compatible_p(a, b)
#define IS(result, function, ...)                                                                  \
    _Static_assert(SAME(__typeof__(function), result(__VA_ARGS__)), #function);
#define MEMBER(type, of, member)                                                                   \
    _Static_assert(SAME(__typeof__(((of *)0)->member), type), #of "." #member);
#define AT(offset, of, member)                                                                     \
    _Static_assert(__builtin_offsetof(of, member) == (offset), #of "." #member);

/* Several parameters that are words. */
#define W1 seL4_Uint64
#define W2 W1, W1
#define W4 W2, W2

/* ---- system calls ---- */

#define WORD_POINTERS seL4_Word *, seL4_Word *, seL4_Word *, seL4_Word *
#define INFO seL4_MessageInfo_t

IS(void, seL4_Send, seL4_CPtr, INFO)
IS(void, seL4_NBSend, seL4_CPtr, INFO)
IS(void, seL4_Signal, seL4_CPtr)
IS(INFO, seL4_Recv, seL4_CPtr, seL4_Word *, seL4_CPtr)
IS(INFO, seL4_NBRecv, seL4_CPtr, seL4_Word *, seL4_CPtr)
IS(INFO, seL4_Wait, seL4_CPtr, seL4_Word *)
IS(INFO, seL4_NBWait, seL4_CPtr, seL4_Word *)
IS(INFO, seL4_Poll, seL4_CPtr, seL4_Word *)
IS(INFO, seL4_Call, seL4_CPtr, INFO)
IS(INFO, seL4_ReplyRecv, seL4_CPtr, INFO, seL4_Word *, seL4_CPtr)
IS(INFO, seL4_NBSendRecv, seL4_CPtr, INFO, seL4_CPtr, seL4_Word *, seL4_CPtr)
IS(INFO, seL4_NBSendWait, seL4_CPtr, INFO, seL4_CPtr, seL4_Word *)
IS(void, seL4_Yield, void)
IS(void, seL4_SendWithMRs, seL4_CPtr, INFO, WORD_POINTERS)
IS(void, seL4_NBSendWithMRs, seL4_CPtr, INFO, WORD_POINTERS)
IS(INFO, seL4_RecvWithMRs, seL4_CPtr, seL4_Word *, WORD_POINTERS, seL4_CPtr)
IS(INFO, seL4_NBRecvWithMRs, seL4_CPtr, seL4_Word *, WORD_POINTERS, seL4_CPtr)
IS(INFO, seL4_WaitWithMRs, seL4_CPtr, seL4_Word *, WORD_POINTERS)
IS(INFO, seL4_NBWaitWithMRs, seL4_CPtr, seL4_Word *, WORD_POINTERS)
IS(INFO, seL4_CallWithMRs, seL4_CPtr, INFO, WORD_POINTERS)
IS(INFO, seL4_ReplyRecvWithMRs, seL4_CPtr, INFO, seL4_Word *, WORD_POINTERS, seL4_CPtr)
IS(INFO, seL4_NBSendRecvWithMRs, seL4_CPtr, INFO, seL4_CPtr, seL4_Word *, WORD_POINTERS, seL4_CPtr)
IS(INFO, seL4_NBSendWaitWithMRs, seL4_CPtr, INFO, seL4_CPtr, seL4_Word *, WORD_POINTERS)

#ifdef CONFIG_PRINTING
IS(void, seL4_DebugPutChar, char)
IS(void, seL4_DebugPutString, const char *)
IS(void, seL4_DebugDumpScheduler, void)
#endif
#ifdef CONFIG_DEBUG_BUILD
IS(void, seL4_DebugHalt, void)
IS(void, seL4_DebugSnapshot, void)
IS(seL4_Uint32, seL4_DebugCapIdentify, seL4_CPtr)
IS(void, seL4_DebugNameThread, seL4_CPtr, const char *)
#endif
#ifdef CONFIG_KERNEL_X86_DANGEROUS_MSR
IS(void, seL4_X86DangerousWRMSR, seL4_Uint32, seL4_Uint64)
IS(seL4_Uint64, seL4_X86DangerousRDMSR, seL4_Uint32)
#endif
#ifdef CONFIG_SET_TLS_BASE_SELF
IS(void, seL4_SetTLSBase, seL4_Word)
#endif

/* ---- the IPC buffer ---- */

IS(seL4_IPCBuffer *, seL4_GetIPCBuffer, void)
IS(void, seL4_SetIPCBuffer, seL4_IPCBuffer *)
IS(seL4_Word, seL4_GetMR, int)
IS(void, seL4_SetMR, int, seL4_Word)
IS(seL4_Word, seL4_GetUserData, void)
IS(void, seL4_SetUserData, seL4_Word)
IS(seL4_Word, seL4_GetBadge, int)
IS(seL4_CPtr, seL4_GetCap, int)
IS(void, seL4_SetCap, int, seL4_CPtr)
IS(void, seL4_GetCapReceivePath, seL4_CPtr *, seL4_CPtr *, seL4_Word *)
IS(void, seL4_SetCapReceivePath, seL4_CPtr, seL4_CPtr, seL4_Word)
IS(seL4_Word, seL4_MappingFailedLookupLevel, void)
IS(seL4_Word, seL4_MaxExtraRefills, seL4_Word)

AT(0, seL4_IPCBuffer, tag)
AT(8, seL4_IPCBuffer, msg)
AT(968, seL4_IPCBuffer, userData)
AT(976, seL4_IPCBuffer, caps_or_badges)
AT(1000, seL4_IPCBuffer, receiveCNode)
AT(1008, seL4_IPCBuffer, receiveIndex)
AT(1016, seL4_IPCBuffer, receiveDepth)

/* ---- invocations ---- */

#define ERROR seL4_Error
/* A CNode, an index in it, how many bits of that count. */
#define SLOT seL4_CNode, seL4_Word, seL4_Uint8

IS(ERROR, seL4_Untyped_Retype, seL4_Untyped, seL4_Word, seL4_Word, seL4_CNode, W4)

IS(ERROR, seL4_TCB_ReadRegisters, seL4_TCB, seL4_Bool, seL4_Uint8, seL4_Word, seL4_UserContext *)
IS(ERROR, seL4_TCB_WriteRegisters, seL4_TCB, seL4_Bool, seL4_Uint8, seL4_Word, seL4_UserContext *)
IS(ERROR, seL4_TCB_CopyRegisters, seL4_TCB, seL4_TCB, seL4_Bool, seL4_Bool, seL4_Bool, seL4_Bool,
   seL4_Uint8)
IS(ERROR, seL4_TCB_Configure, seL4_TCB, seL4_CNode, seL4_Word, seL4_CPtr, seL4_Word, seL4_Word,
   seL4_CPtr)
IS(ERROR, seL4_TCB_SetPriority, seL4_TCB, seL4_TCB, seL4_Word)
IS(ERROR, seL4_TCB_SetMCPriority, seL4_TCB, seL4_TCB, seL4_Word)
IS(ERROR, seL4_TCB_SetSchedParams, seL4_TCB, seL4_TCB, seL4_Word, seL4_Word, seL4_CPtr, seL4_CPtr)
IS(ERROR, seL4_TCB_SetTimeoutEndpoint, seL4_TCB, seL4_CPtr)
IS(ERROR, seL4_TCB_SetIPCBuffer, seL4_TCB, seL4_Word, seL4_CPtr)
IS(ERROR, seL4_TCB_SetSpace, seL4_TCB, seL4_CPtr, seL4_CNode, seL4_Word, seL4_CPtr, seL4_Word)
IS(ERROR, seL4_TCB_Suspend, seL4_TCB)
IS(ERROR, seL4_TCB_Resume, seL4_TCB)
IS(ERROR, seL4_TCB_BindNotification, seL4_TCB, seL4_CPtr)
IS(ERROR, seL4_TCB_UnbindNotification, seL4_TCB)
IS(ERROR, seL4_TCB_SetTLSBase, seL4_TCB, seL4_Word)
IS(seL4_TCB_SetFlags_t, seL4_TCB_SetFlags, seL4_TCB, seL4_Word, seL4_Word)
MEMBER(int, seL4_TCB_SetFlags_t, error)
MEMBER(seL4_Word, seL4_TCB_SetFlags_t, flags)

#ifdef CONFIG_HARDWARE_DEBUG_API
IS(ERROR, seL4_TCB_SetBreakpoint, seL4_TCB, seL4_Uint16, W4)
IS(ERROR, seL4_TCB_UnsetBreakpoint, seL4_TCB, seL4_Uint16)
IS(seL4_TCB_GetBreakpoint_t, seL4_TCB_GetBreakpoint, seL4_TCB, seL4_Uint16)
MEMBER(int, seL4_TCB_GetBreakpoint_t, error)
MEMBER(seL4_Word, seL4_TCB_GetBreakpoint_t, vaddr)
MEMBER(seL4_Word, seL4_TCB_GetBreakpoint_t, type)
MEMBER(seL4_Word, seL4_TCB_GetBreakpoint_t, size)
MEMBER(seL4_Word, seL4_TCB_GetBreakpoint_t, rw)
MEMBER(seL4_Bool, seL4_TCB_GetBreakpoint_t, is_enabled)
IS(seL4_TCB_ConfigureSingleStepping_t, seL4_TCB_ConfigureSingleStepping, seL4_TCB, seL4_Uint16,
   seL4_Word)
MEMBER(int, seL4_TCB_ConfigureSingleStepping_t, error)
MEMBER(seL4_Bool, seL4_TCB_ConfigureSingleStepping_t, bp_was_consumed)
#endif

IS(ERROR, seL4_CNode_Revoke, SLOT)
IS(ERROR, seL4_CNode_Delete, SLOT)
IS(ERROR, seL4_CNode_CancelBadgedSends, SLOT)
IS(ERROR, seL4_CNode_Copy, SLOT, SLOT, seL4_CapRights_t)
IS(ERROR, seL4_CNode_Mint, SLOT, SLOT, seL4_CapRights_t, seL4_Word)
IS(ERROR, seL4_CNode_Move, SLOT, SLOT)
IS(ERROR, seL4_CNode_Mutate, SLOT, SLOT, seL4_Word)
IS(ERROR, seL4_CNode_Rotate, SLOT, seL4_Word, SLOT, seL4_Word, SLOT)

IS(ERROR, seL4_IRQControl_Get, seL4_IRQControl, seL4_Word, SLOT)
IS(ERROR, seL4_IRQControl_GetIOAPIC, seL4_IRQControl, SLOT, W4, seL4_Word)
IS(ERROR, seL4_IRQControl_GetMSI, seL4_IRQControl, SLOT, W4, seL4_Word)
IS(ERROR, seL4_IRQHandler_Ack, seL4_IRQHandler)
IS(ERROR, seL4_IRQHandler_SetNotification, seL4_IRQHandler, seL4_CPtr)
IS(ERROR, seL4_IRQHandler_Clear, seL4_IRQHandler)

IS(ERROR, seL4_DomainSet_Set, seL4_DomainSet, seL4_Uint8, seL4_TCB)
IS(ERROR, seL4_DomainSet_ScheduleConfigure, seL4_DomainSet, seL4_Word, seL4_Uint8, seL4_Time)
IS(ERROR, seL4_DomainSet_ScheduleSetStart, seL4_DomainSet, seL4_Word)

IS(ERROR, seL4_SchedControl_ConfigureFlags, seL4_SchedControl, seL4_SchedContext, seL4_Time,
   seL4_Time, seL4_Word, seL4_Word, seL4_Word)
IS(ERROR, seL4_SchedControl_Configure, seL4_SchedControl, seL4_SchedContext, seL4_Time, seL4_Time,
   seL4_Word, seL4_Word)
IS(ERROR, seL4_SchedContext_Bind, seL4_SchedContext, seL4_CPtr)
IS(ERROR, seL4_SchedContext_Unbind, seL4_SchedContext)
IS(ERROR, seL4_SchedContext_UnbindObject, seL4_SchedContext, seL4_CPtr)
IS(seL4_SchedContext_Consumed_t, seL4_SchedContext_Consumed, seL4_SchedContext)
IS(seL4_SchedContext_YieldTo_t, seL4_SchedContext_YieldTo, seL4_SchedContext)
MEMBER(int, seL4_SchedContext_Consumed_t, error)
MEMBER(seL4_Time, seL4_SchedContext_Consumed_t, consumed)
MEMBER(int, seL4_SchedContext_YieldTo_t, error)
MEMBER(seL4_Time, seL4_SchedContext_YieldTo_t, consumed)

#define MAP seL4_CPtr, seL4_Word, seL4_X86_VMAttributes
IS(ERROR, seL4_X86_PDPT_Map, seL4_X86_PDPT, MAP)
IS(ERROR, seL4_X86_PDPT_Unmap, seL4_X86_PDPT)
IS(ERROR, seL4_X86_PageDirectory_Map, seL4_X86_PageDirectory, MAP)
IS(ERROR, seL4_X86_PageDirectory_Unmap, seL4_X86_PageDirectory)
IS(ERROR, seL4_X86_PageTable_Map, seL4_X86_PageTable, MAP)
IS(ERROR, seL4_X86_PageTable_Unmap, seL4_X86_PageTable)
IS(ERROR, seL4_X86_Page_Map, seL4_X86_Page, seL4_CPtr, seL4_Word, seL4_CapRights_t,
   seL4_X86_VMAttributes)
IS(ERROR, seL4_X86_Page_Unmap, seL4_X86_Page)
IS(seL4_X86_Page_GetAddress_t, seL4_X86_Page_GetAddress, seL4_X86_Page)
MEMBER(int, seL4_X86_Page_GetAddress_t, error)
MEMBER(seL4_Word, seL4_X86_Page_GetAddress_t, paddr)
#ifdef CONFIG_IOMMU
IS(ERROR, seL4_X86_IOPageTable_Map, seL4_X86_IOPageTable, seL4_X86_IOSpace, seL4_Word)
IS(ERROR, seL4_X86_IOPageTable_Unmap, seL4_X86_IOPageTable)
IS(ERROR, seL4_X86_Page_MapIO, seL4_X86_Page, seL4_X86_IOSpace, seL4_CapRights_t, seL4_Word)
#endif
IS(ERROR, seL4_X86_ASIDControl_MakePool, seL4_X86_ASIDControl, seL4_Untyped, SLOT)
IS(ERROR, seL4_X86_ASIDPool_Assign, seL4_X86_ASIDPool, seL4_CPtr)

IS(ERROR, seL4_X86_IOPortControl_Issue, seL4_X86_IOPortControl, seL4_Word, seL4_Word, SLOT)
IS(ERROR, seL4_X86_IOPort_Out8, seL4_X86_IOPort, seL4_Word, seL4_Word)
IS(ERROR, seL4_X86_IOPort_Out16, seL4_X86_IOPort, seL4_Word, seL4_Word)
IS(ERROR, seL4_X86_IOPort_Out32, seL4_X86_IOPort, seL4_Word, seL4_Word)
IS(seL4_X86_IOPort_In8_t, seL4_X86_IOPort_In8, seL4_X86_IOPort, seL4_Uint16)
IS(seL4_X86_IOPort_In16_t, seL4_X86_IOPort_In16, seL4_X86_IOPort, seL4_Uint16)
IS(seL4_X86_IOPort_In32_t, seL4_X86_IOPort_In32, seL4_X86_IOPort, seL4_Uint16)
MEMBER(int, seL4_X86_IOPort_In8_t, error)
MEMBER(seL4_Uint8, seL4_X86_IOPort_In8_t, result)
MEMBER(seL4_Uint16, seL4_X86_IOPort_In16_t, result)
MEMBER(seL4_Uint32, seL4_X86_IOPort_In32_t, result)

/* ---- bit fields ---- */

/* The functions for one field of a one-word type. */
#define FIELD(type, name)                                                                          \
    IS(seL4_Uint64, type##_get_##name, type##_t)                                                   \
    IS(type##_t, type##_set_##name, type##_t, seL4_Uint64)                                         \
    IS(seL4_Uint64, type##_ptr_get_##name, const type##_t *)                                       \
    IS(void, type##_ptr_set_##name, type##_t *, seL4_Uint64)
#define BIT_FIELD(type, ...)                                                                       \
    _Static_assert(sizeof(type##_t) == 8, #type);                                                  \
    MEMBER(seL4_Uint64[1], type##_t, words)                                                        \
    IS(type##_t, type##_new, __VA_ARGS__)                                                          \
    IS(void, type##_ptr_new, type##_t *, __VA_ARGS__)

BIT_FIELD(seL4_MessageInfo, W4)
FIELD(seL4_MessageInfo, label)
FIELD(seL4_MessageInfo, capsUnwrapped)
FIELD(seL4_MessageInfo, extraCaps)
FIELD(seL4_MessageInfo, length)

BIT_FIELD(seL4_CapRights, W4)
FIELD(seL4_CapRights, capAllowGrantReply)
FIELD(seL4_CapRights, capAllowGrant)
FIELD(seL4_CapRights, capAllowRead)
FIELD(seL4_CapRights, capAllowWrite)

BIT_FIELD(seL4_CNode_CapData, W2)
FIELD(seL4_CNode_CapData, guard)
FIELD(seL4_CNode_CapData, guardSize)

BIT_FIELD(seL4_X86_IOSpace_CapData, W4)
FIELD(seL4_X86_IOSpace_CapData, domainID)
FIELD(seL4_X86_IOSpace_CapData, pciBus)
FIELD(seL4_X86_IOSpace_CapData, pciDev)
FIELD(seL4_X86_IOSpace_CapData, pciFun)

/* ---- faults ---- */

#define FAULT_FIELD(fault, name)                                                                   \
    IS(seL4_Uint64, seL4_Fault_##fault##_get_##name, seL4_Fault_t)                                 \
    IS(seL4_Fault_t, seL4_Fault_##fault##_set_##name, seL4_Fault_t, seL4_Uint64)                   \
    IS(seL4_Uint64, seL4_Fault_##fault##_ptr_get_##name, const seL4_Fault_t *)                     \
    IS(void, seL4_Fault_##fault##_ptr_set_##name, seL4_Fault_t *, seL4_Uint64)
#define FAULT(fault, ...)                                                                          \
    IS(seL4_Fault_t, seL4_Fault_##fault##_new, __VA_ARGS__)                                        \
    IS(void, seL4_Fault_##fault##_ptr_new, seL4_Fault_t *, __VA_ARGS__)

IS(seL4_Fault_t, seL4_getFault, INFO)
IS(seL4_Fault_t, seL4_getArchFault, INFO)
IS(seL4_Uint64, seL4_Fault_get_seL4_FaultType, seL4_Fault_t)
IS(seL4_Uint64, seL4_Fault_ptr_get_seL4_FaultType, const seL4_Fault_t *)
IS(int, seL4_Fault_seL4_FaultType_equals, seL4_Fault_t, seL4_Uint64)
IS(seL4_Bool, seL4_isNullFault_tag, INFO)
IS(seL4_Bool, seL4_isCapFault_tag, INFO)
IS(seL4_Bool, seL4_isUnknownSyscall_tag, INFO)
IS(seL4_Bool, seL4_isUserException_tag, INFO)
IS(seL4_Bool, seL4_isTimeoutFault_tag, INFO)
IS(seL4_Bool, seL4_isVMFault_tag, INFO)
IS(INFO, seL4_TimeoutReply_new, seL4_Bool, seL4_UserContext, seL4_Word)
IS(seL4_Fault_t, seL4_Fault_NullFault_new, void)
IS(void, seL4_Fault_NullFault_ptr_new, seL4_Fault_t *)

FAULT(CapFault, W4, W2, W1)
FAULT_FIELD(CapFault, IP)
FAULT_FIELD(CapFault, Addr)
FAULT_FIELD(CapFault, InRecvPhase)
FAULT_FIELD(CapFault, LookupFailureType)
FAULT_FIELD(CapFault, MR4)
FAULT_FIELD(CapFault, MR5)
FAULT_FIELD(CapFault, MR6)

FAULT(UnknownSyscall, W4, W4, W4, W4, W2, W1)
FAULT_FIELD(UnknownSyscall, RAX)
FAULT_FIELD(UnknownSyscall, RBX)
FAULT_FIELD(UnknownSyscall, RCX)
FAULT_FIELD(UnknownSyscall, RDX)
FAULT_FIELD(UnknownSyscall, RSI)
FAULT_FIELD(UnknownSyscall, RDI)
FAULT_FIELD(UnknownSyscall, RBP)
FAULT_FIELD(UnknownSyscall, R8)
FAULT_FIELD(UnknownSyscall, R9)
FAULT_FIELD(UnknownSyscall, R10)
FAULT_FIELD(UnknownSyscall, R11)
FAULT_FIELD(UnknownSyscall, R12)
FAULT_FIELD(UnknownSyscall, R13)
FAULT_FIELD(UnknownSyscall, R14)
FAULT_FIELD(UnknownSyscall, R15)
FAULT_FIELD(UnknownSyscall, FaultIP)
FAULT_FIELD(UnknownSyscall, RSP)
FAULT_FIELD(UnknownSyscall, FLAGS)
FAULT_FIELD(UnknownSyscall, Syscall)

FAULT(UserException, W4, W1)
FAULT_FIELD(UserException, FaultIP)
FAULT_FIELD(UserException, Stack)
FAULT_FIELD(UserException, FLAGS)
FAULT_FIELD(UserException, Number)
FAULT_FIELD(UserException, Code)

FAULT(Timeout, W2)
FAULT_FIELD(Timeout, data)
FAULT_FIELD(Timeout, consumed)

FAULT(VMFault, W4)
FAULT_FIELD(VMFault, IP)
FAULT_FIELD(VMFault, Addr)
FAULT_FIELD(VMFault, PrefetchFault)
FAULT_FIELD(VMFault, FSR)

#ifdef CONFIG_HARDWARE_DEBUG_API
IS(seL4_Bool, seL4_isDebugException_tag, INFO)
FAULT(DebugException, W4)
FAULT_FIELD(DebugException, FaultIP)
FAULT_FIELD(DebugException, ExceptionReason)
FAULT_FIELD(DebugException, TriggerAddress)
FAULT_FIELD(DebugException, BreakpointNumber)
#endif

/* ---- registers ---- */

AT(0, seL4_UserContext, rip)
AT(8, seL4_UserContext, rsp)
AT(16, seL4_UserContext, rflags)
AT(24, seL4_UserContext, rax)
AT(32, seL4_UserContext, rbx)
AT(40, seL4_UserContext, rcx)
AT(48, seL4_UserContext, rdx)
AT(56, seL4_UserContext, rsi)
AT(64, seL4_UserContext, rdi)
AT(72, seL4_UserContext, rbp)
AT(80, seL4_UserContext, r8)
AT(136, seL4_UserContext, r15)
AT(144, seL4_UserContext, fs_base)
AT(152, seL4_UserContext, gs_base)

/* ---- boot information ---- */

AT(0, seL4_BootInfo, extraLen)
AT(8, seL4_BootInfo, nodeID)
AT(16, seL4_BootInfo, numNodes)
AT(24, seL4_BootInfo, numIOPTLevels)
AT(32, seL4_BootInfo, ipcBuffer)
AT(40, seL4_BootInfo, empty)
AT(56, seL4_BootInfo, sharedFrames)
AT(72, seL4_BootInfo, userImageFrames)
AT(88, seL4_BootInfo, userImagePaging)
AT(104, seL4_BootInfo, ioSpaceCaps)
AT(120, seL4_BootInfo, extraBIPages)
AT(136, seL4_BootInfo, initThreadCNodeSizeBits)
AT(144, seL4_BootInfo, initThreadDomain)
AT(152, seL4_BootInfo, schedcontrol)
AT(168, seL4_BootInfo, untyped)
AT(184, seL4_BootInfo, untypedList)
AT(8, seL4_UntypedDesc, sizeBits)
AT(9, seL4_UntypedDesc, isDevice)
AT(8, seL4_SlotRegion, end)
AT(8, seL4_BootInfoHeader, len)
AT(16, seL4_X86_BootInfo_mmap_t, mmap_length)
AT(20, seL4_X86_BootInfo_mmap_t, mmap)
AT(20, seL4_X86_mb_mmap_t, type)
AT(16, seL4_X86_BootInfo_VBE, vbeInfoBlock)
AT(528, seL4_X86_BootInfo_VBE, vbeModeInfoBlock)
AT(784, seL4_X86_BootInfo_VBE, vbeMode)
AT(796, seL4_X86_BootInfo_VBE, vbeInterfaceLen)
AT(22, seL4_VBEModeInfoBlock_t, vbe12_part1.xCharSize)
AT(40, seL4_VBEModeInfoBlock_t, vbe20.physBasePtr)
AT(21, seL4_X86_BootInfo_fb_t, type)

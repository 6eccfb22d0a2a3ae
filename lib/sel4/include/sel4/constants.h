/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants of the public interface that are no sizes of objects; those are in
 * <sel4/abi_types.h>.
 */
#pragma once

#include <sel4/abi_types.h>

/* ---- threads and time ---- */

enum priorityConstants {
    seL4_MinPrio = 0,
    seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1,
    seL4_InvalidPrio = -1
};

typedef enum {
    seL4_TCBFlag_NoFlag = 0,
    seL4_TCBFlag_fpuDisabled = 1,
    seL4_TCBFlag_MASK = seL4_TCBFlag_fpuDisabled,
    SEL4_FORCE_LONG_ENUM(seL4_TCBFlag)
} seL4_TCBFlag;

typedef enum {
    seL4_SchedContext_NoFlag = 0,
    seL4_SchedContext_Sporadic = 1,
    SEL4_FORCE_LONG_ENUM(seL4_SchedContextFlag)
} seL4_SchedContextFlag;

/* A scheduling context begins with 128 bytes, in which are two refills; more refills follow. */
#define seL4_CoreSchedContextBytes 128
#define seL4_RefillSizeBytes 16

/** How many refills beyond two a scheduling context of 2^size bytes holds; size at least 7. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_MaxExtraRefills(seL4_Word size)
{
    return (LIBSEL4_BIT(size) - seL4_CoreSchedContextBytes) / seL4_RefillSizeBytes;
}

/* ---- messages and capabilities ---- */

enum seL4_MsgLimits { seL4_MsgLengthBits = 7, seL4_MsgExtraCapBits = 2, seL4_MsgMaxLength = 120 };
#define seL4_MsgMaxExtraCaps 3
#define seL4_FastMessageRegisters 4 /* message words that travel in registers */
#define seL4_CapRightsBits 4
#define seL4_BadgeBits 64
#define seL4_GuardBits 58
#define seL4_GuardSizeBits 6
#define seL4_NilData 0

#ifdef CONFIG_RETYPE_FAN_OUT_LIMIT
#define seL4_UntypedRetypeMaxObjects CONFIG_RETYPE_FAN_OUT_LIMIT
#else
#define seL4_UntypedRetypeMaxObjects 256
#endif

/* ---- address spaces: at every level 512 entries of 8 bytes ---- */

#define seL4_PML4IndexBits 9
#define seL4_PML4EntryBits 3
#define seL4_PDPTIndexBits 9
#define seL4_PDPTEntryBits 3
#define seL4_PageDirIndexBits 9
#define seL4_PageDirEntryBits 3
#define seL4_PageTableIndexBits 9
#define seL4_PageTableEntryBits 3
#define seL4_IOPageTableIndexBits 9
#define seL4_IOPageTableEntryBits 3
#define seL4_VSpaceBits seL4_PML4Bits
#define seL4_UserTop 0x00007ffffffff000
#define seL4_UserVSpaceTop (seL4_UserTop - 1)

typedef enum {
    seL4_X86_WriteBack = 0,
    seL4_X86_WriteThrough = 1,
    seL4_X86_CacheDisabled = 2,
    seL4_X86_Uncacheable = 3,
    seL4_X86_WriteCombining = 4,
    seL4_X86_Default_VMAttributes = seL4_X86_WriteBack,
    SEL4_FORCE_LONG_ENUM(seL4_X86_VMAttributes)
} seL4_X86_VMAttributes;

/* After seL4_FailedLookup of a mapping, message word 2 says up to which bit nothing is mapped. */
#define SEL4_MAPPING_LOOKUP_LEVEL 2
#define SEL4_MAPPING_LOOKUP_NO_PDPT 39
#define SEL4_MAPPING_LOOKUP_NO_PD 30
#define SEL4_MAPPING_LOOKUP_NO_PT 21

/* seL4_VMFault_PrefetchFault */
#define seL4_InstructionFault 1
#define seL4_DataFault 0

/* ---- interrupts: user vector v is hardware vector v + IRQ_OFFSET ---- */

#define IRQ_OFFSET 48
#define VECTOR_MAX 109
#define VECTOR_MIN 0
#define MSI_MAX VECTOR_MAX
#define MSI_MIN VECTOR_MIN

/* ---- hardware breakpoints: four, each of which watches instructions or data ---- */

#ifdef CONFIG_HARDWARE_DEBUG_API
typedef enum {
    seL4_DataBreakpoint = 0,
    seL4_InstructionBreakpoint = 1,
    seL4_SingleStep = 2,
    seL4_SoftwareBreakRequest = 3,
    SEL4_FORCE_LONG_ENUM(seL4_BreakpointType)
} seL4_BreakpointType;

typedef enum {
    seL4_BreakOnRead = 0,
    seL4_BreakOnWrite = 1,
    seL4_BreakOnReadWrite = 2,
    seL4_MaxBreakpointAccess = 3,
    SEL4_FORCE_LONG_ENUM(seL4_BreakpointAccess)
} seL4_BreakpointAccess;

#define seL4_NumHWBreakpoints 4
#define seL4_NumDualFunctionMonitors 4
#define seL4_FirstDualFunctionMonitor 0
#define seL4_NumExclusiveBreakpoints 0
#define seL4_FirstBreakpoint (-1)
#define seL4_NumExclusiveWatchpoints 0
#define seL4_FirstWatchpoint (-1)
#endif

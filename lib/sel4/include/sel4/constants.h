/* SPDX-License-Identifier: BSD-2-Clause */
/* Constants of the public interface that no configuration changes. Sizes of objects: <sel4/abi_types.h>. */
#pragma once

#include <sel4/abi_types.h>

enum priorityConstants {
    seL4_InvalidPrio = -1,
    seL4_MinPrio = 0,
    seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1
};

enum seL4_MsgLimits {
    seL4_MsgLengthBits = 7,
    seL4_MsgExtraCapBits = 2,
    seL4_MsgMaxLength = 120
};
#define seL4_MsgMaxExtraCaps        (LIBSEL4_BIT(seL4_MsgExtraCapBits) - 1)
#define seL4_FastMessageRegisters   4
#define seL4_CapRightsBits          4

#define seL4_GuardSizeBits  6
#define seL4_GuardBits      58
#define seL4_BadgeBits      64
#define seL4_NilData        0

typedef enum {
    seL4_TCBFlag_NoFlag = 0x0,
    seL4_TCBFlag_fpuDisabled = 0x1,
    SEL4_FORCE_LONG_ENUM(seL4_TCBFlag),
    seL4_TCBFlag_MASK = seL4_TCBFlag_fpuDisabled
} seL4_TCBFlag;

typedef enum {
    seL4_SchedContext_NoFlag = 0x0,
    seL4_SchedContext_Sporadic = 0x1,
    SEL4_FORCE_LONG_ENUM(seL4_SchedContextFlag)
} seL4_SchedContextFlag;

/* A scheduling context of 2^size bytes: the fixed part includes two refills. */
#define seL4_CoreSchedContextBytes  (10 * sizeof(seL4_Word) + 6 * 8)
#define seL4_RefillSizeBytes        (2 * 8)

/** How many refills beyond two a scheduling context of 2^size bytes holds. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_MaxExtraRefills(seL4_Word size)
{
    return (LIBSEL4_BIT(size) - seL4_CoreSchedContextBytes) / seL4_RefillSizeBytes;
}

#ifdef CONFIG_RETYPE_FAN_OUT_LIMIT
#define seL4_UntypedRetypeMaxObjects CONFIG_RETYPE_FAN_OUT_LIMIT
#else
#define seL4_UntypedRetypeMaxObjects 256
#endif

/* Paging: every level has 512 entries of 8 bytes. */
#define seL4_PageTableEntryBits     3
#define seL4_PageTableIndexBits     9
#define seL4_PageDirEntryBits       3
#define seL4_PageDirIndexBits       9
#define seL4_PDPTEntryBits          3
#define seL4_PDPTIndexBits          9
#define seL4_PML4EntryBits          3
#define seL4_PML4IndexBits          9
#define seL4_VSpaceBits             seL4_PML4Bits
#define seL4_IOPageTableEntryBits   3
#define seL4_IOPageTableIndexBits   9
#define seL4_UserTop                0x00007ffffffff000
#define seL4_UserVSpaceTop          (seL4_UserTop - 1)

#define seL4_DataFault          0
#define seL4_InstructionFault   1

/* After seL4_FailedLookup of a mapping, message word 2 says up to which bit nothing is mapped. */
#define SEL4_MAPPING_LOOKUP_LEVEL   2
#define SEL4_MAPPING_LOOKUP_NO_PT   21
#define SEL4_MAPPING_LOOKUP_NO_PD   30
#define SEL4_MAPPING_LOOKUP_NO_PDPT 39

/* User vector v of an I/O APIC or MSI interrupt is hardware vector v + IRQ_OFFSET. */
#define IRQ_OFFSET  (0x20 + 16)
#define VECTOR_MIN  0
#define VECTOR_MAX  109
#define MSI_MIN     VECTOR_MIN
#define MSI_MAX     VECTOR_MAX

#ifdef CONFIG_HARDWARE_DEBUG_API
typedef enum {
    seL4_DataBreakpoint = 0,
    seL4_InstructionBreakpoint,
    seL4_SingleStep,
    seL4_SoftwareBreakRequest,
    SEL4_FORCE_LONG_ENUM(seL4_BreakpointType)
} seL4_BreakpointType;

typedef enum {
    seL4_BreakOnRead = 0,
    seL4_BreakOnWrite,
    seL4_BreakOnReadWrite,
    seL4_MaxBreakpointAccess,
    SEL4_FORCE_LONG_ENUM(seL4_BreakpointAccess)
} seL4_BreakpointAccess;

#define seL4_NumHWBreakpoints           4
#define seL4_FirstBreakpoint            (-1)
#define seL4_NumExclusiveBreakpoints    0
#define seL4_FirstWatchpoint            (-1)
#define seL4_NumExclusiveWatchpoints    0
#define seL4_FirstDualFunctionMonitor   0
#define seL4_NumDualFunctionMonitors    4
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells the root task at boot: one frame of boot information, behind it records of
 * other kinds, as many bytes of them as extraLen says.
 */
#pragma once

#include <sel4/types.h>

#define seL4_BootInfoFrameBits seL4_PageBits
#define seL4_BootInfoFrameSize LIBSEL4_BIT(seL4_BootInfoFrameBits)

typedef seL4_Word seL4_SlotPos;

/* Slots start..end-1 of the initial thread's CNode. */
typedef struct seL4_SlotRegion {
    seL4_SlotPos start, end;
} seL4_SlotRegion;

/* An untyped capability: 2^sizeBits bytes from paddr on; device memory is not the kernel's. */
typedef struct seL4_UntypedDesc {
    seL4_Word paddr;
    seL4_Uint8 sizeBits, isDevice, padding[6];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
    seL4_Word extraLen;
    seL4_NodeId nodeID; /* of the processor, below numNodes */
    seL4_Word numNodes, numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer; /* the initial thread's */
    seL4_SlotRegion empty, sharedFrames, userImageFrames, userImagePaging, ioSpaceCaps;
    seL4_SlotRegion extraBIPages; /* the frames that the extra records are in */
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion schedcontrol; /* one for each node */
    seL4_SlotRegion untyped;      /* slot i of it is described by entry i of the list */
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

/* What each extra record begins with: a seL4_BootInfoID, and bytes, these two words included. */
typedef struct seL4_BootInfoHeader {
    seL4_Word id, len;
} seL4_BootInfoHeader;

SEL4_COMPILE_ASSERT(untyped_desc_is_two_words, sizeof(seL4_UntypedDesc) == 2 * sizeof(seL4_Word))
SEL4_COMPILE_ASSERT(bootinfo_fits_its_frame, sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize)

/*
 * SEL4_BOOTINFO_HEADER_X86_MBMMAP: the boot loader's memory map (Multiboot Specification 0.6.96,
 * 3.3).
 */

#define SEL4_MULTIBOOT_RAM_REGION_TYPE 1
#define SEL4_MULTIBOOT_MAX_MMAP_ENTRIES 50

typedef struct SEL4_PACKED seL4_X86_mb_mmap {
    seL4_Uint32 size; /* of what follows */
    seL4_Uint64 base_addr, length;
    seL4_Uint32 type;
} seL4_X86_mb_mmap_t;

typedef struct SEL4_PACKED seL4_X86_BootInfo_mmap {
    seL4_BootInfoHeader header;
    seL4_Uint32 mmap_length; /* bytes of mmap in use */
    seL4_X86_mb_mmap_t mmap[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} seL4_X86_BootInfo_mmap_t;

/*
 * SEL4_BOOTINFO_HEADER_X86_VBE: what the firmware says of the display (VBE Core Functions 3.0, 4.3
 * and 4.4).
 */

typedef struct SEL4_PACKED seL4_VBEInfoBlock {
    char signature[4];
    seL4_Uint16 version;
    seL4_Uint32 oemStringPtr, capabilities, modeListPtr;
    seL4_Uint16 totalMemory, oemSoftwareRev;
    seL4_Uint32 oemVendorNamePtr, oemProductNamePtr, oemProductRevPtr;
    seL4_Uint8 reserved[222], oemData[256];
} seL4_VBEInfoBlock_t;

/* The mode information block, in the parts that versions of VBE added. */
typedef struct SEL4_PACKED seL4_VBEModeInfoCommon {
    seL4_Uint16 modeAttr;
    seL4_Uint8 winAAttr, winBAttr;
    seL4_Uint16 winGranularity, winSize, winASeg, winBSeg;
    seL4_Uint32 winFuncPtr;
    seL4_Uint16 bytesPerScanLine;
} seL4_VBEModeInfoCommon_t;

typedef struct SEL4_PACKED seL4_VBEInfo12Part1 {
    seL4_Uint16 xRes, yRes;
    seL4_Uint8 xCharSize, yCharSize, planes, bitsPerPixel, banks, memoryModel, bankSize, imagePages;
    seL4_Uint8 reserved1;
} seL4_VBEInfo12Part1_t;

typedef struct SEL4_PACKED seL4_VBEInfo12Part2 {
    seL4_Uint8 redLen, redOff, greenLen, greenOff, blueLen, blueOff, rsvdLen, rsvdOff;
    seL4_Uint8 directColorInfo;
} seL4_VBEInfo12Part2_t;

typedef struct SEL4_PACKED seL4_VBEInfo20 {
    seL4_Uint32 physBasePtr;
    seL4_Uint8 reserved2[6];
} seL4_VBEInfo20_t;

typedef struct SEL4_PACKED seL4_VBEInfo30 {
    seL4_Uint16 linBytesPerScanLine;
    seL4_Uint8 bnkImagePages, linImagePages;
    seL4_Uint8 linRedLen, linRedOff, linGreenLen, linGreenOff, linBlueLen, linBlueOff;
    seL4_Uint8 linRsvdLen, linRsvdOff;
    seL4_Uint32 maxPixelClock;
    seL4_Uint16 modeId;
    seL4_Uint8 depth;
} seL4_VBEInfo30_t;

typedef struct SEL4_PACKED seL4_VBEModeInfoBlock {
    seL4_VBEModeInfoCommon_t vbe_common;
    seL4_VBEInfo12Part1_t vbe12_part1;
    seL4_VBEInfo12Part2_t vbe12_part2;
    seL4_VBEInfo20_t vbe20;
    seL4_VBEInfo30_t vbe30;
    seL4_Uint8 reserved3[187];
} seL4_VBEModeInfoBlock_t;

typedef struct SEL4_PACKED _seL4_X86_BootInfo_VBE {
    seL4_BootInfoHeader header;
    seL4_VBEInfoBlock_t vbeInfoBlock;
    seL4_VBEModeInfoBlock_t vbeModeInfoBlock;
    seL4_Uint32 vbeMode, vbeInterfaceSeg, vbeInterfaceOff, vbeInterfaceLen;
} seL4_X86_BootInfo_VBE;

SEL4_COMPILE_ASSERT(vbe_info_block_has_its_size, sizeof(seL4_VBEInfoBlock_t) == 512)

/*
 * SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER: behind its header, the beginning of the tag of the
 * Multiboot2 Specification 2.0, 3.6.12.
 */

typedef struct SEL4_PACKED multiboot2_fb {
    seL4_Uint64 addr;
    seL4_Uint32 pitch, width, height;
    seL4_Uint8 bpp, type;
} seL4_X86_BootInfo_fb_t;

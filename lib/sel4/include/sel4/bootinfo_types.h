/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel tells the root task at boot. */
#pragma once

#include <sel4/types.h>

typedef seL4_Word seL4_SlotPos;

typedef struct seL4_SlotRegion {
    seL4_SlotPos start;     /* first slot of the region */
    seL4_SlotPos end;       /* first slot after it */
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
    seL4_Word  paddr;       /* physical address */
    seL4_Uint8 sizeBits;    /* log2 bytes */
    seL4_Uint8 isDevice;    /* not memory the kernel may use */
    seL4_Uint8 padding[sizeof(seL4_Word) - 2 * sizeof(seL4_Uint8)];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
    seL4_Word        extraLen;          /* bytes of extra records, after the boot information frame */
    seL4_NodeId      nodeID;
    seL4_Word        numNodes;
    seL4_Word        numIOPTLevels;     /* 0: no IOMMU */
    seL4_IPCBuffer  *ipcBuffer;         /* of the initial thread */
    seL4_SlotRegion  empty;             /* empty slots */
    seL4_SlotRegion  sharedFrames;
    seL4_SlotRegion  userImageFrames;
    seL4_SlotRegion  userImagePaging;
    seL4_SlotRegion  ioSpaceCaps;
    seL4_SlotRegion  extraBIPages;      /* frames of the extra records */
    seL4_Word        initThreadCNodeSizeBits;
    seL4_Domain      initThreadDomain;
    seL4_SlotRegion  schedcontrol;      /* one capability for each node */
    seL4_SlotRegion  untyped;
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

#define seL4_BootInfoFrameBits  seL4_PageBits
#define seL4_BootInfoFrameSize  LIBSEL4_BIT(seL4_BootInfoFrameBits)

/* Head of an extra record; the first one is at seL4_BootInfoFrameSize from the boot information. */
typedef struct seL4_BootInfoHeader {
    seL4_Word id;           /* seL4_BootInfoID, or an extension's */
    seL4_Word len;          /* bytes, this head included */
} seL4_BootInfoHeader;

SEL4_COMPILE_ASSERT(untyped_desc_is_2_words, sizeof(seL4_UntypedDesc) == 2 * sizeof(seL4_Word))
SEL4_COMPILE_ASSERT(bootinfo_fits_its_frame, sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize)
SEL4_COMPILE_ASSERT(bootinfo_header_is_2_words, sizeof(seL4_BootInfoHeader) == 2 * sizeof(seL4_Word))

#define SEL4_MULTIBOOT_MAX_MMAP_ENTRIES 50
#define SEL4_MULTIBOOT_RAM_REGION_TYPE  1

/* One region of the multiboot memory map. */
typedef struct seL4_X86_mb_mmap {
    seL4_Uint32 size;
    seL4_Uint64 base_addr;
    seL4_Uint64 length;
    seL4_Uint32 type;
} SEL4_PACKED seL4_X86_mb_mmap_t;

typedef struct seL4_X86_BootInfo_mmap {
    seL4_BootInfoHeader header;
    seL4_Uint32 mmap_length;
    seL4_X86_mb_mmap_t mmap[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} SEL4_PACKED seL4_X86_BootInfo_mmap_t;

/* The VBE record: the two VBE blocks as the firmware delivers them (VBE 3.0, 4.3 and 4.4). */
typedef struct _seL4_X86_BootInfo_VBE {
    seL4_BootInfoHeader header;
    seL4_Uint8 vbeInfoBlock[512];
    seL4_Uint8 vbeModeInfoBlock[256];
    seL4_Uint32 vbeMode;
    seL4_Uint32 vbeInterfaceSeg;
    seL4_Uint32 vbeInterfaceOff;
    seL4_Uint32 vbeInterfaceLen;
} SEL4_PACKED seL4_X86_BootInfo_VBE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel gives the initial thread: boot information, slots, memory. */

#include "env.h"
#include <myelin/extension.h>

/* From the linker: where the image begins and ends. */
extern const char __ehdr_start[], _end[];

TEST(boot_bootinfo, "boot/information", "9.2")
{
    CHECK_EQ((seL4_Word)boot & 0xfff, 0);
    CHECK_EQ(boot->nodeID, 0);
    CHECK_EQ(boot->numNodes, 1);
    CHECK_EQ(boot->initThreadCNodeSizeBits, CONFIG_ROOT_CNODE_SIZE_BITS);
    CHECK_EQ(boot->initThreadDomain, 0);
    CHECK_EQ((seL4_Word)boot->ipcBuffer & 1023, 0);
    CHECK_EQ(boot->schedcontrol.end - boot->schedcontrol.start, 1);
    CHECK_EQ(boot->sharedFrames.start, boot->sharedFrames.end);
    CHECK_EQ(boot->ioSpaceCaps.start, boot->ioSpaceCaps.end);
}

TEST(boot_regions, "boot/slot-regions-do-not-overlap", "9.2")
{
    const seL4_SlotRegion regions[] = { boot->empty,           boot->userImageFrames,
                                        boot->userImagePaging, boot->extraBIPages,
                                        boot->schedcontrol,    boot->untyped };

    for (unsigned i = 0; i < 6; i++) {
        CHECK(regions[i].start <= regions[i].end);
        CHECK(regions[i].end <= 1ul << CONFIG_ROOT_CNODE_SIZE_BITS);
        for (unsigned j = 0; j < i; j++) {
            CHECK(regions[i].end <= regions[j].start || regions[j].end <= regions[i].start ||
                  regions[i].start == regions[i].end || regions[j].start == regions[j].end);
        }
        if (regions[i].start != regions[i].end) {
            CHECK(regions[i].start >= seL4_NumInitialCaps);
        }
    }
    CHECK_EQ(boot->empty.end, 1ul << CONFIG_ROOT_CNODE_SIZE_BITS);
}

TEST(boot_empty, "boot/empty-slots-are-empty", "9.2")
{
    /* Behind what the suite uses. */
    for (seL4_CPtr slot = boot->empty.start + 4096; slot < boot->empty.end - 8; slot += 97) {
        CHECK(slot_is_empty(slot));
    }
    CHECK(slot_is_empty(seL4_CapNull));
    CHECK(slot_is_empty(seL4_CapSMMUSIDControl));
    CHECK(slot_is_empty(seL4_CapSMMUCBControl));
    CHECK(slot_is_empty(seL4_CapSMC));
}

TEST(boot_untyped, "boot/untyped-regions-are-aligned-and-apart", "9.2")
{
    unsigned count = (unsigned)(boot->untyped.end - boot->untyped.start);

    CHECK(count > 0 && count <= CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS);
    for (unsigned i = 0; i < count; i++) {
        const seL4_UntypedDesc *a = &boot->untypedList[i];
        CHECK(a->sizeBits >= seL4_MinUntypedBits && a->sizeBits <= seL4_MaxUntypedBits);
        CHECK(a->isDevice || (a->paddr & ((1ul << a->sizeBits) - 1)) == 0);
        CHECK(a->isDevice <= 1);
        for (unsigned j = 0; j < i; j++) {
            const seL4_UntypedDesc *b = &boot->untypedList[j];
            CHECK(a->paddr + (1ul << a->sizeBits) <= b->paddr ||
                  b->paddr + (1ul << b->sizeBits) <= a->paddr);
        }
    }
}

TEST(boot_untyped_usable, "boot/untyped-regions-are-what-they-say", "9.2")
{
    seL4_CPtr slot = slot_new();

    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        const seL4_UntypedDesc *d = &boot->untypedList[c - boot->untyped.start];
        if (d->sizeBits < seL4_PageBits || d->sizeBits > 24) {
            continue; /* a large region may take long to clear */
        }
        if (seL4_Untyped_Retype(c, seL4_X86_4K, 0, CNODE, 0, 0, slot, 1) != seL4_NoError) {
            continue; /* the suite took it */
        }
        seL4_Word paddr = seL4_X86_Page_GetAddress(slot).paddr;
        CHECK(paddr >= d->paddr && paddr < d->paddr + (1ul << d->sizeBits));
        cap_delete(slot);
    }
}

TEST(boot_memory, "boot/enough-memory", "9.2")
{
    seL4_Word total = 0;

    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        const seL4_UntypedDesc *d = &boot->untypedList[c - boot->untyped.start];
        total += d->isDevice ? 0 : 1ul << d->sizeBits;
    }
    CHECK(total > 64ul << 20);
}

TEST(boot_image_frames, "boot/image-frames-in-address-order", "9.2")
{
    seL4_Word first = (seL4_Word)__ehdr_start & ~0xffful,
              pages = ((seL4_Word)_end - first + 4095) / 4096;

    CHECK_EQ(boot->userImageFrames.end - boot->userImageFrames.start, pages);
    seL4_Word previous = 0;
    for (seL4_CPtr c = boot->userImageFrames.start; c < boot->userImageFrames.end; c++) {
        seL4_X86_Page_GetAddress_t a = seL4_X86_Page_GetAddress(c);
        CHECK_EQ(a.error, seL4_NoError);
        CHECK(a.paddr != previous);
        previous = a.paddr;
    }
}

TEST(boot_image_mapped, "boot/image-frame-is-where-it-should-be", "9.2")
{
    static _Alignas(4096) volatile seL4_Word page[512];
    seL4_CPtr frame = boot->userImageFrames.start +
                      ((seL4_Word)page - ((seL4_Word)__ehdr_start & ~0xffful)) / 4096;
    volatile seL4_Word *alias = (volatile seL4_Word *)FREE_VADDR;

    vspace_add_tables(VSPACE, FREE_VADDR);
    vspace_map(VSPACE, cap_copy(frame), FREE_VADDR, seL4_ReadWrite);
    page[3] = 0x1357;
    CHECK_EQ(alias[3], 0x1357);
}

TEST(boot_frames, "boot/buffer-and-information-frames", "9.1")
{
    volatile seL4_Word *alias = (volatile seL4_Word *)FREE_VADDR;

    vspace_add_tables(VSPACE, FREE_VADDR);
    vspace_map(VSPACE, cap_copy(seL4_CapInitThreadIPCBuffer), FREE_VADDR, seL4_ReadWrite);
    vspace_map(VSPACE, cap_copy(seL4_CapBootInfoFrame), FREE_VADDR + 4096, seL4_CanRead);
    seL4_SetMR(100, 0x2468);
    CHECK_EQ(alias[1 + 100 + (((seL4_Word)boot->ipcBuffer & 0xfff) / 8)], 0x2468);
    CHECK_EQ(((const seL4_BootInfo *)(FREE_VADDR + 4096))->initThreadCNodeSizeBits,
             CONFIG_ROOT_CNODE_SIZE_BITS);
}

TEST(boot_extra, "boot/extra-records-are-well-formed", "9.2")
{
    const char *record = (const char *)boot + seL4_BootInfoFrameSize,
               *end = record + boot->extraLen;
    unsigned pages = (unsigned)((boot->extraLen + 4095) / 4096);

    CHECK_EQ(boot->extraBIPages.end - boot->extraBIPages.start, pages);
    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;
        CHECK(header->len >= sizeof(*header));
        CHECK(record + header->len <= end);
        record += header->len;
    }
    CHECK(record == end);
}

/* As loaders do that keep the records in a table by id. */
TEST(boot_extra_ids, "boot/extra-records-have-public-ids", "9.2")
{
    const seL4_BootInfoHeader *table[SEL4_BOOTINFO_HEADER_NUM] = { NULL };
    const char *record = (const char *)boot + seL4_BootInfoFrameSize,
               *end = record + boot->extraLen;

    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;
        CHECK(header->id < SEL4_BOOTINFO_HEADER_NUM);
        table[header->id] = header;
        record += header->len;
    }
    CHECK(table[SEL4_BOOTINFO_HEADER_X86_MBMMAP] != NULL);
    CHECK(table[SEL4_BOOTINFO_HEADER_X86_TSC_FREQ] != NULL);
}

static const void *extra_record(seL4_Word id, seL4_Word *length)
{
    const char *record = (const char *)boot + seL4_BootInfoFrameSize,
               *end = record + boot->extraLen;

    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;
        if (header->id == id) {
            *length = header->len;
            return header;
        }
        record += header->len;
    }
    *length = 0;
    return NULL;
}

TEST(boot_tsc, "boot/tsc-frequency-record", "9.2")
{
    seL4_Word length;
    const char *record = extra_record(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, &length);

    CHECK(record != NULL);
    CHECK_EQ(length, sizeof(seL4_BootInfoHeader) + 4);
    seL4_Uint32 mhz = *(const seL4_Uint32 *)(record + sizeof(seL4_BootInfoHeader));
    CHECK(mhz >= 100 && mhz < 10000);
}

TEST(boot_rsdp, "boot/acpi-record", "9.2")
{
    seL4_Word length;
    const char *record = extra_record(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, &length);

    if (record == NULL && machine_has_pic()) {
        test_skip("a machine that may have no ACPI");
    }
    CHECK(record != NULL);
    CHECK(memcmp(record + sizeof(seL4_BootInfoHeader), "RSD PTR ", 8) == 0);
}

TEST(boot_mmap, "boot/memory-map-record", "9.2")
{
    seL4_Word length;
    const seL4_X86_BootInfo_mmap_t *record = extra_record(SEL4_BOOTINFO_HEADER_X86_MBMMAP, &length);

    CHECK(record != NULL);
    CHECK_EQ(length, sizeof(*record));
    CHECK(record->mmap_length > 0);
    CHECK(record->mmap_length <= sizeof(record->mmap));
    bool ram = false;
    for (unsigned i = 0; i < record->mmap_length / sizeof(record->mmap[0]); i++) {
        ram |= record->mmap[i].type == SEL4_MULTIBOOT_RAM_REGION_TYPE &&
               record->mmap[i].length >= 64ul << 20;
    }
    CHECK(ram);
}

TEST(boot_thread, "boot/initial-thread", "9.1")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);

    /* Its limit is the highest priority there is. */
    WORKS(seL4_TCB_SetPriority(tcb, SELF, seL4_MaxPrio));
    WORKS(seL4_TCB_SetMCPriority(tcb, SELF, seL4_MaxPrio));
    /* Its scheduling context is bound. */
    FAILS(seL4_IllegalOperation, SchedContextBind,
          seL4_SchedContext_Bind(seL4_CapInitThreadSC, tcb));
}

TEST(boot_cspace, "boot/initial-cspace-is-one-cnode-of-64-bits", "9.1")
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, CNODE, DEPTH, slot, 1));
    CHECK(!slot_is_empty(slot));
}

TEST(boot_paging, "boot/image-tables-cannot-be-mapped-again", "9.2")
{
    CHECK(boot->userImagePaging.end > boot->userImagePaging.start);
    /* The first is the largest: a PDPT. */
    FAILS(seL4_InvalidCapability, X86PDPTMap,
          seL4_X86_PDPT_Map(boot->userImagePaging.start, VSPACE, FREE_VADDR, 0));
    FAILS(seL4_InvalidCapability, X86PageTableMap,
          seL4_X86_PageTable_Map(boot->userImagePaging.end - 1, VSPACE, FREE_VADDR, 0));
}

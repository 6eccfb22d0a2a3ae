/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All of it is global (unless users' spaces show the trampoline of protect.h only: then nothing is,
 * CR4.PGE is off) and out of users' reach. Nothing is both writable and executable: the image has 4
 * KiB pages, text read-only, the rest not executable (W^X); the physmap is not executable. It
 * maps RAM only (in 1 GiB pages where a whole one is RAM, else 2 MiB): a cached alias of device
 * memory is nothing to have around. The first MiB is in it too, for the firmware's tables.
 */
#include "kernel_space.h"

#include "cpu_init.h"
#include "kstring.h"
#include "machine.h"
#include "protect.h"
#include "segments.h"
#include "tlb.h"
#include "vspace.h"
#include "walk.h"

__attribute__((used)) word_t walk_base = PHYSMAP_BASE;

#define PAGE_GLOBAL BIT(8)
#define KERNEL_RW                                                                                  \
    (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PAGE_GLOBAL | PTE_NO_EXECUTE)
#define KERNEL_RO (PTE_PRESENT | PTE_ACCESSED | PAGE_GLOBAL | PTE_NO_EXECUTE)
#define KERNEL_TEXT (PTE_PRESENT | PTE_ACCESSED | PAGE_GLOBAL)
#define KERNEL_DEVICE (KERNEL_RW | PTE_PWT | PTE_PCD)
#define KERNEL_TABLE (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)

#define IMAGE_TABLES 4u /* the image lies in the first 8 MiB */
#define LARGE_BITS 21u
#define HUGE_BITS 30u

_Static_assert((PHYSMAP_BASE >> 39 & 511) == TABLE_PHYSMAP_ENTRY && PHYSMAP_BYTES == BIT(39) &&
                   (KERNEL_IMAGE_BASE >> 39 & 511) == TABLE_IMAGE_ENTRY,
               "the only entries of shown_pml4 for the kernel");

typedef uint64_t page_table[512] __attribute__((aligned(4096)));

page_table shown_pml4;
static page_table kernel_pml4, physmap_pdpt, image_pdpt, image_pd, image_pts[IMAGE_TABLES];
static page_table device_pd, device_pt;

/* kernel.ld */
extern char trampoline_text_start[], trampoline_text_end[], trampoline_data_start[],
    trampoline_data_end[];
extern char kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_stack_guard[],
    kernel_end[];

static paddr_t image_paddr(const void *p)
{
    return (paddr_t)p - KERNEL_IMAGE_BASE;
}

/* --- physmap --- */

static void physmap_map_large(paddr_t p)
{
    uint64_t *pdpte = &physmap_pdpt[p >> HUGE_BITS];

    if (*pdpte == 0)
        *pdpte = boot_alloc(1, 12) | KERNEL_TABLE;
    else if (*pdpte & PTE_PAGE)
        return;
    uint64_t *pd = paddr_to_ptr(*pdpte & PTE_ADDRESS);
    pd[p >> LARGE_BITS & 511] = p | KERNEL_RW | PTE_PAGE;
}

static void physmap_map(const struct boot_info *info, paddr_t start, paddr_t end)
{
    paddr_t p = align_down(start, LARGE_BITS);

    while (p < end) {
        if (cpu_features.has_huge_pages && is_aligned(p, HUGE_BITS) &&
            ranges_contain(&info->ram, p, p + BIT(HUGE_BITS))) {
            physmap_pdpt[p >> HUGE_BITS] = p | KERNEL_RW | PTE_PAGE;
            p += BIT(HUGE_BITS);
        } else {
            physmap_map_large(p);
            p += BIT(LARGE_BITS);
        }
    }
}

static void physmap_build(const struct boot_info *info)
{
    physmap_map(info, 0, BIT(20));
    for (unsigned i = 0; i < info->ram.count; i++)
        physmap_map(info, info->ram.range[i].start, info->ram.range[i].end);
    kernel_pml4[TABLE_PHYSMAP_ENTRY] = image_paddr(physmap_pdpt) | KERNEL_TABLE;
}

/* --- image --- */

static uint64_t image_page_rights(word_t va)
{
    if (va == (word_t)kernel_stack_guard)
        return 0;
    if (va >= (word_t)kernel_text_start && va < (word_t)kernel_text_end)
        return KERNEL_TEXT;
    return va < (word_t)kernel_rodata_end ? KERNEL_RO : KERNEL_RW;
}

static void image_build(void)
{
    for (word_t va = (word_t)kernel_text_start; va < (word_t)kernel_end; va += 4096) {
        uint64_t rights = image_page_rights(va);
        paddr_t p = va - KERNEL_IMAGE_BASE;

        if (rights != 0)
            image_pts[p >> LARGE_BITS][p >> 12 & 511] = p | rights;
    }
    for (unsigned i = 0; i < IMAGE_TABLES; i++)
        image_pd[i] = image_paddr(image_pts[i]) | KERNEL_TABLE;
    image_pdpt[KERNEL_IMAGE_BASE >> 30 & 511] = image_paddr(image_pd) | KERNEL_TABLE;
    kernel_pml4[TABLE_IMAGE_ENTRY] = image_paddr(image_pdpt) | KERNEL_TABLE;
}

/* --- devices --- */

void kernel_space_map_device(unsigned index, paddr_t p)
{
    device_pt[index] = align_down(p, 12) | KERNEL_DEVICE;
    __asm__ volatile("invlpg (%0)" : : "r"(DEVICE_AREA + 4096 * (word_t)index) : "memory");
}

/* --- what users' spaces show of it --- */

/* All pages that have some of start..end. */
static void show(uint64_t *pt, const char *start, const char *end)
{
    for (word_t i = image_paddr(start) >> 12; i <= (image_paddr(end) - 1) >> 12; i++)
        pt[i] = image_pts[0][i];
}

static void shown_build(void)
{
    static page_table pdpt, pd, pt;

    memcpy(shown_pml4, kernel_pml4, sizeof(shown_pml4));
    if (!protection.is_split)
        return;
    show(pt, trampoline_text_start, trampoline_text_end);
    show(pt, trampoline_data_start, trampoline_data_end);
    pd[0] = image_paddr(pt) | KERNEL_TABLE;
    pdpt[KERNEL_IMAGE_BASE >> HUGE_BITS & 511] = image_paddr(pd) | KERNEL_TABLE;
    memset(shown_pml4, 0, sizeof(shown_pml4));
    shown_pml4[TABLE_IMAGE_ENTRY] = image_paddr(pdpt) | KERNEL_TABLE;
}

void kernel_space_init(const struct boot_info *info)
{
    struct trampoline *trampoline = this_trampoline();

    physmap_build(info);
    image_build();
    device_pd[DEVICE_AREA >> LARGE_BITS & 511] = image_paddr(device_pt) | KERNEL_TABLE;
    image_pdpt[DEVICE_AREA >> HUGE_BITS & 511] = image_paddr(device_pd) | KERNEL_TABLE;
    shown_build();
    write_cr3(image_paddr(kernel_pml4));
    trampoline->kernel_cr3 = tlb_cr3(image_paddr(kernel_pml4), 0);
    trampoline->selector = KERNEL_SS;
    trampoline->frame.ss = USER_SS; /* in case that no trap comes before the first iretq */
    this_cpu()->arch.cr3 = trampoline->kernel_cr3;
}

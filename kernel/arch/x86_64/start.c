/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first C instruction to a machine in order. The order matters: a console first, so that
 * refusals are seen; the loader's and firmware's data are copied before any memory is taken; the
 * processor is set up (no-execute, descriptor tables) before the final page tables are; devices
 * come after those.
 */
#include "acpi.h"
#include "arch_irq.h"
#include "boot.h"
#include "cpu_init.h"
#include "fastpath.h"
#include "kernel_space.h"
#include "klog.h"
#include "lapic.h"
#include "machine.h"
#include "multiboot.h"
#include "pic.h"
#include "preempt.h"
#include "protect.h"
#include "screen.h"
#include "serial.h"
#include "switch.h"
#include "timer.h"

/* kernel.ld: the image, by physical address but for the end */
extern char boot_start[], boot_end[], kernel_end[];

#define MIN_RAM_BYTES (4 * BIT(20))
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)

static struct boot_info boot_facts;

/* --- console and loader --- */

static void start_console(void)
{
    word_t port = loader_option("console_port", SERIAL_COM1);

    bool is_heard = serial_init(port < 0xfff8 ? (uint16_t)port : SERIAL_COM1);
    screen_init();
    klog("\nMyelin kernel (x86_64, seL4 16 MCS interface%s)\n", IS_CHECKED ? ", checks on" : "");
    if (!is_heard)
        klog("no serial port at 0x%lx: the kernel is heard on this screen only\n", port);
}

/* --- memory --- */

/* Where the local APIC is, the processor knows best. */
static paddr_t lapic_base(void)
{
    return rdmsr(MSR_APIC_BASE) & APIC_BASE_ADDRESS;
}

static void start_memory(void)
{
    struct boot_info *b = &boot_facts;
    paddr_t end = (paddr_t)kernel_end - KERNEL_IMAGE_BASE;

    if (loader_facts.module.end == 0)
        boot_fail("there is no root server (no boot module)");
    b->ram = loader_facts.ram;
    b->root_elf = loader_facts.module;
    /* what physical addresses reach (Intel SDM vol. 2A, CPUID; all 64-bit processors say so) */
    ranges_remove(&b->ram, BIT(cpuid(0x80000008, 0).eax & 0xff), BIT(63));
    ranges_remove(&b->ram, lapic_base(), lapic_base() + BIT(PAGE_BITS));
    word_t ram_bytes = ranges_size(&b->ram);
    if (ram_bytes < MIN_RAM_BYTES)
        boot_fail("too little memory: %lu KiB", ram_bytes >> 10);
    if (!ranges_contain(&b->ram, (paddr_t)boot_start, end))
        boot_fail("the memory map has no RAM where the kernel is");
    if (!ranges_contain(&b->ram, b->root_elf.start, b->root_elf.end) ||
        (b->root_elf.start < end && b->root_elf.end > (paddr_t)boot_start))
        boot_fail("the root server at 0x%lx is not in RAM of its own", b->root_elf.start);
    b->device_end = CONFIG_PADDR_USER_DEVICE_TOP;
    boot_memory_init(b);
    boot_memory_reserve((paddr_t)boot_start, end);
    boot_memory_reserve(b->root_elf.start, b->root_elf.end);
    klog("memory: %lu MiB of RAM in %u ranges, root server %lu KiB at 0x%lx\n", ram_bytes >> 20,
         b->ram.count, (b->root_elf.end - b->root_elf.start) >> 10, b->root_elf.start);
}

/* --- interrupt controllers --- */

static void hide_page(paddr_t p)
{
    ranges_add(&boot_facts.device_holes, p, p + BIT(PAGE_BITS));
}

/* p: as firmware says. Can it be, and does an I/O APIC answer there? */
static bool use_ioapic(paddr_t p)
{
    if (p < BIT(20) || !is_aligned(p, PAGE_BITS) ||
        ranges_contain(&boot_facts.ram, p, p + BIT(PAGE_BITS)))
        return false;
    kernel_space_map_device(1 + ioapic_count, p);
    return ioapic_add();
}

static void start_interrupts(void)
{
    pic_init();
    kernel_space_map_device(0, lapic_base());
    hide_page(lapic_base());
    for (unsigned i = 0; i < acpi_facts.ioapic_count; i++) {
        paddr_t p = acpi_facts.ioapic[i];

        klog("ioapic %u: 0x%lx, ", ioapic_count, p);
        if (use_ioapic(p)) {
            hide_page(p);
            klog("%u pins\n", ioapic_pin_count(ioapic_count - 1));
        } else {
            klog("nothing is there\n");
        }
    }
    if (ioapic_count == 0)
        klog("no ioapic: using the PIC\n");
    lapic_init(ioapic_count == 0);
    irq_init();
}

const struct boot_info *arch_start(word_t loader_magic, word_t loader_info)
{
    (void)serial_init(SERIAL_COM1);
    loader_read(loader_magic, loader_info);
    start_console();
    cpu_check();
    protect_init();
    acpi_read(loader_facts.has_rsdp ? loader_facts.rsdp : NULL);
    start_memory();
    fastpath_is_off = loader_has_option("nofastpath");
    if (IS_CHECKED)
        preempt_every = (unsigned)loader_option("preempt_every", 0);
    protect_patch();
    cpu_init();
    kernel_space_init(&boot_facts);
    boot_memory_give((paddr_t)boot_start, (paddr_t)boot_end); /* the first code and page tables */
    start_interrupts();
    timer_init();
    return &boot_facts;
}

/* --- the end of booting --- */

NORETURN void arch_start_user(void)
{
    screen_close();
    arch_exit();
    __builtin_unreachable();
}

/* --- extra boot information --- */

void arch_boot_extra(void)
{
    const struct loader_facts *f = &loader_facts;
    uint32_t tsc_mhz = timer_tsc_mhz();

    if (f->has_vbe)
        boot_extra_record(BOOTINFO_ID_X86_VBE, &f->vbe, sizeof(f->vbe));
    boot_extra_record(BOOTINFO_ID_X86_MBMMAP, &f->mmap, sizeof(f->mmap));
    if (acpi_facts.has_rsdp)
        boot_extra_record(BOOTINFO_ID_X86_ACPI_RSDP, acpi_facts.rsdp, ACPI_RSDP_BYTES);
    if (f->has_framebuffer)
        boot_extra_record(BOOTINFO_ID_X86_FRAMEBUFFER, f->framebuffer, LOADER_FRAMEBUFFER_BYTES);
    boot_extra_record(BOOTINFO_ID_X86_TSC_FREQ, &tsc_mhz, sizeof(tsc_mhz));
}

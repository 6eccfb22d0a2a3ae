/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first C instruction to a machine in order. The order matters: a console first, so that refusals are seen; the
 * loader's and firmware's data are copied before any memory is taken; the processor is set up (no-execute, descriptor tables)
 * before the final page tables are; devices come after those.
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
#include "serial.h"
#include "timer.h"

/* kernel.ld: the image, by physical address but for the end */
extern char boot_start[], boot_end[], kernel_end[];

#define MIN_RAM_BYTES (4 * BIT(20))
#define LAPIC_DEFAULT 0xfee00000u
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)

static struct boot_info boot_facts;

/* --- console and loader --- */

static void start_console(void)
{
    word_t port = loader_option("console_port", SERIAL_COM1);

    if (port != SERIAL_COM1 && port < 0xfff8)
        serial_init((uint16_t)port);
    klog("\nMyelin kernel (x86_64, seL4 16 MCS interface%s)\n", IS_CHECKED ? ", checks on" : "");
}

/* --- memory --- */

static void start_memory(void)
{
    struct boot_info *b = &boot_facts;

    if (!loader_facts.has_module)
        boot_fail("there is no root server (no boot module)");
    b->ram = loader_facts.ram;
    word_t ram_bytes = ranges_size(&b->ram);
    if (ram_bytes < MIN_RAM_BYTES)
        boot_fail("too little memory: %lu KiB", ram_bytes >> 10);
    b->root_elf = loader_facts.module;
    b->device_end = CONFIG_PADDR_USER_DEVICE_TOP;
    boot_memory_init(b);
    boot_memory_reserve((paddr_t)boot_start, (paddr_t)kernel_end - KERNEL_IMAGE_BASE);
    boot_memory_reserve(b->root_elf.start, b->root_elf.end);
    klog("memory: %lu MiB of RAM in %u ranges, root server %lu KiB at 0x%lx\n", ram_bytes >> 20, b->ram.count,
         (b->root_elf.end - b->root_elf.start) >> 10, b->root_elf.start);
}

/* --- interrupt controllers --- */

static void use_device_page(unsigned index, paddr_t p)
{
    kernel_space_map_device(index, p);
    ranges_add(&boot_facts.device_holes, align_down(p, PAGE_BITS), align_down(p, PAGE_BITS) + BIT(PAGE_BITS));
}

static void start_interrupts(void)
{
    paddr_t lapic = acpi_facts.lapic != 0 ? acpi_facts.lapic : rdmsr(MSR_APIC_BASE) & APIC_BASE_ADDRESS;

    pic_init();
    use_device_page(0, lapic != 0 ? lapic : LAPIC_DEFAULT);
    lapic_init(acpi_facts.ioapic_count == 0);
    for (unsigned i = 0; i < acpi_facts.ioapic_count && i < IOAPIC_MAX; i++) {
        use_device_page(1 + i, acpi_facts.ioapic[i]);
        ioapic_add();
        klog("ioapic %u: 0x%lx, %u pins\n", i, acpi_facts.ioapic[i], ioapic_pin_count(i));
    }
    if (ioapic_count == 0)
        klog("no ioapic: using the PIC\n");
    irq_init();
}

const struct boot_info *arch_start(word_t loader_magic, word_t loader_info)
{
    serial_init(SERIAL_COM1);
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

/* --- extra boot information --- */

void arch_boot_extra(void)
{
    const struct loader_facts *f = &loader_facts;
    uint32_t tsc_mhz = (uint32_t)((timer_tsc_hz() + 500000) / 1000000);

    if (f->has_vbe)
        boot_extra_record(BOOTINFO_ID_X86_VBE, &f->vbe, sizeof(f->vbe));
    boot_extra_record(BOOTINFO_ID_X86_MBMMAP, &f->mmap, sizeof(f->mmap));
    if (acpi_facts.has_rsdp)
        boot_extra_record(BOOTINFO_ID_X86_ACPI_RSDP, acpi_facts.rsdp, ACPI_RSDP_BYTES);
    if (f->has_framebuffer)
        boot_extra_record(BOOTINFO_ID_X86_FRAMEBUFFER, f->framebuffer, LOADER_FRAMEBUFFER_BYTES);
    boot_extra_record(BOOTINFO_ID_X86_TSC_FREQ, &tsc_mhz, sizeof(tsc_mhz));
}

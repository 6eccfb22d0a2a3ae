/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processor's own state. Sources: Intel SDM vol. 3A ch. 2 (control registers), 3.4-3.5
 * (descriptors), 5.8.8 (syscall), 6.14 (interrupt gates), 11.12 (PAT); vol. 2A, CPUID.
 */
#include "cpu_init.h"

#include "boot.h"
#include "fpu.h"
#include "klog.h"
#include "machine.h"
#include "protect.h"
#include "vectors.h"

struct cpu cpus[CONFIG_MAX_NUM_NODES] __attribute__((aligned(64)));
struct cpu_features cpu_features;

/* The guard page below is left unmapped (kernel_space.c). */
char kernel_stacks[CONFIG_MAX_NUM_NODES][KERNEL_STACK_BYTES]
    __attribute__((aligned(4096), section(".bss.stacks")));

#define IST_STACK_BYTES 4096u
static IN_TRAMPOLINE char ist_stacks[CONFIG_MAX_NUM_NODES][IST_COUNT][IST_STACK_BYTES]
    __attribute__((aligned(16)));

IN_TRAMPOLINE struct trampoline trampolines[CONFIG_MAX_NUM_NODES] __attribute__((aligned(4096)));

/* The entry of each vector, and of system calls: entry.S. */
extern const char arch_trap_stubs[256][TRAP_STUB_BYTES];
void arch_syscall_entry(void);
void arch_syscall_split_entry(void);

/* --- features --- */

#define VENDOR_AMD 0x68747541u   /* "Auth" */
#define VENDOR_HYGON 0x6f677948u /* "Hygo" */

enum cpuid_register { EAX, EBX, ECX, EDX };

struct feature {
    uint32_t leaf;
    enum cpuid_register in;
    uint8_t bit;
    uint32_t cr4; /* turns it on, 0: needs no turning on */
    bool *noted;  /* NULL: the kernel can't do without it */
    const char *name;
};

/* What only decides about others. */
static bool has_invpcid, has_arch_capabilities, has_amd_ibpb, saves_fpu_pointers;

/* boot.S has found long mode, and what comes with it on every processor. */
static const struct feature features[] = {
    { 1, EDX, 9, 0, NULL, "APIC" },
    { 1, EDX, 13, CR4_PGE, NULL, "PGE" },
    { 1, EDX, 24, CR4_OSFXSR, NULL, "FXSAVE" },
    { 1, EDX, 25, CR4_OSXMMEXCPT, NULL, "SSE" },
    { 0x80000001, EDX, 11, 0, NULL, "SYSCALL" },
    { 0x80000001, EDX, 20, 0, NULL, "NX" },
#ifdef CONFIG_XSAVE
    { 1, ECX, 26, CR4_OSXSAVE, NULL, "XSAVE (the kernel is configured for it)" },
#endif
#ifdef CONFIG_FSGSBASE_INST
    { 7, EBX, 0, CR4_FSGSBASE, NULL, "FSGSBASE (the kernel is configured for it)" },
#endif
    { 1, EDX, 14, CR4_MCE, &cpu_features.has_mca, "mca" },
    { 0x80000001, EDX, 26, 0, &cpu_features.has_huge_pages, "1g-pages" },
    { 7, EBX, 7, CR4_SMEP, &cpu_features.has_smep, "smep" },
    { 7, EBX, 20, CR4_SMAP, &cpu_features.has_smap, "smap" },
    { 7, ECX, 2, CR4_UMIP, &cpu_features.has_umip, "umip" },
    { 0xd, EAX, 0, 0, &cpu_features.has_xsaveopt, "xsaveopt" },
    { 1, ECX, 17, CR4_PCIDE, &cpu_features.has_pcid, "pcid" },
    { 7, EBX, 10, 0, &has_invpcid, "invpcid" },
    { 1, ECX, 24, 0, &cpu_features.has_tsc_deadline, "tsc-deadline" },
    { 7, EDX, 10, 0, &cpu_features.has_md_clear, "md-clear" },
    { 7, EDX, 26, 0, &cpu_features.has_ibpb, "ibpb" },
    { 7, EDX, 29, 0, &has_arch_capabilities, "arch-capabilities" },
    { 0x80000008, EBX, 2, 0, &saves_fpu_pointers, "amd-fpu-pointers" },
    { 0x80000008, EBX, 12, 0, &has_amd_ibpb, "amd-ibpb" },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

static bool is_present(const struct feature *f)
{
    struct cpuid r = cpuid(f->leaf, f->leaf == 0xd); /* subleaf 0, but for XSAVE's extensions */
    const uint32_t registers[] = { [EAX] = r.eax, [EBX] = r.ebx, [ECX] = r.ecx, [EDX] = r.edx };

    return cpuid(f->leaf & BIT(31), 0).eax >= f->leaf && (registers[f->in] >> f->bit & 1);
}

static bool is_used(const struct feature *f)
{
    return f->noted == NULL || *f->noted;
}

void cpu_check(void)
{
    struct cpu_features *f = &cpu_features;
    uint32_t vendor = cpuid(0, 0).ebx;

    for (unsigned i = 0; i < FEATURES; i++) {
        bool has = is_present(&features[i]);

        if (features[i].noted != NULL)
            *features[i].noted = has;
        else if (!has)
            boot_fail("the processor lacks %s", features[i].name);
    }
    f->has_pcid &= has_invpcid;
    f->has_ibpb |= has_amd_ibpb;
    f->is_amd = vendor == VENDOR_AMD || vendor == VENDOR_HYGON;
    /*
     * AMD APM vol. 2, 11.4.4: unless an exception is pending, the x87 pointers are neither saved
     * nor loaded.
     */
    f->keeps_fpu_pointers = f->is_amd && !saves_fpu_pointers;
    f->promises = has_arch_capabilities ? rdmsr(MSR_ARCH_CAPABILITIES) : 0;
    klog("cpu:");
    for (unsigned i = 0; i < FEATURES; i++)
        if (features[i].noted != NULL)
            klog(" %s%s", is_used(&features[i]) ? "+" : "-", features[i].name);
    klog("\n");
}

/* --- descriptor tables --- */

#define GDT_KERNEL_CODE UINT64_C(0x00af9b000000ffff) /* 64-bit, present, accessed */
#define GDT_KERNEL_DATA UINT64_C(0x00cf93000000ffff)
#define GDT_USER_DATA UINT64_C(0x00cff3000000ffff)
#define GDT_USER_CODE UINT64_C(0x00affb000000ffff)
#define GDT_TSS_AVAILABLE UINT64_C(0x0000890000000000)

struct PACKED table_register {
    uint16_t limit;
    uint64_t base;
};

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_mid;
    uint32_t offset_high;
    uint32_t reserved;
};

#define GATE_INTERRUPT 0x8e
#define GATE_FOR_USER 0x60 /* DPL 3: the int3 and int instructions may use it */

static IN_TRAMPOLINE struct gate idt[256];

/* USER32_CS stays absent, so that nobody gets into compatibility mode. */
static void gdt_fill(struct trampoline *trampoline, const void *tss_at)
{
    uint64_t tss = (uint64_t)tss_at;

    trampoline->gdt[KERNEL_CS >> 3] = GDT_KERNEL_CODE;
    trampoline->gdt[KERNEL_SS >> 3] = GDT_KERNEL_DATA;
    trampoline->gdt[USER_SS >> 3] = GDT_USER_DATA;
    trampoline->gdt[USER_CS >> 3] = GDT_USER_CODE;
    trampoline->gdt[TSS_SELECTOR >> 3] = GDT_TSS_AVAILABLE | (sizeof(struct tss) - 1) |
                                         (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
    trampoline->gdt[(TSS_SELECTOR >> 3) + 1] = tss >> 32;
}

static void tss_fill(struct tss *tss, const void *rsp0)
{
    for (unsigned i = 0; i < IST_COUNT; i++)
        tss->ist[i] = (word_t)&ist_stacks[0][i][IST_STACK_BYTES];
    tss->rsp0 = (word_t)rsp0;
    tss->io_map = sizeof(struct tss);
}

static void idt_fill(void)
{
    static const uint8_t ist[] = {
        [VECTOR_NMI] = IST_NMI,
        [VECTOR_DEBUG] = HAS_DEBUG_API ? IST_DEBUG : 0, /* breakpoint.c, B-1 */
        [VECTOR_DOUBLE_FAULT] = IST_DOUBLE_FAULT,
        [VECTOR_MACHINE_CHECK] = IST_MACHINE_CHECK,
    };

    for (unsigned v = 0; v < 256; v++) {
        uint64_t entry = (uint64_t)arch_trap_stubs[v];

        idt[v] = (struct gate){
            .offset_low = (uint16_t)entry,
            .selector = KERNEL_CS,
            .ist = v < sizeof(ist) ? ist[v] : 0,
            .type = GATE_INTERRUPT |
                    (v == VECTOR_BREAKPOINT || v >= IRQ_VECTOR_END ? GATE_FOR_USER : 0),
            .offset_mid = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
}

static void tables_load(const struct trampoline *trampoline)
{
    struct table_register gdtr = { sizeof(trampoline->gdt) - 1, (uint64_t)trampoline->gdt };
    struct table_register idtr = { sizeof(idt) - 1, (uint64_t)idt };

    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %2, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%fs\n\t"
                     "movl %%eax, %%gs\n\t"
                     "lldt %%ax\n\t"
                     "movl %3, %%eax\n\t"
                     "ltr %%ax\n\t"
                     "lidt %4"
                     :
                     : "m"(gdtr), "i"(KERNEL_CS), "i"(KERNEL_SS), "i"(TSS_SELECTOR), "m"(idtr)
                     : "rax", "memory");
}

/* --- registers --- */

/*
 * Everything in the flags that the kernel must not inherit from a user; arithmetic flags do no
 * harm.
 */
#define SYSCALL_CLEARS                                                                             \
    (RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | BIT(17) |           \
     RFLAGS_AC | BIT(21))

/*
 * Memory types by index: 0 write back (6), 1 write through (4), 2 uncached unless an MTRR says
 * write combining (7), 3 uncached (0), 4 write combining (1), the rest as after reset: 5 write
 * through, 6 uncached (7), 7 uncached (0).
 */
#define MEMORY_TYPES UINT64_C(0x0007040100070406)

/* Intel SDM vol. 3B, 15.8: have all errors reported. */
static void machine_check_init(void)
{
    if (!cpu_features.has_mca)
        return;
    uint64_t cap = rdmsr(MSR_MCG_CAP);

    if (cap & MCG_CAP_HAS_CTL)
        wrmsr(MSR_MCG_CTL, UINT64_MAX);
    for (unsigned i = 0; i < (cap & MCG_CAP_COUNT); i++) {
        wrmsr(MSR_MC_CTL(i), UINT64_MAX);
        wrmsr(MSR_MC_STATUS(i), 0);
    }
}

static void control_registers_init(void)
{
    word_t cr4 = read_cr4();

    for (unsigned i = 0; i < FEATURES; i++)
        if (is_used(&features[i]))
            cr4 |= features[i].cr4;
    if (protection.is_split)
        cr4 &= ~CR4_PGE; /* no translation of the kernel's stays when users run */
    if (HAS_EXPORT_PMC_USER)
        cr4 |= CR4_PCE;
    write_cr4(cr4);
    write_cr0((read_cr0() & ~(CR0_EM | CR0_CD | CR0_NW)) | CR0_WP | CR0_MP | CR0_NE);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
    wrmsr(MSR_PAT, MEMORY_TYPES);
}

static void syscall_registers_init(void)
{
    wrmsr(MSR_STAR, (uint64_t)KERNEL_CS << 32 | (uint64_t)USER32_CS << 48);
    wrmsr(MSR_LSTAR,
          (uint64_t)(protection.is_split ? arch_syscall_split_entry : arch_syscall_entry));
    wrmsr(MSR_CSTAR, 0);
    wrmsr(MSR_FMASK, SYSCALL_CLEARS);
    /* that instruction is not for users, whatever the firmware left there */
    wrmsr(MSR_SYSENTER_CS, 0);
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, 0);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void cpu_init(void)
{
    struct trampoline *trampoline = this_trampoline();
    struct tss *tss = protection.is_split ? &trampoline->tss : &this_cpu()->arch.tss;

    gdt_fill(trampoline, tss);
    tss_fill(tss, &trampoline->frame + 1); /* if not split, until a thread runs */
    idt_fill();
    tables_load(trampoline);
    trampoline->kernel_cr3 = read_cr3(); /* until it has one, so that a trap finds one */
    machine_check_init();
    control_registers_init();
    syscall_registers_init();
    fpu_init();
}

/* --- the end --- */

NORETURN void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

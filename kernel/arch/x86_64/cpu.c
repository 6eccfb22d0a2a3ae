/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processor's own state. Sources: Intel SDM vol. 3A ch. 2 (control registers), 3.4-3.5 (descriptors), 5.8.8 (syscall),
 * 6.14 (interrupt gates); vol. 2A CPUID.
 */
#include "cpu_init.h"

#include "fastpath.h"

#include "boot.h"
#include "fpu.h"
#include "klog.h"
#include "machine.h"
#include "protect.h"
#include "vectors.h"

struct cpu cpus[CONFIG_MAX_NUM_NODES];
struct cpu_features cpu_features;

/* The guard page below is left unmapped (kernel_space.c). */
char kernel_stacks[CONFIG_MAX_NUM_NODES][KERNEL_STACK_BYTES] __attribute__((aligned(4096), section(".bss.stacks")));

#define IST_STACK_BYTES 4096u
static IN_WINDOW char ist_stacks[CONFIG_MAX_NUM_NODES][IST_COUNT][IST_STACK_BYTES] __attribute__((aligned(16)));

IN_WINDOW struct window windows[CONFIG_MAX_NUM_NODES] __attribute__((aligned(4096)));

/* The entry of each vector, and of system calls: entry.S. */
extern const char arch_trap_stubs[256][TRAP_STUB_BYTES];
void arch_syscall_entry(void);
void arch_syscall_slow_entry(void);
void arch_syscall_split_entry(void);

/* --- features --- */

#define CPUID_1_ECX_PCID BIT(17)
#define CPUID_1_ECX_TSC_DEADLINE BIT(24)
#define CPUID_1_ECX_XSAVE BIT(26)
#define CPUID_7_EBX_FSGSBASE BIT(0)
#define CPUID_7_EBX_SMEP BIT(7)
#define CPUID_7_EBX_SMAP BIT(20)
#define CPUID_7_ECX_UMIP BIT(2)
#define CPUID_7_EBX_INVPCID BIT(10)
#define CPUID_7_EDX_MD_CLEAR BIT(10)
#define CPUID_7_EDX_IBPB BIT(26)
#define CPUID_7_EDX_ARCH_CAPABILITIES BIT(29)
#define CPUID_EXT8_EBX_IBPB BIT(12)
#define CPUID_EXT8_EBX_XSAVEERPTR BIT(2)
#define CPUID_EXT_EDX_HUGE_PAGES BIT(26)
#define VENDOR_AMD 0x68747541u   /* "Auth" */
#define VENDOR_HYGON 0x6f677948u /* "Hygo" */

struct needed_feature {
    uint32_t leaf;
    bool in_ecx; /* else in EDX */
    uint8_t bit;
    const char *name;
};

static const struct needed_feature needed[] = {
    { 1, false, 0, "x87" },       { 1, false, 3, "PSE" },  { 1, false, 4, "TSC" },   { 1, false, 5, "MSR" },
    { 1, false, 6, "PAE" },       { 1, false, 9, "APIC" }, { 1, false, 13, "PGE" },  { 1, false, 24, "FXSAVE" },
    { 1, false, 25, "SSE" },      { 1, false, 26, "SSE2" },
    { 0x80000001, false, 11, "SYSCALL" }, { 0x80000001, false, 20, "NX" }, { 0x80000001, false, 29, "long mode" },
#ifdef CONFIG_XSAVE
    { 1, true, 26, "XSAVE (the kernel is configured for it)" },
#endif
};

static void check_needed(void)
{
    for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        struct cpuid r = cpuid(needed[i].leaf, 0);

        if (((needed[i].in_ecx ? r.ecx : r.edx) >> needed[i].bit & 1) == 0)
            boot_fail("the processor lacks %s", needed[i].name);
    }
}

static void read_features(void)
{
    struct cpu_features *f = &cpu_features;
    struct cpuid one = cpuid(1, 0);
    struct cpuid seven = cpuid(0, 0).eax >= 7 ? cpuid(7, 0) : (struct cpuid){ 0 };
    uint32_t ext_max = cpuid(0x80000000, 0).eax;
    uint32_t ext8_ebx = ext_max >= 0x80000008 ? cpuid(0x80000008, 0).ebx : 0;
    uint32_t vendor = cpuid(0, 0).ebx;

    f->has_huge_pages = cpuid(0x80000001, 0).edx & CPUID_EXT_EDX_HUGE_PAGES;
    f->has_invariant_tsc = ext_max >= 0x80000007 && (cpuid(0x80000007, 0).edx & BIT(8));
    f->has_pat = one.edx & BIT(16);
    f->has_pcid = (one.ecx & CPUID_1_ECX_PCID) && (seven.ebx & CPUID_7_EBX_INVPCID);
    f->is_amd = vendor == VENDOR_AMD || vendor == VENDOR_HYGON;
    f->has_md_clear = seven.edx & CPUID_7_EDX_MD_CLEAR;
    f->has_ibpb = (seven.edx & CPUID_7_EDX_IBPB) || (ext8_ebx & CPUID_EXT8_EBX_IBPB);
    f->promises = seven.edx & CPUID_7_EDX_ARCH_CAPABILITIES ? rdmsr(MSR_ARCH_CAPABILITIES) : 0;
    /* AMD APM vol. 2, 11.4.4: unless an exception is pending, the x87 pointers are neither saved nor loaded. */
    f->keeps_fpu_pointers = f->is_amd && !(ext8_ebx & CPUID_EXT8_EBX_XSAVEERPTR);
    f->has_tsc_deadline = one.ecx & CPUID_1_ECX_TSC_DEADLINE;
    f->has_xsave = one.ecx & CPUID_1_ECX_XSAVE;
    f->has_fsgsbase = seven.ebx & CPUID_7_EBX_FSGSBASE;
    f->has_smep = seven.ebx & CPUID_7_EBX_SMEP;
    f->has_smap = seven.ebx & CPUID_7_EBX_SMAP;
    f->has_umip = seven.ecx & CPUID_7_ECX_UMIP;
    f->has_xsaveopt = f->has_xsave && cpuid(0, 0).eax >= 0xd && (cpuid(0xd, 1).eax & BIT(0));
}

void cpu_check(void)
{
    check_needed();
    read_features();
#ifdef CONFIG_FSGSBASE_INST
    if (!cpu_features.has_fsgsbase)
        boot_fail("the processor lacks FSGSBASE (the kernel is configured for it)");
#endif
    fpu_check();
}

static void log_feature(const char *name, bool has)
{
    klog(" %s%s", has ? "+" : "-", name);
}

void cpu_log(void)
{
    const struct cpu_features *f = &cpu_features;

    klog("cpu:");
    log_feature("1g-pages", f->has_huge_pages);
    log_feature("smep", f->has_smep);
    log_feature("smap", f->has_smap);
    log_feature("umip", f->has_umip);
    log_feature("fsgsbase", f->has_fsgsbase);
    log_feature("xsave", f->has_xsave);
    log_feature("xsaveopt", f->has_xsaveopt);
    log_feature("pcid", f->has_pcid);
    log_feature("tsc-deadline", f->has_tsc_deadline);
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
#define GATE_FOR_USER 0x60 /* DPL 3: the int3 instruction may use it */

static IN_WINDOW struct gate idt[256];

static void gdt_fill(struct window *w)
{
    uint64_t tss = (uint64_t)&w->tss;

    w->gdt[0] = 0;
    w->gdt[KERNEL_CS >> 3] = GDT_KERNEL_CODE;
    w->gdt[KERNEL_SS >> 3] = GDT_KERNEL_DATA;
    w->gdt[USER32_CS >> 3] = 0; /* absent, so that nobody gets into compatibility mode */
    w->gdt[USER_SS >> 3] = GDT_USER_DATA;
    w->gdt[USER_CS >> 3] = GDT_USER_CODE;
    w->gdt[TSS_SELECTOR >> 3] = GDT_TSS_AVAILABLE | (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
    w->gdt[(TSS_SELECTOR >> 3) + 1] = tss >> 32;
}

static void tss_fill(struct window *w, unsigned core)
{
    for (unsigned i = 0; i < IST_COUNT; i++)
        w->tss.ist[i] = (word_t)&ist_stacks[core][i][IST_STACK_BYTES];
    w->tss.rsp0 = (word_t)&kernel_stacks[core][KERNEL_STACK_BYTES]; /* until a thread runs */
    w->tss.io_map = sizeof(struct tss);
}

static uint8_t vector_ist(unsigned vector)
{
    if (vector == VECTOR_NMI)
        return IST_NMI;
    if (HAS_DEBUG_API && vector == VECTOR_DEBUG)
        return IST_DEBUG; /* breakpoint.c, B-1 */
    if (vector == VECTOR_DOUBLE_FAULT)
        return IST_DOUBLE_FAULT;
    return vector == VECTOR_MACHINE_CHECK ? IST_MACHINE_CHECK : 0;
}

static void idt_fill(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint64_t entry = (uint64_t)arch_trap_stubs[v];

        idt[v] = (struct gate){
            .offset_low = (uint16_t)entry,
            .selector = KERNEL_CS,
            .ist = vector_ist(v),
            .type = GATE_INTERRUPT | (v == 3 || v == 4 ? GATE_FOR_USER : 0),
            .offset_mid = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
}

static void tables_load(const struct window *w)
{
    struct table_register gdtr = { sizeof(w->gdt) - 1, (uint64_t)w->gdt };
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

/* Everything in the flags that the kernel must not inherit from a user; arithmetic flags do no harm. */
#define SYSCALL_CLEARS                                                                                                 \
    (RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | BIT(17) | RFLAGS_AC | BIT(21))

static void control_registers_init(void)
{
    word_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

    if (!protection.is_split)
        cr4 |= CR4_PGE; /* else no translation of the kernel's stays when users run */
    if (cpu_features.has_pcid)
        cr4 |= CR4_PCIDE;
    if (cpu_features.has_smep)
        cr4 |= CR4_SMEP;
    if (cpu_features.has_smap)
        cr4 |= CR4_SMAP;
    if (cpu_features.has_umip)
        cr4 |= CR4_UMIP;
#ifdef CONFIG_FSGSBASE_INST
    cr4 |= CR4_FSGSBASE;
#endif
#ifdef CONFIG_XSAVE
    cr4 |= CR4_OSXSAVE;
#endif
#ifdef CONFIG_EXPORT_PMC_USER
    cr4 |= CR4_PCE;
#endif
    write_cr4(cr4);
    write_cr0((read_cr0() & ~(CR0_EM | CR0_CD | CR0_NW)) | CR0_WP | CR0_MP | CR0_NE);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
}

static void syscall_registers_init(void)
{
    wrmsr(MSR_STAR, (uint64_t)KERNEL_CS << 32 | (uint64_t)USER32_CS << 48);
    if (protection.is_split)
        wrmsr(MSR_LSTAR, (uint64_t)arch_syscall_split_entry);
    else
        wrmsr(MSR_LSTAR, (uint64_t)(fastpath_is_off ? arch_syscall_slow_entry : arch_syscall_entry));
    wrmsr(MSR_CSTAR, 0);
    wrmsr(MSR_FMASK, SYSCALL_CLEARS);
    wrmsr(MSR_SYSENTER_CS, 0); /* that instruction is not for users, whatever the firmware left there */
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, 0);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void cpu_init(void)
{
    gdt_fill(this_window());
    tss_fill(this_window(), 0);
    idt_fill();
    tables_load(this_window());
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

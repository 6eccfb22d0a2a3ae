/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: Intel SDM vol. 1, 10.5 (FXSAVE), ch. 13 (XSAVE). XSAVEOPT is safe here although areas
 * come and go: an area is saved to only by the thread whose XRSTOR from that very area was the last
 * one at our privilege level (13.8.3).
 */
#include "fpu.h"

#include "arch.h"
#include "boot.h"
#include "cpu_init.h"
#include "protect.h"

#define FCW_RESET 0x37fu
#define MXCSR_RESET 0x1f80u

struct fpu_area {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
};

static void fpu_enable(void)
{
    if (!HAS_XSAVE)
        return;
    struct cpuid d = cpuid(0xd, 0);
    uint64_t has = d.eax | (uint64_t)d.edx << 32;

    if ((has & CONFIG_XSAVE_FEATURE_SET) != CONFIG_XSAVE_FEATURE_SET)
        boot_fail("the processor's XSAVE features 0x%lx lack some of the configured 0x%x", has,
                  CONFIG_XSAVE_FEATURE_SET);
    __asm__ volatile("xsetbv" : : "c"(0), "a"(CONFIG_XSAVE_FEATURE_SET), "d"(0));
    d = cpuid(0xd, 0); /* ebx: the size of what is enabled */
    if (d.ebx > CONFIG_XSAVE_SIZE)
        boot_fail("the FPU state has %u bytes, more than the configured %u", d.ebx,
                  (unsigned)CONFIG_XSAVE_SIZE);
}

/* An instruction on the state at `area`, of the features that the kernel is configured for. */
#define ON_AREA(instruction)                                                                       \
    __asm__ volatile(instruction " (%0)"                                                           \
                     :                                                                             \
                     : "r"(area), "a"(CONFIG_XSAVE_FEATURE_SET), "d"(0)                            \
                     : "memory")

static void fpu_save(void *area)
{
    if (HAS_XSAVE && cpu_features.has_xsaveopt)
        ON_AREA("xsaveopt64");
    else if (HAS_XSAVE)
        ON_AREA("xsave64");
    else
        ON_AREA("fxsave64");
}

static void fpu_load(const void *area)
{
    if (HAS_XSAVE)
        ON_AREA("xrstor64");
    else
        ON_AREA("fxrstor64");
}

/*
 * Where loading doesn't, make the x87 pointers ours, so that no thread sees where another's last
 * instruction was.
 */
static void fpu_hide_pointers(void)
{
    static const int32_t anything;

    if (cpu_features.keeps_fpu_pointers)
        __asm__ volatile("fnclex; emms; fildl %0" : : "m"(anything));
}

static void fpu_off(struct cpu *cpu)
{
    write_cr0(read_cr0() | CR0_TS);
    cpu->arch.fpu_is_on = false;
}

void fpu_init(void)
{
    clts();
    fpu_enable();
    __asm__ volatile("fninit");
    fpu_off(this_cpu());
}

/*
 * The state after reset. The XSAVE header stays zero: no component is in the area, so all take
 * their initial state on load, but for MXCSR, which is always taken from memory. FXRSTOR reads all
 * of it: an empty x87 stack has tag word 0 there.
 */
void fpu_area_init(struct tcb *t)
{
    struct fpu_area *area = tcb_fpu(t);

    area->fcw = FCW_RESET;
    area->mxcsr = MXCSR_RESET;
}

static void fpu_evict(struct cpu *cpu)
{
    struct tcb *owner = cpu->arch.fpu_owner;

    if (owner == NULL)
        return;
    clts();
    fpu_save(tcb_fpu(owner));
    cpu->arch.fpu_owner = NULL;
}

static void fpu_take(struct cpu *cpu, struct tcb *t)
{
    clts();
    if (cpu->arch.fpu_owner != t) {
        fpu_evict(cpu);
        fpu_hide_pointers();
        fpu_load(tcb_fpu(t));
        cpu->arch.fpu_owner = t;
    }
    cpu->arch.fpu_is_on = true;
}

/*
 * Nobody's state is in the registers that has to be kept; with an eager FPU it has to be
 * overwritten at the next switch.
 */
static void fpu_disown(struct cpu *cpu)
{
    cpu->arch.fpu_owner = NULL;
    fpu_off(cpu);
    cpu->arch.fpu_is_on = protection.eager_fpu;
}

/* The same with an eager FPU. A function of its own, so that the lazy one keeps few registers. */
static __attribute__((noinline, no_caller_saved_registers)) void fpu_change_eager(void)
{
    struct cpu *cpu = this_cpu();
    struct tcb *to = cpu->current;

    if (to == cpu->arch.fpu_owner || to == cpu->idle)
        return;
    fpu_take(cpu, to);
    if (!(to->arch_flags & ARCH_FLAG_FPU_USED)) { /* what is loaded is the state after reset */
        cpu->arch.fpu_owner = NULL;
        fpu_off(cpu);
    } else if (to->flags & TCB_FLAG_FPU_DISABLED) {
        fpu_disown(cpu);
    }
}

void fpu_change(void)
{
    struct cpu *cpu = this_cpu();

    if (protection.eager_fpu) {
        fpu_change_eager();
    } else if (cpu->current == cpu->arch.fpu_owner) {
        clts();
        cpu->arch.fpu_is_on = true;
    } else {
        fpu_off(cpu);
    }
}

bool arch_fpu_trap(struct tcb *t)
{
    if (t->flags & TCB_FLAG_FPU_DISABLED)
        return false;
    fpu_take(this_cpu(), t);
    t->arch_flags |= ARCH_FLAG_FPU_USED;
    return true;
}

void arch_flags_changed(struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    if (!(t->flags & TCB_FLAG_FPU_DISABLED) || cpu->arch.fpu_owner != t)
        return;
    fpu_evict(cpu);
    fpu_disown(cpu);
}

void arch_tcb_forget(struct tcb *t)
{
    if (this_cpu()->arch.fpu_owner == t)
        fpu_disown(this_cpu());
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* From one thread to another: address space, thread registers, where traps save, FPU. */
#include "breakpoint.h"
#include "fpu.h"
#include "machine.h"
#include "sched.h"
#include "switch.h"

_Static_assert((offsetof(struct tcb, ctx) + sizeof(struct arch_context)) % 16 == 0,
               "the processor aligns rsp0");

void arch_switch(struct tcb *from, struct tcb *to)
{
    struct cpu *cpu = this_cpu();

    switch_bases(cpu, from, to); /* for idle too: it saves what it finds, and loads what it saved */
    if (to != cpu->idle) {
        switch_space(cpu, to->space.cr3 != 0 ? to->space.cr3 : this_trampoline()->kernel_cr3);
        cpu->arch.tss.rsp0 = (word_t)(&to->ctx + 1);
    }
    fpu_switch(cpu, to);
    breakpoint_switch(cpu, to);
}

/* The data segments' selectors. A load of fs or gs may lose its base. */
void arch_domain_entered(void)
{
    word_t fs = rdmsr(MSR_FS_BASE), gs = rdmsr(MSR_GS_BASE);

    __asm__ volatile("movl %0, %%ds\n\t"
                     "movl %0, %%es\n\t"
                     "movl %0, %%fs\n\t"
                     "movl %0, %%gs"
                     :
                     : "r"(0));
    wrmsr(MSR_FS_BASE, fs);
    wrmsr(MSR_GS_BASE, gs);
}

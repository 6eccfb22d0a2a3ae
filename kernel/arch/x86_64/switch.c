/* SPDX-License-Identifier: BSD-2-Clause */
/* From one thread to another: address space, thread registers, where traps save, FPU. */
#include "breakpoint.h"
#include "fpu.h"
#include "machine.h"
#include "switch.h"

_Static_assert((offsetof(struct tcb, ctx) + sizeof(struct arch_context)) % 16 == 0, "the processor aligns rsp0");

void arch_switch(struct tcb *from, struct tcb *to)
{
    struct cpu *cpu = this_cpu();

    switch_bases(cpu, from, to); /* for idle too: it saves what it finds, and loads what it saved */
    if (to != cpu->idle) {
        switch_space(cpu, to->space.cr3 != 0 ? to->space.cr3 : this_window()->kernel_cr3);
        cpu->arch.tss.rsp0 = (word_t)(&to->ctx + 1);
    }
    fpu_switch(cpu, to);
    breakpoint_switch(cpu, to);
}

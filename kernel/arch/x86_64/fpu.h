/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lazy FPU switching: state is switched when it is used. The registers keep the state of
 * cpu.arch.fpu_owner until another thread touches the FPU. CR0.TS is clear only while the owner
 * runs, so any other thread's first use traps (exception 7). With an eager FPU the registers never
 * hold another's state: who leaves them has it saved, and who comes has its own loaded.
 */
#pragma once

#include "cpu.h"
#include "machine.h"
#include "protect.h"

/*
 * Turn the FPU on as configured, with nobody owning it; refuse a processor whose FPU state doesn't
 * fit. CR4 is set up.
 */
void fpu_init(void);

/* Make the save area of a fresh (zeroed) TCB hold the state after reset. */
void fpu_area_init(struct tcb *t);

/*
 * The current thread t has trapped with exception 7: give it the FPU. False: it may not use it,
 * deliver the exception.
 */
bool arch_fpu_trap(struct tcb *t);

/*
 * The current thread runs next on this core, and is the FPU's owner, or the FPU is on. Called by
 * fpu_switch() only; keeps all registers.
 */
__attribute__((no_caller_saved_registers, used)) void fpu_change(void);

/* `to`, current, runs next on this core. */
static inline void fpu_switch(const struct cpu *cpu, const struct tcb *to)
{
    /*
     * A no-clobber call: the compiler is told that all registers are kept, so that the rare case
     * costs the others nothing.
     */
    if (cpu->arch.fpu_is_on || cpu->arch.fpu_owner == to)
        __asm__ volatile("call fpu_change" : : : "memory", "cc");
}

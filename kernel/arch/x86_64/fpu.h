/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FPU state, switched when it is used: the registers keep the state of cpu.arch.fpu_owner until another thread touches the
 * FPU. CR0.TS is clear only while the owner runs, so any other thread's first use traps (exception 7).
 */
#pragma once

#include "cpu.h"
#include "machine.h"

/* Refuse a processor whose FPU state doesn't fit the configuration. */
void fpu_check(void);
/* Turn the FPU on as configured, with nobody owning it. CR4 is set up. */
void fpu_init(void);

/* Make the save area of a fresh (zeroed) TCB hold the state after reset. */
void fpu_area_init(struct tcb *t);

/* The current thread t has trapped with exception 7: give it the FPU. False: it may not use it, deliver the exception. */
bool arch_fpu_trap(struct tcb *t);

/* `to` runs next on this core. */
static inline void fpu_switch(struct cpu *cpu, const struct tcb *to)
{
    bool is_on = cpu->arch.fpu_owner == to;

    if (likely(is_on == cpu->arch.fpu_is_on))
        return;
    cpu->arch.fpu_is_on = is_on;
    if (is_on)
        clts();
    else
        write_cr0(read_cr0() | CR0_TS);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breakpoints, watchpoints and single-stepping of threads (CONFIG_HARDWARE_DEBUG_API; Intel SDM
 * vol. 3B, 18). The debug registers hold what the current thread has set, and nothing while a
 * thread without breakpoints runs.
 */
#pragma once

#include "arch.h"
#include "machine.h"

/* Debug exception (vector 1) or int3 (vector 3) of the current thread (t), from user mode. */
void breakpoint_trap(struct tcb *t);
void breakpoint_software(void);
/*
 * Debug exception in kernel mode: a watchpoint that a user delayed until the kernel was entered
 * (mov ss). Forget it.
 */
void breakpoint_ignore(void);

/* Make the debug registers those of t. */
void breakpoint_load(struct cpu *cpu, const struct tcb *t);

/* `to` runs next on this core. */
static inline void breakpoint_switch(struct cpu *cpu, const struct tcb *to)
{
    if (HAS_DEBUG_API && unlikely(cpu->arch.has_breakpoints || to->debug.control != 0))
        breakpoint_load(cpu, to);
}

/* The flags register as it has to be for t: who steps a thread owns its trap flag. */
static inline word_t breakpoint_flags(const struct tcb *t, word_t flags)
{
    return HAS_DEBUG_API && t->debug.step_count != 0 ? flags | RFLAGS_TF : flags;
}

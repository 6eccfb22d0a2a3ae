/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable kernel's doors, called by the architecture's entry code with interrupts off, on the core's kernel stack, the
 * current thread's registers saved in its TCB. When one returns, this_cpu()->current is the thread to resume.
 */
#pragma once

#include "arch.h"

/* A system call by number (negative as in SYS_*); registers hold its operands. */
void entry_syscall(sword_t number);
/*
 * t calls the object in slot, with a request that concerns neither time nor other threads; what its message names is there. It
 * has its answer afterwards, or makes the call again (preempted: what waits comes first).
 */
void entry_object(struct tcb *t, struct slot *slot, word_t tag);
/* Interrupt irq has arrived (already mapped from its vector); IRQ_NONE: a spurious one. */
void entry_irq(unsigned irq);
/* The core's timer has gone off. */
void entry_timer(void);
/* The current thread touched what it may not: address, status word, on an instruction fetch? */
void entry_page_fault(word_t addr, word_t status, bool is_fetch);
/* The current thread raised exception number with error code. */
void entry_exception(word_t number, word_t code);
/* The current thread raised *f and is behind the instruction that did it, which will not do it again. */
void entry_trap(const struct fault *f);

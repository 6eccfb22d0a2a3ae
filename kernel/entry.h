/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The portable kernel's doors, called by the architecture's entry code with interrupts off, on the
 * core's kernel stack, the current thread's registers saved in its TCB. When one returns,
 * this_cpu()->current is the thread to resume.
 */
#pragma once

#include "arch.h"

/* A system call by number (negative as in SYS_*); registers hold its operands. */
void entry_syscall(sword_t number);
/*
 * t calls the untyped, CNode or architecture's object in slot; inv->extra has the slots that the
 * message names, nothing else of inv is set. False: nothing was done, since the request may concern
 * time or other threads. Else t has its answer, or makes the call again (preempted: what waits
 * comes first).
 */
bool entry_object(struct inv *inv, struct tcb *t, struct slot *slot, word_t tag);
/* t, current, has made a system call with a positive number: those are nobody's. */
void entry_unknown(struct tcb *t, sword_t number);
/* Interrupt irq has arrived (already mapped from its vector); IRQ_NONE: a spurious one. */
void entry_irq(unsigned irq);
/* The core's timer has gone off. */
void entry_timer(void);
/* The current thread touched what it may not: address, status word, on an instruction fetch? */
void entry_page_fault(word_t addr, word_t status, bool is_fetch);
/* The current thread raised exception number with error code. */
void entry_exception(word_t number, word_t code);
/*
 * The current thread raised *f and is behind the instruction that did it, which will not do it
 * again.
 */
void entry_trap(const struct fault *f);

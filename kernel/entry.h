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
/* Interrupt irq has arrived (already mapped from its vector). */
void entry_irq(unsigned irq);
/* The core's timer has gone off. */
void entry_timer(void);
/*
 * The current thread has raised a fault of this type: FAULT_VM, which touched addr, with its status
 * as code, on an instruction fetch or not; or FAULT_USER_EXCEPTION, number addr.
 */
void entry_fault(unsigned type, word_t addr, word_t code, bool is_fetch);
/*
 * The current thread raised *f and is behind the instruction that did it, which will not do it
 * again.
 */
void entry_trap(const struct fault *f);

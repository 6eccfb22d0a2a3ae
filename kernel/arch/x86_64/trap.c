/* SPDX-License-Identifier: BSD-2-Clause */
/* From the entry code's vectors and numbers to the portable kernel's doors. */
#include "arch_irq.h"
#include "backtrace.h"
#include "breakpoint.h"
#include "cpu_init.h"
#include "entry.h"
#include "fpu.h"
#include "lapic.h"
#include "machine.h"
#include "msr.h"
#include "switch.h"

/* error code */
#define PAGE_FAULT_PRESENT 1u
#define PAGE_FAULT_FETCH 16u

/* entry.S calls these; the registers are saved in the current thread's TCB */
void arch_syscall_c(sword_t number);
void arch_exception_c(word_t vector);
void arch_interrupt_c(word_t vector);
/* a debug exception from user mode, saved at *c on a stack of its own */
void arch_debug_trap_c(struct arch_context *c);
/* ... or at *c on the kernel stack */
void arch_kernel_trap_c(struct arch_context *c, word_t vector);

void arch_syscall_c(sword_t number)
{
    arch_entered_by_call(this_cpu()->current);
    entry_syscall(number);
}

/*
 * Whether a page was there tells a user something about the kernel's half, so it is hidden there. A
 * fetch is told apart only where that matters: from a page that is there but not executable.
 */
static void page_fault(const struct tcb *t)
{
    word_t addr = read_cr2();
    word_t status = t->ctx.error;

    if (!arch_is_user_address(addr))
        status &= ~(word_t)PAGE_FAULT_PRESENT;
    if (!(status & PAGE_FAULT_PRESENT))
        status &= ~(word_t)PAGE_FAULT_FETCH;
    entry_fault(FAULT_VM, addr, status, (status & PAGE_FAULT_FETCH) != 0);
}

/* The current thread has raised this by an instruction. Apart: exceptions need no stack for it. */
APART static void trap(unsigned fault_type, word_t number)
{
    entry_trap(&(struct fault){ .type = (uint8_t)fault_type, .addr = number });
}

/* A trap, unlike a system call, restores every register, and leaves the user's AC. */
static inline struct tcb *entered_by_trap(void)
{
    struct tcb *t = this_cpu()->current;

    t->arch_flags |= ARCH_FLAG_IRET;
    if (cpu_features.has_smap)
        clac();
    return t;
}

void arch_exception_c(word_t vector)
{
    struct tcb *t = entered_by_trap();

    if (vector == VECTOR_PAGE_FAULT)
        page_fault(t);
    else if (HAS_DEBUG_API && vector == VECTOR_BREAKPOINT)
        breakpoint_software();
    else if (vector == VECTOR_BREAKPOINT || vector == VECTOR_DEBUG)
        trap(FAULT_USER_EXCEPTION, vector);
    else if (vector != VECTOR_NO_FPU || !arch_fpu_trap(t))
        entry_fault(FAULT_USER_EXCEPTION, vector, t->ctx.error, false);
}

void arch_debug_trap_c(struct arch_context *c)
{
    struct tcb *t = entered_by_trap();

    t->ctx = *c;
    *c = (struct arch_context){ 0 }; /* other users may be shown that stack */
    breakpoint_trap(t);
}

/*
 * By an instruction, as long as a system call and as unknown, unless a device was set up for it by
 * whoever ran before us. As upstream, the number that the fault's handler is told has the vector in
 * its fourth byte.
 */
APART static void unassigned(word_t vector)
{
    struct tcb *t = this_cpu()->current;
    int32_t number = (int32_t)(vector << 24 | (t->ctx.rax & 0xffffff));

    if (lapic_in_service((unsigned)vector)) {
        lapic_eoi();
        return;
    }
    arch_repeat_call(t);
    trap(FAULT_UNKNOWN_SYSCALL, (word_t)number);
}

void arch_interrupt_c(word_t vector)
{
    unsigned irq = (unsigned)vector - IRQ_VECTOR_BASE;

    entered_by_trap();
    if (irq < ARCH_IRQ_COUNT) {
        if (arch_irq_eoi(irq))
            entry_irq(irq);
    } else if (vector == TIMER_VECTOR) {
        lapic_eoi();
        entry_timer();
    } else {
        unassigned(vector);
    }
}

void arch_kernel_trap_c(struct arch_context *c, word_t vector)
{
    if (HAS_DEBUG_API && vector == VECTOR_DEBUG) {
        breakpoint_ignore();
        return;
    }
    if (!msr_trap_fixup(&c->rip))
        panic_trap(c, vector);
}

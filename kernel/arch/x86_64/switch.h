/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of a thread switch, for switch.c and the fast path. */
#pragma once

#include "arch.h"
#include "breakpoint.h"
#include "fpu.h"
#include "machine.h"
#include "protect.h"

/* cr3 becomes the loaded address space; nothing happens when it is already. */
static inline void switch_space(struct cpu *cpu, word_t cr3)
{
    if (cpu->arch.cr3 != cr3) {
        cpu->arch.cr3 = cr3;
        load_user_cr3(cr3);
    }
}

/*
 * Leave from's thread registers (fs and gs base) for to's. Users may write them themselves when
 * there are instructions for it; then only the processor knows them. Without those, a user can
 * still make a base 0 by loading the selector, so what is loaded now is what we loaded last, or 0.
 */
static inline void switch_bases(struct cpu *cpu, struct tcb *from, const struct tcb *to)
{
    if (HAS_FSGSBASE_INST) {
        from->tls_base = rdfsbase();
        from->gs_base = rdgsbase();
        write_fs_base(to->tls_base);                /* hardly ever the same */
        if (unlikely(from->gs_base != to->gs_base)) /* hardly ever another */
            write_gs_base_from(&to->gs_base);
        return;
    }
    if ((cpu->arch.fs_base | to->tls_base) != 0)
        write_fs_base(to->tls_base);
    if (unlikely((cpu->arch.gs_base | to->gs_base) != 0))
        write_gs_base(to->gs_base);
    cpu->arch.fs_base = to->tls_base;
    cpu->arch.gs_base = to->gs_base;
}

/* Set the timer to cpu.timer_deadline: a no-clobber call, as that of fpu_switch(). */
static inline void arch_set_timer_apart(void)
{
    __asm__ volatile("call timer_set_apart" : : : "memory", "cc");
}

/* t, current, came by a system call: it need not get rcx and r11 back. */
static inline void arch_entered_by_call(struct tcb *t)
{
    t->arch_flags &= (uint8_t)~ARCH_FLAG_IRET;
}

/*
 * Leave a fast path (fastpath.h: which is for what). None of these comes back; they say they do so
 * that the compiler makes tail calls of them. The registers that functions keep are still the
 * user's then, and need not have been saved before (entry.S says in which calls they are):
 * arch_fast_exit()     resume t, now current, from the system call that it is in; the caller's
 *                      registers are all saved
 * arch_message_exit()  the same, where t gets a message with badge and tag: these need not be in
 * its registers yet
 * arch_switch_exit()   the same as the first after a call by `from` that has not all of them saved
 *                      yet
 * arch_blocked_exit()  the same if t may have been doing anything else
 * arch_same_exit()     resume t, which made the call and did not get more than a badge
 * arch_answer_exit()   resume t, which made the call and has its answer
 * arch_fast_missed()   take the slow path
 * arch_call_missed()   the same where all of the caller's registers are saved
 * After arch_same_exit() and arch_answer_exit(), t goes on behind its call, or makes it again after
 * arch_repeat_call().
 */
NORETURN struct tcb *arch_fast_exit(struct tcb *t);
struct tcb *arch_message_exit(word_t badge, word_t tag, struct tcb *from, const void *reply,
                              struct tcb *t);
struct tcb *arch_switch_exit(struct tcb *t, struct tcb *from);
struct tcb *arch_blocked_exit(struct tcb *t, struct tcb *from);
struct tcb *arch_same_exit(struct tcb *t);
struct tcb *arch_answer_exit(struct tcb *t);
struct tcb *arch_fast_missed(void);
NORETURN struct tcb *arch_call_missed(void);
NORETURN struct tcb *arch_exit(void); /* resume the current thread, whatever it was doing */

/* As arch_switch(), between two threads with good address spaces; `to` becomes current. */
static inline void arch_fast_switch(struct tcb *from, struct tcb *to)
{
    struct cpu *cpu = this_cpu();

    cpu->current = to;
    cpu->arch.tss.rsp0 = (word_t)(&to->ctx + 1);
    switch_space(cpu, to->space.cr3);
    switch_bases(cpu, from, to);
    fpu_switch(cpu, to);
    breakpoint_switch(cpu, to);
}

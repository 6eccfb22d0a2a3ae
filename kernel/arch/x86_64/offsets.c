/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets for assembly: the build turns the "->" lines of this file's compiled form into
 * gen/offsets.h. The compiler computes them, so nothing is run, for another processor least of all;
 * the way is that of Linux's asm-offsets.
 */
#include <stddef.h>

#include "cpu.h"
#include "protect.h"

#define VALUE(name, value) __asm__ volatile("\n->" #name " %0" ::"i"(value))
#define OFFSET(name, type, field) VALUE(name, offsetof(type, field))
#define REGISTER(name) OFFSET(TCB_##name, struct tcb, ctx.name)

void offsets(void);

void offsets(void)
{
    OFFSET(TCB_r15, struct tcb, ctx.msg_down[0]);
    OFFSET(TCB_r9, struct tcb, ctx.msg_down[1]);
    OFFSET(TCB_r8, struct tcb, ctx.msg_down[2]);
    OFFSET(TCB_r10, struct tcb, ctx.msg_down[3]);
    REGISTER(rsi);
    REGISTER(rdi);
    REGISTER(r14);
    REGISTER(r13);
    REGISTER(r12);
    REGISTER(rdx);
    REGISTER(rbp);
    REGISTER(rbx);
    REGISTER(rax);
    REGISTER(rcx);
    REGISTER(r11);
    REGISTER(error);
    REGISTER(rip);
    REGISTER(cs);
    REGISTER(rflags);
    REGISTER(rsp);
    OFFSET(TCB_CTX, struct tcb, ctx);
    OFFSET(TCB_ARCH_FLAGS, struct tcb, arch_flags);
    OFFSET(TCB_UPCALL, struct tcb, upcall_entry);
    OFFSET(TCB_CSPACE_COUNT, struct tcb, fast.cspace_count);
    OFFSET(TCB_CSPACE_MASK, struct tcb, fast.cspace_mask);
    OFFSET(TCB_CSPACE_SLOTS, struct tcb, fast.cspace_slots);
    OFFSET(TCB_MARKED_COUNT, struct tcb, fast.marked_count);
    VALUE(SLOT_BITS, SLOT_BITS);
    VALUE(SYS_CALL, SYS_CALL);
    VALUE(SYS_REPLY_RECV, SYS_REPLY_RECV);
    VALUE(SYS_SEND, SYS_SEND);
    VALUE(SYS_NB_SEND, SYS_NB_SEND);
    VALUE(SYS_NB_WAIT, SYS_NB_WAIT);
    VALUE(SYS_YIELD, SYS_YIELD);
    VALUE(SYS_COPY, (sword_t)MYELIN_SYS_COPY);
    VALUE(SYS_UNTIL_CALL, (sword_t)MYELIN_SYS_CALL);
    VALUE(SYS_UNTIL_WAIT, (sword_t)MYELIN_SYS_WAIT);
    OFFSET(CPU_CURRENT, struct cpu, current);
    OFFSET(CPU_READY_TOP, struct cpu, ready[0].top);
    OFFSET(CPU_IDLE, struct cpu, idle);
    OFFSET(CPU_CR3, struct cpu, arch.cr3);
    OFFSET(CPU_RSP0, struct cpu, arch.tss.rsp0);
    OFFSET(TRAMPOLINE_KERNEL_CR3, struct trampoline, kernel_cr3);
    OFFSET(TRAMPOLINE_SELECTOR, struct trampoline, selector);
    OFFSET(TRAMPOLINE_RIP, struct trampoline, frame.rip);
    OFFSET(TRAMPOLINE_CS, struct trampoline, frame.cs);
    OFFSET(TRAMPOLINE_RFLAGS, struct trampoline, frame.rflags);
    OFFSET(TRAMPOLINE_RSP, struct trampoline, frame.rsp);
    OFFSET(TRAMPOLINE_SS, struct trampoline, frame.ss);
    VALUE(PATCH_SPLIT, PATCH_SPLIT);
    VALUE(PATCH_CLEAR, PATCH_CLEAR);
    VALUE(PATCH_NO_CLEAR, PATCH_NO_CLEAR);
    VALUE(PATCH_IBPB, PATCH_IBPB);
    VALUE(PATCH_SLOW, PATCH_SLOW);
}

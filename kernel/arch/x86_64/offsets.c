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
#define NUMBER(name) VALUE(name, name)
#define TCB(name, field) OFFSET(TCB_##name, struct tcb, field)
#define REGISTER(name) TCB(name, ctx.name)
#define CPU(name, field) OFFSET(CPU_##name, struct cpu, field)
#define TRAMPOLINE(name, field) OFFSET(TRAMPOLINE_##name, struct trampoline, field)

void offsets(void);

void offsets(void)
{
    TCB(r15, ctx.msg_down[0]);
    TCB(r9, ctx.msg_down[1]);
    TCB(r8, ctx.msg_down[2]);
    TCB(r10, ctx.msg_down[3]);
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
    TCB(CTX, ctx);
    TCB(ARCH_FLAGS, arch_flags);
    TCB(UPCALL, upcall_entry);
    TCB(CSPACE_COUNT, fast.cspace_count);
    TCB(CSPACE_MASK, fast.cspace_mask);
    TCB(CSPACE_SLOTS, fast.cspace_slots);
    TCB(MARKED_COUNT, fast.marked_count);
    NUMBER(SLOT_BITS);
    NUMBER(SYS_CALL);
    NUMBER(SYS_REPLY_RECV);
    NUMBER(SYS_SEND);
    NUMBER(SYS_NB_SEND);
    NUMBER(SYS_NB_WAIT);
    NUMBER(SYS_YIELD);
    VALUE(SYS_COPY, MYELIN_SYS_COPY);
    VALUE(SYS_UNTIL_CALL, MYELIN_SYS_CALL);
    VALUE(SYS_UNTIL_WAIT, MYELIN_SYS_WAIT);
    CPU(CURRENT, current);
    CPU(READY_TOP, ready[0].top);
    CPU(IDLE, idle);
    CPU(CR3, arch.cr3);
    CPU(RSP0, arch.tss.rsp0);
    TRAMPOLINE(KERNEL_CR3, kernel_cr3);
    TRAMPOLINE(SELECTOR, selector);
    TRAMPOLINE(RIP, frame.rip);
    TRAMPOLINE(CS, frame.cs);
    TRAMPOLINE(RFLAGS, frame.rflags);
    TRAMPOLINE(RSP, frame.rsp);
    TRAMPOLINE(SS, frame.ss);
    NUMBER(PATCH_SPLIT);
    NUMBER(PATCH_CLEAR);
    NUMBER(PATCH_NO_CLEAR);
    NUMBER(PATCH_IBPB);
}

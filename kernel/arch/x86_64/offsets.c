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
#define REGISTER(name, field) OFFSET(TCB_##name, struct tcb, ctx.field)

void offsets(void);

void offsets(void)
{
    REGISTER(R15, msg_down[0]);
    REGISTER(R9, msg_down[1]);
    REGISTER(R8, msg_down[2]);
    REGISTER(R10, msg_down[3]);
    REGISTER(RSI, rsi);
    REGISTER(RDI, rdi);
    REGISTER(R14, r14);
    REGISTER(R13, r13);
    REGISTER(R12, r12);
    REGISTER(RDX, rdx);
    REGISTER(RBP, rbp);
    REGISTER(RBX, rbx);
    REGISTER(RAX, rax);
    REGISTER(RCX, rcx);
    REGISTER(R11, r11);
    REGISTER(ERROR, error);
    REGISTER(RIP, rip);
    REGISTER(CS, cs);
    REGISTER(RFLAGS, rflags);
    REGISTER(RSP, rsp);
    OFFSET(TCB_CTX, struct tcb, ctx);
    OFFSET(TCB_ARCH_FLAGS, struct tcb, arch_flags);
    OFFSET(TCB_UPCALL, struct tcb, upcall_entry);
    VALUE(SYS_CALL, SYS_CALL);
    VALUE(SYS_REPLY_RECV, SYS_REPLY_RECV);
    VALUE(SYS_SEND, SYS_SEND);
    VALUE(SYS_FIRST, SYS_YIELD); /* the lowest number of the calls with a fast path */
    VALUE(SYS_NB_SEND, SYS_NB_SEND);
    VALUE(SYS_NB_WAIT, SYS_NB_WAIT);
    VALUE(SYS_YIELD, SYS_YIELD);
    VALUE(SYS_COPY, (sword_t)MYELIN_SYS_COPY);
    OFFSET(CPU_CURRENT, struct cpu, current);
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

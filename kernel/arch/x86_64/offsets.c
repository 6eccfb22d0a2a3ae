/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets for assembly: the build turns the "->" lines of this file's compiled form into gen/offsets.h. */
#include <stddef.h>

#include "cpu.h"
#include "protect.h"

#define OFFSET(name, type, field) __asm__ volatile("\n->" #name " %0" ::"i"(offsetof(type, field)))
#define VALUE(name, value) __asm__ volatile("\n->" #name " %0" ::"i"(value))

void offsets(void);

void offsets(void)
{
    OFFSET(CTX_R15, struct arch_context, msg_down[0]);
    OFFSET(CTX_R9, struct arch_context, msg_down[1]);
    OFFSET(CTX_R8, struct arch_context, msg_down[2]);
    OFFSET(CTX_R10, struct arch_context, msg_down[3]);
    OFFSET(CTX_RSI, struct arch_context, rsi);
    OFFSET(CTX_RDI, struct arch_context, rdi);
    OFFSET(CTX_R14, struct arch_context, r14);
    OFFSET(CTX_R13, struct arch_context, r13);
    OFFSET(CTX_R12, struct arch_context, r12);
    OFFSET(CTX_RDX, struct arch_context, rdx);
    OFFSET(CTX_RBP, struct arch_context, rbp);
    OFFSET(CTX_RBX, struct arch_context, rbx);
    OFFSET(CTX_RAX, struct arch_context, rax);
    OFFSET(CTX_RCX, struct arch_context, rcx);
    OFFSET(CTX_R11, struct arch_context, r11);
    OFFSET(CTX_ERROR, struct arch_context, error);
    OFFSET(CTX_RIP, struct arch_context, rip);
    OFFSET(CTX_CS, struct arch_context, cs);
    OFFSET(CTX_RFLAGS, struct arch_context, rflags);
    OFFSET(CTX_RSP, struct arch_context, rsp);
    OFFSET(CTX_SS, struct arch_context, ss);
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
    OFFSET(CPU_CURRENT, struct cpu, current);
    OFFSET(CPU_IDLE, struct cpu, idle);
    OFFSET(CPU_CR3, struct cpu, arch.cr3);
    OFFSET(CPU_RSP0, struct cpu, arch.tss.rsp0);
    OFFSET(WINDOW_KERNEL_CR3, struct window, kernel_cr3);
    OFFSET(WINDOW_SELECTOR, struct window, selector);
    OFFSET(WINDOW_RIP, struct window, frame.rip);
    OFFSET(WINDOW_CS, struct window, frame.cs);
    OFFSET(WINDOW_RFLAGS, struct window, frame.rflags);
    OFFSET(WINDOW_RSP, struct window, frame.rsp);
    OFFSET(WINDOW_SS, struct window, frame.ss);
    VALUE(PATCH_SPLIT, PATCH_SPLIT);
    VALUE(PATCH_CLEAR, PATCH_CLEAR);
    VALUE(PATCH_NO_CLEAR, PATCH_NO_CLEAR);
    VALUE(PATCH_IBPB, PATCH_IBPB);
    VALUE(PATCH_SLOW, PATCH_SLOW);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's registers as the entry code saves them, from low to high addresses. The last five
 * words are what the processor itself pushes on an interrupt: the task state segment's rsp0 points
 * behind ss of the current thread, so a trap saves straight into the TCB. The first four are the
 * message registers. rsi and rdi come last before what a system call loses: whoever gets a message
 * has them in the processor already, and the way out stops there.
 */
#pragma once

#include "types.h"

struct arch_context {
    word_t msg_down[4]; /* the message registers, the last first: r15, r9, r8, r10 */
    word_t r14, r13, r12, rdx, rbp, rbx, rax;
    word_t rsi, rdi; /* tag, capability or badge */
    word_t rcx, r11; /* lost by a system call */
    word_t error;    /* exception's error code */
    word_t rip, cs, rflags, rsp, ss;
};

#define ARCH_SYSCALL_BYTES 2u /* length of the syscall instruction */
#define ARCH_CONTEXT_IP 0u    /* the instruction pointer's number in seL4_UserContext */
/* so many of its words are frame registers: the integer ones and those of the program's flow */
#define ARCH_CONTEXT_FRAME 18u
#define ARCH_SYSCALL_FAULT_WORDS FAULT_UNKNOWN_SYSCALL_MSG_LENGTH
#define ARCH_CONTEXT_WORDS 20u /* ... and there are as many in all */
/* tcb.arch_flags: every register has to be restored, so leave through iret */
#define ARCH_FLAG_IRET 1u

#define ARCH_FLAG_FPU_USED 4u /* ...: it has used the FPU */

#define ARCH_BREAKPOINTS 4u

/* What its debugger has set for a thread. */
struct arch_debug {
    word_t address[ARCH_BREAKPOINTS]; /* DR0 .. DR3 */
    word_t control;    /* DR7, without the bits that are always one; 0: no breakpoint is enabled */
    word_t step_count; /* raise an exception every so many instructions; 0: don't */
    word_t step_left;  /* ... and the next one after so many */
};

/* A thread's address space, and the page table in it that walk.h was led to last. */
struct arch_space {
    word_t cr3; /* ready to load; 0 when it has none that is valid */
    const uint64_t *table;
    word_t region; /* of 2 MiB: address >> 21 */
    word_t stamp;  /* both hold as long as this is walk_stamp */
};

static inline bool arch_space_is_valid(const struct arch_space *s)
{
    return s->cr3 != 0;
}

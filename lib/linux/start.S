/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where proc lets threads of a process go on: at the start of a program, in a child of fork(), when
 * a signal came while the program itself ran, and when nothing more is to come.
 */
#define __ASSEMBLER__ 1
#include <ipc/process.h>
#include "calls.h"

        .text
/* The first thread of a program, on its own stack; rdi: struct process_start. */
        .globl  linux_start_entry
        .type   linux_start_entry, @function
linux_start_entry:
        cld
        mov     %gs:THREAD_SELF, %rsp
        lea     PROCESS_THREAD_STEP(%rsp), %rsp
        call    linux_start
        ud2
        .size   linux_start_entry, . - linux_start_entry

/*
 * The only thread of a child, whose parent's struct linux_frame has been copied with its stack, as
 * far as rsp says: what lies there is to be looked at.
 */
        .globl  linux_child_entry
        .type   linux_child_entry, @function
linux_child_entry:
        cld
        call    linux_child
        mov     %gs:THREAD_SELF, %rsp
        lea     PROCESS_THREAD_STEP - 56(%rsp), %rsp
        pop     %rbp                        /* the end of struct linux_frame */
        pop     %rbx
        pop     %r12
        pop     %r13
        pop     %r14
        pop     %r15
        jmp     linux_return_again
        .size   linux_child_entry, . - linux_child_entry

/*
 * The program was interrupted between two of its instructions, of which proc has put the second
 * into gs:THREAD_RESUME. All other registers are the program's: struct linux_context is made of
 * them.
 */
        .globl  linux_interrupt_entry
        .type   linux_interrupt_entry, @function
linux_interrupt_entry:
        mov     %rsp, %gs:THREAD_RSP
        mov     %gs:THREAD_SELF, %rsp
        lea     PROCESS_THREAD_STEP(%rsp), %rsp
        pushf
        pushq   %gs:THREAD_RSP
        pushq   %gs:THREAD_RESUME
        push    %r11
        push    %rcx
        push    %rax
        push    %rdi
        push    %rsi
        push    %rdx
        push    %r8
        push    %r9
        push    %r10
        push    %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        mov     %rsp, %rdi
        call    linux_interrupted
        ud2
        .size   linux_interrupt_entry, . - linux_interrupt_entry

/* A thread of which nothing is left but a call that ends its process: proc sets its registers. */
        .globl  linux_call_entry
        .type   linux_call_entry, @function
linux_call_entry:
        syscall
        ud2
        .size   linux_call_entry, . - linux_call_entry

        .section .note.GNU-stack, "", @progbits

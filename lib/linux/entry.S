/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the kernel continues a thread of ours that executed `syscall`.
 *
 * On entry, from the kernel:   eax number   rdi rsi rdx r10 r8 r9 arguments
 *                              rcx return address   r11 flags
 *                              everything else, rsp too, as the program left it
 * On return, as Linux does it: rax result; rcx and r11 may change, nothing else does, nor do the
 * flags.
 *
 * The program's stack is not touched: it may be anything. The thread has one of its own for the
 * personality, at whose end the program's registers are saved, struct linux_frame; rsp is in the
 * thread page. The handlers are ordinary C functions of up to six arguments, compiled without
 * vector registers.
 */
#define __ASSEMBLER__ 1
#include <ipc/process.h>
#include "calls.h"

        .globl  linux_return, linux_return_end, linux_return_again
        .globl  linux_resume, linux_resume_again, linux_resume_begin, linux_resume_end

/* What of struct linux_frame is above gs:THREAD_STACK, the number first; below it: LINUX_SAVED. */
#define LINUX_SAVED 64

/*
 * C leaves these registers as they are. So they are saved only where somebody looks at them: where
 * the program may go on elsewhere, and for calls that make somebody else go on with them.
 */
        .macro  frame_complete frame
        mov     %rbp, LINUX_SAVED + 8(\frame)
        mov     %rbx, LINUX_SAVED + 16(\frame)
        mov     %r12, LINUX_SAVED + 24(\frame)
        mov     %r13, LINUX_SAVED + 32(\frame)
        mov     %r14, LINUX_SAVED + 40(\frame)
        mov     %r15, LINUX_SAVED + 48(\frame)
        .endm

/* Such a call; of one that is traced they have been saved, and are C's by now. */
        .macro  call_complete name
        .globl  \name
        .type   \name, @function
\name:
        cmpl    $0, %gs:THREAD_TRACE
        jne     \name\()_complete
        mov     %gs:THREAD_STACK, %rax
        sub     $LINUX_SAVED, %rax
        frame_complete %rax
        jmp     \name\()_complete
        .size   \name, . - \name
        .endm

        .text
        call_complete linux_fork
        call_complete linux_vfork
        call_complete linux_clone
        call_complete linux_clone3

        .globl  linux_entry
        .type   linux_entry, @function
linux_entry:
        mov     %rsp, %gs:THREAD_RSP
        mov     %gs:THREAD_STACK, %rsp
        mov     %rax, (%rsp)
        push    %r11                        /* struct linux_frame, from `flags` down */
        push    %rcx
        push    %rdi
        push    %rsi
        push    %rdx
        push    %r8
        push    %r9
        push    %r10
        cld
        cmp     %gs:THREAD_CALLS, %eax
        jae     3f
1:      mov     %eax, %eax                  /* only the low half counts, as on Linux */
        mov     %r10, %rcx                  /* C's fourth argument */
        lea     linux_calls(%rip), %r11
        call    *(%r11,%rax,8)
/*
 * rsp: struct linux_frame, as ever between handlers. Whoever sets `pending` while a thread is in
 * this range lets it go on at linux_return_again, with rax as it is.
 */
linux_return:
        cmpq    $0, %gs:THREAD_PENDING
        jne     4f
        pop     %r10                        /* C left the others as they are */
        pop     %r9
        pop     %r8
        pop     %rdx
        pop     %rsi
        pop     %rdi
        pop     %rcx
        popf
        mov     %gs:THREAD_RSP, %rsp
        jmp     *%rcx
linux_return_end:
linux_return_again:
        mov     %gs:THREAD_STACK, %rsp
        sub     $LINUX_SAVED, %rsp
        jmp     linux_return
/*
 * There is no such call, or the thread is traced, or it is a new one. Who traces it sets `trace`
 * first, then `calls` to 0: here it is the other way round, so that this is not missed.
 */
3:      mov     $LINUX_CALLS, %r11d
        xchg    %r11d, %gs:THREAD_CALLS
        cmpl    $0, %gs:THREAD_TRACE
        jne     5f
        cmp     $LINUX_CALLS, %eax
        jb      1b
        mov     $-LINUX_ENOSYS, %rax
        jmp     linux_return
/* There is something to do before the program goes on; it may go on elsewhere. */
4:      frame_complete %rsp
        mov     %rsp, %rdi
        mov     %rax, %rsi
        call    linux_leave
        jmp     linux_return
/* The call is made there, and shown. */
5:      movl    $0, %gs:THREAD_CALLS
        frame_complete %rsp
        mov     %rsp, %rdi
        call    linux_traced
        jmp     linux_return
        .size   linux_entry, . - linux_entry

/*
 * A thread goes on with all registers of a struct linux_context (rdi). Where it goes on has to come
 * from memory that is not its stack: the thread page. A thread that is to look at `pending` once
 * more, while it is in here, goes on at linux_resume_again: the context is still as it was.
 */
        .type   linux_resume, @function
linux_resume_again:
        mov     %gs:THREAD_CONTEXT, %rdi
        lea     -128(%rdi), %rsp
        and     $-16, %rsp
        cld
        call    linux_interrupted
        ud2
linux_resume:
        mov     %rdi, %gs:THREAD_CONTEXT
linux_resume_begin:
        cmpq    $0, %gs:THREAD_PENDING
        jne     linux_resume_again
        mov     %rdi, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdx
        pop     %rsi
        pop     %rdi
        pop     %rax
        pop     %rcx
        pop     %r11
        popq    %gs:THREAD_RESUME
        popq    %gs:THREAD_RSP
        popf
        mov     %gs:THREAD_RSP, %rsp
        jmp     *%gs:THREAD_RESUME
linux_resume_end:
        .size   linux_resume, . - linux_resume

/* Where init lets a thread go on that has faulted: on this stack, with struct process_fault set. */
        .globl  linux_fault_entry
        .type   linux_fault_entry, @function
linux_fault_entry:
        cld
        call    linux_fault
        ud2
        .size   linux_fault_entry, . - linux_fault_entry

/* First instruction of a new thread: gs and fs are set; the rest is at its stack's beginning. */
        .globl  linux_thread_entry
        .type   linux_thread_entry, @function
linux_thread_entry:
        cld
        mov     %gs:THREAD_SELF, %rsp
        lea     PROCESS_THREAD_STEP(%rsp), %rsp
        call    linux_thread_begin
        ud2
        .size   linux_thread_entry, . - linux_thread_entry

/*
 * The note that says where Linux system calls go:
 * owner "Myelin", type 1, one address.
 */
        .section .note.myelin, "a", @note
        .balign 4
        .long   7
        .long   8
        .long   PROCESS_NOTE_UPCALL
        .asciz  "Myelin"
        .balign 4
        .quad   linux_entry

        .section .note.GNU-stack, "", @progbits

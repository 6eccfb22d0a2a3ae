/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the kernel continues a thread of ours that executed `syscall` with a Linux number.
 *
 * On entry, from the kernel:   rax number   rdi rsi rdx r10 r8 r9 arguments   rcx return address   r11 flags
 *                              everything else, rsp too, as the program left it
 * On return, as Linux does it: rax result; rcx and r11 may change, nothing else does, nor do the flags.
 *
 * The handlers are ordinary C functions of six arguments, compiled without vector registers. rbx, rbp and r12-r15 are
 * kept by them as by any function; what C may change is saved here.
 */
#define __ASSEMBLER__ 1
#include <ipc/process.h>
#include "calls.h"

    .text
    .globl linux_entry
    .type linux_entry, @function
linux_entry:
    lea     -128(%rsp), %rsp            /* leave the program's red zone alone */
    push    %rbp
    mov     %rsp, %rbp
    push    %rcx                        /* -8: FRAME_RIP */
    push    %r11                        /* -16: flags */
    push    %rdi
    push    %rsi
    push    %rdx
    push    %r8
    push    %r9
    push    %r10                        /* -64 */
    and     $-16, %rsp
    mov     %rbp, %gs:THREAD_FRAME
    cld
    cmp     $LINUX_CALLS, %rax
    jae     1f
    mov     %r10, %rcx                  /* C's fourth argument */
    call    *linux_calls(,%rax,8)
2:  lea     -64(%rbp), %rsp
    pop     %r10
    pop     %r9
    pop     %r8
    pop     %rdx
    pop     %rsi
    pop     %rdi
    popf
    pop     %rcx
    pop     %rbp
    lea     128(%rsp), %rsp
    jmp     *%rcx
1:  mov     $-LINUX_ENOSYS, %rax
    jmp     2b
    .size linux_entry, . - linux_entry

/*
 * clone(): the new thread has the registers of the old one. Those C keeps are still the program's here; put them
 * where linux_clone() finds them.
 */
    .globl linux_clone_entry
    .type linux_clone_entry, @function
linux_clone_entry:
    mov     %rbx, %gs:THREAD_KEPT
    mov     %r12, %gs:THREAD_KEPT + 8
    mov     %r13, %gs:THREAD_KEPT + 16
    mov     %r14, %gs:THREAD_KEPT + 24
    mov     %r15, %gs:THREAD_KEPT + 32
    jmp     linux_clone
    .size linux_clone_entry, . - linux_clone_entry

/*
 * exit() of one thread: its stack is someone else's as soon as the waiting thread is told, so tell it from the
 * upper end of the thread page.
 */
    .globl linux_exit_entry
    .type linux_exit_entry, @function
linux_exit_entry:
    mov     %gs:THREAD_SELF, %rsp
    add     $4096, %rsp
    call    linux_exit
    ud2
    .size linux_exit_entry, . - linux_exit_entry

/* First instruction of a new thread: rsp, fs and gs are set by init, the rest is in its thread page. */
    .globl linux_thread_entry
    .type linux_thread_entry, @function
linux_thread_entry:
    mov     %gs:THREAD_START, %rcx
    mov     %gs:THREAD_START + 8, %rdi
    mov     %gs:THREAD_START + 16, %rsi
    mov     %gs:THREAD_START + 24, %rdx
    mov     %gs:THREAD_START + 32, %r8
    mov     %gs:THREAD_START + 40, %r9
    mov     %gs:THREAD_START + 48, %r10
    mov     %gs:THREAD_START + 56, %rbp
    mov     %gs:THREAD_START + 64, %rbx
    mov     %gs:THREAD_START + 72, %r12
    mov     %gs:THREAD_START + 80, %r13
    mov     %gs:THREAD_START + 88, %r14
    mov     %gs:THREAD_START + 96, %r15
    xor     %eax, %eax
    jmp     *%rcx
    .size linux_thread_entry, . - linux_thread_entry

/*
 * The note by which init knows that a program has Linux system calls, and where they go:
 * owner "Myelin", type 1, one address.
 */
    .section .note.myelin, "a", @note
    .balign 4
    .long   7
    .long   8
    .long   1
    .asciz  "Myelin"
    .balign 4
    .quad   linux_entry

    .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Touching memory that may not be there: what user.h declares; words it touches itself. Between
 * user_begin and user_end a page fault makes the thread go on at user_fault with all registers as
 * they were; that returns
 *
 *     rcx * r8 + rdx
 *
 * so each routine keeps there what it answers if the next access faults: the bytes that are left
 * (steps, bytes of a step, bytes behind them), or -1. Where r9 is not 0, the rest is tried again
 * from there on, byte by byte: a word may be there in part.
 */
#define __ASSEMBLER__ 1
#include <ipc/process.h>

        .text
user_begin:

/* rdi to, rsi from, rdx bytes */
        .globl  linux_user_copy
        .type   linux_user_copy, @function
linux_user_copy:
        mov     %rdx, %rcx
        shr     $3, %rcx
        and     $7, %edx
        mov     $8, %r8d
        lea     1f(%rip), %r9
        rep movsq
        mov     %edx, %ecx
1:      mov     $1, %r8d
        xor     %edx, %edx
        xor     %r9d, %r9d
        rep movsb
        xor     %eax, %eax
        ret
        .size   linux_user_copy, . - linux_user_copy

/* rdi at, rsi bytes */
        .globl  linux_user_zero
        .type   linux_user_zero, @function
linux_user_zero:
        mov     %rsi, %rcx
        mov     %rsi, %rdx
        shr     $3, %rcx
        and     $7, %edx
        mov     $8, %r8d
        lea     1f(%rip), %r9
        xor     %eax, %eax
        rep stosq
        mov     %edx, %ecx
1:      mov     $1, %r8d
        xor     %edx, %edx
        xor     %r9d, %r9d
        rep stosb
        ret
        .size   linux_user_zero, . - linux_user_zero

/*
 * rdi to, rsi from, rdx room; rax how far it came. By words where there is room for one and it lies
 * in one page, since the page behind the text may not be there: up to r11. Of a word less 1 in each
 * byte, the lowest highest bit that its byte has not set is that of the first byte that is 0.
 */
        .globl  linux_user_text
        .type   linux_user_text, @function
linux_user_text:
        lea     6f(%rip), %r9
        xor     %eax, %eax
1:      lea     (%rsi,%rax), %r11d
        or      $-4096, %r11
        neg     %r11
        add     %rax, %r11
        cmp     %rdx, %r11
        cmova   %rdx, %r11
        sub     $8, %r11
        movabs  $-0x0101010101010101, %rcx
        cmp     %r11, %rax
        jg      3f
2:      mov     (%rsi,%rax), %r10
        mov     %r10, (%rdi,%rax)
        lea     (%r10,%rcx), %r8
        not     %r10
        and     %r10, %r8
        and     high_bits(%rip), %r8
        jne     4f
        add     $8, %rax
        cmp     %r11, %rax
        jle     2b
3:      cmp     %rdx, %rax
        je      5f
        mov     (%rsi,%rax), %r10b
        mov     %r10b, (%rdi,%rax)
        test    %r10b, %r10b
        je      5f
        inc     %rax
        lea     (%rsi,%rax), %r8d
        test    $0xfff, %r8d
        je      1b
        jmp     3b
4:      bsf     %r8, %r8
        shr     $3, %r8d
        add     %r8, %rax
5:      ret
6:      mov     $-1, %rax
        ret
        .balign 8
high_bits:
        .quad   0x8080808080808080
        .size   linux_user_text, . - linux_user_text

/*
 * rdi to, 16 bytes aligned. A thread's registers may not be loaded yet: see vectors.c, for fnop, at
 * which the kernel does that.
 */
        .globl  linux_user_fxsave
        .type   linux_user_fxsave, @function
linux_user_fxsave:
        xor     %ecx, %ecx
        xor     %r9d, %r9d
        mov     $-1, %rdx
        fnop
        fxsave64 (%rdi)
        xor     %eax, %eax
        ret
        .size   linux_user_fxsave, . - linux_user_fxsave

user_end:
user_fault:
        imul    %r8, %rcx
        add     %rdx, %rcx
        test    %r9, %r9
        jne     1f
        mov     %rcx, %rax
        ret
1:      jmp     *%r9

/* Tells init: owner "Myelin", type 2, three addresses. */
        .section .note.myelin, "a", @note
        .balign 4
        .long   7
        .long   24
        .long   PROCESS_NOTE_FIXUP
        .asciz  "Myelin"
        .balign 4
        .quad   user_begin
        .quad   user_end
        .quad   user_fault

        .section .note.GNU-stack, "", @progbits

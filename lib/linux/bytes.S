/* SPDX-License-Identifier: BSD-2-Clause */
/* What compilers call by themselves, in an image without a C library. */
        .text
        .globl  memcpy
        .type   memcpy, @function
memcpy:
        mov     %rdi, %rax
        mov     %rdx, %rcx
        rep movsb
        ret
        .size   memcpy, . - memcpy

        .globl  memset
        .type   memset, @function
memset:
        mov     %rdi, %r8
        mov     %esi, %eax
        mov     %rdx, %rcx
        rep stosb
        mov     %r8, %rax
        ret
        .size   memset, . - memset

        .section .note.GNU-stack, "", @progbits

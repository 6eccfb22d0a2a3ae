/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions of the root server. The kernel gives rdi = boot information and no stack.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    lea     stack_end(%rip), %rsp
    xor     %ebp, %ebp
    call    init_main                   /* rdi is still the boot information */
    ud2
    .size _start, . - _start

    .bss
    .balign 16
    .skip   65536
stack_end:

    .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the kernel starts a root server: rdi = boot information, no stack. */

        .section .text
        .global _start
        .type _start, @function
_start:
        lea     rt_stack_top(%rip), %rsp
        xor     %ebp, %ebp
        call    rt_start                /* does not return */
        ud2
        .size _start, . - _start

        .section .bss
        .balign 4096
        .skip   65536
rt_stack_top:

        .section .note.GNU-stack, "", @progbits

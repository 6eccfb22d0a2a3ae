/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bool call_touch(void *address, bool write): ipc/call.h. A handler of this process's faults moves
 * a thread that faults between call_touch_begin and call_touch_end to call_touch_failed. Writing is
 * an atomic OR of 0: nothing is lost of what another thread writes there.
 */
.global call_touch, call_touch_begin, call_touch_end, call_touch_failed
.global call_touch_read, call_touch_write   /* for one of both; these change nothing but rax */

.section .text.call_touch, "ax", @progbits
.type call_touch, @function
call_touch:
    test %sil, %sil
call_touch_begin:
    jnz call_touch_write
call_touch_read:
    movb (%rdi), %al
    mov $1, %eax
    ret
call_touch_write:
    lock orb $0, (%rdi)
call_touch_end:
    mov $1, %eax
    ret
call_touch_failed:
    xor %eax, %eax
    ret
.size call_touch, . - call_touch

.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The boot archive: part of the root server's own image, so that one boot module is the whole system.
 */
    .section .rodata
    .globl archive_start, archive_end
    .balign 16
archive_start:
    .incbin "boot.cpio"
archive_end:
    .section .note.GNU-stack, "", @progbits

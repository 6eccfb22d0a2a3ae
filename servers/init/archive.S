/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot archive: part of the root server's own image, so that one boot module is the whole
 * system. It begins at a page, as files in it do that are to be mapped (tools/mkarchive).
 */
    .section .rodata
    .globl archive_start, archive_end
    .balign 4096
archive_start:
    .incbin "boot.cpio"
archive_end:
    .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs find at AT_SYSINFO_EHDR, as on Linux: a small ELF object in memory, in which they
 * look up functions that tell the time without a system call. Some C libraries cannot begin without
 * one. Its functions are the program's own code: what they are given is touched as it is.
 *
 * It has both ways to its symbols: the dynamic section, for most; section headers, for dietlibc.
 * All addresses in it count from its begin. Names are hashed into one bucket, so the chain has all.
 *
 * Source: vdso(7); System V ABI, chapters 4 and 5; Linux Standard Base 5.0, Core, 10.7 (versions)
 */
        .set    SYMBOLS, 6              /* with the first one, which is none */
        .set    VERSION_BASE, 1         /* the object's own */
        .set    VERSION, 2              /* LINUX_2.6 */
        .set    HASH_BASE, 0x0deebfa1   /* of its name and of "LINUX_2.6", as the ABI hashes */
        .set    HASH, 0x03ae75f6

/* A symbol: global function, in some section. */
        .macro  symbol name, function
        .long   \name - strings
        .byte   0x12, 0
        .short  1
        .quad   \function - linux_vdso
        .quad   16
        .endm

        .macro  section type, flags, from, to, link, entry_bytes
        .long   0, \type
        .quad   \flags, \from - linux_vdso, \from - linux_vdso, \to - \from
        .long   \link, 1
        .quad   8, \entry_bytes
        .endm

        .section .vdso, "ax", @progbits
        .balign 4096
        .globl  linux_vdso
        .hidden linux_vdso
linux_vdso:
        .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0
        .quad   0
        .short  3, 62                   /* shared object, x86-64 */
        .long   1
        .quad   0, program_headers - linux_vdso, section_headers - linux_vdso
        .long   0
        .short  64, 56, 2, 64, 4, 0
program_headers:
        .long   1, 5                    /* PT_LOAD, read and executed */
        .quad   0, 0, 0, vdso_end - linux_vdso, vdso_end - linux_vdso, 4096
        .long   2, 4                    /* PT_DYNAMIC, read */
        .quad   dynamic - linux_vdso, dynamic - linux_vdso, dynamic - linux_vdso
        .quad   dynamic_end - dynamic, dynamic_end - dynamic, 8
section_headers:
        .fill   8, 8, 0
        section 3, 2, strings, strings_end, 0, 0
        section 11, 2, symbols, symbols_end, 1, 24
        section 6, 2, dynamic, dynamic_end, 1, 16
dynamic:
        .quad   4, hash - linux_vdso
        .quad   5, strings - linux_vdso
        .quad   6, symbols - linux_vdso
        .quad   10, strings_end - strings
        .quad   11, 24
        .quad   14, own_name - strings
        .quad   0x6ffffff0, versions - linux_vdso
        .quad   0x6ffffffc, definitions - linux_vdso
        .quad   0x6ffffffd, 2
        .quad   0, 0
dynamic_end:
hash:
        .long   1, SYMBOLS
        .long   1
        .long   0, 2, 3, 4, 5, 0
symbols:
        .fill   3, 8, 0
        symbol  name_clock_gettime, vdso_clock_gettime
        symbol  name_clock_getres, vdso_clock_getres
        symbol  name_gettimeofday, vdso_gettimeofday
        symbol  name_time, vdso_time
        symbol  name_getcpu, vdso_getcpu
symbols_end:
versions:
        .short  0, VERSION, VERSION, VERSION, VERSION, VERSION
definitions:
        .short  1, 1, VERSION_BASE, 1   /* the object itself */
        .long   HASH_BASE, 20, 28
        .long   own_name - strings, 0
        .short  1, 0, VERSION, 1
        .long   HASH, 20, 0
        .long   version_name - strings, 0
strings:
        .byte   0
own_name:               .asciz "linux-vdso.so.1"
version_name:           .asciz "LINUX_2.6"
name_clock_gettime:     .asciz "__vdso_clock_gettime"
name_clock_getres:      .asciz "__vdso_clock_getres"
name_gettimeofday:      .asciz "__vdso_gettimeofday"
name_time:              .asciz "__vdso_time"
name_getcpu:            .asciz "__vdso_getcpu"
strings_end:

        .macro  leads_to name, function
        .balign 16
\name:  jmp     \function
        .endm

        leads_to vdso_clock_gettime, linux_vdso_clock_gettime
        leads_to vdso_gettimeofday, linux_vdso_gettimeofday
        leads_to vdso_time, linux_vdso_time
        .balign 16
vdso_clock_getres:
        mov     $229, %eax
        syscall
        ret
        .balign 16
vdso_getcpu:
        mov     $309, %eax
        syscall
        ret
vdso_end:

        .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader (32-bit protected mode, no paging) to kernel_main() in long mode. Multiboot
 * 0.6.96 and Multiboot2 2.0, "Machine state". This part is linked where it is loaded; its memory is
 * given away afterwards.
 *
 * The provisional page tables show the first 4 GiB at 0, in the physmap, and (the first
 * GiB) at the image's base.
 */
#include "segments.h"

#define MB1_HEADER_MAGIC 0x1badb002
#define MB1_FLAGS 0x3               /* modules page aligned, memory map wanted */
#define MB1_LOADED 0x2badb002
#define MB2_HEADER_MAGIC 0xe85250d6
#define MB2_LOADED 0x36d76289

#define COM1 0x3f8
#define VGA_TEXT 0xb8000
#define VGA_GREY 7             /* on black */
#define CR0_PG_PE 0x80000001
#define CR4_PAE 0x20
#define EFER 0xc0000080
#define EFER_LME 0x100
#define PAGE_TABLE 0x3              /* present, writable */
#define PAGE_LARGE 0x83             /* and 2 MiB */

        .section .multiboot, "a"
        .balign 8
mb1_header:
        .long MB1_HEADER_MAGIC
        .long MB1_FLAGS
        .long -(MB1_HEADER_MAGIC + MB1_FLAGS)

        .balign 8
mb2_header:
        .long MB2_HEADER_MAGIC
        .long 0                     /* i386 */
        .long mb2_header_end - mb2_header
        .long -(MB2_HEADER_MAGIC + 0 + (mb2_header_end - mb2_header))
        .word 6, 0                  /* modules page aligned */
        .long 8
        .word 0, 0                  /* end */
        .long 8
mb2_header_end:

        .section .boot.text, "ax"
        .code32
        .global _start
_start:
        cli
        cld
        mov     $boot_stack_top, %esp
        mov     %eax, %ebp          /* ebp: loader's magic; ebx: its information */
        cmp     $MB1_LOADED, %eax
        je      1f
        cmp     $MB2_LOADED, %eax
        mov     $message_loader, %esi
        jne     boot_stop
1:
        /* Can the processor do it? The ID flag tells of cpuid, cpuid of long mode. */
        mov     $message_long, %esi
        pushf
        pop     %eax
        mov     %eax, %ecx
        xor     $0x200000, %eax
        push    %eax
        popf
        pushf
        pop     %eax
        xor     %ecx, %eax
        test    $0x200000, %eax
        jz      boot_stop
        mov     %ebx, %edi
        mov     $0x80000000, %eax
        cpuid
        cmp     $0x80000001, %eax
        jb      boot_stop
        mov     $0x80000001, %eax
        cpuid
        test    $0x20000000, %edx
        jz      boot_stop
        mov     %edi, %ebx

        /* Page tables: 4 directories of 2 MiB pages. */
        mov     $boot_pds, %edi
        mov     $PAGE_LARGE, %eax
        mov     $2048, %ecx
2:      mov     %eax, (%edi)
        movl    $0, 4(%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    2b
        mov     $boot_pds + PAGE_TABLE, %eax
        mov     %eax, boot_pdpt_high + 510 * 8
        mov     $boot_pdpt, %edi
        mov     $4, %ecx
3:      mov     %eax, (%edi)
        add     $0x1000, %eax
        add     $8, %edi
        loop    3b
        movl    $boot_pdpt + PAGE_TABLE, boot_pml4
        movl    $boot_pdpt + PAGE_TABLE, boot_pml4 + 256 * 8
        movl    $boot_pdpt_high + PAGE_TABLE, boot_pml4 + 511 * 8

        mov     $boot_pml4, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $CR4_PAE, %eax
        mov     %eax, %cr4
        mov     $EFER, %ecx
        rdmsr
        or      $EFER_LME, %eax
        wrmsr
        mov     %cr0, %eax
        or      $CR0_PG_PE, %eax
        mov     %eax, %cr0
        lgdt    boot_gdtr
        ljmp    $KERNEL_CS, $boot_long

        .macro  write port, value
        mov     $\port, %dx
        mov     $\value, %al
        out     %al, %dx
        .endm

/* One line on the serial console and the VGA text screen (esi: text), then the end. */
boot_stop:
        mov     $VGA_TEXT, %edi
        mov     $80 * 25, %ecx
        mov     $VGA_GREY << 8 | ' ', %eax
        rep stosw
        mov     $VGA_TEXT, %edi
        write   COM1 + 3, 0x80      /* the divisor is shown */
        write   COM1, 1
        write   COM1 + 1, 0
        write   COM1 + 3, 3         /* 8 bits, no parity */
4:      mov     $COM1 + 5, %dx
        mov     $100000, %ecx
5:      in      %dx, %al
        test    $0x20, %al
        loopz   5b
        lodsb
        test    %al, %al
        jz      6f
        mov     $COM1, %dx
        out     %al, %dx
        cmp     $' ', %al           /* the screen has no line ends */
        jb      4b
        mov     $VGA_GREY, %ah
        stosw
        jmp     4b
6:      hlt
        jmp     6b

        .code64
boot_long:
        mov     $KERNEL_SS, %eax
        mov     %eax, %ss
        xor     %eax, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %ebp, %edi          /* kernel_main's operands */
        mov     %ebx, %esi
        mov     $kernel_stacks + 8192, %rsp
        xor     %ebp, %ebp
        mov     $kernel_main, %rax
        call    *%rax
7:      hlt
        jmp     7b

        .section .boot.data, "aw"
message_loader:
        .asciz "kernel: cannot boot: not started by a multiboot loader\r\n"
message_long:
        .asciz "kernel: cannot boot: the processor has no 64-bit mode\r\n"
        .balign 8
boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff
        .quad 0x00cf93000000ffff
boot_gdtr:
        .word . - boot_gdt - 1
        .quad boot_gdt

        .section .boot.bss, "aw", @nobits
        .balign 4096
boot_pml4:      .skip 4096
boot_pdpt:      .skip 4096
boot_pdpt_high: .skip 4096
boot_pds:       .skip 4 * 4096
boot_stack:     .skip 256
boot_stack_top:

        .section .note.GNU-stack, "", @progbits

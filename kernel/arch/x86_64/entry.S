/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In and out of the kernel. Saved registers go straight into the current thread's TCB (struct arch_context): rsp0 of the
 * task state segment points at the end of it, for traps by the processor and for system calls by us.
 *
 * Interrupts are off throughout; only the idle loop takes one in kernel mode.
 */
#include "gen/offsets.h"
#include "segments.h"
#include "vectors.h"

#define CPU(field) cpus + field(%rip)
/* a field of the current thread, while rsp is at the end of its context */
#define CTX(field) (field - CTX_BYTES)(%rsp)
#define TCB(field) (field - TCB_CTX - CTX_BYTES)(%rsp)
#define STACK_TOP (kernel_stacks + 8192)
#define FLAG_IRET 1
#define KERNEL_NUMBERS_END 0x7fffffff /* rax of a foreign system call is at most this */

        .text

/*
 * syscall: rcx = return address, r11 = flags; the user's rsp is still loaded.
 */
        .globl arch_syscall_entry
        .balign 64
arch_syscall_entry:
        movq    %rsp, CPU(CPU_USER_RSP)
        movq    CPU(CPU_RSP0), %rsp             /* rsp: end of the context; nothing is lost yet */
        cmpq    $0, TCB(TCB_UPCALL)
        jne     foreign
native:
        movq    %rcx, CTX(CTX_RIP)              /* rcx, r11 free from here */
        movq    %r11, CTX(CTX_RFLAGS)
        movq    CPU(CPU_USER_RSP), %rcx
        movq    %rcx, CTX(CTX_RSP)
        movq    %rax, CTX(CTX_RAX)
        movq    %rbx, CTX(CTX_RBX)
        movq    %rbp, CTX(CTX_RBP)
        movq    %rdx, CTX(CTX_RDX)
        movq    %r12, CTX(CTX_R12)
        movq    %r13, CTX(CTX_R13)
        movq    %r14, CTX(CTX_R14)
        movq    %rdi, CTX(CTX_RDI)
        movq    %rsi, CTX(CTX_RSI)
        movq    %r10, CTX(CTX_R10)
        movq    %r8, CTX(CTX_R8)
        movq    %r9, CTX(CTX_R9)
        movq    %r15, CTX(CTX_R15)
        movq    $STACK_TOP, %rsp
        cmpq    $SYS_CALL, %rdx
        je      fast_call
        cmpq    $SYS_REPLY_RECV, %rdx
        je      fast_reply_recv
        cmpq    $SYS_SEND, %rdx
        je      fast_send
slow:
        movq    %rdx, %rdi
        call    arch_syscall_c
        jmp     arch_exit

/* The fast paths answer the thread to resume, from the call that it waits in; 0: nothing was done. */
        .balign 64
fast_reply_recv:
        movq    %r12, %rdx                      /* reply object */
        call    fastpath_reply_recv
        testq   %rax, %rax
        jne     exit_sysret
        movq    $SYS_REPLY_RECV, %rdx
        jmp     slow

        .balign 64
fast_call:
        call    fastpath_call
        testq   %rax, %rax
        jne     exit_sysret
        movq    $SYS_CALL, %rdx
        jmp     slow

fast_send:
        call    fastpath_signal
        testq   %rax, %rax
        jne     exit_sysret
        movq    $SYS_SEND, %rdx
        jmp     slow

/* A thread that is marked: does rax hold a foreign number? Then its own handler continues, with nothing changed. */
foreign:
        cmpq    $KERNEL_NUMBERS_END, %rax
        ja      native
        pushq   $USER_SS
        pushq   CPU(CPU_USER_RSP)
        pushq   %r11
        pushq   $USER_CS
        pushq   (TCB_UPCALL - TCB_CTX - CTX_BYTES + 32)(%rsp) /* four words down */
        iretq

/*
 * Out: resume this_cpu()->current, or idle.
 */
        .globl arch_exit
        .balign 64
arch_exit:
        movq    CPU(CPU_CURRENT), %rax
        cmpq    %rax, CPU(CPU_IDLE)
        je      arch_idle
        testb   $FLAG_IRET, TCB_ARCH_FLAGS(%rax)
        jne     exit_iret
exit_sysret:                                    /* rax: the thread; it loses rcx and r11 */
        leaq    TCB_CTX(%rax), %rsp
        popq    %r15                            /* in the order of struct arch_context */
        popq    %r9
        popq    %r8
        popq    %r10
        popq    %rsi
        popq    %rdi
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rdx
        popq    %rbp
        popq    %rbx
        popq    %rax
        movq    (CTX_RIP - CTX_RCX)(%rsp), %rcx
        movq    (CTX_RFLAGS - CTX_RCX)(%rsp), %r11
        movq    (CTX_RSP - CTX_RCX)(%rsp), %rsp
        sysretq

exit_iret:                                      /* rax: the thread */
        leaq    TCB_CTX(%rax), %rsp
restore_all:
        popq    %r15
        popq    %r9
        popq    %r8
        popq    %r10
        popq    %rsi
        popq    %rdi
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rdx
        popq    %rbp
        popq    %rbx
        popq    %rax
        popq    %rcx
        popq    %r11
        addq    $8, %rsp                        /* error code */
        iretq

        .globl arch_start_user
arch_start_user:
        jmp     arch_exit

/* Nobody to run: wait for an interrupt, on a fresh stack. */
arch_idle:
        movq    $STACK_TOP, %rsp
        sti
        hlt
idle_wait:
        jmp     arch_idle_again
arch_idle_again:
        hlt
        jmp     arch_idle_again
arch_idle_end:

/*
 * Traps. From user mode the processor has pushed ss, rsp, flags, cs, rip (and an error code) into the TCB; what follows
 * completes the context below it, in the same order as from kernel mode onto the kernel stack.
 */
        .macro  trap_stub vector
        .balign 16
trap_stub_\vector:
        .if     !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30)
        pushq   $0
        .endif
        pushq   %r11
        movl    $\vector, %r11d
        jmp     trap
        .endm

        .altmacro
        .macro  trap_stub_number n
        trap_stub \n
        .endm
        .set    i, 0
        .rept   256
        trap_stub_number %i
        .set    i, i + 1
        .endr

        .balign 64
trap:
        pushq   %rcx
        pushq   %rax
        pushq   %rbx
        pushq   %rbp
        pushq   %rdx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %rdi
        pushq   %rsi
        pushq   %r10
        pushq   %r8
        pushq   %r9
        pushq   %r15
        cld
        movq    %r11, %rdi                      /* vector */
        testb   $3, CTX_CS(%rsp)
        je      trap_in_kernel
        cmpl    $VECTOR_NMI, %edi
        je      trap_in_kernel                  /* these two run on stacks of their own */
        cmpl    $VECTOR_MACHINE_CHECK, %edi
        je      trap_in_kernel
        movq    $STACK_TOP, %rsp
        call    arch_trap_c
        jmp     arch_exit

/* From kernel mode: an interrupt that ends idling, or an access that may fail, or a bug. */
trap_in_kernel:
        movq    CTX_RIP(%rsp), %rax
        cmpq    $arch_idle, %rax
        jb      1f
        cmpq    $arch_idle_end, %rax
        jae     1f
        cmpl    $32, %edi
        jb      1f
        movq    $STACK_TOP, %rsp
        call    arch_trap_c
        jmp     arch_exit
1:      movq    %rdi, %rsi
        movq    %rsp, %rdi
        movq    %rsp, %rbx
        andq    $-16, %rsp
        call    arch_kernel_trap_c              /* may change the saved rip */
        movq    %rbx, %rsp
        jmp     restore_all

        .section .rodata
        .globl  arch_trap_stubs
        .balign 8
        .macro  trap_address n
        .quad   trap_stub_\n
        .endm
arch_trap_stubs:
        .set    i, 0
        .rept   256
        trap_address %i
        .set    i, i + 1
        .endr
        .section .note.GNU-stack, "", @progbits

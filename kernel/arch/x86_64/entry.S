/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In and out of the kernel. Saved registers go straight into the current thread's TCB (struct arch_context): rsp0 of the
 * task state segment points at the end of it, for traps by the processor and for system calls by us.
 *
 * Interrupts are off throughout; only the idle loop takes one in kernel mode.
 */
#include "gen/config.h"
#include "gen/offsets.h"
#include "segments.h"
#include "vectors.h"

#define CPU(field) cpus + field(%rip)
#define STACK_TOP (kernel_stacks + 8192)
#define FLAG_IRET 1
#define FOREIGN_MAX 0x7fffffff /* rax of a foreign system call is at most this */

        .text

/*
 * Save what a system call's parameters are in and what C code may change; rcx and r11 free afterwards: rcx = the current
 * thread. The stack is the core's.
 */
        .macro  save_call
        movq    %rcx, CPU(CPU_USER_RIP)
        movq    CPU(CPU_CURRENT), %rcx
        movq    %rsp, TCB_CTX + CTX_RSP(%rcx)
        movq    %r11, TCB_CTX + CTX_RFLAGS(%rcx)
        movq    CPU(CPU_USER_RIP), %r11
        movq    %r11, TCB_CTX + CTX_RIP(%rcx)
        movq    %rax, TCB_CTX + CTX_RAX(%rcx)
        movq    %rdx, TCB_CTX + CTX_RDX(%rcx)
        movq    %rdi, TCB_CTX + CTX_RDI(%rcx)
        movq    %rsi, TCB_CTX + CTX_RSI(%rcx)
        movq    %r10, TCB_CTX + CTX_R10(%rcx)
        movq    %r8, TCB_CTX + CTX_R8(%rcx)
        movq    %r9, TCB_CTX + CTX_R9(%rcx)
        movq    %r15, TCB_CTX + CTX_R15(%rcx)
        movq    $STACK_TOP - 8, %rsp            /* as after a call */
        .endm

/* Save the rest, which C code keeps, so that it can be done late or never. */
        .macro  save_kept thread
        movq    %rbx, TCB_CTX + CTX_RBX(\thread)
        movq    %rbp, TCB_CTX + CTX_RBP(\thread)
        movq    %r12, TCB_CTX + CTX_R12(\thread)
        movq    %r13, TCB_CTX + CTX_R13(\thread)
        movq    %r14, TCB_CTX + CTX_R14(\thread)
        .endm

/*
 * syscall: rcx = return address, r11 = flags; rsp is still the user's.
 *
 * The calls with a fast path are told apart first. That a foreign system call of a marked thread has such a number in rdx is
 * rare, and found out in the fast path: it treats all calls of marked threads as missed that do not say in rax that they are
 * the kernel's.
 *
 * A fast path ends with a jump (switch.h); it finds nothing on the stack.
 */
        .globl  arch_syscall_entry
        .balign 64
arch_syscall_entry:
        cmpq    $SYS_CALL, %rdx
        jne     1f
        save_call
        save_kept %rcx
        jmp     fastpath_call

1:      cmpq    $SYS_REPLY_RECV, %rdx
        jne     2f
        save_call
        save_kept %rcx
        movq    %r12, %rdx                      /* reply object */
        jmp     fastpath_reply_recv

2:      cmpq    $SYS_FIRST, %rdx
        jb      maybe_foreign
native:
        save_call
        cmpq    $SYS_SEND, %rdx
        je      fastpath_send
        cmpq    $SYS_NB_SEND, %rdx
        je      fastpath_send
        ja      arch_fast_missed
        movq    %r12, TCB_CTX + CTX_R12(%rcx)   /* reply object */
        cmpq    $SYS_NB_WAIT, %rdx              /* the lowest of the receives */
        jae     fastpath_recv
        cmpq    $SYS_YIELD, %rdx
        jne     arch_fast_missed
        cmpq    $0, TCB_UPCALL(%rcx)
        jne     arch_fast_missed
        save_kept %rcx
        jmp     fastpath_yield

        .globl  arch_blocked_exit
arch_blocked_exit:                              /* rdi: the thread that made the call */
        save_kept %rdi
        jmp     arch_full_exit

        .globl  arch_fast_missed
arch_fast_missed:
        movq    CPU(CPU_CURRENT), %rcx
        save_kept %rcx
        cmpq    $0, TCB_UPCALL(%rcx)
        jne     missed_marked
missed_native:
        movq    TCB_CTX + CTX_RDX(%rcx), %rdx
        movq    $STACK_TOP, %rsp
        movq    %rdx, %rdi
        call    arch_syscall_c
        jmp     arch_exit

/*
 * No number of ours. Is the thread a marked one, and does rax hold a foreign number? Then its own handler continues, with
 * nothing changed.
 */
maybe_foreign:
        movq    %rsp, CPU(CPU_USER_RSP)
        movq    CPU(CPU_CURRENT), %rsp
        cmpq    $0, TCB_UPCALL(%rsp)
        je      1f
        cmpq    $FOREIGN_MAX, %rax
        ja      1f
foreign_call:
        leaq    (TCB_CTX + CTX_BYTES)(%rsp), %rsp
        pushq   $USER_SS
        pushq   CPU(CPU_USER_RSP)
        pushq   %r11
        pushq   $USER_CS
        pushq   (TCB_UPCALL - TCB_CTX - CTX_BYTES + 32)(%rsp) /* four words down */
        iretq
1:      movq    CPU(CPU_USER_RSP), %rsp
        jmp     native

/* The entry for kernels that are told to do without fast paths. */
        .globl  arch_syscall_slow_entry
        .balign 64
arch_syscall_slow_entry:
        movq    %rsp, CPU(CPU_USER_RSP)
        movq    CPU(CPU_CURRENT), %rsp
        cmpq    $0, TCB_UPCALL(%rsp)
        je      1f
        cmpq    $FOREIGN_MAX, %rax
        jbe     foreign_call
1:      movq    CPU(CPU_USER_RSP), %rsp
        save_call
        save_kept %rcx
        jmp     missed_native

/* A foreign call that a fast path missed: the registers have been saved in the TCB (rcx). */
missed_marked:
        cmpq    $FOREIGN_MAX, TCB_CTX + CTX_RAX(%rcx)
        ja      missed_native
        movq    %rcx, %rax
        movq    TCB_CTX + CTX_RIP(%rax), %rcx
        movq    %rcx, TCB_CTX + CTX_RCX(%rax)   /* as syscall leaves them */
        movq    TCB_CTX + CTX_RFLAGS(%rax), %rcx
        movq    %rcx, TCB_CTX + CTX_R11(%rax)
        movq    TCB_UPCALL(%rax), %rcx
        movq    %rcx, TCB_CTX + CTX_RIP(%rax)
        jmp     exit_iret

/* rsp is at a context: everything but what a system call loses; rsp is then at rcx. */
        .macro  restore_saved
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
        .endm

        .macro  return_from_call
        restore_saved
        movq    (CTX_RIP - CTX_RCX)(%rsp), %rcx
        movq    (CTX_RFLAGS - CTX_RCX)(%rsp), %r11
        movq    (CTX_RSP - CTX_RCX)(%rsp), %rsp
        sysretq
        .endm

/*
 * Out: resume this_cpu()->current, or idle.
 */
        .globl arch_exit, arch_full_exit
        .balign 64
arch_full_exit:
arch_exit:
        movq    CPU(CPU_CURRENT), %rax
        cmpq    %rax, CPU(CPU_IDLE)
        je      arch_idle
        testb   $FLAG_IRET, TCB_ARCH_FLAGS(%rax)
        jne     exit_iret
        leaq    TCB_CTX(%rax), %rsp
        return_from_call

exit_iret:                                      /* rax: the thread */
        leaq    TCB_CTX(%rax), %rsp
restore_all:
        restore_saved
        popq    %rcx
        popq    %r11
        addq    $8, %rsp                        /* error code */
        iretq

        .globl arch_start_user
arch_start_user:
        jmp     arch_exit

/* rdi: the thread to resume from its system call, which makes it lose rcx and r11; rsi: the one that made the call */
        .globl  arch_switch_exit, arch_fast_exit
        .balign 64
arch_switch_exit:
        save_kept %rsi
arch_fast_exit:
        leaq    TCB_CTX(%rdi), %rsp
        return_from_call

/* rdi: the thread that made the call, which the first of these may have answered with a whole message */
        .globl  arch_answer_exit, arch_same_exit
        .balign 64
arch_answer_exit:
        movq    TCB_CTX + CTX_R15(%rdi), %r15
arch_same_exit:
        movq    TCB_CTX + CTX_RAX(%rdi), %rax
        movq    TCB_CTX + CTX_RDX(%rdi), %rdx
        movq    TCB_CTX + CTX_RSI(%rdi), %rsi
        movq    TCB_CTX + CTX_R10(%rdi), %r10
        movq    TCB_CTX + CTX_R8(%rdi), %r8
        movq    TCB_CTX + CTX_R9(%rdi), %r9
        movq    TCB_CTX + CTX_RIP(%rdi), %rcx
        movq    TCB_CTX + CTX_RFLAGS(%rdi), %r11
        movq    TCB_CTX + CTX_RSP(%rdi), %rsp
        movq    TCB_CTX + CTX_RDI(%rdi), %rdi
        sysretq

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
        .balign TRAP_STUB_BYTES
        .if     !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30)
        pushq   $0
        .endif
        pushq   %r11
        movl    $\vector, %r11d
        jmp     trap
        .endm

        .globl  arch_trap_stubs
        .balign TRAP_STUB_BYTES
        .altmacro
arch_trap_stubs:
        .set    i, 0
        .rept   256
        trap_stub %i
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
        cmpl    $IRQ_VECTOR_BASE, %edi
        jae     interrupt
        cmpl    $VECTOR_NMI, %edi
        je      trap_in_kernel                  /* these two run on stacks of their own */
        cmpl    $VECTOR_MACHINE_CHECK, %edi
        je      trap_in_kernel
#ifdef CONFIG_HARDWARE_DEBUG_API
        cmpl    $VECTOR_DEBUG, %edi             /* so does this one, but it may come from user mode */
        jne     1f
        movq    %rsp, %rdi
        movq    $STACK_TOP, %rsp
        call    arch_debug_trap_c
        jmp     arch_exit
1:
#endif
        movq    $STACK_TOP, %rsp
        call    arch_exception_c
        jmp     arch_exit
interrupt:
        movq    $STACK_TOP, %rsp
        call    arch_interrupt_c
        jmp     arch_exit

/* From kernel mode: an interrupt that ends idling, or an access that may fail, or a bug. */
trap_in_kernel:
        movq    CTX_RIP(%rsp), %rax
        cmpq    $arch_idle, %rax
        jb      1f
        cmpq    $arch_idle_end, %rax
        jae     1f
        cmpl    $IRQ_VECTOR_BASE, %edi
        jae     interrupt
1:      movq    %rdi, %rsi
        movq    %rsp, %rdi
        movq    %rsp, %rbx
        andq    $-16, %rsp
        call    arch_kernel_trap_c              /* may change the saved rip */
        movq    %rbx, %rsp
        jmp     restore_all

        .section .note.GNU-stack, "", @progbits

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
#define MSR_PRED_CMD 0x49
#define PRED_CMD_IBPB 1
#define FOREIGN_MAX 0x7fffffff /* rax of a foreign system call is at most this */

        .section .text.window, "ax"             /* all of this is seen in every address space (arch_cpu.h) */

#define WINDOW(field) windows + field(%rip)

/* Here is a jump to target instead, after what follows (5 bytes at least), where the processor is to be guarded against. */
        .macro  patch table target
        .pushsection .rodata.patch_\table, "a"
        .quad   9f, \target
        .popsection
9:
        .endm

        .macro  leave_by_sysret
        patch   guard sysret_guard
        sysretq
        .skip   2, 0x90
        .endm

        .macro  leave_by_iret
        patch   guard iret_guard
        iretq
        .skip   3, 0x90
        .endm

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
arch_blocked_exit:                              /* rdi: the thread to resume; rsi: the one that made the call */
        save_kept %rsi
        testb   $FLAG_IRET, TCB_ARCH_FLAGS(%rdi)
        je      arch_fast_exit
        movq    %rdi, %rax
        jmp     exit_iret

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
        leave_by_iret
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
        leave_by_sysret
        .endm

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
        leaq    TCB_CTX(%rax), %rsp
        return_from_call

        .macro  restore_all
        restore_saved
        popq    %rcx
        popq    %r11
        addq    $8, %rsp                        /* error code */
        .endm

exit_iret:                                      /* rax: the thread */
        leaq    TCB_CTX(%rax), %rsp
        restore_all
        leave_by_iret

        .globl arch_start_user
arch_start_user:
        jmp     arch_exit

/* rdi: the thread to resume from its system call, which makes it lose rcx and r11; rsi: the one that made the call */
        .globl  arch_switch_exit, arch_fast_exit
        .balign 64
arch_switch_exit:
        save_kept %rsi
/* The thread (rdi) goes on behind its system call. */
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
        leave_by_sysret

/* Nobody to run: wait for an interrupt, on a fresh stack. */
arch_idle:
        movq    $STACK_TOP, %rsp
        sti
1:      hlt
        jmp     1b
arch_idle_end:

/*
 * Traps. From user mode the processor has pushed ss, rsp, flags, cs, rip (and an error code) into the TCB; what follows
 * completes the context below it, in the same order as from kernel mode onto the kernel stack.
 */
        .macro  trap_stub vector
        .balign TRAP_STUB_BYTES
        pushq   $(\vector ^ 0x80) - 0x80       /* one byte, sign-extended */
        .if     \vector >= IRQ_VECTOR_BASE
        jmp     trap_irq
        .elseif \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21 || \vector == 29 || \vector == 30
        jmp     trap_with_code
        .else
        jmp     trap_without_code
        .endif
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
        .noaltmacro

/* Sort out: r11 saved below the error code (0 where there is none, anything with interrupts), the vector in it. */
trap_with_code:
        xchgq   %r11, (%rsp)
        jmp     trap
trap_without_code:
        pushq   %r11
        movq    8(%rsp), %r11
        movq    $0, 8(%rsp)
        jmp     trap
        .balign 64
trap_irq:
        pushq   %r11
        movzbl  8(%rsp), %r11d
trap:
        patch   split trap_split
        pushq   %rcx
        pushq   %rax
        pushq   %rbx
        pushq   %rbp
        pushq   %rdx
trap_rest:
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
        restore_all
        iretq

/*
 * What comes instead, or before, where users' spaces show the window only (protect.h). The kernel's own space is loaded on the
 * way in, the user's on the way out; in between nothing is touched but the window.
 */
        .globl  arch_split_to_entry, arch_syscall_split_entry
        .balign 64
arch_syscall_split_entry:
        movq    %rsp, WINDOW(WINDOW_SCRATCH)
        movq    WINDOW(WINDOW_KERNEL_CR3), %rsp
        movq    %rsp, %cr3
        movq    WINDOW(WINDOW_SCRATCH), %rsp
arch_split_to_entry:
        jmp     arch_syscall_entry
        .skip   3, 0x90

/*
 * r11 = vector; r11 and what the processor pushed (and 0 for the error code that it did not) lie on the window's stack, or one
 * of the special ones. From user mode it goes into the TCB, and trap continues there.
 */
trap_split:
        cmpl    $VECTOR_NMI, %r11d              /* nothing uses it, and it comes with any space loaded */
        je      nmi_split
        pushq   %rax
        movq    WINDOW(WINDOW_KERNEL_CR3), %rax
        movq    %rax, %cr3
        testb   $3, 32(%rsp)                    /* cs */
        je      1f
        cmpl    $VECTOR_MACHINE_CHECK, %r11d
        je      1f
        cmpl    $VECTOR_DOUBLE_FAULT, %r11d
        je      1f
#ifdef CONFIG_HARDWARE_DEBUG_API
        cmpl    $VECTOR_DEBUG, %r11d
        je      1f
#endif
        movq    CPU(CPU_CURRENT), %rax
        popq    TCB_CTX + CTX_RAX(%rax)
        popq    TCB_CTX + CTX_R11(%rax)
        popq    TCB_CTX + CTX_ERROR(%rax)
        popq    TCB_CTX + CTX_RIP(%rax)
        popq    TCB_CTX + CTX_CS(%rax)
        popq    TCB_CTX + CTX_RFLAGS(%rax)
        popq    TCB_CTX + CTX_RSP(%rax)
        popq    TCB_CTX + CTX_SS(%rax)
        movq    $0, -56(%rsp)                   /* r11 and rax: the window is shown to the next thread, too */
        movq    $0, -64(%rsp)
        leaq    TCB_CTX + CTX_R11(%rax), %rsp
        pushq   TCB_CTX + CTX_RAX(%rax)
1:      popq    %rax
        pushq   %rcx
        pushq   %rax
        pushq   %rbx
        pushq   %rbp
        pushq   %rdx
        jmp     trap_rest

nmi_split:
        popq    %r11
        addq    $8, %rsp
        iretq

/* The end of a way out: rsp is free, the flags too. */
        .macro  guard_exit
        cmpb    $0, WINDOW(WINDOW_HAS_IBPB)
        je      1f
        movq    CPU(CPU_CR3), %rsp
        cmpq    %rsp, WINDOW(WINDOW_LAST_CR3)
        je      1f
        movq    %rsp, WINDOW(WINDOW_LAST_CR3)
        movq    %rax, WINDOW(WINDOW_SCRATCH + 8)
        movq    %rcx, WINDOW(WINDOW_SCRATCH + 16)
        movq    %rdx, WINDOW(WINDOW_SCRATCH + 24)
        movl    $MSR_PRED_CMD, %ecx
        movl    $PRED_CMD_IBPB, %eax
        xorl    %edx, %edx
        wrmsr
        movq    WINDOW(WINDOW_SCRATCH + 8), %rax
        movq    WINDOW(WINDOW_SCRATCH + 16), %rcx
        movq    WINDOW(WINDOW_SCRATCH + 24), %rdx
1:      verw    WINDOW(WINDOW_SELECTOR)
        cmpb    $0, WINDOW(WINDOW_IS_SPLIT)
        je      2f
        movq    $windows + WINDOW_STACK_TOP, WINDOW(WINDOW_RSP0)
        movq    CPU(CPU_CR3), %rsp
        movq    %rsp, %cr3
2:
        .endm

sysret_guard:
        movq    %rsp, WINDOW(WINDOW_SCRATCH)
        guard_exit
        movq    WINDOW(WINDOW_SCRATCH), %rsp
        sysretq

iret_guard:
        movq    %rax, WINDOW(WINDOW_SCRATCH)
        movq    %rsp, %rax
        movq    $windows + WINDOW_STACK_TOP, %rsp
        pushq   32(%rax)
        pushq   24(%rax)
        pushq   16(%rax)
        pushq   8(%rax)
        pushq   (%rax)
        movq    WINDOW(WINDOW_SCRATCH), %rax
        guard_exit
        movq    $windows + WINDOW_STACK_TOP - 40, %rsp
        iretq

        .section .note.GNU-stack, "", @progbits

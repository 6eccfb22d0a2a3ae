/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In and out of the kernel. Saved registers go straight into the current thread's TCB (struct
 * arch_context): rsp0 of the task state segment points at the end of it, for traps by the processor
 * and for system calls by us.
 *
 * KPTI: where the kernel is split (protect.h), users' spaces show a trampoline only. The kernel's
 * own space is loaded first on the way in, the user's last on the way out, and nothing but the
 * trampoline is touched before, or after.
 *
 * Interrupts are off throughout; only the idle loop takes one in kernel mode. An NMI changes
 * nothing at all.
 */
#include "gen/config.h"
#include "gen/offsets.h"
#include "vectors.h"

#define CPU(field) cpus + field(%rip)
#define TRAMPOLINE(field) trampolines + TRAMPOLINE_##field(%rip)
#define STACK_TOP (kernel_stacks + 8192)
#define FLAG_IRET 1
#define NATIVE_MARK 0x80000000 /* eax of a native system call of a thread with an upcall */

        /* all of this is seen in every address space (arch_cpu.h) */
        .section .text.trampoline, "ax"

/*
 * Alternatives patching. patch WHEN; code; instead_of; other code; room: when WHEN is so (enum
 * patch_when), the code is copied over the other code while booting. It must not depend on where it
 * stands (no rip-relative addresses); `room`, for what is not longer anyway, makes it fit.
 */
        .macro  patch when
        .pushsection .rodata.patch, "a"
        .long   9f - .
        .byte   \when, 8f - 7f
7:
        .endm
        .macro  instead_of
8:      .popsection
9:
        .endm
        .macro  room
        .skip   ((8b - 7b) > (. - 9b)) * ((. - 9b) - (8b - 7b)), 0x90
        .endm

/* In a patch: jumps as from where it will be. */
        .macro  jump target
        .byte   0xe9
        .long   \target - 9f - 5
        .endm
        .macro  jump_if_not_equal target
        .byte   0x0f, 0x85
        .long   \target - 9f - 6
        .endm

/*
 * Save what a system call's parameters are in and what C code may change, and take the core's
 * stack, as after a call.
 */
        .macro  save_registers thread
        movq    %rsp, TCB_rsp(\thread)
        movq    %r11, TCB_rflags(\thread)
        .irp    r, rax, rdi, rsi, r10, r8, r9, r15
        movq    %\r, TCB_\r(\thread)
        .endr
        movq    $STACK_TOP - 8, %rsp
        .endm

/* Save a call whose rip is in the trampoline; rcx: the current thread. r11 is free afterwards. */
        .macro  save_call
        save_registers %rcx
        movq    TRAMPOLINE(RIP), %r11
        movq    %r11, TCB_rip(%rcx)
        movq    %rdx, TCB_rdx(%rcx)
        .endm

/* Save the rest, which C code keeps, so that it can be done late or never. */
        .macro  save_kept thread
        .irp    r, rbx, rbp, r12, r13, r14
        movq    %\r, TCB_\r(\thread)
        .endr
        .endm

/*
 * What is in `address`, one of a capability that the user has put into `saved`, becomes its slot:
 * where one step in the root CNode of `thread`, the current one, leads to, or several do; if there
 * is none, the call is missed. One of a marked thread has to say (in eax) that it is the kernel's.
 */
        .macro  lookup address, saved, thread=%rcx
        cmpq    TCB_CSPACE_COUNT(\thread), %\address
        jae     7f
6:      andq    TCB_CSPACE_MASK(\thread), %\address    /* nospec clamp */
        shlq    $SLOT_BITS, %\address
        addq    TCB_CSPACE_SLOTS(\thread), %\address
        .subsection 1
7:      cmpq    TCB_MARKED_COUNT(\thread), %\address
        jae     8f
        cmpl    $NATIVE_MARK, %eax
        je      6b
8:      movq    TCB_\saved(\thread), %rsi
        call    lookup_multilevel
        movq    %rax, %\address
        jmp     9f
        .previous
9:
        .endm

/*
 * ... several levels; rsi: the address; rax: the slot; rcx: the current thread, afterwards. With
 * capabilities in the message it is missed: they are far, too, and all would be looked up twice.
 */
        .subsection 1
lookup_multilevel:
        pushq   %rdi
        pushq   %rdx
        movq    CPU(CPU_CURRENT), %rdi
        testl   $3 << 7, TCB_rsi(%rdi)
        jne     arch_fast_missed
        call    fast_lookup_multilevel
        movq    CPU(CPU_CURRENT), %rcx
        movq    TCB_rsi(%rcx), %rsi
        movq    TCB_r8(%rcx), %r8
        movq    TCB_r9(%rcx), %r9
        popq    %rdx
        popq    %rdi
        testq   %rax, %rax
        je      arch_fast_missed
        ret
        .previous

/* Where the kernel is split, this comes first. */
        .globl  arch_syscall_split_entry
        .balign 64
arch_syscall_split_entry:
        movq    %rcx, TRAMPOLINE(RIP)
        movq    TRAMPOLINE(KERNEL_CR3), %rcx
        movq    %rcx, %cr3
        cmpq    $SYS_REPLY_RECV, %rdx
        jb      2f
        movq    TRAMPOLINE(RIP), %rcx
/*
 * syscall: rcx = return address, r11 = flags; rsp is still the user's.
 *
 * The calls with a fast path are told apart first, the two numbers of a round trip, the highest
 * ones, before all others: they need not be kept, so that their register is free for the thread.
 * That a foreign system call of a marked thread has such a number in rdx is rare, and found out in
 * the fast path: it treats all calls of marked threads as missed that do not say in rax that they
 * are the kernel's.
 *
 * A fast path ends with a jump (switch.h); it finds nothing on the stack.
 */
        .globl  arch_syscall_entry
arch_syscall_entry:
        cmpq    $SYS_REPLY_RECV, %rdx
        jb      1f
        movq    CPU(CPU_CURRENT), %rdx
        save_registers %rdx                     /* the flags stay */
        movq    %rcx, TCB_rip(%rdx)
        save_kept %rdx
        je      3f
        movq    $SYS_CALL, TCB_rdx(%rdx)
        lookup  rdi, rdi, %rdx
        jmp     fastpath_call

3:      movq    $SYS_REPLY_RECV, TCB_rdx(%rdx)
        lookup  rdi, rdi, %rdx
        movq    %r12, %rcx                      /* reply object */
        lookup  rcx, r12, %rdx
        jmp     fastpath_reply_recv

1:      movq    %rcx, TRAMPOLINE(RIP)
2:      cmpq    $SYS_NB_WAIT, %rdx              /* the lowest of the receives */
        jb      maybe_foreign
        movq    CPU(CPU_CURRENT), %rcx
        save_call
        lookup  rdi, rdi
        cmpq    $SYS_SEND, %rdx
        je      fastpath_send
        cmpq    $SYS_NB_SEND, %rdx
        je      fastpath_send
        ja      arch_fast_missed
        movq    %r12, TCB_r12(%rcx)   /* reply object */
        movq    %rcx, %rsi
        jmp     fastpath_recv

        .globl  arch_blocked_exit
/* rdi: the thread to resume; rsi: the one that made the call */
arch_blocked_exit:
        save_kept %rsi
        testb   $FLAG_IRET, TCB_ARCH_FLAGS(%rdi)
        je      arch_fast_exit
        jmp     arch_exit

        .globl  arch_fast_missed, arch_call_missed
arch_fast_missed:
        movq    CPU(CPU_CURRENT), %rcx
        save_kept %rcx
arch_call_missed:
        movq    CPU(CPU_CURRENT), %rcx
        cmpq    $0, TCB_UPCALL(%rcx)
        jne     missed_marked
missed_native:
        movq    TCB_rdx(%rcx), %rdi
        movq    $STACK_TOP, %rsp
        call    arch_syscall_c
        jmp     arch_exit

/*
 * No number with a fast path of the public interface, or a yield. Is the thread a marked one, and
 * does eax not hold the mark of native calls? Then its own handler continues, with nothing changed.
 */
maybe_foreign:
        movq    CPU(CPU_CURRENT), %rcx
        cmpq    $0, TCB_UPCALL(%rcx)
        je      no_public
        cmpl    $NATIVE_MARK, %eax
        je      no_public
/* rcx: the thread; its cs and ss never change (X-3) */
foreign_call:
        movq    %rsp, TCB_rsp(%rcx)
        movq    %r11, TCB_rflags(%rcx)
        movq    TCB_UPCALL(%rcx), %rsp
        movq    %rsp, TCB_rip(%rcx)
        leaq    TCB_rip(%rcx), %rsp
        movq    TRAMPOLINE(RIP), %rcx
        patch   PATCH_SPLIT | PATCH_CLEAR
        jump    leave_by_iret
        instead_of
        iretq
        room

/* Beyond the public interface, nobody's, or a yield; rcx: the thread. */
no_public:
        save_call
        cmpq    $SYS_COPY, %rdx
        jne     3f
        lookup  rdi, rdi
        jmp     fastpath_copy
3:      save_kept %rcx
        cmpq    $SYS_UNTIL_WAIT + 1, %rdx       /* the receive */
        ja      4f
        cmpq    $SYS_UNTIL_WAIT, %rdx
        jb      3f
        cmpl    $0, CPU(CPU_READY_TOP)
        jl      missed_native                   /* idle, most likely */
        lookup  rdi, rdi
        movq    %rcx, %rsi
        jmp     fastpath_recv_until
3:      cmpq    $SYS_UNTIL_WAIT - 1, %rdx       /* the answer */
        jne     5f
        lookup  rdi, rdi
        jmp     fastpath_answer_owed
4:      cmpq    $SYS_UNTIL_CALL, %rdx           /* the next above */
        jne     5f
        lookup  rdi, rdi
        jmp     fastpath_call_until
5:      movq    %rcx, %rdi
        cmpq    $SYS_YIELD, %rdx
        je      fastpath_yield
        movq    %rdx, %rsi
        jmp     fastpath_unknown

/* A foreign call that a fast path missed: the registers have been saved in the TCB (rcx). */
missed_marked:
        cmpl    $NATIVE_MARK, TCB_rax(%rcx)
        je      missed_native
        movq    %rcx, %rax
        movq    TCB_rip(%rax), %rcx
        movq    %rcx, TCB_rcx(%rax)   /* as syscall leaves them */
        movq    TCB_rflags(%rax), %rcx
        movq    %rcx, TCB_r11(%rax)
        movq    TCB_UPCALL(%rax), %rcx
        movq    %rcx, TCB_rip(%rax)
        jmp     exit_iret

/*
 * rsp is at a context: everything but tag and badge, and what a system call loses; rsp is then at
 * rsi.
 */
        .macro  restore_most
        .irp    r, r15, r9, r8, r10, r14, r13, r12, rdx, rbp, rbx, rax
        popq    %\r                             /* in the order of struct arch_context */
        .endr
        .endm

/* Everything but what a system call loses; rsp is then at rcx. */
        .macro  restore_saved
        restore_most
        popq    %rsi
        popq    %rdi
        .endm

/* The processor's buffers forget what the kernel has left in them; the flags change. */
        .macro  clear_buffers
        patch   PATCH_NO_CLEAR
        .nops   7
        instead_of
        verw    TRAMPOLINE(SELECTOR)
        .endm

/*
 * rsp is at a context's part `at`. Each way out has a first sysretq or iretq; what follows is where
 * a split kernel goes on instead.
 */
        .macro  return_from at
        movq    (TCB_rip - \at)(%rsp), %rcx
        movq    (TCB_rflags - \at)(%rsp), %r11
        movq    (TCB_rsp - \at)(%rsp), %rsp
        patch   PATCH_CLEAR
        jump    clear_and_sysret
        instead_of
        patch   PATCH_SPLIT
        movq    %rsp, trampolines + TRAMPOLINE_RSP
        instead_of
        sysretq
        room
        movq    %rcx, TRAMPOLINE(RIP)           /* nothing of another user stays there */
        movq    %r11, TRAMPOLINE(RFLAGS)
        movq    CPU(CPU_CR3), %rsp
        movq    %rsp, %cr3
        clear_buffers
        movq    TRAMPOLINE(RSP), %rsp
        sysretq
        .endm

/*
 * Out: resume this_cpu()->current, or idle.
 */
        .globl arch_exit
        .balign 64
arch_exit:
        patch   PATCH_IBPB
        jump    exit_ibpb
        instead_of
        movq    CPU(CPU_CURRENT), %rax
exit_to:                                        /* rax: the thread */
        cmpq    %rax, CPU(CPU_IDLE)
        je      arch_idle
        testb   $FLAG_IRET, TCB_ARCH_FLAGS(%rax)
        jne     exit_iret
        leaq    TCB_CTX(%rax), %rsp
        restore_saved
        return_from TCB_rcx

        .macro  restore_all
        restore_saved
        popq    %rcx
        popq    %r11
        addq    $8, %rsp                        /* error code */
        .endm

exit_iret:                                      /* rax: the thread */
        leaq    TCB_CTX(%rax), %rsp
        restore_all
leave_by_iret:                                  /* from the frame at rsp */
        patch   PATCH_CLEAR
        jump    clear_and_iret
        instead_of
        patch   PATCH_SPLIT
        popq    trampolines + TRAMPOLINE_RIP
        instead_of
        iretq
        room
        popq    TRAMPOLINE(CS)
        popq    TRAMPOLINE(RFLAGS)
        popq    TRAMPOLINE(RSP)                 /* ss is there already */
        movq    CPU(CPU_CR3), %rsp
        movq    %rsp, %cr3
        clear_buffers
        movq    $trampolines + TRAMPOLINE_RIP, %rsp
        iretq

/*
 * rdi: the thread to resume from its system call, which makes it lose rcx and r11; rsi: the one
 * that made the call
 */
        .globl  arch_switch_exit, arch_fast_exit
        .balign 64
arch_switch_exit:
        save_kept %rsi
/* The thread (rdi) goes on behind its system call. */
arch_fast_exit:
        patch   PATCH_IBPB
        jump    exit_ibpb
        instead_of
        leaq    TCB_CTX(%rdi), %rsp
        restore_saved
        return_from TCB_rcx

/* rdi: badge, rsi: tag, r8: the thread, which goes on with these behind its system call */
        .globl  arch_message_exit
        .balign 64
arch_message_exit:
        patch   PATCH_IBPB
        jump    message_exit_ibpb
        instead_of
        leaq    TCB_CTX(%r8), %rsp
        restore_most
        return_from TCB_rsi

/*
 * rdi: the thread that made the call, which the first of these may have answered with a whole
 * message
 */
        .globl  arch_answer_exit, arch_same_exit
        .balign 64
arch_answer_exit:
        movq    TCB_r15(%rdi), %r15
arch_same_exit:
        movq    TCB_rflags(%rdi), %r11
        .irp    r, rax, rdx, rsi, r10, r8, r9, rsp
        movq    TCB_\r(%rdi), %\r
        .endr
        patch   PATCH_SPLIT
        movq    cpus + CPU_CR3, %rcx
        instead_of
        ds                                      /* ignored, but it is as long as its replacement */
        movq    TCB_rip(%rdi), %rcx
        movq    TCB_rdi(%rdi), %rdi
        patch   PATCH_CLEAR
        jump    clear_and_sysret
        instead_of
        patch   PATCH_SPLIT
        movq    %rcx, %cr3
        instead_of
        sysretq
        clear_buffers
        movq    TRAMPOLINE(RIP), %rcx           /* still there: all of it is this user's */
        sysretq

clear_and_sysret:
        verw    TRAMPOLINE(SELECTOR)
        sysretq
clear_and_iret:
        verw    TRAMPOLINE(SELECTOR)
        iretq

message_exit_ibpb:
        movq    %rdi, TCB_rdi(%r8)
        movq    %rsi, TCB_rsi(%r8)
exit_ibpb:
        movq    $STACK_TOP, %rsp
        call    protect_exit
        movq    CPU(CPU_CURRENT), %rax
        jmp     exit_to

/* Nobody to run: wait for an interrupt, on a fresh stack. */
arch_idle:
        movq    $STACK_TOP, %rsp
        sti
1:      hlt
        jmp     1b
arch_idle_end:

/*
 * Traps. From user mode the processor has pushed ss, rsp, flags, cs, rip (and an error code) into
 * the TCB; what follows completes the context below it, in the same order as from kernel mode onto
 * the kernel stack. Where the kernel is split, it has pushed them onto the trampoline's stack, and
 * push_frame begins with what the processor does otherwise.
 */
#ifdef CONFIG_HARDWARE_DEBUG_API
#define DEBUG_WITH_STACK VECTOR_DEBUG
#else
#define DEBUG_WITH_STACK -1
#endif
        .macro  trap_stub vector
        .balign TRAP_STUB_BYTES
        .if     \vector == VECTOR_NMI
        /* nothing uses it, and it comes with any space and any rsp */
        iretq
        .else
        pushq   $(\vector ^ 0x80) - 0x80       /* one byte, sign-extended */
        .if     \vector >= IRQ_VECTOR_BASE
        jmp     trap_irq
        .elseif \vector == VECTOR_DOUBLE_FAULT
        jmp     trap_on_own_stack_with_code
        .elseif \vector == VECTOR_MACHINE_CHECK || \vector == DEBUG_WITH_STACK
        jmp     trap_on_own_stack
        .elseif (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21
        jmp     trap_with_code
        .elseif \vector == 29 || \vector == 30
        jmp     trap_with_code
        .else
        jmp     trap_without_code
        .endif
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

/* From rcx on. */
        .macro  push_rest
        .irp    r, rcx, rdi, rsi, rax, rbx, rbp, rdx, r12, r13, r14, r10, r8, r9, r15
        pushq   %\r
        .endr
        cld
        .endm

/* Has the trap come from user mode? Its cs is that far up the stack. */
        .macro  if_from_user cs, target, split
        testb   $3, \cs(%rsp)
        patch   PATCH_SPLIT
        jump_if_not_equal \split
        instead_of
        jne     \target
        room
        .endm

        .macro  push_frame
        movq    TRAMPOLINE(KERNEL_CR3), %rsp
        movq    %rsp, %cr3
        movq    CPU(CPU_RSP0), %rsp
        pushq   TRAMPOLINE(SS)
        pushq   TRAMPOLINE(RSP)
        pushq   TRAMPOLINE(RFLAGS)
        pushq   TRAMPOLINE(CS)
        pushq   TRAMPOLINE(RIP)
        .endm

/* On the stack: vector, in the place of the error code; from kernel mode while idle. */
        .balign 64
trap_irq:
        if_from_user 16, irq, split_irq
        cmpq    $arch_idle, 8(%rsp)             /* rip */
        jb      trap_on_own_stack
        cmpq    $arch_idle_end, 8(%rsp)
        jae     trap_on_own_stack
        movzbl  (%rsp), %edi
        jmp     interrupt
split_irq:
        push_frame
        pushq   TRAMPOLINE(RIP - 8)
irq:    pushq   %r11
        push_rest
        movzbl  TCB_error - TCB_CTX(%rsp), %edi
interrupt:
        movq    $STACK_TOP, %rsp
        call    arch_interrupt_c
        jmp     arch_exit

/* On the stack: vector. */
trap_without_code:
        if_from_user 16, without_code, split_without_code
trap_on_own_stack:
        pushq   %r11
        movq    8(%rsp), %r11
        movq    $0, 8(%rsp)
        jmp     trap_in_kernel
split_without_code:
        push_frame
        pushq   TRAMPOLINE(RIP - 8)
without_code:
        pushq   %r11
        push_rest
        movq    TCB_error - TCB_CTX(%rsp), %rdi
        movq    $0, TCB_error - TCB_CTX(%rsp)
        jmp     exception

/* On the stack: vector, and the error code above it. */
trap_with_code:
        if_from_user 24, with_code, split_with_code
trap_on_own_stack_with_code:
        xchgq   %r11, (%rsp)
        jmp     trap_in_kernel
split_with_code:
        push_frame
        pushq   TRAMPOLINE(RIP - 8)
        pushq   TRAMPOLINE(RIP - 16)
        movq    $0, TRAMPOLINE(RIP - 8)         /* the next user may not see that one */
with_code:
        xchgq   %r11, (%rsp)
        push_rest
        movq    %r11, %rdi
exception:
        movq    $STACK_TOP, %rsp
        call    arch_exception_c
        jmp     arch_exit

/*
 * r11 = vector. In kernel mode, an access that may fail, or a bug; those with a stack of their own
 * come from anywhere, and with any space.
 */
trap_in_kernel:
        push_rest
        movq    %r11, %rsi                      /* vector */
        movq    %rsp, %rdi
#ifdef CONFIG_HARDWARE_DEBUG_API
        cmpl    $VECTOR_DEBUG, %esi
        jne     1f
        testb   $3, TCB_cs - TCB_CTX(%rsp)
        je      1f
        patch   PATCH_SPLIT
        movq    trampolines + TRAMPOLINE_KERNEL_CR3, %rax
        movq    %rax, %cr3
        instead_of
        room
        movq    $STACK_TOP, %rsp
        call    arch_debug_trap_c
        jmp     arch_exit
1:
#endif
        movq    %cr3, %r12
        movq    TRAMPOLINE(KERNEL_CR3), %rax
        movq    %rax, %cr3
        movq    %rsp, %rbx
        andq    $-16, %rsp
        call    arch_kernel_trap_c              /* may change the saved rip */
        movq    %rbx, %rsp
        movq    %r12, %cr3
        restore_all
        iretq

        .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: BSD-2-Clause */
/* What x86_64 keeps per core beside struct cpu's portable part. */
#pragma once

#include "segments.h"
#include "types.h"

struct tcb;

/* Task state segment (Intel SDM vol. 3A, 8.7): nothing but stacks. */
struct tss {
    uint32_t reserved0;
    word_t rsp0; /* for traps from user mode */
    word_t rsp1, rsp2;
    word_t reserved1;
    word_t ist[7];
    word_t reserved2;
    uint16_t reserved3;
    uint16_t io_map; /* beyond the limit: there is no I/O permission map */
} PACKED __attribute__((aligned(4)));

_Static_assert(sizeof(struct tss) == 104, "as the processor expects");

struct arch_cpu {
    /* whose state is in the FPU registers; NULL: nobody's. CR0.TS is clear only while it runs */
    struct tcb *fpu_owner;
    word_t cr3;           /* address space loaded now, or when the kernel is left */
    word_t last_cr3;      /* ... when branch predictions were dropped last */
    bool fpu_is_on;       /* CR0.TS is clear */
    bool has_breakpoints; /* the debug registers have some enabled */
    /*
     * rsp0: just behind ss of the current thread's saved registers; a trap saves straight into the
     * TCB
     */
    struct tss tss;
    word_t fs_base, gs_base; /* loaded now, where only the kernel writes them */
};

_Static_assert(offsetof(struct arch_cpu, tss.rsp0) % 8 == 0, "written at each switch");

/*
 * The KPTI trampoline: what a core's processor and its first instructions in the kernel need
 * whichever address space is loaded. With the IDT, the stacks of special traps and the entry code
 * it is all that users' spaces show of the kernel where the processor would let users read the rest
 * (protect.h). Nothing in it is secret.
 */
struct trampoline {
    uint32_t pad;   /* puts tss.rsp0 at a multiple of 8 */
    struct tss tss; /* of a split kernel; rsp0: behind the frame */
    uint64_t gdt[GDT_ENTRIES];
    word_t kernel_cr3; /* the kernel's own space */
    uint16_t selector; /* of a data segment, for verw */
    /* below the frame, vector and error code of a trap: nothing but vectors stays */
    word_t stack[483];
    /*
     * What the processor pushes for a trap from user mode and pops when it returns there, if the
     * kernel is split. In any, rip of a system call, while its register is needed. A split kernel
     * leaves nothing of any user but the one who runs next.
     */
    struct {
        word_t rip, cs, rflags, rsp, ss;
    } frame;
};

_Static_assert(sizeof(struct trampoline) == 4096, "all its page; and the processor aligns rsp0");

#define IN_TRAMPOLINE __attribute__((section(".bss.trampoline"))) /* also shown */

extern struct trampoline trampolines[CONFIG_MAX_NUM_NODES];

static inline struct trampoline *this_trampoline(void)
{
    return &trampolines[0];
}

#define KERNEL_STACK_BYTES 8192u
extern char kernel_stacks[CONFIG_MAX_NUM_NODES][KERNEL_STACK_BYTES];

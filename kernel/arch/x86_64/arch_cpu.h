/* SPDX-License-Identifier: BSD-2-Clause */
/* What x86_64 keeps per core beside struct cpu's portable part. */
#pragma once

#include "segments.h"
#include "types.h"

struct tcb;

/* Task state segment (Intel SDM vol. 3A, 8.7): nothing but stacks. */
struct tss {
    uint32_t reserved0;
    word_t rsp0; /* just behind ss of the current thread's saved registers: a trap saves straight into the TCB */
    word_t rsp1, rsp2;
    word_t reserved1;
    word_t ist[7];
    word_t reserved2;
    uint16_t reserved3;
    uint16_t io_map; /* beyond the limit: there is no I/O permission map */
} PACKED;

_Static_assert(sizeof(struct tss) == 104, "as the processor expects");

struct arch_cpu {
    struct tcb *fpu_owner; /* whose state is in the FPU registers; NULL: nobody's. CR0.TS is clear only while it runs */
    word_t cr3;            /* address space loaded now */
    bool fpu_is_on;        /* CR0.TS is clear */
    bool has_breakpoints;  /* the debug registers have some enabled */
    word_t user_rsp, user_rip; /* scratch of the system-call entry */
    word_t fs_base, gs_base; /* loaded now, where only the kernel writes them */
};

/*
 * What a core's processor and its first instructions in the kernel need whichever address space is loaded. With the IDT, the
 * stacks of special traps and the entry code it is all that users' spaces show of the kernel where the processor would let
 * users read the rest (protect.h). Nothing in it is secret.
 */
struct window {
    uint32_t pad; /* puts tss.rsp0 at a multiple of 8 */
    struct tss tss;
    uint64_t gdt[GDT_ENTRIES];
    word_t kernel_cr3;  /* the kernel's own space */
    word_t last_cr3;    /* the user's space that was left to last */
    word_t scratch[4];
    uint16_t selector;  /* of a data segment, for verw */
    bool is_split, has_ibpb; /* as in struct protection */
    word_t stack[16];   /* for what the processor pushes, until it is in a TCB */
};

#define IN_WINDOW __attribute__((section(".bss.window"))) /* also shown */

extern struct window windows[CONFIG_MAX_NUM_NODES];

static inline struct window *this_window(void)
{
    return &windows[0];
}

#define KERNEL_STACK_BYTES 8192u
extern char kernel_stacks[CONFIG_MAX_NUM_NODES][KERNEL_STACK_BYTES];

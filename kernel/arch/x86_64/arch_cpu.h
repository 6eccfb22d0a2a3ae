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
    unsigned irq;          /* interrupt being handled, IRQ_NONE: none */
    bool fpu_is_on;        /* CR0.TS is clear */
    bool has_breakpoints;  /* the debug registers have some enabled */
    word_t user_rsp, user_rip; /* scratch of the system-call entry */
    word_t fs_base, gs_base; /* loaded now, where only the kernel writes them */
    uint32_t tss_pad;      /* puts tss.rsp0 at a multiple of 8 */
    struct tss tss;
    uint64_t gdt[GDT_ENTRIES];
};

#define KERNEL_STACK_BYTES 8192u
extern char kernel_stacks[CONFIG_MAX_NUM_NODES][KERNEL_STACK_BYTES];

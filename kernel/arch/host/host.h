/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine's controls: its clock, its interrupt line, its memory, and what the kernel did
 * to it.
 */
#pragma once

#include <setjmp.h>

#include "types.h"

/*
 * Fixed, so that a failure repeats; in a part of the address space that every sanitizer leaves to
 * programs.
 */
#define HOST_RAM_BASE UINT64_C(0x300000000000)
#define HOST_RAM_BITS 20u
#define HOST_RAM_BYTES BIT(HOST_RAM_BITS)
#define HOST_TICKS_PER_US 8u
#define HOST_IRQS 8u /* interrupts 0..7 exist */
/* What an address space shows of user memory: entries 1 to HOST_PAGES - 1 of its page. */
struct host_page {
    uaddr_t va;
    paddr_t paddr;
    bool is_there, is_writable;
};
#define HOST_PAGES 16u

#define HOST_SPACE_PIECES 3u /* pieces that deleting an address space takes */

struct host {
    ticks_t now;            /* the clock; the kernel reads it at every entry and preemption point */
    ticks_t deadline;       /* last arch_timer_set() */
    bool is_irq_pending;    /* what preemption points are told */
    word_t looks;           /* preemption points so far */
    word_t preempt_at;      /* the looks-th look says yes (counted from 1); 0: none does */
    word_t preempt_every;   /* every n-th look says yes; 0: none does */
    word_t switches;        /* thread switches */
    word_t irq_masked;      /* bit per interrupt */
    jmp_buf *on_halt;       /* where to go instead of aborting when the kernel stops */
    void (*on_death)(void); /* called first when it stops; survives host_power_on() */
    size_t log_bytes;
    char log[4096]; /* the last that the kernel printed */
};

extern struct host host;

/*
 * Power on: memory and core structures zero, clock at a value that isn't 0. Nothing of the old
 * kernel state may be in use.
 */
void host_power_on(void);

/*
 * Memory that belongs to no object: every access but arch_zero()'s is an error from now on. Needs
 * the address sanitizer.
 */
void host_poison(void *p, size_t size_bytes);
void host_unpoison(void *p, size_t size_bytes);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has which of the 256 vectors. An interrupt's number in the interface is its vector less
 * IRQ_VECTOR_BASE: first the 16 lines of the PIC, then those that users choose for an I/O APIC pin
 * or a message. Also for assembly.
 */
#pragma once

#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_NO_FPU 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18

#define IRQ_VECTOR_BASE 0x20
#define IRQ_PIC_COUNT 16
#define IRQ_USER_FIRST 16  /* the interrupt number of user vector 0 */
#define ARCH_IRQ_COUNT 126 /* 16 + IRQ_VECTOR_MAX + 1 */

/*
 * Vectors from IRQ_VECTOR_END on are raised by users: system calls that nobody knows. Only the last
 * is not theirs alone: the timer's and, since its low four bits are ones, a spurious interrupt's on
 * every local APIC. Whoever raises it, the clock is looked at, and nothing else happens.
 */
#define IRQ_VECTOR_END (IRQ_VECTOR_BASE + ARCH_IRQ_COUNT)
#define TIMER_VECTOR 0xff

#define TRAP_STUB_BYTES 8 /* each vector's entry code in entry.S has this many bytes */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segment selectors: the order syscall and sysret want (Intel SDM vol. 3A, 5.8.8). sysret takes SS
 * from STAR[63:48]+8 and CS from STAR[63:48]+16, so user data lies between a dummy 32-bit code
 * segment and 64-bit code. Also for assembly.
 */
#pragma once

#define KERNEL_CS 0x08
#define KERNEL_SS 0x10
#define USER32_CS 0x1b /* the base of STAR[63:48]; no descriptor of use */
#define USER_SS 0x23
#define USER_CS 0x2b
#define TSS_SELECTOR 0x30 /* two entries wide */
#define GDT_ENTRIES 8

/* Interrupt stack table: numbers as in a gate's IST field. */
#define IST_NMI 1
#define IST_DOUBLE_FAULT 2
#define IST_MACHINE_CHECK 3
#define IST_DEBUG 4 /* where the kernel can be configured to have users meet it */
#define IST_COUNT 4

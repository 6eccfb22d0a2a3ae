/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC in xAPIC mode, at the first page of the device area (Intel SDM vol. 3A, ch. 11).
 */
#pragma once

#include "arch_inline.h"

#define LAPIC_ID 0x20
#define LAPIC_VERSION 0x30
#define LAPIC_TPR 0x80
#define LAPIC_EOI 0xb0
#define LAPIC_SVR 0xf0
#define LAPIC_ISR 0x100
#define LAPIC_IRR 0x200
#define LAPIC_ESR 0x280
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_THERMAL 0x330
#define LAPIC_LVT_PMC 0x340
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_LVT_ERROR 0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

#define LVT_MASKED BIT(16)
#define LVT_EXTINT 0x700
#define LVT_NMI 0x400
#define LVT_TIMER_DEADLINE BIT(18)

static inline uint32_t lapic_read(unsigned reg)
{
    return *(volatile uint32_t *)(DEVICE_AREA + reg);
}

static inline void lapic_write(unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(DEVICE_AREA + reg) = value;
}

/* The interrupt being handled is done with. */
static inline void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

/*
 * Turn it on: everything masked but NMI; the PIC's line let through when use_pic. Its page is
 * mapped.
 */
void lapic_init(bool use_pic);
unsigned lapic_id(void);
/* Is an interrupt of this vector being handled? Else users have raised it. */
bool lapic_in_service(unsigned vector);
/* Has an interrupt of any vector arrived that is not being handled? */
bool lapic_pending(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts by their number in the interface (vectors.h) and what is behind each: nothing, a line
 * of the PIC, a pin of an I/O APIC, or a message. Beside this, arch.h's arch_irq_*.
 */
#pragma once

#include "types.h"
#include "vectors.h"

/* After the I/O APICs are known: without one, the PIC's lines are interrupts 0..15. */
void irq_init(void);

/*
 * Interrupt irq (IRQ_USER_FIRST..ARCH_IRQ_COUNT-1) now comes from this pin, and is let through.
 * Arguments are within bounds: ioapic < ioapic_count, pin < ioapic_pin_count(ioapic).
 */
void arch_irq_set_ioapic(unsigned irq, unsigned ioapic, unsigned pin, bool is_level, bool is_low);

/*
 * Interrupt irq now comes from a message that a device sends (the kernel can't mask it). The device
 * is programmed by its driver; who it is matters to interrupt remapping only, which we don't do.
 */
void arch_irq_set_msi(unsigned irq);

/*
 * Interrupt irq has arrived: let the controller send others. A level-triggered one, and any of the
 * PIC, is silent until its handler has acknowledged it; an edge is not masked, since one that comes
 * while masked would be lost. False: it was spurious.
 */
bool arch_irq_eoi(unsigned irq);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The I/O APICs, in the order of the ACPI tables (82093AA data sheet). Callers keep indices within
 * the counts.
 */
#pragma once

#include "types.h"

#define IOAPIC_MAX 8u

extern unsigned ioapic_count;

/*
 * Take over the I/O APIC whose registers are at device page 1 + ioapic_count, there are less than
 * IOAPIC_MAX yet; masks every pin. False: there is none.
 */
bool ioapic_add(void);
unsigned ioapic_pin_count(unsigned ioapic);
/* Program pin to raise `vector` on core `apic_id`, masked. */
void ioapic_route(unsigned ioapic, unsigned pin, bool is_level, bool is_low, unsigned vector,
                  unsigned apic_id);
void ioapic_mask(unsigned ioapic, unsigned pin, bool is_masked);

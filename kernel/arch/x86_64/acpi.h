/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel takes from the ACPI tables: where the interrupt controllers are, and a timer to calibrate with. */
#pragma once

#include "ioapic.h"
#include "types.h"

#define ACPI_RSDP_BYTES 36u
#define ACPI_OVERRIDES_MAX 16u

/* ISA interrupt `isa_irq` arrives at global interrupt `gsi`, with MADT flags (polarity 0..1, trigger 2..3). */
struct acpi_override {
    uint8_t isa_irq;
    uint16_t flags;
    uint32_t gsi;
};

struct acpi_facts {
    uint8_t rsdp[ACPI_RSDP_BYTES]; /* copy of the root pointer */
    bool has_rsdp;
    bool has_madt;
    paddr_t lapic; /* 0: not said */
    unsigned ioapic_count;
    paddr_t ioapic[IOAPIC_MAX];
    unsigned override_count;
    struct acpi_override override[ACPI_OVERRIDES_MAX];
    unsigned core_count;
    uint16_t pm_timer_port; /* 0: there is none */
    bool pm_timer_is_32_bit;
};

extern struct acpi_facts acpi_facts;

/* Read the tables. rsdp: a copy of the root pointer from the boot loader, or NULL: look for it where a BIOS puts it. Needs the
 * first 4 GiB visible in the physical window; tables beyond are ignored. */
void acpi_read(const void *rsdp);

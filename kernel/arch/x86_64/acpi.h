/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel takes from the ACPI tables: where the interrupt controllers are, and a timer to
 * calibrate with.
 */
#pragma once

#include "ioapic.h"
#include "types.h"

#define ACPI_RSDP_BYTES 36u

struct acpi_facts {
    uint8_t rsdp[ACPI_RSDP_BYTES]; /* copy of the root pointer */
    bool has_rsdp;
    unsigned ioapic_count;
    paddr_t ioapic[IOAPIC_MAX]; /* as firmware says, unchecked */
    uint16_t pm_timer_port;     /* 0: there is none */
};

extern struct acpi_facts acpi_facts;

/*
 * Read the tables. rsdp: a copy of the root pointer from the boot loader, or NULL: look for it
 * where a BIOS puts it. Needs the first 4 GiB visible in the physmap; tables beyond are
 * ignored.
 */
void acpi_read(const void *rsdp);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI 6.4: 5.2.5 (root pointer), 5.2.6 (headers), 5.2.7-8 (RSDT, XSDT), 5.2.9 (FADT), 5.2.12
 * (MADT). Tables are firmware's data: lengths are checked before they are believed, fields may be
 * misaligned.
 */
#include "acpi.h"

#include "arch.h"
#include "kstring.h"

#define ACPI_REACH BIT(32) /* what is mapped while the tables are read */
#define TABLE_MAX_BYTES 0x10000u
#define HEADER_BYTES 36u
#define HEADER_LENGTH 4u

#define RSDP_V1_BYTES 20u
#define RSDP_REVISION 15u
#define RSDP_RSDT 16u
#define RSDP_XSDT 24u

#define FADT_PM_TIMER_PORT 76u
#define FADT_PM_TIMER_LENGTH 91u

#define MADT_ENTRIES 44u
#define MADT_IOAPIC 1u

#define BIOS_AREA_START 0xe0000u
#define BIOS_AREA_END 0x100000u
#define EBDA_SEGMENT_AT 0x40eu

struct acpi_facts acpi_facts;

static bool sums_to_zero(const uint8_t *p, size_t size_bytes)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size_bytes; i++)
        sum = (uint8_t)(sum + p[i]);
    return sum == 0;
}

static bool is_rsdp(const uint8_t *p)
{
    return memcmp(p, "RSD PTR ", 8) == 0 && sums_to_zero(p, RSDP_V1_BYTES);
}

static const uint8_t *rsdp_search(paddr_t start, paddr_t end)
{
    for (paddr_t p = start; p + ACPI_RSDP_BYTES <= end; p += 16)
        if (is_rsdp(paddr_to_ptr(p)))
            return paddr_to_ptr(p);
    return NULL;
}

static const uint8_t *rsdp_find(void)
{
    paddr_t ebda = (paddr_t)number_at(paddr_to_ptr(EBDA_SEGMENT_AT), 2) << 4;
    const uint8_t *found = NULL;

    if (ebda >= 0x400 && ebda < 0xa0000)
        found = rsdp_search(ebda, ebda + 1024);
    return found != NULL ? found : rsdp_search(BIOS_AREA_START, BIOS_AREA_END);
}

/* The table at p, or NULL if it can't be one. */
static const uint8_t *table_at(paddr_t p, uint32_t *length)
{
    if (p == 0 || p > ACPI_REACH - HEADER_BYTES)
        return NULL;

    const uint8_t *t = paddr_to_ptr(p);
    *length = number_at(t + HEADER_LENGTH, 4);
    if (*length < HEADER_BYTES || *length > TABLE_MAX_BYTES || *length > ACPI_REACH - p ||
        !sums_to_zero(t, *length))
        return NULL;
    return t;
}

static void madt_read(const uint8_t *t, uint32_t length)
{
    struct acpi_facts *f = &acpi_facts;
    unsigned entry_length;

    for (uint32_t at = MADT_ENTRIES; at + 2 <= length; at += entry_length) {
        entry_length = t[at + 1];
        if (entry_length < 2 || at + entry_length > length)
            return;
        if (t[at] == MADT_IOAPIC && entry_length >= 12 && f->ioapic_count < IOAPIC_MAX)
            f->ioapic[f->ioapic_count++] = number_at(t + at + 4, 4);
    }
}

static void fadt_read(const uint8_t *t, uint32_t length)
{
    if (length <= FADT_PM_TIMER_LENGTH || t[FADT_PM_TIMER_LENGTH] != 4)
        return;
    uint64_t port = number_at(t + FADT_PM_TIMER_PORT, 4);
    acpi_facts.pm_timer_port = port <= UINT16_MAX - 3 ? (uint16_t)port : 0;
}

static void table_read(paddr_t p)
{
    uint32_t length = 0;
    const uint8_t *t = table_at(p, &length);

    if (t == NULL)
        return;
    if (memcmp(t, "APIC", 4) == 0)
        madt_read(t, length);
    else if (memcmp(t, "FACP", 4) == 0)
        fadt_read(t, length);
}

void acpi_read(const void *rsdp)
{
    const uint8_t *root = rsdp;
    uint32_t length = 0;

    if (root == NULL || !is_rsdp(root))
        root = rsdp_find();
    if (root == NULL)
        return;
    bool is_v2 = root[RSDP_REVISION] >= 2;
    memcpy(acpi_facts.rsdp, root, is_v2 ? ACPI_RSDP_BYTES : RSDP_V1_BYTES);
    acpi_facts.has_rsdp = true;

    const uint8_t *list = is_v2 ? table_at(number_at(root + RSDP_XSDT, 8), &length) : NULL;
    unsigned entry_bytes = 8;
    if (list == NULL) {
        list = table_at(number_at(root + RSDP_RSDT, 4), &length);
        entry_bytes = 4;
    }
    if (list == NULL)
        return;
    for (uint32_t at = HEADER_BYTES; at + entry_bytes <= length; at += entry_bytes)
        table_read(number_at(list + at, entry_bytes));
}

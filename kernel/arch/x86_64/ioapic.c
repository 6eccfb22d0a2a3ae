/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers are reached through a select and a window register. The low half of each pin's entry is
 * kept in memory, so that masking is one write.
 */
#include "ioapic.h"

#include "arch_inline.h"

#define SELECT 0x00
#define WINDOW 0x10
#define REG_VERSION 0x01
#define REG_ENTRY_LOW(pin) (0x10 + 2 * (pin))
#define REG_ENTRY_HIGH(pin) (0x11 + 2 * (pin))

#define ENTRY_LOW_ACTIVE BIT(13)
#define ENTRY_LEVEL BIT(15)
#define ENTRY_MASKED BIT(16)

#define PINS_MAX 240u

struct ioapic {
    unsigned pin_count;
    uint32_t entry_low[PINS_MAX]; /* as last written [K] */
};

unsigned ioapic_count;
static struct ioapic ioapics[IOAPIC_MAX];

static volatile uint32_t *ioapic_register(unsigned ioapic, unsigned offset)
{
    return (volatile uint32_t *)(DEVICE_AREA + 4096 * (1 + ioapic) + offset);
}

static uint32_t ioapic_read(unsigned ioapic, unsigned reg)
{
    *ioapic_register(ioapic, SELECT) = reg;
    return *ioapic_register(ioapic, WINDOW);
}

static void ioapic_write(unsigned ioapic, unsigned reg, uint32_t value)
{
    *ioapic_register(ioapic, SELECT) = reg;
    *ioapic_register(ioapic, WINDOW) = value;
}

static void ioapic_write_low(unsigned ioapic, unsigned pin, uint32_t value)
{
    ioapics[ioapic].entry_low[pin] = value;
    ioapic_write(ioapic, REG_ENTRY_LOW(pin), value);
}

bool ioapic_add(void)
{
    unsigned i = ioapic_count;
    uint32_t version = ioapic_read(i, REG_VERSION);
    unsigned pins = (version >> 16 & 0xff) + 1;

    if (version == 0 || version == UINT32_MAX)
        return false;
    ioapic_count++;
    ioapics[i].pin_count = pins < PINS_MAX ? pins : PINS_MAX;
    for (unsigned pin = 0; pin < ioapics[i].pin_count; pin++)
        ioapic_write_low(i, pin, ENTRY_MASKED);
    return true;
}

unsigned ioapic_pin_count(unsigned ioapic)
{
    return ioapics[ioapic].pin_count;
}

void ioapic_route(unsigned ioapic, unsigned pin, bool is_level, bool is_low, unsigned vector,
                  unsigned apic_id)
{
    ioapic_write_low(ioapic, pin, ENTRY_MASKED);
    ioapic_write(ioapic, REG_ENTRY_HIGH(pin), apic_id << 24);
    ioapic_write_low(ioapic, pin,
                     (uint32_t)(vector | ENTRY_MASKED | (is_level ? ENTRY_LEVEL : 0) |
                                (is_low ? ENTRY_LOW_ACTIVE : 0)));
}

void ioapic_mask(unsigned ioapic, unsigned pin, bool is_masked)
{
    uint32_t old = ioapics[ioapic].entry_low[pin];
    uint32_t low = is_masked ? old | (uint32_t)ENTRY_MASKED : old & ~(uint32_t)ENTRY_MASKED;

    if (low != old)
        ioapic_write_low(ioapic, pin, low);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "lapic.h"

#include "machine.h"
#include "vectors.h"

#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_X2APIC BIT(10)
#define SVR_ENABLE BIT(8)
#define VERSION_MAX_LVT_SHIFT 16

static void lapic_enable(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    /* x2APIC mode can only be left through "disabled" (SDM vol. 3A, 11.12.5). */
    if (base & APIC_BASE_X2APIC)
        wrmsr(MSR_APIC_BASE, base & ~(APIC_BASE_X2APIC | APIC_BASE_ENABLE));
    wrmsr(MSR_APIC_BASE, (base & ~APIC_BASE_X2APIC) | APIC_BASE_ENABLE);
}

void lapic_init(bool use_pic)
{
    lapic_enable();
    lapic_write(LAPIC_TPR, 0);
    lapic_write(LAPIC_SVR, SVR_ENABLE | TIMER_VECTOR);

    unsigned lvt_max = lapic_read(LAPIC_VERSION) >> VERSION_MAX_LVT_SHIFT & 0xff;
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);
    lapic_write(LAPIC_LVT_LINT0, use_pic ? LVT_EXTINT : LVT_MASKED | LVT_EXTINT);
    lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED | TIMER_VECTOR);
    if (lvt_max >= 4)
        lapic_write(LAPIC_LVT_PMC, LVT_MASKED | TIMER_VECTOR);
    if (lvt_max >= 5)
        lapic_write(LAPIC_LVT_THERMAL, LVT_MASKED | TIMER_VECTOR);

    /*
     * What the firmware left in service would block us: as many ends of interrupt as there can be.
     */
    for (unsigned i = 0; i < 16; i++)
        lapic_eoi();
    lapic_write(LAPIC_ESR, 0);
}

unsigned lapic_id(void)
{
    return lapic_read(LAPIC_ID) >> 24;
}

bool lapic_in_service(unsigned vector)
{
    return lapic_read(LAPIC_ISR + vector / 32 * 16) >> vector % 32 & 1;
}

bool lapic_pending(void)
{
    uint32_t any = 0;

    for (unsigned i = 1; i < 8; i++)
        any |= lapic_read(LAPIC_IRR + 16 * i);
    return any != 0;
}

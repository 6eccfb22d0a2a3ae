/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticks are TSC ticks. The timer is the local APIC's: given a TSC value where the processor can do that, otherwise counting
 * down at its own rate, which is any fraction of the TSC's, not just an integer one.
 *
 * Rates are measured against the ACPI timer (3.579545 MHz; ACPI 6.4, 4.8.3.3), or the PIT where there is none. All three
 * clocks are read together several times and the reading that took the shortest is kept, so that being interrupted by a
 * hypervisor between two instructions does no harm; only the two readings' own width is in the result. Rates the
 * processor states are believed if the measurement agrees.
 *
 * Sources: Intel SDM vol. 3A, 11.5.4 (APIC timer), 18.7.3 (TSC frequency); Intel 8254 data sheet.
 */
#include "timer.h"

#include "acpi.h"
#include "arch.h"
#include "boot.h"
#include "cpu_init.h"
#include "klog.h"
#include "lapic.h"
#include "machine.h"
#include "vectors.h"

#define PM_TIMER_HZ 3579545u
#define PIT_HZ 1193182u
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND 0x43
#define PIT_2_RATE_GENERATOR 0xb4 /* channel 2, low then high byte, mode 2 */
#define PIT_2_LATCH 0x80
#define PIT_GATE 0x61

#define US_PER_S UINT64_C(1000000)
#define CALIBRATE_MS 20u /* below the 55 ms in which the PIT wraps */
#define READINGS 10u

#define FRACTION_BITS 32u

static uint64_t tsc_hz;
static uint64_t lapic_hz;
static uint64_t lapic_per_tsc; /* local APIC ticks per TSC tick, << FRACTION_BITS, rounded up */
static bool use_deadline;

/* --- the reference clock --- */

static uint32_t reference_hz, reference_mask;

static void reference_init(void)
{
    if (acpi_facts.pm_timer_port != 0) {
        reference_hz = PM_TIMER_HZ;
        reference_mask = 0xffffff; /* what all of them have */
        return;
    }
    reference_hz = PIT_HZ;
    reference_mask = 0xffff;
    out8(PIT_GATE, (uint8_t)((in8(PIT_GATE) & ~2) | 1)); /* counting on, loudspeaker off */
    out8(PIT_COMMAND, PIT_2_RATE_GENERATOR);
    out8(PIT_CHANNEL_2, 0);
    out8(PIT_CHANNEL_2, 0);
}

/* counts up, modulo reference_mask + 1 */
static uint32_t reference_read(void)
{
    if (reference_hz == PM_TIMER_HZ)
        return in32(acpi_facts.pm_timer_port);
    out8(PIT_COMMAND, PIT_2_LATCH);
    uint32_t low = in8(PIT_CHANNEL_2);
    return 0 - (low | (uint32_t)in8(PIT_CHANNEL_2) << 8);
}

/* --- measuring --- */

struct reading {
    uint64_t tsc;
    uint32_t reference;
    uint32_t lapic; /* counts down */
    uint64_t width; /* TSC ticks that the reading took */
};

/* Waits for the reference's next tick, so that its own grain isn't in the result either. */
static struct reading reading_once(void)
{
    struct reading r;
    uint32_t first = reference_read(), now;
    uint64_t before;

    do {
        before = arch_now();
        now = reference_read();
    } while (now == first);
    r.tsc = arch_now();
    r.reference = now;
    r.lapic = lapic_read(LAPIC_TIMER_CURRENT);
    r.width = arch_now() - before;
    return r;
}

static struct reading reading_take(void)
{
    struct reading best = reading_once();

    for (unsigned i = 1; i < READINGS; i++) {
        struct reading r = reading_once();

        if (r.width < best.width)
            best = r;
    }
    return best;
}

static uint32_t reference_distance(uint32_t from, uint32_t to)
{
    return (to - from) & reference_mask;
}

/* a * b / c with a 128-bit product; the result must fit */
static uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low, high, quotient, remainder;

    __asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "rm"(b) : "cc");
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "rm"(c) : "cc");
    return quotient;
}

static void measure_once(uint64_t *tsc_rate, uint64_t *lapic_rate)
{
    uint32_t wait = reference_hz / 1000 * CALIBRATE_MS;
    struct reading a = reading_take();

    while (reference_distance(a.reference, reference_read()) < wait)
        ;
    struct reading b = reading_take();
    uint32_t elapsed = reference_distance(a.reference, b.reference);
    *tsc_rate = mul_div(b.tsc - a.tsc, reference_hz, elapsed);
    *lapic_rate = mul_div(a.lapic - b.lapic, reference_hz, elapsed);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* value, or the multiple of 1 MHz that it can't be told from (one part in 10,000) */
static uint64_t round_rate(uint64_t value)
{
    uint64_t rounded = (value + US_PER_S / 2) / US_PER_S * US_PER_S;

    return distance(value, rounded) <= value / 10000 ? rounded : value;
}

static bool agree(uint64_t a, uint64_t b)
{
    return distance(a, b) <= b / 1000;
}

/*
 * The host may have taken the processor away for longer than the reference can count: measure until two agree. The last
 * resort is the last measurement.
 */
static void measure(void)
{
    uint64_t old_tsc = 0, tsc = 0, lapic = 0;

    lapic_write(LAPIC_TIMER_DIVIDE, 0xb); /* by 1 */
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);
    for (unsigned i = 0; i < 10; i++) {
        lapic_write(LAPIC_TIMER_INITIAL, 0xffffffff);
        measure_once(&tsc, &lapic);
        if (agree(old_tsc, tsc))
            break;
        old_tsc = tsc;
    }
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    tsc_hz = round_rate(tsc);
    lapic_hz = round_rate(lapic);
}

/* What the processor says of the TSC, 0: nothing. */
static uint64_t stated_tsc_hz(void)
{
    if (cpuid(0, 0).eax < 0x15)
        return 0;
    struct cpuid r = cpuid(0x15, 0); /* ebx/eax: TSC per crystal tick; ecx: crystal, Hz */
    if (r.eax == 0 || r.ebx == 0 || r.ecx == 0)
        return 0;
    return mul_div(r.ecx, r.ebx, r.eax);
}

void timer_init(void)
{
    uint64_t stated = CONFIG_PC99_TSC_FREQUENCY != 0 ? CONFIG_PC99_TSC_FREQUENCY : stated_tsc_hz();

    reference_init();
    measure();
    if (stated != 0 && (CONFIG_PC99_TSC_FREQUENCY != 0 || agree(stated, tsc_hz)))
        tsc_hz = stated;
    use_deadline = cpu_features.has_tsc_deadline;
    if (tsc_hz < US_PER_S || (!use_deadline && lapic_hz == 0))
        boot_fail("the clocks don't run (TSC %lu Hz, local APIC %lu Hz)", tsc_hz, lapic_hz);
    lapic_per_tsc = mul_div(lapic_hz, BIT(FRACTION_BITS), tsc_hz) + 1;
    lapic_write(LAPIC_LVT_TIMER, (uint32_t)(TIMER_VECTOR | (use_deadline ? LVT_TIMER_DEADLINE : 0)));
    if (use_deadline)
        __asm__ volatile("mfence" : : : "memory"); /* SDM vol. 3A, 11.5.4.1: before the first write of the MSR */
    klog("timer: TSC %lu Hz, local APIC %lu Hz, %s\n", tsc_hz, lapic_hz, use_deadline ? "TSC deadline" : "one-shot");
}

uint64_t timer_tsc_hz(void)
{
    return tsc_hz;
}

/* --- arch.h --- */

/*
 * One-shot: the count is rounded up, so it takes at least a tick and isn't early but by the rates' error; if it is, or if
 * the distance was more than the counter holds, the core finds the deadline still ahead and sets the timer again.
 */
void arch_timer_set(ticks_t now, ticks_t deadline)
{
    if (use_deadline) {
        wrmsr(MSR_TSC_DEADLINE, deadline == 0 ? 1 : deadline);
        return;
    }
    ticks_t left = deadline > now ? deadline - now : 0;

    if (left >> FRACTION_BITS != 0)
        left = MASK(FRACTION_BITS);
    uint64_t count = (uint64_t)(((unsigned __int128)left * lapic_per_tsc) >> FRACTION_BITS) + 1;
    lapic_write(LAPIC_TIMER_INITIAL, count > 0xffffffff ? 0xffffffff : (uint32_t)count);
}

/* Seconds and the rest apart: no product exceeds 2^64 for anything up to arch_max_us(). */
ticks_t arch_us_to_ticks(word_t us)
{
    return us / US_PER_S * tsc_hz + us % US_PER_S * tsc_hz / US_PER_S;
}

word_t arch_ticks_to_us(ticks_t ticks)
{
    return ticks / tsc_hz * US_PER_S + ticks % tsc_hz * US_PER_S / tsc_hz;
}

word_t arch_max_us(void)
{
    return BIT(62) / tsc_hz * US_PER_S;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticks are TSC ticks. The timer is the local APIC's: given a TSC value where the processor can do
 * that, otherwise counting down at its own rate, which is any fraction of the TSC's, not just an
 * integer one.
 *
 * Rates are measured against the ACPI timer (3.579545 MHz; ACPI 6.4, 4.8.3.3); where there is none,
 * or it doesn't count, against the PIT; then against the TSC, if the processor says how fast that
 * is. All three clocks are read together several times and the reading that took the shortest is
 * kept, so that a clock jump (a hypervisor takes the processor away between two instructions) does
 * no harm; only the two readings' own width is in the result. Rates the processor states are
 * believed if the measurement agrees.
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
#define POLLS_MAX 100000u            /* readings in which a clock that counts does change */
#define POLLS_PER_TICK UINT64_C(100) /* more than any clock takes for a tick, on average */
#define TSC_SHIFT 4u /* as a reference: 32 bits hold its rate, and more than a second */

#define FRACTION_BITS 32u

static uint64_t tsc_hz;
static uint64_t lapic_hz;
static uint64_t lapic_per_tsc; /* local APIC ticks per TSC tick, << FRACTION_BITS, rounded up */
static bool use_deadline;

/* --- the reference clock --- */

/* A clock whose rate is known, in the order in which they are tried. */
enum reference { REFERENCE_PM_TIMER, REFERENCE_PIT, REFERENCE_TSC, REFERENCES };

static const char *const reference_name[] = { "ACPI timer", "PIT", "TSC" };
static enum reference reference;
static uint32_t reference_hz, reference_mask;

/* Make `reference` ready. tsc_rate: what is known of it, or 0. False: there is no such clock. */
static bool reference_init(uint64_t tsc_rate)
{
    if (reference == REFERENCE_PM_TIMER) {
        reference_hz = PM_TIMER_HZ;
        reference_mask = 0xffffff; /* what all of them have */
        return acpi_facts.pm_timer_port != 0;
    }
    if (reference == REFERENCE_TSC) {
        reference_hz = (uint32_t)(tsc_rate >> TSC_SHIFT);
        reference_mask = UINT32_MAX;
        return reference_hz != 0;
    }
    reference_hz = PIT_HZ;
    reference_mask = 0xffff;
    out8(PIT_GATE, (uint8_t)((in8(PIT_GATE) & ~2) | 1)); /* counting on, loudspeaker off */
    out8(PIT_COMMAND, PIT_2_RATE_GENERATOR);
    out8(PIT_CHANNEL_2, 0);
    out8(PIT_CHANNEL_2, 0);
    return true;
}

/* counts up, modulo reference_mask + 1 */
static uint32_t reference_read(void)
{
    if (reference == REFERENCE_PM_TIMER)
        return in32(acpi_facts.pm_timer_port);
    if (reference == REFERENCE_TSC)
        return (uint32_t)(arch_now() >> TSC_SHIFT);
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

/*
 * Waits for the reference's next tick, so that its own grain isn't in the result either. False: it
 * has none.
 */
static bool reading_once(struct reading *r)
{
    uint32_t first = reference_read();
    uint64_t before;
    unsigned polls = 0;

    do {
        if (polls++ == POLLS_MAX)
            return false;
        before = arch_now();
        r->reference = reference_read();
    } while (r->reference == first);
    r->tsc = arch_now();
    r->lapic = lapic_read(LAPIC_TIMER_CURRENT);
    r->width = arch_now() - before;
    return true;
}

static bool reading_take(struct reading *best)
{
    best->width = UINT64_MAX;
    for (unsigned i = 0; i < READINGS; i++) {
        struct reading r;

        if (!reading_once(&r))
            return false;
        if (r.width < best->width)
            *best = r;
    }
    return true;
}

/* a * b / c with a 128-bit product; the result must fit */
static uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low, high, quotient, remainder;

    __asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "rm"(b) : "cc");
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "rm"(c) : "cc");
    return quotient;
}

/* False: the reference doesn't count. */
static bool measure_once(uint64_t *tsc_rate, uint64_t *lapic_rate)
{
    uint32_t wait = reference_hz / 1000 * CALIBRATE_MS;
    uint64_t polls = POLLS_MAX + wait * POLLS_PER_TICK;
    struct reading a, b;

    if (!reading_take(&a))
        return false;
    while (((reference_read() - a.reference) & reference_mask) < wait)
        if (polls-- == 0)
            return false;
    if (!reading_take(&b))
        return false;
    /* 0 if the processor was away just as long as the reference takes to come round */
    uint64_t elapsed = max_word((b.reference - a.reference) & reference_mask, 1);
    *tsc_rate = mul_div(b.tsc - a.tsc, reference_hz, elapsed);
    *lapic_rate = mul_div(a.lapic - b.lapic, reference_hz, elapsed);
    return true;
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
 * Measure the rates by `reference`. Clock jumps: the host may have taken the processor away for
 * longer than that can count: two in a row must agree.
 */
static bool measure(void)
{
    uint64_t tsc = 0, lapic = 0;

    lapic_write(LAPIC_TIMER_DIVIDE, 0xb); /* by 1 */
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t old_tsc = tsc;

        lapic_write(LAPIC_TIMER_INITIAL, 0xffffffff);
        if (!measure_once(&tsc, &lapic))
            return false;
        if (old_tsc == 0 || !agree(old_tsc, tsc))
            continue;
        lapic_write(LAPIC_TIMER_INITIAL, 0);
        tsc_hz = round_rate(tsc);
        lapic_hz = round_rate(lapic);
        return true;
    }
    return false;
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

    while (!reference_init(stated) || !measure()) {
        klog("timer: no rate by the %s\n", reference_name[reference]);
        if (++reference == REFERENCES)
            boot_fail("there is no clock that counts");
    }
    if (stated != 0 && (CONFIG_PC99_TSC_FREQUENCY != 0 || agree(stated, tsc_hz)))
        tsc_hz = stated;
    use_deadline = cpu_features.has_tsc_deadline;
    if (tsc_hz < US_PER_S || (!use_deadline && lapic_hz == 0))
        boot_fail("the clocks don't run (TSC %lu Hz, local APIC %lu Hz)", tsc_hz, lapic_hz);
    lapic_per_tsc = mul_div(lapic_hz, BIT(FRACTION_BITS), tsc_hz) + 1;
    lapic_write(LAPIC_LVT_TIMER,
                (uint32_t)(TIMER_VECTOR | (use_deadline ? LVT_TIMER_DEADLINE : 0)));
    if (use_deadline)
        /* SDM vol. 3A, 11.5.4.1: before the first write of the MSR */
        __asm__ volatile("mfence" : : : "memory");
    klog("timer: TSC %lu Hz, local APIC %lu Hz by the %s, %s\n", tsc_hz, lapic_hz,
         reference_name[reference], use_deadline ? "TSC deadline" : "one-shot");
}

uint32_t timer_tsc_mhz(void)
{
    return (uint32_t)((tsc_hz + US_PER_S / 2) / US_PER_S);
}

/* --- arch.h --- */

/*
 * One-shot: the count is rounded up, so it takes at least a tick and isn't early but by the rates'
 * error; if it is, or if the distance was more than the counter holds, the core finds the deadline
 * still ahead and sets the timer again.
 */
INLINE void set(ticks_t now, ticks_t deadline)
{
    if (use_deadline) {
        wrmsr(MSR_TSC_DEADLINE, max_word(deadline, 1)); /* 0 would turn it off */
        return;
    }
    ticks_t left = deadline > now ? min_word(deadline - now, MASK(FRACTION_BITS)) : 0;
    uint64_t count = (uint64_t)(((unsigned __int128)left * lapic_per_tsc) >> FRACTION_BITS) + 1;

    lapic_write(LAPIC_TIMER_INITIAL, (uint32_t)min_word(count, UINT32_MAX));
}

void arch_timer_set(ticks_t now, ticks_t deadline)
{
    set(now, deadline);
}

/* Calls nothing, so that it has but a few registers to keep. */
void timer_set_apart(void)
{
    set(this_cpu()->now, this_cpu()->timer_deadline);
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

/* The interface's bound: 2^61 ticks of the frequency that the boot information states. */
word_t arch_max_us(void)
{
    return BIT(61) / timer_tsc_mhz();
}

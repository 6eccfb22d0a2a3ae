/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of kernel/arch/x86_64/timer.c on machines whose clocks are dead, erratic or badly
 * timed. If one fails, the kernel waits without end for a clock that doesn't count, dies of a
 * division, or believes a rate that it should not.
 *
 * The machine is played: what the file under test calls its instructions is defined below, and each
 * one takes some time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "acpi.h"
#include "arch.h"
#include "boot.h"
#include "cpu_init.h"
#include "lapic.h"
#include "machine.h"
#include "tests/unit/tap.h"

#define PM_PORT 0x608
#define TSC_HZ UINT64_C(2400000000)
#define LAPIC_HZ UINT64_C(100000000)
#define PM_HZ 3579545u
#define PIT_RATE 1193182u
#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

struct acpi_facts acpi_facts;
struct cpu_features cpu_features;
struct cpu cpus[CONFIG_MAX_NUM_NODES];

enum clock { DEAD, COUNTS, ERRATIC };

static struct {
    enum clock pm, pit, tsc, lapic;
    bool is_stated;      /* the processor says how fast its TSC is */
    uint64_t away_at_ns; /* then the host takes the processor away, 0: never */
    uint64_t away_ns;    /* for so long */
    uint64_t now_ns;     /* the time */
    uint64_t armed_ns;   /* when the local APIC's timer was set */
    uint32_t initial;    /* to what */
    uint16_t latch;      /* of the PIT */
    bool is_high;        /* its next byte */
    unsigned accesses;   /* so far */
    char log[4096];
} m;

static jmp_buf halted;

static uint64_t ticks_of(enum clock c, uint64_t hz)
{
    if (c == ERRATIC)
        return (uint64_t)rand() * 7919;
    return c == DEAD ? ~UINT64_C(0) : (uint64_t)((unsigned __int128)m.now_ns * hz / NS_PER_S);
}

static void pass(uint64_t ns)
{
    m.now_ns += ns;
    if (++m.accesses > 20 * 1000 * 1000) /* for ever */
        longjmp(halted, 2);
}

static ticks_t played_arch_now(void)
{
    pass(10);
    return ticks_of(m.tsc, TSC_HZ);
}

static struct cpuid played_cpuid(uint32_t leaf)
{
    if (leaf == 0)
        return (struct cpuid){ .eax = m.is_stated ? 0x16 : 0x14 };
    return (struct cpuid){ .eax = 2, .ebx = 200, .ecx = (uint32_t)(TSC_HZ / 100) };
}

static uint32_t played_in32(uint16_t port)
{
    pass(900);
    return port == PM_PORT ? (uint32_t)ticks_of(m.pm, PM_HZ) & 0xffffff : UINT32_MAX;
}

static void played_out8(uint16_t port, uint8_t value)
{
    pass(900);
    if (port == 0x43 && value == 0x80) {
        m.latch = (uint16_t)(0 - ticks_of(m.pit, PIT_RATE));
        m.is_high = false;
    }
}

static uint8_t played_in8(uint16_t port)
{
    pass(900);
    if (m.away_at_ns != 0 && m.now_ns >= m.away_at_ns) {
        m.away_at_ns = 0;
        m.now_ns += m.away_ns;
    }
    if (port != 0x42)
        return 0xff;
    m.is_high = !m.is_high;
    return (uint8_t)(m.is_high ? m.latch : m.latch >> 8);
}

static uint32_t played_lapic_read(unsigned reg)
{
    uint64_t gone = (m.now_ns - m.armed_ns) * LAPIC_HZ / NS_PER_S;

    pass(100);
    if (reg != LAPIC_TIMER_CURRENT || m.lapic == DEAD)
        return 0;
    return gone > m.initial ? 0 : m.initial - (uint32_t)gone;
}

static void played_lapic_write(unsigned reg, uint32_t value)
{
    pass(100);
    if (reg != LAPIC_TIMER_INITIAL)
        return;
    m.initial = value;
    m.armed_ns = m.now_ns;
}

void klog(const char *format, ...)
{
    size_t used = strlen(m.log);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(m.log + used, sizeof m.log - used, format, args);
    va_end(args);
}

void arch_halt(void)
{
    longjmp(halted, 1);
}

#define arch_now() played_arch_now()
#define cpuid(leaf, subleaf) played_cpuid(leaf)
#define in8(port) played_in8(port)
#define in32(port) played_in32(port)
#define out8(port, value) played_out8(port, value)
#define lapic_read(reg) played_lapic_read(reg)
#define lapic_write(reg, value) played_lapic_write(reg, value)
#define no_caller_saved_registers /* not where there are vector registers */
#include "arch/x86_64/timer.c"

/* --- cases --- */

/* A machine with all its clocks, none of which is what the processor says. */
static void machine(void)
{
    memset(&m, 0, sizeof m);
    m.now_ns = 12345;
    m.pm = m.pit = m.tsc = m.lapic = COUNTS;
    acpi_facts.pm_timer_port = PM_PORT;
    cpu_features.has_tsc_deadline = false;
    tsc_hz = lapic_hz = 0;
    reference = 0;
}

enum { STARTED, HALTED, ENDLESS };

static int start(void)
{
    int how = setjmp(halted);

    if (how == 0)
        timer_init();
    return how;
}

/* It starts, knows all rates, and says by which clock. */
static void starts(const char *name, const char *by)
{
    bool good = start() == STARTED && agree(tsc_hz, TSC_HZ) && agree(lapic_hz, LAPIC_HZ) &&
                strstr(m.log, by) != NULL;

    if (!tap_ok(good, name))
        printf("# TSC %llu Hz, local APIC %llu Hz, %u accesses; log: %s\n",
               (unsigned long long)tsc_hz, (unsigned long long)lapic_hz, m.accesses, m.log);
}

/* It refuses, in one line behind those about the clocks it tried. */
static void refuses(const char *name, const char *why)
{
    const char *at = start() == HALTED ? strstr(m.log, "kernel: cannot boot: ") : NULL;
    bool good = at != NULL && strstr(at, why) != NULL && strchr(at, '\n') == at + strlen(at) - 1;

    if (!tap_ok(good, name))
        printf("# %u accesses; log: %s\n", m.accesses, m.log);
}

static void sources(void)
{
    machine();
    starts("the ACPI timer is what rates are measured by", "by the ACPI timer");
    machine();
    acpi_facts.pm_timer_port = 0;
    starts("without one it is the PIT", "by the PIT");
    machine();
    acpi_facts.pm_timer_port = 0x9000;
    starts("an ACPI timer at a dead port: the PIT", "by the PIT");
    machine();
    m.pm = ERRATIC;
    starts("an ACPI timer that doesn't count but changes: the PIT", "by the PIT");
    machine();
    m.pm = m.pit = DEAD;
    m.is_stated = true;
    starts("neither, but the processor says how fast its TSC is", "by the TSC");
    machine();
    m.is_stated = true;
    starts("what the processor says is believed if it is so", "by the ACPI timer");
}

static void refusals(void)
{
    machine();
    m.pm = m.pit = DEAD;
    refuses("no clock of known rate", "no clock");
    machine();
    m.pm = m.pit = ERRATIC;
    refuses("clocks that give no two equal rates", "no clock");
    machine();
    m.tsc = DEAD;
    refuses("a TSC that doesn't count", "no clock");
    machine();
    m.tsc = DEAD;
    m.is_stated = true;
    refuses("a TSC that doesn't count, whatever is said of it", "no clock");
    machine();
    m.lapic = DEAD;
    refuses("a local APIC timer that doesn't count", "the clocks don't run");
}

/* The PIT is all there is, and the host takes the processor away some time after the start. */
static void hosted_machine(uint64_t at_ns, uint64_t away_ns)
{
    machine();
    acpi_facts.pm_timer_port = 0;
    m.away_at_ns = m.now_ns + at_ns;
    m.away_ns = away_ns;
}

/*
 * The PIT comes round in 54.925 ms, and a measurement takes 20: for as long as takes it to where it
 * began, at any time about when it ends.
 */
static void hosts(void)
{
    hosted_machine(10 * NS_PER_MS, 60 * NS_PER_MS);
    starts("the processor was away for longer than the PIT counts: measured again", "by the PIT");
    for (uint64_t at_ns = 20 * NS_PER_MS; at_ns < 20 * NS_PER_MS + 100000; at_ns += 2000)
        for (uint64_t over_ns = 0; over_ns < 20000; over_ns += 800) {
            hosted_machine(at_ns, 54915 * UINT64_C(1000) - at_ns + over_ns);
            if (start() != STARTED || !agree(tsc_hz, TSC_HZ)) {
                (void)tap_ok(false, "... until the PIT was where it was before");
                printf("# %llu, %llu; log: %s\n", (unsigned long long)at_ns,
                       (unsigned long long)over_ns, m.log);
                return;
            }
        }
    (void)tap_ok(true, "... until the PIT was where it was before");
}

/* What is left until a deadline, in the local APIC's ticks, rounded up; both ways to set it. */
static void deadlines(void)
{
    struct cpu *cpu = this_cpu();
    uint32_t far;

    machine();
    (void)start();
    cpu->now = TSC_HZ;
    cpu->timer_deadline = cpu->now + TSC_HZ / 10;
    arch_timer_set(cpu->now, cpu->timer_deadline);
    far = m.initial;
    (void)tap_ok(agree(far, LAPIC_HZ / 10), "a deadline is so many ticks away");
    arch_timer_set(cpu->now, cpu->now - 1);
    (void)tap_ok(m.initial == 1, "one that has passed comes at once");
    timer_set_apart();
    (void)tap_ok(m.initial == far, "the fast paths set the timer as others do");
    cpu->timer_deadline = TIMER_OFF;
    timer_set_apart();
    (void)tap_ok(m.initial > LAPIC_HZ, "one beyond what the timer holds comes as late as it can");
}

int main(void)
{
    deadlines();
    sources();
    refusals();
    hosts();
    return tap_done();
}

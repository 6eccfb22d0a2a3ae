/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time from the processor's time-stamp counter, whose frequency init passes on from the kernel. No messages.
 * Sleeping gives the rest of the budget away until the time has come, so its grain is the thread's period.
 */
#include "personality.h"

enum { NS_PER_S = 1000000000 };
enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_PROCESS = 2, CLOCK_THREAD = 3, CLOCK_LAST = 7 };

static uint64_t tsc_read(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static struct linux_timespec time_now(bool real)
{
    const struct process_info *info = process_info();
    uint64_t hz = info->tsc_hz, ticks = tsc_read();

    /* The remainder is below hz, a few 10^9: its product with 10^9 fits 64 bits up to 18 GHz. */
    return (struct linux_timespec){
        (int64_t)(ticks / hz + (real ? info->boot_time_s : 0)),
        (int64_t)(ticks % hz * NS_PER_S / hz),
    };
}

uint64_t linux_now_ns(void)
{
    struct linux_timespec t = time_now(false);

    return (uint64_t)t.seconds * NS_PER_S + (uint64_t)t.nanoseconds;
}

long linux_clock_gettime(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a2, (void)a3, (void)a4, (void)a5;
    if (a0 < 0 || a0 > CLOCK_LAST || a0 == CLOCK_PROCESS || a0 == CLOCK_THREAD)
        return -LINUX_EINVAL;
    *(struct linux_timespec *)a1 = time_now(a0 == CLOCK_REALTIME || a0 == 5 /* REALTIME_COARSE */);
    return 0;
}

long linux_clock_getres(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a2, (void)a3, (void)a4, (void)a5;
    if (a0 < 0 || a0 > CLOCK_LAST || a0 == CLOCK_PROCESS || a0 == CLOCK_THREAD)
        return -LINUX_EINVAL;
    if (a1 != 0)
        *(struct linux_timespec *)a1 = (struct linux_timespec){ 0, 1 };
    return 0;
}

long linux_gettimeofday(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    struct linux_timespec t = time_now(true);

    if (a0 != 0)
        *(struct linux_timespec *)a0 = (struct linux_timespec){ t.seconds, t.nanoseconds / 1000 };
    return 0;
}

long linux_time(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    struct linux_timespec t = time_now(true);

    if (a0 != 0)
        *(int64_t *)a0 = t.seconds;
    return t.seconds;
}

static bool time_good(const struct linux_timespec *t)
{
    return t->seconds >= 0 && t->nanoseconds >= 0 && t->nanoseconds < NS_PER_S;
}

static void sleep_until(uint64_t deadline_ns)
{
    while (linux_now_ns() < deadline_ns)
        seL4_Yield();
}

long linux_nanosleep(long a0, long a1, long a2, long a3, long a4, long a5)
{
    const struct linux_timespec *t = (const struct linux_timespec *)a0;

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    if (!time_good(t))
        return -LINUX_EINVAL;
    sleep_until(linux_now_ns() + (uint64_t)t->seconds * NS_PER_S + (uint64_t)t->nanoseconds);
    return 0;
}

long linux_clock_nanosleep(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { TIMER_ABSTIME = 1 };
    const struct linux_timespec *t = (const struct linux_timespec *)a2;

    if ((a0 != CLOCK_REALTIME && a0 != CLOCK_MONOTONIC) || !time_good(t))
        return -LINUX_EINVAL;
    if ((a1 & TIMER_ABSTIME) == 0)
        return linux_nanosleep(a2, a3, a4, a5, 0, 0);

    uint64_t offset = a0 == CLOCK_REALTIME ? process_info()->boot_time_s : 0;
    uint64_t seconds = (uint64_t)t->seconds > offset ? (uint64_t)t->seconds - offset : 0;
    sleep_until(seconds * NS_PER_S + (uint64_t)t->nanoseconds);
    return 0;
}

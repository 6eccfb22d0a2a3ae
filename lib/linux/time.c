/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time from the processor's time-stamp counter, whose frequency init passes on from the kernel. No
 * messages.
 */
#include <base/tsc.h>

#include "signal.h"
#include "usage.h"
#include "vdso.h"

enum { NS = LINUX_NS_PER_S, MOST_SECONDS = 4000000000u };
enum {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS,
    CLOCK_THREAD,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_TAI = 11,
};

static inline struct linux_timespec time_now(bool real)
{
    const struct process_info *info = process_info();
    uint64_t ticks = tsc_read();

    /* Rounded down twice, this is at most one less than the quotient. */
    uint64_t seconds = (uint64_t)((unsigned __int128)ticks * info->tsc_inverse >> 64);
    uint64_t rest = ticks - seconds * info->tsc_hz;
    if (__builtin_expect(rest >= info->tsc_hz, 0)) {
        rest -= info->tsc_hz;
        seconds++;
    }
    /* The product is below 2^32 * 10^9; what it lacks is less than a nanosecond for each 2^32. */
    return (struct linux_timespec){
        (int64_t)(seconds + (real ? info->boot_time_s : 0)),
        (int64_t)(rest * info->tsc_ns >> 32),
    };
}

uint64_t linux_now_ns(void)
{
    struct linux_timespec t = time_now(false);

    return (uint64_t)t.seconds * NS + (uint64_t)t.nanoseconds;
}

uint64_t linux_ticks(uint64_t ns)
{
    uint64_t hz = process_info()->tsc_hz, seconds = ns / NS;

    if (seconds > MYELIN_NEVER / 2 / hz)
        return MYELIN_NEVER;
    return seconds * hz + (ns % NS * hz + NS - 1) / NS;
}

bool linux_time_take(const struct linux_timespec *time, uint64_t *ns)
{
    if (time->seconds < 0 || time->nanoseconds < 0 || time->nanoseconds >= NS)
        return false;
    /* Thirty years are as good as for ever, and can be added to. */
    uint64_t seconds = time->seconds < MOST_SECONDS ? (uint64_t)time->seconds : MOST_SECONDS;
    *ns = seconds * NS + (uint64_t)time->nanoseconds;
    return true;
}

static bool clock_is_real(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

/* A clock that tells the time. */
static bool clock_tells_time(int clock)
{
    return clock_is_real(clock) || clock == CLOCK_MONOTONIC ||
           (clock >= CLOCK_MONOTONIC_RAW && clock <= CLOCK_BOOTTIME);
}

static long time_put(uaddr_t to, struct linux_timespec time)
{
    return user_store_two(to, (uint64_t)time.seconds, (uint64_t)time.nanoseconds) ? 0
                                                                                  : -LINUX_EFAULT;
}

/* Or of how long the processor has run for the process, or for this thread. */
static bool clock_good(int clock)
{
    return clock_tells_time(clock) || clock == CLOCK_PROCESS || clock == CLOCK_THREAD;
}

static __attribute__((noinline)) long clock_other(int clock, uaddr_t time)
{
    enum { US = 1000000, NS_PER_US = 1000 };
    uint64_t us;

    if (clock_tells_time(clock))
        return time_put(time, time_now(clock_is_real(clock)));
    if (!clock_good(clock) ||
        !usage_us(clock == CLOCK_PROCESS ? -1 : (int)linux_thread()->index, &us))
        return -LINUX_EINVAL;
    return time_put(time,
                    (struct linux_timespec){ (int64_t)(us / US), (int64_t)(us % US * NS_PER_US) });
}

long linux_clock_gettime(int clock, uaddr_t time)
{
    return clock == CLOCK_MONOTONIC ? time_put(time, time_now(false)) : clock_other(clock, time);
}

long linux_clock_getres(int clock, uaddr_t resolution)
{
    if (!clock_good(clock))
        return -LINUX_EINVAL;
    return user_null(resolution)
               ? 0
               : time_put(resolution,
                          (struct linux_timespec){ 0, clock_tells_time(clock) ? 1 : 1000 });
}

long linux_gettimeofday(uaddr_t time, uaddr_t zone)
{
    static const int32_t utc[2];
    struct linux_timespec t = time_now(true);

    if (!user_null(time)) {
        t.nanoseconds /= 1000; /* now it is a struct timeval */
        if (!user_put(time, &t, sizeof t))
            return -LINUX_EFAULT;
    }
    return user_null(zone) || user_put(zone, utc, sizeof utc) ? 0 : -LINUX_EFAULT;
}

long linux_time(uaddr_t time)
{
    int64_t seconds = time_now(true).seconds;

    return user_null(time) || user_put(time, &seconds, sizeof seconds) ? seconds : -LINUX_EFAULT;
}

/* ---- the same without a system call, on the program's stack: vdso.S leads here ---- */

long linux_vdso_clock_gettime(int clock, struct linux_timespec *time)
{
    long result = 228; /* clock_gettime */

    if (clock_tells_time(clock)) {
        *time = time_now(clock_is_real(clock));
        return 0;
    }
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"((long)clock), "S"(time)
                     : "rcx", "r11", "memory");
    return result;
}

long linux_vdso_gettimeofday(struct linux_timespec *time, int32_t *zone)
{
    if (time != NULL) {
        *time = time_now(true);
        time->nanoseconds /= 1000;
    }
    if (zone != NULL)
        zone[0] = zone[1] = 0;
    return 0;
}

long linux_vdso_time(int64_t *time)
{
    int64_t seconds = time_now(true).seconds;

    if (time != NULL)
        *time = seconds;
    return seconds;
}

/* ---- sleeping ---- */

static long time_get(uaddr_t from, uint64_t *ns)
{
    struct linux_timespec t;

    if (!user_get(&t, from, sizeof t))
        return -LINUX_EFAULT;
    return linux_time_take(&t, ns) ? 0 : -LINUX_EINVAL;
}

/* Sleep for a time; what is left when a signal ends it is told. */
static long sleep_for(uint64_t ns, uaddr_t left)
{
    uint64_t deadline_ns = linux_now_ns() + ns;

    if (!signal_sleep(0, &deadline_ns))
        return 0;
    uint64_t now_ns = linux_now_ns(), rest_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    struct linux_timespec rest = { (int64_t)(rest_ns / NS), (int64_t)(rest_ns % NS) };
    return user_null(left) || user_put(left, &rest, sizeof rest) ? -LINUX_EINTR : -LINUX_EFAULT;
}

long linux_nanosleep(uaddr_t time, uaddr_t left)
{
    uint64_t ns;
    long error = time_get(time, &ns);

    return error != 0 ? error : sleep_for(ns, left);
}

long linux_clock_nanosleep(int clock, int flags, uaddr_t time, uaddr_t left)
{
    enum { TIMER_ABSTIME = 1 };
    uint64_t ns;

    if ((clock >= CLOCK_THREAD && clock <= CLOCK_MONOTONIC_COARSE) || clock == CLOCK_PROCESS)
        return -LINUX_EOPNOTSUPP;
    if (!clock_tells_time(clock))
        return -LINUX_EINVAL;
    long error = time_get(time, &ns);
    if (error != 0)
        return error;
    if ((flags & TIMER_ABSTIME) == 0)
        return sleep_for(ns, left);
    uint64_t boot_ns = clock_is_real(clock) ? process_info()->boot_time_s * NS : 0,
             deadline_ns = ns > boot_ns ? ns - boot_ns : 0;
    return signal_sleep(0, &deadline_ns) ? -LINUX_EINTR : 0;
}

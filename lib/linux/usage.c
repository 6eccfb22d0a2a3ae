/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much processor time the process has used, which whoever manages it asks the kernel for; and
 * timers, which proc keeps: components of init have none.
 */
#include <idl/init.h>

#include "process.h"
#include "threads.h"
#include "usage.h"

enum { RUSAGE_CHILDREN = -1, RUSAGE_SELF, RUSAGE_THREAD, US = 1000000 };

bool usage_us(int thread, uint64_t *us)
{
    uint64_t of[PROCESS_THREADS_MAX], kernel_us;
    size_t count;

    if (linux_is_process()) {
        uint64_t most, faults;
        int error;
        CALL_SURELY(error, proc_usage(linux_proc(), thread < 0 ? RUSAGE_SELF : RUSAGE_THREAD, us,
                                      &kernel_us, &most, &faults));
        return error == 0;
    }
    if (init_time((struct init){ SLOT_INIT }, of, PROCESS_THREADS_MAX, &count) != 0 ||
        thread >= (int)count)
        return false;
    *us = 0;
    for (unsigned i = 0; i < count; i++)
        *us += thread < 0 || (unsigned)thread == i ? of[i] : 0;
    return true;
}

/* Linux's struct rusage: times are all that is counted. */
struct linux_rusage {
    struct linux_timespec user, system; /* in microseconds */
    uint64_t others[14];
};
_Static_assert(sizeof(struct linux_rusage) == 144, "ABI");

static struct linux_timespec time_of_us(uint64_t us)
{
    return (struct linux_timespec){ (int64_t)(us / US), (int64_t)(us % US) };
}

bool usage_fill(uaddr_t to, uint64_t user_us, uint64_t kernel_us)
{
    struct linux_rusage out = { .user = time_of_us(user_us), .system = time_of_us(kernel_us) };

    return user_put(to, &out, sizeof out);
}

/* Of the whole process, this thread, or the children that were waited for; us[1] in the kernel. */
static bool usage_of(int who, uint64_t us[2])
{
    uint64_t most_kilobytes, faults;
    int error;

    us[0] = us[1] = 0;
    if (linux_is_process()) {
        CALL_SURELY(error, proc_usage(linux_proc(), who, &us[0], &us[1], &most_kilobytes, &faults));
        return error == 0;
    }
    return who == RUSAGE_CHILDREN ||
           usage_us(who == RUSAGE_SELF ? -1 : (int)linux_thread()->index, &us[0]);
}

long linux_getrusage(int who, uaddr_t usage)
{
    uint64_t us[2];

    if (who < RUSAGE_CHILDREN || who > RUSAGE_THREAD || !usage_of(who, us))
        return -LINUX_EINVAL;
    return usage_fill(usage, us[0], us[1]) ? 0 : -LINUX_EFAULT;
}

long linux_times(uaddr_t times)
{
    enum { US_PER_TICK = 10000, NS_PER_TICK = 10000000 };
    uint64_t own[2], children[2];

    if (!usage_of(RUSAGE_SELF, own) || !usage_of(RUSAGE_CHILDREN, children))
        return -LINUX_EINVAL;
    const uint64_t ticks[4] = { own[0] / US_PER_TICK, own[1] / US_PER_TICK,
                                children[0] / US_PER_TICK, children[1] / US_PER_TICK };
    if (!user_null(times) && !user_put(times, ticks, sizeof ticks))
        return -LINUX_EFAULT;
    return (long)(linux_now_ns() / NS_PER_TICK);
}

/* ---- timers ---- */

enum { ITIMER_REAL, ITIMERS = 3 };
#define ONLY_ASK UINT64_MAX

struct itimer {
    int64_t every_s, every_us, left_s, left_us;
};

static bool timeval_good(int64_t seconds, int64_t us)
{
    return seconds >= 0 && us >= 0 && us < US;
}

static uint64_t timeval_us(int64_t seconds, int64_t us)
{
    enum { MOST_SECONDS = 1000000000 };

    return (uint64_t)(seconds < MOST_SECONDS ? seconds : MOST_SECONDS) * US + (uint64_t)us;
}

/* Set a timer, or ONLY_ASK; what it was. */
static long timer_set(uint64_t value_us, uint64_t every_us, struct itimer *was)
{
    uint64_t left = 0, every = 0;
    int error = 0;

    if (linux_is_process())
        CALL_SURELY(error,
                    proc_alarm(linux_proc(), ITIMER_REAL, value_us, every_us, &left, &every));
    else if (value_us != ONLY_ASK && value_us != 0)
        return -LINUX_ENOSYS; /* nobody would send its signal */
    *was = (struct itimer){ (int64_t)(every / US), (int64_t)(every % US), (int64_t)(left / US),
                            (int64_t)(left % US) };
    return call_result(error);
}

/* Those that count processor time are never on. */
static long timer_of(int which, uint64_t value_us, uint64_t every_us, struct itimer *was)
{
    if (which == ITIMER_REAL)
        return timer_set(value_us, every_us, was);
    *was = (struct itimer){ 0 };
    return value_us == ONLY_ASK || value_us == 0 ? 0 : -LINUX_ENOSYS;
}

long linux_getitimer(int which, uaddr_t value)
{
    struct itimer now;

    if ((unsigned)which >= ITIMERS)
        return -LINUX_EINVAL;
    long error = timer_of(which, ONLY_ASK, 0, &now);
    if (error != 0)
        return error;
    return user_put(value, &now, sizeof now) ? 0 : -LINUX_EFAULT;
}

long linux_setitimer(int which, uaddr_t value, uaddr_t old)
{
    struct itimer to = { 0 }, was;

    if (!user_null(value) && !user_get(&to, value, sizeof to))
        return -LINUX_EFAULT;
    if (!timeval_good(to.every_s, to.every_us) || !timeval_good(to.left_s, to.left_us) ||
        (unsigned)which >= ITIMERS)
        return -LINUX_EINVAL;
    long error = timer_of(which, timeval_us(to.left_s, to.left_us),
                          timeval_us(to.every_s, to.every_us), &was);
    if (error != 0)
        return error;
    return user_null(old) || user_put(old, &was, sizeof was) ? 0 : -LINUX_EFAULT;
}

long linux_alarm(unsigned seconds)
{
    struct itimer was;
    long error = timer_set((uint64_t)seconds * US, 0, &was);

    /* Less than a second is told as one: 0 would say that it was off. */
    return error != 0 ? error
                      : was.left_s + (was.left_us >= US / 2 || was.left_s == 0) * (was.left_us > 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd: open files of the pipe server that count how often a time has come.
 */
#include <idl/alarm.h>

#include "path.h"
#include "served.h"

/* idl/alarm.capnp */
enum { SET_CHANGE = 1, SET_ABSOLUTE = 2 };

/* Linux's struct itimerspec. */
struct linux_itimerspec {
    struct linux_timespec interval, value;
};

static struct alarm alarm_server(void)
{
    return (struct alarm){ path_server(UNIX_PIPE).cap };
}

long linux_timerfd_create(int clock, int flags)
{
    enum { CLOCK_REALTIME_ALARM = 8, CLOCK_BOOTTIME_ALARM = 9 };
    struct linux_file file = { .kind = FILE_SERVED, .server = UNIX_PIPE, .mode = 0600 };
    int error;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
        return -LINUX_EINVAL;
    if (clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM)
        return -LINUX_EPERM; /* nobody may wake a machine that sleeps */
    CALL_SURELY(error, alarm_create(alarm_server(), (uint32_t)clock, (uint32_t)(flags & O_NONBLOCK),
                                    &file.handle));
    if (error != 0)
        return call_result(error);
    file.flags = O_RDWR | (uint32_t)(flags & O_NONBLOCK);
    return served_add(&file, (flags & O_CLOEXEC) != 0);
}

static struct linux_timespec time_of(uint64_t ns)
{
    return (struct linux_timespec){ (int64_t)(ns / LINUX_NS_PER_S),
                                    (int64_t)(ns % LINUX_NS_PER_S) };
}

static long timer_do(int fd, uint32_t how, uint64_t value_ns, uint64_t interval_ns, uaddr_t old)
{
    const struct linux_file *file = file_of(fd);
    uint64_t left_ns, old_interval_ns;
    int error;

    if (file == NULL)
        return -LINUX_EBADF;
    if (file->kind != FILE_SERVED || file->server != UNIX_PIPE)
        return -LINUX_EINVAL;
    CALL_SURELY(error, alarm_set(alarm_server(), file->handle, how, value_ns, interval_ns, &left_ns,
                                 &old_interval_ns));
    if (error != 0)
        return call_result(error);
    const struct linux_itimerspec was = { time_of(old_interval_ns), time_of(left_ns) };
    return user_null(old) || user_put(old, &was, sizeof was) ? 0 : -LINUX_EFAULT;
}

long linux_timerfd_settime(int fd, int flags, uaddr_t value, uaddr_t old)
{
    enum { TFD_TIMER_ABSTIME = 1, TFD_TIMER_CANCEL_ON_SET = 2 }; /* nobody sets clocks here */
    struct linux_itimerspec wanted;
    uint64_t value_ns, interval_ns;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (!user_get(&wanted, value, sizeof wanted))
        return -LINUX_EFAULT;
    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 ||
        !linux_time_take(&wanted.value, &value_ns) ||
        !linux_time_take(&wanted.interval, &interval_ns))
        return -LINUX_EINVAL;
    uint32_t how = SET_CHANGE | ((flags & TFD_TIMER_ABSTIME) != 0 ? SET_ABSOLUTE : 0);
    return timer_do(fd, how, value_ns, interval_ns, old);
}

long linux_timerfd_gettime(int fd, uaddr_t value)
{
    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = timer_do(fd, 0, 0, 0, value);
    return error == 0 && user_null(value) ? -LINUX_EFAULT : error;
}

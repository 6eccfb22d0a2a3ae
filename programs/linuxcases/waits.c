/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for descriptors, children, timers; processor time.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

static long null, reads;
static const struct timespec_is soon = { 0, 1000 }, negative = { 0, -1 }, before = { -1, 0 },
                                million = { 0, 1000000 };
static struct timespec_is left;

/* Linux writes what is left into it. */
static struct timespec_is *time_of(const struct timespec_is *t)
{
    left = *t;
    return &left;
}

static void cases_poll(void)
{
    struct pollfd set[3] = { { (int)null, POLLIN | POLLOUT | POLLPRI, 0 },
                             { 99, POLLIN, 0 },
                             { -1, POLLIN, 7 } };

    V("poll: a device, a closed and no descriptor", SYS_poll, set, 3, 0);
    show_number("poll: the device", set[0].revents);
    show_number("poll: the closed one", set[1].revents);
    show_number("poll: none", set[2].revents);
    V("poll: for ever", SYS_poll, set, 1, -1);
    set[0].events = POLLRDNORM | POLLWRBAND | POLLRDHUP;
    V("poll: other events", SYS_poll, set, 1, 0);
    show_number("poll: which", set[0].revents);
    set[0].events = 0;
    V("poll: no events", SYS_poll, set, 1, 1);
    V("poll: bad pointer", SYS_poll, gone, 1, 0);
    V("poll: none at a bad pointer", SYS_poll, gone, 0, 0);
    V("poll: too many", SYS_poll, set, 1 << 30, 0);
    V("ppoll: -1 ns", SYS_ppoll, set, 1, time_of(&negative), 0, 8);
    V("ppoll: bad time", SYS_ppoll, set, 1, gone, 0, 8);
    V("ppoll: mask of 4 bytes", SYS_ppoll, set, 1, time_of(&soon), page, 4);
    V("ppoll: bad mask", SYS_ppoll, set, 1, time_of(&soon), gone, 8);
    V("ppoll: no mask, 4 bytes", SYS_ppoll, 0, 0, time_of(&soon), 0, 4);
    V("ppoll: nothing, for a moment", SYS_ppoll, 0, 0, time_of(&soon), 0, 8);
    show_truth("ppoll: no time is left", left.seconds == 0 && left.nanoseconds == 0);
}

static fd_set *only(fd_set *set, long fd)
{
    FD_ZERO(set);
    FD_SET((int)fd, set);
    return set;
}

static void cases_select(void)
{
    fd_set a, b, c;

    V("select: to read", SYS_select, null + 1, only(&a, null), 0, 0, time_of(&soon));
    V("select: to read and write", SYS_select, null + 1, only(&a, null), only(&b, null),
      only(&c, null), time_of(&soon));
    show_truth("select: nothing exceptional",
               FD_ISSET((int)null, &a) && FD_ISSET((int)null, &b) && !FD_ISSET((int)null, &c));
    V("select: exceptional", SYS_select, null + 1, 0, 0, only(&a, null), time_of(&soon));
    V("select: not below the count", SYS_select, null, only(&a, null), 0, 0, time_of(&soon));
    V("select: a closed one", SYS_select, 64, only(&a, 61), 0, 0, time_of(&soon));
    V("select: a closed one, beyond the count", SYS_select, 100, only(&a, 150), 0, 0,
      time_of(&soon));
    V("select: -1", SYS_select, -1, 0, 0, 0, time_of(&soon));
    V("select: bad set", SYS_select, 10, gone, 0, 0, time_of(&soon));
    V("select: none of a bad set", SYS_select, 0, gone, 0, 0, time_of(&soon));
    V("select: bad time", SYS_select, 0, 0, 0, 0, gone);
    V("select: -1 s", SYS_select, 0, 0, 0, 0, time_of(&before));
    V("select: -1 us", SYS_select, 0, 0, 0, 0, time_of(&negative));
    V("select: 10^6 us", SYS_select, 0, 0, 0, 0, time_of(&million));
    V("pselect6: -1 ns", SYS_pselect6, 0, 0, 0, 0, time_of(&negative), 0);
    V("pselect6: to read", SYS_pselect6, null + 1, only(&a, null), 0, 0, time_of(&soon), 0);
    V("pselect6: bad mask", SYS_pselect6, 0, 0, 0, 0, time_of(&soon), gone);
}

static void cases_children(void)
{
    E("wait4: any", SYS_wait4, -1, 0, 0, 0);
    E("wait4: not waiting", SYS_wait4, -1, 0, WNOHANG, 0);
    E("wait4: unknown option", SYS_wait4, -1, 0, 0x100, 0);
    E("wait4: bad status", SYS_wait4, -1, gone, 0, 0);
    E("wait4: nobody", SYS_wait4, 9999999, 0, 0, 0);
    E("wait4: -2^31", SYS_wait4, (int)0x80000000, 0, 0, 0);
    E("waitid: any", SYS_waitid, P_ALL, 0, page, WEXITED, 0);
    E("waitid: for nothing", SYS_waitid, P_ALL, 0, page, 0, 0);
    E("waitid: unknown option", SYS_waitid, P_ALL, 0, page, WEXITED | 0x100, 0);
    E("waitid: type 9", SYS_waitid, 9, 0, page, WEXITED, 0);
    E("waitid: process 0", SYS_waitid, P_PID, 0, page, WEXITED, 0);
    E("waitid: descriptor 99", SYS_waitid, 3, 99, page, WEXITED, 0);
}

static void cases_timers(void)
{
    struct itimerval value = { { 0, 0 }, { 0, 0 } };

    E("getitimer: real", SYS_getitimer, 0, page);
    E("getitimer: 3", SYS_getitimer, 3, page);
    E("getitimer: bad pointer", SYS_getitimer, 0, gone);
    E("getitimer: 3, bad pointer", SYS_getitimer, 3, gone);
    E("setitimer: off", SYS_setitimer, 0, &value, 0);
    E("setitimer: null", SYS_setitimer, 0, 0, 0);
    E("setitimer: 3", SYS_setitimer, 3, &value, 0);
    E("setitimer: bad pointer", SYS_setitimer, 0, gone, 0);
    E("setitimer: bad old", SYS_setitimer, 0, &value, gone);
    value.it_value.tv_usec = 1000000;
    E("setitimer: 10^6 us", SYS_setitimer, 0, &value, 0);
    value.it_value.tv_usec = -1;
    E("setitimer: -1 us", SYS_setitimer, 0, &value, 0);
    V("alarm: none", SYS_alarm, 0);
}

static void cases_usage(void)
{
    struct rusage usage;
    struct timespec now = { 0, 0 };

    E("getrusage: itself", SYS_getrusage, 0, &usage);
    E("getrusage: thread", SYS_getrusage, 1, &usage);
    E("getrusage: children", SYS_getrusage, -1, &usage);
    show_truth("getrusage: children used none",
               usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0);
    E("getrusage: 2", SYS_getrusage, 2, &usage);
    E("getrusage: bad pointer", SYS_getrusage, 0, gone);
    E("times: null", SYS_times, 0);
    E("times: bad pointer", SYS_times, gone);
    E("clock_gettime: process", SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &now);
    E("clock_gettime: thread", SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &now);

    struct timespec from = now;
    bool more = false;
    for (long i = 0; i < 10000000 && !more; i++) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        more = (now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec >= 1000000;
    }
    show_truth("clock_gettime: work takes time", more);
}

void cases_waits(void)
{
    null = CALLED(SYS_open, "/dev/null", O_RDWR);
    reads = CALLED(SYS_open, "/dev/null", O_RDONLY);
    cases_poll();
    cases_select();
    cases_children();
    cases_timers();
    cases_usage();
    CALLED(SYS_close_range, null, reads, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers that are open files: timerfd_create(2). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000 };

static struct itimerspec in_ms(long value, long interval)
{
    return (struct itimerspec){ { interval / 1000, interval % 1000 * 1000000 },
                                { value / 1000, value % 1000 * 1000000 } };
}

static long set(int fd, int flags, struct itimerspec value)
{
    return checked(timerfd_settime(fd, flags, &value, NULL));
}

/* What a read gives: the number, or -errno. */
static long take(int fd)
{
    uint64_t n = 0;
    long got = checked(read(fd, &n, sizeof n));

    return got < 0 ? got : got == sizeof n ? (long)n : -EPROTO;
}

static long found(int fd, int timeout_ms)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

    return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static void refuses(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), p[2];
    struct itimerspec bad = { { 0, 0 }, { 0, 1000000000 } };
    uint32_t four;
    struct stat s;

    show("no such clock", checked(timerfd_create(42, 0)));
    show("time of a process", checked(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0)));
    show("bad flags", checked(timerfd_create(CLOCK_MONOTONIC, 1)));
    show("set, bad flags", set(fd, 4, in_ms(1, 0)));
    show("a second too much", set(fd, 0, bad));
    bad.it_value = (struct timespec){ 0, -1 };
    show("less than nothing", set(fd, 0, bad));
    bad.it_value = (struct timespec){ -1, 0 };
    show("a second less", set(fd, 0, bad));
    bad = (struct itimerspec){ { 0, 1000000000 }, { 1, 0 } };
    show("a bad interval", set(fd, 0, bad));
    show("nothing to set", checked(timerfd_settime(fd, 0, NULL, NULL)));
    show("told nowhere", checked(timerfd_gettime(fd, NULL)));
    show("not open", set(-1, 0, in_ms(1, 0)));
    if (pipe(p) == 0) {
        show("a pipe", set(p[0], 0, in_ms(1, 0)));
        show("of a pipe", checked(timerfd_gettime(p[1], &bad)));
        close(p[0]), close(p[1]);
    }
    show("write", checked(write(fd, "12345678", 8)));
    show("read of four bytes", checked(read(fd, &four, sizeof four)));
    show("seek", checked(lseek(fd, 3, SEEK_SET)));
    show("at a place", checked(pread(fd, &four, 4, 0)) < 0);
    show("stat", checked(fstat(fd, &s)));
    show("mode", s.st_mode);
    show("flags", checked(fcntl(fd, F_GETFL)));
    show("closed on exec", checked(fcntl(fd, F_GETFD)));
    close(fd);
    fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    show("other flags", checked(fcntl(fd, F_GETFL)));
    show("closed on exec now", checked(fcntl(fd, F_GETFD)));
    show("nothing yet", take(fd));
    close(fd);
}

static void settings(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec now = in_ms(1, 1), later = in_ms(1000000, 7000), past = { { 0 }, { 0, 1 } };

    timerfd_gettime(fd, &now);
    show("off", now.it_value.tv_sec + now.it_value.tv_nsec + now.it_interval.tv_sec);
    show("set", set(fd, 0, later));
    timerfd_gettime(fd, &now);
    show_truth("is to come", now.it_value.tv_sec > 900 && now.it_value.tv_sec <= 1000);
    show("then every", now.it_interval.tv_sec);
    show("polls as", found(fd, 0));
    later = in_ms(0, 3000);
    show("turned off", checked(timerfd_settime(fd, 0, &later, &now)));
    show_truth("was to come", now.it_value.tv_sec > 900 && now.it_value.tv_sec <= 1000);
    show("and then every", now.it_interval.tv_sec);
    timerfd_gettime(fd, &now);
    show("off again", now.it_value.tv_sec + now.it_value.tv_nsec);
    show("an interval without use", now.it_interval.tv_sec);
    show("a time that was", set(fd, TFD_TIMER_ABSTIME, past));
    show("polls at once as", found(fd, LONG_MS));
    show("once", take(fd));
    show("and no more", take(fd));
    show("polls then as", found(fd, 0));
    set(fd, 0, in_ms(1, 0));
    show("until it has come", found(fd, LONG_MS));
    set(fd, 0, in_ms(1000000, 0));
    show("set anew, it has not", found(fd, 0));
    close(fd);
}

static void passing(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), real = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec now, at = { { 0, 0 }, { 0, 0 } };

    set(fd, 0, in_ms(SOON_MS, 0));
    show("waits", take(fd));
    timerfd_gettime(fd, &now);
    show("is off then", now.it_value.tv_sec + now.it_value.tv_nsec);
    set(fd, 0, in_ms(SOON_MS, SOON_MS));
    for (int i = 0; i < 3; i++)
        show_truth("again and again", take(fd) >= 1);
    clock_gettime(CLOCK_REALTIME, &at.it_value);
    at.it_value.tv_sec += at.it_value.tv_nsec / 900000000;
    at.it_value.tv_nsec = (at.it_value.tv_nsec + SOON_MS * 1000000) % 1000000000;
    show("at a time of day", set(real, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, at));
    show_truth("it has come", take(real) == 1);
    close(real), close(fd);
}

static int sets_soon(const void *with)
{
    const int *fd = with;

    sleep_ms(SOON_MS);
    return set(*fd, 0, in_ms(1, 0)) == 0 ? 0 : 1;
}

static void nothing(int signal)
{
    (void)signal;
}

static void between_processes(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), epoll = epoll_create1(0);
    struct epoll_event e = { .events = EPOLLIN | EPOLLET };
    struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };

    set(fd, 0, in_ms(1000000, 0));
    pid_t pid = child(sets_soon, &fd);
    show("until a child makes it come", take(fd));
    show_status("which it did", reap(pid));
    pid = child(sets_soon, &fd);
    show("poll until then", found(fd, LONG_MS));
    show_status("it did again", reap(pid));
    show("its", take(fd));
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    set(fd, 0, in_ms(1, 0));
    show("an edge", checked(epoll_wait(epoll, &e, 1, LONG_MS)));
    show("told", checked(epoll_wait(epoll, &e, 1, 0)));
    show("taken", take(fd));
    set(fd, 0, in_ms(1, 0));
    show("another", checked(epoll_wait(epoll, &e, 1, LONG_MS)));
    show("taken, too", take(fd));
    handler_set(SIGALRM, nothing, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("a signal is first", take(fd));
    handler_set(SIGALRM, nothing, SA_RESTART);
    set(fd, 0, in_ms(5 * SOON_MS, 0));
    setitimer(ITIMER_REAL, &soon, NULL);
    show("or does not matter", take(fd));
    handler_set(SIGALRM, SIG_DFL, 0);
    close(epoll), close(fd);
}

void timers(void)
{
    refuses();
    settings();
    passing();
    between_processes();
}

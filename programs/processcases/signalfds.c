/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that are read: signalfd(2). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000, RT = 40 };

static sigset_t set_of(int a, int b, int c)
{
    const int all[] = { a, b, c };
    sigset_t set;

    sigemptyset(&set);
    for (unsigned i = 0; i < 3; i++)
        if (all[i] != 0)
            sigaddset(&set, all[i]);
    return set;
}

/* The number that a read gives, or -errno. */
static long take(int fd, struct signalfd_siginfo *info)
{
    *info = (struct signalfd_siginfo){ 0 };
    long got = checked(read(fd, info, sizeof *info));

    return got < 0 ? got : got == sizeof *info ? (long)info->ssi_signo : -EPROTO;
}

static long found(int fd, int timeout_ms)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

    return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static void refuses(void)
{
    sigset_t set = set_of(SIGUSR1, SIGKILL, 0);
    int fd = signalfd(-1, &set, 0);
    struct stat s;
    char small[100];

    show("bad flags", checked(signalfd(-1, &set, 1)));
    show("bad size", checked(syscall(SYS_signalfd4, -1, &set, 7, 0)));
    show("no set", checked(syscall(SYS_signalfd4, -1, NULL, 8, 0)));
    show("not open", checked(signalfd(99, &set, 0)));
    show("no such file", checked(signalfd(0, &set, 0)));
    show("write", checked(write(fd, small, sizeof small)));
    show("too short", checked(read(fd, small, sizeof small)));
    show("seek", checked(lseek(fd, 3, SEEK_SET)));
    show("stat", checked(fstat(fd, &s)));
    show("mode", s.st_mode);
    show("flags", checked(fcntl(fd, F_GETFL)));
    show("closed on exec", checked(fcntl(fd, F_GETFD)));
    close(fd);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    show("other flags", checked(fcntl(fd, F_GETFL)));
    show("closed on exec now", checked(fcntl(fd, F_GETFD)));
    close(fd);
}

static void reading(void)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2, RT);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    struct signalfd_siginfo info, more[4];

    sigprocmask(SIG_BLOCK, &set, NULL);
    show("nothing", take(fd, &info));
    show("polls as", found(fd, 0));
    kill(getpid(), SIGUSR2);
    show("polls then as", found(fd, 0));
    show("a signal", take(fd, &info));
    show("its code", info.ssi_code);
    show_truth("its sender", info.ssi_pid == (uint32_t)getpid() && info.ssi_uid == getuid());
    show("no more", take(fd, &info));
    sigqueue(getpid(), RT, (union sigval){ .sival_int = 5 });
    sigqueue(getpid(), RT, (union sigval){ .sival_int = 6 });
    raise(SIGUSR1);
    long got = checked(read(fd, more, sizeof more));
    show("three at once", got);
    for (long i = 0; i < got / (long)sizeof more[0]; i++) {
        show("signal", more[i].ssi_signo);
        show("with the number", more[i].ssi_int);
        show("of code", more[i].ssi_code);
    }
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    set = set_of(SIGUSR2, 0, 0);
    show_truth("another mask", signalfd(fd, &set, 0) == fd);
    show("its signal", take(fd, &info));
    show("not the other", take(fd, &info));
    set = set_of(SIGUSR1, 0, 0);
    signalfd(fd, &set, 0);
    show("but now", take(fd, &info));
    close(fd);
}

static int sends(const void *with)
{
    sleep_ms(SOON_MS);
    return kill(getppid(), *(const int *)with) == 0 ? 7 : 1;
}

static int reads_its_own(const void *with)
{
    struct signalfd_siginfo info;

    kill(getpid(), SIGUSR1);
    return take(*(const int *)with, &info) == SIGUSR1 && info.ssi_pid == (uint32_t)getpid() ? 0 : 1;
}

static void nothing(int signal)
{
    (void)signal;
}

static void waiting_for(void)
{
    sigset_t set = set_of(SIGUSR1, SIGCHLD, 0), other = set_of(SIGUSR2, 0, 0);
    int fd = signalfd(-1, &set, 0), epoll = epoll_create1(0), usr1 = SIGUSR1, usr2 = SIGUSR2;
    struct signalfd_siginfo info;
    struct epoll_event e = { .events = EPOLLIN | EPOLLET };

    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t pid = child(sends, &usr1);
    show("waits", take(fd, &info));
    show_truth("for its child", info.ssi_pid == (uint32_t)pid);
    show("then the child's end", take(fd, &info));
    show("its code", info.ssi_code);
    show("its status", info.ssi_status);
    show_truth("it was", info.ssi_pid == (uint32_t)pid);
    reap(pid);
    pid = child(reads_its_own, &fd);
    show("another one's end", take(fd, &info));
    show_status("which has read its own", reap(pid));
    pid = child(sends, &usr1);
    show("poll until then", found(fd, LONG_MS));
    show("taken", take(fd, &info));
    reap(pid);
    show("found", found(fd, LONG_MS));
    show("and the end", take(fd, &info));
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    kill(getpid(), SIGUSR1);
    show("an edge", checked(epoll_wait(epoll, &e, 1, LONG_MS)));
    show("told", checked(epoll_wait(epoll, &e, 1, 0)));
    show("it is there", take(fd, &info));
    kill(getpid(), SIGUSR1);
    show("another", checked(epoll_wait(epoll, &e, 1, LONG_MS)));
    show("it is there, too", take(fd, &info));
    set = set_of(SIGUSR1, 0, 0);
    signalfd(fd, &set, 0);
    handler_set(SIGUSR2, nothing, 0);
    sigprocmask(SIG_UNBLOCK, &other, NULL);
    pid = child(sends, &usr2);
    show("one with a handler is first", take(fd, &info));
    reap(pid);
    handler_set(SIGUSR2, SIG_DFL, 0);
    close(epoll), close(fd);
    set = set_of(SIGCHLD, SIGUSR1, RT);
    while (sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) > 0)
        continue;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void signalfds(void)
{
    refuses();
    reading();
    waiting_for();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for many files: poll(2), select(2) and their kin. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000, MANY = 110 };

struct later {
    int fd; /* to write to; -1: a signal for `pid` instead */
    pid_t pid;
};

/* A child that does so in a moment. */
static int do_later(const void *with)
{
    const struct later *l = with;

    sleep_ms(SOON_MS);
    if (l->fd < 0)
        return kill(l->pid, SIGUSR1);
    return write(l->fd, "x", 1) == 1 ? 0 : 1;
}

/* poll() of one; what was found, or -errno. */
static long one(int fd, short events, int timeout_ms)
{
    struct pollfd p = { fd, events, -1 };
    int n = poll(&p, 1, timeout_ms);

    if (n < 0)
        return -errno;
    return n == (p.revents != 0) ? p.revents : -EPROTO;
}

static void ends_of_pipes(void)
{
    static char room[65536];
    int p[2], q[2];

    if (pipe(p) != 0 || pipe(q) != 0)
        return;
    show("nothing to read", one(p[0], POLLIN, 0));
    show("for a time", one(p[0], POLLIN, SOON_MS));
    show("room to write", one(p[1], POLLOUT, -1));
    fcntl(p[1], F_SETFL, O_NONBLOCK);
    while (write(p[1], room, sizeof room) > 0)
        continue;
    show("none left", one(p[1], POLLOUT, 0));
    show("all to read", one(p[0], POLLIN | POLLOUT | POLLPRI, -1));
    (void)!read(p[0], room, 100);
    show("room for a little", one(p[1], POLLOUT, 0));
    (void)!read(p[0], room, sizeof room);
    show("for more", one(p[1], POLLOUT, 0));
    close(p[1]);
    show("no writer", one(p[0], 0, -1));
    close(q[0]);
    show("no reader", one(q[1], 0, -1));
    close(p[0]);
    show("closed", one(p[0], POLLIN, -1));
    close(q[1]);
    show("none at all", one(-1, POLLIN, 0));
    show("too many", checked(poll(NULL, 100000000, 0)));
    show("nowhere", checked(poll((struct pollfd *)16, 1, 0)));
}

static void waits_for_others(void)
{
    int p[2], q[2], file = open("/dev/null", O_RDWR);

    if (pipe(p) != 0 || pipe(q) != 0)
        return;
    struct later l = { p[1], 0 };
    pid_t pid = child(do_later, &l);
    show("until it is written", one(p[0], POLLIN, LONG_MS));
    show_status("by a child", reap(pid));
    (void)!read(p[0], &(char){ 0 }, 1);
    struct pollfd three[] = { { q[0], POLLIN, 0 }, { p[0], POLLIN, 0 }, { -3, POLLIN, 7 } };
    pid = child(do_later, &l);
    show("one of two", checked(poll(three, 3, LONG_MS)));
    show("the second", three[1].revents);
    show("not the first", three[0].revents);
    show("nor what is none", three[2].revents);
    reap(pid);
    struct pollfd ready[] = { { q[0], POLLIN, 0 }, { file, POLLIN | POLLOUT, 0 } };
    show("a device is ready", checked(poll(ready, 2, -1)));
    show("to read and write", ready[1].revents);
    close(p[0]), close(p[1]), close(q[0]), close(q[1]), close(file);
}

static void many_pipes(void)
{
    struct pollfd all[MANY];
    int last = -1;

    for (int i = 0; i < MANY; i++) {
        int p[2];
        if (pipe(p) != 0)
            return;
        all[i] = (struct pollfd){ p[0], POLLIN, 0 };
        last = p[1];
    }
    show("many pipes", checked(poll(all, MANY, 0)));
    struct later l = { last, 0 };
    pid_t pid = child(do_later, &l);
    show("one of them", checked(poll(all, MANY, LONG_MS)));
    show("the last", all[MANY - 1].revents);
    reap(pid);
    for (int fd = all[0].fd; fd <= last; fd++)
        close(fd);
}

static volatile sig_atomic_t seen;

static void note(int signal)
{
    seen = signal;
}

static void signals_end_it(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
    struct later l = { -1, getpid() };
    struct timespec none = { 0, 0 }, at_most = { LONG_MS / 1000, 0 };
    sigset_t blocked, empty;
    int p[2];

    sigemptyset(&empty);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaction(SIGUSR1, &action, NULL);
    if (pipe(p) != 0)
        return;
    pid_t pid = child(do_later, &l);
    show("a signal", one(p[0], POLLIN, LONG_MS));
    show("its handler was called", seen);
    reap(pid);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    seen = 0;
    show("not one that is blocked", one(p[0], POLLIN, SOON_MS));
    struct pollfd f = { p[0], POLLIN, 0 };
    show("ppoll without a wait, too", checked(ppoll(&f, 1, &none, &empty)));
    raise(SIGUSR1);
    show("ppoll lets it in", checked(ppoll(&f, 1, &at_most, &empty)));
    show("it came", seen);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    close(p[0]), close(p[1]);
}

/* Stopped while it waits: that is no end of it. */
static int wait_through(const void *fd)
{
    return (int)one(*(const int *)fd, POLLIN, LONG_MS);
}

static int sleep_through(const void *none)
{
    struct timespec time = { 0, 5 * SOON_MS * 1000000 };

    (void)none;
    return nanosleep(&time, NULL) == 0 ? 3 : errno;
}

static int read_through(const void *fd)
{
    char c;

    return (int)read(*(const int *)fd, &c, 1);
}

static void stop_and_go(pid_t pid)
{
    sleep_ms(SOON_MS);
    kill(pid, SIGTSTP);
    sleep_ms(SOON_MS);
    kill(pid, SIGCONT);
    sleep_ms(SOON_MS);
}

/* In groups of their own, which we look after: else SIGTSTP would do nothing. */
static void stops_do_not(void)
{
    int p[2];

    if (pipe(p) != 0)
        return;
    pid_t pid = child(wait_through, &p[0]);
    setpgid(pid, pid);
    stop_and_go(pid);
    (void)!write(p[1], "x", 1);
    show_status("poll goes on after a stop", reap(pid));
    pid = child(sleep_through, NULL);
    setpgid(pid, pid);
    stop_and_go(pid);
    show_status("a sleep, too", reap(pid));
    (void)!read(p[0], &(char){ 0 }, 1);
    pid = child(read_through, &p[0]);
    setpgid(pid, pid);
    stop_and_go(pid);
    (void)!write(p[1], "x", 1);
    show_status("and a read", reap(pid));
    close(p[0]), close(p[1]);
}

static void *poll_here(void *fd)
{
    return (void *)one(*(const int *)fd, POLLIN, LONG_MS);
}

static void threads_wait(void)
{
    pthread_t a, b;
    void *from_a = NULL, *from_b = NULL;
    int p[2];

    if (pipe(p) != 0)
        return;
    pthread_create(&a, NULL, poll_here, &p[0]);
    pthread_create(&b, NULL, poll_here, &p[0]);
    sleep_ms(SOON_MS);
    (void)!write(p[1], "x", 1);
    pthread_join(a, &from_a);
    pthread_join(b, &from_b);
    show("both threads", (long)from_a + (long)from_b);
    close(p[0]), close(p[1]);
}

void polls(void)
{
    ends_of_pipes();
    waits_for_others();
    many_pipes();
    signals_end_it();
    stops_do_not();
    threads_wait();
}

/* ---- select ---- */

/* select() of two for reading, two for writing (-1: none); bits of which there are, or -errno. */
static long of(int read1, int read2, int write1, int write2, int timeout_ms)
{
    const int fd[4] = { read1, read2, write1, write2 };
    struct timeval time = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
    fd_set set[2];
    long found = 0, bits = 0;
    int max = -1;

    FD_ZERO(&set[0]);
    FD_ZERO(&set[1]);
    for (int i = 0; i < 4; i++)
        if (fd[i] >= 0) {
            FD_SET(fd[i], &set[i / 2]);
            max = fd[i] > max ? fd[i] : max;
        }
    int n = select(max + 1, &set[0], &set[1], NULL, timeout_ms < 0 ? NULL : &time);
    if (n < 0)
        return -errno;
    for (int i = 0; i < 4; i++)
        if (fd[i] >= 0 && FD_ISSET(fd[i], &set[i / 2])) {
            found |= 1 << i;
            bits++;
        }
    return bits == n ? found : -EPROTO;
}

void selects(void)
{
    int p[2], q[2];
    struct timespec time = { LONG_MS / 1000, 0 };
    struct timeval none = { 0, SOON_MS * 1000 };
    sigset_t blocked, empty;
    fd_set set;

    if (pipe(p) != 0 || pipe(q) != 0)
        return;
    show("nothing", of(p[0], q[0], -1, -1, 0));
    show("for a time", of(p[0], q[0], -1, -1, SOON_MS));
    show("nothing at all", checked(select(0, NULL, NULL, NULL, &none)));
    show("room to write", of(p[0], -1, p[1], q[1], -1));
    struct later l = { q[1], 0 };
    pid_t pid = child(do_later, &l);
    show("until one is written", of(p[0], q[0], -1, -1, LONG_MS));
    reap(pid);
    show("read and write", of(p[0], q[0], q[1], -1, -1));
    close(p[1]);
    show("the end can be read", of(p[0], -1, -1, -1, -1));
    show("but not written", of(-1, -1, p[0], -1, SOON_MS));
    close(p[0]);
    show("closed", of(p[0], -1, -1, -1, 0));
    show("negative", checked(select(-1, NULL, NULL, NULL, &none)));
    FD_ZERO(&set);
    FD_SET(q[0], &set);
    show("exceptions", checked(select(q[0] + 1, NULL, NULL, &set, &none)));
    sigemptyset(&empty);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    struct sigaction action = { .sa_handler = note };
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    FD_ZERO(&set);
    FD_SET(q[1], &set);
    char c;
    (void)!read(q[0], &c, 1);
    show("pselect lets a signal in", checked(pselect(q[0] + 1, &set, NULL, NULL, &time, &empty)));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    close(q[0]), close(q[1]);
}

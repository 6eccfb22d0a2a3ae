/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of files to wait for: epoll(7). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000, MANY = 60 };

long epoll_change(int set, int operation, int fd, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.u64 = 0x123456700000000u + (unsigned)fd };

    return checked(epoll_ctl(set, operation, fd, &e));
}

long epoll_one(int set, int timeout_ms)
{
    struct epoll_event e[4] = { { 0, { 0 } } };
    int n = epoll_wait(set, e, 1, timeout_ms);

    if (n < 0)
        return -errno;
    return n == 0 ? 0 : e[0].data.u64 >> 32 == 0x1234567 ? (long)e[0].events : -EPROTO;
}

static long how_many(int set, int room)
{
    struct epoll_event e[64];

    return checked(epoll_wait(set, e, room, 0));
}

static void refusals(void)
{
    int set = epoll_create1(0), p[2], file = open("/tmp/epolls", O_RDWR | O_CREAT | O_TRUNC, 0600),
        null = open("/dev/null", O_RDWR), folder = open("/tmp", O_RDONLY);
    struct epoll_event e = { .events = EPOLLIN };

    if (pipe(p) != 0)
        return;
    show("a size of none", checked(epoll_create(0)));
    show("unknown flags", checked(epoll_create1(1)));
    show("a regular file", epoll_change(set, EPOLL_CTL_ADD, file, EPOLLIN));
    show("a directory", epoll_change(set, EPOLL_CTL_ADD, folder, EPOLLIN));
    show("/dev/null", epoll_change(set, EPOLL_CTL_ADD, null, EPOLLIN));
    show("itself", epoll_change(set, EPOLL_CTL_ADD, set, EPOLLIN));
    show("no set", epoll_change(p[0], EPOLL_CTL_ADD, p[1], EPOLLIN));
    show("not open", epoll_change(set, EPOLL_CTL_ADD, 99, EPOLLIN));
    show("a set that is not open", epoll_change(99, EPOLL_CTL_ADD, p[0], EPOLLIN));
    show("unknown operation", epoll_change(set, 7, p[0], EPOLLIN));
    show("not there to change", epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN));
    show("not there to delete", epoll_change(set, EPOLL_CTL_DEL, p[0], 0));
    show("added", epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN));
    show("twice", epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN));
    show("event nowhere", checked(epoll_ctl(set, EPOLL_CTL_MOD, p[0], (void *)16)));
    show("deleted without event", checked(epoll_ctl(set, EPOLL_CTL_DEL, p[0], NULL)));
    show("alone, changed", epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE));
    show("alone, once",
         epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    show("alone", epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE));
    show("alone and changed", epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN));
    show("room for none", checked(epoll_wait(set, &e, 0, 0)));
    show("too much room", checked(epoll_wait(set, &e, INT_MAX, 0)));
    show("wait on no set", checked(epoll_wait(p[0], &e, 1, 0)));
    show("wait on nothing open", checked(epoll_wait(99, &e, 1, 0)));
    show("nothing to tell, nowhere", checked(epoll_wait(set, (void *)16, 1, 0)));
    (void)!write(p[1], "x", 1);
    show("to tell, nowhere", checked(epoll_wait(set, (void *)16, 1, 0)));
    show("read of a set", checked(read(set, &e, sizeof e)));
    show("write to a set", checked(write(set, &e, sizeof e)));
    show("seek in a set", checked(lseek(set, 0, SEEK_SET)));
    struct stat s;
    show("stat of a set", checked(fstat(set, &s)));
    show("its mode", s.st_mode);
    show("its flags", checked(fcntl(set, F_GETFL)));
    close(set), close(p[0]), close(p[1]), close(file), close(null), close(folder);
    unlink("/tmp/epolls");
}

static void levels(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC), p[2];
    char text[16];

    if (pipe(p) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    epoll_change(set, EPOLL_CTL_ADD, p[1], EPOLLIN);
    show("nothing", epoll_one(set, 0));
    show("for a time", epoll_one(set, SOON_MS));
    (void)!write(p[1], "abc", 3);
    show("to read", epoll_one(set, -1));
    show("still", epoll_one(set, -1));
    (void)!read(p[0], text, sizeof text);
    show("no more", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[1], EPOLLOUT);
    show("room", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[1], 0);
    show("of nothing", epoll_one(set, 0));
    (void)!write(p[1], "x", 1);
    epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
    show("once", epoll_one(set, 0));
    show("not twice", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
    show("once more", epoll_one(set, 0));
    close(p[1]);
    show("its end is not told", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[0], 0);
    show("but always", epoll_one(set, 0));
    int again = dup(p[0]);
    close(p[0]);
    show("open under another number", epoll_one(set, 0));
    close(again);
    show("closed", epoll_one(set, 0));
    close(set);
}

static void edges(void)
{
    static char room[65536];
    int set = epoll_create1(0), p[2], q[2];
    char text[16];

    if (pipe2(p, O_NONBLOCK) != 0 || pipe2(q, O_NONBLOCK) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET);
    show("nothing", epoll_one(set, 0));
    (void)!write(p[1], "abc", 3);
    show("an edge", epoll_one(set, -1));
    show("told once", epoll_one(set, 0));
    (void)!write(p[1], "d", 1);
    show("more is one, too", epoll_one(set, 0));
    show("and that once", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET);
    show("after a change", epoll_one(set, 0));
    while (read(p[0], text, sizeof text) > 0)
        continue;
    show("read to the end", epoll_one(set, 0));
    (void)!write(p[1], "e", 1);
    show("and written", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_ADD, q[1], EPOLLOUT | EPOLLET);
    show("room", epoll_one(set, 0));
    show("told", epoll_one(set, 0));
    while (write(q[1], room, sizeof room) > 0)
        continue;
    show("none left", epoll_one(set, 0));
    while (read(q[0], room, sizeof room) > 0)
        continue;
    show("room again", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET | EPOLLONESHOT);
    show("an edge, once", epoll_one(set, 0));
    (void)!write(p[1], "f", 1);
    show("and no other", epoll_one(set, 0));
    close(p[1]);
    epoll_change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLRDHUP | EPOLLET);
    show("at the end", epoll_one(set, 0));
    close(set), close(p[0]), close(q[0]), close(q[1]);
}

static void more_than_fit(void)
{
    int set = epoll_create1(0), p[MANY][2];
    int seen = 0;

    for (int i = 0; i < MANY; i++) {
        if (pipe(p[i]) != 0)
            return;
        epoll_change(set, EPOLL_CTL_ADD, p[i][0], i % 2 == 0 ? EPOLLIN : EPOLLIN | EPOLLET);
        (void)!write(p[i][1], "x", 1);
    }
    show("all at once", how_many(set, 64));
    show("all levels", how_many(set, 64));
    for (int i = 0; i < MANY; i++)
        (void)!write(p[i][1], "x", 1);
    for (int i = 0; i < MANY; i++) {
        struct epoll_event e;
        if (epoll_wait(set, &e, 1, 0) == 1)
            for (int k = 1; k < MANY; k += 2)
                seen += (int)e.data.u64 == p[k][0];
    }
    show("one after the other", seen);
    for (int i = 0; i < MANY; i++)
        close(p[i][0]), close(p[i][1]);
    show("all closed", how_many(set, 64));
    close(set);
}

struct wish {
    int set, fd;
};

/* A thread that adds something that is ready, or makes it so, in a moment. */
static void *adds(void *with)
{
    const struct wish *w = with;

    sleep_ms(SOON_MS);
    epoll_change(w->set, EPOLL_CTL_ADD, w->fd, EPOLLIN);
    return NULL;
}

static void *writes(void *with)
{
    const struct wish *w = with;

    sleep_ms(SOON_MS);
    (void)!write(w->fd, "y", 1);
    return NULL;
}

static void nothing(int signal)
{
    (void)signal;
}

static int wait_and_tell(const void *with)
{
    const struct wish *w = with;

    sleep_ms(SOON_MS);
    return w->fd < 0 ? kill(getppid(), SIGUSR1) : write(w->fd, "z", 1) != 1;
}

static void waits_for_others(void)
{
    int set = epoll_create1(0), p[2], q[2];
    struct wish w;
    pthread_t thread;
    char text[16];

    if (pipe(p) != 0 || pipe(q) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    w = (struct wish){ set, p[1] };
    pthread_create(&thread, NULL, writes, &w);
    show("until a thread writes", epoll_one(set, LONG_MS));
    pthread_join(thread, NULL);
    (void)!read(p[0], text, sizeof text);
    pid_t pid = child(wait_and_tell, &w);
    show("until a child writes", epoll_one(set, LONG_MS));
    show_status("which ends", reap(pid));
    (void)!read(p[0], text, sizeof text);
    (void)!write(q[1], "x", 1);
    w = (struct wish){ set, q[0] };
    pthread_create(&thread, NULL, adds, &w);
    show("until a thread adds one", epoll_one(set, LONG_MS));
    pthread_join(thread, NULL);
    epoll_change(set, EPOLL_CTL_DEL, q[0], 0);
    handler_set(SIGUSR1, nothing, 0);
    w = (struct wish){ set, -1 };
    pid = child(wait_and_tell, &w);
    show("until a signal", epoll_one(set, LONG_MS));
    show_status("of a child", reap(pid));
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR1);
    struct epoll_event e;
    show("blocked", epoll_one(set, 0));
    sigemptyset(&mask);
    show("not while it waits", checked(epoll_pwait(set, &e, 1, LONG_MS, &mask)));
    struct timespec soon = { 0, SOON_MS * 1000000l }, bad = { 0, -1 };
    show("for nanoseconds", checked(syscall(SYS_epoll_pwait2, set, &e, 1, &soon, NULL, 0)));
    show("for a bad time", checked(syscall(SYS_epoll_pwait2, set, &e, 1, &bad, NULL, 0)));
    show("a mask of another size", checked(syscall(SYS_epoll_pwait2, set, &e, 1, &soon, &mask, 4)));
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &mask, NULL);
    handler_set(SIGUSR1, SIG_DFL, 0);
    close(set), close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

/* A set is itself something to wait for. */
static void sets_as_files(void)
{
    int set = epoll_create1(0), p[2];
    struct pollfd f = { set, POLLIN, 0 };

    if (pipe(p) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    show("poll, nothing", checked(poll(&f, 1, 0)));
    (void)!write(p[1], "x", 1);
    show("poll, something", checked(poll(&f, 1, 0)));
    show("as", f.revents);
    fd_set in;
    FD_ZERO(&in);
    FD_SET(set, &in);
    show("select", checked(select(set + 1, &in, NULL, NULL, NULL)));
    (void)!read(p[0], &(char){ 0 }, 1);
    struct wish w = { set, p[1] };
    pid_t pid = child(wait_and_tell, &w);
    show("poll, later", checked(poll(&f, 1, LONG_MS)));
    show_status("by a child", reap(pid));
    int again = dup(set);
    close(set);
    show("a second number of it", epoll_one(again, 0));
    close(again), close(p[0]), close(p[1]);
}

void epolls(void)
{
    refusals();
    levels();
    edges();
    more_than_fit();
    waits_for_others();
    sets_as_files();
}

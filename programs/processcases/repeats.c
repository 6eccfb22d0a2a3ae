/* SPDX-License-Identifier: BSD-2-Clause */
/* The same set asked for again and again, without waiting: what becomes ready is seen at once. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SET = 6, TIMES = 4, MOMENT_MS = 20 };

static struct pollfd set[SET];
static int written[SET]; /* the other end of each */

/* How many are ready, -errno; with nothing ready as often as anybody may need to get used to it. */
static long quiet(void)
{
    long n = 0;

    for (int i = 0; i < TIMES && n == 0; i++)
        n = checked(poll(set, SET, 0));
    return n;
}

/* What is found of one of them, alone; else how many, or -errno. */
static long found(int which)
{
    long n = checked(poll(set, SET, 0));

    return n == 1 && set[which].revents != 0 ? set[which].revents : n < 0 ? n : -EPROTO;
}

static bool set_open(void)
{
    int ends[2];

    for (int i = 0; i < SET; i++) {
        if (i % 3 == 0)
            ends[0] = ends[1] = eventfd(0, 0);
        else if ((i % 3 == 1 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) != 0)
            return false;
        set[i] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
        written[i] = ends[1];
    }
    return true;
}

static void set_close(void)
{
    for (int i = 0; i < SET; i++) {
        close(set[i].fd);
        if (written[i] != set[i].fd)
            close(written[i]);
    }
}

static void put(int which)
{
    uint64_t one = 1;

    (void)!write(written[which], &one, sizeof one);
}

static void take(int which)
{
    uint64_t any;

    (void)!read(set[which].fd, &any, sizeof any);
}

static int put_first(const void *unused)
{
    (void)unused;
    put(1);
    return 0;
}

/* In a moment, while whoever made this one sleeps. */
static int put_later(const void *unused)
{
    sleep_ms(MOMENT_MS);
    return put_first(unused);
}

static void *put_thread(void *unused)
{
    put(5);
    return unused;
}

static void written_to(void)
{
    pthread_t thread;

    show("nothing", quiet());
    for (int i = 0; i < SET; i++) {
        put(i);
        show("written to", found(i));
        show("is so still", found(i));
        take(i);
        show("and is read", quiet());
    }
    reap(child(put_first, NULL));
    show("by a child", found(1));
    take(1);
    show("nothing again", quiet());
    if (pthread_create(&thread, NULL, put_thread, NULL) == 0)
        pthread_join(thread, NULL);
    show("by a thread", found(5));
    take(5);
    show("nothing any more", quiet());
}

static void waited_meanwhile(void)
{
    struct pollfd other = { .fd = set[1].fd, .events = POLLIN };

    pid_t pid = child(put_later, NULL);
    show("quiet", quiet());
    sleep_ms(3 * MOMENT_MS);
    reap(pid);
    show("written to during a sleep", found(1));
    take(1);
    pid = child(put_later, NULL);
    show("quiet again", quiet());
    show("another set is waited for", checked(poll(&other, 1, -1)));
    reap(pid);
    show("and has the same file", found(1));
    take(1);
    show("quiet for a time", quiet());
    other.fd = set[2].fd;
    show("another set, nothing", checked(poll(&other, 1, MOMENT_MS)));
    put(4);
    show("and this one again", found(4));
    take(4);
}

/* Descriptors that come to stand for something else. */
static void replaced(void)
{
    int full[2], kept = dup(set[1].fd);

    if (pipe(full) != 0 || write(full[1], "x", 1) != 1)
        return;
    show("before", quiet());
    dup2(full[0], set[1].fd);
    show("another file", found(1));
    dup2(kept, set[1].fd);
    show("the old one", quiet());
    close(set[1].fd);
    show("none", found(1));
    dup2(kept, set[1].fd);
    show("the old one again", quiet());
    close(kept), close(full[0]), close(full[1]);
    set[2].events = POLLOUT;
    show("other events", found(2));
    set[2].events = POLLIN;
    show("the first ones", quiet());
    set[2].revents = -1;
    show("something in the place of what is found", quiet());
    close(written[1]);
    show("no writer", found(1));
}

static int ask_in_child(const void *pipe_end)
{
    char c;
    long n = quiet();

    if (write(((const int *)pipe_end)[1], "x", 1) != 1 ||
        read(((const int *)pipe_end)[0], &c, 1) != 1)
        return 99;
    return n != 0 ? 98 : (int)found(4);
}

/* A child has its parent's set, and nobody who tells it. */
static void in_a_child(void)
{
    int there[2], back[2];
    char c;

    if (pipe(there) != 0 || pipe(back) != 0)
        return;
    show("in the parent", quiet());
    const int ends[2] = { there[0], back[1] };
    pid_t pid = child(ask_in_child, ends);
    (void)!read(back[0], &c, 1);
    put(4);
    (void)!write(there[1], "x", 1);
    show_status("in a child", reap(pid));
    show("and in the parent", found(4));
    take(4);
    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
}

static void signals_in_it(void)
{
    sigset_t usr;
    int before = set[0].fd;

    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    set[0].fd = signalfd(-1, &usr, 0);
    show("no signal", quiet());
    raise(SIGUSR1);
    show("a signal", found(0));
    struct signalfd_siginfo info;
    (void)!read(set[0].fd, &info, sizeof info);
    show("taken", quiet());
    close(set[0].fd);
    set[0].fd = before;
    sigprocmask(SIG_UNBLOCK, &usr, NULL);
}

static long selected(int which)
{
    fd_set in;
    int end = 0;

    FD_ZERO(&in);
    for (int i = 0; i < SET; i++) {
        FD_SET(set[i].fd, &in);
        end = set[i].fd >= end ? set[i].fd + 1 : end;
    }
    struct timeval none = { 0, 0 };
    long n = checked(select(end, &in, NULL, NULL, &none));
    return n > 0 && !FD_ISSET(set[which].fd, &in) ? -EPROTO : n;
}

static void with_select(void)
{
    for (int i = 0; i < TIMES; i++)
        show("select", selected(0));
    put(3);
    show("one in it", selected(3));
    take(3);
    show("none in it", selected(0));
}

static void with_epoll(uint32_t flags)
{
    struct epoll_event event, one = { .events = EPOLLIN | flags };
    int epoll = epoll_create1(0);

    for (int i = 0; i < SET; i++) {
        one.data.u32 = (uint32_t)i;
        epoll_ctl(epoll, EPOLL_CTL_ADD, set[i].fd, &one);
    }
    for (int i = 0; i < TIMES; i++)
        show("epoll", checked(epoll_wait(epoll, &event, 1, 0)));
    put(1);
    show("an event", checked(epoll_wait(epoll, &event, 1, 0)));
    show("of this one", (long)event.data.u32);
    for (int i = 0; i < TIMES; i++)
        show("again", checked(epoll_wait(epoll, &event, 1, 0)));
    put(1);
    show("more of it", checked(epoll_wait(epoll, &event, 1, 0)));
    take(1), take(1);
    for (int i = 0; i < TIMES; i++)
        show("none", checked(epoll_wait(epoll, &event, 1, 0)));
    one.events = EPOLLOUT | flags;
    one.data.u32 = 2;
    epoll_ctl(epoll, EPOLL_CTL_MOD, set[2].fd, &one);
    show("other events of one", checked(epoll_wait(epoll, &event, 1, 0)));
    close(epoll);
}

void repeats(void)
{
    if (!set_open())
        return;
    written_to();
    waited_meanwhile();
    in_a_child();
    signals_in_it();
    with_select();
    with_epoll(0);
    with_epoll(EPOLLET);
    replaced();
    set_close();
}

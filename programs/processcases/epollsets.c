/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets that processes share, and sets in sets: epoll(7). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000, MANY = 150 };

/* What a child is to do with a set. */
struct wish {
    int set, operation, fd;
    uint32_t events;
    int timeout_ms;
};

/* Change something of the set, in a moment. */
static int changes(const void *with)
{
    const struct wish *w = with;

    sleep_ms(SOON_MS);
    return (int)epoll_change(w->set, w->operation, w->fd, w->events) != 0;
}

/* One event of the set, as the status. */
static int waits_for_one(const void *with)
{
    const struct wish *w = with;

    return (int)epoll_one(w->set, w->timeout_ms) & 0xff;
}

static void child_does(const char *name, int (*run)(const void *), struct wish wish)
{
    show_status(name, reap(child(run, &wish)));
}

static void forked(void)
{
    int set = epoll_create1(0), p[2], q[2];
    char byte;

    if (pipe(p) != 0 || pipe(q) != 0)
        return;
    (void)!write(p[1], "x", 1);
    (void)!write(q[1], "x", 1);
    child_does("a child adds", changes, (struct wish){ set, EPOLL_CTL_ADD, p[0], EPOLLIN, 0 });
    show("its parent sees it", epoll_one(set, LONG_MS));
    show("and has it, too", epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN));
    child_does("a child changes it", changes, (struct wish){ set, EPOLL_CTL_MOD, p[0], 0, 0 });
    show("that is seen", epoll_one(set, 0));
    child_does("and deletes it", changes, (struct wish){ set, EPOLL_CTL_DEL, p[0], 0, 0 });
    show("it is gone", epoll_change(set, EPOLL_CTL_DEL, p[0], 0));
    struct wish later = { set, EPOLL_CTL_ADD, q[0], EPOLLIN, 0 };
    pid_t pid = child(changes, &later);
    show("until a child adds", epoll_one(set, LONG_MS));
    show_status("which ends", reap(pid));
    epoll_change(set, EPOLL_CTL_MOD, q[0], EPOLLIN | EPOLLONESHOT);
    child_does("once", waits_for_one, (struct wish){ .set = set, .timeout_ms = LONG_MS });
    show("of both", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_MOD, q[0], EPOLLIN | EPOLLET);
    child_does("an edge", waits_for_one, (struct wish){ .set = set, .timeout_ms = LONG_MS });
    show("one of them has it", epoll_one(set, 0));
    (void)!read(q[0], &byte, 1);
    close(set), close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

static int adds_own(const void *with)
{
    const struct wish *w = with;
    int p[2];

    if (pipe(p) != 0)
        return 99;
    (void)!write(p[1], "own", 3);
    return (int)epoll_change(w->set, EPOLL_CTL_ADD, p[0], EPOLLIN);
}

static int adds_and_stays(const void *with)
{
    const struct wish *w = with;
    int p[2];

    if (pipe(p) != 0)
        return 99;
    (void)!write(p[1], "own", 3);
    epoll_change(w->set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    return (int)read(w->fd, &(char){ 0 }, 1);
}

static int holds(const void *with)
{
    const struct wish *w = with;

    return (int)read(w->fd, &(char){ 0 }, 1);
}

/* What is in a set as long as anybody has it open. */
static void closed(void)
{
    int set = epoll_create1(0), p[2], stop[2];

    if (pipe(p) != 0 || pipe(stop) != 0)
        return;
    child_does("a child adds a file of its own", adds_own, (struct wish){ .set = set });
    show("which is gone with it", epoll_one(set, 0));
    struct wish w = { .set = set, .fd = stop[0] };
    pid_t pid = child(adds_and_stays, &w);
    show("one that lives is told, open here or not", epoll_one(set, LONG_MS));
    (void)!write(stop[1], "x", 1);
    show_status("until it ends", reap(pid));
    show("no more", epoll_one(set, 0));
    (void)!write(p[1], "x", 1);
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    pid = child(holds, &w);
    int number = p[0];
    close(p[0]);
    show("a child has it yet", epoll_one(set, 0));
    show("nobody can change it here", epoll_change(set, EPOLL_CTL_DEL, number, 0));
    (void)!write(stop[1], "x", 1);
    show_status("the child ends", reap(pid));
    show("closed by all", epoll_one(set, 0));
    close(set), close(p[1]), close(stop[0]), close(stop[1]);
}

/* A set and a file that come through a socket. */
static int takes(const void *with)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec piece = { &(char){ 0 }, 1 };
    struct msghdr m = { .msg_iov = &piece,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof control };
    const struct wish *w = with;
    int fds[2];

    close(w->set);
    if (recvmsg(w->fd, &m, 0) != 1)
        return 98;
    memcpy(fds, CMSG_DATA(&control.header), sizeof fds);
    long got = epoll_one(fds[0], LONG_MS);
    return got != EPOLLIN ? 97 : (int)epoll_change(fds[0], EPOLL_CTL_ADD, fds[1], EPOLLOUT);
}

static long sends(int to, int set, int file)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = { .room = { 0 } };
    struct iovec piece = { &(char){ 0 }, 1 };
    struct msghdr m = { .msg_iov = &piece,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof control };
    const int fds[2] = { set, file };

    control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fds),
                                       .cmsg_level = SOL_SOCKET,
                                       .cmsg_type = SCM_RIGHTS };
    memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
    return checked(sendmsg(to, &m, 0));
}

static void handed_on(void)
{
    int set = epoll_create1(0), p[2], q[2], two[2];

    if (pipe(p) != 0 || pipe(q) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, two) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    struct wish w = { .set = set, .fd = two[1] };
    pid_t pid = child(takes, &w);
    show("a set is sent", sends(two[0], set, q[1]));
    (void)!write(p[1], "x", 1);
    show_status("and waited for, and added to", reap(pid));
    (void)!read(p[0], &(char){ 0 }, 1);
    show("what was added is here", epoll_one(set, 0));
    int again = dup(set);
    epoll_change(again, EPOLL_CTL_ADD, p[1], EPOLLOUT);
    close(set);
    struct epoll_event e[4];
    show("a second number of it has both", checked(epoll_wait(again, e, 4, 0)));
    show("as a file of its own, that is one more",
         epoll_change(again, EPOLL_CTL_ADD, dup(p[1]), EPOLLOUT));
    show("the same file, another number", checked(epoll_wait(again, e, 4, 0)));
    close(again), close(p[0]), close(p[1]), close(q[0]), close(q[1]), close(two[0]), close(two[1]);
}

/* ---- sets in sets ---- */

static void rows(void)
{
    int set[8], good = 0;

    for (int i = 0; i < 8; i++)
        set[i] = epoll_create1(0);
    for (int i = 0; i < 6; i++)
        good |= (epoll_change(set[i], EPOLL_CTL_ADD, set[i + 1], EPOLLIN) == 0) << i;
    show("each into the one before, in a row", good);
    show("round", epoll_change(set[2], EPOLL_CTL_ADD, set[0], EPOLLIN));
    show("round at once", epoll_change(set[1], EPOLL_CTL_ADD, set[0], EPOLLIN));
    show("into two", epoll_change(set[7], EPOLL_CTL_ADD, set[3], EPOLLIN));
    show("alone", epoll_change(set[7], EPOLL_CTL_ADD, set[6], EPOLLIN | EPOLLEXCLUSIVE));
    show("twice", epoll_change(set[0], EPOLL_CTL_ADD, set[1], EPOLLIN));
    show("out", epoll_change(set[0], EPOLL_CTL_DEL, set[1], 0));
    show("the other way round", epoll_change(set[1], EPOLL_CTL_ADD, set[0], EPOLLIN));
    for (int i = 0; i < 8; i++)
        close(set[i]);
}

static int writes_later(const void *with)
{
    const struct wish *w = with;

    sleep_ms(SOON_MS);
    return (int)write(w->fd, "x", 1);
}

static void nested(void)
{
    int inner = epoll_create1(0), middle = epoll_create1(0), outer = epoll_create1(0), p[2];
    struct pollfd f = { outer, POLLIN, 0 };

    if (pipe(p) != 0)
        return;
    epoll_change(outer, EPOLL_CTL_ADD, middle, EPOLLIN);
    epoll_change(middle, EPOLL_CTL_ADD, inner, EPOLLIN);
    epoll_change(inner, EPOLL_CTL_ADD, p[0], EPOLLIN);
    show("nothing in the third", epoll_one(outer, 0));
    struct wish w = { .fd = p[1] };
    pid_t pid = child(writes_later, &w);
    show("something in the third", epoll_one(outer, LONG_MS));
    show_status("by a child", reap(pid));
    show("poll", checked(poll(&f, 1, 0)));
    show("in the second", epoll_one(middle, 0));
    show("itself", epoll_one(inner, 0));
    show("yet", epoll_one(outer, 0));
    (void)!read(p[0], &(char){ 0 }, 1);
    show("read", epoll_one(outer, 0));
    show("poll, read", checked(poll(&f, 1, 0)));
    epoll_change(outer, EPOLL_CTL_MOD, middle, EPOLLIN | EPOLLET);
    (void)!write(p[1], "x", 1);
    show("an edge of sets", epoll_one(outer, 0));
    show("told", epoll_one(outer, 0));
    (void)!write(p[1], "x", 1);
    show("another", epoll_one(outer, 0));
    close(inner);
    show("closed, nothing in it", epoll_one(outer, 0));
    show("nor here", epoll_one(middle, 0));
    close(middle), close(outer), close(p[0]), close(p[1]);
}

/* ---- more of them, and files that others serve ---- */

static void crowd(void)
{
    static struct epoll_event e[2 * MANY];
    int set = epoll_create1(0), fd[MANY];

    for (int i = 0; i < MANY; i++) {
        fd[i] = eventfd(1, 0);
        epoll_change(set, EPOLL_CTL_ADD, fd[i], i % 2 == 0 ? EPOLLIN : EPOLLIN | EPOLLET);
    }
    show("more than a message has room for", checked(epoll_wait(set, e, 2 * MANY, 0)));
    bool seen[1024] = { false };
    int different = 0;
    for (int i = 0; i < MANY; i++) {
        different += !seen[e[i].data.u64 & 1023];
        seen[e[i].data.u64 & 1023] = true;
    }
    show("each once", different);
    show("levels", checked(epoll_wait(set, e, 2 * MANY, 0)));
    for (int i = 0; i < MANY; i++)
        close(fd[i]);
    show("none", checked(epoll_wait(set, e, 2 * MANY, 0)));
    close(set);
}

/* What was read of is no edge for who reads. */
static void parts(void)
{
    int set = epoll_create1(0), p[2], event = eventfd(3, EFD_SEMAPHORE);
    uint64_t n;

    if (pipe(p) != 0)
        return;
    epoll_change(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET);
    (void)!write(p[1], "abc", 3);
    show("three bytes", epoll_one(set, 0));
    (void)!read(p[0], &(char){ 0 }, 1);
    show("one read", epoll_one(set, 0));
    epoll_change(set, EPOLL_CTL_DEL, p[0], 0);
    epoll_change(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLET);
    show("three events", epoll_one(set, 0));
    (void)!read(event, &n, sizeof n);
    show("one taken", epoll_one(set, 0));
    close(set), close(p[0]), close(p[1]), close(event);
}

static int sees_terminal(const void *with)
{
    const struct wish *w = with;

    return (int)epoll_one(w->set, LONG_MS) & 0xff;
}

/* A terminal and signals are others' than pipes. */
static void of_others(void)
{
    int set = epoll_create1(0), outer = epoll_create1(0), master = posix_openpt(O_RDWR | O_NOCTTY),
        slave;
    sigset_t usr1;

    grantpt(master), unlockpt(master);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    show("a terminal", epoll_change(set, EPOLL_CTL_ADD, slave, EPOLLIN));
    show("a terminal, twice", epoll_change(set, EPOLL_CTL_ADD, slave, EPOLLIN));
    show("in a set", epoll_change(outer, EPOLL_CTL_ADD, set, EPOLLIN));
    show("nothing typed", epoll_one(outer, SOON_MS));
    (void)!write(master, "a\n", 2);
    show("typed", epoll_one(set, LONG_MS));
    show("a set of sets", epoll_one(outer, LONG_MS));
    child_does("a child sees it", sees_terminal, (struct wish){ .set = set });
    child_does("a child changes the terminal", changes,
               (struct wish){ set, EPOLL_CTL_MOD, slave, 0, 0 });
    show("nothing is asked for", epoll_one(set, 0));
    child_does("and back", changes,
               (struct wish){ set, EPOLL_CTL_MOD, slave, EPOLLIN | EPOLLONESHOT, 0 });
    show("the terminal, once", epoll_one(set, 0));
    show("once and no more", epoll_one(set, 0));
    child_does("a child deletes it", changes, (struct wish){ set, EPOLL_CTL_DEL, slave, 0, 0 });
    show("no terminal", epoll_change(set, EPOLL_CTL_DEL, slave, 0));
    epoll_change(set, EPOLL_CTL_ADD, slave, EPOLLIN);
    close(slave);
    show("a terminal that is closed", epoll_one(set, 0));
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    int fd = signalfd(-1, &usr1, 0);
    show("signals", epoll_change(set, EPOLL_CTL_ADD, fd, EPOLLIN));
    show("no signals", epoll_one(outer, 0));
    raise(SIGUSR1);
    show("a signal", epoll_one(outer, LONG_MS));
    struct signalfd_siginfo info;
    (void)!read(fd, &info, sizeof info);
    show("taken from signals", epoll_one(outer, 0));
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    close(fd), close(set), close(outer), close(master);
}

/* Two that wait for the same: one at least is told. */
static void exclusive(void)
{
    int set[2] = { epoll_create1(0), epoll_create1(0) }, p[2];

    if (pipe(p) != 0)
        return;
    struct wish w[2];
    pid_t pid[2];
    for (int i = 0; i < 2; i++) {
        epoll_change(set[i], EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE);
        w[i] = (struct wish){ .set = set[i], .timeout_ms = LONG_MS };
        pid[i] = child(waits_for_one, &w[i]);
    }
    sleep_ms(SOON_MS);
    (void)!write(p[1], "x", 1);
    sleep_ms(SOON_MS);
    (void)!write(p[1], "x", 1);
    show_status("the one", reap(pid[0]));
    show_status("and the other", reap(pid[1]));
    close(set[0]), close(set[1]), close(p[0]), close(p[1]);
}

void epollsets(void)
{
    forked();
    closed();
    handed_on();
    rows();
    nested();
    crowd();
    parts();
    of_others();
    exclusive();
}

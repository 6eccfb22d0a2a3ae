/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of Unix sockets: how long they wait, and what changes nothing. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SOON_MS = 40, LONG_S = 100, BIG = 300000 };

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long limit_set(int fd, int which, long seconds, long us)
{
    const struct timeval t = { seconds, us };

    return checked(setsockopt(fd, SOL_SOCKET, which, &t, sizeof t));
}

static void limit_shown(const char *what, int fd, int which)
{
    struct timeval t = { -1, -1 };
    socklen_t n = sizeof t;
    char text[60];

    long result = checked(getsockopt(fd, SOL_SOCKET, which, &t, &n));
    snprintf(text, sizeof text, "%ld: %ld.%06ld in %u bytes", result, (long)t.tv_sec,
             (long)t.tv_usec, n);
    show_text(what, text);
}

static void values(void)
{
    int two[2];

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    limit_shown("no limit", two[0], SO_RCVTIMEO);
    show("a limit", limit_set(two[0], SO_RCVTIMEO, 3, 20000));
    limit_shown("is there", two[0], SO_RCVTIMEO);
    limit_shown("of one way", two[0], SO_SNDTIMEO);
    limit_shown("of one end", two[1], SO_RCVTIMEO);
    show("no time", limit_set(two[0], SO_RCVTIMEO, 0, 1000000));
    show("less than none", limit_set(two[0], SO_RCVTIMEO, 0, -1));
    limit_shown("stays", two[0], SO_RCVTIMEO);
    show("short", checked(setsockopt(two[0], SOL_SOCKET, SO_SNDTIMEO, &(int){ 0 }, 4)));
    show("in the past", limit_set(two[0], SO_RCVTIMEO, -1, 0));
    limit_shown("none to be seen", two[0], SO_RCVTIMEO);
    show("nor is waited", checked(read(two[0], (char[1]){ 0 }, 1)));
    show("for ever", limit_set(two[0], SO_RCVTIMEO, 0, 0));
    close(two[0]);
    close(two[1]);
}

/* What a call gives that had to wait as long as it may. */
static void late(const char *what, long result, long began_ms)
{
    char text[60];

    snprintf(text, sizeof text, "%s, in time", what);
    show(what, result);
    show_truth(text, now_ms() - began_ms >= SOON_MS - 1);
}

static void receives(int type)
{
    struct iovec v = { (char[8]){ 0 }, 8 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    char c = 'a';
    int two[2];

    socketpair(AF_UNIX, type, 0, two);
    limit_set(two[0], SO_RCVTIMEO, 0, SOON_MS * 1000);
    long began = now_ms();
    late("read", checked(read(two[0], &c, 1)), began);
    began = now_ms();
    late("recv", checked(recv(two[0], &c, 1, 0)), began);
    began = now_ms();
    late("recv to look", checked(recv(two[0], &c, 1, MSG_PEEK)), began);
    began = now_ms();
    late("recvmsg", checked(recvmsg(two[0], &m, 0)), began);
    show("what is there is read", write(two[1], &c, 1) + read(two[0], &c, 1));
    close(two[0]);
    close(two[1]);
}

static void sends(void)
{
    static char big[BIG];
    int two[2];

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    limit_set(two[0], SO_SNDTIMEO, 0, SOON_MS * 1000);
    long began = now_ms(), n = write(two[0], big, sizeof big);
    late("some is written", n > 0 && n < BIG, began);
    began = now_ms();
    late("write", checked(write(two[0], big, sizeof big)), began);
    began = now_ms();
    late("send", checked(send(two[0], big, sizeof big, MSG_NOSIGNAL)), began);
    limit_set(two[1], SO_RCVTIMEO, LONG_S, 0);
    while (n > 0) {
        long got = read(two[1], big, sizeof big);
        if (got <= 0)
            break;
        n -= got;
    }
    show("all of it came", n);
    show("there is room", checked(write(two[0], big, 1000)));
    close(two[0]);
    close(two[1]);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, two);
    limit_set(two[0], SO_SNDTIMEO, 0, SOON_MS * 1000);
    while (send(two[0], big, 1000, MSG_DONTWAIT) > 0)
        continue;
    began = now_ms();
    late("a datagram", checked(send(two[0], big, 1000, 0)), began);
    close(two[0]);
    close(two[1]);
}

static void connects(void)
{
    const struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0processcases-limits" };
    const socklen_t n = sizeof a.sun_family + 20;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd[2];

    show("bind", checked(bind(listener, (const struct sockaddr *)&a, n)));
    show("listen", checked(listen(listener, 0)));
    limit_set(listener, SO_RCVTIMEO, 0, SOON_MS * 1000);
    long began = now_ms();
    late("accept", checked(accept(listener, NULL, NULL)), began);
    for (int i = 0; i < 2; i++) {
        fd[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        limit_set(fd[i], SO_SNDTIMEO, 0, SOON_MS * 1000);
    }
    show("connect", checked(connect(fd[0], (const struct sockaddr *)&a, n)));
    began = now_ms();
    late("connect where it is full", checked(connect(fd[1], (const struct sockaddr *)&a, n)),
         began);
    int accepted = accept(listener, NULL, NULL);
    limit_shown("what was accepted has none", accepted, SO_RCVTIMEO);
    close(accepted);
    close(fd[0]);
    close(fd[1]);
    close(listener);
}

static int child_sets(const void *with)
{
    return (int)limit_set(*(const int *)with, SO_RCVTIMEO, 0, SOON_MS * 1000);
}

static void caught(int signal)
{
    (void)signal;
}

static void others(void)
{
    const struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };
    char c = 'b';
    int two[2];

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    show_status("a child sets it", reap(child(child_sets, two)));
    long began = now_ms();
    late("for its parent, too", checked(read(two[0], &c, 1)), began);
    limit_set(two[0], SO_RCVTIMEO, LONG_S, 0);
    handler_set(SIGALRM, caught, SA_RESTART);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("a signal ends a read", checked(read(two[0], &c, 1)));
    setitimer(ITIMER_REAL, &soon, NULL);
    show("and a recv", checked(recv(two[0], &c, 1, MSG_PEEK)));
    handler_set(SIGALRM, SIG_DFL, 0);
    close(two[0]);
    close(two[1]);
}

static void kept(const char *name, int fd, int which)
{
    int value = -1;
    socklen_t n = sizeof value;
    char text[60];

    getsockopt(fd, SOL_SOCKET, which, &value, &n);
    long result = checked(setsockopt(fd, SOL_SOCKET, which, &(int){ 7 }, sizeof value));
    snprintf(text, sizeof text, "%d, %ld", value, result);
    getsockopt(fd, SOL_SOCKET, which, &value, &n);
    snprintf(text + strlen(text), sizeof text - strlen(text), ", %d", value);
    show_text(name, text);
}

static void shown(void)
{
    struct linger l = { -1, -1 };
    socklen_t n = sizeof l;
    char text[60];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    kept("keep alive", fd, SO_KEEPALIVE);
    kept("broadcast", fd, SO_BROADCAST);
    kept("no routes", fd, SO_DONTROUTE);
    kept("in line", fd, SO_OOBINLINE);
    show("linger", checked(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 5, 9 }, n)));
    long result = checked(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &n));
    snprintf(text, sizeof text, "%ld: %d, %d in %u bytes", result, l.l_onoff, l.l_linger, n);
    show_text("lingers", text);
    show("short", checked(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, 4)));
    close(fd);
}

/* ---- where a look begins ---- */

static int peek_set(int fd, int offset)
{
    return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
}

/* What comes, and where the next look begins then. */
static void look(const char *type, const char *what, int fd, size_t bytes, int flags)
{
    char name[60], text[80], got[64] = { 0 };
    int offset = 77;
    socklen_t n = sizeof offset;

    long result = checked(recv(fd, got, bytes, flags | MSG_DONTWAIT));
    getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &n);
    snprintf(name, sizeof name, "%s, %s", type, what);
    snprintf(text, sizeof text, "%ld '%s', then at %d", result, got, offset);
    show_text(name, text);
}

static int sends_later(const void *with)
{
    sleep_ms(SOON_MS);
    return (int)send(*(const int *)with, "uvw", 3, 0);
}

static void looks(int type, const char *name)
{
    int two[2];
    char text[60], got[64] = { 0 };

    socketpair(AF_UNIX, type, 0, two);
    send(two[1], "abcdef", 6, 0), send(two[1], "ghij", 4, 0), send(two[1], "klm", 3, 0);
    look(name, "as ever", two[0], 4, MSG_PEEK);
    show("a place to look at", checked(peek_set(two[0], 0)));
    look(name, "the begin", two[0], 4, MSG_PEEK);
    look(name, "on", two[0], 4, MSG_PEEK);
    look(name, "and on", two[0], 4, MSG_PEEK);
    look(name, "to the end", two[0], 60, MSG_PEEK);
    look(name, "the end", two[0], 60, MSG_PEEK);
    send(two[1], "nop", 3, 0);
    look(name, "what is new", two[0], 2, MSG_PEEK | MSG_TRUNC);
    look(name, "read", two[0], 3, 0);
    look(name, "behind that", two[0], 60, MSG_PEEK);
    (void)!read(two[0], got, 2);
    look(name, "behind a read(2)", two[0], 60, MSG_PEEK);
    peek_set(two[0], 3);
    look(name, "at 3", two[0], 2, MSG_PEEK);
    peek_set(two[0], -7);
    look(name, "as ever again", two[0], 4, MSG_PEEK);
    while (recv(two[0], got, sizeof got, MSG_DONTWAIT) > 0)
        continue;
    send(two[1], "rst", 3, 0);
    peek_set(two[0], 3);
    pid_t pid = child(sends_later, &two[1]);
    memset(got, 0, sizeof got);
    long result = checked(recv(two[0], got, sizeof got, MSG_PEEK));
    snprintf(text, sizeof text, "%ld '%s'", result, got);
    char what[60];
    snprintf(what, sizeof what, "%s, what is waited for", name);
    show_text(what, text);
    (void)reap(pid);
    shutdown(two[1], SHUT_WR);
    look(name, "the very end", two[0], 4, type == SOCK_DGRAM ? 0 : MSG_PEEK);
    close(two[0]), close(two[1]);
}

static void least(void)
{
    int two[2], least = 77;
    socklen_t n = sizeof least;

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    show("at least one byte", checked(setsockopt(two[0], SOL_SOCKET, SO_RCVLOWAT, &(int){ 1 }, n)));
    show("or none", checked(setsockopt(two[0], SOL_SOCKET, SO_RCVLOWAT, &(int){ 0 }, n)));
    getsockopt(two[0], SOL_SOCKET, SO_RCVLOWAT, &least, &n);
    show("which is one", least);
    show("at least two", checked(setsockopt(two[0], SOL_SOCKET, SO_RCVLOWAT, &(int){ 2 }, n)));
    show("less than none, at least",
         checked(setsockopt(two[0], SOL_SOCKET, SO_RCVLOWAT, &(int){ -2 }, n)));
    close(two[0]), close(two[1]);
}

void sockopts(void)
{
    values();
    receives(SOCK_STREAM);
    receives(SOCK_DGRAM);
    sends();
    connects();
    others();
    shown();
    looks(SOCK_STREAM, "a stream");
    looks(SOCK_DGRAM, "datagrams");
    looks(SOCK_SEQPACKET, "packets");
    least();
}

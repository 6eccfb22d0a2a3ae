/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes, sockets, counters and sets of them: each of the system calls for it, by its number. */
#define _GNU_SOURCE /* struct mmsghdr */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define CALL(...) checked(syscall(__VA_ARGS__))
#define NOWHERE ((void *)16)

enum { NO_FD = 99, BAD_FLAG = 1 << 30 };

static void pipes(void)
{
    int p[2], q[2];
    char text[8] = "";

    show("pipe", CALL(SYS_pipe, p));
    show("pipe to nowhere", CALL(SYS_pipe, NOWHERE));
    show("pipe2", CALL(SYS_pipe2, q, O_NONBLOCK | O_CLOEXEC));
    show("pipe2 of a bad flag", CALL(SYS_pipe2, q, O_APPEND));
    show("read of what is empty", CALL(SYS_read, q[0], text, 8));
    show("write", CALL(SYS_write, p[1], "abc", 3));
    show("read", CALL(SYS_read, p[0], text, 8));
    show_text("is", text);
    close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

static void counters(void)
{
    const struct itimerspec soon = { { 0, 0 }, { 0, 1000000 } };
    const struct itimerspec bad = { { 0, 0 }, { 0, 1000000000 } };
    struct itimerspec left;
    uint64_t value = 5;
    int e = (int)CALL(SYS_eventfd, 2), f = (int)CALL(SYS_eventfd2, 3, EFD_SEMAPHORE);
    int t = (int)CALL(SYS_timerfd_create, CLOCK_MONOTONIC, 0);

    show("eventfd: write", CALL(SYS_write, e, &value, 8));
    show("read", CALL(SYS_read, e, &value, 8));
    show("is", (long)value);
    show("eventfd2: read", CALL(SYS_read, f, &value, 8));
    show("is", (long)value);
    show("eventfd2 of a bad flag", CALL(SYS_eventfd2, 0, BAD_FLAG));
    show("timerfd_create of no clock", CALL(SYS_timerfd_create, 99, 0));
    show("timerfd_create of a bad flag", CALL(SYS_timerfd_create, CLOCK_MONOTONIC, 1));
    show("timerfd_settime", CALL(SYS_timerfd_settime, t, 0, &soon, NULL));
    show("its read", CALL(SYS_read, t, &value, 8));
    show("is", (long)value);
    show("timerfd_settime of no time", CALL(SYS_timerfd_settime, t, 0, &bad, NULL));
    show("timerfd_settime of a counter", CALL(SYS_timerfd_settime, e, 0, &soon, NULL));
    show("timerfd_gettime", CALL(SYS_timerfd_gettime, t, &left));
    show_truth("it is over", left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    show("timerfd_gettime to nowhere", CALL(SYS_timerfd_gettime, t, NOWHERE));
    show("timerfd_gettime of nobody", CALL(SYS_timerfd_gettime, NO_FD, &left));
    close(e), close(f), close(t);
}

static void sets(void)
{
    struct epoll_event event = { EPOLLIN, { .u64 = 7 } }, got = { 0, { .u64 = 0 } };
    int a = (int)CALL(SYS_epoll_create, 1), b = (int)CALL(SYS_epoll_create1, EPOLL_CLOEXEC);
    int e = eventfd(1, 0);
    uint64_t mask = 1ul << (SIGUSR1 - 1);

    show("epoll_create of none", CALL(SYS_epoll_create, 0));
    show("epoll_create1 of a bad flag", CALL(SYS_epoll_create1, 1));
    show("epoll_create1, closed by exec", CALL(SYS_fcntl, b, F_GETFD));
    show("epoll_ctl", CALL(SYS_epoll_ctl, a, EPOLL_CTL_ADD, e, &event));
    show("epoll_ctl once more", CALL(SYS_epoll_ctl, a, EPOLL_CTL_ADD, e, &event));
    show("epoll_ctl of no operation", CALL(SYS_epoll_ctl, a, 9, e, &event));
    show("epoll_ctl of nobody", CALL(SYS_epoll_ctl, a, EPOLL_CTL_ADD, NO_FD, &event));
    show("epoll_ctl from nowhere", CALL(SYS_epoll_ctl, b, EPOLL_CTL_ADD, e, NOWHERE));
    show("epoll_wait", CALL(SYS_epoll_wait, a, &got, 1, 0));
    show("has", (long)got.data.u64);
    show("epoll_wait for none", CALL(SYS_epoll_wait, a, &got, 0, 0));
    show("epoll_wait of no set", CALL(SYS_epoll_wait, e, &got, 1, 0));
    show("epoll_pwait", CALL(SYS_epoll_pwait, a, &got, 1, 0, &mask, 8));
    show("epoll_pwait of a bad mask", CALL(SYS_epoll_pwait, a, &got, 1, 0, &mask, 7));
    show("epoll_pwait of an empty set", CALL(SYS_epoll_pwait, b, &got, 1, 1, NULL, 8));
    close(a), close(b), close(e);
    a = (int)CALL(SYS_signalfd, -1, &mask, 8);
    show("signalfd of a bad mask", CALL(SYS_signalfd, -1, &mask, 7));
    show("signalfd of no such", CALL(SYS_signalfd, 0, &mask, 8));
    show("signalfd of the same", CALL(SYS_signalfd, a, &mask, 8) - a);
    show("a short read", CALL(SYS_read, a, &got, 8));
    close(a);
}

static void show_name(const char *what, long result, const struct sockaddr_un *a, socklen_t n)
{
    char text[100];

    snprintf(text, sizeof text, "%ld, %u bytes, family %d, %.*s", result, n, a->sun_family,
             n > 3 ? (int)n - 3 : 0, a->sun_path + 1);
    show_text(what, text);
}

static void sockets_joined(int listener, int one)
{
    const struct sockaddr_un name = { AF_UNIX, "\0numbers" };
    struct sockaddr_un a = { 0, "" };
    socklen_t n = sizeof a;

    show("bind", CALL(SYS_bind, listener, &name, 10));
    show("bind once more", CALL(SYS_bind, listener, &name, 10));
    show("connect, nobody listens", CALL(SYS_connect, one, &name, 10));
    show("listen", CALL(SYS_listen, listener, 5));
    show("connect", CALL(SYS_connect, one, &name, 10));
    show("connect once more", CALL(SYS_connect, one, &name, 10));
    int two = (int)CALL(SYS_accept, listener, &a, &n);
    show_name("accept", two >= 0, &a, n);
    n = sizeof a;
    long result = CALL(SYS_getpeername, one, &a, &n);
    show_name("getpeername", result, &a, n);
    n = sizeof a;
    result = CALL(SYS_getsockname, listener, &a, &n);
    show_name("getsockname", result, &a, n);
    show("getpeername of the listener", CALL(SYS_getpeername, listener, &a, &n));
    show("accept4, none", CALL(SYS_accept4, listener, NULL, NULL, SOCK_NONBLOCK));
    show("accept4 of a bad flag", CALL(SYS_accept4, listener, NULL, NULL, 1));
    show("accept of no listener", CALL(SYS_accept, one, NULL, NULL));
    close(two);
}

static void sockets_used(void)
{
    int two[2], value = 0;
    char text[8] = "";
    socklen_t n = sizeof value;

    show("socketpair", CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, two));
    show("socketpair to nowhere", CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NOWHERE));
    show("sendto", CALL(SYS_sendto, two[0], "abcd", 4, 0, NULL, 0));
    show("recvfrom, a look", CALL(SYS_recvfrom, two[1], text, 8, MSG_PEEK, NULL, NULL));
    show("recvfrom", CALL(SYS_recvfrom, two[1], text, 8, 0, NULL, NULL));
    show_text("is", text);
    show("recvfrom, none", CALL(SYS_recvfrom, two[1], text, 8, MSG_DONTWAIT, NULL, NULL));
    show("setsockopt", CALL(SYS_setsockopt, two[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, 4));
    show("getsockopt", CALL(SYS_getsockopt, two[0], SOL_SOCKET, SO_PASSCRED, &value, &n));
    show("is", value);
    show("getsockopt of none", CALL(SYS_getsockopt, two[0], SOL_SOCKET, 9999, &value, &n));
    show("shutdown", CALL(SYS_shutdown, two[0], SHUT_WR));
    show("its end", CALL(SYS_recvfrom, two[1], text, 8, 0, NULL, NULL));
    show("shutdown of nothing", CALL(SYS_shutdown, two[0], 5));
    show("shutdown of no socket", CALL(SYS_shutdown, 0, SHUT_WR));
    close(two[0]), close(two[1]);
    show("socket of no family", CALL(SYS_socket, 99, SOCK_STREAM, 0));
    show("socket of no type", CALL(SYS_socket, AF_UNIX, 9, 0));
}

/* Three messages at once, of which so many come. */
static void many_messages(void)
{
    char text[4][4] = { "a", "bb", "ccc", "" }, got[4][4] = { "" };
    struct iovec from[3], to[4];
    struct mmsghdr out[3] = { 0 }, in[4] = { 0 };
    struct timespec soon = { 0, 1000000 }, bad = { 0, -1 };
    int two[2];

    for (int i = 0; i < 4; i++) {
        to[i] = (struct iovec){ got[i], 3 };
        in[i].msg_hdr.msg_iov = &to[i];
        in[i].msg_hdr.msg_iovlen = 1;
        if (i == 3)
            break;
        from[i] = (struct iovec){ text[i], (size_t)i + 1 };
        out[i].msg_hdr.msg_iov = &from[i];
        out[i].msg_hdr.msg_iovlen = 1;
    }
    socketpair(AF_UNIX, SOCK_DGRAM, 0, two);
    show("sendmmsg", CALL(SYS_sendmmsg, two[0], out, 3, 0));
    show("the last one's bytes", out[2].msg_len);
    show("recvmmsg, as many as there are", CALL(SYS_recvmmsg, two[1], in, 4, MSG_DONTWAIT, NULL));
    show("the first one's bytes", in[0].msg_len);
    show("the last one's", in[2].msg_len);
    show_text("it", got[2]);
    show("recvmmsg, none", CALL(SYS_recvmmsg, two[1], in, 4, MSG_DONTWAIT, NULL));
    show("sendmmsg of two", CALL(SYS_sendmmsg, two[0], out, 2, MSG_NOSIGNAL));
    show("recvmmsg for one", CALL(SYS_recvmmsg, two[1], in, 4, MSG_WAITFORONE, NULL));
    show("sendmmsg of none", CALL(SYS_sendmmsg, two[0], out, 0, 0));
    show("recvmmsg of none", CALL(SYS_recvmmsg, two[1], in, 0, 0, &soon));
    show("recvmmsg of no time", CALL(SYS_recvmmsg, two[1], in, 4, 0, &bad));
    show("recvmmsg from nowhere", CALL(SYS_recvmmsg, two[1], in, 4, 0, NOWHERE));
    out[1].msg_hdr.msg_iov = NOWHERE;
    show("sendmmsg up to a bad one", CALL(SYS_sendmmsg, two[0], out, 3, 0));
    show("recvmmsg of that", CALL(SYS_recvmmsg, two[1], in, 4, MSG_DONTWAIT, NULL));
    show("sendmmsg of a bad one", CALL(SYS_sendmmsg, two[0], out + 1, 2, 0));
    show("sendmmsg of no socket", CALL(SYS_sendmmsg, 0, out, 1, 0));
    show("recvmmsg of nobody", CALL(SYS_recvmmsg, NO_FD, in, 1, 0, NULL));
    close(two[0]), close(two[1]);
}

static void plain_files(void)
{
    int file = (int)CALL(SYS_memfd_create, "it", 0), p[2];
    long at = 2;
    char where[16] = "xyz";
    struct iovec three = { where, 3 };

    show("memfd_create of a bad flag", CALL(SYS_memfd_create, "it", BAD_FLAG));
    show("memfd_create from nowhere", CALL(SYS_memfd_create, NOWHERE, 0));
    show("write", CALL(SYS_write, file, "abcdef", 6));
    show("pwritev2", CALL(SYS_pwritev2, file, &three, 1, 1L, 0L, 4));
    show("preadv2", CALL(SYS_preadv2, file, &three, 1, 4L, 0L, 0));
    if (pipe(p) != 0)
        return;
    show("sendfile", CALL(SYS_sendfile, p[1], file, &at, 3));
    show("is at", at);
    show("sendfile of the end", CALL(SYS_sendfile, p[1], file, NULL, 3));
    show("sendfile from a pipe", CALL(SYS_sendfile, file, p[0], NULL, 3));
    show("sendfile to nobody", CALL(SYS_sendfile, NO_FD, file, NULL, 3));
    show("pwritev2 to the end", CALL(SYS_pwritev2, file, &three, 1, 0L, 0L, 16));
    show("readahead", CALL(SYS_readahead, file, 0, 100));
    show("readahead of a pipe", CALL(SYS_readahead, p[0], 0, 100));
    show("sync_file_range", CALL(SYS_sync_file_range, file, 0, 100, 2));
    show("sync_file_range of a pipe", CALL(SYS_sync_file_range, p[0], 0, 100, 2));
    show("fadvise64", CALL(SYS_fadvise64, file, 0, 100, 3));
    show("flock", CALL(SYS_flock, file, LOCK_EX | LOCK_NB));
    show("flock back", CALL(SYS_flock, file, LOCK_UN));
    show("flock of nothing", CALL(SYS_flock, file, 0));
    show("flock of nobody", CALL(SYS_flock, NO_FD, LOCK_SH));
    show("chdir", CALL(SYS_chdir, "/tmp"));
    show("getcwd", CALL(SYS_getcwd, where, sizeof where));
    show_text("is", where);
    show("getcwd with little room", CALL(SYS_getcwd, where, 4));
    show("getcwd to nowhere", CALL(SYS_getcwd, NOWHERE, 16));
    show("chdir to nothing", CALL(SYS_chdir, "/tmp/no-such-directory"));
    show("chdir back", CALL(SYS_chdir, "/"));
    close(file), close(p[0]), close(p[1]);
}

void channels(void)
{
    int listener = (int)CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = (int)CALL(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

    pipes();
    counters();
    sets();
    sockets_joined(listener, one);
    sockets_used();
    many_messages();
    plain_files();
    close(listener), close(one);
}

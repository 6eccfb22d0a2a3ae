/* SPDX-License-Identifier: BSD-2-Clause */
/* Unix sockets: made, named, connected; what they carry; how they end. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000, BIG = 300000 };

static const char path[] = "/tmp/processcases-socket";

static socklen_t address(struct sockaddr_un *a, const char *name)
{
    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (name[0] == '@') {
        memcpy(a->sun_path + 1, name + 1, strlen(name) - 1);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    }
    strcpy(a->sun_path, name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
}

static long bound(int fd, const char *name)
{
    struct sockaddr_un a;
    socklen_t n = address(&a, name);

    return checked(bind(fd, (struct sockaddr *)&a, n));
}

static long connected(int fd, const char *name)
{
    struct sockaddr_un a;
    socklen_t n = address(&a, name);

    return checked(connect(fd, (struct sockaddr *)&a, n));
}

static void show_name(const char *what, long result, const struct sockaddr_un *a, socklen_t n)
{
    char text[200];

    if (result < 0) {
        show(what, result);
        return;
    }
    int at = snprintf(text, sizeof text, "%u bytes, family %u, ", n, n >= 2 ? a->sun_family : 0);
    for (socklen_t i = 0; i + 2 < n && at < 190; i++)
        text[at++] = a->sun_path[i] == '\0' ? '@' : a->sun_path[i];
    text[at] = '\0';
    show_text(what, text);
}

static void names_of(const char *what, int fd)
{
    struct sockaddr_un a = { 0 };
    socklen_t n = sizeof a;
    char text[64];

    long result = checked(getsockname(fd, (struct sockaddr *)&a, &n));
    snprintf(text, sizeof text, "%s, its name", what);
    show_name(text, result, &a, n);
    n = sizeof a;
    a = (struct sockaddr_un){ 0 };
    result = checked(getpeername(fd, (struct sockaddr *)&a, &n));
    snprintf(text, sizeof text, "%s, its peer's", what);
    show_name(text, result, &a, n);
}

static long found(int fd, int timeout_ms)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

    return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static long option(int fd, int which)
{
    int value = -1;
    socklen_t n = sizeof value;
    long result = checked(getsockopt(fd, SOL_SOCKET, which, &value, &n));

    return result < 0 ? result : value;
}

static void got(const char *what, long result, const char *text)
{
    char line[100];

    if (result < 0) {
        show(what, result);
        return;
    }
    snprintf(line, sizeof line, "%ld: %.*s", result, (int)result, text);
    show_text(what, line);
}

static void refuses(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), p[2], value = 0;
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    char c = 0;
    struct stat s;

    show("no such family", checked(socket(200, SOCK_STREAM, 0)));
    show("a raw one of the internet", checked(socket(AF_INET, SOCK_RAW, 0)) < 0);
    show("no such kind", checked(socket(AF_UNIX, 14, 0)));
    show("not here", checked(socket(AF_UNIX, SOCK_RDM, 0)));
    show("flags", checked(socket(AF_UNIX, SOCK_STREAM | 0x100000, 0)));
    show("protocol", checked(socket(AF_UNIX, SOCK_STREAM, 5)));
    show("pair nowhere", checked(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 16)));
    show("accept", checked(accept(fd, NULL, NULL)));
    show("listen without a name", checked(listen(fd, 5)));
    show("connect to nothing", connected(fd, "/tmp/processcases-nothing"));
    show("connect to a directory", connected(fd, "/tmp"));
    show("connect to nobody", connected(fd, "@processcases-nobody"));
    show("connect to no name", checked(connect(fd, (struct sockaddr *)&a, 2)));
    show("half an address", checked(connect(fd, (struct sockaddr *)&a, 1)));
    show("too much of one", checked(connect(fd, (struct sockaddr *)&a, sizeof a + 1)));
    show("bind half", checked(bind(fd, (struct sockaddr *)&a, 1)));
    show("bind nowhere", bound(fd, "/tmp/processcases-nothing/x"));
    show("bind over something", bound(fd, "/tmp"));
    a.sun_family = AF_INET;
    show("another family", checked(bind(fd, (struct sockaddr *)&a, sizeof a)));
    show("read", checked(read(fd, &c, 1)));
    handler_set(SIGPIPE, SIG_IGN, 0);
    show("write", checked(write(fd, &c, 1)));
    show("place", checked(lseek(fd, 0, SEEK_SET)));
    show("at a place", checked(pread(fd, &c, 1, 0)));
    show("out of band", checked(recv(fd, &c, 1, MSG_OOB)));
    show("shut how", checked(shutdown(fd, 3)));
    show("stat", checked(fstat(fd, &s)));
    show("mode", s.st_mode);
    show("flags of it", checked(fcntl(fd, F_GETFL)));
    show("polls as", found(fd, 0));
    show("no option", checked(getsockopt(fd, SOL_SOCKET, 999, &value, &(socklen_t){ 4 })));
    show("of no level", checked(getsockopt(fd, 5, 1, &value, &(socklen_t){ 4 })));
    show("short value", checked(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, 3)));
    names_of("alone", fd);
    close(fd);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    show("closed on exec", checked(fcntl(fd, F_GETFD)));
    show("does not wait", checked(fcntl(fd, F_GETFL)));
    show("no message", checked(read(fd, &c, 1)));
    show("to nobody", checked(send(fd, &c, 1, 0)));
    show("listens not", checked(listen(fd, 5)));
    show("accepts not", checked(accept(fd, NULL, NULL)));
    show("polls so", found(fd, 0));
    close(fd);
    show("not open", checked(send(-1, &c, 1, 0)));
    if (pipe(p) == 0) {
        show("a pipe is none", checked(send(p[1], &c, 1, 0)));
        show("nor connects", connected(p[1], "@x"));
        show("nor has a name",
             checked(getsockname(p[0], (struct sockaddr *)&a, &(socklen_t){ 4 })));
        close(p[0]), close(p[1]);
    }
}

static void options(void)
{
    int two[2];
    struct ucred who = { 0 };
    socklen_t n = sizeof who;

    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, two);
    show("type", option(two[0], SO_TYPE));
    show("family", option(two[0], SO_DOMAIN));
    show("protocol", option(two[0], SO_PROTOCOL));
    show("error", option(two[0], SO_ERROR));
    show("listens", option(two[0], SO_ACCEPTCONN));
    show("passes", option(two[0], SO_PASSCRED));
    show("low mark", option(two[0], SO_RCVLOWAT));
    show("to pass", checked(setsockopt(two[0], SOL_SOCKET, SO_PASSCRED, &(int){ 7 }, 4)));
    show("passes now", option(two[0], SO_PASSCRED));
    show("room", checked(setsockopt(two[0], SOL_SOCKET, SO_SNDBUF, &(int){ 20000 }, 4)));
    show("has room", option(two[0], SO_SNDBUF));
    show("little room", checked(setsockopt(two[0], SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, 4)));
    show("the least", option(two[0], SO_SNDBUF));
    show("to receive", checked(setsockopt(two[0], SOL_SOCKET, SO_RCVBUF, &(int){ 30000 }, 4)));
    show("has twice that", option(two[0], SO_RCVBUF));
    show("to receive little", checked(setsockopt(two[0], SOL_SOCKET, SO_RCVBUF, &(int){ 1 }, 4)));
    show("the least to receive", option(two[0], SO_RCVBUF));
    show("which does not change the other", option(two[0], SO_SNDBUF));
    show("who", checked(getsockopt(two[1], SOL_SOCKET, SO_PEERCRED, &who, &n)));
    show_truth("we", who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
    names_of("of a pair", two[0]);
    close(two[0]), close(two[1]);
    two[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    n = sizeof who;
    getsockopt(two[0], SOL_SOCKET, SO_PEERCRED, &who, &n);
    show("nobody", who.pid);
    show("is no user", (int)who.uid);
    close(two[0]);
}

static void streams(void)
{
    int two[2], unread = 0;
    char text[100];

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    show("polls empty", found(two[0], 0));
    show("sent", checked(write(two[0], "abc", 3)));
    show("and more", checked(send(two[0], "defgh", 5, 0)));
    show("polls full", found(two[1], 0));
    show("unread", checked(ioctl(two[1], FIONREAD, &unread)));
    show("so many", unread);
    got("looked at", checked(recv(two[1], text, 4, MSG_PEEK)), text);
    got("some of it", checked(read(two[1], text, 5)), text);
    got("the rest", checked(recv(two[1], text, sizeof text, 0)), text);
    show("no more", checked(recv(two[1], text, 1, MSG_DONTWAIT)));
    show("nothing sent", checked(send(two[0], "", 0, 0)));
    show("is nothing", checked(recv(two[1], text, 1, MSG_DONTWAIT)));
    show("to a name", checked(sendto(two[0], "x", 1, 0, (struct sockaddr *)text, 10)));
    write(two[0], "last", 4);
    show("shut", checked(shutdown(two[0], SHUT_WR)));
    show("polls shut", found(two[0], 0));
    show("polls at its end", found(two[1], 0));
    show("sends no more", checked(send(two[0], "x", 1, MSG_NOSIGNAL)));
    got("what was sent", checked(read(two[1], text, sizeof text)), text);
    show("the end", checked(read(two[1], text, sizeof text)));
    show("back", checked(write(two[1], "back", 4)));
    show("shut all", checked(shutdown(two[1], SHUT_RDWR)));
    show("polls as ended", found(two[0], 0));
    got("which comes", checked(read(two[0], text, sizeof text)), text);
    show("and ends", checked(read(two[0], text, sizeof text)));
    close(two[0]), close(two[1]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    write(two[0], "unread", 6);
    close(two[1]);
    show("polls lost", found(two[0], 0));
    show("unread and closed", checked(read(two[0], text, sizeof text)));
    show("then the end", checked(read(two[0], text, sizeof text)));
    show("nobody reads", checked(write(two[0], "x", 1)));
    close(two[0]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    write(two[0], "read", 4);
    close(two[0]);
    got("of who has gone", checked(read(two[1], text, sizeof text)), text);
    show("polls gone", found(two[1], 0));
    show("has gone", checked(read(two[1], text, sizeof text)));
    names_of("its", two[1]);
    close(two[1]);
}

static void messages(int type, const char *what)
{
    int two[2], unread = 0;
    char text[100], name[64];
    struct iovec parts[2] = { { text, 2 }, { text + 10, 3 } };
    struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };

    show_text("messages", what);
    socketpair(AF_UNIX, type, 0, two);
    show("sent", checked(send(two[0], "abcdef", 6, 0)));
    show("and another", checked(write(two[0], "xyz", 3)));
    ioctl(two[1], FIONREAD, &unread);
    show("unread of the first", unread);
    got("looked at", checked(recv(two[1], text, 3, MSG_PEEK)), text);
    show("how long", checked(recv(two[1], text, 3, MSG_PEEK | MSG_TRUNC)));
    show("in two", checked(recvmsg(two[1], &m, 0)));
    show("cut", m.msg_flags);
    snprintf(name, sizeof name, "%.2s and %.3s", text, text + 10);
    show_text("are", name);
    got("the second", checked(read(two[1], text, sizeof text)), text);
    show("an empty one", checked(send(two[0], "", 0, 0)));
    show("comes", checked(recv(two[1], text, sizeof text, MSG_DONTWAIT)));
    show("no more", checked(recv(two[1], text, sizeof text, MSG_DONTWAIT)));
    memcpy(text, "12", 2), memcpy(text + 10, "345", 3);
    show("of two parts", checked(sendmsg(two[0], &m, 0)));
    got("is one", checked(read(two[1], text, sizeof text)), text);
    char *big = malloc(BIG);
    show("too long", checked(send(two[0], big, 4 * BIG, MSG_DONTWAIT)) == -EFAULT
                         ? -EMSGSIZE
                         : checked(send(two[0], big, BIG, MSG_DONTWAIT)));
    memset(big, 'b', BIG);
    struct iovec halves[2] = { { big, 9000 }, { big + 9000, 7000 } };
    m.msg_iov = halves;
    show("long, of two", checked(sendmsg(two[0], &m, 0)));
    show("is as long", checked(recv(two[1], big + 100000, 100000, 0)));
    free(big);
    show("shut", checked(shutdown(two[0], SHUT_WR)));
    show("sends no more", checked(send(two[0], "x", 1, 0)));
    close(two[0]);
    show("polls", found(two[1], 0));
    show("of who has gone", checked(recv(two[1], text, 1, MSG_DONTWAIT)));
    show("to who has gone", checked(send(two[1], "x", 1, 0)));
    show("once more", checked(send(two[1], "x", 1, 0)));
    close(two[1]);
}

static int echoes(const void *with)
{
    int fd = *(const int *)with, client = accept(fd, NULL, NULL);
    char c;

    while (read(client, &c, 1) == 1)
        if (write(client, &c, 1) != 1)
            return 2;
    struct ucred who = { 0 };
    socklen_t n = sizeof who;
    getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &n);
    return who.pid == getppid() ? 0 : 3;
}

static void listeners(const char *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un a = { 0 };
    socklen_t n = sizeof a;
    char text[10];

    show_text("listens at", name);
    show("bound", bound(fd, name));
    show("again", bound(fd, name));
    show("by another", bound(other, name));
    show("before it listens", connected(other, name));
    show("listens", checked(listen(fd, 1)));
    show("is said to", option(fd, SO_ACCEPTCONN));
    show("polls", found(fd, 0));
    show("of another kind", connected(dgram, name));
    show("connected", connected(other, name));
    show("connected again", connected(other, name));
    names_of("connected, ", other);
    show("polls with one", found(fd, 0));
    show("polls, not accepted", found(other, 0));
    show("sent ahead", checked(write(other, "ahead", 5)));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int client = accept4(fd, (struct sockaddr *)&a, &n, SOCK_CLOEXEC);
    show_name("accepted", client < 0 ? -errno : 0, &a, n);
    show("closed on exec", checked(fcntl(client, F_GETFD)));
    show("waits", checked(fcntl(client, F_GETFL)));
    names_of("accepted, ", client);
    got("what was sent", checked(read(client, text, sizeof text)), text);
    show("no other", checked(accept(fd, NULL, NULL)));
    show("bad flags", checked(accept4(fd, NULL, NULL, 1)));
    close(client), close(other);
    int many[4];
    for (int i = 0; i < 4; i++) {
        many[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        show("one of many", connected(many[i], name));
    }
    close(fd);
    show("not accepted any more", checked(read(many[0], text, 1)));
    show("and ended", checked(read(many[0], text, 1)));
    show("nobody listens", connected(many[3], name));
    for (int i = 0; i < 4; i++)
        close(many[i]);
    close(dgram);
    if (name[0] != '@') {
        struct stat s;
        show("its file", checked(lstat(name, &s)));
        show("is a socket", S_ISSOCK(s.st_mode));
        show("not to be opened", checked(open(name, O_RDWR)));
        show("still in use", bound(other = socket(AF_UNIX, SOCK_STREAM, 0), name));
        show("removed", checked(unlink(name)));
        show("free", bound(other, name));
        close(other);
        unlink(name);
    }
}

static void nothing(int signal)
{
    (void)signal;
}

static void between_processes(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct itimerval soon = { { 0, 0 }, { 0, SOON_MS * 1000 } };
    char c = 0;

    bound(fd, "@processcases-echo");
    listen(fd, 0);
    pid_t pid = child(echoes, &fd);
    show("connected", connected(client, "@processcases-echo"));
    for (char i = 'a'; i < 'd'; i++)
        show("there and back", write(client, &i, 1) == 1 && read(client, &c, 1) == 1 ? c : -errno);
    shutdown(client, SHUT_WR);
    show_status("until it is shut", reap(pid));
    show("its end", checked(read(client, &c, 1)));
    close(client);
    handler_set(SIGALRM, nothing, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("accept until a signal", checked(accept(fd, NULL, NULL)));
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    connected(client, "@processcases-echo");
    setitimer(ITIMER_REAL, &soon, NULL);
    show("read until a signal", checked(read(client, &c, 1)));
    setitimer(ITIMER_REAL, &soon, NULL);
    show("receive until a signal", checked(recv(client, &c, 1, MSG_PEEK)));
    int late = socket(AF_UNIX, SOCK_STREAM, 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    show("connect until a signal", connected(late, "@processcases-echo"));
    handler_set(SIGALRM, SIG_DFL, 0);
    close(late), close(client), close(fd);
}

static int fills(const void *with)
{
    char *big = malloc(BIG);
    const int *two = with;

    memset(big, 'f', BIG);
    close(two[1]);
    return write(two[0], big, BIG) == BIG ? 0 : 1;
}

static int says_late(const void *with)
{
    sleep_ms(SOON_MS);
    return write(*(const int *)with, "late", 4) == 4 ? 0 : 1;
}

static void much(void)
{
    int two[2], epoll = epoll_create1(0);
    char *big = malloc(BIG);
    struct epoll_event e = { .events = EPOLLIN | EPOLLET };
    long n;

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    pid_t pid = child(fills, two);
    close(two[0]);
    show("all of it", checked(recv(two[1], big, BIG, MSG_WAITALL)));
    show_truth("as it was", big[0] == 'f' && big[BIG - 1] == 'f');
    show("and its end", checked(recv(two[1], big, BIG, MSG_WAITALL)));
    show_status("who sent it", reap(pid));
    close(two[1]);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, two);
    n = checked(write(two[0], big, BIG));
    show_truth("some of it", n > 0 && n < BIG);
    while (n > 0)
        n = checked(write(two[0], big, BIG));
    show("then no more", n);
    show("polls full", found(two[0], 0));
    while ((n = checked(read(two[1], big, BIG))) > 0)
        continue;
    show("all read", n);
    show("polls empty", found(two[0], 0));
    fcntl(two[1], F_SETFL, 0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, two[1], &e);
    pid = child(says_late, &two[0]);
    show("waits", checked(epoll_wait(epoll, &e, 1, LONG_MS)));
    show("told", checked(epoll_wait(epoll, &e, 1, 0)));
    write(two[0], "x", 1);
    show("told of more", checked(epoll_wait(epoll, &e, 1, 0)));
    show("all", checked(read(two[1], big, BIG)));
    show_status("it", reap(pid));
    pid = child(says_late, &two[0]);
    show("read until then", checked(read(two[1], big, BIG)));
    show_status("it", reap(pid));
    close(two[0]), close(two[1]), close(epoll);
    free(big);
}

static void datagrams(void)
{
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0),
        c = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_un to, from = { 0 };
    socklen_t n = address(&to, "@processcases-b"), m = sizeof from;
    char text[20];
    long result;

    bound(b, "@processcases-b");
    show("to a name", checked(sendto(a, "one", 3, 0, (struct sockaddr *)&to, n)));
    result = checked(recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&from, &m));
    got("comes", result, text);
    show("from nobody", m);
    bound(a, "@processcases-a");
    sendto(a, "two", 3, 0, (struct sockaddr *)&to, n);
    m = sizeof from;
    result = checked(recvfrom(b, text, sizeof text, 0, (struct sockaddr *)&from, &m));
    show_name("from", result, &from, m);
    show("answered", checked(sendto(b, "back", 4, 0, (struct sockaddr *)&from, m)));
    got("which comes", checked(read(a, text, sizeof text)), text);
    show("connected", connected(a, "@processcases-b"));
    names_of("connected, ", a);
    show("not back", connected(b, "@processcases-a"));
    show("both now", checked(send(b, "x", 1, 0)));
    show("another", checked(sendto(c, "x", 1, 0, (struct sockaddr *)&to, n)));
    show("may not connect", connected(c, "@processcases-b"));
    to = (struct sockaddr_un){ .sun_family = AF_UNSPEC };
    show("to nobody any more", checked(connect(b, (struct sockaddr *)&to, sizeof to)));
    show("is so", checked(send(b, "x", 1, 0)));
    show("may connect", connected(c, "@processcases-b"));
    long count = 0;
    while (checked(send(c, "m", 1, 0)) == 1)
        count++;
    show("so many wait", count);
    show("polls full", found(c, 0));
    for (long i = 0; i < 3; i++)
        read(b, text, 1);
    show("polls then", found(c, 0));
    close(b);
    show("nobody there", checked(send(c, "x", 1, 0)));
    show("nor afterwards", checked(send(c, "x", 1, 0)));
    close(a), close(c);
    a = socket(AF_UNIX, SOCK_DGRAM, 0);
    show("a name of its own",
         checked(bind(a, (struct sockaddr *)&(struct sockaddr_un){ .sun_family = AF_UNIX }, 2)));
    n = sizeof to;
    getsockname(a, (struct sockaddr *)&to, &n);
    show("is so long", n);
    show("and abstract", to.sun_path[0]);
    close(a);
}

void sockets(void)
{
    refuses();
    options();
    streams();
    messages(SOCK_DGRAM, "datagrams");
    messages(SOCK_SEQPACKET, "in sequence");
    listeners("@processcases-listen");
    unlink(path);
    listeners(path);
    between_processes();
    much();
    datagrams();
    handler_set(SIGPIPE, SIG_DFL, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes with messages of sockets: descriptors, and who sent them. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FDS = 8, MANY = 60 };

union control {
    char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MANY * sizeof(int))];
    struct cmsghdr aligned;
};

/* Send some bytes with descriptors, and with credentials if there are any. */
static long give(int fd, const char *text, const int *fds, int count, const struct ucred *who)
{
    union control control = { { 0 } };
    struct iovec part = { (char *)text, strlen(text) };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes };
    struct cmsghdr *c = (struct cmsghdr *)control.bytes;

    if (count > 0) {
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
        m.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        c = (struct cmsghdr *)(control.bytes + m.msg_controllen);
    }
    if (who != NULL) {
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS };
        c->cmsg_len = CMSG_LEN(sizeof *who);
        memcpy(CMSG_DATA(c), who, sizeof *who);
        m.msg_controllen += CMSG_SPACE(sizeof *who);
    }
    return checked(sendmsg(fd, &m, 0));
}

struct taken {
    char text[32];
    long result;
    int flags, count, fds[MANY];
    bool has_who;
    struct ucred who;
};

/* Receive with room for so many bytes of control data. */
static struct taken take(int fd, size_t bytes, int flags, size_t room)
{
    struct taken t = { .result = 0 };
    union control control;
    struct iovec part = { t.text, bytes };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = room > 0 ? control.bytes : NULL,
                        .msg_controllen = room };

    t.result = checked(recvmsg(fd, &m, flags));
    t.flags = m.msg_flags;
    if (t.result < 0)
        return t;
    for (size_t at = 0; at + sizeof(struct cmsghdr) <= m.msg_controllen;) {
        const struct cmsghdr *c = (const struct cmsghdr *)(control.bytes + at);
        at += CMSG_ALIGN(c->cmsg_len);
        if (c->cmsg_type == SCM_CREDENTIALS) {
            t.has_who = true;
            memcpy(&t.who, CMSG_DATA(c), sizeof t.who);
        } else {
            t.count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(t.fds, CMSG_DATA(c), (size_t)t.count * sizeof(int));
        }
    }
    return t;
}

static void show_taken(const char *what, const struct taken *t)
{
    char line[100];

    snprintf(line, sizeof line, "%ld, %.*s, flags %d, %d descriptors", t->result,
             t->result > 0 ? (int)t->result : 0, t->text, t->flags & ~MSG_CMSG_CLOEXEC, t->count);
    show_text(what, line);
    for (int i = 0; i < t->count; i++)
        close(t->fds[i]);
}

static int sends_a_pipe(const void *with)
{
    int p[2];

    if (pipe(p) != 0 || write(p[1], "from the child", 14) != 14)
        return 1;
    return give(*(const int *)with, "pipe", &p[0], 1, NULL) == 4 ? 0 : 2;
}

static void handed_on(void)
{
    int two[2], file, null, event = eventfd(5, 0);
    char text[20];
    size_t all = sizeof(union control);

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    pid_t pid = child(sends_a_pipe, &two[0]);
    struct taken t = take(two[1], sizeof t.text, 0, all);
    show_status("a child", reap(pid));
    show("has sent", t.count);
    show("which has", checked(read(t.fds[0], text, sizeof text)));
    show("and no more, as it has ended", checked(read(t.fds[0], text, sizeof text)));
    show_taken("a pipe", &t);
    file = open("/tmp/processcases-passed", O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink("/tmp/processcases-passed");
    null = open("/dev/null", O_RDWR);
    const int three[3] = { file, null, event };
    show("of three kinds", give(two[0], "abc", three, 3, NULL));
    close(event);
    if (write(file, "12345", 5) != 5)
        return;
    t = take(two[1], sizeof t.text, MSG_CMSG_CLOEXEC, all);
    show("came", t.count);
    show("closed on exec", checked(fcntl(t.fds[0], F_GETFD)));
    show("with its place", checked(lseek(t.fds[0], 0, SEEK_CUR)));
    lseek(t.fds[0], 2, SEEK_SET);
    show("which both have", checked(lseek(file, 0, SEEK_CUR)));
    show("flags", checked(fcntl(t.fds[0], F_GETFL)) & O_ACCMODE);
    show("nothing", checked(read(t.fds[1], text, sizeof text)));
    show("a counter", checked(read(t.fds[2], text, 8)));
    show("of", text[0]);
    show_taken("three", &t);
    close(file), close(null);
    show("of none that is open", give(two[0], "x", &file, 1, NULL));
    show("nothing came", take(two[1], 1, MSG_DONTWAIT, all).result);
    close(two[0]), close(two[1]);
}

static void with_data(void)
{
    int two[2], p[2];
    size_t all = sizeof(union control), one = CMSG_SPACE(sizeof(int));

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    if (pipe(p) != 0)
        return;
    write(two[0], "before", 6);
    give(two[0], "with", p, 2, NULL);
    write(two[0], "after", 5);
    struct taken t = take(two[1], 20, 0, all);
    show_taken("as far as those", &t);
    t = take(two[1], 20, 0, all);
    show_taken("then the rest", &t);
    give(two[0], "with", p, 2, NULL);
    t = take(two[1], 2, 0, all);
    show_taken("with the first bytes", &t);
    t = take(two[1], 2, 0, all);
    show_taken("then none", &t);
    give(two[0], "both", p, 2, NULL);
    t = take(two[1], 20, 0, CMSG_LEN(sizeof(int)));
    show_taken("room for one", &t);
    give(two[0], "both", p, 2, NULL);
    t = take(two[1], 20, 0, 0);
    show_taken("room for none", &t);
    give(two[0], "both", p, 2, NULL);
    show("read, without", checked(read(two[1], t.text, 20)));
    int pair[2] = { p[1], p[0] };
    give(two[0], "lost", &pair[0], 1, NULL);
    close(p[1]);
    struct pollfd f = { p[0], POLLIN, 0 };
    show("on its way yet", checked(poll(&f, 1, 0)));
    close(two[1]);
    show("lost with its socket", checked(poll(&f, 1, 20000)));
    show("so it ends", f.revents);
    close(two[0]), close(p[0]);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, two);
    if (pipe(p) != 0)
        return;
    give(two[0], "one", &p[0], 1, NULL);
    give(two[0], "", &p[1], 1, NULL);
    t = take(two[1], 20, 0, one);
    show_taken("a message with one", &t);
    t = take(two[1], 20, 0, one);
    show_taken("an empty one, too", &t);
    int self[2] = { two[1], two[0] };
    show("a socket itself", give(two[0], "self", self, 2, NULL));
    t = take(two[1], 20, 0, all);
    close(two[0]), close(two[1]);
    show("is it", checked(send(t.fds[1], "x", 1, 0)));
    show_taken("itself", &t);
    close(p[0]), close(p[1]);
}

static int many_sent(const void *with)
{
    int fds[MANY];

    for (int i = 0; i < MANY; i++)
        fds[i] = *(const int *)with;
    for (int i = 0; i < 20; i++) { /* more than may be on their way at once */
        if (give(*(const int *)with, "m", fds, MANY, NULL) != 1)
            return 1;
        char c;
        if (recv(*(const int *)with, &c, 1, 0) != 1)
            return 2;
    }
    return 0;
}

static void lost(void)
{
    int two[2];

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    pid_t pid = child(many_sent, &two[0]);
    for (int i = 0; i < 20; i++) {
        char c; /* all that came with it is closed again */
        if (read(two[1], &c, 1) != 1 || write(two[1], &c, 1) != 1)
            break;
    }
    show_status("nothing of many is left", reap(pid));
    close(two[0]), close(two[1]);
}

static void senders(void)
{
    int two[2];
    struct ucred self = { getpid(), getuid(), getgid() }, bad = { getpid(), getuid(), getgid() };
    size_t all = sizeof(union control);

    socketpair(AF_UNIX, SOCK_DGRAM, 0, two);
    show("says who it is", give(two[0], "who", NULL, 0, &self));
    struct taken t = take(two[1], 20, 0, all);
    show_truth("nobody asked", !t.has_who);
    setsockopt(two[1], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
    give(two[0], "who", NULL, 0, &self);
    t = take(two[1], 20, 0, all);
    show_truth("told", t.has_who && memcmp(&t.who, &self, sizeof self) == 0);
    send(two[0], "who", 3, 0);
    t = take(two[1], 20, 0, all);
    show_truth("told anyway", t.has_who && memcmp(&t.who, &self, sizeof self) == 0);
    give(two[0], "both", two, 1, NULL);
    t = take(two[1], 20, 0, all);
    show_truth("with a descriptor", t.has_who && t.count == 1);
    show_taken("both", &t);
    send(two[0], "who", 3, 0);
    t = take(two[1], 20, 0, 0);
    show_taken("no room", &t);
    pid_t pid = child(sends_a_pipe, &two[0]);
    t = take(two[1], 20, 0, all);
    show_truth("a child's", t.has_who && t.who.pid == pid);
    show_status("it", reap(pid));
    show_taken("its", &t);
    if (getuid() == 0 && setresuid(1000, 1000, 0) == 0) {
        bad.pid = 1;
        show("another one's number", give(two[0], "bad", NULL, 0, &bad));
        bad = self;
        bad.uid = 1001;
        show("a user that it never was", give(two[0], "bad", NULL, 0, &bad));
        setresuid(0, 0, 0);
    }
    close(two[0]), close(two[1]);
}

static void refuses(void)
{
    int two[2];
    union control control = { { 0 } };
    struct iovec part = { (char *)"x", 1 };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes };
    struct cmsghdr *c = &control.aligned;

    socketpair(AF_UNIX, SOCK_STREAM, 0, two);
    *c = (struct cmsghdr){ .cmsg_len = 8, .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    m.msg_controllen = 32;
    show("too short", checked(sendmsg(two[0], &m, 0)));
    c->cmsg_len = 64;
    show("too long", checked(sendmsg(two[0], &m, 0)));
    c->cmsg_len = CMSG_LEN(4);
    c->cmsg_type = 77;
    show("no such kind", checked(sendmsg(two[0], &m, 0)));
    c->cmsg_level = 5;
    show("of another level", checked(sendmsg(two[0], &m, 0)));
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_CREDENTIALS;
    show("short credentials", checked(sendmsg(two[0], &m, 0)));
    m.msg_control = (void *)16;
    show("nowhere", checked(syscall(SYS_sendmsg, two[0], &m, 0)));
    show("no message", checked(syscall(SYS_sendmsg, two[0], 16, 0)));
    show("no place for one", checked(syscall(SYS_recvmsg, two[1], 16, MSG_DONTWAIT)));
    close(two[0]), close(two[1]);
}

/* Whether what a pipe's writers were is gone, soon: Linux looks when a socket is closed. */
static void ended(const char *what, int p[2])
{
    enum { TRIES = 200, WAIT_MS = 100 };
    struct pollfd end = { p[0], POLLIN, 0 };
    int n = 0;

    close(p[1]);
    for (int i = 0; i < TRIES && n == 0; i++) {
        close(socket(AF_UNIX, SOCK_STREAM, 0));
        n = poll(&end, 1, WAIT_MS);
    }
    show(what, n < 0 ? -errno : end.revents);
    close(p[0]);
}

/* Sockets that are on their way in queues that only they lead to, with an end of a pipe. */
static void cycles(void)
{
    const struct sockaddr name = { AF_UNIX, "\0cycles" };
    int p[2], a[2], b[2], fd[4];
    struct taken t;

    pipe(p), socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    show("in its own queue", give(a[1], "own", (int[]){ a[0], p[1] }, 2, NULL));
    close(a[0]), close(a[1]);
    ended("is gone", p);

    pipe(p), socketpair(AF_UNIX, SOCK_STREAM, 0, a), socketpair(AF_UNIX, SOCK_DGRAM, 0, b);
    show("in each other's", give(a[1], "b", (int[]){ b[0], b[1] }, 2, NULL));
    show("and back", give(b[1], "a", (int[]){ a[0], p[1], a[1] }, 3, NULL));
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
    ended("are gone", p);

    pipe(p);
    fd[0] = socket(AF_UNIX, SOCK_STREAM, 0), fd[1] = socket(AF_UNIX, SOCK_STREAM, 0);
    show("a listener", bind(fd[0], &name, 10) + listen(fd[0], 5) + connect(fd[1], &name, 10));
    show("in what it may accept", give(fd[1], "me", (int[]){ fd[0], p[1] }, 2, NULL));
    close(fd[0]), close(fd[1]);
    ended("is gone, too", p);

    socketpair(AF_UNIX, SOCK_STREAM, 0, a), socketpair(AF_UNIX, SOCK_STREAM, 0, b);
    show("one in another", give(a[1], "one", b, 1, NULL));
    show("and that in it", give(b[1], "two", a, 1, NULL));
    close(b[0]), close(b[1]), close(a[1]);
    t = take(a[0], 20, 0, sizeof(union control));
    show("is there while that one is open", t.count);
    struct taken inner = take(t.fds[0], 20, 0, sizeof(union control));
    show_taken("with what was in it", &inner);
    show_taken("and closed", &t);
    close(a[0]);
}

void rights(void)
{
    handler_set(SIGPIPE, SIG_IGN, 0);
    refuses();
    handed_on();
    with_data();
    lost();
    senders();
    cycles();
    handler_set(SIGPIPE, SIG_DFL, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Event counters: eventfd(2). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOON_MS = 20, LONG_MS = 20000 };

/* What a read gives: the number, or -errno. */
static long take(int fd)
{
    uint64_t n = 0;
    long got = checked(read(fd, &n, sizeof n));

    return got < 0 ? got : got == sizeof n ? (long)n : -EPROTO;
}

static long give(int fd, uint64_t n)
{
    return checked(write(fd, &n, sizeof n));
}

static long found(int fd, int timeout_ms)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI, 0 };

    return poll(&p, 1, timeout_ms) < 0 ? -errno : p.revents;
}

static void counting(void)
{
    int fd = eventfd(3, EFD_NONBLOCK);
    uint64_t two[2] = { 1, 2 };

    show("the first number", take(fd));
    show("none left", take(fd));
    show("polls as", found(fd, 0));
    show("some", give(fd, 5));
    show("and more", give(fd, 6));
    show("ready", found(fd, 0));
    show("all of it", take(fd));
    show("nothing at all", give(fd, 0));
    show("is nothing", take(fd));
    show("too much", give(fd, UINT64_MAX));
    show("most", give(fd, UINT64_MAX - 1));
    show("polls full as", found(fd, 0));
    show("one more", give(fd, 1));
    show("read of four bytes", checked(read(fd, two, 4)));
    show("write of four bytes", checked(write(fd, two, 4)));
    show("read of sixteen bytes", checked(read(fd, two, 16)));
    show_truth("is of one number", two[0] == UINT64_MAX - 1 && two[1] == 2);
    show("seek", checked(lseek(fd, 5, SEEK_SET)));
    show("how much to read", checked(ioctl(fd, FIONREAD, &(int){ 0 })));
    show("flags", checked(fcntl(fd, F_GETFL)));
    struct stat s;
    show("stat", checked(fstat(fd, &s)));
    show("mode", s.st_mode);
    close(fd);
    show("bad flags", checked(eventfd(0, 4)));
    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    show("one", take(fd));
    show("and one", take(fd));
    show("and none", take(fd));
    show("closed on exec", checked(fcntl(fd, F_GETFD)));
    close(fd);
}

struct pair {
    int there, back;
};

static int answers(const void *with)
{
    const struct pair *p = with;

    sleep_ms(SOON_MS);
    long n = take(p->there);
    return give(p->back, (uint64_t)n + 1) == 8 ? 0 : 1;
}

static int empties(const void *with)
{
    const struct pair *p = with;

    sleep_ms(SOON_MS);
    return take(p->there) > 1 ? 0 : 1;
}

static int takes(const void *with)
{
    return take(((const struct pair *)with)->there) == 1 ? 0 : 1;
}

static void between_processes(void)
{
    struct pair p = { eventfd(0, 0), eventfd(0, 0) };
    struct pollfd f = { p.back, POLLIN, 0 };

    pid_t pid = child(answers, &p);
    give(p.there, 41);
    show("until the child has answered", take(p.back));
    show_status("it", reap(pid));
    pid = child(answers, &p);
    give(p.there, 1);
    show("poll until then", checked(poll(&f, 1, LONG_MS)));
    show("its answer", take(p.back));
    show_status("it", reap(pid));
    give(p.there, UINT64_MAX - 1);
    pid = child(empties, &p);
    show("waits for room", give(p.there, 7));
    show_status("which a child makes", reap(pid));
    show("and is there", take(p.there));
    int set = epoll_create1(0);
    struct epoll_event e = { .events = EPOLLIN | EPOLLET };
    epoll_ctl(set, EPOLL_CTL_ADD, p.back, &e);
    give(p.back, 1);
    show("an edge", checked(epoll_wait(set, &e, 1, LONG_MS)));
    show("told", checked(epoll_wait(set, &e, 1, 0)));
    give(p.back, 1);
    show("another", checked(epoll_wait(set, &e, 1, 0)));
    close(set), close(p.there), close(p.back);
    p.there = eventfd(0, EFD_SEMAPHORE);
    pid_t three[3];
    for (int i = 0; i < 3; i++)
        three[i] = child(takes, &p);
    sleep_ms(SOON_MS);
    give(p.there, 3);
    for (int i = 0; i < 3; i++)
        show_status("each takes one", reap(three[i]));
    close(p.there);
}

/* What is for files alone. */
static void refuses(const char *what, int fd)
{
    char name[64], text[64];
    const struct {
        const char *name;
        long result;
    } tried[] = {
        { "truncate", checked(ftruncate(fd, 0)) },
        { "allocate", checked(fallocate(fd, 0, 0, 1)) },
        { "sync", checked(fsync(fd)) },
        { "sync of data", checked(fdatasync(fd)) },
        { "list", checked(syscall(SYS_getdents64, fd, text, sizeof text)) },
        { "advise", checked(posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL)) },
        { "read ahead", checked(readahead(fd, 0, 1)) },
        { "a terminal's name", checked(isatty(fd)) },
        { "a name in it", checked(openat(fd, "x", O_RDONLY)) },
        { "flush", checked(sync_file_range(fd, 0, 0, 0)) },
        { "hole", checked(lseek(fd, 0, SEEK_HOLE)) },
    };

    for (unsigned i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        snprintf(name, sizeof name, "%s, %s", what, tried[i].name);
        show(name, tried[i].result);
    }
}

static void others(void)
{
    int p[2], event = eventfd(0, 0), null = open("/dev/null", O_RDWR), set = epoll_create1(0);

    if (pipe(p) != 0)
        return;
    refuses("a counter", event);
    refuses("to read", p[0]);
    refuses("to write", p[1]);
    refuses("a set", set);
    refuses("/dev/null", null);
    close(event), close(p[0]), close(p[1]), close(null), close(set);
}

void events(void)
{
    others();
    counting();
    between_processes();
}

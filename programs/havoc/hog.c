/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of something as there is to be had, held by as many processes as it takes. */
#define _GNU_SOURCE 1
#include "hog.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char page[PAGE];

/* Each has one more. @return did it get it */
static bool handle(unsigned n)
{
    (void)n;
    return open("/bin/busybox", O_RDONLY) >= 0;
}

static bool proc_handle(unsigned n)
{
    (void)n;
    return open("/proc/self/status", O_RDONLY) >= 0;
}

static bool tty_handle(unsigned n)
{
    (void)n;
    return open("/dev/tty", O_RDONLY) >= 0;
}

static bool pipe_full(unsigned n)
{
    int ends[2];

    (void)n;
    if (pipe2(ends, O_NONBLOCK) != 0)
        return false;
    while (write(ends[1], page, PAGE) > 0)
        continue;
    return true;
}

static bool fifo(unsigned n)
{
    char name[40];

    snprintf(name, sizeof name, "/tmp/hog/%u.%u", (unsigned)getpid(), n);
    return mkfifo(name, 0600) == 0 && open(name, O_RDWR) >= 0;
}

static bool socket_pair(unsigned n)
{
    int ends[2];

    (void)n;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    while (send(ends[0], page, PAGE, 0) > 0)
        continue;
    return true;
}

static bool listener(unsigned n)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "hog%u.%u", (unsigned)getpid(), n);
    return s >= 0 && bind(s, (struct sockaddr *)&to, sizeof to) == 0 && listen(s, 128) == 0 &&
           connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&to,
                   sizeof to) == 0;
}

/* Descriptors in flight. */
static bool flight(unsigned n)
{
    static int ends[2];
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec one = { page, 1 };
    struct msghdr m = {
        .msg_iov = &one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    if (n % 8 == 0 && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    *(int *)CMSG_DATA(c) = 0;
    return sendmsg(ends[0], &m, 0) == 1;
}

static bool event(unsigned n)
{
    (void)n;
    return eventfd(0, 0) >= 0;
}

static bool timer(unsigned n)
{
    const struct itimerspec soon = { { 0, 1000000 }, { 0, 1000000 } };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);

    (void)n;
    return fd >= 0 && timerfd_settime(fd, 0, &soon, NULL) == 0;
}

static bool set(unsigned n)
{
    struct epoll_event e = { .events = EPOLLIN };
    static int ends[2];
    int s = epoll_create1(0);

    if (n == 0 && pipe(ends) != 0)
        return false;
    return s >= 0 && epoll_ctl(s, EPOLL_CTL_ADD, ends[0], &e) == 0;
}

static bool terminal(unsigned n)
{
    (void)n;
    return open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0;
}

static bool memory_file(unsigned n)
{
    int fd = memfd_create("hog", 0);

    (void)n;
    return fd >= 0 && write(fd, page, 1) == 1;
}

/* Each of its own, for two that lie side by side have different rights. */
static bool mapping(unsigned n)
{
    return mmap(NULL, PAGE, n % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool file_mapping(unsigned n)
{
    static int fd;

    if (n == 0)
        fd = open("/bin/busybox", O_RDONLY);
    return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

/* Page tables: one page in each 2 MiB. */
static bool tables(unsigned n)
{
    char *at = mmap((void *)(0x100000000ul + ((uint64_t)n << 30)), PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (at == MAP_FAILED)
        return false;
    *at = 1;
    return true;
}

static bool memory(unsigned n)
{
    char *at = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)n;
    if (at == MAP_FAILED)
        return false;
    memset(at, 1, 64 * PAGE);
    return true;
}

static void *sleeps(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* Every second byte of a file of its own, or of the next one. */
static bool lock(unsigned n)
{
    static int fd;
    char name[40];
    struct flock l = { .l_type = F_WRLCK, .l_start = n * 2, .l_len = 1 };

    if (n % 500 == 0) {
        snprintf(name, sizeof name, "/tmp/hog/%u.%u", (unsigned)getpid(), n);
        fd = open(name, O_RDWR | O_CREAT, 0600);
    }
    return fcntl(fd, F_SETLK, &l) == 0;
}

static bool queued(unsigned n)
{
    sigset_t all;

    if (n == 0) {
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
    }
    return sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = (int)n }) == 0;
}

/* Who waits in a server. */
static void *waits(void *unused)
{
    int fd = open("/tmp/hog/wait", O_RDWR | O_CREAT, 0666);

    (void)flock(fd, LOCK_EX);
    pause();
    return unused;
}

static bool starts(void *(*run)(void *))
{
    pthread_attr_t attr;
    pthread_t t;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 16384);
    return pthread_create(&t, &attr, run, NULL) == 0;
}

static bool thread(unsigned n)
{
    (void)n;
    return starts(sleeps);
}

static bool lock_waiter(unsigned n)
{
    (void)n;
    return starts(waits);
}

static bool process(unsigned n)
{
    (void)n;
    return false;
}

static bool job(unsigned n)
{
    int fd = open("/proc/self/ctl", O_WRONLY);
    bool good = n == 0 && write(fd, "job 0 0 0 0", 11) == 11;

    close(fd);
    return good;
}

static const struct kind {
    const char *name;
    bool (*more)(unsigned n);
    unsigned each; /* of a process */
} kinds[] = {
    { "handles", handle, 1000 },
    { "proc-handles", proc_handle, 1000 },
    { "tty-handles", tty_handle, 1000 },
    { "pipes", pipe_full, 1000 },
    { "fifos", fifo, 1000 },
    { "sockets", socket_pair, 1000 },
    { "listeners", listener, 1000 },
    { "flights", flight, 1000 },
    { "events", event, 1000 },
    { "timers", timer, 1000 },
    { "sets", set, 1000 },
    { "terminals", terminal, 1000 },
    { "memfds", memory_file, 1000 },
    { "mappings", mapping, 20000 },
    { "file-mappings", file_mapping, 20000 },
    { "tables", tables, 4000 },
    { "memory", memory, 100000 },
    { "threads", thread, 1000 },
    { "locks", lock, 20000 },
    { "signals", queued, 5000 },
    { "lock-waiters", lock_waiter, 1000 },
    { "processes", process, 1 },
    { "jobs", job, 1 },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* What one process tells of what it holds: how much, and the error that ended it. */
struct held {
    unsigned count;
    int error;
};

enum { KILLED = 9999 };

static _Noreturn void hold(const struct kind *k, int tell)
{
    struct held held = { 0, 0 };

    errno = 0;
    while (held.count < k->each && k->more(held.count))
        held.count++;
    held.error = errno;
    (void)!write(tell, &held, sizeof held);
    for (;;)
        pause();
}

/* What a process says; it may be killed for what it takes. */
static struct held heard(pid_t pid, int told)
{
    struct held held;

    while (read(told, &held, sizeof held) != sizeof held) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return (struct held){ 0, KILLED };
        usleep(1000);
    }
    return held;
}

/* One process after the other, until one gets nothing. */
static _Noreturn void hold_all(const struct kind *k)
{
    struct held last = { 1, 0 };
    unsigned all = 0, processes = 0;
    int told[2];

    (void)!pipe2(told, O_NONBLOCK);
    for (; last.count > 0 || k->more == process; processes++) {
        pid_t pid = fork();
        if (pid == 0)
            hold(k, told[1]);
        if (pid < 0) {
            last.error = errno;
            break;
        }
        last = heard(pid, told[0]);
        all += last.count;
    }
    fprintf(stderr, "hog: %u in %u processes, %s\n", all, processes,
            last.error == KILLED ? "killed" : strerror(last.error));
    for (;;)
        pause();
}

/* A folder for all users' files, and no rights but a user's. */
static bool become(int user)
{
    (void)mkdir("/tmp/hog", 0777);
    (void)chmod("/tmp/hog", 0777);
    return user == 0 ||
           (setgroups(0, NULL) == 0 && setgid((gid_t)user) == 0 && setuid((uid_t)user) == 0);
}

int hog(const char *what, int user)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, what) == 0 && become(user))
            hold_all(&kinds[i]);
    return 2;
}

/* One of a kind, in a process of its own, which executes a program then. */
static int one_of(const struct kind *k)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        errno = 0;
        if (k->more != process && !k->more(0))
            _exit(errno);
        execl("/bin/busybox", "true", (char *)0);
        _exit(errno);
    }
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, 0) != pid && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
}

int hog_one_of_each(int user)
{
    unsigned good = 0;

    if (!become(user))
        return 2;
    for (unsigned i = 0; i < KINDS; i++) {
        int e = one_of(&kinds[i]);
        good += e == 0;
        if (e != 0)
            printf("user %d: no %s: %s\n", user, kinds[i].name,
                   e == KILLED ? "killed" : strerror(e));
    }
    printf("user %d has %s\n", user, good == KINDS ? "one of each" : "not all");
    return good == KINDS ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process may use, and what it gets beyond that; children by the hundred. */
#define _GNU_SOURCE 1 /* prlimit */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static int set(int resource, rlim_t soft)
{
    struct rlimit limit;

    getrlimit(resource, &limit);
    limit.rlim_cur = soft;
    return setrlimit(resource, &limit);
}

static int error_of(bool good)
{
    return good ? 0 : errno;
}

static void *map(size_t bytes, int right, int flags)
{
    return mmap(NULL, bytes, right, MAP_ANONYMOUS | flags, -1, 0);
}

/* Each runs in a child, with a limit; its status is an error number, or 0. */
static int descriptors(const void *unused)
{
    (void)unused;
    set(RLIMIT_NOFILE, 12);
    int last = -1;
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        last = fd;
    if (last != 11 || errno != EMFILE)
        return 100;
    if (dup(0) != -1 || errno != EMFILE || dup2(0, 12) != -1 || errno != EBADF)
        return 101;
    return fcntl(0, F_DUPFD, 12) == -1 ? errno : 102;
}

/* SIGXCPU at once, then a second more until SIGKILL; what it saw goes into a pipe. */
static int cpu_ends[2];

static void cpu_handler(int signal)
{
    struct rlimit limit;

    (void)signal;
    getrlimit(RLIMIT_CPU, &limit);
    char digit = (char)('0' + limit.rlim_cur);
    (void)!write(cpu_ends[1], &digit, 1);
}

static int computes(const void *unused)
{
    const struct rlimit limit = { 0, 1 };

    (void)unused;
    handler_set(SIGXCPU, cpu_handler, 0);
    if (setrlimit(RLIMIT_CPU, &limit) != 0)
        return errno;
    for (;;)
        ;
}

static int computes_on(const void *unused)
{
    (void)unused;
    if (set(RLIMIT_CPU, 0) != 0)
        return errno;
    for (;;)
        ;
}

static void cpu_cases(void)
{
    char seen[8] = "";

    (void)!pipe(cpu_ends);
    show_status("a second of computing", reap(child(computes, NULL)));
    close(cpu_ends[1]);
    (void)!read(cpu_ends[0], seen, sizeof seen - 1);
    show_text("its soft limit after each signal", seen);
    close(cpu_ends[0]);
    show_status("without a handler", reap(child(computes_on, NULL)));
}

static int all_memory(const void *unused)
{
    (void)unused;
    void *before = map(MIB, PROT_READ, MAP_PRIVATE);
    set(RLIMIT_AS, 64 * MIB);
    if (map(100 * MIB, PROT_READ, MAP_PRIVATE) != MAP_FAILED || errno != ENOMEM)
        return 100;
    if (map(100 * MIB, PROT_READ, MAP_SHARED) != MAP_FAILED || errno != ENOMEM)
        return 101;
    void *more = map(8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (more == MAP_FAILED || mremap(before, MIB, 100 * MIB, MREMAP_MAYMOVE) != MAP_FAILED)
        return 102;
    munmap(more, 8 * MIB);
    char *end = (char *)syscall(SYS_brk, NULL);
    return (char *)syscall(SYS_brk, end + 100 * MIB) == end ? 0 : 103;
}

static int data_memory(const void *unused)
{
    (void)unused;
    set(RLIMIT_DATA, 16 * MIB);
    char *end = (char *)syscall(SYS_brk, NULL);
    if ((char *)syscall(SYS_brk, end + 32 * MIB) != end)
        return 100;
    if (map(32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE) != MAP_FAILED || errno != ENOMEM)
        return 101;
    if (map(32 * MIB, PROT_READ, MAP_PRIVATE) == MAP_FAILED)
        return 102;
    return map(32 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED ? 103 : 0;
}

static int down(int levels)
{
    volatile char room[4096];

    room[0] = (char)levels;
    return levels == 0 ? room[0] : down(levels - 1) + room[0];
}

static int stack(const void *levels)
{
    set(RLIMIT_STACK, MIB);
    (void)down(*(const int *)levels);
    return 0;
}

static void be_nobody(void)
{
    uid_t id = 100000 + (uid_t)getpid(); /* whom nobody else is at the moment */

    if (getuid() == 0 && setresuid(id, id, id) != 0)
        _exit(99);
}

static void *wait_long(void *unused)
{
    (void)unused;
    sleep_ms(10000);
    return NULL;
}

static int processes(const void *unused)
{
    pthread_t thread;
    pid_t pid[8];
    int made = 0;

    (void)unused;
    be_nobody();
    set(RLIMIT_NPROC, 4);
    while (made < 8 && (pid[made] = sleeper()) > 0)
        made++;
    int error = errno, more = pthread_create(&thread, NULL, wait_long, NULL);
    for (int i = 0; i < made; i++) {
        kill(pid[i], SIGKILL);
        reap(pid[i]);
    }
    if (made != 3 || error != EAGAIN || more != EAGAIN)
        return 100 + made;
    pid_t again = sleeper();
    kill(again, SIGKILL);
    return again > 0 && reap(again) == SIGKILL ? 0 : 1;
}

static int raise_hard(const void *unused)
{
    struct rlimit limit;

    (void)unused;
    be_nobody();
    getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = limit.rlim_max = 32 * MIB;
    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        return 100;
    limit.rlim_max = 64 * MIB;
    return error_of(setrlimit(RLIMIT_DATA, &limit) == 0);
}

static int inherited(const void *unused)
{
    struct rlimit limit;

    (void)unused;
    set(RLIMIT_DATA, 48 * MIB);
    pid_t pid = fork();
    if (pid == 0) {
        getrlimit(RLIMIT_DATA, &limit);
        _exit(limit.rlim_cur == 48 * MIB ? 7 : 8);
    }
    return WEXITSTATUS(reap(pid));
}

static void other_process(void)
{
    struct rlimit limit = { 20 * MIB, 30 * MIB }, old;
    pid_t pid = sleeper();

    show("another's limit", checked(prlimit(pid, RLIMIT_DATA, &limit, NULL)));
    show("asked", checked(prlimit(pid, RLIMIT_DATA, NULL, &old)));
    show("is that", (long)old.rlim_cur);
    show_truth("mine is not", getrlimit(RLIMIT_DATA, &old) == 0 && old.rlim_cur != limit.rlim_cur);
    show("of nobody", checked(prlimit(32001, RLIMIT_DATA, NULL, &old)));
    show("of what is not limited", checked(prlimit(pid, 16, NULL, &old)));
    limit.rlim_cur = 40 * MIB;
    show("more than the hard one", checked(prlimit(pid, RLIMIT_DATA, &limit, NULL)));
    kill(pid, SIGKILL);
    reap(pid);
}

static int nicer(const void *unused)
{
    (void)unused;
    if (setpriority(PRIO_PROCESS, 0, 5) != 0 || getpriority(PRIO_PROCESS, 0) != 5)
        return 100;
    if (nice(3) != 8 || getpriority(PRIO_PROCESS, 0) != 8)
        return 101;
    pid_t pid = fork();
    if (pid == 0)
        _exit(getpriority(PRIO_PROCESS, 0));
    int child_nice = WEXITSTATUS(reap(pid));
    be_nobody();
    if (setpriority(PRIO_PROCESS, 0, 2) != -1 || errno != EACCES)
        return 102;
    return child_nice;
}

void limits(void)
{
    int shallow = 100, deep = 500;

    show_status("descriptors", reap(child(descriptors, NULL)));
    show_status("memory", reap(child(all_memory, NULL)));
    show_status("data", reap(child(data_memory, NULL)));
    show_status("a stack within", reap(child(stack, &shallow)));
    show_status("and beyond", reap(child(stack, &deep)));
    show_status("processes", reap(child(processes, NULL)));
    show_status("the hard one", reap(child(raise_hard, NULL)));
    show_status("inherited", reap(child(inherited, NULL)));
    other_process();
    show_status("nice", reap(child(nicer, NULL)));
    show("of what", checked(getpriority(3, 0)));
    show("of whom", checked(getpriority(PRIO_PROCESS, 32001)));
    cpu_cases();
}

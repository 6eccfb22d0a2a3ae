/* SPDX-License-Identifier: BSD-2-Clause */
/* Children in their parents' memory: vfork, clone with CLONE_VM and CLONE_VFORK, posix_spawn. */
#define _GNU_SOURCE 1
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 65536, PAGE = 4096 };

static volatile long word;
static volatile char *page;
static int ends[2];

/* Start a child in this memory, on a stack of its own; the caller waits for its exec or end. */
static pid_t lent(int (*run)(void *), void *with)
{
    static _Thread_local char stack[STACK_BYTES] __attribute__((aligned(16)));

    return clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, with);
}

/* Some time of computing, so that others would run if they could. */
static void compute(void)
{
    for (volatile long i = 0; i < 3000000; i++)
        ;
}

/* ---- what is shared ---- */

static int writes(void *unused)
{
    (void)unused;
    compute();
    word = 5;
    return 3;
}

static int writes_stack(void *at)
{
    *(volatile long *)at = 6;
    return 0;
}

static int maps_and_changes(void *unused)
{
    (void)unused;
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *page = 7;
    return syscall(SYS_brk, syscall(SYS_brk, 0) + PAGE) == -1;
}

static int protects(void *unused)
{
    (void)unused;
    return mprotect((void *)page, PAGE, PROT_READ);
}

static int unmaps(void *unused)
{
    (void)unused;
    return munmap((void *)page, PAGE);
}

static int writes_page(const void *unused)
{
    (void)unused;
    *page = 1;
    return 0;
}

static void memory_cases(void)
{
    volatile long here = 0;
    long top = syscall(SYS_brk, 0);

    word = 0;
    show_status("a child that writes", reap(lent(writes, NULL)));
    show("its parent reads", word);
    (void)reap(lent(writes_stack, (void *)&here));
    show("on the parent's stack", here);
    (void)reap(lent(maps_and_changes, NULL));
    show("what the child has mapped", *page);
    show("the break it has moved", syscall(SYS_brk, 0) - top);
    (void)reap(lent(protects, NULL));
    show_status("what it has protected", reap(child(writes_page, NULL)));
    (void)reap(lent(unmaps, NULL));
    show_status("what it has unmapped", reap(child(writes_page, NULL)));
}

/* Pages that the parent shares with another child until one of them writes. */
static int tells_word(const void *go)
{
    char c;

    (void)!read(*(const int *)go, &c, 1);
    return (int)word;
}

static void copies_cases(void)
{
    int go[2];

    (void)!pipe(go);
    word = 1;
    pid_t other = child(tells_word, &go[0]);
    (void)reap(lent(writes, NULL));
    show("after a fork, its parent reads", word);
    (void)!write(go[1], "x", 1);
    show_status("and the forked one what it had", reap(other));
    close(go[0]);
    close(go[1]);
}

/* ---- what is not ---- */

static void handler(int signal)
{
    (void)signal;
}

static int changes_all(void *unused)
{
    sigset_t set;

    (void)unused;
    close(ends[0]);
    (void)dup2(ends[1], 20);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    handler_set(SIGUSR1, handler, 0);
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    (void)umask(0);
    return chdir("/tmp") != 0;
}

static void tables_cases(void)
{
    char name[64];
    struct sigaction action;
    sigset_t set;

    (void)!pipe(ends);
    (void)!chdir("/");
    umask(022);
    (void)reap(lent(changes_all, NULL));
    show("a descriptor that it closes", fcntl(ends[0], F_GETFD));
    show("one that it makes", checked(fcntl(20, F_GETFD)));
    show("a flag that it sets", fcntl(ends[1], F_GETFD));
    sigaction(SIGUSR1, NULL, &action);
    show_truth("a handler that it gives", action.sa_handler == handler);
    sigprocmask(SIG_BLOCK, NULL, &set);
    show_truth("a signal that it blocks", sigismember(&set, SIGUSR1));
    show_text("its directory", getcwd(name, sizeof name));
    show("its umask", umask(022));
    close(ends[0]);
    close(ends[1]);
}

/* ---- how it ends ---- */

static int kills_itself(void *unused)
{
    (void)unused;
    word = 8;
    kill(getpid(), SIGKILL); /* raise() would take the number out of its parent's memory */
    return 0;
}

static int faults(void *unused)
{
    (void)unused;
    fault_now();
    return 0;
}

static int says_and_waits(void *unused)
{
    char c;

    (void)unused;
    word = getpid();
    (void)!write(ends[1], &(pid_t){ getpid() }, sizeof(pid_t));
    (void)!read(ends[0], &c, 0);
    pause();
    return 0;
}

static int kills_named(const void *unused)
{
    pid_t pid = 0;

    (void)unused;
    (void)!read(ends[0], &pid, sizeof pid);
    compute();
    return kill(pid, SIGKILL);
}

static int nested(void *unused)
{
    (void)unused;
    word = 1;
    int status = reap(lent(writes, NULL));
    return word == 5 ? WEXITSTATUS(status) : 100;
}

static int reads_and_writes(const void *unused)
{
    (void)unused;
    int was = (int)word;
    word = 50;
    return was;
}

static int forks(void *unused)
{
    (void)unused;
    word = 9;
    return WEXITSTATUS(reap(child(reads_and_writes, NULL)));
}

static void ends_cases(void)
{
    word = 0;
    show_status("one that kills itself", reap(lent(kills_itself, NULL)));
    show("what it wrote before", word);
    show_status("one that faults", reap(lent(faults, NULL)));
    (void)!pipe(ends);
    pid_t killer = child(kills_named, NULL);
    show_status("one that is killed", reap(lent(says_and_waits, NULL)));
    (void)reap(killer);
    close(ends[0]);
    close(ends[1]);
    show_status("a child's child in the same memory", reap(lent(nested, NULL)));
    show_status("a child's child with a copy", reap(lent(forks, NULL)));
    show("which it wrote to", word);
}

/* ---- programs ---- */

static int executes(void *name)
{
    word = 0;
    execl((const char *)name, "sh", "-c", "exit 4", (char *)0);
    word = errno;
    _exit(9);
}

static long spawned(const char *name, int *status)
{
    char first[] = "sh", option[] = "-c", command[] = "exit 6";
    char *const words[] = { first, option, command, NULL };
    pid_t pid = -1;
    int e = posix_spawn(&pid, name, NULL, NULL, words, NULL);

    *status = e == 0 ? reap(pid) : -1;
    return -e;
}

static void program_cases(void)
{
    char shell[] = "/bin/sh", none[] = "/nonesuch";
    int status;

    show_status("one that executes", reap(lent(executes, shell)));
    show("no error", -word);
    show_status("one that can't", reap(lent(executes, none)));
    show("which its parent knows", -word);
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/nonesuch", "nonesuch", (char *)0);
        word = errno + 1000;
        _exit(2);
    }
    show_status("vfork", reap(pid));
    show("its error", -(word - 1000));
    show("posix_spawn", spawned("/bin/sh", &status));
    show_status("its end", status);
    show("posix_spawn of nothing", spawned("/nonesuch", &status));
    show("posix_spawn of no program", spawned("/etc", &status));
}

/* ---- threads ---- */

static volatile int stage;

static void stage_await(int wanted)
{
    while (stage != wanted)
        sched_yield();
}

static void *runs_on(void *unused)
{
    stage_await(1); /* the child has begun */
    word = 11;
    stage = 2;
    return unused;
}

static int meets_thread(void *unused)
{
    (void)unused;
    stage = 1;
    stage_await(2);
    return (int)word;
}

/* A page is taken away from both. */
static void *takes_page(void *unused)
{
    stage_await(1);
    (void)munmap((void *)page, PAGE);
    stage = 2;
    return unused;
}

static int loses_page(void *unused)
{
    (void)unused;
    *page = 1;
    stage = 1;
    stage_await(2);
    *page = 2;
    return 0;
}

/* A fork of the parent write-protects what the child writes to. */
static void *forks_meanwhile(void *result)
{
    stage_await(1);
    pid_t pid = fork();
    if (pid == 0) {
        stage_await(2); /* of its own copy: never; it is killed */
        _exit(1);
    }
    stage = 2;
    stage_await(3);
    kill(pid, SIGKILL);
    *(int *)result = reap(pid);
    return NULL;
}

static int writes_after(void *unused)
{
    (void)unused;
    word = 20;
    stage = 1;
    stage_await(2);
    word = 21;
    stage = 3;
    return 0;
}

static void *in_thread(void *unused)
{
    word = 0;
    show_status("of a thread", reap(lent(writes, NULL)));
    show("it reads", word);
    return unused;
}

static int status_with(void *(*thread_run)(void *), void *with, int (*run)(void *))
{
    pthread_t thread;

    stage = 0;
    pthread_create(&thread, NULL, thread_run, with);
    int status = reap(lent(run, NULL));
    pthread_join(thread, NULL);
    return status;
}

static void thread_cases(void)
{
    pthread_t thread;
    int other = 0;

    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    show_status("another thread goes on", status_with(runs_on, NULL, meets_thread));
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    show_status("a page goes away", status_with(takes_page, NULL, loses_page));
    show_status("another thread forks", status_with(forks_meanwhile, &other, writes_after));
    show("what is written then", word);
    show_status("the forked one", other);
}

/* ---- the parent's end ---- */

/* Its parent is gone; its memory is still there: all of it, and to be written. */
static int outlives(void *unused)
{
    char c;
    long sum = 0;

    (void)unused;
    pid_t parent = getppid();
    (void)!write(ends[1], &parent, sizeof parent);
    while (getppid() == parent)
        sched_yield();
    for (int i = 0; i < 40; i++)
        sum += page[i * PAGE];
    page[0] = 40;
    sum += page[0];
    (void)reap(lent(writes, NULL));
    sum += word;
    c = (char)sum;
    (void)!write(ends[1], &c, 1);
    return 0;
}

static int lends_and_dies(const void *unused)
{
    (void)unused;
    page = mmap(NULL, 40 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 40; i++)
        page[i * PAGE] = 1;
    (void)lent(outlives, NULL);
    return 1;
}

static void *executes_soon(void *unused)
{
    stage_await(1);
    execl("/bin/sh", "sh", "-c", "exit 12", (char *)0);
    return unused;
}

static int outlives_exec(void *unused)
{
    char c;

    (void)unused;
    stage = 1;
    compute();
    compute();
    c = page[3 * PAGE];
    page[3 * PAGE] = 9;
    c += page[3 * PAGE];
    (void)!write(ends[1], &c, 1);
    return 0;
}

static int lends_and_executes(const void *unused)
{
    (void)unused;
    pthread_t thread;

    page = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[3 * PAGE] = 2;
    stage = 0;
    pthread_create(&thread, NULL, executes_soon, NULL);
    (void)lent(outlives_exec, NULL);
    pthread_join(thread, NULL); /* which does not end, unless nothing is executed */
    return 1;
}

static void parents_cases(void)
{
    pid_t named = 0;
    char c = 0;

    (void)!pipe(ends);
    pid_t parent = child(lends_and_dies, NULL);
    (void)!read(ends[0], &named, sizeof named);
    show_truth("a parent that waits", named == parent);
    kill(named, SIGKILL);
    show_status("is killed", reap(parent));
    (void)!read(ends[0], &c, 1);
    show("its child has the memory", c);
    parent = child(lends_and_executes, NULL);
    (void)!read(ends[0], &c, 1);
    show("a parent that executes", c);
    show_status("its other program", reap(parent));
    close(ends[0]);
    close(ends[1]);
}

void lents(void)
{
    memory_cases();
    copies_cases();
    tables_cases();
    ends_cases();
    program_cases();
    thread_cases();
    parents_cases();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to threads; ends of threads from outside. */
#define _GNU_SOURCE 1 /* gettid */
#include "cases.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t seen, seen_by;
static int ends[2];

/* The C library has none. */
static int tgkill(int group, int tid, int signal)
{
    return (int)syscall(SYS_tgkill, group, tid, signal);
}

static void note(int signal)
{
    (void)signal;
    seen++;
    seen_by = gettid();
}

/* Tells its number, waits for a byte, and says what came of it. */
static void *reader(void *tid)
{
    char x;

    __atomic_store_n((int *)tid, gettid(), __ATOMIC_RELEASE);
    return (void *)(intptr_t)checked(read(ends[0], &x, 1));
}

static void *spinner(void *tid)
{
    __atomic_store_n((int *)tid, gettid(), __ATOMIC_RELEASE);
    while (seen == 0)
        continue;
    return (void *)(intptr_t)(seen_by == gettid());
}

static void *sleeper_thread(void *tid)
{
    sigset_t set;
    int got = 0;

    __atomic_store_n((int *)tid, gettid(), __ATOMIC_RELEASE);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &got);
    return (void *)(intptr_t)got;
}

static pthread_t start(void *(*run)(void *), int *tid)
{
    pthread_t thread;

    *tid = 0;
    seen = 0;
    pthread_create(&thread, NULL, run, tid);
    while (__atomic_load_n(tid, __ATOMIC_ACQUIRE) == 0)
        sleep_ms(1);
    sleep_ms(5); /* it goes on to wait */
    return thread;
}

static long result(pthread_t thread)
{
    void *value;

    pthread_join(thread, &value);
    return (long)(intptr_t)value;
}

static void sent_cases(void)
{
    int tid;

    handler_set(SIGUSR1, note, 0);
    pthread_t thread = start(reader, &tid);
    show("to one that reads", checked(tgkill(getpid(), tid, SIGUSR1)));
    show("ends its read", result(thread));
    show_truth("called there", seen == 1 && seen_by == tid);
    handler_set(SIGUSR1, note, SA_RESTART);
    thread = start(reader, &tid);
    tgkill(getpid(), tid, SIGUSR1);
    while (seen == 0)
        sleep_ms(1);
    (void)!write(ends[1], "x", 1);
    show("or not", result(thread));
    thread = start(spinner, &tid);
    tgkill(getpid(), tid, SIGUSR1);
    show("to one that runs", result(thread));
    seen = 0;
    raise(SIGUSR1);
    show_truth("to oneself", seen == 1 && seen_by == gettid());
}

static void mask_cases(void)
{
    sigset_t set, old, pending;
    int tid;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_t thread = start(sleeper_thread, &tid);
    show("for all: one takes it", checked(kill(getpid(), SIGUSR2)));
    show("who waits", result(thread));
    tgkill(getpid(), gettid(), SIGUSR1);
    sigpending(&pending);
    show("one's own is pending", sigismember(&pending, SIGUSR1));
    thread = start(sleeper_thread, &tid);
    show("the other's is not", sigismember(&pending, SIGUSR2));
    tgkill(getpid(), tid, SIGUSR2);
    show("but comes", result(thread));
    handler_set(SIGUSR1, note, 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    show_truth("then it comes", seen == 1);
}

static void refused_cases(void)
{
    int tid;
    pthread_t thread = start(sleeper_thread, &tid);

    show("no such thread", checked(tgkill(getpid(), 32001, 0)));
    show("not of that process", checked(tgkill(getppid(), tid, 0)));
    show("thread 0", checked(tgkill(getpid(), 0, 0)));
    show("negative", checked(tgkill(-1, tid, 0)));
    show("no such signal", checked(tgkill(getpid(), tid, 65)));
    show("is it there", checked(tgkill(getpid(), tid, 0)));
    show("tkill", checked(syscall(SYS_tkill, tid, 0)));
    show("kill by a thread's number", checked(kill(tid, 0)));
    tgkill(getpid(), tid, SIGUSR2);
    pthread_join(thread, NULL);
    sleep_ms(20); /* Linux wakes who joins it a moment before */
    show("it is gone", checked(tgkill(getpid(), tid, 0)));
}

static void *read_for_ever(void *tid)
{
    char x;

    __atomic_store_n((int *)tid, gettid(), __ATOMIC_RELEASE);
    for (;;)
        (void)!read(ends[0], &x, 1);
    return NULL;
}

static void *spin_for_ever(void *tid)
{
    __atomic_store_n((int *)tid, gettid(), __ATOMIC_RELEASE);
    for (;;)
        __asm__ volatile("");
    return NULL;
}

static int killed(const void *run)
{
    int tid;

    (void)start(*(void *(*const *)(void *))run, &tid);
    syscall(SYS_tkill, tid, SIGTERM);
    while (pause() == -1)
        continue;
    return 0;
}

static int ended(const void *run)
{
    int tid;

    (void)start(*(void *(*const *)(void *))run, &tid);
    return 6;
}

void targets(void)
{
    void *(*read_run)(void *) = read_for_ever, *(*spin_run)(void *) = spin_for_ever;
    int tid;

    if (pipe(ends) != 0)
        return;
    sent_cases();
    mask_cases();
    handler_set(SIGUSR2, SIG_IGN, 0);
    handler_set(SIGUSR2, SIG_DFL, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    refused_cases();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    pthread_t thread = start(read_for_ever, &tid);
    show("cancelled", -pthread_cancel(thread));
    show_truth("ends its read", result(thread) == (long)(intptr_t)PTHREAD_CANCELED);
    show_status("ended by one that reads", reap(child(killed, &read_run)));
    show_status("by one that runs", reap(child(killed, &spin_run)));
    show_status("exits beside one that reads", reap(child(ended, &read_run)));
    show_status("beside one that runs", reap(child(ended, &spin_run)));
    handler_set(SIGUSR1, SIG_DFL, 0);
    close(ends[0]);
    close(ends[1]);
}

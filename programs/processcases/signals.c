/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals between processes. */
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t seen, seen_value, seen_pid, seen_code;

static void note(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    seen++;
    seen_pid = info->si_pid;
    seen_code = info->si_code;
    seen_value = info->si_value.sival_int;
}

static void handle(int signal, int flags)
{
    struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | flags };

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
    seen = 0;
}

static void unhandle(int signal, void (*how)(int))
{
    struct sigaction action = { .sa_handler = how };

    sigaction(signal, &action, NULL);
}

struct job {
    pid_t parent;
    int signal, count;
    int pipe[2];
};

static int send_later(const void *with)
{
    const struct job *j = with;

    sleep_ms(30);
    for (int i = 0; i < j->count; i++)
        kill(j->parent, j->signal);
    return 0;
}

/* Runs with a handler until it was called; then tells so by its status. */
static int spin_until(const void *with)
{
    const struct job *j = with;

    handle(j->signal, 0);
    (void)!write(j->pipe[1], "x", 1);
    while (seen == 0)
        continue;
    return seen_pid == getppid() && seen_code == SI_USER ? 11 : 12;
}

static void running_case(const char *name, int count)
{
    struct job j = { .signal = SIGUSR1 };
    char x;

    if (pipe(j.pipe) != 0)
        return;
    pid_t pid = child(spin_until, &j);
    (void)!read(j.pipe[0], &x, 1);
    for (int i = 0; i < count; i++)
        kill(pid, SIGUSR1);
    show_status(name, reap(pid));
    close(j.pipe[0]);
    close(j.pipe[1]);
}

static void blocked_cases(void)
{
    struct job j = { .parent = getpid(), .signal = SIGUSR1, .count = 1 };
    char x;

    if (pipe(j.pipe) != 0)
        return;
    handle(SIGUSR1, 0);
    pid_t pid = child(send_later, &j);
    show("read is interrupted", checked(read(j.pipe[0], &x, 1)));
    show("by the handler", seen);
    show_truth("from the child", seen_pid == pid);
    reap(pid);
    handle(SIGUSR1, 0);
    pid = child(send_later, &j);
    show("pause", checked(pause()));
    reap(pid);
    handle(SIGCHLD, SA_RESTART);
    pid = child(send_later, &j);
    handle(SIGUSR1, SA_RESTART);
    int status;
    show_truth("wait is restarted", waitpid(pid, &status, 0) == pid);
    unhandle(SIGCHLD, SIG_DFL);
    unhandle(SIGUSR1, SIG_DFL);
    close(j.pipe[0]);
    close(j.pipe[1]);
}

static int ignore_all(const void *none)
{
    (void)none;
    unhandle(SIGTERM, SIG_IGN);
    kill(getpid(), SIGTERM);
    return 4;
}

static int broken_pipe(const void *none)
{
    int pipe_fd[2];

    (void)none;
    if (pipe(pipe_fd) != 0)
        return 1;
    close(pipe_fd[0]);
    (void)!write(pipe_fd[1], "x", 1);
    return 2;
}

static void child_cases(void)
{
    handle(SIGCHLD, SA_NOCLDSTOP);
    pid_t pid = sleeper();
    kill(pid, SIGSTOP);
    int status;
    waitpid(pid, &status, WUNTRACED);
    show("no word of a stop", seen);
    kill(pid, SIGKILL);
    reap(pid);
    show("but of the end", seen);
    show_truth("killed, it says", seen_code == CLD_KILLED);
    unhandle(SIGCHLD, SIG_IGN);
    pid = sleeper();
    kill(pid, SIGKILL);
    show("ignored: nothing to wait for", checked(waitpid(pid, &status, 0)));
    unhandle(SIGCHLD, SIG_DFL);
}

void signals(void)
{
    running_case("to one that runs", 1);
    running_case("many times", 50);
    blocked_cases();
    show_status("ignored", reap(child(ignore_all, NULL)));
    show_status("broken pipe", reap(child(broken_pipe, NULL)));
    child_cases();
    show("to nobody", checked(kill(32000, 0)));
    show("no such signal", checked(kill(getpid(), 65)));
    show("signal 0", checked(kill(getpid(), 0)));
    pid_t pid = sleeper();
    show("is it there", checked(kill(pid, 0)));
    kill(pid, SIGKILL);
    sleep_ms(20);
    show("as a zombie, too", checked(kill(pid, 0)));
    reap(pid);
    show("then no more", checked(kill(pid, 0)));
}

/* ---- masks and queues ---- */

static int queue_to_parent(const void *with)
{
    const struct job *j = with;

    for (int i = 0; i < j->count; i++)
        sigqueue(j->parent, j->signal, (union sigval){ .sival_int = 100 + i });
    return 0;
}

static void queue_case(const char *name, const char *order, int signal)
{
    struct job j = { .parent = getpid(), .signal = signal, .count = 5 };
    siginfo_t info;
    struct timespec none = { 0, 0 };
    sigset_t set, old;
    int got = 0, sum = 0;

    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &old);
    reap(child(queue_to_parent, &j));
    while (sigtimedwait(&set, &info, &none) == signal) {
        got++;
        sum = sum * 3 + info.si_value.sival_int; /* in which order */
    }
    show(name, got);
    show(order, sum);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

void masks(void)
{
    sigset_t set, old, pending;
    struct job j = { .parent = getpid(), .signal = SIGUSR2, .count = 3 };

    queue_case("real-time signals", "in order", SIGRTMIN + 2);
    queue_case("others once", "the first one", SIGUSR2);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    handle(SIGUSR2, 0);
    reap(child(send_later, &j));
    show("blocked", seen);
    sigpending(&pending);
    show("pending", sigismember(&pending, SIGUSR2));
    sigprocmask(SIG_SETMASK, &old, NULL);
    show("unblocked: once", seen);
    sigprocmask(SIG_BLOCK, &set, &old);
    pid_t pid = child(send_later, &j);
    show("sigsuspend", checked(sigsuspend(&old)));
    reap(pid);
    sigprocmask(SIG_SETMASK, &old, NULL);
    unhandle(SIGUSR2, SIG_DFL);
}

void alarms(void)
{
    struct itimerval every = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } }, left;

    handle(SIGALRM, 0);
    show("no alarm before", alarm(100));
    show_truth("one before", alarm(0) >= 99);
    show("setitimer", checked(setitimer(ITIMER_REAL, &every, NULL)));
    while (seen < 3)
        pause();
    show_truth("again and again", seen >= 3);
    setitimer(ITIMER_REAL, &off, &left);
    show("its interval", left.it_interval.tv_usec);
    handle(SIGALRM, 0);
    every.it_interval.tv_usec = 0;
    setitimer(ITIMER_REAL, &every, NULL);
    while (seen == 0) /* runs, and calls nothing */
        continue;
    show("once, to one that runs", seen);
    show_truth("as a child: none", reap(child(ignore_all, NULL)) == 4 << 8);
    unhandle(SIGALRM, SIG_DFL);
}

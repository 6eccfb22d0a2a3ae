/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups that nobody looks after, and processes of several threads that are stopped. */
#include "cases.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- orphaned groups ---- */

static int stop_in_orphaned(const void *signal)
{
    setsid();
    raise(*(const int *)signal);
    return 3;
}

static int told; /* a pipe, to be written to by who was hung up */

static void tell(int signal)
{
    char c = (char)signal;

    (void)!write(told, &c, 1);
}

/* Leaves a child behind that is stopped, and alone in its group. */
static int leave_stopped(const void *none)
{
    int status;
    pid_t pid = fork();

    (void)none;
    if (pid == 0) {
        signal(SIGHUP, tell);
        signal(SIGCONT, tell);
        raise(SIGSTOP);
        _exit(0);
    }
    setpgid(pid, pid);
    return waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) ? 2 : 1;
}

static void hung_up(void)
{
    int p[2];
    char got[4] = "";

    if (pipe(p) != 0)
        return;
    told = p[1];
    show_status("who looks after it ends", reap(child(leave_stopped, NULL)));
    close(p[1]);
    int first = (int)read(p[0], got, 1), second = (int)read(p[0], got + 1, 1);
    show("it is told twice", first + second);
    show("of SIGHUP and SIGCONT", got[0] + got[1]);
    show("and goes on to its end", read(p[0], got, 1));
    close(p[0]);
}

/* ---- all threads stop ---- */

struct counts {
    volatile unsigned long of[3];
};

static struct counts *counts;

static void *count(void *which)
{
    for (;;)
        ++*(volatile unsigned long *)which;
    return NULL;
}

static int count_all(const void *none)
{
    pthread_t thread;

    (void)none;
    pthread_create(&thread, NULL, count, (void *)&counts->of[0]);
    pthread_create(&thread, NULL, count, (void *)&counts->of[1]);
    count((void *)&counts->of[2]);
    return 0;
}

/* Bits of the threads that have counted for a moment. */
static long counting(void)
{
    unsigned long before[3];
    long bits = 0;

    for (int i = 0; i < 3; i++)
        before[i] = counts->of[i];
    sleep_ms(300);
    for (int i = 0; i < 3; i++)
        bits |= (counts->of[i] != before[i]) << i;
    return bits;
}

/* ---- stopped in the middle of an exec ---- */

int jobs_again(int times)
{
    static volatile unsigned long unused;
    char left[16];
    pthread_t thread;

    if (times <= 0)
        return 9;
    pthread_create(&thread, NULL, count, (void *)&unused);
    snprintf(left, sizeof left, "%d", times - 1);
    execl(program, program, "again", left, (char *)NULL);
    return 1;
}

static int begin_again(const void *none)
{
    (void)none;
    return jobs_again(30);
}

static void stopped_in_exec(void)
{
    pid_t pid = child(begin_again, NULL), got = 0;
    int status = -1;

    for (int i = 0; got == 0 && i < 20000; i++) {
        struct timespec moment = { 0, 100000 + i % 17 * 70000 };
        kill(pid, SIGSTOP);
        nanosleep(&moment, NULL);
        kill(pid, SIGCONT);
        nanosleep(&moment, NULL);
        got = waitpid(pid, &status, WNOHANG);
    }
    show_status("stopped again and again in an exec", status);
}

void jobs(void)
{
    int terminal = SIGTSTP, hard = SIGSTOP, status = 0;

    show_status("orphaned: ^Z does not stop", reap(child(stop_in_orphaned, &terminal)));
    pid_t pid = child(stop_in_orphaned, &hard);
    show_truth("SIGSTOP does", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    kill(pid, SIGCONT);
    show_status("and it goes on", reap(pid));
    hung_up();

    stopped_in_exec();
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid = child(count_all, NULL);
    sleep_ms(300);
    show("threads count", counting());
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    show("none when stopped", counting());
    kill(pid, SIGCONT);
    show("all again", counting());
    kill(pid, SIGKILL);
    show_status("killed", reap(pid));
    munmap(counts, sizeof *counts);
}

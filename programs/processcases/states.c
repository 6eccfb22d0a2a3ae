/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc says of what a process does: proc(5), stat. */
#include "cases.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The letter of a process's state; '?': there is none. */
static char state_of(pid_t pid)
{
    char path[32], text[512];

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    close(fd);
    text[n < 0 ? 0 : n] = '\0';
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' ? end[2] : '?';
}

static void show_state(const char *name, pid_t pid)
{
    const char text[] = { state_of(pid), '\0' };

    show_text(name, text);
}

static int parent_state(const void *none)
{
    (void)none;
    sleep_ms(50); /* so that it waits */
    return state_of(getppid());
}

static int own_state(const void *none)
{
    (void)none;
    return state_of(getpid());
}

void states(void)
{
    show_state("its own", getpid());
    show_status("a child's own", reap(child(own_state, NULL)));
    show_status("a parent that waits", reap(child(parent_state, NULL)));
    pid_t pid = sleeper();
    sleep_ms(50);
    show_state("one that sleeps", pid);
    kill(pid, SIGSTOP);
    waitpid(pid, NULL, WUNTRACED);
    show_state("one that is stopped", pid);
    kill(pid, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    show_state("one that has ended", pid);
    reap(pid);
    show_state("one that is gone", pid);
}

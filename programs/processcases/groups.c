/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups and sessions. */
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int own_group(const void *none)
{
    (void)none;
    if (setpgid(0, 0) != 0 || getpgrp() != getpid())
        return 1;
    pid_t a = sleeper(), b = sleeper();
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    return WTERMSIG(reap(a)) == SIGTERM && WTERMSIG(reap(b)) == SIGTERM ? 5 : 2;
}

void groups(void)
{
    pid_t a = sleeper(), b = sleeper();

    show("a child gets a group", checked(setpgid(a, a)));
    show("another joins", checked(setpgid(b, a)));
    show_truth("both are in it", getpgid(a) == a && getpgid(b) == a);
    show_truth("I am not", getpgrp() != a);
    show("no such group", checked(setpgid(b, 32000)));
    show("not a child", checked(setpgid(1, 1)));
    show("negative", checked(setpgid(b, -1)));
    show("group of nobody", checked(getpgid(32000)));
    show("signal to it", checked(kill(-a, SIGTERM)));
    int status;
    show_truth("wait for any of it", waitpid(-a, &status, 0) > 0);
    show_truth("and the other", waitpid(-a, &status, 0) > 0);
    show("then none", checked(waitpid(-a, &status, 0)));
    show("and no group", checked(kill(-a, SIGTERM)));
    show_status("signal to one's own", reap(child(own_group, NULL)));
}

static int session_leader(const void *none)
{
    (void)none;
    if (setsid() != getpid())
        return 1;
    if (getsid(0) != getpid() || getpgrp() != getpid())
        return 2;
    if (setsid() != -1 || errno != EPERM)
        return 3;
    if (setpgid(0, 0) != -1 || errno != EPERM)
        return 4;
    pid_t other = sleeper();
    bool same = getsid(other) == getpid();
    kill(other, SIGKILL);
    reap(other);
    return same ? 6 : 5;
}

static int join_from_outside(const void *pid)
{
    setsid();
    return setpgid(0, *(const pid_t *)pid) == -1 ? errno : 0;
}

void sessions(void)
{
    pid_t pid = sleeper();

    show_status("a leader", reap(child(session_leader, NULL)));
    setpgid(pid, pid);
    show_status("no group of another session", reap(child(join_from_outside, &pid)));
    show_truth("a child is in mine", getsid(pid) == getsid(0));
    show("session of nobody", checked(getsid(32000)));
    kill(pid, SIGKILL);
    reap(pid);
}

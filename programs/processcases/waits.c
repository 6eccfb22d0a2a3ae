/* SPDX-License-Identifier: BSD-2-Clause */
/* How processes end, and how others get to know. */
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int end_with(const void *code)
{
    return *(const int *)code;
}

static int abort_now(const void *none)
{
    (void)none;
    raise(SIGABRT);
    return 0;
}

static int touch_nothing(const void *none)
{
    (void)none;
    fault_now();
    return 0;
}

static int wait_for_none(const void *none)
{
    (void)none;
    return waitpid(-1, NULL, 0) == -1 ? errno : 0;
}

static void info_cases(void)
{
    siginfo_t info = { 0 };
    int code = 5;
    pid_t pid = child(end_with, &code);

    show("waitid", checked(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)));
    show_truth("waitid says who", info.si_pid == pid && info.si_signo == SIGCHLD);
    show("waitid code", info.si_code == CLD_EXITED);
    show("waitid status", info.si_status);
    show_status("it is there still", reap(pid));
    show("and then not", checked(waitpid(pid, NULL, 0)));
    show("waitid of nothing", checked(waitid(P_PID, (id_t)pid, &info, 0)));
}

void waits(void)
{
    int code = 3, zero = 0, large = 0x1ff, status = 0;
    pid_t pid = child(end_with, &zero), other;

    show_status("exit 0", reap(pid));
    show_status("exit 3", reap(child(end_with, &code)));
    show_status("exit 511", reap(child(end_with, &large)));
    show_status("abort", reap(child(abort_now, NULL)));
    show_status("null pointer", reap(child(touch_nothing, NULL)));
    show_status("no child", reap(child(wait_for_none, NULL)));
    pid = sleeper();
    show("not yet", checked(waitpid(pid, &status, WNOHANG)));
    show("somebody else's", checked(waitpid(1, &status, WNOHANG)));
    kill(pid, SIGKILL);
    show_status("killed", reap(pid));
    pid = child(end_with, &code);
    other = sleeper();
    show_truth("any child", waitpid(-1, &status, 0) == pid);
    show_truth("my group's", waitpid(0, &status, WNOHANG) == 0);
    kill(other, SIGTERM);
    show_status("terminated", reap(other));
    show("bad options", checked(waitpid(-1, &status, 0x100)));
    info_cases();
    show("none left", checked(waitpid(-1, &status, 0)));
}

/* ---- whose parent has ended ---- */

struct family {
    int up[2]; /* a pipe to us */
};

static int leave_child(const void *with)
{
    const struct family *f = with;
    pid_t parent = getpid();

    if (fork() == 0) {
        for (int i = 0; i < 200 && getppid() == parent; i++)
            sleep_ms(10);
        char other = getppid() != parent;
        (void)!write(f->up[1], &other, 1);
        _exit(0);
    }
    return 0;
}

void orphans(void)
{
    struct family f;
    char other = 0, more;

    if (pipe(f.up) != 0)
        return;
    pid_t pid = child(leave_child, &f);
    close(f.up[1]);
    show_status("the parent", reap(pid));
    show("the child lives", read(f.up[0], &other, 1));
    show_truth("with another parent", other != 0);
    show("until its end", read(f.up[0], &more, 1));
    close(f.up[0]);
}

/* ---- stopped and going on ---- */

void stops(void)
{
    int status = -1;
    pid_t pid = sleeper();

    kill(pid, SIGSTOP);
    show_truth("waits for a stop", waitpid(pid, &status, WUNTRACED) == pid);
    show_status("stopped", status);
    show("told once", checked(waitpid(pid, &status, WUNTRACED | WNOHANG)));
    kill(pid, SIGTERM);
    show("signals wait", checked(waitpid(pid, &status, WNOHANG)));
    kill(pid, SIGCONT);
    show_status("and then come", reap(pid));

    pid = sleeper();
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGCONT);
    show_truth("waits to go on", waitpid(pid, &status, WCONTINUED) == pid);
    show_status("goes on", status);
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGKILL);
    show_status("killed while stopped", reap(pid));

    pid = sleeper();
    kill(pid, SIGTSTP);
    show_truth("terminal's stop", waitpid(pid, &status, WUNTRACED) == pid);
    show_status("by its signal", status);
    int others = 0;
    for (int i = 0; i < 20; i++) {
        int signal = i % 2 == 0 ? SIGTTIN : SIGTSTP;
        kill(pid, SIGCONT);
        kill(pid, signal);
        others += waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) ||
                  WSTOPSIG(status) != signal;
    }
    show("continued and stopped at once: not by the new signal", others);
    kill(pid, SIGKILL);
    reap(pid);
}

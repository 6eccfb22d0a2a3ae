/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a process is and what becomes of it: each of the system calls for it, by its number. */
#define _GNU_SOURCE /* AT_EMPTY_PATH, O_PATH, CLONE_FILES */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(...) checked(syscall(__VA_ARGS__))
#define NOWHERE ((void *)16)

enum { NO_FD = 99, NOBODY = 1000, GROUPS = 16 };

/* ---- who it is ---- */

static int is_child_of(const void *parent)
{
    return CALL(SYS_getppid) == *(const pid_t *)parent ? 0 : 1;
}

static int leads_session(const void *none)
{
    (void)none;
    return CALL(SYS_setsid) == getpid() && CALL(SYS_setsid) == -EPERM ? 0 : 1;
}

static void show_groups(const char *what)
{
    gid_t list[GROUPS] = { 0 };
    char text[80];
    long n = CALL(SYS_getgroups, GROUPS, list);

    snprintf(text, sizeof text, "%ld: %u, %u, %u", n, list[0], list[1], list[2]);
    show_text(what, text);
}

static void show_ids(const char *what)
{
    unsigned u[3] = { 0 }, g[3] = { 0 };
    char text[100];

    CALL(SYS_getresuid, &u[0], &u[1], &u[2]);
    CALL(SYS_getresgid, &g[0], &g[1], &g[2]);
    snprintf(text, sizeof text, "%u, %u, %u; %u, %u, %u; %ld, %ld, %ld, %ld", u[0], u[1], u[2],
             g[0], g[1], g[2], CALL(SYS_getuid), CALL(SYS_geteuid), CALL(SYS_getgid),
             CALL(SYS_getegid));
    show_text(what, text);
}

/* Of root: it becomes somebody else, step by step. */
static int becomes_others(const void *none)
{
    const gid_t list[] = { 9, 7, 8 };

    (void)none;
    show("setgroups", CALL(SYS_setgroups, 3, list));
    show_groups("are");
    show("getgroups with little room", CALL(SYS_getgroups, 2, NOWHERE));
    show("getgroups to nowhere", CALL(SYS_getgroups, 3, NOWHERE));
    show("setgroups from nowhere", CALL(SYS_setgroups, 3, NOWHERE));
    show("setregid", CALL(SYS_setregid, 20, 21));
    show("setreuid", CALL(SYS_setreuid, 10, 0));
    show_ids("are");
    show("setresgid", CALL(SYS_setresgid, -1, 22, -1));
    show("setgid", CALL(SYS_setgid, 23));
    show_ids("are");
    show("setresuid", CALL(SYS_setresuid, NOBODY, NOBODY + 1, NOBODY + 2));
    show_ids("are");
    show_groups("stay");
    show("setgroups is not for everybody", CALL(SYS_setgroups, 0, NULL));
    show("setuid to the saved one", CALL(SYS_setuid, NOBODY + 2));
    show_ids("are");
    show("setuid to root", CALL(SYS_setuid, 0));
    show("setreuid, exchanged", CALL(SYS_setreuid, NOBODY + 2, NOBODY));
    show_ids("are");
    show("setfsuid to a stranger", CALL(SYS_setfsuid, 5));
    show("setfsuid, what it is", CALL(SYS_setfsuid, -1));
    show("setfsgid to a stranger", CALL(SYS_setfsgid, 5));
    show("setfsgid, what it is", CALL(SYS_setfsgid, -1));
    fflush(stdout);
    return 6;
}

static void is_who(void)
{
    pid_t self = getpid();

    show_status("getppid", reap(child(is_child_of, &self)));
    show_status("setsid", reap(child(leads_session, NULL)));
    show_truth("setfsuid", CALL(SYS_setfsuid, -1) == CALL(SYS_geteuid));
    show_truth("setfsgid", CALL(SYS_setfsgid, -1) == CALL(SYS_getegid));
    if (getuid() == 0)
        show_status("others", reap(child(becomes_others, NULL)));
}

/* ---- what it shares no more ---- */

static int unshares(const void *fd)
{
    show("unshare of nothing", CALL(SYS_unshare, 0));
    show("unshare of descriptors", CALL(SYS_unshare, CLONE_FILES));
    show("are there", CALL(SYS_fcntl, *(const int *)fd, F_GETFD));
    show("unshare of the directory", CALL(SYS_unshare, CLONE_FS));
    show("unshare of a bad flag", CALL(SYS_unshare, 1));
    fflush(stdout);
    return 0;
}

/* Nice values are told as 20 less them. */
static int is_nice(const void *none)
{
    (void)none;
    show("setpriority", CALL(SYS_setpriority, 0, 0, 7));
    show("getpriority", CALL(SYS_getpriority, 0, 0));
    show("setpriority to more than there is", CALL(SYS_setpriority, 0, 0, 100));
    show("getpriority then", CALL(SYS_getpriority, 0, getpid()));
    fflush(stdout);
    return 0;
}

/* ---- made, and other programs ---- */

/* The child of a vfork() has its parent's stack: no function is called in it. */
static inline __attribute__((always_inline)) long direct(long number, long a)
{
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : "rcx", "r11", "memory");
    return result;
}

static void forks(void)
{
    fflush(stdout);
    long pid = direct(SYS_fork, 0);
    if (pid == 0)
        direct(SYS_exit_group, 7);
    show_status("fork", reap((pid_t)pid));
    pid = direct(SYS_vfork, 0);
    if (pid == 0)
        direct(SYS_exit_group, 8);
    show_status("vfork", reap((pid_t)pid));
    pid = direct(SYS_fork, 0);
    if (pid == 0)
        direct(SYS_exit, 0x109);
    show_status("exit", reap((pid_t)pid));
}

/* How execve() or execveat() is called. */
struct way {
    int dir, flags;
    const char *name;
    bool at;
};

static int executes(const void *with)
{
    const struct way *w = with;
    char *const argv[] = { (char *)"it", (char *)"exit", NULL }, *const envp[] = { NULL };
    long error = w->at ? CALL(SYS_execveat, w->dir, w->name, argv, envp, w->flags)
                       : CALL(SYS_execve, w->name, argv, envp);

    return (int)-error;
}

static void execute(const char *what, struct way way)
{
    int status = reap(child(executes, &way));

    show(what, status & 0xff ? -EPROTO : -(status >> 8));
}

static void execs_by_number(void)
{
    int self = open(program, O_RDONLY), dir, text;

    mkdir("/tmp/numbers", 0755);
    (void)!symlink(program, "/tmp/numbers/link");
    text = open("/tmp/numbers/text", O_RDWR | O_CREAT, 0755);
    (void)!write(text, "no program", 10);
    close(text);
    dir = open("/tmp/numbers", O_RDONLY | O_DIRECTORY);
    execute("execve", (struct way){ .name = program });
    execute("execve of nothing", (struct way){ .name = "/tmp/numbers/none" });
    execute("execve of a directory", (struct way){ .name = "/tmp/numbers" });
    execute("execve of no program", (struct way){ .name = "/tmp/numbers/text" });
    execute("execve from nowhere", (struct way){ .name = NOWHERE });
    execute("execveat", (struct way){ dir, 0, "link", true });
    execute("execveat from nobody", (struct way){ NO_FD, 0, "link", true });
    execute("execveat not by a link", (struct way){ dir, AT_SYMLINK_NOFOLLOW, "link", true });
    execute("execveat of no program", (struct way){ dir, AT_SYMLINK_NOFOLLOW, "text", true });
    execute("execveat of itself", (struct way){ self, AT_EMPTY_PATH, "", true });
    execute("execveat of nothing", (struct way){ self, 0, "", true });
    execute("execveat of a bad flag", (struct way){ dir, 1, "link", true });
    unlink("/tmp/numbers/link");
    unlink("/tmp/numbers/text");
    rmdir("/tmp/numbers");
    close(self);
    close(dir);
}

/* ---- back from a handler ---- */

static volatile int handled;

static void handler(int signal)
{
    handled = signal;
}

static __attribute__((naked)) void restorer(void)
{
    __asm__ volatile("mov %0, %%eax\n\t syscall" : : "i"(SYS_rt_sigreturn));
}

/* As the system has it, not the C library. */
struct action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static void returns(void)
{
    const unsigned long restores = 0x04000000;
    const struct action action = { handler, restores, restorer, 0 };
    struct action was;

    show("rt_sigaction", CALL(SYS_rt_sigaction, SIGUSR1, &action, &was, 8));
    show("kill", CALL(SYS_kill, getpid(), SIGUSR1));
    show("rt_sigreturn: it is back from", handled);
    show("rt_sigaction as it was", CALL(SYS_rt_sigaction, SIGUSR1, &was, NULL, 8));
}

void numbers(void)
{
    int fd = open("/dev/null", O_RDWR);

    is_who();
    show_status("unshares", reap(child(unshares, &fd)));
    show_status("is nice", reap(child(is_nice, NULL)));
    forks();
    execs_by_number();
    returns();
    close(fd);
}

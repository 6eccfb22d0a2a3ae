/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of processes that were forked, and what they execute. */
#define _GNU_SOURCE 1 /* mremap */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64 };

static char data[PAGES * PAGE] = { 1 };

static int change(const void *to)
{
    char *at = (char *)(uintptr_t)to;

    for (int i = 0; i < PAGES; i++)
        at[i * PAGE] = (char)(i + 1);
    for (int i = 0; i < PAGES; i++)
        if (at[i * PAGE] != (char)(i + 1))
            return 2;
    return 1;
}

static int is_zero(const char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != 0)
            return 0;
    return 1;
}

static char *map(size_t bytes, int flags)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
}

static int touch(const void *at)
{
    *(volatile char *)(uintptr_t)at = 1;
    return 0;
}

static int deep(int levels)
{
    volatile char room[2000];

    room[0] = (char)levels;
    return levels == 0 ? room[0] : deep(levels - 1) + room[0];
}

static int deep_stack(const void *none)
{
    (void)none;
    deep(1000); /* two megabytes */
    return 0;
}

static int no_end(const void *none)
{
    (void)none;
    return deep(1000000);
}

/* The C library's does not change it. */
static char *brk_at(char *end)
{
    return (char *)syscall(SYS_brk, end);
}

static void map_cases(void)
{
    char *at = map(PAGES * PAGE, MAP_PRIVATE), *end = at + PAGES * PAGE;

    show_truth("mapped: zeros", is_zero(at, PAGES * PAGE));
    change(at);
    show("unmap the middle", checked(munmap(at + 8 * PAGE, 8 * PAGE)));
    show_status("it is gone", reap(child(touch, at + 8 * PAGE)));
    show_status("the rest is not", reap(child(touch, at + 16 * PAGE)));
    show_truth("and as it was", at[7 * PAGE] == 8 && at[16 * PAGE] == 17);
    show("read-only", checked(mprotect(at, PAGE, PROT_READ)));
    show_status("is not written", reap(child(touch, at)));
    show("writable again", checked(mprotect(at, PAGE, PROT_READ | PROT_WRITE)));
    show_status("is", reap(child(touch, at)));
    show("across a hole", checked(mprotect(at, PAGES * PAGE, PROT_READ)));
    show("emptied", checked(madvise(at + 16 * PAGE, PAGE, MADV_DONTNEED)));
    show_truth("is zero", at[16 * PAGE] == 0);
    show("not a page", checked(munmap(at + 1, PAGE)));
    char *more = mremap(end - 4 * PAGE, 4 * PAGE, 200 * PAGE, MREMAP_MAYMOVE);
    show_truth("larger", more != MAP_FAILED && more[0] == 61 && more[100 * PAGE] == 0);
    show("back", checked(munmap(more, 200 * PAGE)));
    munmap(at, PAGES * PAGE - 4 * PAGE);
}

/* Words that a call reads or writes where there is none, of either kind. */
static void pointers(void)
{
    void *nobody = (void *)0x800000000000ul, *kernel = (void *)0xffff800000000000ul;

    show("a mask, nobody's", checked(syscall(SYS_rt_sigprocmask, SIG_BLOCK, nobody, 0, 8)));
    show("the kernel's", checked(syscall(SYS_rt_sigprocmask, SIG_BLOCK, kernel, 0, 8)));
    show("the one before", checked(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, nobody, 8)));
    show("the time, nobody's", checked(syscall(SYS_clock_gettime, 1, nobody)));
    show("the kernel's time", checked(syscall(SYS_clock_gettime, 1, kernel)));
    show("nowhere", checked(syscall(SYS_clock_gettime, 1, 16)));
}

void memory(void)
{
    char *shared = map(PAGES * PAGE, MAP_SHARED), *mine = map(PAGES * PAGE, MAP_PRIVATE);
    char *old = brk_at(NULL);

    pointers();
    show_status("a child changes its data", reap(child(change, data)));
    show_truth("not mine", data[0] == 1 && data[PAGE] == 0);
    show_status("shared memory", reap(child(change, shared)));
    show_truth("is shared", shared[0] == 1 && shared[5 * PAGE] == 6);
    change(mine);
    show_status("private memory, changed before", reap(child(change, mine)));
    mine[PAGE] = 99;
    show_status("and changed after", reap(child(change, mine)));
    show_truth("is private", mine[PAGE] == 99);
    show_truth("the heap grows",
               brk_at(old + 50 * PAGE) == old + 50 * PAGE && is_zero(old, 50 * PAGE));
    memset(old, 1, 50 * PAGE);
    show_truth("and shrinks", brk_at(old) == old);
    show_truth("and what it gets then is new", brk_at(old + PAGE) != old && old[0] == 0);
    show_truth("not below its begin", brk_at(data) == old + PAGE);
    show_status("a deep stack", reap(child(deep_stack, NULL)));
    show_status("one without end", reap(child(no_end, NULL)));
    map_cases();
    munmap(shared, PAGES * PAGE);
    munmap(mine, PAGES * PAGE);
}

/* ---- programs ---- */

static int execute(const void *argument)
{
    static char *variables[] = { NULL, NULL };
    char set[] = "CASE=variable";

    variables[0] = set;
    execle(program, "other name", "image", argument, (char *)NULL, variables);
    return errno;
}

static int execute_other(const void *path)
{
    execl(path, path, "exit", (char *)NULL);
    return errno;
}

static int execute_lost(const void *none)
{
    int fd = dup(1), kept = dup(1);
    char numbers[2][16];

    (void)none;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    snprintf(numbers[0], 16, "%d", fd);
    snprintf(numbers[1], 16, "%d", kept);
    execl("/bin/sh", "sh", "-c", "(true >&$0) 2>/dev/null && exit 1; true >&$1 || exit 2; exit 8",
          numbers[0], numbers[1], (char *)NULL);
    return 127;
}

static void no_handler(int signal)
{
    (void)signal;
}

static int ignoring(const void *none)
{
    (void)none;
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, no_handler);
    execl("/bin/sh", "sh", "-c", "kill -USR1 $$; kill -USR2 $$; exit 3", (char *)NULL);
    return 127;
}

static int script(const void *text)
{
    char name[] = "/tmp/caseXXXXXX";
    int fd = mkstemp(name);

    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, 0755) != 0)
        return 126;
    close(fd);
    pid_t pid = fork();
    if (pid == 0) {
        execl(name, name, "x", (char *)NULL);
        _exit(errno);
    }
    int status = reap(pid);
    unlink(name);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

void images(void)
{
    char *arguments = malloc(300000);

    show_status("executed", reap(child(execute, "argument")));
    show_status("with less", reap(child(execute, NULL)));
    show_status("not there", reap(child(execute_other, "/not/there")));
    show_status("a directory", reap(child(execute_other, "/")));
    show_status("not executable", reap(child(execute_other, "/etc/passwd")));
    show_status("a script", reap(child(script, "#!/bin/sh\nexit 9\n")));
    show_status("its interpreter is missing", reap(child(script, "#!/not/there\n")));
    show_status("a text", reap(child(script, "hello\n")));
    show_status("nothing", reap(child(script, "")));
    show_status("closed at exec", reap(child(execute_lost, NULL)));
    show_status("handlers are reset, what is ignored stays", reap(child(ignoring, NULL)));
    memset(arguments, 'x', 300000);
    arguments[299999] = '\0';
    show_status("an argument of 300000", reap(child(execute, arguments)));
    free(arguments);
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        execl(program, program, "exit", (char *)NULL);
        _exit(127);
    }
    show_status("vfork", reap(pid));
}

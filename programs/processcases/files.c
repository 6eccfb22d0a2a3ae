/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes have open together; and many of them, one after the other. */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd_of_all = -1;

static int read_some(const void *count)
{
    char to[64];

    return read(fd_of_all, to, (size_t) * (int *)count) == *(const int *)count ? 0 : 1;
}

static int write_and_end(const void *to)
{
    return write(*(const int *)to, "hello", 5) == 5 ? 0 : 1;
}

void files(void)
{
    char name[] = "/tmp/caseXXXXXX", got[16] = "";
    int three = 3, ends[2], fd = mkstemp(name);

    unlink(name);
    fd_of_all = fd;
    show("write", checked(write(fd, "0123456789", 10)));
    lseek(fd, 0, SEEK_SET);
    show_status("a child reads", reap(child(read_some, &three)));
    show("one position", lseek(fd, 0, SEEK_CUR));
    show("go on", read(fd, got, 2));
    show_text("where it was", got);
    close(fd);
    show("pipe", checked(pipe(ends)));
    pid_t pid = child(write_and_end, &ends[1]);
    close(ends[1]);
    memset(got, 0, sizeof got);
    show("read", read(ends[0], got, sizeof got));
    show_text("it", got);
    show("its end", read(ends[0], got, sizeof got));
    show_status("the writer", reap(pid));
    close(ends[0]);
}

/* ---- nothing may be lost ---- */

enum { MANY = 40, SHELL_BYTES = 4 * 4096 };

static int nothing(const void *unused)
{
    (void)unused;
    return 0;
}

static int run_again(const void *unused)
{
    (void)unused;
    execl(program, program, "exit", (char *)NULL);
    return 127;
}

static int with_pipe(const void *unused)
{
    int ends[2];

    (void)unused;
    char *room = malloc(1 << 20);
    memset(room, 1, 1 << 20);
    return pipe(ends) == 0 && write(ends[1], room, 4096) == 4096 ? 0 : 1;
}

static int left_alone(const void *unused)
{
    (void)unused;
    if (fork() == 0) {
        sleep_ms(5);
        _exit(0);
    }
    return 0;
}

static unsigned long free_memory(void)
{
    struct sysinfo info;

    return sysinfo(&info) == 0 ? info.freeram * info.mem_unit : 0;
}

static bool all_end_well(int (*run)(const void *))
{
    for (int i = 0; i < MANY; i++)
        if (reap(child(run, NULL)) != 0)
            return false;
    return true;
}

static bool all_killed(void)
{
    pid_t pid[16];
    bool good = true;

    for (int i = 0; i < 16; i++)
        pid[i] = sleeper();
    for (int i = 0; i < 16; i++)
        kill(pid[i], SIGKILL);
    for (int i = 0; i < 16; i++)
        if (reap(pid[i]) != SIGKILL)
            good = false;
    return good;
}

static bool all_kinds(void)
{
    return all_end_well(nothing) && all_end_well(run_again) && all_end_well(with_pipe) &&
           all_killed() && all_end_well(left_alone);
}

/*
 * Twice, and the second time everything that is kept for later is there already. On Linux others
 * use memory meanwhile: a megabyte does not count; a leak of a page a process would. Here the
 * shell, whom the orphans are left to, may have written to a page that it had in common.
 */
void many(void)
{
    show_truth("the first time", all_kinds());
    sleep_ms(100);
    unsigned long before = free_memory();
    show_truth("the second time", all_kinds());
    sleep_ms(100);
    unsigned long after = free_memory();
    bool is_linux = access("/proc/sys/kernel", F_OK) == 0;
    bool is_good = is_linux || after + SHELL_BYTES >= before;
    show_truth("nothing is lost", is_good);
    if (!is_good)
        fprintf(stderr, "many: %lu bytes less\n", before - after);
}

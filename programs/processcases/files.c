/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes have open together; and many of them, one after the other. */
#define _GNU_SOURCE 1 /* setresuid, memfd_create */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
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

/* ---- writes out of memory that ends ---- */

enum { PAGE = 4096 };

static void write_at(int fd, const char *name, const void *from, size_t bytes, off_t offset)
{
    char got[3 * PAGE + 1];

    show(name, checked(pwrite(fd, from, bytes, offset)));
    ssize_t n = pread(fd, got, sizeof got, 0);
    show("the file's bytes", n);
    got[sizeof got - 1] = '\0';
    size_t is_new = 0;
    for (ssize_t i = 0; i < n; i++)
        is_new += got[i] == 'n';
    show("of them new", (long)is_new);
}

void pieces(void)
{
    char name[] = "/tmp/caseXXXXXX", old[2 * PAGE];
    int fd = mkstemp(name), append = open(name, O_WRONLY | O_APPEND);
    char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    unlink(name);
    memset(at, 'n', 4 * PAGE);
    munmap(at + 2 * PAGE, PAGE);
    memset(old, 'o', sizeof old);
    show("two pages", checked(write(fd, old, sizeof old)));
    write_at(fd, "two of three pages", at, 3 * PAGE, 0);
    show("two pages", checked(pwrite(fd, old, sizeof old, 0)));
    write_at(fd, "the end of one", at + 2 * PAGE - 10, 3000, 5);
    write_at(fd, "none", at + 2 * PAGE, 3000, 5);
    write_at(fd, "beyond the end", at, 3 * PAGE, PAGE);
    show("cut", checked(ftruncate(fd, 10)));
    show("position", lseek(fd, 3, SEEK_SET));
    show("two pages", checked(write(fd, at, 3 * PAGE)));
    show("position", lseek(fd, 0, SEEK_CUR));
    show("read two pages", checked(pread(fd, at, 3 * PAGE, 0)));
    show("read to the end of one", checked(pread(fd, at + 2 * PAGE - 10, 3000, 5)));
    show("read to nowhere", checked(pread(fd, at + 2 * PAGE, 3000, 5)));
    /* What nobody has touched yet is there. */
    char *large = mmap(NULL, 64 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    show("large", checked(pwrite(fd, large, 64 * PAGE, 1)));
    show("appended", checked(write(append, large, 64 * PAGE)));
    show("bytes", lseek(fd, 0, SEEK_END));
    show("two pages appended", checked(write(append, at, 3 * PAGE)));
    show("nothing appended", checked(write(append, at + 2 * PAGE, 3000)));
    show("bytes", lseek(fd, 0, SEEK_END));
    close(append);
    close(fd);
    munmap(at, 4 * PAGE);
    munmap(large, 64 * PAGE);
}

/* ---- nothing may be lost ---- */

enum { SHELL_KIB = 16 };

/* Of each kind: 25, or as many as the variable MANY says. */
static int many_of(void)
{
    const char *wish = getenv("MANY");

    return wish != NULL ? atoi(wish) : 25;
}

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

enum { MAPPED = 1 << 17 };

/* A file that is mapped, and written through that. */
static char *mapped(int *fd)
{
    *fd = memfd_create("many", 0);
    if (*fd < 0 || ftruncate(*fd, MAPPED) != 0)
        return MAP_FAILED;
    char *at = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (at != MAP_FAILED)
        memset(at, 1, MAPPED);
    return at;
}

/* It is cut, and left so. */
static int with_map(const void *unused)
{
    int fd;
    char *at = mapped(&fd);

    (void)unused;
    if (at == MAP_FAILED)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        memset(at, 2, 32768);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return at[32767] == 2 && ftruncate(fd, 4096) == 0 ? 0 : 1;
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

/* KiB that are free, or would be if nothing of files was kept. */
static unsigned long free_memory(void)
{
    FILE *file = fopen("/proc/meminfo", "r");
    unsigned long sum = 0, one;
    char line[128];

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemFree: %lu", &one) == 1 || sscanf(line, "Cached: %lu", &one) == 1)
            sum += one;
    if (file != NULL)
        fclose(file);
    return sum;
}

static bool all_end_well(int (*run)(const void *))
{
    for (int i = many_of(); i > 0; i--)
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

/* Makes processes, pipes and memory until it is killed. */
static int busy(const void *unused)
{
    (void)unused;
    setpgid(0, 0);
    for (;;) {
        int ends[2];
        void *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pipe(ends) != 0)
            return 1;
        memset(at, 1, 65536);
        int fd;
        char *file = mapped(&fd);
        pid_t pid = fork();
        if (pid == 0)
            _exit(run_again(NULL));
        while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
            continue;
        munmap(file, MAPPED);
        close(fd);
        munmap(at, 1 << 20);
        close(ends[0]);
        close(ends[1]);
    }
}

static bool all_killed_in_the_middle(void)
{
    for (int i = many_of() / 6; i > 0; i--) {
        pid_t pid = child(busy, NULL);
        struct timespec t = { 0, 1000000 + i * 137000 };
        nanosleep(&t, NULL);
        setpgid(pid, pid);
        kill(-pid, SIGKILL);
        if (reap(pid) != SIGKILL)
            return false;
    }
    return true;
}

/* In a process of its own, so that what that has touched goes, too. */
static int all_kinds(const void *unused)
{
    (void)unused;
    bool good = all_end_well(nothing) && all_end_well(run_again) && all_end_well(with_pipe) &&
                all_end_well(with_map) && all_killed() && all_end_well(left_alone) &&
                all_killed_in_the_middle();
    return good ? 0 : 1;
}

/*
 * A bomb: each process makes others as long as it can, then waits. It is a user's who may have no
 * more than BOMB processes.
 */
enum { BOMB = 40 };

static int bomb(const void *ends)
{
    const int *to = ends;
    struct rlimit limit = { BOMB, BOMB };
    uid_t id = 200000 + (uid_t)getpid();
    pid_t pid;

    setpgid(0, 0);
    if ((getuid() == 0 && setresuid(id, id, id) != 0) || setrlimit(RLIMIT_NPROC, &limit) != 0)
        return 1;
    do
        pid = fork();
    while (pid >= 0);
    char why = errno == EAGAIN ? 'a' : 'x';
    (void)!write(to[1], &why, 1);
    for (;;)
        pause();
}

static void bomb_case(void)
{
    char why[BOMB];
    int ends[2], count = 0, good = 0;

    if (pipe(ends) != 0)
        return;
    pid_t pid = child(bomb, ends);
    for (; count < BOMB && read(ends[0], &why[count], 1) == 1; count++)
        good += why[count] == 'a';
    show("processes of a bomb", count);
    show("that may make no more", good);
    kill(-pid, SIGKILL);
    show_status("it", reap(pid));
    while (kill(-pid, 0) == 0)
        sleep_ms(1);
    close(ends[0]);
    close(ends[1]);
}

/*
 * Three times: after the second one everything is there already that is kept for later, by us and
 * by the system. On Linux others use memory meanwhile; here the shell, whom orphans are left
 * to, may have written to pages that it had in common. A leak of a page a process would be more.
 */
void many(void)
{
    static const char *const turn[] = { "the first time", "the second time", "the third time" };
    unsigned long before = 0, after = 0;

    for (int i = 0; i < 3; i++) {
        show_status(turn[i], reap(child(all_kinds, NULL)));
        bomb_case();
        sleep_ms(100);
        before = after;
        after = free_memory();
    }
    bool is_linux = access("/proc/sys/kernel", F_OK) == 0;
    bool is_good = is_linux || after + SHELL_KIB >= before;
    show_truth("nothing is lost", is_good);
    if (!is_good)
        fprintf(stderr, "many: %lu KiB less\n", before - after);
}

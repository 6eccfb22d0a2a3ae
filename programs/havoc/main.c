/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * havoc kill SEED COUNT: processes of all kinds, each killed in the middle of whatever it does,
 * with all that came of it, after a time that SEED says. havoc bomb fork|threads|memory: it makes
 * more of itself until it is killed. havoc many COUNT: so many processes and threads, one after the
 * other. havoc fill: fill.h. havoc hog|each: hog.h.
 */
#define _GNU_SOURCE 1
#include "fill.h"
#include "hog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PIECE = 10000, STACK_BYTES = 32768, SLEEP_NS_MAX = 12000000 };

static const char folder[] = "/tmp/havoc";
static char piece[PIECE];
static unsigned long state;
static const char program[] = "/proc/self/exe";

/* The same numbers for the same seed, everywhere. */
static unsigned random_below(unsigned end)
{
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(state >> 33) % end;
}

static void compute(unsigned long rounds)
{
    for (volatile unsigned long i = 0; i < rounds; i++)
        ;
}

/* ---- what they do, for ever: each function is a round ---- */

static void pipes(void)
{
    int there[2], back[2];

    if (pipe(there) != 0 || pipe(back) != 0)
        _exit(1);
    if (fork() == 0) {
        while (read(there[0], piece, PIECE) > 0)
            (void)!write(back[1], piece, 100);
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    for (int i = 0; i < 20; i++) {
        (void)!write(there[1], piece, PIECE);
        (void)!read(back[0], piece, 100);
    }
    close(there[1]);
    close(back[0]);
    (void)wait(NULL);
}

static void files_round(void)
{
    char one[64], other[64];
    struct stat st;

    snprintf(one, sizeof one, "%s/%d", folder, getpid());
    snprintf(other, sizeof other, "%s/%d.b", folder, getpid());
    int fd = open(one, O_RDWR | O_CREAT, 0600);
    (void)!write(fd, piece, PIECE);
    (void)!pwrite(fd, piece, PIECE, 1 << 20);
    (void)!pread(fd, piece, PIECE, 5);
    (void)rename(one, other);
    (void)link(other, one);
    (void)stat(other, &st);
    (void)unlink(one);
    (void)ftruncate(fd, 100);
    DIR *dir = opendir(folder);
    while (dir != NULL && readdir(dir) != NULL)
        continue;
    if (dir != NULL)
        closedir(dir);
    (void)mkdir(one, 0700);
    (void)rmdir(one);
    (void)unlink(other);
    close(fd);
}

static void maps_round(void)
{
    enum { BYTES = 40 * PAGE };
    int fd = memfd_create("havoc", 0);
    (void)ftruncate(fd, BYTES);
    char *own = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (own == MAP_FAILED || shared == MAP_FAILED)
        _exit(1);
    memset(own, 1, BYTES);
    memset(shared, 2, BYTES);
    (void)mprotect(own + 4 * PAGE, PAGE, PROT_READ);
    char *moved = mremap(own + 8 * PAGE, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
    (void)ftruncate(fd, PAGE);
    (void)munmap(own, BYTES);
    if (moved != MAP_FAILED)
        (void)munmap(moved, 16 * PAGE);
    (void)munmap(shared, BYTES);
    close(fd);
}

static void forks_round(void)
{
    pid_t pid = random_below(2) == 0 ? fork() : vfork();

    if (pid == 0)
        _exit(0);
    pid = fork();
    if (pid == 0) {
        memset(piece, 3, PIECE);
        pid = vfork();
        if (pid == 0) {
            execl(program, program, "nothing", (char *)0);
            _exit(1);
        }
        (void)wait(NULL);
        _exit(0);
    }
    (void)wait(NULL);
    (void)wait(NULL);
}

static void execs_round(void)
{
    execl(program, program, "again", (char *)0);
    _exit(1);
}

static void polls_round(void)
{
    int ends[2], set = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };

    if (pipe(ends) != 0 || set < 0)
        _exit(1);
    struct pollfd two[] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 } };
    (void)epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    (void)poll(two, 2, 1);
    if (fork() == 0) {
        (void)!write(ends[1], piece, 10);
        _exit(0);
    }
    (void)poll(two, 1, 1000);
    (void)epoll_wait(set, &event, 1, 1000);
    (void)wait(NULL);
    close(set);
    close(ends[0]);
    close(ends[1]);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turns;

static void *takes_turns(void *which)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 20; i++) {
        while (turns % 2 != (which != NULL))
            pthread_cond_wait(&turned, &mutex);
        turns++;
        pthread_cond_signal(&turned);
    }
    pthread_mutex_unlock(&mutex);
    return which;
}

static pthread_t thread_of(void *(*run)(void *), void *with)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (pthread_create(&thread, &attr, run, with) != 0)
        _exit(1);
    return thread;
}

static void threads_round(void)
{
    pthread_t one = thread_of(takes_turns, NULL), other = thread_of(takes_turns, &turns);

    pthread_join(one, NULL);
    pthread_join(other, NULL);
}

/* A lock in memory that two processes share. */
static void locks_round(void)
{
    pthread_mutex_t *lock =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;

    if (lock == MAP_FAILED)
        _exit(1);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &attr);
    pid_t pid = fork();
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(lock);
        compute(100);
        pthread_mutex_unlock(lock);
    }
    if (pid == 0)
        _exit(0);
    (void)wait(NULL);
    (void)munmap(lock, PAGE);
}

static void handler(int signal)
{
    (void)signal;
}

static void signals_round(void)
{
    struct itimerval soon = { .it_value = { .tv_usec = 300 } };
    sigset_t none;

    (void)signal(SIGALRM, handler);
    (void)signal(SIGUSR1, handler);
    sigemptyset(&none);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    (void)sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 1 });
    (void)kill(getppid(), 0);
    (void)sigsuspend(&none);
}

static void names_round(void)
{
    char text[256];
    int fd = open("/proc/self/maps", O_RDONLY);

    while (read(fd, text, sizeof text) > 0)
        continue;
    close(fd);
    fd = open("/proc/meminfo", O_RDONLY);
    (void)!read(fd, text, sizeof text);
    close(fd);
    (void)!chdir("/proc/self/fd");
    (void)!getcwd(text, sizeof text);
    (void)!chdir("/");
    (void)!readlink("/proc/self/exe", text, sizeof text);
}

static void (*const kinds[])(void) = {
    pipes,       files_round,   maps_round,  forks_round,   execs_round,
    polls_round, threads_round, locks_round, signals_round, names_round,
};
enum { EXECS = 4, KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- killing ---- */

static _Noreturn void busy(unsigned kind)
{
    setpgid(0, 0);
    compute(random_below(100000));
    for (;;)
        kinds[kind]();
}

static void folder_empty(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    if (dir != NULL)
        closedir(dir);
}

static int kill_all(unsigned seed, int count)
{
    int good = 0;

    state = seed;
    (void)mkdir(folder, 0700);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < count; i++) {
        unsigned kind = random_below(KINDS);
        struct timespec t = { 0, random_below(SLEEP_NS_MAX) };
        pid_t pid = fork();
        if (pid == 0)
            busy(kind);
        (void)nanosleep(&t, NULL);
        setpgid(pid, pid);
        kill(-pid, SIGKILL);
        int status = 0;
        while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
            continue;
        good += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
            continue;
        folder_empty();
    }
    (void)rmdir(folder);
    printf("%d of %d were killed\n", good, count);
    return good == count ? 0 : 1;
}

/* ---- bombs ---- */

static void *bomb_thread(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* Processes, each in a session of its own, and what else `kind` says. */
static _Noreturn void bomb(const char *kind)
{
    for (;;) {
        pthread_t thread;
        if (fork() == 0)
            (void)setsid();
        if (strcmp(kind, "threads") == 0)
            (void)pthread_create(&thread, NULL, bomb_thread, NULL);
        if (strcmp(kind, "memory") == 0) {
            char *at =
                mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (at != MAP_FAILED)
                memset(at, 1, 64 * PAGE);
        }
    }
}

/* ---- many ---- */

static void *nothing(void *unused)
{
    return unused;
}

/* Another process, that ends at once: by fork, fork and exec, vfork and exec, posix_spawn. */
static pid_t begun(int kind)
{
    char first[] = "havoc", second[] = "nothing";
    char *const words[] = { first, second, NULL };
    pid_t pid;

    if (kind == 3)
        return posix_spawn(&pid, program, NULL, NULL, words, NULL) == 0 ? pid : -1;
    pid = kind == 2 ? vfork() : fork();
    if (pid == 0 && kind != 0)
        execv(program, words);
    if (pid == 0)
        _exit(0);
    return pid;
}

/* Each in turn, and a thread. */
static int many(int count)
{
    enum { WAYS = 5, THREAD = 4 };
    int good = 0;

    for (int i = 0; i < count; i++) {
        int status = 1;
        if (i % WAYS == THREAD) {
            good += pthread_join(thread_of(nothing, NULL), NULL) == 0;
            continue;
        }
        pid_t pid = begun(i % WAYS);
        bool is_good = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
        if (!is_good && good == i)
            fprintf(stderr, "number %d of kind %d: %s, status %x\n", i, i % WAYS, strerror(errno),
                    (unsigned)status);
        good += is_good;
    }
    printf("%d of %d were made\n", good, count);
    return good == count ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "nothing") == 0)
        return 0;
    if (argc > 1 && strcmp(argv[1], "again") == 0)
        busy(EXECS);
    if (argc > 3 && strcmp(argv[1], "kill") == 0)
        return kill_all((unsigned)atoi(argv[2]), atoi(argv[3]));
    if (argc > 2 && strcmp(argv[1], "bomb") == 0)
        bomb(argv[2]);
    if (argc > 2 && strcmp(argv[1], "many") == 0)
        return many(atoi(argv[2]));
    if (argc > 3 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], argv[3]);
    if (argc > 3 && strcmp(argv[1], "hog") == 0)
        return hog(argv[2], atoi(argv[3]));
    if (argc > 2 && strcmp(argv[1], "each") == 0)
        return hog_one_of_each(atoi(argv[2]));
    fputs("usage: havoc kill SEED COUNT | bomb fork|threads|memory | many COUNT |\n"
          "       fill KIND FOLDER | hog KIND USER | each USER\n",
          stderr);
    return 2;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* intruder calls|messages|kernel|typed SEED COUNT, victim, doors, sessions: see README.md. */
#define _GNU_SOURCE
#include "intruder.h"

#include <fcntl.h>
#include <grp.h>
#include <ipc/process.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { A_CHILD = 100, A_CHILD_MS = 2000, USER = 1000, PROCESSES = 24 };
/* Of messages of one's own making a child does not outlive many. */
enum { A_CHILD_OF_MESSAGES = 10, A_CHILD_OF_MESSAGES_MS = 100 };

static _Thread_local uint64_t state;
unsigned char *room;

uint64_t random_next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1dull;
}

void random_begin(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
}

uint64_t random_word(void)
{
    static const uint64_t addresses[] = {
        0,
        1,
        0x400000,
        0x401000,
        PROCESS_SYSTEM_ADDR,
        PROCESS_INFO_ADDR,
        PROCESS_STATE_ADDR,
        PROCESS_THREAD_0_ADDR,
        0x7ffffffff000,
        0x800000000000,
        ~0ull,
        ~0ull << 47,
    };

    switch (random_below(8)) {
    case 0: return random_next();
    case 1: return 1ull << random_below(64);
    case 2: return addresses[random_below(sizeof addresses / sizeof addresses[0])];
    case 3:
    case 4: return (uintptr_t)room + random_below(ROOM);
    case 5: return random_next() & 0xffff;
    default: return random_below(20);
    }
}

/* What may name files and other things in the memory that requests point at. */
static void room_fill(void)
{
    static const char *const names[] = { "/tmp/intruder/a", "/proc/self/mem",    "..",
                                         "/dev/null",       "/tmp/intruder/d/e", "/etc/passwd",
                                         "/proc/1/ctl" };

    for (unsigned at = 0; at + 64 <= ROOM; at += 64) {
        if (random_below(2) == 0) {
            strcpy((char *)room + at, names[random_below(sizeof names / sizeof names[0])]);
            continue;
        }
        for (unsigned i = 0; i < 64; i += 8)
            memcpy(room + at + i, &(uint64_t){ random_word() }, 8);
    }
}

/* No rights, no terminal, few of everything; else it ends. */
void humble(void)
{
    const struct rlimit few = { PROCESSES, PROCESSES }, bytes = { 64 << 20, 64 << 20 },
                        file = { 1 << 20, 1 << 20 };
    int null = open("/dev/null", O_RDWR);

    setsid();
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (chdir("/tmp") != 0 || setgroups(0, NULL) != 0 || setgid(USER) != 0 || setuid(USER) != 0)
        _exit(1);
    if (setrlimit(RLIMIT_NPROC, &few) != 0 || setrlimit(RLIMIT_AS, &bytes) != 0 ||
        setrlimit(RLIMIT_FSIZE, &file) != 0)
        _exit(1);
}

static void child_run(void (*request)(void), uint64_t seed, int count)
{
    random_begin(seed);
    humble();
    room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        _exit(1);
    room_fill();
    if (request == request_typed)
        typed_begin(seed);
    while (count-- > 0)
        request();
    _exit(0);
}

/* All that the user has ends. */
static void user_kill(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (setuid(USER) != 0)
            _exit(1);
        kill(-1, SIGKILL);
        _exit(0); /* or it was killed, too */
    }
    waitpid(pid, NULL, 0);
}

/* Whether a child that is to be harmless is that. */
static bool humble_works(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        humble();
        _exit(getuid() == USER && setuid(0) != 0 ? 0 : 1);
    }
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* Wait for a child, at most so long; its status. */
static int child_await(pid_t pid, int ms)
{
    const struct timespec a_while = { 0, 10000000 };
    int status = 0;

    for (; ms > 0; ms -= 10) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
        nanosleep(&a_while, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

int main(int argc, char **argv)
{
    void (*request)(void) = NULL;
    unsigned ended = 0, killed = 0, children = 0;

    if (argc == 4) {
        request = strcmp(argv[1], "calls") == 0      ? request_call
                  : strcmp(argv[1], "messages") == 0 ? request_message
                  : strcmp(argv[1], "kernel") == 0   ? request_kernel
                  : strcmp(argv[1], "typed") == 0    ? request_typed
                                                     : NULL;
    }
    if (argc == 2 && strcmp(argv[1], "victim") == 0)
        return victim_run();
    if (argc == 2 && strcmp(argv[1], "doors") == 0)
        return doors_try();
    if (argc == 2 && strcmp(argv[1], "sessions") == 0)
        return sessions_count();
    if (request == NULL) {
        fprintf(
            stderr,
            "usage: intruder calls|messages|kernel|typed SEED COUNT, or victim|doors|sessions\n");
        return 2;
    }
    if (!humble_works()) {
        fprintf(stderr, "intruder: can't give up its rights\n");
        return 1;
    }
    uint64_t seed = strtoull(argv[2], NULL, 0);
    bool by_hand = request == request_message || request == request_kernel;
    int each = by_hand ? A_CHILD_OF_MESSAGES : A_CHILD;
    for (long left = strtol(argv[3], NULL, 0); left > 0; left -= each) {
        pid_t pid = fork();
        if (pid == 0)
            child_run(request, seed + children, left < each ? (int)left : each);
        if (pid < 0) {
            perror("intruder: fork");
            return 1;
        }
        int status = child_await(pid, by_hand ? A_CHILD_OF_MESSAGES_MS : A_CHILD_MS);
        ended += WIFEXITED(status);
        killed += WIFSIGNALED(status);
        children++;
        user_kill();
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
    }
    printf("intruder: %u children, %u exited, %u ended by a signal\n", children, ended, killed);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of another user that has memory, files, pipes and a child, and looks again and again
 * whether they are what they were, until /tmp/over is there.
 */
#define _GNU_SOURCE
#include "intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VICTIM = 1001, BYTES = 1 << 16, TEXT = 300, A_WHILE_US = 2000 };

static unsigned char private[BYTES];
static volatile sig_atomic_t signalled;
static char name[64];

static void notes(int signal)
{
    signalled = signal;
}

static unsigned char byte_of(unsigned i)
{
    return (unsigned char)(i * 7 + i / 251);
}

static const char *bytes_check(const unsigned char *bytes, const char *wrong)
{
    for (unsigned i = 0; i < BYTES; i++)
        if (bytes[i] != byte_of(i))
            return wrong;
    return NULL;
}

/* What is written comes back, all of it and nothing else. */
static const char *way_check(int in, int out, const char *wrong)
{
    char sent[TEXT], got[TEXT + 1];

    for (unsigned i = 0; i < TEXT; i++)
        sent[i] = (char)random_next();
    if (write(in, sent, TEXT) != TEXT || read(out, got, sizeof got) != TEXT)
        return wrong;
    return memcmp(sent, got, TEXT) == 0 ? NULL : wrong;
}

static const char *file_check(int fd)
{
    static unsigned char now[BYTES];
    struct stat by_name, by_fd;

    if (lseek(fd, 0, SEEK_CUR) != BYTES || pread(fd, now, BYTES, 0) != BYTES)
        return "a file";
    if (stat(name, &by_name) != 0 || fstat(fd, &by_fd) != 0 || by_name.st_ino != by_fd.st_ino ||
        by_name.st_uid != VICTIM || (by_name.st_mode & 07777) != 0600 || by_name.st_nlink != 1)
        return "a file's attributes";
    return bytes_check(now, "a file's bytes");
}

static const char *child_check(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(55);
    if (pid < 0)
        return errno == EAGAIN ? NULL : "a fork"; /* there are 256 processes */
    return waitpid(pid, &status, 0) == pid && status == 55 << 8 ? NULL : "a child";
}

/* All that it has; NULL, or what is not as it was. */
static const char *look(int file, int event, const int pipes[2], const int socks[2],
                        const unsigned char *shared)
{
    uint64_t count = 0;
    const char *wrong = bytes_check(private, "memory");

    if (wrong == NULL)
        wrong = bytes_check(shared, "shared memory");
    if (wrong == NULL)
        wrong = way_check(pipes[1], pipes[0], "a pipe");
    if (wrong == NULL)
        wrong = way_check(socks[1], socks[0], "a socket");
    if (wrong == NULL)
        wrong = file_check(file);
    if (wrong == NULL)
        wrong = child_check();
    if (wrong == NULL && (read(event, &count, sizeof count) != -1 || errno != EAGAIN))
        wrong = "an event";
    if (wrong == NULL && signalled != 0)
        wrong = "a signal";
    if (wrong == NULL && getuid() != VICTIM)
        wrong = "who it is";
    return wrong;
}

int victim_run(void)
{
    unsigned rounds = 0;
    const char *wrong = NULL;
    int pipes[2], socks[2];

    snprintf(name, sizeof name, "/tmp/victim-%d", (int)getpid());
    unlink("/tmp/over");
    if (setgid(VICTIM) != 0 || setuid(VICTIM) != 0 || pipe(pipes) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, socks) != 0)
        return 1;
    for (int n = 1; n < NSIG; n++)
        if (n != SIGCHLD)
            (void)signal(n, notes);
    int file = open(name, O_RDWR | O_CREAT | O_EXCL, 0600), event = eventfd(0, EFD_NONBLOCK);
    unsigned char *shared =
        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (file < 0 || event < 0 || shared == MAP_FAILED)
        return 1;
    for (unsigned i = 0; i < BYTES; i++)
    private[i] = shared[i] = byte_of(i);
    if (write(file, private, BYTES) != BYTES)
        return 1;
    while (wrong == NULL && access("/tmp/over", F_OK) != 0) {
        wrong = look(file, event, pipes, socks, shared);
        rounds++;
        usleep(A_WHILE_US);
    }
    unlink(name);
    if (wrong != NULL)
        printf("victim: CHANGED after %u rounds: %s, signal %d\n", rounds, wrong, (int)signalled);
    else
        printf("victim: all is as it was\n");
    return wrong != NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is open, opened again by /proc/self/fd: as far as its owner and permissions let one. */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHER = 1000 };

static void again(const char *name, int fd, int flags)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int got = open(path, flags | O_NONBLOCK | O_NOCTTY);
    show(name, got < 0 ? checked(got) : 0);
    if (got >= 0)
        close(got);
}

static void owner(const char *name, int fd)
{
    struct stat s = { 0 };

    show(name, checked(fstat(fd, &s)));
    show(name, (long)s.st_uid);
}

/* As somebody else, who was given them. */
static int other_tries(const void *with)
{
    const int *fd = with;
    int own[2];

    if (setresuid(OTHER, OTHER, OTHER) != 0 || pipe(own) != 0)
        return 1;
    again("another's pipe, to read", fd[0], O_RDONLY);
    again("another's pipe, to write", fd[0], O_WRONLY);
    again("a FIFO that all may read, to read", fd[2], O_RDONLY);
    again("a FIFO that all may read, to write", fd[2], O_WRONLY);
    again("its own pipe, to read", own[1], O_RDONLY);
    again("its own pipe, to write", own[0], O_WRONLY);
    owner("another's pipe is", fd[0]);
    owner("its own pipe is", own[0]);
    fflush(stdout);
    return 0;
}

static void hung_up(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    if (master < 0 || unlockpt(master) != 0) {
        show("a terminal", checked(master));
        return;
    }
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    again("a terminal", slave, O_RDWR);
    close(master);
    again("one that was hung up", slave, O_RDWR);
    close(slave);
}

void reopens(void)
{
    static const char fifo[] = "/tmp/reopens";
    int fd[3];

    unlink(fifo);
    umask(0);
    if (pipe(fd) != 0 || mkfifo(fifo, 0644) != 0)
        return;
    fd[2] = open(fifo, O_RDONLY | O_NONBLOCK);
    show_status("another user", reap(child(other_tries, fd)));
    again("a pipe, to write", fd[0], O_WRONLY);
    again("a FIFO, to write", fd[2], O_WRONLY);
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    unlink(fifo);
    hung_up();
}

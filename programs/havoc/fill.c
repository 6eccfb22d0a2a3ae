/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of every kind until no more can be made: what a quota of files is for. */
#define _GNU_SOURCE 1
#include "fill.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, DEEP = 100, MANY = 1000000 };

static char page[PAGE];

/* Each makes one more. @return is it there */
static bool contents(unsigned n)
{
    static int fd;

    if (n == 0)
        fd = open("contents", O_WRONLY | O_CREAT, 0600);
    return write(fd, page, PAGE) == PAGE;
}

/* The same in a file that somebody else has made. */
static bool output(unsigned n)
{
    (void)n;
    return write(STDOUT_FILENO, page, PAGE) == PAGE;
}

static bool sparse(unsigned n)
{
    static int fd;

    if (n == 0)
        fd = open("sparse", O_WRONLY | O_CREAT, 0600);
    return pwrite(fd, page, 1, (off_t)n << 30) == 1;
}

static bool file(unsigned n)
{
    char name[16];

    snprintf(name, sizeof name, "f%u", n);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    return fd >= 0 && close(fd) == 0;
}

static bool link_to(unsigned n)
{
    char name[16], to[400];

    snprintf(name, sizeof name, "l%u", n);
    memset(to, 'x', sizeof to - 1);
    to[sizeof to - 1] = '\0';
    return symlink(to, name) == 0;
}

static bool hard_link(unsigned n)
{
    char name[240];

    snprintf(name, sizeof name, "%0200u", n);
    return n == 0 ? file(0) : link("f0", name) == 0;
}

/* One in the other, so deep that whoever removes them can name them yet. */
static bool directory(unsigned n)
{
    char name[16];

    if (n % DEEP == 0) {
        for (unsigned i = 0; i < DEEP && n > 0; i++)
            if (chdir("..") != 0)
                return false;
        snprintf(name, sizeof name, "d%u", n);
        return mkdir(name, 0700) == 0 && chdir(name) == 0;
    }
    return mkdir("d", 0700) == 0 && chdir("d") == 0;
}

/* A few pages in each; an end of this process is the end of them. */
static bool memory_file(unsigned n)
{
    int fd = memfd_create("havoc", 0);

    (void)n;
    for (unsigned i = 0; i < 16; i++)
        if (write(fd, page, PAGE) != PAGE)
            return false;
    return true;
}

static void bus(int signal)
{
    (void)signal;
    static const char text[] = "refused: SIGBUS\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(0);
}

/* Touched where it has a hole. */
static bool mapped(unsigned n)
{
    static char *at;

    if (n == 0) {
        (void)signal(SIGBUS, bus);
        int fd = shm_open("/havoc", O_RDWR | O_CREAT, 0600);
        if (fd < 0 || shm_unlink("/havoc") != 0 || ftruncate(fd, (off_t)MANY * PAGE) != 0)
            return false;
        at = mmap(NULL, (size_t)MANY * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED)
            return false;
    }
    at[(size_t)n * PAGE] = 1;
    return true;
}

int fill(const char *what, const char *folder)
{
    static const struct {
        const char *name;
        bool (*more)(unsigned n);
    } kinds[] = {
        { "contents", contents },     { "output", output },
        { "sparse", sparse },         { "files", file },
        { "links", link_to },         { "hard", hard_link },
        { "directories", directory }, { "memfd", memory_file },
        { "mapped", mapped },
    };
    unsigned n = 0;

    if (chdir(folder) != 0)
        return 1;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, what) != 0)
            continue;
        errno = 0;
        while (n < MANY && kinds[i].more(n))
            n++;
        fprintf(stderr, "refused: %s\n", errno == EDQUOT ? "quota" : strerror(errno));
        return errno == EDQUOT && n > 2 ? 0 : 1;
    }
    return 2;
}

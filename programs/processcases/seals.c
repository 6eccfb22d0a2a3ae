/* SPDX-License-Identifier: BSD-2-Clause */
/* What nobody does to a file in memory any more: seals of memfd_create(2). */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static long seal(int fd, int seals)
{
    return checked(fcntl(fd, F_ADD_SEALS, seals));
}

static long sealed(int fd)
{
    return checked(fcntl(fd, F_GET_SEALS));
}

static int file_of(const char *text)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);

    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        show("its text", -errno);
    return fd;
}

static long map(int fd, int prot, int flags)
{
    void *at = mmap(NULL, PAGE, prot, flags, fd, 0);
    long result = at == MAP_FAILED ? -errno : 0;

    if (at != MAP_FAILED)
        munmap(at, PAGE);
    return result;
}

static void lengths(void)
{
    int fd = file_of("123456");
    char page[2 * PAGE];

    memset(page, 'x', sizeof page);
    show("none yet", sealed(fd));
    show("not shorter", seal(fd, F_SEAL_SHRINK));
    show("shorter", checked(ftruncate(fd, 5)));
    show("as long", checked(ftruncate(fd, 6)));
    show("longer", checked(ftruncate(fd, 7)));
    show("not longer, either", seal(fd, F_SEAL_GROW));
    show("both", sealed(fd));
    show("longer now", checked(ftruncate(fd, 8)));
    show("within", checked(pwrite(fd, "abc", 3, 4)));
    show("beyond", checked(pwrite(fd, "abc", 3, 5)));
    show("behind", checked(pwrite(fd, "abc", 3, 7)));
    show("room behind", checked(fallocate(fd, 0, 0, 100)));
    show("room within", checked(fallocate(fd, 0, 0, 7)));
    close(fd);
    fd = memfd_create("pages", MFD_ALLOW_SEALING);
    show("pages", checked(ftruncate(fd, PAGE)));
    seal(fd, F_SEAL_GROW);
    show("as far as it goes", checked(pwrite(fd, page, sizeof page, 0)));
    close(fd);
}

static void contents(void)
{
    int fd = file_of("123456"), reads;
    char path[64], text[8];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    reads = open(path, O_RDONLY);
    show("by who only reads", seal(reads, F_SEAL_WRITE));
    char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    show("while it is mapped to be written", seal(fd, F_SEAL_WRITE));
    show("no more mapped so", seal(fd, F_SEAL_FUTURE_WRITE));
    at[1] = 'x';
    show("written then", checked(pwrite(fd, "a", 1, 0)));
    show("mapped to be written", map(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
    show("mapped to be read", map(fd, PROT_READ, MAP_SHARED));
    show("mapped for oneself", map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE));
    munmap(at, PAGE);
    show("not mapped any more", seal(fd, F_SEAL_WRITE));
    show("read", checked(pread(fd, text, sizeof text, 0)));
    show_truth("as it was written", memcmp(text, "1x3456", 6) == 0);
    show("a hole", checked(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2)));
    show("shorter yet", checked(ftruncate(fd, 3)));
    show("and longer", checked(ftruncate(fd, 10)));
    at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reads, 0);
    show("to be read, by who reads", at == MAP_FAILED ? -errno : at[2]);
    show("and written then", checked(mprotect(at, PAGE, PROT_READ | PROT_WRITE)));
    munmap(at, PAGE);
    close(reads), close(fd);
}

void seals(void)
{
    int fd = memfd_create("plain", 0), p[2];

    show("of one without", sealed(fd));
    show("more of those", seal(fd, F_SEAL_WRITE));
    close(fd);
    lengths();
    contents();
    fd = file_of("123");
    show("no such seal", seal(fd, 0x1000));
    show("the last one", seal(fd, F_SEAL_SEAL));
    show("one more", seal(fd, F_SEAL_GROW));
    show("which they are", sealed(fd));
    close(fd);
    if (pipe(p) == 0) {
        show("of a pipe", sealed(p[0]));
        show("for a pipe", seal(p[1], F_SEAL_GROW));
        close(p[0]), close(p[1]);
    }
    show("of nothing", sealed(-1));
    show("flags of no kind", checked(memfd_create("x", 0x1000)));
}

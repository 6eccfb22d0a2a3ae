/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations that need nobody else: a process's own numbers, time, masks, signals, memory.
 */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MANY = 1000, PAGES = 64 };

static int null = -1;
static char *region;
static volatile unsigned handled;

static bool getpid_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        if (syscall(SYS_getpid) <= 0)
            return false;
    return true;
}

static bool clock_repeat(unsigned times)
{
    struct timespec now;

    for (unsigned i = 0; i < times; i++)
        if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0)
            return false;
    return true;
}

static bool mask_repeat(unsigned times)
{
    unsigned long set = 1ul << (SIGUSR1 - 1), old;

    for (unsigned i = 0; i < times; i++)
        if (syscall(SYS_rt_sigprocmask, i & 1 ? SIG_UNBLOCK : SIG_BLOCK, &set, &old, 8) != 0)
            return false;
    return true;
}

static bool null_begin(void)
{
    null = open("/dev/null", O_WRONLY);
    return null >= 0;
}

static bool null_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        if (write(null, "x", 1) != 1)
            return false;
    return true;
}

static void null_end(void)
{
    close(null);
}

static void handler(int number)
{
    (void)number;
    handled++;
}

static bool signal_begin(void)
{
    struct sigaction action = { .sa_handler = handler };

    return sigaction(SIGUSR2, &action, NULL) == 0;
}

static bool signal_repeat(unsigned times)
{
    unsigned wanted = handled + times;
    int self = getpid();

    for (unsigned i = 0; i < times; i++)
        if (kill(self, SIGUSR2) != 0)
            return false;
    return handled == wanted;
}

static bool fault_begin(void)
{
    region = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return region != MAP_FAILED;
}

/* All pages are given back in one call, which is small beside so many faults. */
static bool fault_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        region[i * PAGE] = 1;
    return madvise(region, PAGES * PAGE, MADV_DONTNEED) == 0;
}

static void fault_end(void)
{
    munmap(region, PAGES * PAGE);
}

static bool map_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED || munmap(page, PAGE) != 0)
            return false;
    }
    return true;
}

const struct row local_rows[] = {
    { "getpid", "getpid", MANY, NULL, getpid_repeat, NULL },
    { "clock_gettime", "clock_gettime, monotonic, as a system call", MANY, NULL, clock_repeat,
      NULL },
    { "sigprocmask", "block or unblock a signal", MANY, NULL, mask_repeat, NULL },
    { "write_null", "write a byte to /dev/null", MANY, null_begin, null_repeat, null_end },
    { "signal_self", "kill(self) with a handler, until it has returned", MANY, signal_begin,
      signal_repeat, NULL },
    { "page_fault", "first write to an anonymous page", PAGES, fault_begin, fault_repeat,
      fault_end },
    { "mmap_munmap", "map and unmap an anonymous page, untouched", MANY, NULL, map_repeat, NULL },
    { 0 },
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

char *page, *gone;

long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static const char *error_name(long error)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        { EPERM, "EPERM" },
        { ENOENT, "ENOENT" },
        { ESRCH, "ESRCH" },
        { EINTR, "EINTR" },
        { EIO, "EIO" },
        { ENXIO, "ENXIO" },
        { EBADF, "EBADF" },
        { ECHILD, "ECHILD" },
        { EAGAIN, "EAGAIN" },
        { ENOMEM, "ENOMEM" },
        { EACCES, "EACCES" },
        { EFAULT, "EFAULT" },
        { EBUSY, "EBUSY" },
        { EEXIST, "EEXIST" },
        { ENODEV, "ENODEV" },
        { ENOTDIR, "ENOTDIR" },
        { EISDIR, "EISDIR" },
        { EINVAL, "EINVAL" },
        { EMFILE, "EMFILE" },
        { ENOTTY, "ENOTTY" },
        { ENOSPC, "ENOSPC" },
        { ESPIPE, "ESPIPE" },
        { EROFS, "EROFS" },
        { EPIPE, "EPIPE" },
        { ERANGE, "ERANGE" },
        { ENAMETOOLONG, "ENAMETOOLONG" },
        { ENOSYS, "ENOSYS" },
        { ELOOP, "ELOOP" },
        { EOVERFLOW, "EOVERFLOW" },
        { EOPNOTSUPP, "EOPNOTSUPP" },
        { ETIMEDOUT, "ETIMEDOUT" },
    };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == error)
            return names[i].name;
    return "another error";
}

void show(const char *name, long result, bool value)
{
    if (result < 0 && result > -4096)
        printf("%s: %s\n", name, error_name(-result));
    else if (value)
        printf("%s: %ld\n", name, result);
    else
        printf("%s: ok\n", name);
}

void show_truth(const char *name, bool truth)
{
    printf("%s: %s\n", name, truth ? "yes" : "no");
}

void show_number(const char *name, long number)
{
    printf("%s: %ld\n", name, number);
}

static void cases_numbers(void)
{
    E("number: -5", -5);
    E("number: -5, third argument -1", -5, 0, 0, -1);
    E("number: -5, third argument -3", -5, 0, 0, -3);
    E("number: 2^31 + 1", 0x80000001);
    E("number: 2^32 - 1", 0xffffffff);
    E("number: beyond the last", 5000);
    E("number: in the gap", 400);
    show_truth("number: upper half is ignored",
               call(0x100000000 + SYS_getpid, 0, 0, 0, 0, 0, 0) == CALLED(SYS_getpid));
}

static const struct {
    const char *name;
    void (*run)(void);
} groups[] = {
    { "numbers", cases_numbers }, { "memory", cases_memory },   { "files", cases_files },
    { "names", cases_names },     { "times", cases_times },     { "futex", cases_futex },
    { "process", cases_process }, { "signals", cases_signals }, { "handlers", cases_handlers },
    { "waits", cases_waits },     { "faults", cases_faults },
};

static bool is_named(const char *name, char **names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* All groups of cases, or those that the arguments name. */
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOFBF, 512);
    page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    gone = page + PAGE;
    mprotect(gone, PAGE, PROT_NONE);
    for (unsigned i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (argc < 2 || is_named(groups[i].name, argv + 1))
            groups[i].run();
    puts("end");
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the personality from inside: what Linux promises its programs, lib/linux keeps. One line
 * for each case.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int failed;

static void check(int good, const char *name)
{
    failed += !good;
    printf("%s - linux: %s\n", good ? "ok" : "not ok", name);
}

/* ---- the entry itself ---- */

/*
 * A system call with a known value in every register that Linux keeps. Returns how many changed.
 * rcx and r11 may; the red zone below rsp may not.
 */
static long registers_changed(long number)
{
    long changed;

    __asm__ volatile(
        "push %%rbp\n\t push %%rbx\n\t"
        "mov $1, %%ebx\n\t mov $2, %%ebp\n\t mov $3, %%r12d\n\t mov $4, %%r13d\n\t mov $5, "
        "%%r14d\n\t mov $6, %%r15d\n\t"
        "mov $7, %%edi\n\t mov $8, %%esi\n\t mov $9, %%edx\n\t mov $10, %%r10d\n\t mov $11, "
        "%%r8d\n\t mov $12, %%r9d\n\t"
        "movq $0x1234, -8(%%rsp)\n\t movq $0x5678, -128(%%rsp)\n\t"
        "syscall\n\t"
        "xor %%eax, %%eax\n\t"
        "cmp $1, %%rbx\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $2, %%rbp\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $3, %%r12\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $4, %%r13\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $5, %%r14\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $6, %%r15\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $7, %%rdi\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $8, %%rsi\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $9, %%rdx\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $10, %%r10\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $11, %%r8\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmp $12, %%r9\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmpq $0x1234, -8(%%rsp)\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "cmpq $0x5678, -128(%%rsp)\n\t setne %%cl\n\t movzbl %%cl, %%ecx\n\t add %%ecx, %%eax\n\t"
        "pop %%rbx\n\t pop %%rbp\n\t"
        : "=a"(changed)
        : "a"(number)
        : "rcx", "r11", "rdi", "rsi", "rdx", "r10", "r8", "r9", "r12", "r13", "r14", "r15",
          "memory", "cc");
    return changed;
}

static int vectors_kept(void)
{
    uint64_t in[2] = { 0x0123456789abcdef, 0xfedcba9876543210 }, out[2] = { 0, 0 };

    __asm__ volatile("movdqu %1, %%xmm0\n\t movdqu %1, %%xmm15\n\t syscall\n\t pand %%xmm15, "
                     "%%xmm0\n\t movdqu %%xmm0, %0"
                     : "=m"(out)
                     : "m"(in), "a"(SYS_getpid)
                     : "rcx", "r11", "xmm0", "xmm15", "memory");
    return memcmp(in, out, sizeof in) == 0;
}

static int flags_kept(void)
{
    uint64_t flags;

    __asm__ volatile("stc\n\t syscall\n\t pushf\n\t pop %0"
                     : "=r"(flags)
                     : "a"(SYS_getpid)
                     : "rcx", "r11", "memory", "cc");
    return (flags & 1) != 0 && (flags & 1 << 10) == 0;
}

static void test_entry(void)
{
    check(registers_changed(SYS_getpid) == 0,
          "a call keeps every register but rax, rcx, r11, and the red zone");
    check(registers_changed(300) == 0, "so does a call that does not exist");
    check(vectors_kept(), "a call keeps the vector registers");
    check(flags_kept(), "a call keeps the flags");
    check(syscall(SYS_getpid) == getpid() && getpid() > 0, "getpid");
    check(syscall(333) == -1 && errno == ENOSYS, "an unknown call is ENOSYS");
    check(syscall(5000) == -1 && errno == ENOSYS, "a number beyond the table is ENOSYS");
    check(syscall(SYS_fork) == -1 && errno == ENOSYS, "fork is ENOSYS");
    check(syscall(SYS_open, "/etc/passwd", 0) == -1 && errno == ENOENT, "there is no such file");
    check(syscall(-5L, 0, 0, -1L) == -1 && errno == ENOSYS, "a negative number is ENOSYS");
    check(syscall(0x80000001L, 0, 0, -1L) == -1 && errno == ENOSYS, "so is one of the upper half");
}

/* ---- memory ---- */

static int all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

static void *map(size_t bytes, int prot)
{
    return mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void test_mmap(void)
{
    unsigned char *p = map(10000, PROT_READ | PROT_WRITE);

    check(p != MAP_FAILED && all_zero(p, 10000), "mmap gives zeroed memory");
    memset(p, 0xff, 10000);
    check(munmap(p, 10000) == 0, "munmap");
    unsigned char *q = map(10000, PROT_READ | PROT_WRITE);
    check(q == p && all_zero(q, 10000), "memory mapped again is zeroed again");
    check(mprotect(q, 4096, PROT_READ) == 0 && mprotect(q, 4096, PROT_READ | PROT_WRITE) == 0,
          "mprotect there and back");
    q[0] = 1;
    check(q[0] == 1, "a page is writable again after mprotect");
    munmap(q, 10000);
    check(map(4096, PROT_READ | PROT_EXEC) == MAP_FAILED && errno == EACCES,
          "executable memory is refused");
    check(map((size_t)1 << 40, PROT_READ) == MAP_FAILED && errno == ENOMEM,
          "too much memory is ENOMEM");
    check(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0) == MAP_FAILED && errno == ENODEV,
          "mapping the console is ENODEV");
    check(munmap((void *)4096, 4096) == 0, "munmap where nothing is");
    check(munmap((void *)((uintptr_t)test_mmap & -4096ul), 4096) == -1 && errno == EINVAL,
          "munmap of the program is EINVAL");
}

/* Take memory until there is none; then all of it must come back. */
static size_t exhaust(void)
{
    enum { PIECE = 16384, PIECES = 4096 };
    static void *piece[PIECES];
    size_t n = 0;

    while (n < PIECES && (piece[n] = malloc(PIECE)) != NULL) {
        memset(piece[n], 1, PIECE);
        n++;
    }
    int error = errno;
    for (size_t i = 0; i < n; i++)
        free(piece[i]);
    check(error == ENOMEM, "malloc ends with ENOMEM");
    return n;
}

static void test_malloc(void)
{
    size_t first = exhaust(), second = exhaust();

    check(first > 4, "malloc gives what the manifest gives");
    check(second + 1 >= first, "freed memory can be had again");
}

/* ---- stdio, time, the rest ---- */

static void test_stdio(void)
{
    struct winsize size;
    struct stat st;
    struct iovec v[2] = { { (void *)"", 0 }, { (void *)"", 0 } };

    check(ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col == 80 && size.ws_row == 24,
          "the console is a terminal of 80x24");
    check(isatty(1) == 1, "isatty");
    check(fstat(1, &st) == 0 && S_ISCHR(st.st_mode), "fstat says character device");
    check(lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE, "the console can't seek");
    check(write(7, "x", 1) == -1 && errno == EBADF, "write to a closed descriptor is EBADF");
    check(read(1, &size, 1) == -1 && errno == EBADF, "read from standard output is EBADF");
    check(writev(1, v, 2) == 0, "writev of nothing");
    check(write(1, "", 0) == 0, "write of nothing");
    check(close(2) == 0 && write(2, "x", 1) == -1 && errno == EBADF, "close");
}

static void test_time(void)
{
    struct timespec a, b;

    check(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && a.tv_nsec < 1000000000, "clock_gettime");
    check(nanosleep(&(struct timespec){ 0, 3000000 }, NULL) == 0, "nanosleep");
    clock_gettime(CLOCK_MONOTONIC, &b);
    check((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec >= 3000000,
          "it slept as long as asked");
    check(clock_gettime(99, &a) == -1 && errno == EINVAL, "an unknown clock is EINVAL");
    check(nanosleep(&(struct timespec){ 0, -1 }, NULL) == -1 && errno == EINVAL,
          "a negative sleep is EINVAL");
    check(time(NULL) > 1600000000, "the date is after 2020");
}

static void test_rest(void)
{
    unsigned char a[32] = { 0 }, b[32] = { 0 };
    struct utsname name;

    check(getrandom(a, 32, 0) == 32 && getrandom(b, 32, 0) == 32 && memcmp(a, b, 32) != 0,
          "getrandom");
    check(uname(&name) == 0 && strcmp(name.machine, "x86_64") == 0, "uname");
    check(getuid() == 0 && getppid() == 0, "getuid, getppid");
    char *end;
    check(strtod("2.5", &end) * 2 == 5.0, "floating point");
}

/* ---- calls with nonsense ---- */

/* Calls that end, wait, or change what this program stands on. */
static int is_left_out(long number)
{
    static const short list[] = {
        SYS_mmap,        SYS_mprotect,     SYS_munmap,   SYS_brk,           SYS_mremap,
        SYS_madvise,     SYS_rt_sigreturn, SYS_pause,    SYS_rt_sigsuspend, SYS_exit,
        SYS_exit_group,  SYS_kill,         SYS_tkill,    SYS_tgkill,        SYS_poll,
        SYS_ppoll,       SYS_select,       SYS_pselect6, SYS_nanosleep,     SYS_clock_nanosleep,
        SYS_close_range, SYS_clone,
    };

    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i] == number)
            return 1;
    return 0;
}

/* What each call answers to these arguments; how many answers were no answer. */
static unsigned nonsense(const long a[6])
{
    unsigned wrong = 0;

    for (long number = 0; number < 600; number++) {
        if (is_left_out(number))
            continue;
        errno = 0;
        long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        wrong += result == -1 && (errno <= 0 || errno > 133);
    }
    return wrong;
}

static void test_nonsense(void)
{
    char *bad = map(4096, PROT_NONE);
    const long null = syscall(SYS_dup2, syscall(SYS_open, "/dev/null", O_RDWR), 60);
    const long p = (long)bad, kernel = -4096;
    const long arguments[][6] = {
        { p, p, p, p, p, p },
        { null, p, 16, p, p, p },
        { null, p, p, 0, p, 8 },
        { -100, p, p, p, p, p },
        { 2, p, p, 8, p, p },
        { kernel, kernel, kernel, kernel, kernel, kernel },
        { null, kernel, 16, 8, kernel, kernel },
        { p, 0, 0, 8, p, p },
        { p + 1, 1, p, p, 8, p },
        { -1, -1, -1, -1, -1, -1 },
        { 2, 2, 0x7fffffff, 0x7fffffff, 3, 4 },
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        wrong += nonsense(arguments[i]);
    check(wrong == 0, "calls with nonsense are answered");
    check(syscall(SYS_getpid) == getpid(), "and do no harm");
    munmap(bad, 4096);
}

/* ---- threads ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, count;
static _Thread_local int mine = 7;

static void *adder(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&lock);
        count++;
        pthread_mutex_unlock(&lock);
    }
    return &count;
}

static void *partner(void *unused)
{
    mine = 8;
    for (int i = 0; i < 10; i++) {
        pthread_mutex_lock(&lock);
        while (turn != 1)
            pthread_cond_wait(&changed, &lock);
        turn = 0;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void play(void)
{
    for (int i = 0; i < 10; i++) {
        pthread_mutex_lock(&lock);
        while (turn != 0)
            pthread_cond_wait(&changed, &lock);
        turn = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
}

static void test_threads(void)
{
    pthread_t t[8];
    void *result = NULL;

    check(pthread_create(&t[0], NULL, adder, NULL) == 0, "pthread_create");
    adder(NULL);
    check(pthread_join(t[0], &result) == 0 && result == &count, "pthread_join");
    check(count == 2000, "a mutex excludes");
    check(pthread_create(&t[0], NULL, partner, NULL) == 0,
          "a thread that ended can be followed by another");
    play();
    check(pthread_join(t[0], NULL) == 0, "condition variables");
    check(mine == 7, "thread-local storage is local");

    int made = 0;
    turn = 0;
    while (made < 8 && pthread_create(&t[made], NULL, partner, NULL) == 0)
        made++;
    check(made >= 1 && made < 8, "more threads than the manifest allows are refused");
    for (int i = 0; i < made; i++)
        play();
    for (int i = 0; i < made; i++)
        pthread_join(t[i], NULL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_entry();
    test_mmap();
    test_malloc();
    test_stdio();
    test_time();
    test_rest();
    test_threads();
    test_nonsense();
    printf("selftest: %d failed\n", failed);
    return failed != 0;
}

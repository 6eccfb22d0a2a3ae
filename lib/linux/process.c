/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The process itself: its end, its numbers, its signals (there are none), random numbers.
 */
#include <ipc/init.h>

#include "personality.h"

/* Tell init that we are done. It destroys the process instead of answering. */
static _Noreturn void process_end(long code)
{
    seL4_IPCBuffer *buf = ipc_buffer();

    for (;;) {
        buf->msg[0] = (uint64_t)code;
        (void)ipc_call(buf, SLOT_INIT, INIT_EXIT, 1, NULL);
    }
}

long linux_exit_group(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    process_end(a0 & 0xff);
}

long linux_zero(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return 0;
}

long linux_getpid(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return process_info()->id + 1;
}

long linux_getppid(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return 0;
}

/* The main thread has the process's number; others are told apart above any process's. */
long linux_gettid(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return (long)(process_info()->id + 1 + 256 * linux_thread()->index);
}

static void fs_base_set(uint64_t base)
{
#ifdef CONFIG_SET_TLS_BASE_SELF
    seL4_SetTLSBase(base);
#else
    __asm__ volatile("wrfsbase %0" :: "r"(base));
#endif
    linux_thread()->fs_base = base;
}

long linux_arch_prctl(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003 };

    (void)a2, (void)a3, (void)a4, (void)a5;
    if (a0 == ARCH_SET_FS) {
        if ((uint64_t)a1 >= seL4_UserTop)
            return -LINUX_EPERM;        /* as Linux answers an address no user may have */
        fs_base_set((uint64_t)a1);
        return 0;
    }
    if (a0 == ARCH_GET_FS) {
        *(uint64_t *)a1 = linux_thread()->fs_base;
        return 0;
    }
    return -LINUX_EINVAL;               /* gs belongs to the system */
}

static void text_put(char *to, const char *text)
{
    while ((*to++ = *text++) != '\0')
        continue;
}

long linux_uname(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { FIELD = 65 };
    char *to = (char *)a0;

    (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    text_put(to, "Myelin");
    text_put(to + FIELD, "myelin");
    text_put(to + 2 * FIELD, "1");
    text_put(to + 3 * FIELD, "seL4 16 MCS interface");
    text_put(to + 4 * FIELD, "x86_64");
    text_put(to + 5 * FIELD, "");
    return 0;
}

static bool has_rdrand(void)
{
    uint32_t a = 1, b, c = 0, d;

    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 30 & 1) != 0;
}

/*
 * One random word: the processor's generator where it has one, stirred into a sequence seeded by init and the
 * cycle counter. On a processor without a generator this is unpredictable only as far as the counter is.
 */
static uint64_t random_word(void)
{
    static uint64_t state;
    uint64_t hardware = 0;
    uint32_t low, high;

    if (has_rdrand())
        __asm__ volatile("rdrand %0" : "+r"(hardware) :: "cc");
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    state += 0x9e3779b97f4a7c15ull + process_info()->random[0];
    uint64_t x = state ^ hardware ^ ((uint64_t)high << 32 | low) ^ process_info()->random[1];
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

long linux_getrandom(long a0, long a1, long a2, long a3, long a4, long a5)
{
    uint8_t *to = (uint8_t *)a0;

    (void)a2, (void)a3, (void)a4, (void)a5;
    for (uint64_t done = 0; done < (uint64_t)a1; ) {
        uint64_t word = random_word();
        for (int i = 0; i < 8 && done < (uint64_t)a1; i++)
            to[done++] = (uint8_t)(word >> 8 * i);
    }
    return a1;
}

/* Nothing ever sends a signal, so a handler may be set and will not be called. */
long linux_sigaction(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { SIGNALS = 64, SIGKILL = 9, SIGSTOP = 19, ACTION_WORDS = 4 };

    (void)a1, (void)a3, (void)a4, (void)a5;
    if (a0 < 1 || a0 > SIGNALS || a0 == SIGKILL || a0 == SIGSTOP)
        return -LINUX_EINVAL;
    for (int i = 0; a2 != 0 && i < ACTION_WORDS; i++)
        ((uint64_t *)a2)[i] = 0;
    return 0;
}

long linux_sigprocmask(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a4, (void)a5;
    if (a3 != 8)
        return -LINUX_EINVAL;
    if (a2 != 0)
        *(uint64_t *)a2 = 0;
    return 0;
}

/* A signal to oneself ends the process, as the default action of all that abort() and raise() send. */
long linux_kill(long a0, long a1, long a2, long a3, long a4, long a5)
{
    enum { EXIT_SIGNALLED = 128 };

    (void)a2, (void)a3, (void)a4, (void)a5;
    if (a0 != linux_getpid(0, 0, 0, 0, 0, 0) && a0 != linux_gettid(0, 0, 0, 0, 0, 0))
        return -LINUX_EPERM;
    if (a1 == 0)
        return 0;
    process_end(EXIT_SIGNALLED + (a1 & 0x7f));
}

long linux_tgkill(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0;
    return linux_kill(a1, a2, a3, a4, a5, 0);
}

long linux_sched_yield(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    seL4_Yield();
    return 0;
}

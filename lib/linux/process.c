/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process itself: its end, its numbers, what it is called and where it runs. It is alone in its
 * group and session, and belongs to user 0.
 */
#include <base/tsc.h>
#include <idl/init.h>

#include "process.h"
#include "signal.h"
#include "trace.h"

_Noreturn void linux_process_end(long code)
{
    for (;;)
        if (linux_is_process())
            (void)proc_exit(linux_proc(), ((uint32_t)code & 0xff) << 8);
        else
            (void)init_exit((struct init){ SLOT_INIT }, code);
}

_Noreturn void linux_process_die(unsigned signal)
{
    enum { EXIT_SIGNALLED = 128 };

    if (trace_is_on())
        trace_killed(signal);
    while (linux_is_process())
        (void)proc_exit(linux_proc(), signal);
    linux_process_end(EXIT_SIGNALLED + signal);
}

void process_stop(unsigned signal)
{
    int error;

    if (linux_is_process())
        CALL_SURELY(error, proc_stop(linux_proc(), signal, (uint32_t)linux_thread()->index));
}

void turn_look(void)
{
    const uint32_t turn_ticks = 1 << 24; /* 17 ms of a counter at 1 GHz */
    const int32_t calls = 32;            /* of servers, far less than that together */
    uint32_t now = (uint32_t)tsc_read();

    linux_own()->turn_calls = calls;
    if (now - linux_own()->turn < turn_ticks)
        return;
    linux_own()->turn = now;
    seL4_Yield();
}

long linux_exit_group(int status)
{
    linux_process_end(status & 0xff);
}

long linux_getpid(void)
{
    return linux_is_process() ? process_mail()->pid : (long)process_info()->id + 1;
}

long linux_getppid(void)
{
    int32_t pid, parent = 0, group, session;
    int error;

    if (!linux_is_process())
        return 0;
    CALL_SURELY(error, proc_ids(linux_proc(), 0, &pid, &parent, &group, &session));
    return error == 0 ? parent : call_result(error);
}

/* The main thread has the process's number; others are told apart above any process's. */
long linux_gettid(void)
{
    return thread_tid(linux_thread()->index);
}

void linux_fs_base(uint64_t base)
{
#ifdef CONFIG_SET_TLS_BASE_SELF
    seL4_SetTLSBase(base);
#else
    __asm__ volatile("wrfsbase %0" ::"r"(base));
#endif
    linux_thread()->fs_base = base;
}

long linux_arch_prctl(int option, unsigned long address)
{
    enum { ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003 };

    switch (option) {
    case ARCH_SET_FS:
        if (address >= seL4_UserTop)
            return -LINUX_EPERM; /* as Linux answers an address no user may have */
        linux_fs_base(address);
        return 0;
    case ARCH_GET_FS:
        return user_put((uaddr_t){ address }, &linux_thread()->fs_base, 8) ? 0 : -LINUX_EFAULT;
    default: return -LINUX_EINVAL; /* gs belongs to the system */
    }
}

static void text_put(char *to, const char *text)
{
    while ((*to++ = *text++) != '\0')
        continue;
}

long linux_uname(uaddr_t name)
{
    enum { FIELD = 65, FIELDS = 6 };
    char to[FIELDS * FIELD];

    for (unsigned i = 0; i < sizeof to; i++)
        to[i] = '\0';
    text_put(to, "Myelin");
    text_put(to + FIELD, "myelin");
    text_put(to + 2 * FIELD, "1");
    text_put(to + 3 * FIELD, "seL4 16 MCS interface");
    text_put(to + 4 * FIELD, "x86_64");
    text_put(to + 5 * FIELD, "(none)");
    return user_put(name, to, sizeof to) ? 0 : -LINUX_EFAULT;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls about signals, without a handler being called.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <signal.h>
#include <string.h>

enum { NOBODY = 9999999, SET = 8 };
enum { FIRST = 10, SECOND = 12, QUEUES = 40 }; /* SIGUSR1, SIGUSR2, a real-time signal */

struct kernel_action {
    unsigned long handler, flags, restorer, mask;
};

static unsigned long bit(int signal)
{
    return 1ul << (signal - 1);
}

static void cases_action(void)
{
    struct kernel_action ignore = { 1, 0xffffffff, 0, ~0ul }, old = { 0 };

    E("rt_sigaction: 0", SYS_rt_sigaction, 0, 0, 0, SET);
    E("rt_sigaction: 65", SYS_rt_sigaction, 65, 0, 0, SET);
    E("rt_sigaction: 64", SYS_rt_sigaction, 64, 0, &old, SET);
    E("rt_sigaction: 16 bytes", SYS_rt_sigaction, FIRST, 0, 0, 16);
    E("rt_sigaction: 0, 16 bytes, bad pointer", SYS_rt_sigaction, 0, gone, 0, 16);
    E("rt_sigaction: bad pointer", SYS_rt_sigaction, FIRST, gone, 0, SET);
    E("rt_sigaction: 0, bad pointer", SYS_rt_sigaction, 0, gone, 0, SET);
    E("rt_sigaction: bad old", SYS_rt_sigaction, FIRST, 0, gone, SET);
    E("rt_sigaction: kill", SYS_rt_sigaction, SIGKILL, &ignore, 0, SET);
    E("rt_sigaction: stop", SYS_rt_sigaction, SIGSTOP, &ignore, 0, SET);
    E("rt_sigaction: what of kill", SYS_rt_sigaction, SIGKILL, 0, &old, SET);
    E("rt_sigaction: ignore", SYS_rt_sigaction, FIRST, &ignore, 0, SET);
    E("rt_sigaction: what of it", SYS_rt_sigaction, FIRST, 0, &old, SET);
    show_truth("rt_sigaction: it is ignored", old.handler == 1);
    show_number("rt_sigaction: known flags", (long)(old.flags & ~0x400ul));
    show_truth("rt_sigaction: kill and stop are not masked",
               old.mask == ~(bit(SIGKILL) | bit(SIGSTOP)));
}

static void cases_mask(void)
{
    unsigned long set = bit(SECOND) | bit(SIGKILL) | bit(SIGSTOP), old = 0;

    E("rt_sigprocmask: 16 bytes", SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 16);
    E("rt_sigprocmask: bad pointer", SYS_rt_sigprocmask, SIG_BLOCK, gone, 0, SET);
    E("rt_sigprocmask: unknown, bad pointer", SYS_rt_sigprocmask, 9, gone, 0, SET);
    E("rt_sigprocmask: unknown", SYS_rt_sigprocmask, 9, &set, 0, SET);
    E("rt_sigprocmask: unknown, nothing", SYS_rt_sigprocmask, 9, 0, &old, SET);
    E("rt_sigprocmask: bad old", SYS_rt_sigprocmask, SIG_BLOCK, 0, gone, SET);
    E("rt_sigprocmask: nobody's pointer", SYS_rt_sigprocmask, SIG_BLOCK, NEITHER, 0, SET);
    E("rt_sigprocmask: nobody's old", SYS_rt_sigprocmask, SIG_BLOCK, 0, NEITHER, SET);
    E("rt_sigprocmask: half of it", SYS_rt_sigprocmask, SIG_BLOCK, gone - 4, 0, SET);
    E("rt_sigprocmask: block", SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, SET);
    CALLED(SYS_rt_sigprocmask, SIG_BLOCK, 0, &old, SET);
    show_truth("rt_sigprocmask: but kill and stop", old == bit(SECOND));
    set = bit(FIRST);
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &set, &old, SET);
    show_truth("rt_sigprocmask: the one before", old == bit(SECOND));
    CALLED(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, 0, SET);
    CALLED(SYS_rt_sigprocmask, SIG_BLOCK, 0, &old, SET);
    show_number("rt_sigprocmask: none", (long)old);
}

static void cases_kill(void)
{
    long self = CALLED(SYS_getpid), thread = CALLED(SYS_gettid);

    E("kill: 0 to itself", SYS_kill, self, 0);
    E("kill: 999 to itself", SYS_kill, self, 999);
    E("kill: -1 to itself", SYS_kill, self, -1);
    E("kill: 65 to itself", SYS_kill, self, 65);
    E("kill: nobody", SYS_kill, NOBODY, 0);
    E("kill: nobody, 999", SYS_kill, NOBODY, 999);
    E("kill: nobody's group", SYS_kill, -NOBODY, 0);
    E("kill: ignored", SYS_kill, self, FIRST);
    E("kill: ignored unless handled", SYS_kill, self, SIGWINCH);
    E("tgkill: itself, 0", SYS_tgkill, self, thread, 0);
    E("tgkill: itself, 999", SYS_tgkill, self, thread, 999);
    E("tgkill: group 0", SYS_tgkill, 0, thread, 0);
    E("tgkill: thread 0", SYS_tgkill, self, 0, 0);
    E("tgkill: another group", SYS_tgkill, NOBODY, thread, 0);
    E("tgkill: nobody", SYS_tgkill, self, NOBODY, 0);
    E("tgkill: nobody, 999", SYS_tgkill, self, NOBODY, 999);
    E("tkill: 0", SYS_tkill, 0, 0);
    E("tkill: itself", SYS_tkill, thread, 0);
    E("tkill: nobody", SYS_tkill, NOBODY, 0);
    E("tkill: ignored", SYS_tkill, thread, FIRST);
}

static void queue(int signal, int code, int value)
{
    siginfo_t info;

    memset(&info, 0, sizeof info);
    info.si_code = code;
    info.si_value.sival_int = value;
    CALLED(SYS_rt_sigqueueinfo, CALLED(SYS_getpid), signal, &info);
}

static void cases_pending(void)
{
    unsigned long set = bit(SECOND) | bit(QUEUES), pending = 1;
    long self = CALLED(SYS_getpid);
    siginfo_t info;
    struct timespec_is none = { 0, 0 }, bad = { 0, -1 };

    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &set, 0, SET);
    E("rt_sigpending: bad pointer", SYS_rt_sigpending, gone, SET);
    E("rt_sigpending: 16 bytes", SYS_rt_sigpending, &pending, 16);
    E("rt_sigpending: nothing", SYS_rt_sigpending, &pending, SET);
    show_number("rt_sigpending: none", (long)pending);
    CALLED(SYS_kill, self, SECOND);
    CALLED(SYS_kill, self, SECOND);
    queue(QUEUES, SI_QUEUE, 7);
    queue(QUEUES, SI_QUEUE, 8);
    CALLED(SYS_rt_sigpending, &pending, SET);
    show_truth("rt_sigpending: two", pending == set);
    E("rt_sigtimedwait: 16 bytes", SYS_rt_sigtimedwait, &set, 0, &none, 16);
    E("rt_sigtimedwait: bad set", SYS_rt_sigtimedwait, gone, 0, &none, SET);
    E("rt_sigtimedwait: bad time", SYS_rt_sigtimedwait, &set, 0, gone, SET);
    E("rt_sigtimedwait: -1 ns", SYS_rt_sigtimedwait, &set, 0, &bad, SET);
    V("rt_sigtimedwait: the lowest", SYS_rt_sigtimedwait, &set, &info, &none, SET);
    show_truth("rt_sigtimedwait: from whom",
               info.si_code == SI_USER && info.si_pid == self && info.si_signo == SECOND);
    V("rt_sigtimedwait: it was one, then the next", SYS_rt_sigtimedwait, &set, &info, &none, SET);
    show_number("rt_sigtimedwait: its value", info.si_value.sival_int);
    V("rt_sigtimedwait: real-time ones are all kept", SYS_rt_sigtimedwait, &set, &info, 0, SET);
    show_number("rt_sigtimedwait: the other value", info.si_value.sival_int);
    V("rt_sigtimedwait: no more", SYS_rt_sigtimedwait, &set, &info, &none, SET);
    E("rt_sigqueueinfo: bad pointer", SYS_rt_sigqueueinfo, self, QUEUES, gone);
    E("rt_sigqueueinfo: nobody", SYS_rt_sigqueueinfo, NOBODY, QUEUES, &info);
    E("rt_sigqueueinfo: nobody, 999", SYS_rt_sigqueueinfo, NOBODY, 999, &info);
    E("rt_sigqueueinfo: 999", SYS_rt_sigqueueinfo, self, 999, &info);
    E("rt_sigqueueinfo: 0", SYS_rt_sigqueueinfo, self, 0, &info);
    E("rt_tgsigqueueinfo: thread 0", SYS_rt_tgsigqueueinfo, self, 0, 0, &info);
    E("rt_tgsigqueueinfo: nobody", SYS_rt_tgsigqueueinfo, self, NOBODY, QUEUES, &info);
    CALLED(SYS_kill, self, SECOND);
    struct kernel_action ignore = { 1, 0, 0, 0 };
    CALLED(SYS_rt_sigaction, SECOND, &ignore, 0, SET);
    CALLED(SYS_rt_sigpending, &pending, SET);
    show_number("rt_sigaction: ignoring forgets", (long)pending);
    pending = 0;
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &pending, 0, SET);
}

static void cases_stack(void)
{
    struct {
        void *at;
        int flags;
        unsigned long bytes;
    } s = { page, 0, 100 }, old;

    E("sigaltstack: what it is", SYS_sigaltstack, 0, &old);
    show_number("sigaltstack: none", old.flags);
    E("sigaltstack: too small", SYS_sigaltstack, &s, 0);
    E("sigaltstack: bad pointer", SYS_sigaltstack, gone, 0);
    E("sigaltstack: bad old", SYS_sigaltstack, 0, gone);
    s.flags = 77;
    E("sigaltstack: unknown flags", SYS_sigaltstack, &s, 0);
    s.flags = 0, s.bytes = PAGE;
    E("sigaltstack: good", SYS_sigaltstack, &s, 0);
    CALLED(SYS_sigaltstack, 0, &old);
    show_truth("sigaltstack: it is that", old.at == page && old.bytes == PAGE && old.flags == 0);
    s.flags = 2;
    E("sigaltstack: off", SYS_sigaltstack, &s, 0);
    CALLED(SYS_sigaltstack, 0, &old);
    show_number("sigaltstack: it is off", old.flags);
    E("rt_sigsuspend: 16 bytes", SYS_rt_sigsuspend, page, 16);
    E("rt_sigsuspend: bad pointer", SYS_rt_sigsuspend, gone, SET);
}

void cases_signals(void)
{
    cases_action();
    cases_mask();
    cases_kill();
    cases_pending();
    cases_stack();
}

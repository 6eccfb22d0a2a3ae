/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls about signals; what sends and takes them is in signal.c, what calls handlers in
 * leave.c.
 */
#include "process.h"
#include "signal.h"

enum { SET_BYTES = 8, SI_USER = 0, SI_TKILL = -6 };

static bool is_signal(int signal)
{
    return signal >= 1 && signal <= LINUX_SIGNALS;
}

/* What the program can do to itself by an instruction. */
static bool is_fault(int signal)
{
    enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8 };

    return signal == SIGSEGV || signal == SIGILL || signal == SIGTRAP || signal == SIGBUS ||
           signal == SIGFPE;
}

long linux_rt_sigaction(int signal, uaddr_t action, uaddr_t old, size_t set_bytes)
{
    struct linux_sigaction new;

    if (set_bytes != SET_BYTES)
        return -LINUX_EINVAL;
    if (!user_null(action) && !user_get(&new, action, sizeof new))
        return -LINUX_EFAULT;
    if (!is_signal(signal) || (!user_null(action) && (signal == SIGKILL || signal == SIGSTOP)))
        return -LINUX_EINVAL;

    struct signals *signals = &linux_state()->signals;
    linux_lock_take(&signals->lock);
    struct linux_sigaction before = { 0 };
    if ((unsigned)signal < signal_actions_end())
        before = *signal_action((unsigned)signal);
    if (!user_null(action)) {
        new.flags &= SA_KNOWN;
        new.mask &= ~signal_unblockable();
        *signal_action((unsigned)signal) = new;
        signals->realtime |= signal >= SIGNAL_REALTIME;
        if (signal == SIGCHLD)
            signal_children(signals);
    }
    linux_lock_drop(&signals->lock);
    if (!user_null(action) && new.handler > SIG_IGN && is_fault(signal))
        signal_faults(true);
    if (!user_null(action) && (new.handler == SIG_IGN ||
                               (new.handler == SIG_DFL &&signal_default((unsigned)signal) == 'i')))
        signal_forget((unsigned)signal);
    return user_null(old) || user_put(old, &before, sizeof before) ? 0 : -LINUX_EFAULT;
}

long linux_rt_sigprocmask(int how, uaddr_t set, uaddr_t old, size_t set_bytes)
{
    enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };
    uint64_t before = linux_own()->mask, mask;

    if (set_bytes != SET_BYTES)
        return -LINUX_EINVAL;
    if (!user_null(set)) {
        if (!user_load64(&mask, set))
            return -LINUX_EFAULT;
        if (how == SIG_BLOCK)
            mask = before | mask;
        else if (how == SIG_UNBLOCK)
            mask = before & ~mask;
        else if (how != SIG_SETMASK)
            return -LINUX_EINVAL;
        signal_mask_set(mask);
    }
    return user_null(old) || user_store64(old, before) ? 0 : -LINUX_EFAULT;
}

long linux_rt_sigpending(uaddr_t set, size_t set_bytes)
{
    uint64_t pending = signal_queued() & linux_own()->mask;

    if (set_bytes > SET_BYTES)
        return -LINUX_EINVAL;
    return user_put(set, &pending, set_bytes) ? 0 : -LINUX_EFAULT;
}

/* ---- sending ---- */

static struct linux_siginfo info_of(int signal, int code)
{
    return (struct linux_siginfo){ .signal = signal,
                                   .code = code,
                                   .fields = { (uint64_t)linux_getpid() } };
}

/* 0 tests whether there is somebody to send to. */
static long send_checked(int thread, int signal, int code)
{
    struct linux_siginfo info = info_of(signal, code);

    return signal == 0 ? 0 : signal_send(thread, (unsigned)signal, &info);
}

/* Whom kill() of proc is to reach. */
enum kill_kind { KILL_PROCESS, KILL_GROUP, KILL_ALL, KILL_THREAD };

static long kill_by_proc(enum kill_kind kind, int id, int tid, int signal, int code, uint64_t value)
{
    int error;

    CALL_SURELY(error, proc_kill(linux_proc(), kind, id, tid, (uint32_t)signal, code, value));
    return call_result(error);
}

/* What a process may do to itself, nobody else needs to know of; but proc stops and continues. */
static bool is_own_business(int pid, int signal)
{
    return pid == linux_getpid() && signal != SIGKILL && (signal < SIGCONT || signal > SIGTTOU);
}

/* A component is the only process there is, and the only one of its group. */
long linux_kill(int pid, int signal)
{
    int self = (int)linux_getpid();

    if (linux_is_process() && !is_own_business(pid, signal)) {
        if (pid == INT32_MIN)
            return -LINUX_ESRCH;
        enum kill_kind kind = pid > 0 ? KILL_PROCESS : pid == -1 ? KILL_ALL : KILL_GROUP;
        return kill_by_proc(kind, pid > 0 ? pid : pid == -1 ? 0 : -pid, 0, signal, SI_USER, 0);
    }
    if (pid != self && pid != 0 && pid != -self)
        return -LINUX_ESRCH;
    if (signal < 0 || signal > LINUX_SIGNALS)
        return -LINUX_EINVAL;
    return send_checked(-1, signal, SI_USER);
}

static long thread_kill(int group, int tid, int signal)
{
    int thread = thread_find(tid);

    bool own = thread == (int)linux_thread()->index && (group == 0 || group == linux_getpid());

    if (linux_is_process() && !(own && is_own_business((int)linux_getpid(), signal)))
        return kill_by_proc(KILL_THREAD, group, tid, signal, SI_TKILL, 0);
    if (thread < 0)
        return -LINUX_ESRCH;
    if (signal < 0 || signal > LINUX_SIGNALS)
        return -LINUX_EINVAL;
    return send_checked(thread, signal, SI_TKILL);
}

long linux_tkill(int tid, int signal)
{
    return tid <= 0 ? -LINUX_EINVAL : thread_kill(0, tid, signal);
}

long linux_tgkill(int group, int tid, int signal)
{
    if (tid <= 0 || group <= 0)
        return -LINUX_EINVAL;
    if (!linux_is_process() && group != linux_getpid())
        return -LINUX_ESRCH;
    return thread_kill(group, tid, signal);
}

static long queue_checked(int thread, int signal, uaddr_t from)
{
    struct linux_siginfo info;

    if (!user_get(&info, from, sizeof info))
        return -LINUX_EFAULT;
    if (thread < -1)
        return -LINUX_ESRCH;
    if (signal < 0 || signal > LINUX_SIGNALS)
        return -LINUX_EINVAL;
    return signal == 0 ? 0 : signal_send(thread, (unsigned)signal, &info);
}

static long queue_by_proc(enum kill_kind kind, int id, int tid, int signal, uaddr_t from)
{
    struct linux_siginfo info;

    if (!user_get(&info, from, sizeof info))
        return -LINUX_EFAULT;
    /* To others only the kernel and kill() may say that they are who sends. */
    if (id != linux_getpid() && (info.code >= 0 || info.code == SI_TKILL))
        return -LINUX_EPERM;
    return kill_by_proc(kind, id, tid, signal, info.code, info.fields[1]);
}

long linux_rt_sigqueueinfo(int pid, int signal, uaddr_t info)
{
    if (linux_is_process() && !is_own_business(pid, signal))
        return queue_by_proc(KILL_PROCESS, pid, 0, signal, info);
    return queue_checked(pid == linux_getpid() ? -1 : -2, signal, info);
}

long linux_rt_tgsigqueueinfo(int group, int tid, int signal, uaddr_t info)
{
    int thread = thread_find(tid);

    if (tid <= 0 || group <= 0)
        return -LINUX_EINVAL;
    if (linux_is_process() &&
        (thread != (int)linux_thread()->index || !is_own_business(group, signal)))
        return queue_by_proc(KILL_THREAD, group, tid, signal, info);
    return queue_checked(group == linux_getpid() && thread >= 0 ? thread : -2, signal, info);
}

/* ---- waiting ---- */

/* A handler is called, or the process ends; nothing else makes this return. */
long linux_pause(void)
{
    (void)signal_sleep(0, NULL);
    return -LINUX_EINTR;
}

long linux_rt_sigsuspend(uaddr_t mask, size_t set_bytes)
{
    uint64_t during;

    if (set_bytes != SET_BYTES)
        return -LINUX_EINVAL;
    if (!user_get(&during, mask, sizeof during))
        return -LINUX_EFAULT;
    signal_mask_swap(during);
    (void)signal_sleep(0, NULL);
    return -LINUX_EINTR;
}

long linux_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout, size_t set_bytes)
{
    struct linux_timespec time;
    struct linux_siginfo taken;
    uint64_t wanted, ns = 0;

    if (set_bytes != SET_BYTES)
        return -LINUX_EINVAL;
    if (!user_get(&wanted, set, sizeof wanted))
        return -LINUX_EFAULT;
    if (!user_null(timeout)) {
        if (!user_get(&time, timeout, sizeof time))
            return -LINUX_EFAULT;
        if (!linux_time_take(&time, &ns))
            return -LINUX_EINVAL;
        ns += linux_now_ns();
    }
    wanted &= ~signal_unblockable();
    bool in_time = signal_sleep(wanted, user_null(timeout) ? NULL : &ns);
    if (!signal_take(wanted, &taken))
        return in_time ? -LINUX_EINTR : -LINUX_EAGAIN;
    return user_null(info) || user_put(info, &taken, sizeof taken) ? taken.signal : -LINUX_EFAULT;
}

long linux_sigaltstack(uaddr_t stack, uaddr_t old)
{
    enum { MINSIGSTKSZ = 2048 };
    struct linux_own *own = linux_own();
    struct linux_stack now = signal_stack(own, linux_thread()->rsp), wanted;

    if (!user_null(stack)) {
        if (!user_get(&wanted, stack, sizeof wanted))
            return -LINUX_EFAULT;
        uint32_t mode = wanted.flags & ~SS_AUTODISARM;
        if ((now.flags & SS_ONSTACK) != 0)
            return -LINUX_EPERM;
        if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
            return -LINUX_EINVAL;
        if (mode != SS_DISABLE && wanted.bytes < MINSIGSTKSZ)
            return -LINUX_ENOMEM;
        signal_stack_set(own, &wanted);
    }
    return user_null(old) || user_put(old, &now, sizeof now) ? 0 : -LINUX_EFAULT;
}

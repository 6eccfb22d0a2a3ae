/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling as Linux names it. The manifest says what a thread gets, and a program can't change
 * it: every thread is SCHED_OTHER, and what asks for anything else is refused. Nice values of
 * processes are proc's; of a component it is 0.
 */
#include "process.h"
#include "threads.h"

enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5, SCHED_DEADLINE };
#define SCHED_RESET_ON_FORK 0x40000000

/* One of ours, or another process. */
static bool is_thread(int tid)
{
    return tid == 0 || thread_find(tid) >= 0 || (linux_is_process() && linux_getpgid(tid) >= 0);
}

static bool is_policy(int policy)
{
    return (policy >= SCHED_OTHER && policy <= SCHED_BATCH) || policy == SCHED_IDLE ||
           policy == SCHED_DEADLINE;
}

long linux_sched_get_priority_max(int policy)
{
    if (!is_policy(policy))
        return -LINUX_EINVAL;
    return policy == SCHED_FIFO || policy == SCHED_RR ? 99 : 0;
}

long linux_sched_get_priority_min(int policy)
{
    if (!is_policy(policy))
        return -LINUX_EINVAL;
    return policy == SCHED_FIFO || policy == SCHED_RR ? 1 : 0;
}

long linux_sched_getscheduler(int pid)
{
    if (pid < 0)
        return -LINUX_EINVAL;
    return is_thread(pid) ? SCHED_OTHER : -LINUX_ESRCH;
}

long linux_sched_getparam(int pid, uaddr_t param)
{
    if (pid < 0 || user_null(param))
        return -LINUX_EINVAL;
    if (!is_thread(pid))
        return -LINUX_ESRCH;
    return user_store32(param, 0) ? 0 : -LINUX_EFAULT;
}

long linux_sched_setscheduler(int pid, int policy, uaddr_t param)
{
    uint32_t priority;

    if (policy < 0 || pid < 0 || user_null(param))
        return -LINUX_EINVAL;
    if (!user_load32(&priority, param))
        return -LINUX_EFAULT;
    if (!is_thread(pid))
        return -LINUX_ESRCH;
    policy &= ~SCHED_RESET_ON_FORK;
    if (!is_policy(policy) || policy == SCHED_DEADLINE ||
        (priority != 0) != (policy == SCHED_FIFO || policy == SCHED_RR) || priority > 99)
        return -LINUX_EINVAL;
    return policy == SCHED_OTHER ? 0 : -LINUX_EPERM;
}

long linux_sched_setparam(int pid, uaddr_t param)
{
    return linux_sched_setscheduler(pid, SCHED_OTHER, param);
}

/* ---- which processor: there is one ---- */

enum { MASK_BYTES = 8 };

long linux_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused)
{
    (void)unused;
    if ((!user_null(cpu) && !user_store32(cpu, 0)) || (!user_null(node) && !user_store32(node, 0)))
        return -LINUX_EFAULT;
    return 0;
}

long linux_sched_getaffinity(int pid, unsigned bytes, uaddr_t mask)
{
    static const uint64_t first = 1;

    if (bytes < MASK_BYTES || bytes % 8 != 0)
        return -LINUX_EINVAL;
    if (!is_thread(pid))
        return -LINUX_ESRCH;
    return user_put(mask, &first, sizeof first) ? MASK_BYTES : -LINUX_EFAULT;
}

long linux_sched_setaffinity(int pid, unsigned bytes, uaddr_t mask)
{
    uint64_t set = 0;

    if (!user_get(&set, mask, bytes < sizeof set ? bytes : sizeof set))
        return -LINUX_EFAULT;
    if (!is_thread(pid))
        return -LINUX_ESRCH;
    return (set & 1) != 0 ? 0 : -LINUX_EINVAL;
}

/* ---- nice values ---- */

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

/* Of a component: whether `who` names it; -EINVAL, -ESRCH, 0. */
static long who_check(int which, int who)
{
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -LINUX_EINVAL;
    bool self = who == 0 || (which == PRIO_PROCESS && is_thread(who)) ||
                (which == PRIO_PGRP && who == linux_getpid());
    return self ? 0 : -LINUX_ESRCH;
}

/* Of processes: *was is the least nice value of those who are meant. */
static long priority_ask(int which, int who, bool change, int value, int32_t *was)
{
    int error;

    CALL_SURELY(error, proc_priority(linux_proc(), (uint32_t)which, who, change, value, was));
    return call_result(error);
}

long linux_getpriority(int which, int who)
{
    enum { NICE_0 = 20 };
    int32_t nice = 0;
    long error =
        linux_is_process() ? priority_ask(which, who, false, 0, &nice) : who_check(which, who);

    return error != 0 ? error : NICE_0 - nice;
}

long linux_setpriority(int which, int who, int value)
{
    int32_t was;

    if (linux_is_process())
        return priority_ask(which, who, true, value, &was);
    long error = who_check(which, who);
    if (error != 0)
        return error;
    return value == 0 ? 0 : -LINUX_EACCES;
}

/* ---- barriers: a thread that does not run has seen everything ---- */

long linux_membarrier(int command, unsigned flags, int cpu)
{
    enum {
        QUERY,
        GLOBAL = 1,
        GLOBAL_EXPEDITED = 2,
        REGISTER_GLOBAL_EXPEDITED = 4,
        PRIVATE_EXPEDITED = 8,
        REGISTER_PRIVATE_EXPEDITED = 16
    };
    const int known = GLOBAL | GLOBAL_EXPEDITED | REGISTER_GLOBAL_EXPEDITED | PRIVATE_EXPEDITED |
                      REGISTER_PRIVATE_EXPEDITED;
    struct linux_state *state = linux_state();

    (void)cpu;
    if (flags != 0)
        return -LINUX_EINVAL;
    switch (command) {
    case QUERY: return known;
    case REGISTER_PRIVATE_EXPEDITED: state->barrier_registered = true; break;
    case PRIVATE_EXPEDITED:
        if (!state->barrier_registered)
            return -LINUX_EPERM;
        break;
    case GLOBAL:
    case GLOBAL_EXPEDITED:
    case REGISTER_GLOBAL_EXPEDITED: break;
    default: return -LINUX_EINVAL;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return 0;
}

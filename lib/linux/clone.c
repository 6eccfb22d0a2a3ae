/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clone(2) and clone3(2): what is asked for, checked, before a thread (thread.c) or a process
 * (fork.c) is made of it.
 */
#include "clone.h"

#include "process.h"

/* Linux's struct clone_args. Programs know less of it, or more. */
struct clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size; /* since Linux 5.5 */
    uint64_t cgroup;                /* since Linux 5.7 */
};
enum { ARGS_FIRST = 64, ARGS_MAX = 4096, SET_TID_MAX = 32, SIGNAL_BITS = 0xff, E2BIG_ = 7 };

static long clone_checked(const struct clone_wish *wish)
{
    unsigned long flags = wish->flags;

    if (linux_is_process() && (((flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0) ||
                               ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0)))
        return -LINUX_EINVAL;
    if (wish->stack > seL4_UserTop)
        return -LINUX_EINVAL;
    if (linux_is_process() && (flags & CLONE_THREAD) == 0)
        return fork_clone(wish);
    return thread_clone(wish);
}

long linux_clone_complete(unsigned long flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid,
                          unsigned long tls)
{
    const struct clone_wish wish = {
        .flags = (uint32_t)flags & ~(unsigned long)SIGNAL_BITS,
        .signal = (flags & CLONE_THREAD) == 0 ? flags & SIGNAL_BITS : 0,
        .stack = stack.value,
        .tls = tls,
        .parent_tid = parent_tid,
        .child_tid = child_tid,
    };

    return clone_checked(&wish);
}

/* The structure as the program has it; what it knows and we do not has to be zero. */
static long args_get(struct clone_args *args, uaddr_t from, size_t bytes)
{
    static const struct clone_args none;
    size_t known = bytes < sizeof *args ? bytes : sizeof *args;

    *args = none;
    if (bytes > ARGS_MAX)
        return -E2BIG_;
    if (bytes < ARGS_FIRST)
        return -LINUX_EINVAL;
    for (size_t at = known; at < bytes;) {
        uint64_t more = 0;
        size_t part = bytes - at < sizeof more ? bytes - at : sizeof more;
        if (!user_get(&more, user_at(from, at), part))
            return -LINUX_EFAULT;
        if (more != 0)
            return -E2BIG_;
        at += part;
    }
    return user_get(args, from, known) ? 0 : -LINUX_EFAULT;
}

/* What can't be said with clone(2) at all. */
static bool args_are_right(const struct clone_args *args, size_t bytes)
{
    const unsigned long known = 0xffffffff | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP;
    const unsigned long never = CLONE_DETACHED | (SIGNAL_BITS & ~CLONE_NEWTIME);
    const unsigned long both = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND;

    if (args->set_tid_size > SET_TID_MAX || (args->set_tid == 0) != (args->set_tid_size == 0))
        return false;
    if ((args->exit_signal & ~(uint64_t)SIGNAL_BITS) != 0 || args->exit_signal > LINUX_SIGNALS)
        return false;
    if ((args->flags & CLONE_INTO_CGROUP) != 0 &&
        (bytes < sizeof *args || args->cgroup > INT32_MAX))
        return false;
    if ((args->flags & ~known) != 0 || (args->flags & never) != 0 || (args->flags & both) == both)
        return false;
    if ((args->flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && args->exit_signal != 0)
        return false;
    return (args->stack == 0) == (args->stack_size == 0) && args->stack < seL4_UserTop &&
           args->stack_size <= seL4_UserTop - args->stack;
}

long linux_clone3_complete(uaddr_t arguments, size_t bytes)
{
    struct clone_args args;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = args_get(&args, arguments, bytes);
    if (error != 0)
        return error;
    if (!args_are_right(&args, bytes) || args.set_tid != 0)
        return -LINUX_EINVAL;
    const struct clone_wish wish = {
        .flags = args.flags,
        .signal = args.exit_signal,
        .stack = args.stack + args.stack_size,
        .tls = args.tls,
        .parent_tid = { args.parent_tid },
        .child_tid = { args.child_tid },
    };
    return clone_checked(&wish);
}

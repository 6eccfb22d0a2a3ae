/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits, and what else a process may ask about itself. Limits of a process are proc's; one of a
 * component is what the manifest and the size of our tables make it, and only that of descriptors
 * can be lowered.
 */
#include <idl/init.h>

#include "process.h"
#include "threads.h"

enum resource {
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMITS,
};

struct linux_rlimit {
    uint64_t soft, hard;
};

/* As proc has it; soft == NULL: only ask. */
static long limit_proc(int pid, unsigned resource, const struct linux_rlimit *new,
                       struct linux_rlimit *old)
{
    int error;

    CALL_SURELY(error,
                proc_limit(linux_proc(), pid, resource, new != NULL, new != NULL ? new->soft : 0,
                           new != NULL ? new->hard : 0, &old->soft, &old->hard));
    return call_result(error);
}

static struct linux_rlimit limit_of(unsigned resource)
{
    uint64_t both;

    switch (resource) {
    case RLIMIT_DATA: both = process_info()->heap_bytes; break;
    case RLIMIT_STACK: both = process_info()->stack_bytes; break;
    case RLIMIT_NPROC: both = process_info()->thread_max; break;
    case RLIMIT_SIGPENDING: both = LINUX_QUEUED; break;
    case RLIMIT_NOFILE: {
        const struct linux_state *state = linux_state();
        return (struct linux_rlimit){ LINUX_FDS - state->fewer_fds_soft,
                                      LINUX_FDS - state->fewer_fds_hard };
    }
    case RLIMIT_CORE:
    case RLIMIT_MSGQUEUE:
    case RLIMIT_NICE:
    case RLIMIT_RTPRIO: both = 0; break;
    default: both = ~0ull; break;
    }
    return (struct linux_rlimit){ both, both };
}

static long limit_set(unsigned resource, const struct linux_rlimit *new)
{
    struct linux_rlimit now = limit_of(resource);
    struct linux_state *state = linux_state();

    if (new->soft > new->hard)
        return -LINUX_EINVAL;
    if (new->hard > now.hard)
        return -LINUX_EPERM;
    if (resource != RLIMIT_NOFILE)
        return new->soft == now.soft &&new->hard == now.hard ? 0 : -LINUX_EPERM;
    state->fewer_fds_soft = (uint32_t)(LINUX_FDS - new->soft);
    state->fewer_fds_hard = (uint32_t)(LINUX_FDS - new->hard);
    return 0;
}

/* Change a limit of this process, or of another one; new == NULL: only ask. */
static long limit_change(int pid, unsigned resource, const struct linux_rlimit *new,
                         struct linux_rlimit *before)
{
    if (linux_is_process())
        return limit_proc(pid, resource, new, before);
    *before = limit_of(resource);
    return new == NULL ? 0 : limit_set(resource, new);
}

long linux_prlimit64(int pid, unsigned resource, uaddr_t limit, uaddr_t old)
{
    struct linux_rlimit new;

    if (!user_null(limit) && !user_get(&new, limit, sizeof new))
        return -LINUX_EFAULT;
    if (!linux_is_process() && pid != 0 && thread_find(pid) < 0)
        return -LINUX_ESRCH;
    if (resource >= RLIMITS)
        return -LINUX_EINVAL;
    struct linux_rlimit before;
    long error = limit_change(pid, resource, user_null(limit) ? NULL : &new, &before);
    if (error != 0)
        return error;
    return user_null(old) || user_put(old, &before, sizeof before) ? 0 : -LINUX_EFAULT;
}

long linux_getrlimit(unsigned resource, uaddr_t limit)
{
    if (resource >= RLIMITS)
        return -LINUX_EINVAL;
    struct linux_rlimit now;
    long error = limit_change(0, resource, NULL, &now);
    if (error != 0)
        return error;
    return user_put(limit, &now, sizeof now) ? 0 : -LINUX_EFAULT;
}

long linux_setrlimit(unsigned resource, uaddr_t limit)
{
    struct linux_rlimit new, before;

    if (!user_get(&new, limit, sizeof new))
        return -LINUX_EFAULT;
    return resource >= RLIMITS ? -LINUX_EINVAL : limit_change(0, resource, &new, &before);
}

/* ---- the machine, as init sees it ---- */

/* Linux's struct sysinfo. */
struct linux_sysinfo {
    int64_t uptime_s;
    uint64_t loads[3];
    uint64_t total, free, shared, buffers, swap_total, swap_free;
    uint16_t processes, pad;
    uint64_t high_total, high_free;
    uint32_t unit, end;
};
_Static_assert(sizeof(struct linux_sysinfo) == 112, "ABI");

long linux_sysinfo(uaddr_t info)
{
    struct init_memory memory = { 0 };
    uint64_t processes = 1;
    int error;

    if (linux_is_process())
        CALL_SURELY(error,
                    proc_memory(linux_proc(), &memory.ram_bytes, &memory.free_bytes, &processes));
    else
        error = init_memory((struct init){ SLOT_INIT }, &memory);
    if (error != 0)
        return -LINUX_EAGAIN;
    struct linux_sysinfo out = {
        .uptime_s = (int64_t)(linux_now_ns() / LINUX_NS_PER_S),
        .total = memory.ram_bytes,
        .free = memory.free_bytes,
        .processes = (uint16_t)processes,
        .unit = 1,
    };
    return user_put(info, &out, sizeof out) ? 0 : -LINUX_EFAULT;
}

/* ---- prctl, personality ---- */

enum {
    PR_GET_PDEATHSIG = 2,
    PR_GET_DUMPABLE = 3,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_GET_SECCOMP = 21,
    PR_CAPBSET_READ = 23,
    PR_GET_TSC = 25,
    PR_SET_CHILD_SUBREAPER = 36,
    PR_GET_CHILD_SUBREAPER = 37,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39,
};

static long name_set(uaddr_t name)
{
    struct linux_own *own = linux_own();
    char text[sizeof own->name + 1];
    long n = user_text(text, name, sizeof own->name - 1);
    int error = 0;

    if (n < 0)
        return -LINUX_EFAULT;
    for (long i = 0; i < (long)sizeof own->name; i++)
        own->name[i] = i < n ? text[i] : '\0';
    own->named = true;
    if (linux_is_process() && linux_thread()->index == 0)
        CALL_SURELY(error, proc_set_name(linux_proc(), own->name, (size_t)n));
    return call_result(error);
}

static long name_get(uaddr_t to)
{
    const struct linux_own *own = linux_own();
    const char *name = own->named ? own->name : process_info()->name;

    return user_put(to, name, sizeof own->name) ? 0 : -LINUX_EFAULT;
}

/* Whose children that lost their parent are: of a process. A component has none. */
static long reaper_set(bool on)
{
    uint32_t was;
    int error;

    if (!linux_is_process())
        return on ? -LINUX_EINVAL : 0;
    CALL_SURELY(error, proc_reaper(linux_proc(), 1, on, &was));
    return call_result(error);
}

static long reaper_get(uaddr_t to)
{
    uint32_t is = 0;
    int error = 0;

    if (linux_is_process())
        CALL_SURELY(error, proc_reaper(linux_proc(), 0, 0, &is));
    if (error != 0)
        return call_result(error);
    return user_store32(to, is) ? 0 : -LINUX_EFAULT;
}

long linux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    enum { TSC_ENABLE = 1, CAPABILITY_LAST = 40 };
    uaddr_t at = { a };

    switch (option) {
    case PR_SET_NAME: return name_set(at);
    case PR_GET_NAME: return name_get(at);
    case PR_GET_DUMPABLE: return 0; /* nobody writes core files */
    case PR_GET_SECCOMP: return 0;
    case PR_CAPBSET_READ: return a > CAPABILITY_LAST ? -LINUX_EINVAL : 0;
    case PR_GET_TSC: return user_store32(at, TSC_ENABLE) ? 0 : -LINUX_EFAULT;
    case PR_GET_PDEATHSIG: return user_store32(at, 0) ? 0 : -LINUX_EFAULT;
    case PR_SET_CHILD_SUBREAPER: return reaper_set(a != 0);
    case PR_GET_CHILD_SUBREAPER: return reaper_get(at);
    /* No program that it could start has more rights than it. */
    case PR_SET_NO_NEW_PRIVS:
        if (a != 1 || b != 0 || c != 0 || d != 0)
            return -LINUX_EINVAL;
        linux_state()->no_new_privileges = true;
        return 0;
    case PR_GET_NO_NEW_PRIVS:
        return a != 0 || b != 0 || c != 0 || d != 0 ? -LINUX_EINVAL
                                                    : linux_state()->no_new_privileges;
    default: return -LINUX_EINVAL;
    }
}

/* There is one way to run a program: PER_LINUX. */
long linux_personality(unsigned persona)
{
    return persona == 0 || persona == ~0u ? 0 : -LINUX_EINVAL;
}

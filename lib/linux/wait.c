/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children. A component of init has none.
 */
#include "process.h"
#include "signal.h"
#include "usage.h"

enum { P_ALL, P_PID, P_PGID, P_PIDFD };
enum { WNOHANG = 1, WUNTRACED = 2, WEXITED = 4, WCONTINUED = 8, WNOWAIT = 0x01000000 };
#define WAIT_CLONES 0xe0000000u /* __WNOTHREAD, __WALL, __WCLONE: of which kind a child is */

/* What has become of a child. */
struct child {
    int32_t pid; /* 0: nothing, of nobody */
    uint32_t status, uid, code;
    uint64_t user_us, kernel_us;
};

static long wait_for(uint32_t kind, int32_t id, uint32_t options, struct child *child)
{
    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error = proc_wait(linux_proc(), kind, id, options, &child->pid, &child->status,
                              &child->uid, &child->code, &child->user_us, &child->kernel_us);
        if (error == LINUX_EBUSY)
            linux_sleep_crowded();
        else if (error != CALL_INTERRUPTED)
            return call_result(error);
    }
}

static bool usage_put(uaddr_t to, const struct child *child)
{
    return user_null(to) || usage_fill(to, child->user_us, child->kernel_us);
}

long linux_wait4(int pid, uaddr_t status, int options, uaddr_t usage)
{
    uint32_t kind = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
    struct child child = { 0 };
    long error = -LINUX_ECHILD;

    if (((unsigned)options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_CLONES)) != 0)
        return -LINUX_EINVAL;
    if (pid == INT32_MIN)
        return -LINUX_ESRCH;
    if (linux_is_process())
        error = wait_for(kind,
                         pid > 0     ? pid
                         : pid == -1 ? 0
                                     : -pid,
                         ((unsigned)options & ~WAIT_CLONES) | WEXITED, &child);
    if (error != 0 || child.pid == 0)
        return error;
    if ((!user_null(status) && !user_store32(status, child.status)) || !usage_put(usage, &child))
        return -LINUX_EFAULT;
    return child.pid;
}

/* siginfo's idea of a status: an exit code or a signal alone. */
static uint32_t status_of(const struct child *child)
{
    enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_STOPPED = 5, CLD_CONTINUED };

    switch (child->code) {
    case CLD_EXITED:
    case CLD_STOPPED: return child->status >> 8 & 0xff;
    case CLD_CONTINUED: return SIGCONT;
    default: return child->status & 0x7f;
    }
}

long linux_waitid(int type, int id, uaddr_t info, int options, uaddr_t usage)
{
    const unsigned events = WUNTRACED | WEXITED | WCONTINUED,
                   known = events | WNOHANG | WNOWAIT | WAIT_CLONES;
    struct child child = { 0 };

    if (((unsigned)options & ~known) != 0 || ((unsigned)options & events) == 0 ||
        (unsigned)type > P_PIDFD || (type == P_PID && id <= 0) || (type != P_ALL && id < 0))
        return -LINUX_EINVAL;
    if (type == P_PIDFD)
        return -LINUX_EBADF;
    long error = -LINUX_ECHILD;
    if (linux_is_process())
        error = wait_for((uint32_t)type, id, (unsigned)options & ~WAIT_CLONES, &child);
    if (error != 0)
        return error;
    const struct linux_siginfo filled = {
        .signal = SIGCHLD,
        .code = (int32_t)child.code,
        .fields = { (uint32_t)child.pid | (uint64_t)child.uid << 32, status_of(&child) },
    };
    static const struct linux_siginfo nobody;
    if (!user_null(info) && !user_put(info, child.pid != 0 ? &filled : &nobody,
                                      offsetof(struct linux_siginfo, fields[2])))
        return -LINUX_EFAULT;
    return child.pid == 0 || usage_put(usage, &child) ? 0 : -LINUX_EFAULT;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the process is. A component of init is user and group 0, the only one of its process group
 * and session, and can't become anybody else. Of a process all that is in the mail, or asked of
 * proc; what it may become proc says.
 */
#include "process.h"
#include "threads.h"

/* The three ids of users, or of groups. */
struct triple {
    unsigned real, effective, saved;
};

static struct triple triple_now(bool groups)
{
    const struct process_mail *mail = process_mail();

    if (!linux_is_process())
        return (struct triple){ 0, 0, 0 };
    return groups ? (struct triple){ mail->rgid, mail->egid, mail->sgid }
                  : (struct triple){ mail->ruid, mail->euid, mail->suid };
}

static bool triple_has(const struct triple *t, unsigned id)
{
    return id == t->real || id == t->effective || id == t->saved;
}

/* Become these, which the caller has found allowed; proc looks once more. */
static long triple_set(bool groups, struct triple to)
{
    struct triple now = triple_now(!groups);
    const struct process_mail *mail = process_mail();
    int error;

    if (!linux_is_process())
        return to.real == 0 && to.effective == 0 && to.saved == 0 ? 0 : -LINUX_EPERM;
    struct triple user = groups ? now : to, group = groups ? to : now;
    const struct proc_credentials c = { user.real,  user.effective,  user.saved,
                                        group.real, group.effective, group.saved };
    CALL_SURELY(error, proc_set_credentials(linux_proc(), &c, mail->groups, mail->group_count));
    return call_result(error);
}

static bool is_root(void)
{
    return triple_now(false).effective == 0;
}

/* -1 leaves an id alone; others may be set to what one of the three is, or by root. */
static bool is_allowed(const struct triple *now, unsigned id)
{
    return id == ~0u || is_root() || triple_has(now, id);
}

static unsigned or_now(unsigned id, unsigned now)
{
    return id == ~0u ? now : id;
}

static long set_one(bool groups, unsigned id)
{
    struct triple now = triple_now(groups);

    if (id == ~0u)
        return -LINUX_EINVAL;
    if (is_root())
        return triple_set(groups, (struct triple){ id, id, id });
    if (id != now.real && id != now.saved)
        return -LINUX_EPERM;
    return triple_set(groups, (struct triple){ now.real, id, now.saved });
}

static long set_two(bool groups, unsigned real, unsigned effective)
{
    struct triple now = triple_now(groups);
    bool real_good = real == ~0u || is_root() || real == now.real || real == now.effective;

    if (!real_good || !is_allowed(&now, effective))
        return -LINUX_EPERM;
    struct triple to = { or_now(real, now.real), or_now(effective, now.effective), now.saved };
    if (real != ~0u || (effective != ~0u && effective != now.real))
        to.saved = to.effective;
    return triple_set(groups, to);
}

static long set_three(bool groups, unsigned real, unsigned effective, unsigned saved)
{
    struct triple now = triple_now(groups);

    if (!is_allowed(&now, real) || !is_allowed(&now, effective) || !is_allowed(&now, saved))
        return -LINUX_EPERM;
    return triple_set(groups,
                      (struct triple){ or_now(real, now.real), or_now(effective, now.effective),
                                       or_now(saved, now.saved) });
}

static long triple_put(bool groups, uaddr_t real, uaddr_t effective, uaddr_t saved)
{
    struct triple now = triple_now(groups);

    return user_store32(real, now.real) && user_store32(effective, now.effective) &&
                   user_store32(saved, now.saved)
               ? 0
               : -LINUX_EFAULT;
}

long linux_getuid(void)
{
    return triple_now(false).real;
}

long linux_getgid(void)
{
    return triple_now(true).real;
}

long linux_geteuid(void)
{
    return triple_now(false).effective;
}

long linux_getegid(void)
{
    return triple_now(true).effective;
}

long linux_setuid(unsigned uid)
{
    return set_one(false, uid);
}

long linux_setgid(unsigned gid)
{
    return set_one(true, gid);
}

long linux_setreuid(unsigned ruid, unsigned euid)
{
    return set_two(false, ruid, euid);
}

long linux_setregid(unsigned rgid, unsigned egid)
{
    return set_two(true, rgid, egid);
}

long linux_setresuid(unsigned ruid, unsigned euid, unsigned suid)
{
    return set_three(false, ruid, euid, suid);
}

long linux_setresgid(unsigned rgid, unsigned egid, unsigned sgid)
{
    return set_three(true, rgid, egid, sgid);
}

long linux_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
    return triple_put(false, ruid, euid, suid);
}

long linux_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
    return triple_put(true, rgid, egid, sgid);
}

/* Both answer what it was, and refuse by not changing it. */
long linux_setfsuid(unsigned uid)
{
    (void)uid;
    return linux_geteuid();
}

long linux_setfsgid(unsigned gid)
{
    (void)gid;
    return linux_getegid();
}

long linux_getgroups(int count, uaddr_t groups)
{
    const struct process_mail *mail = process_mail();
    int there = linux_is_process() ? (int)mail->group_count : 0;

    if (count < 0 || (count > 0 && count < there))
        return -LINUX_EINVAL;
    if (count > 0 && !user_put(groups, mail->groups, (size_t)there * sizeof mail->groups[0]))
        return -LINUX_EFAULT;
    return there;
}

/* As Linux shows them. */
static void groups_sort(uint32_t *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t one = list[i];
        size_t to = i;
        for (; to > 0 && list[to - 1] > one; to--)
            list[to] = list[to - 1];
        list[to] = one;
    }
}

long linux_setgroups(int count, uaddr_t groups)
{
    enum { NGROUPS_MAX = 65536 };
    const struct process_mail *mail = process_mail();
    uint32_t list[UNIX_GROUPS_MAX];
    int error;

    if ((unsigned)count > NGROUPS_MAX)
        return -LINUX_EINVAL;
    if (!linux_is_process())
        return count == 0 ? 0 : -LINUX_EPERM;
    if (!is_root())
        return -LINUX_EPERM;
    if (count > UNIX_GROUPS_MAX)
        return -LINUX_EINVAL;
    if (!user_get(list, groups, (size_t)count * sizeof list[0]))
        return -LINUX_EFAULT;
    groups_sort(list, (size_t)count);
    const struct proc_credentials c = { mail->ruid, mail->euid, mail->suid,
                                        mail->rgid, mail->egid, mail->sgid };
    CALL_SURELY(error, proc_set_credentials(linux_proc(), &c, list, (size_t)count));
    return call_result(error);
}

/* ---- process group and session ---- */

/* Of a process or of the caller (0). */
static long ids_of(int who, int32_t *group, int32_t *session)
{
    int32_t pid, parent;
    int error;

    *group = *session = (int32_t)linux_getpid();
    if (!linux_is_process())
        return who == 0 || thread_find(who) >= 0 ? 0 : -LINUX_ESRCH;
    CALL_SURELY(error, proc_ids(linux_proc(), who, &pid, &parent, group, session));
    return call_result(error);
}

long linux_getpgid(int pid)
{
    int32_t group, session;
    long error = ids_of(pid, &group, &session);

    return error != 0 ? error : group;
}

long linux_getsid(int pid)
{
    int32_t group, session;
    long error = ids_of(pid, &group, &session);

    return error != 0 ? error : session;
}

long linux_getpgrp(void)
{
    return linux_getpgid(0);
}

/* A component leads its session already. */
long linux_setsid(void)
{
    int32_t session = 0;
    int error;

    if (!linux_is_process())
        return -LINUX_EPERM;
    CALL_SURELY(error, proc_set_session(linux_proc(), &session));
    return error != 0 ? call_result(error) : session;
}

long linux_setpgid(int pid, int group)
{
    int32_t own_group, session;
    int error;

    if (group < 0)
        return -LINUX_EINVAL;
    if (!linux_is_process())
        return ids_of(pid, &own_group, &session) == 0 ? -LINUX_EPERM : -LINUX_ESRCH;
    CALL_SURELY(error, proc_set_group(linux_proc(), pid, group));
    return call_result(error);
}

uint32_t linux_umask_now(void)
{
    enum { USUAL = 022 };
    const struct linux_state *state = linux_state();

    return state->umask_set ? state->umask : USUAL;
}

/* For files that are made. */
long linux_umask(int mask)
{
    enum { ALL = 0777 };
    struct linux_state *state = linux_state();
    uint32_t before = linux_umask_now();

    state->umask = (uint32_t)mask & ALL;
    state->umask_set = true;
    return before;
}

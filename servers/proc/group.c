/* SPDX-License-Identifier: BSD-2-Clause */
#include "group.h"

#include <errno.h>

/* The next process after `p` that is there (NULL: the first), or NULL. */
static struct process *next_of(struct process *p)
{
    for (p = p != NULL ? p + 1 : processes; p < processes + UNIX_PROCESSES_MAX; p++)
        if (p->state != PROCESS_FREE)
            return p;
    return NULL;
}

bool group_exists(int32_t group, int32_t session)
{
    for (struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->group == group && (session == 0 || p->session == session))
            return true;
    return false;
}

bool group_is_orphaned(int32_t group, const struct process *without)
{
    for (struct process *p = next_of(NULL); p != NULL; p = next_of(p)) {
        const struct process *parent = p->parent;
        if (p->group == group && p != without && p->state == PROCESS_LIVE && parent != NULL &&
            parent != without && parent->group != group && parent->session == p->session)
            return false;
    }
    return true;
}

bool group_is_stopped(int32_t group)
{
    for (struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->group == group && p->state == PROCESS_LIVE && p->stopped)
            return true;
    return false;
}

int do_ids(struct call *c, int32_t who, int32_t *pid, int32_t *parent, int32_t *group,
           int32_t *session)
{
    const struct process *caller = process_of(c->badge);
    const struct process *p = who == 0 ? caller : process_find(who);

    if (caller == NULL || p == NULL)
        return ESRCH;
    *pid = p->pid;
    *parent = p->parent != NULL ? p->parent->pid : 0;
    *group = p->group;
    *session = p->session;
    return 0;
}

int do_set_group(struct call *c, int32_t pid, int32_t group)
{
    struct process *caller = process_of(c->badge);
    struct process *p = pid == 0 ? caller : process_find(pid);

    if (pid < 0 || group < 0)
        return EINVAL;
    if (caller == NULL || p == NULL || p->state != PROCESS_LIVE ||
        (p != caller && p->parent != caller))
        return ESRCH;
    if (p->session == p->pid || p->session != caller->session)
        return EPERM;
    if (p != caller && p->executed)
        return EACCES;
    if (group == 0)
        group = p->pid;
    if (group != p->pid && !group_exists(group, caller->session))
        return EPERM;
    p->group = group;
    sessions_attributes(p);
    return 0;
}

int do_set_session(struct call *c, int32_t *session)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (group_exists(p->pid, 0))
        return EPERM;
    p->session = p->pid;
    p->group = p->pid;
    sessions_attributes(p);
    *session = p->session;
    return 0;
}

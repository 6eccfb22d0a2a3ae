/* SPDX-License-Identifier: BSD-2-Clause */
#include "group.h"

#include <errno.h>

#include "kill.h"

/* The next process after `p` that is there (NULL: the first), or NULL. */
static const struct process *next_of(const struct process *p)
{
    for (p = p != NULL ? p + 1 : processes; p < processes + process_top; p++)
        if (p->state != PROCESS_FREE)
            return p;
    return NULL;
}

bool group_exists(int32_t group, int32_t session)
{
    for (const struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->group == group && (session == 0 || p->session == session))
            return true;
    return false;
}

/* Whether a process's parent looks after its group. */
static bool is_looked_after(const struct process *p)
{
    const struct process *parent = p->parent;

    return parent != NULL && !p->adopted && parent->group != p->group &&
           parent->session == p->session;
}

bool group_is_orphaned(int32_t group, const struct process *without)
{
    for (const struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->group == group && p != without && p->state == PROCESS_LIVE && is_looked_after(p) &&
            p->parent != without)
            return false;
    return true;
}

static bool is_stopped(int32_t group)
{
    for (const struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->group == group && p->state == PROCESS_LIVE && p->stopped)
            return true;
    return false;
}

/* The end of `ended` takes from the group of `p` its connection to that one's parent. */
static void connection_ends(const struct process *p, const struct process *ended)
{
    int32_t group = p->group;

    if (!is_looked_after(p) || !group_is_orphaned(group, ended) || !is_stopped(group))
        return;
    kill_group(group, SIGNAL_HANGUP);
    kill_group(group, SIGNAL_CONTINUE);
}

void group_parent_ends(const struct process *ended)
{
    connection_ends(ended, ended);
    for (const struct process *p = next_of(NULL); p != NULL; p = next_of(p))
        if (p->parent == ended)
            connection_ends(p, ended);
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
    p->disowned = false;
    sessions_attributes(p);
    *session = p->session;
    return 0;
}

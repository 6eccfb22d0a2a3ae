/* SPDX-License-Identifier: BSD-2-Clause */
#include "credentials.h"

#include <errno.h>
#include <string.h>

#include "job.h"
#include "kill.h"

static struct credentials table[UNIX_PROCESSES_MAX];

const struct credentials *credentials_of(const struct process *p)
{
    return &table[p->number];
}

static void mail_write(struct process *p)
{
    const struct credentials *c = &table[p->number];
    struct process_mail *mail = p->mail;

    mail->ruid = c->id.ruid;
    mail->euid = c->id.euid;
    mail->suid = c->id.suid;
    mail->rgid = c->id.rgid;
    mail->egid = c->id.egid;
    mail->sgid = c->id.sgid;
    mail->group_count = c->group_count;
    memcpy(mail->groups, c->groups, sizeof mail->groups);
}

void credentials_begin(struct process *p, const struct process *parent)
{
    table[p->number] =
        parent != NULL ? table[parent->number] : (struct credentials){ { 0 }, 0, { 0 } };
    mail_write(p);
}

bool credentials_may_signal(const struct process *from, const struct process *to, unsigned signal)
{
    const struct proc_credentials *a = &table[from->number].id, *b = &table[to->number].id;

    return from == to || a->euid == 0 || a->ruid == b->ruid || a->ruid == b->suid ||
           a->euid == b->ruid || a->euid == b->suid ||
           (signal == SIGNAL_CONTINUE && from->session == to->session);
}

int do_credentials(struct call *c, struct proc_credentials *out, struct call_item *groups)
{
    const struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    *out = table[p->number].id;
    groups->count = table[p->number].group_count;
    if (groups->count > groups->room)
        return EINVAL;
    memcpy(groups->data, table[p->number].groups, groups->count * sizeof(uint32_t));
    return 0;
}

static bool is_one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t c)
{
    return id == a || id == b || id == c;
}

/* What an ordinary user may change: each id to one that it has. */
static bool is_own(const struct proc_credentials *was, const struct proc_credentials *in)
{
    return is_one_of(in->ruid, was->ruid, was->euid, was->suid) &&
           is_one_of(in->euid, was->ruid, was->euid, was->suid) &&
           is_one_of(in->suid, was->ruid, was->euid, was->suid) &&
           is_one_of(in->rgid, was->rgid, was->egid, was->sgid) &&
           is_one_of(in->egid, was->rgid, was->egid, was->sgid) &&
           is_one_of(in->sgid, was->rgid, was->egid, was->sgid);
}

int do_set_credentials(struct call *c, const struct proc_credentials *in, const uint32_t *groups,
                       size_t count)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    struct credentials *to = &table[p->number];
    if (count > UNIX_GROUPS_MAX)
        return EINVAL;
    bool same_groups =
        count == to->group_count && memcmp(groups, to->groups, count * sizeof *groups) == 0;
    if (to->id.euid != 0 && !(same_groups && is_own(&to->id, in)))
        return EPERM;
    uint32_t kept[UNIX_GROUPS_MAX]; /* the request is gone when a job has been made */
    memcpy(kept, groups, count * sizeof *groups);
    if (in->euid != 0 && !job_enter_user(p, in->ruid))
        return EAGAIN;
    to->id = *in;
    to->group_count = (uint32_t)count;
    memcpy(to->groups, kept, count * sizeof *groups);
    mail_write(p);
    sessions_attributes(p);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "fork.h"

#include <errno.h>
#include <idl/proc.h>
#include <string.h>

#include "credentials.h"
#include "image.h"
#include "job.h"
#include "lend.h"
#include "limit.h"
#include "memory.h"
#include "offers.h"
#include "shell.h"

/* The regions of the system, or the others. */
static bool regions_copy(const struct process *from, struct process *to, bool system)
{
    for (const struct region *r = from->regions.first; r != NULL; r = r->next)
        if (((r->flags & REGION_SYSTEM) != 0) == system && region_add(&to->regions, *r) == NULL)
            return false;
    return true;
}

static bool pages_of(const struct region *r, struct process *from, struct process *to)
{
    return pages_share(&from->space, &to->space, r->begin, r->end, r->rights,
                       (r->flags & REGION_SHARED) == 0);
}

/* But what all processes have alike is in the child's shell. */
static bool system_share(struct process *from, struct process *to)
{
    const struct region *sessions = region_of(&from->regions, PROCESS_SESSIONS_ADDR);

    return regions_copy(from, to, true) && (sessions == NULL || pages_of(sessions, from, to));
}

bool memory_share(struct process *from, struct process *to)
{
    if (!regions_copy(from, to, false))
        return false;
    for (const struct region *r = from->regions.first; r != NULL; r = r->next)
        if ((r->flags & REGION_SYSTEM) == 0 && !pages_of(r, from, to))
            return false;
    to->brk_base = from->brk_base;
    to->brk = from->brk;
    return true;
}

static void mail_copy(const struct process *from, struct process *to)
{
    struct process_mail *m = to->mail;

    *m = *from->mail;
    m->pid = to->pid;
    m->put = m->taken = 0;
    m->stopped = 0;
    limit_tell(to);
    credentials_begin(to, from); /* whatever the mail says, which the process can write */
}

static bool memory_fork(struct process *from, struct process *to, unsigned thread, uint64_t stack,
                        bool lent)
{
    struct process *owner = memory_of(from);

    if (!system_share(from, to) ||
        !(lent || (memory_populate_shared(owner) && memory_share(owner, to))) ||
        !shell_fork(from, to, thread, stack))
        return false;
    if (lent)
        memory_lend(owner, to);
    mail_copy(from, to);
    return true;
}

bool fork_launch(struct process *p)
{
    const seL4_UserContext start = {
        .rip = image.entry.child,
        .rsp = p->held_stack,
        .rflags = 0x202,
        .fs_base = p->held_fs,
    };

    p->held = false;
    return thread_run(p, p->held_thread, &start);
}

/* The one thread of the child: with what the parent's has, but for its own objects. */
static bool thread_copy(struct process *from, struct process *to, unsigned index, uint64_t stack,
                        bool held)
{
    seL4_UserContext r;

    if (!thread_make(to, index) ||
        seL4_TCB_ReadRegisters(thread_at(from, index)->tcb, 0, 0, sizeof r / sizeof(seL4_Word),
                               &r) != seL4_NoError)
        return false;
    memcpy(thread_at(to, index)->page, thread_at(from, index)->page, PROCESS_MAIL_OFFSET);
    thread_at(to, index)->tid = to->pid;
    to->held = true;
    to->held_thread = index;
    to->held_stack = stack;
    to->held_fs = r.fs_base;
    return held || fork_launch(to);
}

int fork_process(struct process *parent, unsigned thread, uint64_t stack, uint32_t flags,
                 const uint32_t (*list)[2], size_t count, struct process **out)
{
    bool held = (flags & PROC_FORK_HELD) != 0, lent = (flags & PROC_FORK_LENT) != 0;

    if (thread >= parent->thread_end || !thread_at(parent, thread)->runs)
        return EINVAL;
    bool may = limit_allows_process(parent) &&
               (lent || job_allows_regions(parent, memory_of(parent)->regions.count));
    struct process *p = may ? process_new(parent) : NULL;
    if (p == NULL)
        return EAGAIN;
    p->group = parent->group;
    p->session = parent->session;
    p->disowned = parent->disowned;
    memcpy(p->name, parent->name, sizeof p->name);
    program_set(p, parent->program);
    int e = sessions_fork(parent->badge, p, list, count);
    if (e == 0 &&
        !(offers_fork(parent, p, list, count) && memory_fork(parent, p, thread, stack, lent) &&
          thread_copy(parent, p, thread, stack, held))) {
        sessions_end(p->badge);
        e = ENOMEM;
    }
    if (e != 0) {
        process_free(p);
        return e;
    }
    offers_tell(p); /* other servers know it all from sessions_fork() */
    *out = p;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "wait.h"

#include <errno.h>
#include <idl/proc.h>

#include "kill.h"

enum { P_ALL, P_PID, P_PGID };
enum {
    WNOHANG = 1,
    WUNTRACED = 2, /* WSTOPPED */
    WEXITED = 4,
    WCONTINUED = 8,
    WNOWAIT = 0x1000000,
    CLONE_FLAGS = (int)0xe0000000, /* __WNOTHREAD, __WALL, __WCLONE: all children are alike */
};
enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED };

/* A thread that waits: one for each caller that can be put off. */
static struct waiter {
    struct process *process; /* NULL: nobody */
    struct call later;
    uint32_t kind, options;
    int32_t id;
} waiter[SLOT_REPLY_END - SLOT_REPLY_FIRST];

enum { WAITERS = sizeof waiter / sizeof waiter[0] };

static bool is_meant(const struct process *child, uint32_t kind, int32_t id)
{
    return kind == P_ALL || (kind == P_PID && child->pid == id) ||
           (kind == P_PGID && child->group == id);
}

static uint32_t end_code(uint32_t status)
{
    if ((status & 0x7f) == 0)
        return CLD_EXITED;
    return (status & 0x80) != 0 ? CLD_DUMPED : CLD_KILLED;
}

/* What there is to say of a child; false: nothing that the options ask for. */
static bool child_news(struct process *child, uint32_t options, struct wait_result *out)
{
    bool keep = (options & WNOWAIT) != 0;

    *out = (struct wait_result){ .pid = child->pid, .user_us = child->used_us };
    if (child->state == PROCESS_ZOMBIE && (options & WEXITED) != 0) {
        out->status = child->status;
        out->code = end_code(child->status);
    } else if (child->stop_news && (options & WUNTRACED) != 0) {
        out->status = child->stop_signal << 8 | 0x7f;
        out->code = CLD_STOPPED;
        child->stop_news = keep;
    } else if (child->continue_news && (options & WCONTINUED) != 0) {
        out->status = 0xffff;
        out->code = CLD_CONTINUED;
        child->continue_news = keep;
    } else {
        return false;
    }
    return true;
}

/* Look once: 0 with out->pid set if there is something; ECHILD: there is no such child. */
static int wait_look(struct process *p, uint32_t kind, int32_t id, uint32_t options,
                     struct wait_result *out)
{
    bool any = false;

    for (unsigned i = 1; i < process_top; i++) {
        struct process *child = &processes[i];
        if (child->state == PROCESS_FREE || child->parent != p || !is_meant(child, kind, id))
            continue;
        any = true;
        if (!child_news(child, options, out))
            continue;
        if (child->state == PROCESS_ZOMBIE && (options & WNOWAIT) == 0) {
            p->children_us += child->used_us + child->children_us;
            child->state = PROCESS_FREE;
        }
        return 0;
    }
    *out = (struct wait_result){ 0 };
    return any ? 0 : ECHILD;
}

static void waiter_forget(struct waiter *w)
{
    call_later_forget(&w->later);
    w->process = NULL;
}

static struct waiter *waiter_new(struct process *p, const struct call *c)
{
    struct waiter *free = NULL;

    for (unsigned i = 0; i < WAITERS; i++) {
        struct waiter *w = &waiter[i];
        /* The same thread again: it was interrupted, and waits no more for what it asked then. */
        if (w->process == p && w->later.cancel >> 32 == c->cancel >> 32)
            waiter_forget(w);
        if (w->process == NULL)
            free = w;
    }
    return free;
}

int wait_for(struct process *p, struct call *c, uint32_t kind, int32_t id, uint32_t options,
             struct wait_result *out)
{
    const uint32_t known =
        WNOHANG | WUNTRACED | WEXITED | WCONTINUED | WNOWAIT | (uint32_t)CLONE_FLAGS;

    if ((options & ~known) != 0 || (options & (WEXITED | WUNTRACED | WCONTINUED)) == 0 ||
        kind > P_PGID || (kind == P_PID && id <= 0))
        return EINVAL;
    if (kind == P_PGID && id == 0)
        id = p->group;
    int e = wait_look(p, kind, id, options, out);
    if (e != 0 || out->pid != 0 || (options & WNOHANG) != 0)
        return e;
    struct waiter *w = waiter_new(p, c);
    if (w == NULL)
        return EAGAIN;
    w->kind = kind;
    w->id = id;
    w->options = options;
    e = call_later(c, &w->later);
    w->process = e == CALL_LATER ? p : NULL;
    return e;
}

/* Whoever of a parent's threads waits for this child. */
static void waiters_look(struct process *parent)
{
    for (unsigned i = 0; i < WAITERS; i++) {
        struct waiter *w = &waiter[i];
        struct wait_result r;
        if (w->process != parent)
            continue;
        int e = wait_look(parent, w->kind, w->id, w->options | WNOWAIT, &r);
        if (e == 0 && r.pid == 0)
            continue;
        w->process = NULL;
        int answered = e != 0 ? call_later_error(&w->later, e)
                              : proc_wait_answer(&w->later, r.pid, r.status, r.uid, r.code,
                                                 r.user_us, r.kernel_us);
        /* What it was told of is gone only now: one that was interrupted asks again. */
        if (answered == 0 && e == 0)
            (void)wait_look(parent, P_PID, r.pid, w->options, &r);
    }
}

/* Whether a process has said that it wants something of its children: UNIX_CHILDREN_. */
static bool children_are(const struct process *p, uint32_t what)
{
    return p->state == PROCESS_LIVE &&
           (__atomic_load_n(&p->mail->children, __ATOMIC_RELAXED) & what) != 0;
}

static void parent_signal(const struct process *p, uint32_t code, uint32_t status)
{
    struct unix_signal s = {
        .signal = SIGNAL_CHILD,
        .code = (int32_t)code,
        .fields = { (uint32_t)p->pid, status },
    };

    (void)kill_post(p->parent, &s);
}

/* A ZOMBIE's parent is told, if it has one and wants to know; else there is nobody to wait. */
static void zombie_tell(struct process *p)
{
    uint32_t code = end_code(p->status);

    if (p->parent == NULL) {
        p->state = PROCESS_FREE;
        return;
    }
    parent_signal(p, code, code == CLD_EXITED ? p->status >> 8 : p->status & 0x7f);
    if (children_are(p->parent, UNIX_CHILDREN_NOT_KEPT))
        p->state = PROCESS_FREE;
    waiters_look(p->parent);
}

/* Whose the orphans of a process are: of the nearest one above that reaps, or of the first. */
static struct process *reaper_of(struct process *p)
{
    for (struct process *up = p->parent; up != NULL; up = up->parent)
        if (up->reaps && up->state == PROCESS_LIVE)
            return up;
    struct process *first = process_find(1);
    return first != p ? first : NULL;
}

static void children_give(struct process *p)
{
    struct process *reaper = reaper_of(p);

    for (unsigned i = 1; i < process_top; i++) {
        struct process *child = &processes[i];
        if (child->state == PROCESS_FREE || child->parent != p)
            continue;
        child->parent = reaper;
        child->adopted = true;
        if (child->state == PROCESS_ZOMBIE)
            zombie_tell(child);
    }
}

void wait_ended(struct process *p)
{
    children_give(p);
    if (p->has_vfork_parent) {
        p->has_vfork_parent = false;
        (void)proc_fork_answer(&p->vfork_parent, p->pid);
    }
    zombie_tell(p);
}

void wait_changed(struct process *p)
{
    if (p->parent == NULL)
        return;
    if (!children_are(p->parent, UNIX_CHILDREN_NOT_STOPPED))
        parent_signal(p, p->stopped ? CLD_STOPPED : CLD_CONTINUED,
                      p->stopped ? p->stop_signal : SIGNAL_CONTINUE);
    waiters_look(p->parent);
}

void waits_forget(struct process *p)
{
    for (unsigned i = 0; i < WAITERS; i++)
        if (waiter[i].process == p)
            waiter_forget(&waiter[i]);
}

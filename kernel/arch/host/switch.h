/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread switch and ways out as the fast paths have them; here they just answer. */
#pragma once

#include "sched.h"

static inline void arch_set_timer_apart(void)
{
    arch_timer_set(this_cpu()->now, this_cpu()->timer_deadline);
}

/* As arch_switch(), between two threads with good address spaces; `to` becomes current. */
static inline void arch_fast_switch(struct tcb *from, struct tcb *to)
{
    this_cpu()->current = to;
    arch_switch(from, to);
}

static inline struct tcb *arch_fast_exit(struct tcb *t)
{
    return t;
}

static inline struct tcb *arch_message_exit(word_t badge, word_t tag, struct tcb *from,
                                            const void *reply, struct tcb *t)
{
    (void)from, (void)reply;
    arch_set_badge(t, badge);
    arch_set_tag(t, tag);
    return t;
}

static inline struct tcb *arch_switch_exit(struct tcb *t, struct tcb *from)
{
    (void)from;
    return t;
}

static inline struct tcb *arch_same_exit(struct tcb *t)
{
    return t;
}

static inline struct tcb *arch_answer_exit(struct tcb *t)
{
    return t;
}

static inline struct tcb *arch_fast_missed(void)
{
    return NULL;
}

static inline struct tcb *arch_call_missed(void)
{
    return NULL;
}

static inline struct tcb *arch_exit(void)
{
    return this_cpu()->current;
}

static inline struct tcb *arch_blocked_exit(struct tcb *t, struct tcb *from)
{
    (void)from;
    return t;
}

static inline void arch_entered_by_call(struct tcb *t)
{
    (void)t;
}

/*
 * What the entry code does: the fast path of the system call that t's registers hold. The thread
 * that goes on; NULL: it was missed.
 */
struct tcb *host_fast_call(struct tcb *t, sword_t number);

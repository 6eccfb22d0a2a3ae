/* SPDX-License-Identifier: BSD-2-Clause */
/* What several of the fast paths end with, or use beside the shortest way. */
#include "fastpath_priv.h"

#include "refill.h"

bool fastpath_is_off;

APART struct slot *fast_lookup_multilevel(const struct tcb *t, cptr_t address)
{
    struct lookup_failure why;

    /* must: a foreign system call is another's; one who was interrupted does not wait */
    return !t->fast.is_special || (arch_is_native_call(t) && !t->is_interrupted)
               ? cspace_lookup(t, address, &why)
               : NULL;
}

APART void fast_pass_message(word_t tag, const struct tcb *from, struct tcb *to, word_t badge)
{
    copy_message(tag, from, to);
    arch_set_badge(to, badge);
    arch_set_tag(to, tag);
}

APART void fast_wake_behind(const struct tcb *t, struct tcb *to, bool is_first)
{
    tcb_set_runnable(to);
    ready_put(ready_in(this_cpu(), to->domain), to, is_first || to->prio != t->prio);
}

APART struct tcb *fast_blocked(struct cpu *cpu, struct tcb *t, struct tcb *next)
{
    fast_switch(cpu, t, next);
    return arch_blocked_exit(next, t);
}

APART struct tcb *fast_message_exit_set_timer(word_t badge, word_t tag, struct tcb *to)
{
    sched_set_timer();
    return arch_message_exit(badge, tag, checked(to));
}

APART struct tcb *fast_message_exit_leave_queue(word_t badge, word_t tag, struct tcb *to)
{
    waitq_remove_receiver(to->wait_q, to);
    return fast_message_exit_set_timer(badge, tag, to);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What several of the fast paths end with, or use beside the shortest way. */
#include "fastpath_priv.h"

#include "refill.h"

bool fastpath_is_off;

APART struct slot *fast_lookup_multilevel(const struct tcb *t, cptr_t address)
{
    struct lookup_failure why;

    /* must: a foreign system call is another's; one who was interrupted does not wait */
    return !t->fast.is_special || (!fastpath_is_off && arch_is_native_call(t) && !t->is_interrupted)
               ? cspace_resolve(t->slots[TCB_CSPACE].cap, address, WORD_BITS, &why).slot
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

APART struct tcb *fast_blocked(struct tcb *t, struct tcb *next)
{
    fast_switch(t, next);
    return arch_blocked_exit(next, t);
}

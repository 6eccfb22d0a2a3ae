/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is beyond the public interface.
 *
 *     call_until    a call with a deadline to a passive server that waits: as without one, since
 *                   that counts when the caller's context is home
 *     fast_recv_until    receives and waits with one (fastpath_receive.c)
 */
#include "fastpath_priv.h"

#include "entry.h"
#include "outcome.h"

/* t calls through the capability in slot, until its deadline. */
static struct tcb *call_until(struct tcb *t, const struct slot *slot, word_t tag)
{
    const struct tcb *to;

    if (!(slot->cap.w0 & CAP_CAN_CALL)) /* must: no endpoint */
        return arch_fast_missed();
    to = ((struct waitq *)cap_ptr(slot->cap))->head;
    if (to == NULL || to->state != THREAD_ON_RECV_FAST || /* both speed: it counts at once */
        !is_most_important(this_cpu(), to) ||             /* must: another one runs first */
        !can_copy(tag, t, to))                            /* speed: capabilities, or it is cut */
        return arch_fast_missed();
    outcome_note(t, arch_deadline_reg(t));
    return fastpath_call(arch_cap_reg(t), tag, 0, t);
}

struct tcb *fastpath_extended(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    struct slot *slot;

    if (number >= 0) {
        entry_unknown(t, number);
        return arch_exit();
    }
    if (number != (sword_t)MYELIN_SYS_CALL && ready_in(this_cpu(), t->domain)->top < 0) {
        arch_entered_by_call(t);
        entry_syscall(number); /* speed: idle, most likely, and nothing would be saved */
        return arch_exit();
    }
    if (number < (sword_t)MYELIN_SYS_WAIT || !lookup_one_level(t, address, &slot))
        return arch_fast_missed(); /* speed: another call; must: perhaps nowhere */
    return number == (sword_t)MYELIN_SYS_CALL ? call_until(t, slot, tag)
                                              : fast_recv_until(t, slot, number);
}

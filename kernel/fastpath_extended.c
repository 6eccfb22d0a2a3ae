/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is beyond the public interface.
 *
 *     fastpath_call_until    a call with a deadline to a passive server that waits: as without one,
 *                            since that counts when the caller's context is home
 *     fastpath_recv_until    receives and waits with one (fastpath_receive.c)
 */
#include "fastpath_priv.h"

#include "entry.h"
#include "outcome.h"

struct tcb *fastpath_call_until(struct slot *slot, word_t tag, sword_t number, struct tcb *t)
{
    const struct tcb *to;

    (void)number;
    if (!(slot->cap.w0 & CAP_CAN_CALL)) /* must: no endpoint */
        return arch_fast_missed();
    to = ((struct waitq *)cap_ptr(slot->cap))->head;
    if (to == NULL || to->state != THREAD_ON_RECV_FAST || /* both speed: it counts at once */
        !is_most_important(to) ||                         /* must: another one runs first */
        !can_copy(tag, t, to))                            /* speed: capabilities, or it is cut */
        return arch_fast_missed();
    outcome_note(t, arch_deadline_reg(t));
    return fastpath_call(slot, tag, t);
}

struct tcb *fastpath_unknown(struct tcb *t, sword_t number)
{
    if (number < 0 || fastpath_is_off)
        return arch_fast_missed();
    entry_unknown(t, number);
    return arch_exit();
}

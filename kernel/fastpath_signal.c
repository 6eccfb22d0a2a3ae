/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seL4_Send and seL4_NBSend: signals, and messages without an answer; the signals of interrupts.
 *
 * All that find somebody waiting end in wake(), or where everything is simple in wake_fast(),
 * which is compiled for signals and for messages.
 */
#include "fastpath_priv.h"

#include "notification.h"
#include "release.h"

/*
 * The context that `to`, which waits, goes on with: its own, or, signalled, its bound
 * notification's.
 */
static struct sched_context *time_of(const struct tcb *to, bool has_message)
{
    struct sched_context *lent;

    if (to->sc != NULL)
        return to->sc;
    lent = !has_message && tcb_is_receiving(to) && to->bound != NULL ? to->bound->sc : NULL;
    return lent != NULL && lent->tcb == NULL ? lent : NULL;
}

/*
 * Wake `to`: it goes on, and t (current, or idle) is queued, or the other way round. has_message: t
 * sends one, which can be copied. Answers who goes on; NULL: nothing is done.
 */
APART static struct tcb *wake(struct tcb *t, struct tcb *to, word_t badge, bool has_message)
{
    bool is_receiver = tcb_is_receiving(to), is_first = t == this_cpu()->idle || to->prio > t->prio;
    struct sched_context *sc = time_of(to, has_message);

    if (sc == NULL || /* must: nothing to run on */
        !can_be_resumed(to, OBSTACLE_DEADLINE) ||
        (is_first ? !sched_hand_over(sc)
                  : to->sc == NULL || /* must: its budget counts from now */
                        !has_budget(to)))
        return NULL;
    if (unlikely(to->sc == NULL)) {
        sched_context_give(sc, to);
        to->has_lost_time = false;
    }
    if (unlikely(to->obstacles != 0))
        release_remove(to); /* its deadline */
    if (is_first) {
        if (t != this_cpu()->idle)
            ready_put(ready_in(this_cpu(), t->domain), t, true); /* its timeslice isn't over */
        tcb_set_runnable(to);
        arch_fast_switch(t, to);
    } else {
        fast_wake_behind(t, to, false);
    }
    if (has_message)
        fast_pass_message(arch_tag(t) & ~TAG_UNWRAPPED, t, to, badge);
    else
        arch_set_badge(to, badge);
    if (is_receiver && to->reply != NULL)
        to->reply->caller = NULL;
    waitq_remove_receiver(to->wait_q, to);
    return is_first ? to : t;
}

/* The end of a wake-up by t: `to` goes on (is_switch) or is ready; of a call, with an exit. */
INLINE struct tcb *wake_done(struct tcb *t, struct tcb *to, bool is_switch, bool is_call)
{
    if (!is_call)
        return is_switch ? to : t;
    check_all();
    return is_switch ? arch_switch_exit(to, t) : arch_same_exit(t);
}

/* The same where others wait in the queue, too, or `to` has a deadline. */
APART static struct tcb *wake_done_rarely(struct tcb *t, struct tcb *to, bool is_switch,
                                          bool is_call)
{
    if (to->obstacles != 0)
        release_remove(to);
    tcb_set_runnable(to);
    waitq_remove_receiver(to->wait_q, to);
    return wake_done(t, to, is_switch, is_call);
}

/* Any wake-up by a call. */
APART static struct tcb *call_wakes(struct tcb *t, struct tcb *to, word_t badge, bool has_message)
{
    struct tcb *next = wake(t, to, badge, has_message);

    if (next == NULL)
        return arch_fast_missed();
    if (next != t)
        arch_entered_by_call(t);
    return wake_done(t, to, next != t, true);
}

/* The rest of wake_fast(). */
INLINE struct tcb *wake_end(struct tcb *t, struct tcb *to, word_t badge, bool has_message,
                            bool is_receiver, bool is_call, bool is_switch)
{
    if (has_message) {
        copy_message(arch_tag(t), t, to);
        arch_set_tag(to, arch_tag(t));
    }
    arch_set_badge(to, badge);
    if (is_receiver && to->reply != NULL)
        to->reply->caller = NULL;
    if (unlikely(to->wait_q->tree != NULL || (!has_message && to->obstacles != 0)))
        return wake_done_rarely(t, to, is_switch, is_call);
    to->wait_q->head = NULL;
    tcb_set_runnable(to);
    return wake_done(t, to, is_switch, is_call);
}

/*
 * A wake-up of `to`, which is fast-wake eligible, while t, not idle, is current; is_call: by a
 * call, whose tag is as `to` gets it if it has_message.
 */
INLINE struct tcb *wake_fast(struct tcb *t, struct tcb *to, word_t badge, bool has_message,
                             bool is_receiver, bool is_call)
{
    struct timeslice slice;

    if (to->prio <= t->prio) {
        ready_put(ready_in(this_cpu(), to->domain), to, to->prio != t->prio);
        return wake_end(t, to, badge, has_message, is_receiver, is_call, false);
    }
    if (!timeslice_measure(&slice))
        return is_call ? call_wakes(t, to, badge, has_message) : wake(t, to, badge, false);
    timeslice_end(&slice, to->sc);
    ready_put(ready_in(this_cpu(), t->domain), t, true); /* its timeslice isn't over */
    if (is_call)
        arch_entered_by_call(t);
    arch_fast_switch(t, to);
    return wake_end(t, to, badge, has_message, is_receiver, is_call, true);
}

struct tcb *fastpath_notify(struct tcb *t, struct notification *n, word_t badge)
{
    struct tcb *to = notification_waiter(n);

    if (to == NULL) {
        notification_keep(n, badge);
        return t;
    }
    if (likely(can_fast_wake(to) && t != this_cpu()->idle))
        return wake_fast(t, to, badge, false, tcb_is_receiving(to), false);
    return wake(t, to, badge, false);
}

/* t signals a notification in whose queue `to` is the first. */
APART static struct tcb *signal_waiter(struct tcb *t, struct tcb *to, word_t badge)
{
    if (likely(can_fast_wake(to)))
        return wake_fast(t, to, badge, false, false, true);
    return call_wakes(t, to, badge, false);
}

/* t signals the notification that c can_signal. */
INLINE struct tcb *signal(struct tcb *t, struct cap c)
{
    struct notification *n = cap_ptr(c);
    struct tcb *to = n->queue.head;

    if (to != NULL)
        return signal_waiter(t, to, c.w1);
    to = notification_waiter(n);
    if (to != NULL)
        return call_wakes(t, to, c.w1, false);
    notification_keep(n, c.w1);
    return arch_same_exit(checked(t));
}

/* The same where the tag counts capabilities: nobody gets them, but they have to be there. */
APART static struct tcb *signal_with_caps(struct tcb *t, const struct slot *slot, word_t tag)
{
    if (t->ipc_source != NULL && /* then it has none */
        !has_caps(t, msg_caps(tag)))
        return arch_fast_missed();
    return signal(t, slot->cap);
}

/* t sends to the endpoint in slot. Parameters in the order of fastpath_send(). */
APART static struct tcb *send_message(const struct slot *slot, word_t tag, sword_t number,
                                      struct tcb *t)
{
    struct cap c = slot->cap;
    struct tcb *to = ((struct waitq *)cap_ptr(c))->head;

    if (to != NULL && likely(can_fast_wake(to)) && can_copy(tag, t, to))
        return wake_fast(t, to, c.w1, true, true, true);
    if (to == NULL || to->state == THREAD_ON_SEND)
        return number == SYS_NB_SEND ? arch_same_exit(checked(t)) /* nobody hears it */
                                     : arch_fast_missed();        /* speed: it waits */
    if (!can_copy(tag & ~TAG_UNWRAPPED, t, to)) /* speed: capabilities, or it is cut */
        return arch_fast_missed();
    return call_wakes(t, to, c.w1, true);
}

struct tcb *fastpath_send(struct slot *slot, word_t tag, sword_t number, struct tcb *t)
{
    if (slot->cap.w0 & CAP_CAN_SIGNAL)
        return likely(msg_caps(tag) == 0) ? signal(t, slot->cap) : signal_with_caps(t, slot, tag);
    if (slot_is_empty(slot) && number == SYS_NB_SEND)
        return arch_same_exit(checked(t)); /* nobody hears it */
    if (cap_is(slot->cap, CAP_ENDPOINT) && cap_has(slot->cap, RIGHT_WRITE))
        return send_message(slot, tag, number, t);
    return arch_fast_missed(); /* must: refused, or a request that concerns others */
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seL4_Call, and faults, which look like calls.
 *
 *     fastpath_call       the shortest way: a passive server waits (ON_RECV_FAST), alone, nobody
 *                         ready is more important, and the message has no words. The caller's
 *                         context goes along, so that no clock is read and no timer set
 *     call_with_message   the same with words
 *     call_round_robin    the server has a context of its own and is fast-wake eligible (T-6), and
 *                         the caller's context is round robin, too: the clock is read, and little
 *                         asked
 *     call_general        any contexts, with capabilities; or nobody waits yet
 *     call_object         a request to an object that concerns neither time nor other threads
 */
#include "fastpath_priv.h"

#include "endpoint.h"
#include "entry.h"
#include "fault.h"
#include "portal.h"
#include "schedctx.h"

/* Has `to`, which waits, time of its own for a call? It is handed over by this then. */
APART static bool take_own_time(struct tcb *to)
{
    return to->state == THREAD_ON_RECV && /* must: it sends, too */
           to->reply != NULL &&           /* speed: the caller stops for good */
           to->sc != NULL &&              /* must: nothing to run on */
           can_be_resumed(to, 0) && sched_hand_over(to->sc);
}

/*
 * `to` waits for calls. If it can be called now, it has time: its caller's, whose context goes
 * along, or its own. Else nothing is done, and false answered; so this is asked last.
 */
INLINE bool take_time_for_call(struct tcb *to)
{
    return is_most_important(to) && /* must: another one runs first */
           (to->state == THREAD_ON_RECV_FAST || take_own_time(to));
}

/*
 * `to`, which has time for it, leaves its queue and takes over; t waits for it to answer, in
 * `state` if its context goes along.
 */
INLINE void take_call(struct tcb *t, struct tcb *to, enum thread_state state)
{
    waitq_remove_receiver(to->wait_q, to);
    if (to->sc == NULL) {
        reply_lend(to->reply, t, to);
    } else {
        to->reply->sc = NULL;
        t->can_fast_wake = state == THREAD_ON_REPLY_FAST && t->sc->is_round_robin;
        state = THREAD_ON_REPLY;
    }
    wait_for_answer(t, to, to->reply, state);
    arch_fast_switch(t, to);
}

/* t waits for somebody to receive its call through c. */
APART static struct tcb *queue_call(struct tcb *t, struct cap c)
{
    struct tcb *next = sched_block_fast();

    if (next == NULL) /* see there */
        return arch_call_missed();
    endpoint_queue_sender(t, c, true);
    return fast_blocked(t, next);
}

/*
 * The same where the server is known, and has run out of what its caller has lent it: it goes on
 * with t's context, and that goes home (portal_help()).
 */
APART static struct tcb *call_helping(struct tcb *t, struct cap c)
{
    struct portal *p = cap_ptr(c);
    struct sched_context *sc = t->sc, *old;
    struct tcb *server = p->server, *caller;

    if (server == NULL || !server->is_waiting_budget || /* both speed: it is not so near */
        p->endpoint.queue.head != NULL)                 /* must: another one is to help */
        return arch_call_missed();
    old = server->sc;
    if (old->reply == NULL || old->home != NULL || /* both speed: it is not as simple */
        sc->reply != NULL || sc->home != NULL || t->lent != NULL ||  /* all must: or the same */
        refill_first(old)->time <= arch_now() + kernel_wcet_ticks || /* must: it has budget again */
        !refill_covers(sc, 0) ||                                     /* must: it is no help */
        !is_most_important(server)) /* must: another one runs first */
        return arch_call_missed();
    caller = old->reply->caller;
    if (caller->sc != NULL || caller->obstacles != 0 || /* speed: nobody's then; must: it may end */
        caller->wait_kind & WAIT_DEADLINE)              /* must: that counts then */
        return arch_call_missed();
    release_remove(server);
    sched_context_give(old, reply_pop(old->reply));
    caller->obstacles = OBSTACLE_HELPED;
    caller->has_lost_time = false;
    endpoint_queue_sender(t, c, true);
    t->wait_kind |= WAIT_AT_PORTAL;
    t->obstacles = OBSTACLE_HELPING;
    t->sc = NULL;
    sched_context_give(sc, server);
    sched_context_set_home(sc, t, NULL);
    fast_switch(t, server);
    return arch_exit();
}

APART static struct tcb *call_general(const struct slot *slot, word_t tag, struct tcb *t)
{
    struct cap c = slot->cap;
    struct tcb *to = ((struct waitq *)cap_ptr(c))->head;
    word_t plain = tag & ~TAG_CAPS;
    unsigned count = msg_caps(tag);

    if (to == NULL || to->state == THREAD_ON_SEND)
        return count != 0          ? arch_call_missed() /* must: perhaps nowhere */
               : c.w0 & CAP_PORTAL ? call_helping(t, c)
                                   : queue_call(t, c);
    if (!can_copy(plain, t, to) ||                  /* speed: it is cut */
        (count != 0 && (!cap_has(c, RIGHT_GRANT) || /* speed: they stay behind */
                        !has_caps(t, count))) ||
        !take_time_for_call(to))
        return arch_call_missed();
    fast_pass_message(plain, t, to, c.w1);
    if (count != 0)
        arch_set_tag(to, plain | message_copy_caps(t, to, cap_ptr(c)));
    take_call(t, to, THREAD_ON_REPLY_FAST);
    return arch_fast_exit(checked(to));
}

APART static struct tcb *call_round_robin(const struct slot *slot, word_t tag, struct tcb *t,
                                          struct tcb *to)
{
    struct timeslice slice;

    if (to->reply == NULL ||      /* speed: the caller stops for good */
        !is_most_important(to) || /* must: another one runs first */
        !timeslice_measure(&slice) ||
        !copy_message(tag, t, to)) /* speed: capabilities, or it is cut */
        return call_general(slot, tag, t);
    timeslice_end(&slice, to->sc);
    to->reply->sc = NULL;
    wait_for_answer(t, to, to->reply, THREAD_ON_REPLY);
    t->can_fast_wake = true;
    to->wait_q->head = NULL;
    arch_fast_switch(t, to);
    return arch_message_exit(slot->cap.w1, tag, t, to->reply, checked(to));
}

/* In a scope of its own: what is on the stack must be gone when call_object() jumps on. */
static inline bool request(struct tcb *t, struct slot *slot, word_t tag)
{
    unsigned type = cap_type(slot->cap), count = msg_caps(tag);
    struct inv inv;

    return (type >= CAP_ARCH_FIRST || type == CAP_CNODE || type == CAP_UNTYPED) &&
           (count == 0 || find_caps(t, count, inv.extra)) && entry_object(&inv, t, slot, tag);
}

APART static struct tcb *call_object(struct slot *slot, word_t tag, struct tcb *t)
{
    if (!request(t, slot, tag)) /* must: another thread may run then, or nothing is there */
        return arch_call_missed();
    return arch_answer_exit(checked(t));
}

/* The end of the shortest way: `to`, which alone waits at q, has the message. */
INLINE struct tcb *call_passive(const struct slot *slot, word_t tag, struct tcb *t, struct tcb *to,
                                struct waitq *q)
{
    struct reply *reply = to->reply;

    q->head = NULL;
    reply_lend(reply, t, to);
    wait_for_answer(t, to, reply, THREAD_ON_REPLY_FAST);
    arch_fast_switch(t, to);
    return arch_message_exit(slot->cap.w1, tag, t, reply, checked(to));
}

/* A way of its own, so that the one without a message need not make room for copying it. */
APART static struct tcb *call_with_message(const struct slot *slot, word_t tag, struct tcb *t,
                                           struct tcb *to)
{
    if (!message_copy_words(tag & MASK(TAG_LOW_BITS), t,
                            to)) /* speed: capabilities, or it is cut */
        return call_general(slot, arch_tag(t), t);
    return call_passive(slot, arch_tag(t), t, to, to->wait_q);
}

struct tcb *fastpath_call(struct slot *slot, word_t tag, struct tcb *t)
{
    struct waitq *q;
    struct tcb *to;

    if (unlikely(!(slot->cap.w0 & CAP_CAN_CALL)))
        return call_object(slot, tag, t);
    q = cap_ptr(slot->cap); /* an endpoint is its queue */
    to = q->head;
    if (unlikely(to == NULL || q->tree != NULL)) /* speed: `to` leaves others behind */
        return call_general(slot, tag, t);
    if (unlikely(to->state != THREAD_ON_RECV_FAST || !is_most_important(to)))
        return can_fast_wake(to) ? call_round_robin(slot, tag, t, to) : call_general(slot, tag, t);
    if (unlikely((tag & MASK(TAG_LOW_BITS)) != 0))
        return call_with_message(slot, tag, t, to);
    return call_passive(slot, tag, t, to, q);
}

bool fastpath_fault(struct tcb *t, unsigned type)
{
    struct cap c = t->slots[TCB_FAULT_EP].cap;
    struct tcb *to;

    if (unlikely(!(c.w0 & CAP_CAN_CALL) || fastpath_is_off)) /* must: nobody is told */
        return false;
    to = ((struct waitq *)cap_ptr(c))->head;
    if (unlikely(to == NULL || /* speed: it waits for its handler */
                 !take_time_for_call(to)))
        return false;
    t->fault.type = (uint8_t)type;
    arch_set_tag(to, msg_make(type, 0, 0, fault_write_message(t, to)));
    arch_set_badge(to, c.w1);
    take_call(t, to, THREAD_ON_REPLY);
    return arch_fast_exit(checked(to)) != NULL;
}

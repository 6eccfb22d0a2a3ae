/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seL4_ReplyRecv, and answers that were put off.
 *
 *     fastpath_reply_recv    the shortest way: the caller waits in ON_REPLY_FAST, its context goes
 *                            home, nobody waits to be served, and the message has no words
 *     answer_with_message    the same with words
 *     answer_round_robin     the caller has a context of its own and is fast-wake eligible (T-6),
 *                            and the server's context is round robin, too
 *     answer_general         any contexts, with capabilities, or after a fault
 *     answer_and_take_next   the next caller waits already: the server goes on with its request
 *     fast_recv()            nobody is to be answered
 *     fastpath_answer_owed   an answer alone, to a caller whose context is home already: both go on
 */
#include "fastpath_priv.h"

#include "fault.h"

/* sc, which t has through reply, goes home to caller. */
static inline void return_context(struct reply *reply, struct sched_context *sc, struct tcb *t,
                                  struct tcb *caller)
{
    reply_return(reply, sc);
    t->sc = NULL;
    sched_context_give(sc, caller);
}

/* The same to a caller that may have been given, and lost, another one meanwhile. */
static inline void bring_context(struct reply *reply, struct tcb *t, struct tcb *caller)
{
    return_context(reply, t->sc, t, caller);
    caller->has_lost_time = false;
}

/* t waits at q, where nobody else does, and offers reply (reply.sc is stale then). */
static inline void offer(struct tcb *t, struct waitq *q, struct reply *reply,
                         enum thread_state state)
{
    reply_attach(reply, t);
    tcb_join_empty(t, q);
    t->state = (uint8_t)state;
}

/* Does t's context, which caller lent it, go home while t goes on with that of next? */
static bool swap_contexts(const struct tcb *t, const struct tcb *caller, const struct tcb *next)
{
    return caller->sc == NULL &&                /* must: it has got another */
           caller->prio <= t->prio &&           /* must: it runs at once */
           is_in_domain(caller) &&              /* speed: the queues of another domain */
           arch_space_is_valid(&next->space) && /* must: else it is no ON_REPLY_FAST */
           sched_hand_over(next->sc);
}

/* Does caller wait for the answer with this tag, which t can give, and for nothing else? */
INLINE bool can_go_on(const struct tcb *caller, word_t tag, const struct tcb *t)
{
    return (caller->state == THREAD_ON_REPLY_FAST ||
            (caller->state == THREAD_ON_REPLY &&      /* must: it offers the reply object itself */
             caller->obstacles == 0)) &&              /* must: there is a deadline to forget */
           caller->fault.type == FAULT_NULL &&        /* speed: no message to copy */
           can_copy(tag & ~TAG_UNWRAPPED, t, caller); /* speed: capabilities, or it is cut */
}

/* Can caller, answered through reply, be ready on its own context while t goes on? */
INLINE bool can_be_ready(const struct tcb *caller, const struct reply *reply, const struct tcb *t)
{
    return caller->sc != NULL &&    /* must: nothing to run on */
           !reply_is_lent(reply) && /* speed: a stack is cut */
           can_be_made_ready(t, caller);
}

APART static struct tcb *answer_and_take_next(struct tcb *next, word_t tag, struct tcb *t,
                                              struct reply *reply)
{
    struct tcb *caller = reply->caller;
    struct sched_context *sc = t->sc;
    bool is_lent = sc->reply == reply;

    if (!can_go_on(caller, tag, t) || !fast_can_take(t, next, reply) ||
        !(next->wait_kind & WAIT_CALL)) /* speed: it goes on, too */
        return arch_fast_missed();
    if (is_lent ? !swap_contexts(t, caller, next) : !can_be_ready(caller, reply, t))
        return arch_fast_missed();
    fast_pass_message(tag & ~TAG_UNWRAPPED, t, caller, 0);
    waitq_remove(next);
    fast_pass_message(arch_tag(next) & ~TAG_UNWRAPPED, next, t, next->wait_badge);
    reply->sc = NULL;
    if (is_lent) {
        bring_context(reply, t, caller);
        reply_lend(reply, next, t);
    }
    fast_wake_behind(t, caller, is_lent);
    wait_for_answer(next, t, reply,
                    is_lent && next->obstacles == 0 ? THREAD_ON_REPLY_FAST : THREAD_ON_REPLY);
    return arch_answer_exit(checked(t));
}

/* Can t's answer with capabilities be given to caller, and has it any? */
APART static bool can_answer_caps(word_t tag, const struct tcb *t, const struct tcb *caller)
{
    struct lookup_failure why;
    const struct slot *reply_slot = cspace_lookup(t, arch_reply_reg(t), &why); /* there */
    unsigned count = msg_caps(tag);

    return count != 0 && cap_has(reply_slot->cap, RIGHT_GRANT) && /* speed: they stay behind */
           can_copy(tag & ~TAG_CAPS, t, caller) &&                /* speed: it is cut */
           has_caps(t, count);
}

/* Is the answer with this tag to a fault of this type just that the thread goes on? */
static bool can_answer_fault(word_t tag, unsigned type)
{
    return msg_label(tag) == 0 && /* must: it may have to stay where it is */
           msg_caps(tag) == 0 &&  /* must: they may be nowhere */
           /* speed: more is to be done */
           (type == FAULT_VM || type == FAULT_USER_EXCEPTION || type == FAULT_UNKNOWN_SYSCALL);
}

/* Nobody waits at q, and nothing is pending for t. */
APART static struct tcb *answer_general(struct waitq *q, word_t tag, struct tcb *t,
                                        struct reply *reply)
{
    struct tcb *caller = reply->caller;
    unsigned fault = caller->fault.type;
    bool is_lent = caller->sc == NULL;

    if (fault != FAULT_NULL
            ? !can_answer_fault(tag, fault)
            : !can_copy(tag & ~TAG_UNWRAPPED, t, caller) && !can_answer_caps(tag, t, caller))
        return arch_fast_missed();
    if (!tcb_is_on_reply(caller) ||             /* must: it offers reply itself */
        !is_most_important(caller) ||           /* must: another one runs first */
        !arch_space_is_valid(&caller->space) || /* must: nowhere to run */
        caller->obstacles != 0)                 /* must: an exit for calls would be wrong */
        return arch_fast_missed();
    if (is_lent ? t->sc->reply != reply /* must: the context that comes home is another */
                : reply_is_lent(reply) || !sched_hand_over(caller->sc)) /* speed: a stack is cut */
        return arch_fast_missed();
    if (fault != FAULT_NULL) {
        fault_answer(t, caller);
    } else {
        fast_pass_message(tag & ~TAG_CAPS, t, caller, 0);
        if (unlikely(msg_caps(tag) != 0))
            arch_set_tag(caller, arch_tag(caller) | message_copy_caps(t, caller, NULL));
    }
    if (is_lent)
        bring_context(reply, t, caller);
    tcb_set_runnable(caller);
    offer(t, q, reply, is_lent ? THREAD_ON_RECV_FAST : THREAD_ON_RECV);
    t->can_fast_wake = !is_lent && t->sc->is_round_robin;
    arch_fast_switch(t, caller);
    check_all();
    return fault != FAULT_NULL ? arch_exit() : arch_fast_exit(caller);
}

APART static struct tcb *answer_round_robin(struct waitq *q, word_t tag, struct tcb *t,
                                            struct reply *reply)
{
    struct tcb *caller = reply->caller;
    struct timeslice slice;

    if (caller->state != THREAD_ON_REPLY || /* must: it offers reply itself */
        !is_most_important(caller) ||       /* must: another one runs first */
        !timeslice_measure(&slice) ||
        !copy_message(tag, t, caller)) /* speed: capabilities, or it is cut */
        return answer_general(q, tag, t, reply);
    timeslice_end(&slice, caller->sc);
    tcb_set_runnable(caller);
    offer(t, q, reply, THREAD_ON_RECV);
    t->can_fast_wake = true;
    arch_fast_switch(t, caller);
    return arch_message_exit(0, tag, t, reply, checked(caller));
}

/* Whoever is to be answered, or nobody, and whatever there is to receive. */
APART static struct tcb *reply_recv_general(struct waitq *q, word_t tag, struct tcb *t,
                                            struct reply *reply)
{
    if (reply->caller == NULL)
        return fast_recv(t, q, SYS_RECV, reply);
    if (bound_matters(t)) /* speed: an answer, and a signal */
        return arch_fast_missed();
    return q->head != NULL ? answer_and_take_next(q->head, tag, t, reply)
                           : answer_general(q, tag, t, reply);
}

/* The end of the shortest way: the caller has the message. */
INLINE struct tcb *answer_passive(struct waitq *q, word_t tag, struct tcb *t, struct reply *reply,
                                  struct tcb *caller)
{
    return_context(reply, t->sc, t, caller);
    tcb_set_runnable(caller);
    offer(t, q, reply, THREAD_ON_RECV_FAST);
    arch_fast_switch(t, caller);
    return arch_message_exit(0, tag, t, reply, checked(caller));
}

/* As call_with_message(). */
APART static struct tcb *answer_with_message(struct waitq *q, word_t tag, struct tcb *t,
                                             struct reply *reply)
{
    struct tcb *caller = reply->caller;

    if (!message_copy_words(tag & MASK(TAG_LOW_BITS), t, caller)) /* speed: as there */
        return answer_general(q, arch_tag(t), t, reply);
    return answer_passive(q, arch_tag(t), t, reply, caller);
}

struct tcb *fastpath_reply_recv(const struct slot *slot, word_t tag, struct tcb *t,
                                const struct slot *reply_slot)
{
    struct waitq *q;
    struct reply *reply;
    struct tcb *caller;

    if (unlikely(!(slot->cap.w0 & CAP_CAN_RECV) || /* both must: a fault, or no endpoint */
                 !(reply_slot->cap.w0 & CAP_CAN_REPLY)))
        return arch_fast_missed();
    q = cap_ptr(slot->cap);
    reply = cap_ptr(reply_slot->cap);
    caller = reply->caller;
    if (unlikely(caller == NULL || q->head != NULL || bound_matters(t)))
        return reply_recv_general(q, tag, t, reply);
    if (unlikely(caller->state != THREAD_ON_REPLY_FAST))
        return can_fast_wake(caller) ? answer_round_robin(q, tag, t, reply)
                                     : answer_general(q, tag, t, reply);
    if (unlikely(t->sc->reply != reply || !is_most_important(caller)))
        return answer_general(q, tag, t, reply);
    if (unlikely((tag & MASK(TAG_LOW_BITS)) != 0))
        return answer_with_message(q, tag, t, reply);
    return answer_passive(q, tag, t, reply, caller);
}

struct tcb *fastpath_answer_owed(const struct slot *slot, word_t tag, sword_t number, struct tcb *t)
{
    struct reply *reply = cap_ptr(slot->cap);
    struct tcb *caller;

    (void)number;
    if (!(slot->cap.w0 & CAP_CAN_REPLY)) /* must: a fault */
        return arch_fast_missed();
    caller = reply->caller;
    if (caller == NULL || !can_go_on(caller, tag, t) || !can_be_ready(caller, reply, t))
        return arch_fast_missed();
    reply->caller = NULL;
    fast_pass_message(tag & ~TAG_UNWRAPPED, t, caller, 0);
    fast_wake_behind(t, caller, false);
    return arch_same_exit(checked(t));
}

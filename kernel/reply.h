/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply objects and the call stacks they form: see object.h for the picture. */
#pragma once

#include "schedctx.h"

/* reply and t, which offers it or waits for an answer through it, know each other. */
static inline void reply_attach(struct reply *reply, struct tcb *t)
{
    reply->caller = t;
    t->reply = reply;
}

/* ... and do no longer. */
void reply_detach(struct reply *reply);

/*
 * caller's context goes along with its call to callee, which has none: reply, in no call stack,
 * remembers the way back. Neither is queued or stopped by this.
 */
static inline void reply_lend(struct reply *reply, struct tcb *caller, struct tcb *callee)
{
    struct sched_context *sc = caller->sc;

    if (unlikely(!arch_is_zero(&sc->reply))) {
        reply->next = sc->reply;
        reply->next->prev = reply;
    }
    sc->reply = reply;
    reply->sc = sc;
    caller->sc = NULL;
    sched_context_give(sc, callee);
}

/* reply, the top of sc's call stack, leaves it: the next answer brings sc to the caller before. */
static inline void reply_return(struct reply *reply, struct sched_context *sc)
{
    if (likely(arch_is_zero(&reply->next))) {
        sc->reply = NULL;
    } else {
        sc->reply = reply->next;
        reply->next->prev = NULL;
        reply->next = NULL;
    }
}

/*
 * caller has called callee, who offers reply: block the caller on it; with is_donating, callee
 * (which has no context) gets the caller's context, and the stack remembers the way back.
 */
void reply_await(struct tcb *caller, struct tcb *callee, struct reply *reply, bool is_donating);

/*
 * reply is answered or deleted: its caller no longer waits on it, and gets its context back if that
 * came this way. The caller is left INACTIVE.
 */
void reply_send_home(struct reply *reply);

/*
 * t, ON_REPLY, no longer waits: take its reply object out of the stack. The context stays where it
 * is for now; if t or somebody below is in an extended call, its way home is remembered.
 */
void reply_give_up(struct tcb *t);

/* The same for t whose context is not away; ends no other's wait. */
void reply_leave(struct tcb *t);

/*
 * The calls of a stack from r (or NULL) down, which nothing leads to any more: their context will
 * not come home. Endings that waited for it come about.
 */
void reply_lose_context(struct reply *r);

/* The same for the first extended call and those below; those before keep the context. */
void reply_lose_extended(struct sched_context *sc);

/*
 * What breaks goes on to the calls below, one by one. More than a few of them are put off: those
 * who come first wait in cpu.put_off (OBSTACLE_PUT_OFF), r's caller here, and until all is done no
 * system call begins but on a fast path, and those have to do with no call there.
 */
void reply_put_off(struct reply *r);

/* ... the timer goes off at once, ... */
void reply_hold_up(void);

/* ... and some more of it is done. False: not all yet. */
bool reply_settle(void);

/* reply is being destroyed. */
RARE void reply_destroy(struct reply *reply);

/*
 * sender answers through reply. can_grant: capabilities may go along. False: nobody waited, nothing
 * has happened.
 */
bool reply_answer(struct tcb *sender, struct reply *reply, bool can_grant);

/*
 * reply, which somebody waits on or offers, is needed for something else: an extended call ends
 * with MYELIN_DEAD (its context comes home first), any other wait in being stopped.
 */
RARE void reply_drop(struct reply *reply);

/*
 * Is the context that came with this call, which waits, away, with the one who serves it or further
 * up?
 */
static inline bool reply_is_lent(const struct reply *reply)
{
    return reply->sc != NULL;
}

/*
 * reply, the top of a call stack, leaves it; its caller, answered, goes on waiting for the answer.
 */
struct tcb *reply_pop(struct reply *reply);

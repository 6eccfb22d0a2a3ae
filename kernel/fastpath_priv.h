/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the fast paths share: see fastpath.h. */
#pragma once

#include "check.h"
#include "cspace.h"
#include "fastpath.h"
#include "message.h"
#include "ready.h"
#include "reply.h"
#include "sched.h"
#include "switch.h"
#include "timeslice.h"

/* --- capabilities --- */

/* Does t's root CNode resolve address in one step? Then *slot is where that leads. */
static inline bool lookup_one_level(const struct tcb *t, cptr_t address, struct slot **slot)
{
    if (unlikely(address >= t->fast.cspace_count) && /* must: another level, or nowhere */
        (address >= t->fast.marked_count || !arch_is_native_call(t)))
        return false;
    *slot = t->fast.cspace_slots + arch_masked(address, &t->fast.cspace_mask);
    return true;
}

/*
 * Are the count capabilities that t's message names there, in its root CNode? To be asked only if
 * there are any. found: where their slots go.
 */
INLINE bool find_caps(const struct tcb *t, unsigned count, struct slot **found)
{
    for (unsigned i = 0; i < count; i++)
        if (t->ipc_source == NULL || /* speed: then it has none */
            !lookup_one_level(t, t->ipc_source[BUF_CAPS + i],
                              found + i)) /* must: perhaps nowhere */
            return false;
    return true;
}

INLINE bool has_caps(const struct tcb *t, unsigned count)
{
    struct slot *found[MSG_MAX_CAPS];

    return find_caps(t, count, found);
}

/* --- messages --- */

#define TAG_LOW_BITS 12u /* below the label: length, and what is said of capabilities */
#define TAG_CAPS (MASK(TAG_LOW_BITS) & ~MASK(7)) /* the latter: how many, ... */
#define TAG_UNWRAPPED                                                                              \
    (MASK(TAG_LOW_BITS) & ~MASK(9)) /* ... and a receiver's, a sender's is stale */

/* Can a message with this tag be copied: no capabilities, and not longer than there is room for? */
static inline bool can_copy(word_t tag, const struct tcb *from, const struct tcb *to)
{
    return message_fits(tag & MASK(TAG_LOW_BITS), from, to);
}

/* Copy the words of the message that tag describes. False, and nothing copied: not can_copy(). */
static inline bool copy_message(word_t tag, const struct tcb *from, struct tcb *to)
{
    word_t count = tag & MASK(TAG_LOW_BITS);

    return count == 0 || message_copy_words(count, from, to);
}

/* The same, with all that a message comes with, where can_copy() has said yes. */
void fast_pass_message(word_t tag, const struct tcb *from, struct tcb *to, word_t badge);

/* --- who may run --- */

static inline bool is_in_domain(const struct tcb *t)
{
    return CONFIG_NUM_DOMAINS == 1 || t->domain == this_cpu()->domain;
}

/* May `to` run before everything that is ready? */
static inline bool is_most_important(const struct tcb *to)
{
    return is_in_domain(to) && to->prio >= ready_in(this_cpu(), to->domain)->top;
}

/* Is `to`, which current wakes, fast-wake eligible here and now (T-6)? */
INLINE bool can_fast_wake(const struct tcb *to)
{
    return to->can_fast_wake && is_in_domain(to);
}

/* Can t, which waits, be resumed if it has time? forgotten: OBSTACLE_* that are none. */
static inline bool can_be_resumed(const struct tcb *t, unsigned forgotten)
{
    return arch_space_is_valid(&t->space) &&   /* must: nowhere to run */
           (t->obstacles & ~forgotten) == 0 && /* must: an exit for calls would be wrong */
           is_in_domain(t);                    /* must: it is not its time */
}

/*
 * Can `to` run on its context, as far as can be told without looking at the clock? cpu.now is no
 * later than it.
 */
static inline bool has_budget(const struct tcb *to)
{
    const struct refill *first = refill_first(to->sc);

    return first->amount >= min_budget_ticks && /* must: it waits for budget */
           !to->sc->is_sporadic &&              /* must: its budget counts from now */
           first->time <= this_cpu()->now;      /* must: it waits for budget, perhaps */
}

/* May `to`, which has a context, be ready while t goes on? */
static inline bool can_be_made_ready(const struct tcb *t, const struct tcb *to)
{
    return to->prio <= t->prio && /* must: it runs at once */
           is_in_domain(to) &&    /* speed: the queues of another domain */
           has_budget(to);
}

/* `to`, which can_be_made_ready(), is ready while t goes on. */
void fast_wake_behind(const struct tcb *t, struct tcb *to, bool is_first);

/* --- waiting --- */

/* t waits, in `state`, for `to`, which goes on, to answer through reply. */
static inline void wait_for_answer(struct tcb *t, struct tcb *to, struct reply *reply,
                                   enum thread_state state)
{
    reply_attach(reply, t);
    t->state = (uint8_t)state;
    tcb_set_runnable(to);
}

/* Has t, current and receiving, a signal to take, or its notification's context to give back? */
static inline bool bound_matters(const struct tcb *t)
{
    return !arch_is_zero(&t->bound) && (t->bound->is_active || t->bound->sc == t->sc);
}

/* Can t take what `from` waits to send, with this reply object (NULL: none) for the answer? */
bool fast_can_take(const struct tcb *t, const struct tcb *from, const struct reply *reply);

/* t receives at q, by the system call with that number, and offers reply if that is not NULL. */
struct tcb *fast_recv(struct tcb *t, struct waitq *q, sword_t number, struct reply *reply);

/* t, current, is in a queue now, and next, which cpu is charged for, takes over. */
INLINE void fast_switch(struct tcb *t, struct tcb *next)
{
    arch_entered_by_call(t);
    this_cpu()->current = next;
    arch_switch(t, next);
    check_all();
}

/* The same, and the exit. */
struct tcb *fast_blocked(struct tcb *t, struct tcb *next);

/* --- ends --- */

/* On the way out with t: the invariants are checked in builds that do. */
static inline struct tcb *checked(struct tcb *t)
{
    check_all();
    return t;
}

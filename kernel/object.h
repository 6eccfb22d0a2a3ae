/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small kernel objects. Their public sizes are fixed by the interface; the bytes inside are
 * ours.
 *
 * Reply objects and scheduling contexts form call stacks. When A calls B and B calls C, all on A's
 * context:
 *
 *     sc.reply -> [reply of C, caller B] -next-> [reply of B, caller A] -next-> NULL
 *
 * All of them name the context (reply.sc); prev leads towards the top.
 * reply.sc is the context of whose call stack it is part, or of that which tcb.held of whom
 * the context belongs to begins (P-2), NULL in one that is in none; it is stale in one that nobody
 * waits for, and where the end of a stack that broke is put off (reply.h).
 * reply.caller is NULL, or a thread ON_REPLY whose tcb.reply is this object, or one ON_RECV
 * that offers it.
 * S-1: sc.tcb->sc == sc and tcb.sc->tcb == tcb, both ways. S-2: refills are in time order and sum
 * to the budget.
 */
#pragma once

#include "tcb.h"

struct endpoint {
    struct waitq queue; /* all ON_SEND or all ON_RECV */
};

struct notification {
    struct waitq queue; /* all ON_NOTIFICATION */
    word_t word;        /* signals pending */
    struct tcb *bound;
    struct sched_context *sc;
    bool is_active; /* a signal is pending, even if its word is 0 */
};

struct reply {
    struct tcb *caller;
    struct reply *next;       /* the caller's own caller's object */
    struct reply *prev;       /* towards the top of the call stack */
    struct sched_context *sc; /* */
};

struct refill {
    ticks_t time;   /* usable from */
    ticks_t amount; /* for this long */
};

struct sched_context {
    struct tcb *tcb;     /* who runs on it now */
    struct refill *head; /* first of the ring of refills; never NULL */
    struct reply *reply; /* top of the call stack that it travelled along */
    struct notification *notification;
    struct tcb *yield_from; /* who waits for its consumption (seL4_SchedContext_YieldTo) */
    word_t badge;
    struct tcb *home; /* lent, and no reply object leads back: whose it is; tcb.lent == this */
    ticks_t period;   /* 0: round robin */
    ticks_t budget;
    ticks_t consumed;      /* since last reported */
    uint32_t refill_max;   /* 0: not configured */
    uint32_t refill_count; /* how many there are now; at least one when configured */
    bool is_sporadic;
    bool is_round_robin;
    bool is_simple;          /* round robin, and no home is remembered: for the fast paths */
    struct refill refills[]; /* as many as the object's size leaves room for */
};

#define SCHED_CONTEXT_FLAG_SPORADIC 1u /* seL4_SchedContext_Sporadic */
#define SCHED_CONTEXT_CORE_BYTES 128u  /* with two refills (seL4_CoreSchedContextBytes) */

_Static_assert(sizeof(struct endpoint) <= BIT(ENDPOINT_BITS), "public size");
_Static_assert(sizeof(struct notification) <= BIT(NOTIFICATION_BITS), "public size");
_Static_assert(sizeof(struct reply) <= BIT(REPLY_BITS), "public size");
_Static_assert(sizeof(struct sched_context) + 2 * sizeof(struct refill) <= SCHED_CONTEXT_CORE_BYTES,
               "public size");

/* how many refills an SC object of 2^size_bits bytes has room for */
static inline word_t sched_context_refills(unsigned size_bits)
{
    return 2 + (BIT(size_bits) - SCHED_CONTEXT_CORE_BYTES) / sizeof(struct refill);
}

/* --- making and destroying objects by type: object.c --- */

bool object_type_exists(word_t type);

/*
 * log2 of the size in bytes of an object of this type (which exists); user_bits is the request's
 * size argument.
 */
unsigned object_size_bits(word_t type, unsigned user_bits);

/* The least size argument for this type. */
unsigned object_min_bits(word_t type);

bool object_may_be_device(word_t type);

/*
 * The first capability to an object at p. That to another of the same type and size differs in the
 * address only.
 */
struct cap object_cap(word_t type, paddr_t p, unsigned user_bits, bool is_device);

/* Make the object from zeroed memory at p. */
void object_init(word_t type, paddr_t p);

/* Can the object that c names go without notice: has nobody to do with it but who has a mapping? */
bool object_is_idle(struct cap c);

/*
 * The last capability c to a core object goes away, and the object with it. False: not finished,
 * call again; the object can no longer be used through c.
 */
bool MUST_CHECK object_destroy(struct slot *s);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The budget of a scheduling context as a list of refills: see refill.c. */
#pragma once

#include "arch.h"

#define KERNEL_WCET_US 10u /* no kernel entry takes longer than this between preemption points */
#define MIN_BUDGET_US (2u * KERNEL_WCET_US)
#define MIN_REFILLS 2u
/* more are not made use of, so that nothing takes longer than going through these */
#define MAX_REFILLS 128u

struct refill_params {
    ticks_t budget;
    ticks_t period; /* equal to budget: round robin */
    word_t refill_max;
};

/* Both in ticks, set once by refill_init(). */
extern ticks_t kernel_wcet_ticks;
extern ticks_t min_budget_ticks;
void refill_init(void);

static inline bool sched_context_is_configured(const struct sched_context *sc)
{
    return sc->refill_max != 0;
}

static inline struct refill *refill_first(const struct sched_context *sc)
{
    return sc->head;
}

/* Give sc, whatever it had, one full refill that is ready now. */
RARE void refill_start(struct sched_context *sc, const struct refill_params *p);

/* Change the parameters of sc, which is in use: what is left of the head refill stays. */
RARE void refill_change(struct sched_context *sc, const struct refill_params *p);

/* May the head be used now? */
bool refill_is_due(struct sched_context *sc);

/* Is there enough in the head, after usage, to be worth running? */
bool refill_covers(struct sched_context *sc, ticks_t usage);

/* Can somebody run on sc now? Not if it isn't configured: it has nothing then. */
static inline bool refill_is_ready(struct sched_context *sc)
{
    return refill_is_due(sc) && refill_covers(sc, 0);
}

/*
 * Take usage out of the refills and schedule its return; round robin: it comes back with the next
 * timeslice.
 */
void refill_charge(struct sched_context *sc, ticks_t usage);

/* Round robin: the timeslice is over, all of the budget is back. Others: as refill_charge(). */
void refill_end_timeslice(struct sched_context *sc, ticks_t usage);

/*
 * sc starts to be used after a pause: what is ready counts from now, and what becomes ready
 * meanwhile joins it. Nothing changes if it is the one that is charged: what has been used of it
 * before now is still to be.
 */
void refill_resume(struct sched_context *sc);

/* In checked builds: panic unless S-2 holds. */
void refill_check(const struct sched_context *sc);

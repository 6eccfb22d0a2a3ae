/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the fast paths end a timeslice (on a round-robin context), for another thread to go on.
 * sched_hand_over() is the same for any contexts, and slower.
 */
#pragma once

#include "refill.h"
#include "switch.h"

/*
 * The running thread's timeslice, measured to end it: the time, what is to be charged, and what its
 * context has left then.
 */
struct timeslice {
    ticks_t now, usage, left;
};

/* Read the clock: does the running thread, on a round-robin context, have some of it left? */
INLINE bool timeslice_measure(struct timeslice *slice)
{
    const struct cpu *cpu = this_cpu();
    const struct sched_context *sc = cpu->sc;

    if (!sc->is_simple) /* speed: refills to charge; must: it may have to go home */
        return false;
    slice->now = arch_now();
    slice->usage = slice->now - cpu->charge_from;
    slice->left = refill_first(sc)->amount - slice->usage;
    /* both must: somebody else runs then */
    return (sword_t)slice->left >= (sword_t)min_budget_ticks &&
           (CONFIG_NUM_DOMAINS == 1 || cpu->domain_left > slice->usage + kernel_wcet_ticks);
}

/*
 * next, whose refill is ready, is charged from now on. All else that the timer is for is no earlier
 * than what it is set to (S-3).
 */
INLINE void timeslice_start(struct cpu *cpu, struct sched_context *next)
{
    ticks_t end = cpu->now + refill_first(next)->amount;

    cpu->sc = next;
    if (unlikely(end < cpu->timer_deadline)) {
        cpu->timer_deadline = end;
        arch_set_timer_apart();
    }
}

/* ... then it is charged, and next, which can run, is from now on. */
INLINE void timeslice_end(const struct timeslice *slice, struct sched_context *next)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = cpu->sc;

    refill_first(sc)->amount = slice->left;
    sc->consumed += slice->usage;
    if (CONFIG_NUM_DOMAINS > 1)
        cpu->domain_left -= slice->usage;
    cpu->now = slice->now;
    cpu->charge_from = slice->now;
    timeslice_start(cpu, next);
}

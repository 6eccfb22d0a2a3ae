/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the fast paths end a turn on a round-robin context, for another thread to go on. sched_hand_over() is the same for any
 * contexts, and slower.
 */
#pragma once

#include "refill.h"

/* The running thread's turn, looked at to end it: the time, what is to be charged, and what its context has left then. */
struct turn {
    ticks_t now, usage, left;
};

/* Read the clock: does the running thread, on a round-robin context, have some of its turn left? */
INLINE bool turn_is_left(const struct cpu *cpu, struct turn *turn)
{
    const struct sched_context *sc = cpu->sc;

    if (!sc->is_round_robin)
        return false;
    turn->now = arch_now();
    turn->usage = turn->now - cpu->charge_from;
    turn->left = refill_head(sc)->amount - turn->usage;
    return (sword_t)turn->left >= (sword_t)min_budget_ticks &&
           (CONFIG_NUM_DOMAINS == 1 || cpu->domain_left > turn->usage + kernel_wcet_ticks);
}

/* ... then it is charged, and next, which can run, is from now on. False: the timer is set too late for next. */
INLINE bool turn_end(struct cpu *cpu, const struct turn *turn, struct sched_context *next)
{
    struct sched_context *sc = cpu->sc;

    refill_head(sc)->amount = turn->left;
    sc->consumed += turn->usage;
    if (CONFIG_NUM_DOMAINS > 1)
        cpu->domain_left -= turn->usage;
    cpu->now = turn->now;
    cpu->charge_from = turn->now;
    cpu->sc = next;
    return turn->now + refill_head(next)->amount >= cpu->timer_deadline;
}

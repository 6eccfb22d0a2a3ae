/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that belongs to one core, in one structure. Reach it through this_cpu() only.
 */
#pragma once

#include "arch_cpu.h"
#include "object.h"

#define TIMER_OFF (~UINT64_C(0))

#define PRIORITIES CONFIG_NUM_PRIORITIES
#define PRIO_WORDS ((PRIORITIES + WORD_BITS - 1) / WORD_BITS)

/*
 * The ready threads of one domain: a circular list per priority and a bitmap of the lists that
 * aren't empty.
 */
struct ready_queues {
    int top; /* the highest priority that is ready, -1: none is */
    word_t bits[PRIO_WORDS];
    struct tcb *head[PRIORITIES];
    struct tree_node *release; /* who waits for budget or a deadline; the first one is the root */
};

struct cpu {
    struct tcb *current; /* never NULL once running */
    /* the context that is being charged (current's, until a switch completes) */
    struct sched_context *sc;
    struct tcb *idle;
    struct tcb *switch_to;  /* chosen by the call itself; NULL: let the scheduler choose */
    struct tcb *to_help;    /* somebody may help it, at the end of this entry; or NULL */
    bool must_schedule;     /* some other thread may have to run */
    bool must_set_timer;    /* the next deadline changed */
    uint8_t domain;         /* whose time it is */
    ticks_t now;            /* at this kernel entry */
    ticks_t timer_deadline; /* the timer is set to this; TIMER_OFF: to nothing */
    ticks_t charge_from;    /* sc has been charged up to here */
    unsigned domain_index;  /* position in the domain schedule */
    unsigned domain_start;  /* where it starts over */
    ticks_t domain_left;    /* what is left of its time; meaningless with one domain */
    ticks_t time_needed;    /* of the running refill to go on: min_budget_ticks, or for ever */
    struct waitq put_off;   /* calls whose stack broke, if they were many (reply.h) */
    unsigned id;            /* 0 .. CONFIG_MAX_NUM_NODES-1 */
    struct ready_queues ready[CONFIG_NUM_DOMAINS];
    struct arch_cpu arch;
};

extern struct cpu cpus[CONFIG_MAX_NUM_NODES];

static inline struct cpu *this_cpu(void)
{
    _Static_assert(CONFIG_MAX_NUM_NODES == 1, "which one is it?");
    return &cpus[0];
}

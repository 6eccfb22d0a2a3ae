/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs: ready queues, who waits for budget, domains, and the last step of every kernel entry.
 * See sched.c.
 */
#pragma once

#include "arch.h"
#include "ready.h"
#include "refill.h"

/* Make the core idle, with the clock going. Once, before the first thread is made. */
void sched_boot(void);

/* Kernel entry: read the clock. Must be called before anything that looks at time. */
void sched_enter(void);

/* What has not been charged yet. */
static inline ticks_t sched_usage(const struct cpu *cpu)
{
    return cpu->now - cpu->charge_from;
}

static inline bool sched_domain_is_over(const struct cpu *cpu)
{
    return CONFIG_NUM_DOMAINS > 1 && sched_usage(cpu) + kernel_wcet_ticks >= cpu->domain_left;
}

/* Is there budget, and domain time, to go on? */
static inline bool sched_has_time(void)
{
    struct cpu *cpu = this_cpu();

    if (cpu->sc == NULL)
        return waitq_is_empty(&cpu->put_off);
    return refill_first(cpu->sc)->amount >= sched_usage(cpu) + cpu->time_needed &&
           !sched_domain_is_over(cpu);
}

/*
 * Go on with the running context if it has enough budget left. If not, it is charged, its timeslice
 * ended, and false answered; the system call that this may be (is_call) will be made again when
 * there is budget. The same where broken call stacks come first (reply.h).
 */
bool sched_end_timeslice(bool is_call); /* its second half */
static inline bool sched_go_on(bool is_call)
{
    return likely(sched_has_time()) || sched_end_timeslice(is_call);
}

/* The timer has gone off: it is set to nothing now. */
void sched_timer_gone_off(void);

/* Last step of a kernel entry: choose the thread, charge and switch contexts, set the timer. */
void sched_exit(void);

/*
 * t became RUNNABLE: if it has a context, run it now if its priority allows, else queue it. A
 * sporadic one starts to be used now.
 */
void sched_wake(struct tcb *t);
/* Put t (runnable, with a ready context) at the front (is_first) or end of its ready queue. */
void sched_enqueue(struct tcb *t, bool is_first);
/* t is no longer ready, and waits for no budget, if it did either. */
void sched_dequeue(struct tcb *t);
/* Give up the choice made so far, let the scheduler choose. */
void sched_reschedule(void);
/*
 * t, current and not charged yet, starts to wait for a message or a signal: is it fast-wake
 * eligible (T-6)?
 */
bool sched_can_fast_wake(const struct tcb *t);
/* At the end of this entry: does somebody lend t time (portal.h), if it can run and has none? */
void sched_help(struct tcb *t);
/* t may no longer run (blocked, suspended, lost its context). */
void sched_stop(struct tcb *t);
/* May t be chosen: RUNNABLE, with a context that is configured and has budget now. */
bool sched_can_run(const struct tcb *t);
RARE void sched_set_prio(struct tcb *t, uint8_t prio);
RARE void sched_set_domain(struct tcb *t, uint8_t domain);
/* Write what the running thread used so far into its context. */
void sched_commit_time(void);
/* sc is being destroyed. */
RARE void sched_forget(struct sched_context *sc);
/* The domain schedule starts over at entry index, now. */
RARE void sched_domain_start(unsigned index);
/* The thread that runs yields the rest of its budget. */
void sched_yield(void);

/*
 * When the timer has to go off: at the end of the running refill or of the domain's time, or when
 * somebody has budget again. S-3: it is set to no later than that when the kernel is left.
 */
static inline ticks_t sched_deadline(const struct cpu *cpu)
{
    ticks_t deadline =
        cpu->sc != NULL ? cpu->charge_from + refill_first(cpu->sc)->amount : TIMER_OFF;

    if (CONFIG_NUM_DOMAINS > 1)
        deadline = min_word(deadline, cpu->charge_from + cpu->domain_left);
    const struct tree_node *first = cpu->ready[CONFIG_NUM_DOMAINS == 1 ? 0 : cpu->domain].release;

    if (unlikely(first != NULL))
        deadline = min_word(deadline, first->rank);
    return deadline;
}

/* Let the timer go off then, or before. */
void sched_set_timer(void);

/*
 * For the fast paths: stop charging the running context and start next, which belongs to the thread
 * that takes over. False, and nothing done: the timeslice of the one or the budget of the other has
 * ended.
 */
bool MUST_CHECK sched_hand_over(struct sched_context *next);

/*
 * ... the current thread is going to wait, and the first of those that are ready, out of its queue
 * now, takes over. NULL: nothing done, nobody is or it is not that simple.
 */
struct tcb *sched_block_fast(void);

/*
 * ... the running round-robin context has its whole timeslice back, and the first of t's queue, or
 * t itself, takes over; NULL: nothing done, not that simple. t: current.
 */
struct tcb *sched_yield_fast(struct tcb *t);

struct domain_slot {
    uint8_t domain;
    ticks_t ticks;
};
extern struct domain_slot domain_schedule[CONFIG_NUM_DOMAIN_SCHEDULES];

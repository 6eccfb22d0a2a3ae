/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: fixed priorities, first come first served within one; a thread runs on the budget
 * of its scheduling context (manual, "MCS Scheduling").
 *
 * Every thread in a ready queue can run at once: it is RUNNABLE, has a context that is configured
 * and whose head refill is ready. The current thread is in no queue. One whose refill is not ready
 * yet waits for budget (release.c); the timer is set to the first of these, to the end of the
 * running refill, or to the end of the domain's time.
 *
 * Within a kernel entry, cpu.switch_to is a candidate that may get the processor without a search,
 * if it turns out to be the best; cpu.must_schedule says that the current thread may not be it.
 * sched_exit() decides.
 *
 * T-1 as in tcb.h, T-3 as in ready.h.
 */
#include "sched.h"

#include "fault.h"
#include "outcome.h"
#include "portal.h"
#include "panic.h"
#include "ready.h"
#include "refill.h"
#include "release.h"
#include "reply.h"
#include "schedctx.h"
#include "timeslice.h"

struct domain_slot domain_schedule[CONFIG_NUM_DOMAIN_SCHEDULES];

/* --- ready queues --- */

void sched_enqueue(struct tcb *t, bool is_first)
{
    assert(!t->is_queued && sched_can_run(t));
    ready_put(ready_in(this_cpu(), t->domain), t, is_first);
}

static void ready_remove(struct tcb *t)
{
    ready_take(ready_in(this_cpu(), t->domain), t);
}

inline void sched_dequeue(struct tcb *t)
{
    if (t->is_queued)
        ready_remove(t);
    if (t->is_waiting_budget)
        release_remove(t);
}

void sched_help(struct tcb *t)
{
    this_cpu()->to_help = t;
    this_cpu()->must_schedule = true; /* so that it is looked at now: it may be gone then */
}

/* t, in no queue, has a context whose next refill is not ready yet. */
static void wait_for_budget(struct tcb *t)
{
    /* borrowed, then: somebody else may lend it some (portal.h) */
    if (unlikely(((word_t)t->sc->reply | (word_t)t->sc->home) != 0))
        sched_help(t);
    t->is_waiting_budget = true;
    release_insert(t, refill_first(t->sc)->time);
}

/* t, RUNNABLE, has nothing to run on for now: it waits for budget, even if it was to run. */
static void postpone(struct tcb *t)
{
    wait_for_budget(t);
    if (this_cpu()->switch_to == t || this_cpu()->current == t)
        sched_reschedule();
}

/* --- who may run, and who shall --- */

inline bool sched_can_run(const struct tcb *t)
{
    return t->state == THREAD_RUNNABLE && t->sc != NULL && sched_context_is_configured(t->sc) &&
           !t->is_waiting_budget;
}

void sched_reschedule(void)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->switch_to;

    cpu->switch_to = NULL;
    cpu->must_schedule = true;
    if (t != NULL && t != cpu->current && !t->is_queued && sched_can_run(t))
        sched_enqueue(t, true);
}

/* t, which can run and has budget: make it the candidate, or queue it. */
static void wake_ready(struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    if (t == cpu->current) {
        cpu->must_schedule = true; /* it may have been stopped and started again */
    } else if (t->domain == cpu->domain && !cpu->must_schedule) {
        cpu->switch_to = t;
        cpu->must_schedule = true;
    } else {
        if (t->domain == cpu->domain)
            sched_reschedule();
        if (!t->is_queued)
            sched_enqueue(t, true);
    }
}

void sched_wake(struct tcb *t)
{
    if (unlikely(t->has_lost_time))
        sched_context_regain(t);
    if (!sched_can_run(t) || t->is_queued)
        return;
    if (t->sc->is_sporadic)
        refill_resume(t->sc);
    if (!refill_is_ready(t->sc))
        postpone(t);
    else
        wake_ready(t);
}

bool sched_can_fast_wake(const struct tcb *t)
{
    const struct sched_context *sc = t->sc;

    return sc != NULL && sc == this_cpu()->sc && sc->is_round_robin && sched_has_time() &&
           arch_space_is_valid(&t->space);
}

void sched_stop(struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    sched_dequeue(t);
    if (t == cpu->switch_to)
        cpu->switch_to = NULL;
    if (t == cpu->current)
        cpu->must_schedule = true;
}

void sched_set_prio(struct tcb *t, uint8_t prio)
{
    bool was_queued = t->is_queued;

    if (was_queued)
        ready_remove(t);
    waitq_set_prio(t, prio);
    if (was_queued)
        wake_ready(t);
    else if (t == this_cpu()->current || t == this_cpu()->switch_to)
        sched_reschedule();
}

void sched_set_domain(struct tcb *t, uint8_t domain)
{
    bool was_queued = t->is_queued, is_timed = tcb_waits_for_time(t),
         has_budget_time = t->is_waiting_budget;

    if (was_queued)
        ready_remove(t);
    if (is_timed)
        release_remove(t);
    t->domain = domain;
    if (was_queued)
        sched_enqueue(t, false);
    if (is_timed) {
        t->is_waiting_budget = has_budget_time;
        release_insert(t, t->release.rank);
    }
    sched_reschedule();
}

/* --- time --- */

inline void sched_enter(void)
{
    this_cpu()->now = arch_now();
}

/* The time that is to be charged to the context; the domain is charged already. */
static ticks_t take_usage(struct cpu *cpu)
{
    ticks_t usage = sched_usage(cpu);

    cpu->charge_from = cpu->now;
    if (CONFIG_NUM_DOMAINS > 1)
        cpu->domain_left -= min_word(usage, cpu->domain_left);
    return usage;
}

void sched_commit_time(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t usage = take_usage(cpu);

    if (cpu->sc == NULL || usage == 0 || !sched_context_is_configured(cpu->sc))
        return;
    refill_charge(cpu->sc, usage);
    cpu->sc->consumed += usage;
}

/*
 * The timeslice of the current thread is over: it waits for budget, its handler is told, or the
 * next of its priority runs.
 */
static void requeue_current(bool may_fault)
{
    struct tcb *t = this_cpu()->current;
    struct sched_context *sc = t->sc;

    if (may_fault && (!sc->is_round_robin || t->extensions & MYELIN_EXT_SLICES) &&
        fault_has_handler(t, TCB_TIMEOUT_EP)) {
        /* slices never run out: helpers would take turns for ever, and nobody be told */
        if (t->portal != NULL && !sc->is_round_robin && portal_help(t))
            return;
        fault_timeout(t);
    } else if (refill_is_ready(sc)) {
        if (!t->is_queued)
            sched_enqueue(t, false);
    } else {
        sched_dequeue(t);
        wait_for_budget(t);
    }
    sched_reschedule();
    this_cpu()->must_set_timer = true;
}

/*
 * Charge the running context what has been used, and give up `rest`, ticks of its head refill; its
 * timeslice is over.
 */
static void charge(struct cpu *cpu, ticks_t rest, bool may_fault)
{
    ticks_t usage = take_usage(cpu);

    refill_end_timeslice(cpu->sc, max_word(usage, rest));
    cpu->sc->consumed += usage;
    requeue_current(may_fault);
}

bool sched_end_timeslice(bool is_call)
{
    struct cpu *cpu = this_cpu();

    if (is_call)
        arch_repeat_call(cpu->current); /* before a fault message shows it */
    if (!waitq_is_empty(&cpu->put_off))
        reply_settle();
    else if (!refill_covers(cpu->sc, sched_usage(cpu))) {
        charge(cpu, 0, true);
    } else {
        sched_commit_time(); /* the domain's time is over */
        sched_reschedule();
    }
    return false;
}

void sched_yield(void)
{
    charge(this_cpu(), refill_first(this_cpu()->sc)->amount, false);
}

void sched_forget(struct sched_context *sc)
{
    if (this_cpu()->sc == sc) {
        sched_commit_time();
        this_cpu()->sc = NULL;
    }
}

/* --- the last step of a kernel entry --- */

/*
 * One at least, and others while the entry has not taken long: what else is due keeps the timer
 * going off at once, with other interrupts in between.
 */
APART static void release_ready(struct cpu *cpu)
{
    const struct ready_queues *q = ready_in(cpu, cpu->domain);

    do {
        struct tcb *t = q->release->thread;
        bool is_budget = t->is_waiting_budget;

        if (is_budget ? !refill_is_due(t->sc) : q->release->rank > cpu->now)
            return;
        release_remove(t);
        if (is_budget) {
            refill_resume(t->sc);
            wake_ready(t);
        } else {
            outcome_expire(t);
        }
    } while (q->release != NULL && arch_now() - cpu->now < kernel_wcet_ticks / 2);
}

static void domain_enter(struct cpu *cpu, unsigned index)
{
    sched_commit_time();
    cpu->domain_index = index;
    cpu->domain = domain_schedule[index].domain;
    cpu->domain_left = domain_schedule[index].ticks;
    cpu->must_set_timer = true;
    arch_domain_entered();
    sched_reschedule();
}

void sched_domain_start(unsigned index)
{
    this_cpu()->domain_start = index;
    domain_enter(this_cpu(), index);
}

/*
 * On to the next entry of the domain schedule if time says so; an end marker (0 ticks) leads back
 * to the start.
 */
static void domain_check(struct cpu *cpu)
{
    unsigned next = cpu->domain_index + 1;

    if (CONFIG_NUM_DOMAINS == 1 || !sched_domain_is_over(cpu))
        return;
    if (next >= CONFIG_NUM_DOMAIN_SCHEDULES || domain_schedule[next].ticks == 0)
        next = cpu->domain_start;
    domain_enter(cpu, next);
}

/*
 * The thread to run: the candidate without a search if nobody is better, else the first of the best
 * queue.
 */
static struct tcb *choose(struct cpu *cpu)
{
    struct tcb *now = cpu->current;
    struct tcb *candidate = cpu->switch_to;
    bool goes_on = !now->is_queued && sched_can_run(now);
    const struct ready_queues *q = ready_in(cpu, cpu->domain);
    struct tcb *first = ready_first(q);

    if (goes_on && !refill_is_ready(now->sc)) {
        wait_for_budget(now); /* it was given a context that has nothing left for now */
        goes_on = false;
    }
    if (goes_on && now->domain == cpu->domain && candidate == NULL &&
        (first == NULL || first->prio < now->prio))
        return now;
    if (goes_on)
        sched_enqueue(now, true); /* it has not used its timeslice up */
    if (candidate != NULL) {
        if ((first == NULL || first->prio <= candidate->prio) &&
            (!goes_on || now->prio < candidate->prio))
            return candidate; /* direct switch */
        /* the one that runs has its timeslice first */
        sched_enqueue(candidate, !goes_on || now->prio != candidate->prio);
    }
    first = ready_first(q);
    if (first == NULL)
        return cpu->idle;
    ready_remove(first);
    return first;
}

/*
 * cpu->to_help has no budget, or had none: if somebody helps it now, it may be the one to run
 * instead of `to`, so that has to be chosen again.
 */
APART static bool is_helped(struct cpu *cpu, struct tcb *to)
{
    struct tcb *t = cpu->to_help;

    cpu->to_help = NULL;
    if (t->state != THREAD_RUNNABLE || !(t->is_waiting_budget || t->sc == NULL))
        return false;
    bool was_queued = to != cpu->idle && to != cpu->current;

    if (was_queued) /* it is ready like others while that happens */
        sched_enqueue(to, true);
    if (portal_help(t))
        return true;
    if (was_queued)
        ready_remove(to);
    return false;
}

/* Charge the context that ran, take the one that will. */
static void switch_context(struct cpu *cpu, struct tcb *to)
{
    struct sched_context *sc = to->sc;

    if (likely(sc == cpu->sc))
        return;
    sched_commit_time();
    if (sc != NULL && !sc->is_sporadic)
        refill_resume(sc);
    cpu->sc = sc;
    cpu->must_set_timer = true;
}

/*
 * Set the timer, unless it will go off before it is needed anyway: then it is set anew when it
 * does. Devices are slow; a superfluous interrupt per timeslice is cheaper than a write per switch.
 */
APART void sched_set_timer(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t deadline = sched_deadline(cpu);

    cpu->must_set_timer = false;
    if (unlikely(deadline < cpu->timer_deadline)) {
        cpu->timer_deadline = deadline;
        arch_timer_set(cpu->now, deadline);
    }
}

void sched_timer_gone_off(void)
{
    this_cpu()->timer_deadline = TIMER_OFF;
    this_cpu()->must_set_timer = true;
}

/* The last of sched_hand_over(): next is charged from now on. */
INLINE bool start(struct cpu *cpu, struct sched_context *next)
{
    if (unlikely(!next->is_round_robin))
        /* whoever has it stops waiting, so that holds for sporadic ones too */
        refill_resume(next);
    timeslice_start(cpu, next);
    return true;
}

/* The same as below, from sc, which may have several refills. */
APART static bool hand_over_refills(struct cpu *cpu, struct sched_context *sc,
                                    struct sched_context *next, ticks_t now)
{
    if (sc->home != NULL)
        return false; /* must: whoever ran on it gives it back, perhaps */
    cpu->now = now;
    ticks_t usage = take_usage(cpu);

    refill_charge(sc, usage);
    sc->consumed += usage;
    return start(cpu, next);
}

bool sched_hand_over(struct sched_context *next)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = cpu->sc;
    ticks_t now = arch_now();
    ticks_t usage = now - cpu->charge_from;
    struct refill *first = refill_first(next);

    if (first->time > now + kernel_wcet_ticks || first->amount < min_budget_ticks)
        return false; /* must: whose it is waits for budget */
    if (sc != NULL && refill_first(sc)->amount < usage + min_budget_ticks)
        return false; /* must: the timeslice ends */
    if (CONFIG_NUM_DOMAINS > 1 && cpu->domain_left <= usage + kernel_wcet_ticks)
        return false; /* must: another domain runs */
    if (sc != NULL && unlikely(!sc->is_simple))
        return hand_over_refills(cpu, sc, next, now);
    cpu->now = now;
    take_usage(cpu);
    if (sc != NULL) {
        refill_first(sc)->amount -= usage;
        sc->consumed += usage;
    }
    return start(cpu, next);
}

struct tcb *sched_block_fast(void)
{
    struct tcb *next = ready_first(ready_in(this_cpu(), this_cpu()->domain));

    if (next == NULL ||           /* speed: idle */
        next->yield_to != NULL || /* speed: an answer to write */
        next->sc->is_sporadic ||  /* must: its budget counts from when it woke */
        !sched_hand_over(next->sc))
        return NULL;
    ready_remove(next);
    return next;
}

struct tcb *sched_yield_fast(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = cpu->sc;
    struct ready_queues *q = ready_in(cpu, cpu->domain);
    struct tcb *next = q->top == t->prio ? q->head[t->prio] : t;

    if (CONFIG_NUM_DOMAINS > 1 || /* speed: two ends of time to look at */
        !sc->is_round_robin ||    /* speed: its refills are split */
        next->yield_to != NULL)   /* speed: an answer to write */
        return NULL;
    cpu->now = arch_now();
    sc->consumed += take_usage(cpu);
    refill_end_timeslice(sc, 0);
    if (next != t) {
        next->is_queued = false;
        t->is_queued = true;
        t->ready_next = t;
        t->ready_prev = t;
        if (next->ready_next != next) { /* t takes its place ... */
            t->ready_next = next->ready_next;
            t->ready_prev = next->ready_prev;
            t->ready_next->ready_prev = t;
            t->ready_prev->ready_next = t;
        }
        q->head[t->prio] = t->ready_next; /* ... which is the last now */
        if (!next->sc->is_sporadic)
            refill_resume(next->sc);
    }
    timeslice_start(cpu, next->sc);
    return next;
}

void sched_exit(void)
{
    struct cpu *cpu = this_cpu();
    struct tcb *from = cpu->current;

    if (unlikely(ready_in(cpu, cpu->domain)->release != NULL))
        release_ready(cpu);
    domain_check(cpu);
    if (cpu->must_schedule) {
        struct tcb *to;

        do {
            to = choose(cpu);
            cpu->switch_to = NULL;
        } while (unlikely(cpu->to_help != NULL) && is_helped(cpu, to));
        cpu->must_schedule = false;
        if (to != from) {
            cpu->current = to;
            arch_switch(from, to);
        }
    }
    switch_context(cpu, cpu->current);
    if (cpu->current->yield_to != NULL) /* after the time of who ran is in its context */
        sched_context_report_yield(cpu->current);
    if (cpu->must_set_timer)
        sched_set_timer();
}

static struct tcb idle_threads[CONFIG_MAX_NUM_NODES] __attribute__((aligned(64)));

void sched_boot(void)
{
    struct cpu *cpu = this_cpu();

    refill_init();
    cpu->time_needed = min_budget_ticks;
    for (unsigned d = 0; d < CONFIG_NUM_DOMAINS; d++)
        cpu->ready[d].top = -1;
    cpu->idle = &idle_threads[cpu->id];
    cpu->idle->state = THREAD_IDLE;
    cpu->current = cpu->idle;
    domain_schedule[0] = (struct domain_slot){ .domain = 0, .ticks = MASK(56) };
    cpu->domain_left = domain_schedule[0].ticks;
    cpu->now = arch_now();
    cpu->charge_from = cpu->now;
    cpu->timer_deadline = TIMER_OFF;
}

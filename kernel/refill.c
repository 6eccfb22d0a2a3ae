/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sporadic servers (manual, "Scheduling Contexts"; Stanovich et al., RTAS 2010: defects of the
 * POSIX sporadic server).
 *
 * A context's budget is a ring of refills in time order. The running thread uses up the head. What
 * it used comes back one period after it became usable, so no more than the budget is ever used
 * within a period. The list is bounded: a piece that finds no room, or is too small to be worth a
 * switch, is put together with the last one, at the later of the two times; that can only delay
 * budget, never create it.
 *
 * Round robin contexts (period == budget) have one refill that is always ready: what the timeslice
 * has left.
 *
 * S-2: refills are in time order and sum to the budget (round robin: to no more than it).
 */
#include "refill.h"

#include "panic.h"

ticks_t kernel_wcet_ticks;
ticks_t min_budget_ticks;

void refill_init(void)
{
    kernel_wcet_ticks = arch_us_to_ticks(KERNEL_WCET_US);
    min_budget_ticks = 2 * kernel_wcet_ticks;
}

/* i below refill_max */
static struct refill *refill_at(const struct sched_context *sc, uint32_t i)
{
    struct refill *r = sc->head + i;

    return r >= sc->refills + sc->refill_max ? r - sc->refill_max : r;
}

static inline struct refill *refill_last(const struct sched_context *sc)
{
    return refill_at(sc, sc->refill_count - 1);
}

static inline struct refill refill_take(struct sched_context *sc)
{
    struct refill r = *refill_first(sc);

    assert(sc->refill_count > 1);
    sc->head = refill_at(sc, 1);
    sc->refill_count--;
    return r;
}

static void refill_append(struct sched_context *sc, struct refill r)
{
    assert(sc->refill_count < sc->refill_max);
    sc->refill_count++;
    *refill_last(sc) = r;
}

/* r comes back at its time: as a refill of its own, or with the last one */
static void refill_give_back(struct sched_context *sc, struct refill r)
{
    struct refill *tail = refill_last(sc);

    if (r.time <= tail->time) {
        tail->amount += r.amount;
    } else if (sc->refill_count == sc->refill_max ||
               (r.amount < min_budget_ticks && sc->refill_count > 1)) {
        tail->amount += r.amount;
        tail->time = r.time;
    } else {
        refill_append(sc, r);
    }
}

static void set_params(struct sched_context *sc, const struct refill_params *p)
{
    sc->is_round_robin = p->period == p->budget;
    sc->is_simple = sc->is_round_robin && sc->home == NULL;
    sc->budget = p->budget;
    sc->period = sc->is_round_robin ? 0 : p->period;
    sc->refill_max =
        sc->is_round_robin ? MIN_REFILLS : (uint32_t)min_word(p->refill_max, MAX_REFILLS);
}

/* r becomes the only refill. */
static void set_only(struct sched_context *sc, struct refill r)
{
    sc->head = sc->refills;
    sc->refill_count = 1;
    *sc->head = r;
}

void refill_start(struct sched_context *sc, const struct refill_params *p)
{
    set_params(sc, p);
    set_only(sc, (struct refill){ .time = this_cpu()->now, .amount = p->budget });
}

void refill_change(struct sched_context *sc, const struct refill_params *p)
{
    struct refill head = *refill_first(sc);

    set_params(sc, p);
    if (sc->is_round_robin || refill_is_due(sc))
        head.time = this_cpu()->now;
    ticks_t left = head.amount < p->budget ? p->budget - head.amount : 0;
    head.amount = p->budget - left;
    set_only(sc, head);
    if (left != 0 && !sc->is_round_robin)
        refill_append(sc, (struct refill){ .time = head.time + sc->period, .amount = left });
}

inline bool refill_is_due(struct sched_context *sc)
{
    return refill_first(sc)->time <= this_cpu()->now + kernel_wcet_ticks;
}

inline bool refill_covers(struct sched_context *sc, ticks_t usage)
{
    ticks_t amount = refill_first(sc)->amount;

    return amount >= usage && amount - usage >= min_budget_ticks;
}

/* the whole head is used up and comes back a period after it was ready */
static void refill_recycle(struct sched_context *sc)
{
    if (sc->refill_count == 1) {
        refill_first(sc)->time += sc->period;
        return;
    }
    struct refill r = refill_take(sc);
    r.time += sc->period;
    refill_give_back(sc, r);
}

/* a head that is too small to run on joins the next */
static void refill_join_small(struct sched_context *sc)
{
    while (sc->refill_count > 1 && refill_first(sc)->amount < min_budget_ticks) {
        struct refill r = refill_take(sc);

        refill_first(sc)->amount += r.amount;
    }
}

/*
 * What becomes ready before the head is used up joins it: together they can be used from the head's
 * time on.
 */
static void refill_join_due(struct sched_context *sc)
{
    while (sc->refill_count > 1 &&
           refill_at(sc, 1)->time <= refill_first(sc)->time + refill_first(sc)->amount) {
        struct refill r = refill_take(sc);

        refill_first(sc)->amount += r.amount;
        refill_first(sc)->time = r.time;
    }
}

static void charge_sporadic(struct sched_context *sc, ticks_t usage)
{
    /* no thread can do that: the machine stood still, and all is used up now */
    if (usage / 2 > sc->budget) {
        set_only(sc, (struct refill){ .time = this_cpu()->now + sc->period, .amount = sc->budget });
        return;
    }
    /*
     * An overrun (at most what one kernel entry takes) uses later refills too, each of them at most
     * twice.
     */
    while (usage != 0 && refill_first(sc)->amount <= usage) {
        usage -= refill_first(sc)->amount;
        refill_recycle(sc);
    }
    if (usage != 0) {
        struct refill *head = refill_first(sc);
        struct refill used = { .time = head->time + sc->period, .amount = usage };

        head->amount -= usage;
        head->time += usage;
        refill_give_back(sc, used);
        refill_join_due(sc); /* the head's time may have passed the next one's */
    }
    refill_join_small(sc);
}

void refill_charge(struct sched_context *sc, ticks_t usage)
{
    if (sc->is_round_robin)
        sc->head->amount -= min_word(usage, sc->head->amount);
    else
        charge_sporadic(sc, usage);
}

void refill_end_timeslice(struct sched_context *sc, ticks_t usage)
{
    if (sc->is_round_robin)
        sc->head->amount = sc->budget;
    else
        charge_sporadic(sc, usage);
}

inline void refill_resume(struct sched_context *sc)
{
    if (sc->is_round_robin || sc == this_cpu()->sc || !refill_is_due(sc))
        return;
    refill_first(sc)->time = this_cpu()->now;
    refill_join_due(sc);
}

void refill_check(const struct sched_context *sc)
{
    ticks_t sum = 0;
    ticks_t last = 0;

    if (!IS_CHECKED || sc->refill_max == 0)
        return;
    assert(sc->refill_count >= 1 && sc->refill_count <= sc->refill_max);
    for (uint32_t i = 0; i < sc->refill_count; i++) {
        const struct refill *r = refill_at(sc, i);

        assert(r->time >= last); /* S-2 */
        last = r->time;
        sum += r->amount;
    }
    assert(sc->is_round_robin ? sum <= sc->budget : sum == sc->budget); /* S-2 */
    assert(!sc->is_round_robin || sc->refill_count == 1);
}

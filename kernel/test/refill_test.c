/* SPDX-License-Identifier: BSD-2-Clause */
/* Budgets. If one fails, a thread gets more time than it was given, or loses some for good. */
#include "cases.h"

#define US(n) ((ticks_t)(n)*HOST_TICKS_PER_US)

static struct {
    struct sched_context sc;
    struct refill room[32];
} box;
static struct sched_context *const sc = &box.sc;

static void begin(word_t budget_us, word_t period_us, word_t max)
{
    *sc = (struct sched_context){ .tcb = NULL };
    sched_enter();
    refill_start(sc, &(struct refill_params){
                         .budget = US(budget_us), .period = US(period_us), .refill_max = max });
}

static ticks_t sum(void)
{
    ticks_t total = 0;

    for (uint32_t i = 0; i < sc->refill_count; i++)
        total += sc->refills[((word_t)(sc->head - sc->refills) + i) % sc->refill_max].amount;
    return total;
}

static void at_us(word_t us)
{
    host.now = 1000000 + US(us);
    sched_enter();
}

static bool full_at_first(void)
{
    begin(100, 1000, 4);
    CHECK(refill_is_due(sc) && sum() == US(100) && sc->refill_count == 1);
    CHECK(refill_covers(sc, 0) && refill_covers(sc, US(80)) && !refill_covers(sc, US(81)));
    return true;
}

static bool part_comes_back(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(40));
    CHECK(sc->refill_count == 2 && refill_first(sc)->amount == US(60) && sum() == US(100));
    CHECK(sc->refills[1].time == 1000000 + US(1000) && sc->refills[1].amount == US(40));
    return true;
}

static bool all_comes_back(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(100));
    CHECK(!refill_is_due(sc) && refill_first(sc)->time == 1000000 + US(1000) && sum() == US(100));
    return true;
}

static bool overrun(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(105));
    CHECK(sum() == US(100));
    CHECK(refill_first(sc)->time >= 1000000 + US(1000));
    refill_check(sc);
    return true;
}

/* A piece that is worth a switch, just, comes back by itself. */
static bool least_piece(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(20));
    refill_charge(sc, min_budget_ticks);
    CHECK(sc->refill_count == 3 && sc->refills[2].amount == min_budget_ticks);
    CHECK(sc->refills[2].time == 1000000 + US(1020));
    begin(100, 1000, 4);
    refill_charge(sc, US(20));
    refill_charge(sc, min_budget_ticks - 1);
    CHECK(sc->refill_count == 2 && sum() == US(100));
    return true;
}

/* The most that is taken for use, and not for a stall. */
static bool most_overrun(void)
{
    begin(100, 1000, 4);
    at_us(200);
    refill_charge(sc, US(200));
    CHECK(refill_first(sc)->time == 1000000 + US(2000));
    begin(100, 1000, 4);
    refill_charge(sc, US(200) + 2);
    CHECK(refill_first(sc)->time == 1000000 + US(200) + US(1000));
    return true;
}

/* A hypervisor or the firmware took the processor away for a long time. */
static bool stall(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(30));
    host.now = 1000000 + US(UINT64_C(3600000000));
    sched_enter();
    refill_charge(sc, US(UINT64_C(3600000000)) - US(30));
    CHECK(sc->refill_count == 1 && sum() == US(100));
    CHECK(refill_first(sc)->time == this_cpu()->now + US(1000));
    refill_check(sc);
    return true;
}

static bool few_refills_are_enough(void)
{
    begin(100, 1000, 1000000);
    CHECK(sc->refill_max == MAX_REFILLS);
    return true;
}

static bool head_passes_next(void)
{
    /* the case that was wrong: the head's time moves past the second's as it is used */
    begin(200, 1000, 4);
    refill_charge(sc, US(50)); /* 150 at 50, 50 at 1000 */
    at_us(900);
    refill_charge(sc, 0);
    refill_first(sc)->time = 1000000 + US(900);
    refill_charge(sc, US(120));
    refill_check(sc); /* S-2 */
    CHECK(sum() == US(200));
    return true;
}

static bool small_pieces_merge(void)
{
    begin(100, 1000, 3);
    for (unsigned i = 0; i < 4; i++)
        refill_charge(sc, US(3));
    CHECK(sum() == US(100) && sc->refill_count <= 3);
    refill_check(sc);
    return true;
}

static bool no_room(void)
{
    begin(400, 1000, 2);
    refill_charge(sc, US(50));
    at_us(100);
    refill_resume(sc);
    refill_charge(sc, US(50));
    CHECK(sc->refill_count == 2 && sum() == US(400));
    refill_check(sc);
    return true;
}

static bool unblock_counts_from_now(void)
{
    begin(100, 1000, 4);
    at_us(500);
    refill_resume(sc);
    refill_charge(sc, US(40));
    CHECK(sc->refills[(sc->head - sc->refills + 1) % 4].time == 1000000 + US(1500));
    return true;
}

static bool unblock_not_ready(void)
{
    ticks_t time;

    begin(100, 1000, 4);
    refill_charge(sc, US(100));
    time = refill_first(sc)->time;
    at_us(500);
    refill_resume(sc);
    CHECK(refill_first(sc)->time == time && !refill_is_due(sc));
    return true;
}

static bool unblock_joins(void)
{
    begin(100, 200, 8);
    refill_charge(sc, US(30));
    at_us(100);
    refill_resume(sc);
    refill_charge(sc, US(30));
    at_us(1000);
    refill_resume(sc);
    CHECK(sc->refill_count == 1 && refill_first(sc)->amount == US(100));
    return true;
}

static bool round_robin_timeslice(void)
{
    begin(100, 100, 2);
    CHECK(sc->is_round_robin && sc->period == 0);
    refill_charge(sc, US(60));
    CHECK(refill_first(sc)->amount == US(40) && sc->refill_count == 1);
    refill_end_timeslice(sc, US(90));
    CHECK(refill_first(sc)->amount == US(100) && refill_is_due(sc));
    return true;
}

static bool round_robin_clamps(void)
{
    begin(100, 100, 2);
    refill_charge(sc, US(500));
    CHECK(refill_first(sc)->amount == 0 && sc->refill_count == 1);
    refill_check(sc);
    return true;
}

static bool yield_gives_up_head(void)
{
    begin(100, 1000, 4);
    refill_end_timeslice(sc, refill_first(sc)->amount);
    CHECK(!refill_is_due(sc) && sum() == US(100));
    return true;
}

static bool update_keeps_used(void)
{
    begin(100, 1000, 4);
    refill_charge(sc, US(40));
    refill_change(sc,
                  &(struct refill_params){ .budget = US(200), .period = US(500), .refill_max = 4 });
    CHECK(refill_first(sc)->amount == US(60) && sum() == US(200));
    CHECK(sc->refills[1].time >= refill_first(sc)->time + US(500));
    return true;
}

static bool update_smaller(void)
{
    begin(100, 1000, 8);
    for (unsigned i = 0; i < 3; i++) {
        refill_charge(sc, US(25));
        at_us(100 * (i + 1));
        refill_resume(sc);
    }
    refill_change(sc,
                  &(struct refill_params){ .budget = US(30), .period = US(500), .refill_max = 2 });
    CHECK(sum() == US(30) && sc->refill_count <= 2);
    refill_check(sc);
    return true;
}

static bool update_to_round_robin(void)
{
    begin(100, 1000, 8);
    refill_charge(sc, US(25));
    refill_change(sc,
                  &(struct refill_params){ .budget = US(50), .period = US(50), .refill_max = 8 });
    CHECK(sc->is_round_robin && sum() == US(50) && sc->refill_count == 1);
    return true;
}

/* what was used when, to look at every window of a period */
#define USES_MAX 4000u
static struct {
    ticks_t start, length;
} uses[USES_MAX];

static ticks_t used_within(unsigned count, ticks_t from, ticks_t to)
{
    ticks_t total = 0;

    for (unsigned i = 0; i < count; i++) {
        ticks_t start = max_word(uses[i].start, from);
        ticks_t end = min_word(uses[i].start + uses[i].length, to);

        total += end > start ? end - start : 0;
    }
    return total;
}

/*
 * Use it as the scheduler does: run while there is budget, now and then stop early and come back;
 * then no window of one period may hold more than the budget (but for what a refill may be early,
 * KERNEL_WCET_US), whatever the list had to merge.
 */
static bool no_more_than_budget(word_t budget_us, word_t period_us, word_t max, uint64_t seed)
{
    unsigned count = 0;

    random_seed(seed);
    begin(budget_us, period_us, max);
    while (count < 400) {
        ticks_t run;

        sched_enter();
        if (!refill_is_due(sc) || !refill_covers(sc, 0)) {
            if (!refill_is_due(sc))
                host.now = max_word(host.now + 1, refill_first(sc)->time);
            else
                return false; /* ready, and too small to be used: budget is lost */
            continue;
        }
        refill_resume(sc);
        run = refill_first(sc)->amount;
        if (random_below(3) != 0)
            run = 1 + random_below(run);
        uses[count].start = host.now;
        uses[count++].length = run;
        host.now += run;
        sched_enter();
        refill_charge(sc, run);
        CHECK(sum() == US(budget_us));
        refill_check(sc);
        if (random_below(2) == 0)
            host.now += random_below(2 * US(period_us));
    }
    for (unsigned i = 0; i < count; i++) {
        ticks_t from = uses[i].start;
        ticks_t to = uses[i].start + uses[i].length;

        CHECK(used_within(count, from, from + US(period_us)) <= US(budget_us) + US(KERNEL_WCET_US));
        CHECK(used_within(count, to - US(period_us), to) <= US(budget_us) + US(KERNEL_WCET_US));
    }
    return true;
}

static bool windows_two_refills(void)
{
    for (uint64_t seed = 1; seed < 20; seed++)
        CHECK(no_more_than_budget(100, 1000, 2, seed));
    return true;
}

static bool windows_many_refills(void)
{
    for (uint64_t seed = 1; seed < 20; seed++)
        CHECK(no_more_than_budget(300, 1000, 10, seed));
    return true;
}

static bool windows_almost_all(void)
{
    for (uint64_t seed = 1; seed < 20; seed++)
        CHECK(no_more_than_budget(990, 1000, 6, seed));
    return true;
}

static bool windows_least(void)
{
    for (uint64_t seed = 1; seed < 20; seed++)
        CHECK(no_more_than_budget(MIN_BUDGET_US, 100, 3, seed));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "refill: all there at first", full_at_first },
        { "refill: what is used comes back a period later", part_comes_back },
        { "refill: all of it, too", all_comes_back },
        { "refill: an overrun comes out of later refills", overrun },
        { "refill: the least piece that comes back by itself", least_piece },
        { "refill: the most that is not a stall", most_overrun },
        { "refill: a long stall costs a budget, in one step", stall },
        { "refill: more refills than are made use of", few_refills_are_enough },
        { "refill: the head does not pass the next one", head_passes_next },
        { "refill: small pieces are put together", small_pieces_merge },
        { "refill: a full list puts the last two together", no_room },
        { "refill: after a pause time counts from now", unblock_counts_from_now },
        { "refill: a pause makes nothing ready earlier", unblock_not_ready },
        { "refill: after a pause everything that is ready is one", unblock_joins },
        { "refill: round robin has it all in the next timeslice", round_robin_timeslice },
        { "refill: round robin is never charged more than it has", round_robin_clamps },
        { "refill: yielding gives up the head", yield_gives_up_head },
        { "refill: new parameters keep what was used", update_keeps_used },
        { "refill: new parameters with less budget and room", update_smaller },
        { "refill: new parameters for round robin", update_to_round_robin },
        { "refill: never more than the budget in a period, two refills", windows_two_refills },
        { "refill: never more than the budget in a period, many refills", windows_many_refills },
        { "refill: never more than the budget in a period, nearly all of it", windows_almost_all },
        { "refill: never more than the budget in a period, the least there is", windows_least },
    };

    return RUN_CASES(argc, argv, cases);
}

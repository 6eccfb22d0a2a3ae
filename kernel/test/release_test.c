/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that wait for budget. If one fails, somebody gets the processor back too late or never,
 * or after a long search.
 */
#include "cases.h"

#include "release.h"

#define THREADS 200u
#define STRIDE BIT(TCB_BITS)

static char memory[THREADS * STRIDE] __attribute__((aligned(STRIDE)));
static struct {
    struct sched_context sc;
    struct refill room[2];
} contexts[THREADS];

static struct tcb *waiter(word_t i)
{
    return (struct tcb *)(memory + i * STRIDE);
}

static void reset(void)
{
    this_cpu()->ready[this_cpu()->domain].release = NULL;
    for (word_t i = 0; i < THREADS; i++) {
        contexts[i].sc =
            (struct sched_context){ .tcb = waiter(i), .refill_count = 1, .refill_max = 2 };
        contexts[i].sc.head = contexts[i].sc.refills;
        *waiter(i) = (struct tcb){ .sc = &contexts[i].sc, .state = THREAD_RUNNABLE };
        waiter(i)->release =
            (struct tree_node){ .thread = waiter(i), .key = (word_t)waiter(i) >> TCB_BITS };
    }
}

static void insert(word_t i, ticks_t time)
{
    refill_first(&contexts[i].sc)->time = time;
    waiter(i)->is_waiting_budget = true;
    release_insert(waiter(i), refill_first(waiter(i)->sc)->time);
}

static unsigned depth_of(const struct tcb *t)
{
    unsigned depth = 0;

    for (const struct tree_node *n = t->release.parent; n != NULL; n = n->parent)
        depth++;
    return depth;
}

/* Everybody's links are right and nobody's time is before the root's. */
static bool is_sound(void)
{
    for (word_t i = 0; i < THREADS; i++) {
        if (!waiter(i)->is_waiting_budget)
            continue;
        release_check(waiter(i));
        if (waiter(i)->release.rank < this_cpu()->ready[this_cpu()->domain].release->rank)
            return false;
    }
    return true;
}

/* Take them out as they come due: is nobody missing, and nobody late? */
static bool drain(unsigned count)
{
    ticks_t last = 0;

    while (this_cpu()->ready[this_cpu()->domain].release != NULL) {
        struct tcb *t = this_cpu()->ready[this_cpu()->domain].release->thread;

        CHECK(t->release.rank >= last);
        last = t->release.rank;
        release_remove(t);
        CHECK(!t->is_waiting_budget && is_sound());
        count--;
    }
    return count == 0;
}

static bool in_order(ticks_t (*time_of)(word_t i))
{
    reset();
    for (word_t i = 0; i < THREADS; i++) {
        insert(i, time_of(i));
        CHECK(is_sound());
    }
    return drain(THREADS);
}

static ticks_t rising(word_t i)
{
    return 1000 + i;
}

static ticks_t falling(word_t i)
{
    return 1000 - i;
}

static ticks_t equal(word_t i)
{
    (void)i;
    return 1000;
}

static ticks_t random_time(word_t i)
{
    (void)i;
    return random_below(50);
}

static bool first_due_last(void)
{
    return in_order(falling);
}

static bool first_due_first(void)
{
    return in_order(rising);
}

static bool all_due_at_once(void)
{
    return in_order(equal);
}

static bool any_order(void)
{
    for (unsigned seed = 1; seed < 20; seed++) {
        random_seed(seed);
        CHECK(in_order(random_time));
    }
    return true;
}

/* 200 TCBs in a row differ in the 8 lowest bits of their number. */
static bool no_long_way(void)
{
    reset();
    for (word_t i = 0; i < THREADS; i++)
        insert(i, rising(i));
    for (word_t i = 0; i < THREADS; i++)
        CHECK(depth_of(waiter(i)) <= 8);
    return drain(THREADS);
}

static bool leave_from_anywhere(void)
{
    unsigned count = 0;

    reset();
    random_seed(7);
    for (unsigned n = 0; n < 20000; n++) {
        word_t i = random_below(THREADS);

        if (waiter(i)->is_waiting_budget) {
            release_remove(waiter(i));
            count--;
        } else {
            insert(i, random_below(1000));
            count++;
        }
        CHECK(is_sound());
    }
    return drain(count);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "release: who comes first is due first", first_due_first },
        { "release: who comes last is due first", first_due_last },
        { "release: all are due at once", all_due_at_once },
        { "release: random times, few of them different", any_order },
        { "release: no way is longer than the numbers' bits", no_long_way },
        { "release: leaving from anywhere", leave_from_anywhere },
    };

    return RUN_CASES(argc, argv, cases);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Priority queues of threads. If one fails, a less important thread gets the message, or a queue loses somebody. */
#include "cases.h"

#define THREADS 24u

static struct tcb threads[THREADS] __attribute__((aligned(64)));
static struct waitq q;
static unsigned model[THREADS]; /* who is in the queue, in order */
static unsigned model_count;

static void model_insert(unsigned t)
{
    unsigned at = model_count++;

    for (; at > 0 && threads[model[at - 1]].prio < threads[t].prio; at--)
        model[at] = model[at - 1];
    model[at] = t;
}

static void model_remove(unsigned t)
{
    unsigned at = 0;

    while (model[at] != t)
        at++;
    for (model_count--; at < model_count; at++)
        model[at] = model[at + 1];
}

static bool model_has(unsigned t)
{
    for (unsigned i = 0; i < model_count; i++)
        if (model[i] == t)
            return true;
    return false;
}

static bool agrees(void)
{
    unsigned i = 0;

    for (const struct tcb *t = q.head; t != NULL; t = waitq_next(t), i++)
        if (i >= model_count || t != &threads[model[i]])
            return false;
    if (q.head != NULL)
        waitq_check(&q);
    return i == model_count;
}

static void reset(void)
{
    q = (struct waitq){ NULL, NULL };
    model_count = 0;
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = (struct tcb){ .prio = 0, .state = THREAD_ON_SEND };
}

static void insert(unsigned t, uint8_t prio)
{
    threads[t].prio = prio;
    waitq_insert(&q, &threads[t]);
    model_insert(t);
}

static void take(unsigned t)
{
    waitq_remove(&threads[t]);
    model_remove(t);
}

static bool empty(void)
{
    reset();
    CHECK(waitq_is_empty(&q) && agrees());
    return true;
}

static bool one(void)
{
    reset();
    insert(0, 5);
    CHECK(agrees() && waitq_next(&threads[0]) == NULL);
    take(0);
    CHECK(waitq_is_empty(&q));
    return true;
}

static bool first_come_first_served(void)
{
    reset();
    for (unsigned i = 0; i < 5; i++)
        insert(i, 7);
    CHECK(agrees() && q.head == &threads[0]);
    return true;
}

static bool higher_first(void)
{
    reset();
    insert(0, 1);
    insert(1, 9);
    insert(2, 5);
    CHECK(agrees() && q.head == &threads[1]);
    return true;
}

static bool from_front(void)
{
    reset();
    for (unsigned i = 0; i < 6; i++)
        insert(i, (uint8_t)(i / 2));
    while (model_count > 0) {
        take(model[0]);
        CHECK(agrees());
    }
    return true;
}

static bool from_back(void)
{
    reset();
    for (unsigned i = 0; i < 6; i++)
        insert(i, (uint8_t)(i / 2));
    while (model_count > 0) {
        take(model[model_count - 1]);
        CHECK(agrees());
    }
    return true;
}

static bool leader_leaves(void)
{
    reset();
    insert(0, 9);
    insert(1, 5);
    insert(2, 5);
    insert(3, 1);
    take(1);
    CHECK(agrees());
    insert(1, 5);
    CHECK(agrees() && model[2] == 1);
    return true;
}

static bool every_order_of_three(void)
{
    for (unsigned order = 0; order < 27; order++) {
        reset();
        insert(0, (uint8_t)(order % 3));
        insert(1, (uint8_t)(order / 3 % 3));
        insert(2, (uint8_t)(order / 9));
        CHECK(agrees());
        take(order % 3);
        CHECK(agrees());
    }
    return true;
}

static bool random_ops(unsigned prios)
{
    reset();
    for (unsigned i = 0; i < 20000; i++) {
        unsigned t = (unsigned)random_below(THREADS);

        if (model_has(t))
            take(t);
        else
            insert(t, (uint8_t)random_below(prios));
        CHECK(agrees());
    }
    return true;
}

static bool random_few(void)
{
    return random_ops(3);
}

static bool random_many(void)
{
    return random_ops(256);
}

/* An interrupted walk meets everybody who stays, and nobody twice, whoever leaves meanwhile. */
static bool walk_goes_on(void)
{
    for (unsigned round = 0; round < 2000; round++) {
        bool is_met[THREADS] = { false }, has_left[THREADS] = { false };

        reset();
        for (unsigned i = 0; i < THREADS; i++)
            insert(i, (uint8_t)random_below(4));
        waitq_walk = q.head;
        while (waitq_walk != NULL) {
            unsigned at = (unsigned)(waitq_walk - threads), leaver = (unsigned)random_below(THREADS);

            CHECK(!is_met[at] && !has_left[at]);
            is_met[at] = true;
            waitq_walk = waitq_next(waitq_walk);
            if (model_has(leaver)) {
                take(leaver);
                has_left[leaver] = true;
            }
            CHECK(agrees());
        }
        for (unsigned i = 0; i < THREADS; i++)
            CHECK(is_met[i] || has_left[i]);
    }
    return true;
}

static bool walk_starts_over(void)
{
    reset();
    for (unsigned i = 0; i < 4; i++)
        insert(i, 5);
    waitq_walk = &threads[2];
    waitq_set_prio(&threads[3], 9);
    CHECK(q.head == &threads[3] && waitq_walk == q.head);
    waitq_walk = NULL;
    waitq_set_prio(&threads[3], 1);
    CHECK(waitq_walk == NULL && waitq_next(&threads[2]) == &threads[3]);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "waitq: empty", empty },
        { "waitq: one thread", one },
        { "waitq: first come first served within a priority", first_come_first_served },
        { "waitq: higher priorities first", higher_first },
        { "waitq: emptied from the front", from_front },
        { "waitq: emptied from the back", from_back },
        { "waitq: a group's first leaves and comes back", leader_leaves },
        { "waitq: every order of three priorities", every_order_of_three },
        { "waitq: an interrupted walk goes on, whoever leaves", walk_goes_on },
        { "waitq: an interrupted walk starts over when somebody moves", walk_starts_over },
        { "waitq: random against a sorted array, few priorities", random_few },
        { "waitq: random against a sorted array, many priorities", random_many },
    };

    return RUN_CASES(argc, argv, cases);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priority queues of threads. If one fails, a less important thread gets the message, or a queue
 * loses somebody.
 */
#include "cases.h"

#define THREADS 320u
#define FEW 24u /* where everybody is looked at for everybody */
#define PRIOS 256u

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
        threads[i] = (struct tcb){ .queue.tree.thread = &threads[i] };
}

static void insert(unsigned t, uint8_t prio)
{
    waitq_set_prio(&threads[t], prio);
    threads[t].state = THREAD_ON_SEND;
    waitq_insert(&q, &threads[t]);
    model_insert(t);
}

static void take(unsigned t)
{
    waitq_remove(&threads[t]);
    threads[t].state = THREAD_INACTIVE;
    model_remove(t);
}

static void set_prio(unsigned t, uint8_t prio)
{
    waitq_set_prio(&threads[t], prio);
    if (model_has(t)) {
        model_remove(t);
        model_insert(t);
    }
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

static bool last_leaves(void)
{
    reset();
    insert(0, 9);
    for (unsigned t = 1; t < 5; t++)
        insert(t, 5);
    insert(5, 1);
    /* the last of its priority, while others stay; and at the end none does */
    for (unsigned t = 4; t > 0; t--) {
        take(t);
        CHECK(agrees());
    }
    insert(1, 5);
    CHECK(agrees() && model[1] == 1);
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

/* No way is longer than a priority has bits. */
static bool is_shallow(void)
{
    for (unsigned i = 0; i < model_count; i++) {
        unsigned depth = 0, t = model[i];

        if (i + 1 < model_count && threads[model[i + 1]].prio == threads[t].prio)
            continue; /* not in the tree */
        for (const struct tree_node *n = threads[t].queue.tree.parent; n != NULL; n = n->parent)
            depth++;
        if (depth > 8)
            return false;
    }
    return true;
}

static void shuffle(unsigned *a, unsigned count)
{
    while (count > 1) {
        unsigned i = (unsigned)random_below(count--), at_end = a[count];

        a[count] = a[i];
        a[i] = at_end;
    }
}

/* A thread of each priority: they join in some order, and leave in some other. */
static bool all_join_and_leave(unsigned *joins, unsigned *leaves)
{
    reset();
    for (unsigned i = 0; i < PRIOS; i++) {
        insert(joins[i], (uint8_t)joins[i]);
        CHECK(agrees() && (model_count == 1 || is_shallow()));
    }
    for (unsigned i = 0; i < PRIOS; i++) {
        take(leaves[i]);
        CHECK(agrees() && (model_count < 2 || is_shallow()));
    }
    return true;
}

static bool every_priority(void)
{
    unsigned rising[PRIOS], falling[PRIOS], any[PRIOS], other[PRIOS];

    for (unsigned i = 0; i < PRIOS; i++) {
        rising[i] = any[i] = other[i] = i;
        falling[i] = PRIOS - 1 - i;
    }
    CHECK(all_join_and_leave(rising, falling) && all_join_and_leave(falling, falling));
    CHECK(all_join_and_leave(rising, rising) && all_join_and_leave(falling, rising));
    for (unsigned round = 0; round < 20; round++) {
        shuffle(any, PRIOS);
        shuffle(other, PRIOS);
        CHECK(all_join_and_leave(any, other));
    }
    return true;
}

static bool random_ops(unsigned count, unsigned prios)
{
    reset();
    for (unsigned i = 0; i < 20000; i++) {
        unsigned t = (unsigned)random_below(count);
        uint8_t prio = (uint8_t)random_below(prios);

        if (random_below(4) == 0)
            set_prio(t, prio);
        else if (model_has(t))
            take(t);
        else
            insert(t, prio);
        CHECK(agrees());
    }
    return model_count < 2 || is_shallow();
}

static bool random_few(void)
{
    return random_ops(FEW, 3);
}

static bool random_many(void)
{
    return random_ops(FEW, PRIOS);
}

static bool random_crowd(void)
{
    return random_ops(THREADS, PRIOS);
}

/* The server's view: the first is taken, and somebody comes. */
static bool random_serving(void)
{
    reset();
    for (unsigned i = 0; i < THREADS / 2; i++)
        insert(i, (uint8_t)random_below(PRIOS));
    for (unsigned i = 0; i < 20000; i++) {
        unsigned t = (unsigned)random_below(THREADS);

        CHECK(q.head == &threads[model[0]]);
        take(model[0]);
        while (model_has(t))
            t = (t + 1) % THREADS;
        insert(t, (uint8_t)random_below(i % PRIOS + 1));
        CHECK(agrees());
    }
    return true;
}

/* An interrupted walk meets everybody who stays, and nobody twice, whoever leaves meanwhile. */
static bool walk_goes_on(void)
{
    for (unsigned round = 0; round < 2000; round++) {
        bool is_met[FEW] = { false }, has_left[FEW] = { false };
        unsigned prios = round % 2 == 0 ? 4 : PRIOS;
        const struct tcb *last = NULL;

        reset();
        for (unsigned i = 0; i < FEW; i++)
            insert(i, (uint8_t)random_below(prios));
        waitq_walk = q.head;
        while (waitq_walk != NULL) {
            unsigned at = (unsigned)(waitq_walk - threads), leaver = (unsigned)random_below(FEW);

            CHECK(!is_met[at] && !has_left[at]);
            CHECK(last == NULL || last->prio >= waitq_walk->prio);
            last = waitq_walk;
            is_met[at] = true;
            waitq_walk = waitq_next(waitq_walk);
            if (model_has(leaver)) {
                take(leaver);
                has_left[leaver] = true;
            }
            CHECK(agrees());
        }
        for (unsigned i = 0; i < FEW; i++)
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
        { "waitq: a group's last leaves, and so on until it is gone", last_leaves },
        { "waitq: every order of three priorities", every_order_of_three },
        { "waitq: every priority, joining and leaving in any order", every_priority },
        { "waitq: an interrupted walk goes on, whoever leaves", walk_goes_on },
        { "waitq: an interrupted walk starts over when somebody moves", walk_starts_over },
        { "waitq: random against a sorted array, few priorities", random_few },
        { "waitq: random against a sorted array, many priorities", random_many },
        { "waitq: random against a sorted array, many threads", random_crowd },
        { "waitq: random against a sorted array, the first is served", random_serving },
    };

    return RUN_CASES(argc, argv, cases);
}

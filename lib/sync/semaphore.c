/* SPDX-License-Identifier: BSD-2-Clause */
#include <sync/semaphore.h>

#define WAITER (1ull << 32)
#define COUNT(bits) ((uint32_t)(bits))

/* Take up to `most` of the count; how many, 0: there were none. */
static uint32_t count_take(struct semaphore *s, uint32_t most)
{
    uint64_t bits = __atomic_load_n(&s->word->bits, __ATOMIC_RELAXED);

    while (COUNT(bits) != 0) {
        uint32_t taken = COUNT(bits) < most ? COUNT(bits) : most;
        /* acquire: what was done before the up is seen; pairs with count_give() */
        if (__atomic_compare_exchange_n(&s->word->bits, &bits, bits - taken, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return taken;
    }
    return 0;
}

/* Add one, unless the count is `most`. */
static bool count_give(struct semaphore *s, uint32_t most)
{
    uint64_t bits = __atomic_load_n(&s->word->bits, __ATOMIC_RELAXED);

    do
        if (COUNT(bits) >= most)
            return false;
    while (!__atomic_compare_exchange_n(&s->word->bits, &bits, bits + 1, true,
                                        __ATOMIC_SEQ_CST /* pairs with count_take() */,
                                        __ATOMIC_RELAXED));
    if (bits >= WAITER)
        msg_notify(s->wake); /* SEM-2 */
    return true;
}

/* We were woken and have taken: if there is more, and somebody for it, wake him. */
static void wake_next(struct semaphore *s)
{
    uint64_t bits = __atomic_load_n(&s->word->bits, __ATOMIC_SEQ_CST);

    if (COUNT(bits) != 0 && bits >= WAITER)
        msg_notify(s->wake); /* SEM-2 */
}

/* Count ourselves as a waiter and take, waiting between attempts. */
static enum msg_outcome wait_and_take(struct semaphore *s, msg_time until, uint32_t most,
                                      uint32_t *taken)
{
    enum msg_outcome outcome = MSG_OK;
    seL4_Word bits;

    /* SEM-1; the count is looked at after this, as an up looks for waiters after it has added. */
    (void)__atomic_fetch_add(&s->word->bits, WAITER, __ATOMIC_SEQ_CST);
    while ((*taken = count_take(s, most)) == 0 && outcome == MSG_OK)
        outcome = msg_wait(s->wake, until, &bits);
    (void)__atomic_fetch_sub(&s->word->bits, WAITER, __ATOMIC_SEQ_CST);
    wake_next(s);
    return *taken != 0 ? MSG_OK : outcome;
}

static enum msg_outcome take(struct semaphore *s, msg_time until, uint32_t most, uint32_t *taken)
{
    *taken = count_take(s, most);
    if (*taken != 0)
        return MSG_OK;
    return until == MSG_NOW ? MSG_DEADLINE : wait_and_take(s, until, most, taken);
}

enum msg_outcome semaphore_down(struct semaphore *s, msg_time until)
{
    uint32_t taken;

    return take(s, until, 1, &taken);
}

enum msg_outcome semaphore_down_to_zero(struct semaphore *s, msg_time until, uint32_t *taken)
{
    return take(s, until, UINT32_MAX, taken);
}

bool semaphore_up(struct semaphore *s)
{
    return count_give(s, SEMAPHORE_MAX);
}

seL4_Error semaphore_create(struct semaphore *s, struct semaphore_word *word, uint32_t count)
{
    if (count > SEMAPHORE_MAX)
        return seL4_InvalidArgument;
    s->word = word != NULL ? word : &s->own;
    __atomic_store_n(&s->word->bits, count, __ATOMIC_RELAXED);
    return notification_create(&s->wake);
}

void semaphore_attach(struct semaphore *s, struct semaphore_word *word, seL4_CPtr wake)
{
    s->word = word;
    s->wake = wake;
}

void semaphore_destroy(struct semaphore *s)
{
    (void)cap_delete(s->wake);
}

seL4_Error mutex_create(struct mutex *m, struct semaphore_word *word)
{
    return semaphore_create(&m->semaphore, word, 1);
}

void mutex_destroy(struct mutex *m)
{
    semaphore_destroy(&m->semaphore);
}

enum msg_outcome mutex_lock(struct mutex *m, msg_time until)
{
    return semaphore_down(&m->semaphore, until);
}

bool mutex_unlock(struct mutex *m)
{
    return count_give(&m->semaphore, 1);
}

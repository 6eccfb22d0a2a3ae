/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks that sleep. Whoever finds one held says so in its set of waiters, tries once more, and
 * sleeps on its thread's notification; whoever drops one with waiters tells one of them, which then
 * tries again: somebody else may be sooner.
 *
 * LCK-1: a dropper makes the lock free, then looks at the waiters; a waiter enters itself, then
 *        looks whether the lock is free. So no drop is slept through.
 */
#include "state.h"

static inline uint64_t own_bit(void)
{
    return 1ull << linux_thread()->index;
}

void linux_lock_wait(struct linux_lock *lock)
{
    for (;;) {
        /* sequentially consistent, both: LCK-1 */
        __atomic_fetch_or(&lock->waiters, own_bit(), __ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_SEQ_CST) == 0)
            break;
        linux_sleep(NULL);
    }
    __atomic_fetch_and(&lock->waiters, ~own_bit(), __ATOMIC_SEQ_CST);
}

void linux_lock_tell(struct linux_lock *lock)
{
    uint64_t waiters = __atomic_load_n(&lock->waiters, __ATOMIC_SEQ_CST);

    if (waiters == 0)
        return;
    unsigned first = (unsigned)__builtin_ctzll(waiters);
    __atomic_fetch_and(&lock->waiters, ~(1ull << first), __ATOMIC_SEQ_CST);
    seL4_Signal(linux_bell(first));
}

/* Of a process, which does not use the heap's. */
static struct linux_lock *lock_of(unsigned n)
{
    struct linux_state *state = linux_state();
    struct linux_lock *const all[] = { &state->own.files.lock, &state->threads.lock,
                                       &state->signals.lock };

    return n < sizeof all / sizeof all[0] ? all[n] : NULL;
}

void linux_locks_take(void)
{
    for (unsigned n = 0; lock_of(n) != NULL; n++)
        linux_lock_take(lock_of(n));
}

void linux_locks_drop(void)
{
    for (unsigned n = 0; lock_of(n) != NULL; n++)
        linux_lock_drop(lock_of(n));
}

void linux_locks_reset(void)
{
    for (unsigned n = 0; lock_of(n) != NULL; n++)
        *lock_of(n) = (struct linux_lock){ 0 };
}

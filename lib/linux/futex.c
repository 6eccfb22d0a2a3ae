/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * futex: threads that wait on a word. A waiting thread sleeps on a notification of its own, so that
 * waking it is one signal; who waits for what is a table. A word is known by its address, whether
 * the call says that it is private or not. Only once the process has mapped memory that it shares,
 * what is not private is for proc to know, which keeps such a table of its own.
 *
 * FTX-1: an entry is removed under the lock, before its thread is signalled: one wake reaches one
 * thread once.
 */
#include "process.h"
#include "signal.h"

enum {
    FUTEX_WAIT,
    FUTEX_WAKE,
    FUTEX_REQUEUE = 3,
    FUTEX_CMP_REQUEUE,
    FUTEX_WAKE_OP,
    FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET,
    FUTEX_PRIVATE = 128,
    FUTEX_CLOCK_REALTIME = 256,
};
#define ALL_BITS 0xffffffffu

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Holds the lock. */
static ALWAYS_INLINE long wake_locked(struct threads *threads, uint64_t address, long count,
                                      uint32_t bits)
{
    long woken = 0;

    for (uint64_t left = threads->waiting; left != 0 && woken < count; left &= left - 1) {
        struct thread_waits *waits = &linux_state()->waits;
        uint64_t i = (uint64_t)__builtin_ctzll(left);
        if (waits->word[i] != address || (waits->bits[i] & bits) == 0)
            continue;
        threads->waiting &= ~(1ull << i);
        __atomic_store_n(&waits->word[i], 0, __ATOMIC_RELEASE); /* FTX-1 */
        seL4_Signal(linux_bell(i));
        woken++;
    }
    return woken;
}

static ALWAYS_INLINE long wake_here(uint64_t address, long count, uint32_t bits)
{
    struct threads *threads = &linux_state()->threads;

    linux_lock_take(&threads->lock);
    long woken = wake_locked(threads, address, count, bits);
    linux_lock_drop(&threads->lock);
    return woken;
}

static __attribute__((noinline)) long wake_own(uint64_t address, long count, uint32_t bits)
{
    return wake_here(address, count, bits);
}

/* Whether a word may be in memory that others have, too. */
static bool may_be_shared(int operation)
{
    return (operation & FUTEX_PRIVATE) == 0 && linux_state()->shares_memory;
}

/* Such a word is waited on, or woken, by proc; this says that it is not one. */
enum { NOT_SHARED = -4096 };

struct requeue {
    uaddr_t other;
    long moved;
    const uint32_t *expected; /* or NULL */
};

static long wake_shared(uint64_t address, long count, uint32_t bits)
{
    uint32_t shared = 0, woken = 0;
    int error;

    CALL_SURELY(error, proc_futex_wake(linux_proc(), address, (uint32_t)(count > 0 ? count : 0),
                                       bits, &shared, &woken));
    return error != 0 ? call_result(error) : shared != 0 ? (long)woken : NOT_SHARED;
}

/* Answers who was woken; with a comparison also who was moved. */
static long requeue_shared(uint64_t address, long count, const struct requeue *to)
{
    uint32_t shared = 0, woken = 0, moved = 0;
    int error;

    CALL_SURELY(error, proc_futex_requeue(
                           linux_proc(), address, (uint32_t)count, (uint32_t)to->moved,
                           to->other.value, to->expected != NULL,
                           to->expected != NULL ? *to->expected : 0, &shared, &woken, &moved));
    if (error != 0)
        return call_result(error);
    return shared != 0 ? (long)woken + (to->expected != NULL ? moved : 0) : NOT_SHARED;
}

static long futex_wake(uint64_t address, long count, uint32_t bits, bool shared)
{
    long woken = shared ? wake_shared(address, count, bits) : NOT_SHARED;

    return woken != NOT_SHARED ? woken : wake_own(address, count, bits);
}

void futex_wake_any(uint64_t address)
{
    (void)futex_wake(address, 1, ALL_BITS, may_be_shared(0));
}

/* Wake up to `count` and let some others wait elsewhere instead. */
static long requeue_own(uaddr_t word, long count, const struct requeue *to)
{
    struct threads *threads = &linux_state()->threads;
    uint32_t now;
    long n = 0;

    if (to->expected != NULL && !user_load32(&now, word))
        return -LINUX_EFAULT;
    if (to->expected != NULL && now != *to->expected)
        return -LINUX_EAGAIN;
    linux_lock_take(&threads->lock);
    long woken = wake_locked(threads, word.value, count, ALL_BITS);
    for (uint64_t left = threads->waiting; left != 0 && n < to->moved; left &= left - 1) {
        uint64_t *waits_on = &linux_state()->waits.word[__builtin_ctzll(left)];
        if (*waits_on == word.value) {
            *waits_on = to->other.value;
            n++;
        }
    }
    linux_lock_drop(&threads->lock);
    return woken + (to->expected != NULL ? n : 0);
}

static long futex_requeue(uaddr_t word, long count, const struct requeue *to, bool shared)
{
    if (count < 0 || to->moved < 0)
        return -LINUX_EINVAL;
    long done = shared ? requeue_shared(word.value, count, to) : NOT_SHARED;
    return done != NOT_SHARED ? done : requeue_own(word, count, to);
}

/* The new value of a FUTEX_WAKE_OP; false: no such operation. */
static bool op_apply(unsigned op, uint32_t argument, uint32_t old, uint32_t *value)
{
    enum { OP_SHIFT = 8 };

    if ((op & OP_SHIFT) != 0)
        argument = 1u << (argument & 31);
    switch (op & 7) {
    case 0: *value = argument; return true;
    case 1: *value = old + argument; return true;
    case 2: *value = old | argument; return true;
    case 3: *value = old & ~argument; return true;
    case 4: *value = old ^ argument; return true;
    default: return false;
    }
}

static bool op_compare(unsigned comparison, int32_t old, int32_t argument, bool *holds)
{
    switch (comparison) {
    case 0: *holds = old == argument; return true;
    case 1: *holds = old != argument; return true;
    case 2: *holds = old < argument; return true;
    case 3: *holds = old <= argument; return true;
    case 4: *holds = old > argument; return true;
    case 5: *holds = old >= argument; return true;
    default: return false;
    }
}

/* Twelve bits with a sign. */
static int32_t field(uint32_t bits)
{
    return (int32_t)(bits << 20) >> 20;
}

/*
 * Change the word at `other`, wake those of `word`, and those of `other` if what was there
 * compares.
 */
static long futex_wake_op(uaddr_t word, long count, long count2, uaddr_t other, uint32_t code,
                          bool shared)
{
    uint32_t old, value;
    bool holds;

    if (!op_apply(code >> 28, (uint32_t)field(code >> 12), 0, &value) ||
        !op_compare(code >> 24 & 15, 0, 0, &holds))
        return -LINUX_ENOSYS;
    if (!user_load32(&old, other))
        return -LINUX_EFAULT;
    for (uint32_t before = ~old; before != old;) {
        before = old;
        (void)op_apply(code >> 28, (uint32_t)field(code >> 12), old, &value);
        if (!user_exchange32(other, &old, value))
            return -LINUX_EFAULT;
    }
    (void)op_compare(code >> 24 & 15, (int32_t)old, field(code), &holds);
    return futex_wake(word.value, count, ALL_BITS, shared) +
           (holds ? futex_wake(other.value, count2, ALL_BITS, shared) : 0);
}

/* Whether the thread was not woken, and is not going to be. */
static __attribute__((noinline)) bool wait_cancel(uint64_t index, bool shared)
{
    struct threads *threads = &linux_state()->threads;
    uint32_t woken = 0;
    int error;

    if (shared) {
        CALL_SURELY(error, proc_futex_cancel(linux_proc(), (uint32_t)index, &woken));
        return error == 0 && woken == 0;
    }
    linux_lock_take(&threads->lock);
    uint64_t *word = &linux_state()->waits.word[index];
    bool waited = *word != 0;
    *word = 0;
    threads->waiting &= ~(1ull << index);
    linux_lock_drop(&threads->lock);
    return waited;
}

static bool is_waiting(uint64_t index, bool shared)
{
    /* acquire; pairs with who wakes */
    return shared ? __atomic_load_n(&linux_thread()->woken, __ATOMIC_ACQUIRE) == 0
                  : __atomic_load_n(&linux_state()->waits.word[index], __ATOMIC_ACQUIRE) != 0;
}

/*
 * Wait until the thread's entry is gone, a signal is due, or the time is over. The
 * notification may be signalled for an earlier wait: that is why this is a loop.
 */
static ALWAYS_INLINE long futex_sleep(uint64_t index, bool shared, const uint64_t *deadline_ns)
{
    long result = 0;

    /* sequentially consistent; pairs with thread_tell(): SIG-1 */
    __atomic_store_n(&linux_own()->sleeping, 1, __ATOMIC_SEQ_CST);
    while (result == 0 && is_waiting(index, shared)) {
        if (process_is_due())
            result = wait_cancel(index, shared)
                         ? (deadline_ns == NULL ? -LINUX_ERESTART : -LINUX_EINTR)
                         : 0;
        else if (deadline_ns == NULL)
            linux_sleep_till(MYELIN_NEVER);
        else if (linux_now_ns() < *deadline_ns)
            linux_sleep(deadline_ns);
        else
            result = wait_cancel(index, shared) ? -LINUX_ETIMEDOUT : 0;
    }
    __atomic_store_n(&linux_own()->sleeping, 0, __ATOMIC_SEQ_CST);
    return result;
}

/* Enter the thread in our table or, where there may be others, in proc's: *shared says in which. */
static ALWAYS_INLINE long wait_enter(uint64_t index, uaddr_t word, uint32_t bits, bool *shared)
{
    struct threads *threads = &linux_state()->threads;
    uint32_t theirs = 0;
    int error = 0;

    if (*shared)
        CALL_SURELY(error,
                    proc_futex_wait(linux_proc(), (uint32_t)index, word.value, bits, &theirs));
    *shared = theirs != 0;
    if (error != 0 || theirs != 0)
        return call_result(error);
    linux_lock_take(&threads->lock);
    linux_state()->waits.word[index] = word.value;
    linux_state()->waits.bits[index] = bits;
    threads->waiting |= 1ull << index;
    linux_lock_drop(&threads->lock);
    return 0;
}

/* What a wait is refused with while the word is not what it should be; 0. */
static long word_differs(uaddr_t word, uint32_t value)
{
    uint32_t now;

    if (!user_load32(&now, word))
        return -LINUX_EFAULT;
    return now != value ? -LINUX_EAGAIN : 0;
}

/* The word counts once the thread is entered, so that no wake is missed. */
static ALWAYS_INLINE long wait_inline(uaddr_t word, uint32_t value, uint32_t bits,
                                      const uint64_t *deadline_ns, bool shared)
{
    uint64_t index = linux_thread()->index;
    long error = shared ? word_differs(word, value) : 0; /* for nothing proc is not asked */

    if (error == 0)
        error = wait_enter(index, word, bits, &shared);
    if (error != 0)
        return error;
    error = word_differs(word, value);
    if (error == 0)
        return futex_sleep(index, shared, deadline_ns);
    /* Who was woken without having waited lets somebody else have that. */
    if (!wait_cancel(index, shared))
        (void)futex_wake(word.value, 1, bits, shared);
    return error;
}

static __attribute__((noinline)) long futex_wait(uaddr_t word, uint32_t value, uint32_t bits,
                                                 const uint64_t *deadline_ns, bool shared)
{
    return wait_inline(word, value, bits, deadline_ns, shared);
}

static __attribute__((noinline)) long wait_private(uaddr_t word, uint32_t value)
{
    return wait_inline(word, value, ALL_BITS, NULL, false);
}

/* A time limit: of FUTEX_WAIT from now on, of FUTEX_WAIT_BITSET a time of the clock. */
static long deadline_get(uaddr_t timeout, int operation, uint64_t *ns)
{
    struct linux_timespec t;

    if (!user_get(&t, timeout, sizeof t))
        return -LINUX_EFAULT;
    if (!linux_time_take(&t, ns))
        return -LINUX_EINVAL;
    if ((operation & ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME)) == FUTEX_WAIT) {
        *ns += linux_now_ns();
    } else if ((operation & FUTEX_CLOCK_REALTIME) != 0) {
        uint64_t boot_ns = process_info()->boot_time_s * LINUX_NS_PER_S;
        *ns = *ns > boot_ns ? *ns - boot_ns : 0;
    }
    return 0;
}

static long wait_checked(uaddr_t word, int operation, uint32_t value, uaddr_t timeout,
                         uint32_t bits)
{
    uint64_t deadline_ns;

    if (!user_null(timeout)) {
        long error = deadline_get(timeout, operation, &deadline_ns);
        if (error != 0)
            return error;
    }
    if (bits == 0 || word.value % 4 != 0)
        return -LINUX_EINVAL;
    return futex_wait(word, value, bits, user_null(timeout) ? NULL : &deadline_ns,
                      may_be_shared(operation));
}

/* A word to wake at: it must be there only if it might be another process's, which proc tells. */
static long word_check(uaddr_t word, int operation, bool shared)
{
    uint32_t unused;

    if (word.value % 4 != 0)
        return -LINUX_EINVAL;
    bool good = shared || (operation & FUTEX_PRIVATE) != 0 ? user_range(word, 4)
                                                           : user_load32(&unused, word);
    return good ? 0 : -LINUX_EFAULT;
}

static __attribute__((noinline)) long futex_other(uaddr_t word, int operation, unsigned value,
                                                  uaddr_t timeout, uaddr_t word2, unsigned value3)
{
    int command = operation & ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME);
    bool shared = may_be_shared(operation),
         two = command >= FUTEX_REQUEUE && command <= FUTEX_WAKE_OP;

    if (operation == FUTEX_WAIT && word.value % sizeof value == 0 && user_null(timeout))
        return futex_wait(word, value, ALL_BITS, NULL, shared);
    if ((operation & FUTEX_CLOCK_REALTIME) != 0 && command != FUTEX_WAIT_BITSET)
        return -LINUX_ENOSYS;
    if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
        return wait_checked(word, operation, value, timeout,
                            command == FUTEX_WAIT ? ALL_BITS : value3);
    if (command == FUTEX_WAKE_BITSET && value3 == 0)
        return -LINUX_EINVAL;
    long error = word_check(word, operation, shared), count = (int)value;
    if (error == 0 && command == FUTEX_WAKE)
        return futex_wake(word.value, count, ALL_BITS, shared);
    if (error == 0 && two)
        error = word_check(word2, operation, shared);
    long count2 = (int)timeout.value;
    const struct requeue to = { word2, count2, command == FUTEX_CMP_REQUEUE ? &value3 : NULL };
    switch (command) {
    case FUTEX_WAKE: return error;
    case FUTEX_WAKE_BITSET:
        return error != 0 ? error : futex_wake(word.value, count, value3, shared);
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: return error != 0 ? error : futex_requeue(word, count, &to, shared);
    case FUTEX_WAKE_OP:
        return error != 0 ? error : futex_wake_op(word, count, count2, word2, value3, shared);
    default: return -LINUX_ENOSYS; /* locks with priority inheritance */
    }
}

/* What threads do most is sorted out first. */
long linux_futex(uaddr_t word, int operation, unsigned value, uaddr_t timeout, uaddr_t word2,
                 unsigned value3)
{
    if (operation == (FUTEX_WAIT | FUTEX_PRIVATE) && word.value % sizeof value == 0 &&
        user_null(timeout))
        return wait_private(word, value);
    if (operation == (FUTEX_WAKE | FUTEX_PRIVATE) && word.value % sizeof value == 0 &&
        user_range(word, sizeof value))
        return wake_here(word.value, (int)value, ALL_BITS);
    return futex_other(word, operation, value, timeout, word2, value3);
}

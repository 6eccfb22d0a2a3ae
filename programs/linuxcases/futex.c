/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

#include <pthread.h>
#include <stddef.h>

enum {
    WAIT = 128,
    WAKE,
    REQUEUE = 131,
    CMP_REQUEUE,
    WAKE_OP,
    WAIT_BITSET = 137,
    WAKE_BITSET,
    REAL = 256,
    SHARED_WAKE = 1
};

static unsigned word[4] = { 5, 6, 0, 0 };
static const struct timespec_is soon = { 0, 1000 }, negative = { 0, -1 };
static char *const odd = (char *)word + 1;

static void cases_wait(void)
{
    E("futex: wait, another value", SYS_futex, word, WAIT, 1, 0);
    E("futex: wait, unaligned", SYS_futex, odd, WAIT, 5, 0);
    E("futex: wait, bad pointer", SYS_futex, gone, WAIT, 5, 0);
    E("futex: wait, null", SYS_futex, 0, WAIT, 5, 0);
    E("futex: wait, kernel's", SYS_futex, KERNEL, WAIT, 5, 0);
    E("futex: wait, nobody's", SYS_futex, NEITHER, WAIT, 5, 0);
    E("futex: wait, time over", SYS_futex, word, WAIT, 5, &soon);
    E("futex: wait, -1 ns", SYS_futex, word, WAIT, 5, &negative);
    E("futex: wait, -1 ns, another value", SYS_futex, word, WAIT, 1, &negative);
    E("futex: wait, bad time", SYS_futex, word, WAIT, 5, gone);
    E("futex: wait, bad time, unaligned", SYS_futex, odd, WAIT, 5, gone);
    E("futex: wait, by the real clock", SYS_futex, word, WAIT | REAL, 5, &soon);
    E("futex: bitset wait, no bits", SYS_futex, word, WAIT_BITSET, 5, &soon, 0, 0);
    E("futex: bitset wait, long ago", SYS_futex, word, WAIT_BITSET, 5, &soon, 0, 1);
    E("futex: bitset wait, real, long ago", SYS_futex, word, WAIT_BITSET | REAL, 5, &soon, 0, 1);
}

static void cases_wake(void)
{
    V("futex: wake nobody", SYS_futex, word, WAKE, 1);
    V("futex: wake, unaligned", SYS_futex, odd, WAKE, 1);
    V("futex: wake, bad pointer", SYS_futex, gone, WAKE, 1);
    V("futex: shared wake, bad pointer", SYS_futex, gone, SHARED_WAKE, 1);
    V("futex: wake, kernel's", SYS_futex, KERNEL, WAKE, 1);
    V("futex: wake, kernel's, unaligned", SYS_futex, KERNEL + 1, WAKE, 1);
    V("futex: wake -1", SYS_futex, word, WAKE, -1);
    V("futex: wake, by the real clock", SYS_futex, word, WAKE | REAL, 1);
    V("futex: bitset wake, no bits", SYS_futex, word, WAKE_BITSET, 1, 0, 0, 0);
    V("futex: bitset wake", SYS_futex, word, WAKE_BITSET, 1, 0, 0, 4);
    V("futex: requeue nobody", SYS_futex, word, REQUEUE, 1, 1, word + 1);
    V("futex: requeue, second unaligned", SYS_futex, word, REQUEUE, 1, 1, odd);
    V("futex: requeue -1", SYS_futex, word, REQUEUE, -1, 1, word + 1);
    V("futex: requeue, second bad", SYS_futex, word, REQUEUE, 1, 1, gone);
    V("futex: compare, requeue, another value", SYS_futex, word, CMP_REQUEUE, 1, 1, word + 1, 9);
    V("futex: compare, requeue", SYS_futex, word, CMP_REQUEUE, 1, 1, word + 1, 5);
    V("futex: compare, requeue, bad", SYS_futex, gone, CMP_REQUEUE, 1, 1, word + 1, 5);
    V("futex: wake and add", SYS_futex, word, WAKE_OP, 1, 1, word + 1, 1 << 28 | 1 << 12 | 6);
    show_number("futex: the sum", word[1]);
    V("futex: wake and set a bit", SYS_futex, word, WAKE_OP, 1, 1, word + 1, 10u << 28 | 4 << 12);
    show_number("futex: the bit", word[1]);
    V("futex: wake and add, bad", SYS_futex, word, WAKE_OP, 1, 1, gone, 1 << 28 | 1 << 12 | 6);
    V("futex: wake and no operation", SYS_futex, word, WAKE_OP, 1, 1, word + 1, 6 << 28);
    V("futex: operation 50", SYS_futex, word, 50, 1);
    V("futex: operation 2", SYS_futex, word, 2, 1);
}

static unsigned gate, gate2;

static void *waiter(void *bits)
{
    long result = CALLED(SYS_futex, &gate, WAIT_BITSET, 0, 0, 0, (unsigned)(size_t)bits);

    return (void *)result;
}

/* Wake until somebody was there to be woken. */
static long wake_until(unsigned *at, unsigned bits)
{
    long n;

    while ((n = CALLED(SYS_futex, at, WAKE_BITSET, 1, 0, 0, bits)) == 0)
        CALLED(SYS_sched_yield);
    return n;
}

static void cases_threads(void)
{
    pthread_t t;
    void *result = (void *)1;
    long moved;

    if (pthread_create(&t, NULL, waiter, (void *)4) != 0)
        return;
    show_number("futex: wakes who waits for one of the bits", wake_until(&gate, 6));
    pthread_join(t, &result);
    show_number("futex: who was woken", (long)result);

    if (pthread_create(&t, NULL, waiter, (void *)4) != 0)
        return;
    while ((moved = CALLED(SYS_futex, &gate, CMP_REQUEUE, 0, 1, &gate2, 0)) == 0)
        CALLED(SYS_sched_yield);
    show_number("futex: moves one", moved);
    V("futex: nobody is left", SYS_futex, &gate, WAKE, 1);
    show_number("futex: it is at the other", wake_until(&gate2, ~0u));
    pthread_join(t, &result);
    show_number("futex: who was moved and woken", (long)result);
}

/* ---- robust locks ---- */

static struct {
    struct list {
        struct list *next;
    } first;
    long offset;
    struct list *pending;
} head;
static struct {
    struct list entry;
    unsigned word;
} lock;

static void *holder(void *unused)
{
    lock.word = (unsigned)CALLED(SYS_gettid);
    lock.entry.next = &head.first;
    head.first.next = &lock.entry;
    head.offset = (char *)&lock.word - (char *)&lock.entry;
    CALLED(SYS_set_robust_list, &head, sizeof head);
    return unused;
}

static void cases_robust(void)
{
    pthread_t t;

    E("set_robust_list: another size", SYS_set_robust_list, &head, 23);
    E("get_robust_list: no such thread", SYS_get_robust_list, 9999999, page, page + 8);
    E("get_robust_list: bad pointer", SYS_get_robust_list, 0, gone, page);
    if (pthread_create(&t, NULL, holder, NULL) != 0)
        return;
    pthread_join(t, NULL);
    show_truth("set_robust_list: who died is told", lock.word == 0x40000000);
}

void cases_futex(void)
{
    cases_wait();
    cases_wake();
    cases_threads();
    cases_robust();
}

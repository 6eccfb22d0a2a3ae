/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting semaphores, and a mutex on the same base. A count and a number of waiters are one word
 * of memory; only who has to wait, and who finds a waiter, enters the kernel, through a
 * notification. With the word in a shared page and a capability to the notification, a semaphore
 * works across address spaces.
 *
 *     up    adds one to the count; somebody waits: signals
 *     down  takes one; there is none: counts itself as a waiter, looks again, waits for a signal
 *
 * Signals that nobody has taken yet come as one. So who wakes up and leaves more behind passes the
 * signal on (SEM-2); nothing is lost however many ups come before the first waiter runs.
 *
 * SEM-1: who waits in the kernel is counted as a waiter, or is leaving.
 * SEM-2: while the count is above zero and somebody waits in the kernel, a signal is under way.
 *
 * Whoever shares a semaphore can spoil it: count wrongly, or let the others wait. Deadlines end
 * such waits; nothing else of a process depends on the word. Budget and priority are not lent: what
 * needs that is a portal (portal/portal.h).
 */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEMAPHORE_MAX 0x7fffffffu /* the highest count */

/* The shared part: bits 0-31 the count, 32-63 the waiters. All zero: a count of 0. */
struct semaphore_word {
    uint64_t bits; /* [A] */
};

struct semaphore {
    struct semaphore_word *word; /* [I] where it is; our own, or in shared memory */
    seL4_CPtr wake;              /* [I] notification: the rights to wait and to signal */
    struct semaphore_word own;
};

/**
 * Make a semaphore with a notification of its own.
 *
 * @param word   in memory that others share, or NULL: of this process only
 * @param count  0..SEMAPHORE_MAX
 * @return as cap_create(); seL4_InvalidArgument: the count
 */
seL4_Error semaphore_create(struct semaphore *s, struct semaphore_word *word, uint32_t count);

/* Use one that another process has made: its word, and a capability to its notification. */
void semaphore_attach(struct semaphore *s, struct semaphore_word *word, seL4_CPtr wake);

/*
 * Give back what semaphore_create() took. Nobody may wait: they would be stopped for ever. After
 * semaphore_attach(), whoever got the capability deletes it.
 */
void semaphore_destroy(struct semaphore *s);

/**
 * Take one, waiting for it until a deadline. MSG_NOW: don't wait, and don't enter the kernel.
 * @return MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED
 */
enum msg_outcome semaphore_down(struct semaphore *s, msg_time until)
    __attribute__((warn_unused_result));

/**
 * Take all there are, at least one: what "down to zero" is in NOVA.
 * @param taken  out: how many
 */
enum msg_outcome semaphore_down_to_zero(struct semaphore *s, msg_time until, uint32_t *taken)
    __attribute__((warn_unused_result));

/* Give one; false: the count was SEMAPHORE_MAX. Never waits. */
bool semaphore_up(struct semaphore *s);

/* A mutex: a semaphore that is at most 1. Not recursive; who unlocks need not be who has locked. */
struct mutex {
    struct semaphore semaphore;
};

/* Unlocked at first. Parameters and errors as semaphore_create(). */
seL4_Error mutex_create(struct mutex *m, struct semaphore_word *word);
void mutex_destroy(struct mutex *m);
enum msg_outcome mutex_lock(struct mutex *m, msg_time until) __attribute__((warn_unused_result));
/* False: it was not locked. */
bool mutex_unlock(struct mutex *m);

#ifdef __cplusplus
}
#endif

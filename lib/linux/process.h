/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes of proc have and components of init have not: an outside world. Calls of proc are
 * made without a lock held, and made again when they were interrupted before proc took them.
 */
#pragma once

#include <idl/proc.h>

#include "signal.h"

static inline struct proc linux_proc(void)
{
    return (struct proc){ SLOT_INIT };
}

/** Looks at the clock: if it is time, others have their turn, and this thread after them. */
void turn_look(void);

/*
 * Before a call: whoever is in servers most of the time has its slices end there, where that is no
 * turn for those of its own priority. So each gives up one by itself now and then.
 */
static inline void turn_give(void)
{
    if (__builtin_expect(--linux_own()->turn_calls < 0, 0))
        turn_look();
}

/** Make a call of a server, which answers at once, until it was not interrupted. */
#define CALL_SURELY(error, call)                                                                   \
    do {                                                                                           \
        turn_give();                                                                               \
        (error) = (call);                                                                          \
    } while ((error) == CALL_INTERRUPTED)

/** What a system call answers for an error of a stub: 0, or a negative error number. */
static inline long call_result(int error)
{
    return error >= 0 ? -error : -LINUX_EIO;
}

/** Whether a call that may wait is not to begin, or to be made again: a signal is due. */
static inline bool process_is_due(void)
{
    return __builtin_expect(linux_thread()->pending != 0, 0) && signal_due();
}

/**
 * The default action of a signal is to stop, or, 0, the process is stopped: returns when it goes
 * on.
 */
void process_stop(unsigned signal);

/** Whether it is stopped, so that this thread is to stop, too. */
static inline bool process_is_stopped(void)
{
    /* acquire; pairs with proc, which says so before it ends waits */
    return linux_is_process() && __atomic_load_n(&process_mail()->stopped, __ATOMIC_ACQUIRE) != 0;
}

/* ---- what survives a fork or exec: pairs of a server and a handle ---- */

enum { HANDLES_MAX = LINUX_FILES + 1 };

struct handle_pair {
    uint32_t server, handle;
};

/**
 * The handles of all open files, or of those alone that exec leaves open, and of the current
 * directory. Needs the table's lock.
 *
 * @param list  HANDLES_MAX of them
 * @return how many it were
 */
size_t handles_list(struct handle_pair *list, bool exec);

/** Those of them that are a server's, in handles[HANDLES_MAX]; how many. */
size_t handles_of(uint32_t server, const struct handle_pair *list, size_t count, uint32_t *handles);

/** A program begins: what exec resets is reset; the first of all opens its console. */
void linux_state_exec(void);

/** Of the process as it was before, in a child: what fork does not copy. */
long linux_child(void);

/** Set the program's thread pointer. */
void linux_fs_base(uint64_t base);

/** Close without telling the servers what exec closes. */
void files_exec(void);

/** What files that are made do not get of their mode. */
uint32_t linux_umask_now(void);

/** open(2) and pipe2(2). */
long process_open(int dir, uaddr_t name, int flags, unsigned mode);
long process_pipe(uaddr_t fds, int flags);

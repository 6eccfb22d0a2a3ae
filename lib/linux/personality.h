/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the personality: what its files share. A handler is called linux_NAME, takes the
 * arguments that calls.tsv lists and returns a result or a negative error number; its prototype is
 * made from that list. Handlers run on the thread's second stack of PROCESS_THREAD_STACK bytes;
 * they use no vector register, no thread-local storage and nothing of the C library, which may call
 * them before it is set up.
 *
 * LNX-1: the personality has no writable data but struct linux_state and the thread pages.
 */
#pragma once

#include <ipc/message.h>
#include <ipc/unix_files.h>
#include <myelin/ipc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "user.h"

enum linux_error {
    LINUX_EPERM = 1,
    LINUX_ENOENT = 2,
    LINUX_ESRCH = 3,
    LINUX_EINTR = 4,
    LINUX_EIO = 5,
    LINUX_ENXIO = 6,
    LINUX_EBADF = 9,
    LINUX_ECHILD = 10,
    LINUX_EAGAIN = 11,
    LINUX_ENOMEM = 12,
    LINUX_EACCES = 13,
    LINUX_EFAULT = 14,
    LINUX_EBUSY = 16,
    LINUX_EEXIST = 17,
    LINUX_ENODEV = 19,
    LINUX_ENOTDIR = 20,
    LINUX_EISDIR = 21,
    LINUX_EINVAL = 22,
    LINUX_EMFILE = 24,
    LINUX_ENOTTY = 25,
    LINUX_ENOSPC = 28,
    LINUX_ESPIPE = 29,
    LINUX_EROFS = 30,
    LINUX_ERANGE = 34,
    LINUX_ENAMETOOLONG = 36,
    LINUX_ELOOP = 40,
    LINUX_EOVERFLOW = 75,
    LINUX_EOPNOTSUPP = 95,
    LINUX_ETIMEDOUT = 110,
    LINUX_ECONNREFUSED = 111,
};

/* Any of the handlers; entry.S calls them with up to six arguments. */
typedef void linux_call(void);

#include "linux_calls.h"

extern linux_call *const linux_calls[LINUX_CALLS];

/* A Linux struct timespec. */
struct linux_timespec {
    int64_t seconds, nanoseconds;
};

#define LINUX_NS_PER_S 1000000000

/* The program's registers at a system call, as entry.S saves them; rsp is in the thread page. */
struct linux_frame {
    uint64_t r10, r9, r8, rdx, rsi, rdi, rip, flags;
    uint64_t number;
    uint64_t rbp, rbx, r12, r13, r14, r15; /* only if saved: frame_complete */
    uint64_t unused;
};
_Static_assert(sizeof(struct linux_frame) == LINUX_FRAME_BYTES,
               "entry.S; and the stack stays aligned");
_Static_assert(sizeof(struct linux_frame) - offsetof(struct linux_frame, number) ==
                   PROCESS_THREAD_ABOVE,
               "where thread_local.stack points");

/* In entry.S, and not to be called. Hidden: their addresses need no table. */
__attribute__((visibility("hidden"))) void linux_thread_entry(void);
__attribute__((visibility("hidden"))) void linux_fault_entry(void);

/** The calling thread's part of its thread page. */
static inline struct thread_local *linux_thread(void)
{
    return (struct thread_local *)((uintptr_t)ipc_buffer() + THREAD_LOCAL_OFFSET);
}

/** What the program's registers were at the call that is served. */
static inline struct linux_frame *linux_frame(void)
{
    return (struct linux_frame *)((uintptr_t)ipc_buffer() + PROCESS_THREAD_STEP) - 1;
}

/** Whether this is a process of proc, which SLOT_INIT then leads to; else a component of init. */
static inline bool linux_is_process(void)
{
    return process_info()->manager == PROCESS_BY_PROC;
}

/** The notification that thread `index` sleeps on. */
static inline seL4_CPtr linux_bell(uint64_t index)
{
    return process_info()->thread_slot_first + index;
}

/** Nanoseconds since the processor's counter was 0. */
uint64_t linux_now_ns(void);

/** That time as the processor's counter has it; not earlier. */
uint64_t linux_ticks(uint64_t ns);

/** Sleep until the thread's notification is signalled, the thread interrupted, or a time. */
void linux_sleep(const uint64_t *deadline_ns);

/** A server has so many callers that wait that it can keep no more: sleep before asking again. */
void linux_sleep_crowded(void);

/** Nanoseconds of a time as Linux accepts it; false: negative, or a second or more in the rest. */
bool linux_time_take(const struct linux_timespec *time, uint64_t *ns);

/** End the process, by itself or by a signal; who manages it destroys it instead of answering. */
_Noreturn void linux_process_end(long code);
_Noreturn void linux_process_die(unsigned signal);

/** Take a lock that was held; tell one of those who wait for a lock that was dropped. */
void linux_lock_wait(struct linux_lock *lock);
void linux_lock_tell(struct linux_lock *lock);

/**
 * All of them: for fork and exec, which find every table whole then. In a child, and in a new
 * program, nobody holds any, whatever they say.
 */
void linux_locks_take(void);
void linux_locks_drop(void);
void linux_locks_reset(void);

static inline void linux_lock_take(struct linux_lock *lock)
{
    /* pairs with linux_lock_drop() */
    if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_SEQ_CST) != 0)
        linux_lock_wait(lock);
}

static inline void linux_lock_drop(struct linux_lock *lock)
{
    /* sequentially consistent, both: LCK-1 */
    __atomic_store_n(&lock->held, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&lock->waiters, __ATOMIC_SEQ_CST) != 0)
        linux_lock_tell(lock);
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inside of the personality: what its files share. A handler takes Linux's six arguments and returns a result or a
 * negative error number. Handlers run on the calling thread's stack, below its red zone; they use no vector register,
 * no thread-local storage and nothing of the C library, which may call them before it is set up.
 */
#pragma once

#include <ipc/message.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

enum linux_error {
    LINUX_EPERM = 1, LINUX_ENOENT = 2, LINUX_EINTR = 4, LINUX_EIO = 5, LINUX_EBADF = 9, LINUX_EAGAIN = 11,
    LINUX_ENOMEM = 12, LINUX_EACCES = 13, LINUX_EFAULT = 14, LINUX_EINVAL = 22, LINUX_ENOTTY = 25,
    LINUX_ESPIPE = 29, LINUX_ETIMEDOUT = 110,
};

typedef long linux_call(long a0, long a1, long a2, long a3, long a4, long a5);

/* A Linux struct timespec. */
struct linux_timespec {
    int64_t seconds, nanoseconds;
};

/* memory.c */
linux_call linux_brk, linux_mmap, linux_munmap, linux_mprotect, linux_madvise;
/* stdio.c */
linux_call linux_read, linux_write, linux_readv, linux_writev, linux_close, linux_ioctl, linux_fstat, linux_lseek;
/* time.c */
linux_call linux_clock_gettime, linux_clock_getres, linux_gettimeofday, linux_time, linux_nanosleep,
           linux_clock_nanosleep;
/** Nanoseconds since the processor's counter was 0. */
uint64_t linux_now_ns(void);
/* process.c */
linux_call linux_exit_group, linux_arch_prctl, linux_getpid, linux_gettid, linux_getppid, linux_zero, linux_uname,
           linux_getrandom, linux_sigaction, linux_sigprocmask, linux_kill, linux_tgkill, linux_sched_yield;
/* thread.c */
linux_call linux_clone, linux_exit, linux_set_tid_address, linux_futex;
linux_call linux_exit_entry;
long linux_clone_entry(long a0, long a1, long a2, long a3, long a4, long a5);
void linux_thread_entry(void);

extern linux_call *const linux_calls[LINUX_CALLS];

/** The calling thread's part of its thread page. */
static inline struct thread_local *linux_thread(void)
{
    return (struct thread_local *)((uintptr_t)ipc_buffer() + THREAD_LOCAL_OFFSET);
}

/* A lock for the short critical sections below; its holder never blocks. */
struct linux_lock {
    uint32_t held;              /* [A] */
};

static inline void linux_lock_take(struct linux_lock *lock)
{
    while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0)  /* pairs with linux_lock_drop() */
        seL4_Yield();
}

static inline void linux_lock_drop(struct linux_lock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);                 /* pairs with linux_lock_take() */
}

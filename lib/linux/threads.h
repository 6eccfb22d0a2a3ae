/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of a process, as their numbers are used by others than thread.c.
 */
#pragma once

#include "state.h"

/** Thread number (as gettid() tells) of thread `index`. */
static inline long thread_tid(uint64_t index)
{
    if (linux_is_process())
        return linux_own_of(index)->tid;
    return (long)(process_info()->id + 1 + 256 * index);
}

/** How many there may be. */
static inline uint64_t thread_max(void)
{
    return linux_is_process() ? process_mail()->thread_max : process_info()->thread_max;
}

/** Bit n: thread n was started and has not ended. */
static inline uint64_t threads_running(void)
{
    return __atomic_load_n(&linux_state()->threads.running, __ATOMIC_RELAXED) |
           (linux_is_process() ? 0 : 1);
}

/** A thread is alone now: no other one runs or waits. */
static inline void threads_reset(uint64_t index)
{
    struct linux_state *state = linux_state();

    for (uint64_t left = state->threads.waiting; left != 0; left &= left - 1)
        state->waits.word[__builtin_ctzll(left)] = 0;
    state->threads = (struct threads){ .running = 1ull << index };
}

/** Index of the running thread with this number; -1: there is none. */
int thread_find(int tid);

/** Wake one who waits on the word at this address, a thread of whatever process. */
void futex_wake_any(uint64_t address);

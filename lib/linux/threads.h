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
        return index == 0 ? process_mail()->pid : linux_own_of(index)->tid;
    return (long)(process_info()->id + 1 + 256 * index);
}

/** How many there may be. */
static inline uint64_t thread_max(void)
{
    return linux_is_process() ? process_mail()->thread_max : process_info()->thread_max;
}

/** Index of the running thread with this number; -1: there is none. */
int thread_find(int tid);

/** Wake up to `count` threads that wait on the word at this address; how many it were. */
long futex_wake(uint64_t address, long count, uint32_t bits);

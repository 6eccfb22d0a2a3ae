/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * futex(2) on memory that processes share: threads that wait on a word. A word is known by its
 * frame. Nobody is kept waiting here: a thread asks to be told, and sleeps on its notification;
 * `woken` of its thread page says that it was told. What is the process's own memory is left to its
 * personality.
 *
 * FTX-2: an entry goes before its thread is told: one wake reaches one thread once.
 */
#pragma once

#include <ipc/serve.h>

#include "process.h"

int do_futex_wait(struct call *c, uint32_t thread, uint64_t address, uint32_t bits,
                  uint32_t *shared);
int do_futex_cancel(struct call *c, uint32_t thread, uint32_t *woken);
int do_futex_wake(struct call *c, uint64_t address, uint32_t count, uint32_t bits, uint32_t *shared,
                  uint32_t *woken);
int do_futex_requeue(struct call *c, uint64_t address, uint32_t count, uint32_t moved,
                     uint64_t other, uint32_t compare, uint32_t value, uint32_t *shared,
                     uint32_t *woken, uint32_t *requeued);

/** A thread has ended: it waits for nothing. */
void futex_forget(struct thread *t);

/**
 * A thread is about to end without having given up its robust locks (set_robust_list(2)): whoever
 * gets one that is in shared memory is told. Its memory is still there.
 */
void futex_release(struct process *p, unsigned thread);

/**
 * A thread is about to end whose number stands in a word of memory that others go on with: the word
 * becomes 0, and whoever waits for that is told, if the memory is shared.
 */
void futex_clear(struct process *p, uint64_t address);

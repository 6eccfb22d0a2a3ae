/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface's debugging calls, and the list of all threads that debug builds keep for them. */
#pragma once

#include "arch.h"

/* Carries out number if it is a debugging call of this build. False: it is not. */
bool debug_syscall(struct tcb *t, sword_t number);

/* t comes into being, goes. Nothing in other builds. */
void debug_thread_add(struct tcb *t);
void debug_thread_remove(struct tcb *t);

#ifdef CONFIG_DEBUG_BUILD
extern struct tcb *debug_threads; /* linked by debug_next [K] */
#endif

/* Print every thread: state, whom it waits for, budget, last fault. */
void debug_dump_threads(void);

/* The name of t, or "?" in builds that keep none. */
const char *debug_thread_name(const struct tcb *t);

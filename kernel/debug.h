/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface's debugging calls, and the list of all threads that debug builds keep for them. */
#pragma once

#include "arch.h"

/* Carries out number if it is a debugging call of this build. False: it is not. */
RARE bool debug_syscall(struct tcb *t, sword_t number);

extern struct tcb *debug_threads; /* linked by debug_next; empty in other builds [K] */

/* t comes into being, goes. Only in debug builds. */
RARE void debug_thread_add(struct tcb *t);
RARE void debug_thread_remove(struct tcb *t);

/* Print every thread: state, whom it waits for, budget, last fault. */
RARE void debug_dump_threads(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the examples share: a root server's objects, threads in its own address space, and a line of
 * TAP for each thing that is shown. The main thread runs at PRIORITY_MAIN; a thread above it runs
 * at once when it is started, and until it waits.
 */
#pragma once

#include <rt/rt.h>

#define PRIORITY_LOW 50
#define PRIORITY_MAIN 100
#define PRIORITY_HIGH 150

/* Before anything else; ends the program on a kernel without extensions. */
void example_begin(seL4_BootInfo *bootinfo);
/* Behind everything else: main's value. */
int example_end(void);

/* Say whether something that is to be shown is so. */
void check(bool ok, const char *what);
/* The same for what the example only needs: the program ends if it failed. */
void must(seL4_Word error, const char *what);

/* A new object in a slot of the root CNode; size_bits as for seL4_Untyped_Retype. */
seL4_CPtr make(seL4_Word type, seL4_Word size_bits);
/* Map a frame for reading and writing, in the place of what is there. */
seL4_Error map(seL4_CPtr frame, seL4_Word address);
/* So many new pages, at most 512, where nothing is mapped in the GiB around: the first frame. */
seL4_CPtr make_pages(unsigned count, seL4_Word address);
/* The first of so many empty slots of the root CNode, side by side. */
seL4_CPtr slots(unsigned count);
/* A scheduling context: so many microseconds in each period. */
seL4_CPtr make_time(seL4_Word budget_us, seL4_Word period_us);

/* A thread: its TCB. It runs run(), which does not return, on the time of this context. */
seL4_CPtr start(int priority, seL4_CPtr time, void (*run)(void));
/* A thread of PRIORITY_LOW whose faults are messages to the endpoint. */
void start_faulting(void (*run)(void), seL4_CPtr endpoint);
/* A server that has no time of its own (a passive one); run() receives before anything else. */
seL4_CPtr start_passive(void (*run)(void));

/* The time-stamp counter in so many microseconds, for deadlines. */
seL4_Word in_us(seL4_Word us);

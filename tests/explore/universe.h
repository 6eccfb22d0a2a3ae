/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small system in which anything may happen: each step is one kernel entry (a system call with
 * mostly sensible operands, an interrupt, a fault, time passing), drawn from a source of numbers,
 * after which every invariant is checked.
 */
#pragma once

#include "world.h"

/* Where the steps come from: a number below n (n at least 1). */
struct source {
    uint64_t state;       /* of the generator, which goes on where bytes end */
    const uint8_t *bytes; /* NULL: none */
    size_t bytes_left;
    unsigned long steps_behind; /* steps that are made when no bytes are left */
    unsigned audit_every;       /* the whole audit after every n-th step; 0: never */
    /* every n-th event is compared with the specification, and fast paths with slow ones; 0: all */
    unsigned judge_every;
    unsigned preempt_percent; /* how often preemption points are made to say yes */
    bool is_loud;             /* print the steps */
};

uint64_t draw(struct source *from, uint64_t n);

/*
 * One life of the system: boot, at most `steps` steps, take all away. Panics (see host.on_death)
 * when an invariant is broken; answers how many steps were made.
 */
unsigned long universe_run(struct source *from, unsigned long steps);

/* steps made in the present run */
extern unsigned long universe_step;
/* ... and system calls, faults and timer interrupts in all runs */
extern unsigned long universe_events;

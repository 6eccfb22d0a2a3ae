/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the process server's target. */
#pragma once

#include "objects.h"
#include "server_priv.h"

#include "process.h"

enum {
    CNODE_BITS = 13,
    RESERVE_BITS = 24,
    CAP_MEMFS = SLOT_GRANT_FIRST,
    CAP_PIPE,
    CAP_TTY,
    CAP_SYSTEM,
    CAP_CLOCK,
};

/* ---- proc_fuzz.c ---- */

/** The n-th process that lives, but the first one; NULL: there is none. */
struct process *process_take(unsigned n);

/** Whose request it is that numbers are taken for; NULL: nobody's. */
extern struct process *asking;

/** An address where that has something, or near it; depends on n, too. */
uint64_t address_take(unsigned n);

/* ---- proc_program.c ---- */

/** A process does what a program would do. */
void program_step(struct process *p, uint32_t thread);

/* ---- proc_others.c: who it asks ---- */

/** Before it starts: files and the personality. */
void others_open(void);

/** struct fuzzed.asked */
void others_asked(struct bytes *b, seL4_CPtr cap, struct call_registers *r);

/** How many handles it was given and has not closed. */
extern int handles_lent;

/** A token that it has given out: it will be told that it was lost, sooner or later. */
void others_token(uint64_t token);
void others_forget(void);

/** A page of a file goes. */
void others_shrink(unsigned n);

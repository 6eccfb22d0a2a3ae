/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exhaustive exploration: from a small system that has been set up, every operation of a list is
 * tried in every state that any sequence of them leads to.
 *
 *     space*.c     the systems, as lists of operations
 *     op.c         doing an operation, and showing it as C
 *     snapshot.c   going back to a state; what of it counts, as a number
 *     search.c     breadth first, by several processes with one table of the states seen
 *
 * Two states are the same if their canonical forms are: all that decides what the kernel does from
 * there on. Registers of threads that will be written before they are read are left out, and so is
 * what is stale (tcb.h, object.h say when).
 */
#pragma once

#include "spec.h"
#include "world.h"

/* What can happen: to or by the current thread. */
struct op {
    enum op_kind {
        OP_SYSTEM_CALL, /* number; cap, tag, reply */
        OP_REQUEST,     /* a call of the object at cap: label, r */
        OP_FAULT,       /* it touches memory that is not there */
        OP_EXCEPTION,
        OP_TIME,      /* number microseconds pass, in user mode or idle */
        OP_INTERRUPT, /* number */
    } kind;
    sword_t number;
    cptr_t cap, reply;
    word_t tag, label;
    ticks_t wait; /* of an extended call: deadline from now; 0: none */
    struct request r;
    bool is_for_all; /* what the thread that has set up may do, too */
};

#define OPS_MAX 400u
#define SETUP_MAX 24u

struct space {
    const char *name, *what;
    /* fills the two lists below */
    void (*make)(struct space *s);
    struct op setup[SETUP_MAX]; /* after set_up() of cases.h */
    unsigned setup_count;
    struct op ops[OPS_MAX];
    unsigned ops_count;
    bool is_timed;       /* time passes: fast paths, which do not look at the clock, are left out */
    bool is_quick;       /* belongs to `make test` */
    bool is_huge;        /* only by name */
    bool has_domains;    /* is for a kernel that has several: explore-domains */
    bool has_page;       /* the frame of the buffers is mapped where threads see it */
    cptr_t receive_slot; /* of all threads, in the root CNode; 0: no capabilities travel */
    unsigned bits;       /* of the table of states; 0: BITS_USUAL */
    ticks_t past;        /* no step goes where a time that counts is further back than this */
    uint64_t least;      /* states; fewer: what was meant is not set up */
};

extern struct space spaces[];
extern const unsigned space_count;

/* --- op.c --- */

/* Can it happen now: is there a current thread for what needs one? */
bool op_is_possible(const struct op *op);
/* The current thread's registers and buffer become what op needs. */
void op_prepare(const struct op *op);
/* ... and it is done. */
void op_do(const struct op *op);
/* What it is for the specification; false: nothing. */
bool op_is_specified(const struct op *op, struct spec_event *e);
/*
 * The same by a fast path, for a system call. False: not taken. To be asked in the state before.
 */
bool op_do_fast(const struct op *op);
/* As a line of C for kernel/test, indented. */
void op_show(const struct op *op);

/* --- snapshot.c --- */

#define SNAPSHOT_BYTES 24576u

struct snapshot {
    char bytes[SNAPSHOT_BYTES];
};

/* The system of s has been set up: find what it consists of. */
void snapshot_begin(const struct space *s);
void snapshot_save(struct snapshot *to);
void snapshot_restore(const struct snapshot *from);
/*
 * The state as it is now is the one that steps are tried from: after each look, then return. Until
 * the first look what has changed means: since the state that was expanded before.
 */
void snapshot_expand(void);
/* What has changed since? Before the state is numbered or compared. */
void snapshot_look(void);
/* Go back. All that has changed since is what snapshot_look() saw. */
void snapshot_return(void);
/* Was it among that: an object (a thread: its slots), any slot? */
bool snapshot_object_is_same(const void *object);
bool snapshot_slots_are_same(void);
/* IPC buffer i (0: of who sets up), so that BUF_CAPS and the like count from there. */
word_t *buffer_words(unsigned i);
/* The canonical form of the state, as a number that is not 0. */
uint64_t state_number(void);
/* ... without what tells only fast paths something, but with all registers. */
uint64_t state_number_plain(void);
/* Is a time that counts further back than `past`, in the state that was numbered last? */
bool state_is_beyond(void);
/* What two states differ in: remember them, as 0 and 1, then print the first difference. */
void state_remember(unsigned i);
void state_show_difference(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads, address spaces and memory for the benchmark rows, on the public interface only, so that
 * one binary runs on any kernel that has it. Anything that goes wrong prints a line and ends the
 * run.
 */
#pragma once

#include <rt/rt.h>
#include "mark.h"

enum {
    ROUNDS = 12, /* regions each row closes; the last ones must agree */
    PRIO_LOW = 90,
    PRIO_MID = 100,
    PRIO_HIGH = 110,
    WORDS_ARE_BYTES = 8,
};

/* A thread with its own stack, IPC buffer and scheduling context. */
struct worker {
    seL4_CPtr tcb, sc, reply;
    seL4_Word tls_base;
    seL4_IPCBuffer *buffer; /* [I] the same address in every address space */
};

void env_init(seL4_BootInfo *bootinfo);
void check(const char *what, seL4_Error error);

/** An object in a fresh slot; size_bits as for seL4_Untyped_Retype. */
seL4_CPtr object_make(seL4_Word type, seL4_Word size_bits);
seL4_CPtr slot_take(void);

/** A capability to the same object with a badge and rights, in a fresh slot. */
seL4_CPtr cap_badged(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);

/** Another address space with the whole program in it, at the same addresses. */
seL4_CPtr space_make(void);

/** Make the paging structures for the 2 MiB around address. */
void space_extend(seL4_CPtr space, seL4_Word address);

/** A scheduling context whose budget is never used up. */
seL4_CPtr sc_make(void);
void sc_configure(seL4_CPtr sc, seL4_Word budget_us, seL4_Word period_us);

/*
 * Give a new thread the root server's CSpace and all the rest; `fault_ep` may be 0, `buffer` NULL.
 */
void thread_configure(seL4_CPtr tcb, seL4_CPtr sc, seL4_CPtr space, seL4_Word priority,
                      seL4_CPtr fault_ep, seL4_IPCBuffer *buffer);

/** A thread that is not started; `fault_ep` may be 0. */
struct worker worker_make(seL4_CPtr space, seL4_Word priority, seL4_CPtr fault_ep);
void worker_start(struct worker *worker, void (*entry)(seL4_Word), seL4_Word argument);
void worker_stop(struct worker *worker);

/** Take the scheduling context away: the thread then runs on its callers' time. */
void worker_make_passive(struct worker *worker);

/** Threads are made without use of the FPU, which the rows' threads don't need. */
void worker_allow_fpu(struct worker *worker);

/*
 * Threads without stack and IPC buffer, by index: make sure there are `count`, all stopped at
 * first.
 */
void crowd_make(seL4_CPtr space, unsigned count);

/* Start it, from anywhere it may be: it repeats that system call, with an empty message to dest. */
void crowd_start(unsigned index, seL4_Word priority, seL4_Word syscall, seL4_CPtr dest);
/* The same for an extended system call, with a deadline. */
void crowd_start_until(unsigned index, seL4_Word priority, seL4_Word syscall, seL4_CPtr dest,
                       seL4_Word deadline);
void crowd_set_time(unsigned index, seL4_Word budget_us, seL4_Word period_us);
void crowd_stop(void); /* all of them */

/* Between the measuring threads and the one that runs the rows; nowhere is never signalled. */
extern seL4_CPtr done, nowhere;
void done_signal(void); /* does not return */
void done_wait(void);

static inline seL4_Word info_word(seL4_Word label, seL4_Word caps, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, caps, length).words[0];
}

/* The tag of an earlier message that came with `caps` capabilities, all unwrapped. */
static inline seL4_Word stale_word(seL4_Word caps)
{
    return seL4_MessageInfo_new(0, 7, caps, 0).words[0];
}

/* The passive server of rows_ipc.c: it answers calls on `endpoint` with `reply_words` words. */
extern seL4_CPtr endpoint;
extern seL4_Word reply_words;
void server(seL4_Word unused);
void server_start(struct worker *worker, void (*serve)(seL4_Word));

/* What each file runs. Takes the two address spaces beside the root server's own. */
void rows_ipc(seL4_CPtr space_a, seL4_CPtr space_b);
void rows_bound(seL4_CPtr space_a, seL4_CPtr space_b); /* after that */
void rows_fault(seL4_CPtr space_a, seL4_CPtr space_b);
void rows_timer(void); /* after that */
void rows_memory(seL4_CPtr space_a);
void rows_sync(seL4_CPtr space_a, seL4_CPtr space_b);
void rows_copy(seL4_CPtr space_a, seL4_CPtr space_b);
void rows_frames(seL4_CPtr space_a);
void rows_defined(seL4_CPtr space_a, seL4_CPtr space_b);
void curve_copy(seL4_CPtr space_a, seL4_CPtr space_b);
void rows_wait(seL4_CPtr space_a, seL4_CPtr space_b);
void curve_sleep(seL4_CPtr space);
/* What follows, up to the next of these, is a point of this curve. */
void point_begin(enum curve curve, seL4_Word x);
void curves(seL4_CPtr space_a, seL4_CPtr space_b);
void row_skip(enum row row, const char *why);

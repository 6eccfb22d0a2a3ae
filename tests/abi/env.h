/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cases use: slots and objects that vanish with the case, threads, address spaces.
 *
 * Priorities: the case itself runs at PRIO_MAIN in the initial thread. A watchdog above it ends a
 * case that takes too long; a thread below everything tells when all helpers have come to rest
 * (settle()).
 */
#pragma once

#include "test.h"

enum {
    PRIO_SETTLE = 1,
    PRIO_LOW = 50, /* helpers: below the case */
    PRIO_MID = 100,
    PRIO_MAIN = 150,
    PRIO_HIGH = 200, /* helpers: above the case */
    PRIO_WATCHDOG = 255,
};

#define MS 1000ul /* microseconds */
#define SLICE (10 * MS)

#define CNODE seL4_CapInitThreadCNode
#define SELF seL4_CapInitThreadTCB
#define VSPACE seL4_CapInitThreadVSpace
#define DEPTH seL4_WordBits

extern seL4_BootInfo *boot;
/* 2^TEST_UNTYPED_BITS bytes of memory, no children when a case starts */
extern seL4_CPtr test_untyped;
extern seL4_CPtr schedcontrol;
#define TEST_UNTYPED_BITS 24

/* ---- slots and objects ---- */

/*
 * An empty slot of the root CNode, by CPtr (which is its index as well). count consecutive ones:
 * the first.
 */
seL4_CPtr slot_new(void);
seL4_CPtr slots_new(unsigned count);

/** Slots used so far by the case (for cleaning up). */
bool slot_is_empty(seL4_CPtr slot);

/** A new object in a new slot; size_bits as for seL4_Untyped_Retype. */
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
seL4_CPtr endpoint_new(void);
seL4_CPtr notification_new(void);
seL4_CPtr reply_new(void);
seL4_CPtr frame_new(void);
/*
 * A CNode of 2^bits slots; its capability has a guard that makes it a whole CSpace of 64 bits when
 * guarded is set.
 */
seL4_CPtr cnode_new(unsigned bits);

/** Copies of a capability in new slots. */
seL4_CPtr cap_copy(seL4_CPtr source);
seL4_CPtr cap_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge);
void cap_delete(seL4_CPtr slot);
void cap_revoke(seL4_CPtr slot);

/** Physical address and size of something that is device memory; false if there is none. */
bool device_untyped(unsigned size_bits_min, seL4_CPtr *cap, seL4_UntypedDesc *desc);

/** Without an I/O APIC the interrupts are the lines of the PIC. */
bool machine_has_pic(void);

/* ---- raw messages ---- */

#define MSG_WORDS_MAX 8
struct raw {
    seL4_Word label;
    unsigned length, cap_count;
    seL4_Word words[MSG_WORDS_MAX];
    seL4_CPtr caps[3];
};

/** Invoke and return the label; the reply's words are in the IPC buffer. */
seL4_Word raw_call(seL4_CPtr service, const struct raw *message);
/** The same with nothing but a label. */
seL4_Word raw_label(seL4_CPtr service, seL4_Word label);

/* ---- threads ---- */

#define THREAD_STACK_SIZE 16384
#define THREADS_MAX 24

struct thread;
typedef seL4_Word (*thread_function)(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c);

struct thread {
    seL4_CPtr tcb, sc, buffer_cap, reply;
    seL4_IPCBuffer *buffer;
    seL4_CPtr done; /* notification: the function has returned */
    volatile seL4_Word result;
    volatile bool finished;
    volatile unsigned step;   /* for the case's own use */
    volatile seL4_Word value; /* likewise */
    seL4_Word tls;
    thread_function function;
    unsigned index;
};

/* A thread in our own address space with a scheduling context (unless passive), not yet running. */
struct thread *thread_new(unsigned priority);
struct thread *thread_new_passive(unsigned priority);
/** Let it run function(self, a, b, c). */
void thread_start(struct thread *t, thread_function function, seL4_Word a, seL4_Word b,
                  seL4_Word c);
/** Both. */
struct thread *thread_run(unsigned priority, thread_function function, seL4_Word a, seL4_Word b,
                          seL4_Word c);
/** Let it run on borrowed time until it waits: then it has none, which is how a server begins. */
struct thread *thread_run_passive(unsigned priority, thread_function function, seL4_Word a,
                                  seL4_Word b, seL4_Word c);
/** Wait until the function has returned; its result. */
seL4_Word thread_join(struct thread *t);
/** Set its registers to run function without resuming it. */
void thread_prepare(struct thread *t, thread_function function, seL4_Word a, seL4_Word b,
                    seL4_Word c);

/** Give a thread's fault (and timeout) messages a place to go. */
void thread_set_fault_ep(struct thread *t, seL4_CPtr fault_ep);

seL4_CPtr sc_new(seL4_Time budget, seL4_Time period);

/** Let everything that can run below us run until it blocks. */
void settle(void);

/** The time stamp counter; only for orders of magnitude. */
seL4_Word now(void);
/** Its ticks in a microsecond, from the boot information. */
seL4_Word tsc_mhz(void);

/** Is the thread runnable-or-running (suspends it to see)? For reading a thread's registers. */
void thread_registers(struct thread *t, seL4_UserContext *regs);

/** A loop that counts in t->value, for threads whose progress is watched. */
seL4_Word count_forever(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c);
/** A thread's function: calls dest once with an empty message; step is 1 before, 2 after. */
seL4_Word call_once(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c);
/*
 * A thread's function, on our kernels: wakes again and again, which takes an interrupt each time;
 * never: a notification that nobody signals.
 */
seL4_Word tick_forever(struct thread *self, seL4_Word never, seL4_Word b, seL4_Word c);
/*
 * A thread's function: takes one call from source with this reply object and counts in value, for
 * ever.
 */
seL4_Word serve_forever(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c);

/* ---- address spaces ---- */

/** A new, empty address space with an ASID from the initial pool. */
seL4_CPtr vspace_new(void);
/** Map all levels of tables so that a 4 KiB page can be mapped at vaddr. */
void vspace_add_tables(seL4_CPtr vspace, seL4_Word vaddr);
/** Map a frame there. */
void vspace_map(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights);

/* Addresses that share no table with each other nor with the program. */
#define FREE_VADDR 0x10000000000ul
#define OTHER_VADDR 0x18000000000ul

/* Read or write a word in a helper thread: true if that worked, else the fault is in *fault_out. */
bool access_ok(seL4_Word vaddr, bool write, seL4_Fault_t *fault_out);

/* ---- for main.c ---- */

void env_init(seL4_BootInfo *bootinfo);
void env_reset(void);
/** Null if the case left nothing behind, else what it did. */
const char *env_leftovers(void);
void watchdog_start(unsigned milliseconds);
void watchdog_stop(void);
void helper_failed(void);
bool in_main_thread(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small system for the core's host tests: the fake machine switched on, a root thread with
 * capabilities, and its requests as one-line functions. Everything goes through the kernel's own
 * doors, except what is said otherwise.
 */
#pragma once

#include "arch.h"
#include "derive.h"
#include "entry.h"
#include "refill.h"
#include "sched.h"
#include "schedctx.h"

/*
 * The root thread's capabilities, in its CNode of 2^W_RADIX slots; those from W_FREE on are empty.
 */
enum world_slot {
    W_NULL,
    W_ROOT, /* its CNode */
    W_TCB,
    W_SC,
    W_SPACE,
    W_FRAME, /* its IPC buffer, and three more behind it */
    W_IRQ,   /* control capabilities */
    W_SCHED,
    W_DOMAIN,
    W_UNTYPED,
    W_UNTYPED2,
    W_DEVICE,
    W_FREE,
};

#define W_RADIX 8u
#define W_SLOTS BIT(W_RADIX)
#define W_GUARD_BITS (WORD_BITS - W_RADIX)
#define W_BUFFER_UADDR 0x10000u /* of the root thread's buffer; its frame starts there */
#define W_FRAME_PADDR 0x5000u
#define W_PRIO 100u
#define W_UNTYPED_BITS 18u
#define W_DEVICE_PADDR BIT(40)
#define USER_IP 0x400000u /* where the system call instructions of all threads are */

/*
 * Switch on and make the root thread; untyped_bits (12..W_UNTYPED_BITS): size of the two untypeds.
 */
void world_boot_sized(unsigned untyped_bits);
void world_boot(void);
/*
 * Take everything away again through the kernel, so that the next boot finds the kernel's own slots
 * empty.
 */
void world_shut_down(void);

/*
 * The parts of memory that something can be in, as offsets: what is there at boot, and what has
 * been carved from the two untypeds.
 */
#define WORLD_PARTS 3u
struct world_part {
    size_t start, size_bytes;
};
void world_parts(struct world_part parts[WORLD_PARTS]);

struct slot *slot(word_t index);
struct cap cap_at(word_t index);
void *object(word_t index);
struct tcb *thread(word_t index);
struct tcb *current(void);

/* A system call of the current thread, with cap, tag and message registers as they are: */
void sys(sword_t number);
/* ... and with these. */
void sys_with(sword_t number, cptr_t cap, word_t tag, cptr_t reply);

/*
 * The fast path for t's call with this number, if there is one and it can be taken. True: it did
 * the call.
 */
bool fast_enter(struct tcb *t, sword_t number);

struct request {
    word_t arg[12];
    unsigned length;
    cptr_t extra[3];
    unsigned extra_count;
};

/*
 * seL4_Call by the current thread, made again as often as it is preempted; the answer's label
 * (ERR_*). ~0: another thread runs now.
 */
word_t invoke(cptr_t cap, word_t label, const struct request *r);
#define INVOKE(cap, label, ...) invoke(cap, label, &(struct request){ __VA_ARGS__ })
/* The same, once: true if it was preempted. */
bool invoke_once(cptr_t cap, word_t label, const struct request *r);
/* word i of the current thread's message */
word_t answer_word(unsigned i);

word_t retype(word_t untyped, word_t type, word_t bits, word_t dest, word_t count);
/* an object at dest from W_UNTYPED: must work */
void make(word_t type, word_t bits, word_t dest);
word_t cnode_copy(word_t dest, word_t src, word_t rights);
word_t cnode_mint(word_t dest, word_t src, word_t rights, word_t data);
word_t cnode_move(word_t dest, word_t src);
word_t cnode_mutate(word_t dest, word_t src, word_t data);
word_t cnode_delete(word_t index);
word_t cnode_revoke(word_t index);

/*
 * A thread at `index` and its context at index+1 (round robin, 5 ms), same spaces as the root
 * thread's, buffer number 1..3 of W_FRAME (0: no buffer); not resumed.
 */
struct tcb *make_thread(word_t index, uint8_t prio, unsigned buffer);
word_t configure_sc(word_t index, word_t budget_us, word_t period_us, word_t extra_refills,
                    word_t flags);
word_t resume(word_t index);

/* Not through the doors: let t, which is runnable, be the current thread. */
void become(struct tcb *t);
/* Let time pass in user mode; an interrupt comes if the kernel's timer was set for it. */
void pass_us(word_t us);
/* The kernel is entered for nothing (a spurious interrupt). */
void tick(void);

/* --- audit.c --- */

/*
 * The whole system's invariants; NULL: they hold, else what does not. Costs a walk over all slots
 * and memory.
 */
const char *audit(void);
/*
 * The same where no slot has changed since the last audit(), which said NULL: slots, and memory
 * that is free, are not looked at.
 */
const char *audit_again(void);
/*
 * Make every byte of RAM that belongs to nothing an error to touch. Call it only when audit() said
 * NULL.
 */
void audit_poison(void);

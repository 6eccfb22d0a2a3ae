/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of systems to explore share: making lists of operations (search.h). */
#pragma once

#include "cases.h"
#include "search.h"

#define WORD msg_make(0, 0, 0, 1)
#define QUANTUM_US 100 /* a step of time: a few times what a kernel entry may take */
/* Deadlines are looked at every 2^16 ticks (docs/man/myelin_Call.md): a step with them */
#define DEADLINE_TICKS BIT(16)
#define DEADLINE_US (DEADLINE_TICKS / HOST_TICKS_PER_US)

#define ASK(...) ((struct op){ OP_REQUEST, .is_for_all = true, __VA_ARGS__ })
#define TELL(slot, what) ASK(.cap = slot, .label = what)
#define TELL_OF(slot, what, other)                                                                 \
    ASK(.cap = slot, .label = what, .r = { .extra_count = 1, .extra = { other } })
#define CNODE_TO(what, dest, ...)                                                                  \
    ASK(.cap = W_ROOT, .label = what,                                                              \
        .r = { .arg = { dest, WORD_BITS, __VA_ARGS__ },                                            \
               .length = 6,                                                                        \
               .extra_count = 1,                                                                   \
               .extra = { W_ROOT } })

#define DELETE(slot)                                                                               \
    ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE, .r = { .arg = { slot, WORD_BITS }, .length = 2 })
#define RETYPE(untyped, type, bits, dest)                                                          \
    ASK(.cap = untyped, .label = INV_UNTYPED_RETYPE,                                               \
        .r = { .arg = { type, bits, 0, 0, dest, 1 },                                               \
               .length = 6,                                                                        \
               .extra_count = 1,                                                                   \
               .extra = { W_ROOT } })
#define SET_PRIORITY(thread, prio)                                                                 \
    ASK(.cap = thread, .label = INV_TCB_SET_PRIORITY,                                              \
        .r = { .arg = { prio }, .length = 1, .extra_count = 1, .extra = { W_TCB } })
/* a thread's fault handler (W_NULL: none) and address space; it keeps its CSpace */
#define SET_SPACE(thread, handler, space)                                                          \
    ASK(.cap = thread, .label = INV_TCB_SET_SPACE,                                                 \
        .r = { .arg = { W_GUARD_BITS, 0 },                                                         \
               .length = 2,                                                                        \
               .extra_count = 3,                                                                   \
               .extra = { handler, W_ROOT, space } })

/* The next operation of the list; of the setting up. */
void space_add(struct space *s, struct op op);
void space_set_up(struct space *s, struct op op);

/* A system call; an extended one, whose deadline is so far away (0: none). */
void space_call(struct space *s, sword_t number, cptr_t cap, word_t tag, cptr_t reply);
void space_call_until(struct space *s, word_t number, cptr_t cap, cptr_t reply, ticks_t wait);

/* Setting up: a capability made of another. */
void space_mint(struct space *s, cptr_t dest, cptr_t src, word_t rights, word_t badge);
/*
 * Setting up: whoever does it runs when nobody else does from then on, and makes requests, which
 * may start the others again.
 */
void space_leave_to_others(struct space *s);
/* Setting up: an object of the boot's memory. */
void space_make(struct space *s, word_t type, word_t bits, cptr_t dest);
/* Setting up: one thread less than set_up() makes. */
void space_without(struct space *s, cptr_t thread);

/* The thread is stopped, and resumed; what is in the slot is deleted, and revoked. */
void space_stop_and_go(struct space *s, cptr_t thread);
void space_take_one(struct space *s, cptr_t slot);

/* --- space_caps.c --- */

void make_derivation(struct space *s);
void make_transfer(struct space *s);
void make_nodes(struct space *s);
void make_windows(struct space *s);
/* an extended call with one; a copy out of one or into one, from `offset` on */
void space_call_with_window(struct space *s, word_t bytes, word_t rights);
void space_copy_piece(struct space *s, cptr_t reply, word_t offset, word_t bytes, word_t how);
void make_interrupts(struct space *s);

/* --- space_time.c --- */

/* In steps of QUANTUM_US; in microseconds. */
struct op space_configure(cptr_t sc, word_t budget, word_t period, word_t refills, word_t flags);
struct op space_configure_us(cptr_t sc, word_t budget, word_t period, word_t refills, word_t flags);
void make_budgets(struct space *s);
void make_more_budgets(struct space *s);
void make_full_budgets(struct space *s);
void make_many_budgets(struct space *s);
void make_helping(struct space *s);
void make_deadlines(struct space *s);
void make_domains(struct space *s);

/* --- space_mixed.c --- */

void make_faults(struct space *s);
void make_timeouts(struct space *s);
void make_services(struct space *s);
void make_deaths(struct space *s);
void make_turns(struct space *s);
void make_yields(struct space *s);
void make_drivers(struct space *s);
void make_portals(struct space *s);
void make_chains(struct space *s);
void make_priorities(struct space *s);
void make_stacks(struct space *s);
void make_revoking(struct space *s);

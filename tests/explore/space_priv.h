/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of systems to explore share: making lists of operations (search.h). */
#pragma once

#include "cases.h"
#include "search.h"

#define WORD msg_make(0, 0, 0, 1)
#define QUANTUM_US 100 /* a step of time: a few times what a kernel entry may take */

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
void make_interrupts(struct space *s);

/* --- space_time.c --- */

void make_budgets(struct space *s);
void make_more_budgets(struct space *s);
void make_many_budgets(struct space *s);
void make_helping(struct space *s);
void make_deadlines(struct space *s);
void make_domains(struct space *s);

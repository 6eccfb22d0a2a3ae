/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the universe share: drawing what to do, and doing it. See universe.c. */
#pragma once

#include "universe.h"

#define SLOTS_USED 40u /* of the root CNode: few, so that things meet */

/* True in percent of 100 cases. */
bool chance(struct source *from, unsigned percent);

/* Any word: small, near a power of two, or wild. */
word_t any_word(struct source *from);

/* The address of a capability of the current thread, mostly one of this type (CAP_NULL: of any). */
cptr_t pick(struct source *from, unsigned type);
/* The first one of this type, so that all meet there. */
cptr_t pick_first(struct source *from, unsigned type);
/*
 * ... of a reply object to answer through (is_answer), the one that brought the context if one did;
 * or of one that nobody uses.
 */
cptr_t pick_reply(struct source *from, bool is_answer);

/* The slots its capability addresses lead to, from 0 on, and how many there are. */
struct slot *visible(word_t *count);

/* What is there. */
struct cap cap_seen(cptr_t address);

/* A message of the current thread's, mostly short and without capabilities. */
void fill_message(struct source *from);

/* The current thread's system call, made again (mostly) when it is preempted. */
void enter(struct source *from, sword_t number);

/* A request to the object at cap; INV_* or MYELIN_INV_*. */
void request(struct source *from, cptr_t cap, word_t label, const struct request *r);
#define REQUEST(from, cap, label, ...) request(from, cap, label, &(struct request){ __VA_ARGS__ })

/* --- universe_requests.c: each to any object, mostly one that it is for --- */

void do_retype(struct source *from);
void do_cnode_transfer(struct source *from);
void do_rotate(struct source *from);
void do_cnode_take(struct source *from);
void do_tcb_spaces(struct source *from);
void do_tcb_sched(struct source *from);
void do_tcb_state(struct source *from);
void do_sched_context(struct source *from);
void do_irq(struct source *from);
void do_domain(struct source *from);
void do_wild_request(struct source *from);

/* --- universe_messages.c --- */

void do_send(struct source *from);
void do_recv(struct source *from);
void do_send_recv(struct source *from);
/* What makes call stacks: a call, or the answer to the call that brought the context. */
void do_serve(struct source *from);
/*
 * What programs do most, at one endpoint and one notification, so that queues form: call, serve,
 * signal, wait.
 */
void do_service(struct source *from);

/* --- extended.c: the system calls and requests beyond the public interface --- */

/* Any of them, anywhere. */
void do_extended(struct source *from);
/* What servers and their clients do, at few places: calls, answers owed, chains, copies. */
void do_extended_service(struct source *from);
/* Requests to threads, capabilities that may only call. */
void do_extended_request(struct source *from);

/* The first address space shows the threads some memory. */
void extended_map(void);

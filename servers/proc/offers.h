/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that serve files (proc.offer): an offer is a portal of such a process, under a name and
 * the number of a server, from UNIX_SERVERS_MAX on. We never call one, and never wait for it: what
 * there is to know of the processes that have a session with it is in a table which it reads
 * (struct unix_session), and it is signalled when that has changed.
 *
 * OFR-1: the process of an offer is LIVE, and the thread that serves runs.
 * OFR-2: a number is not used again while a process has a session with what it was before; that one
 *        leads to us, and is answered as by a server that is dead.
 */
#pragma once

#include <idl/proc.h>

#include "process.h"

/* Badge of a session with an offer that has ended: no process's, no fault's. */
#define OFFER_BADGE_ENDED (1ul << 61)

/** Is there an offer of that number? Its name; NULL: there is none. */
const char *offer_name(unsigned server);

/** The process gets a session with an offer, if it has none. False: no memory. */
bool offer_session(struct process *p, unsigned server);

/** A child gets its parent's sessions; of those that have ended both keep what the list names. */
bool offers_fork(struct process *parent, struct process *child, const uint32_t (*list)[2],
                 size_t count);

/** exec: the same of what has ended. */
void offers_keep(struct process *p, const uint32_t (*list)[2], size_t count);

/** Has the process a session with an offer that is there? */
bool offer_is_there(const struct process *p, unsigned server);

/** exec: what a list does not name is closed, by them. */
void offers_exec(struct process *p, const uint32_t (*list)[2], size_t count);

/** A place for a token of an offer's (ipc/unix.h); and that it is good no more. */
uint32_t offer_token_new(unsigned index);
void offer_token_end(unsigned server, unsigned index);

/** Proc.ring: see idl/proc.capnp. */
int do_ring(struct call *c, uint64_t session, uint32_t thread);

/** Tell them who the process is and acts for; that it ends. */
void offers_tell(const struct process *p);
void offers_leave(struct process *p);

/** A thread stops: if it serves, that is the end of the offer, and of the names that lead to it. */
void offer_thread_stops(const struct process *p, unsigned thread);

int do_offer(struct call *c, uint32_t thread, const void *name, size_t bytes, uint32_t *server,
             uint32_t *replies);

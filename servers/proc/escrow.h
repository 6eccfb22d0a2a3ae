/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files that processes hand on to each other in messages of sockets: we keep each in our own
 * session until who gets the message asks for it. A token is a number that nobody guesses, and is
 * good once.
 *
 * Servers that are processes keep themselves what is theirs, as long as the place of the token says
 * that it is good (ipc/unix.h).
 *
 * ESC-1: a token that is in use has an open handle of ours with its server, unless that is a
 *        process.
 */
#pragma once

#include <ipc/serve.h>

/** Proc.escrow, redeem and release: see idl/proc.capnp. */
int escrow_hold(struct call *c, uint32_t server, uint32_t handle, uint64_t *token, uint32_t *place);
int escrow_redeem(struct call *c, uint64_t token, uint32_t *server, uint32_t *handle);
int escrow_release(struct call *c, uint64_t token);

/** The pipe server says that nobody gets some of them, or may have done so. */
void escrow_look(void);

/** A server that is a process has ended, and with it what it kept. */
void escrow_server_ends(uint32_t server);

/** A process has ended: what it has not sent goes back. */
void escrow_ending(uint64_t badge);

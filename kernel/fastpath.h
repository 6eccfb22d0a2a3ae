/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths: the same results as syscall.c, only sooner. Each looks whether everything is as it is most of the time and
 * then does the whole call; otherwise the slow path does it, and finds everything as it was (but for a message that a send
 * has copied already). See fastpath.c.
 *
 * Called by the entry code with those of the current thread's registers saved that entry.S says; the parameters are what it
 * has in the processor's registers then, t is the current thread.
 */
#pragma once

#include "arch.h"

/* Turned off, every call takes the slow path (command line: nofastpath). */
extern bool fastpath_is_off;

/* These end in one of the exits of switch.h with the thread that is now current, or in arch_fast_missed(). */

/* seL4_Call through the capability at address: of a server, or of an object that the caller alone is concerned with. */
struct tcb *fastpath_call(cptr_t address, word_t tag, word_t number, struct tcb *t);

/* seL4_ReplyRecv at address, with the reply object at reply_address. */
struct tcb *fastpath_reply_recv(cptr_t address, word_t tag, cptr_t reply_address, struct tcb *t);

/* seL4_Send, seL4_NBSend: signals, and messages to a receiver that waits. */
struct tcb *fastpath_send(cptr_t address, word_t tag, sword_t number, struct tcb *t);

/* seL4_Recv, seL4_NBRecv, seL4_Wait, seL4_NBWait. */
struct tcb *fastpath_recv(cptr_t address, word_t tag, sword_t number, struct tcb *t);

/* seL4_Yield of a round-robin thread. */
struct tcb *fastpath_yield(cptr_t address, word_t tag, sword_t number, struct tcb *t);

/*
 * The rest is called from within the kernel, and answers.
 *
 * Signal n while t is current (or idle is). Answers the thread that goes on, current now; NULL: nothing was done.
 */
struct tcb *fastpath_notify(struct cpu *cpu, struct tcb *t, struct notification *n, word_t badge);

/*
 * The current thread's fault (page fault, exception, unknown system call) goes to its handler, which waits for it. False:
 * nothing was done.
 */
bool fastpath_fault(const struct fault *f);

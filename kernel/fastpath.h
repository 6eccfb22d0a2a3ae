/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths: what calls, answers, sends, receives, faults and interrupts cost when nothing is
 * in their way. The results are those of syscall.c, only sooner; what both do to the kernel's
 * objects are the same functions (reply_lend(), reply_return(), notification_keep(),
 * fault_write_message(), endpoint_queue_sender(), ...).
 *
 *     fastpath_call.c       seL4_Call, and faults, which look like calls
 *     fastpath_answer.c     seL4_ReplyRecv
 *     fastpath_signal.c     seL4_Send, seL4_NBSend, the signals of interrupts
 *     fastpath_receive.c    seL4_Recv, seL4_Wait, and what does not block; seL4_Yield
 *     fastpath_extended.c   what is beyond the public interface
 *     fastpath.c            what several of them use out of line; fastpath_priv.h: in line
 *
 * Each file's head lists its ways, the shortest first. Every other way is a noinline cold path that
 * is reached by a tail call: so a shorter one needs neither stack nor saved registers for it. All
 * conditions of a way are checked before its first store, the message's last; the order of the
 * stores is free, nobody else looks. If one is not met, the next way is tried, or the call is left
 * to syscall.c, which finds everything as it was. Such a refusal has one of two reasons, which
 * stands beside the condition:
 *
 *     must     the short way would do something else than the complete one, or touch what may not
 *              be there
 *     speed    it could do this, too, but would be slower, or longer, for what is rare
 *
 * No way looks whether the current thread's budget is used up, unless it reads the clock for
 * another reason: the timer goes off then, as soon as the user runs.
 *
 * Each ends in one of these (switch.h); t: the thread that made the call.
 *
 *     exit                  goes on        what it is for
 *     arch_message_exit     another        it waited in a call; badge and tag are still in the
 *                                          processor's registers. The shortest calls and answers
 *     arch_fast_exit        another        it waited in a call, and has its whole message
 *     arch_switch_exit      another        the same where not all of t's registers are saved yet
 *     arch_blocked_exit     another        the same; it may have been interrupted anywhere
 *     arch_same_exit        t              it gets a badge at most
 *     arch_answer_exit      t              it gets a message, or an object's answer
 *     arch_exit             whoever is     after an answer to a fault, which may have written all
 *                           current        registers; after a yield
 *     arch_fast_missed      syscall.c decides
 *     arch_call_missed      the same; all of t's registers are saved
 *
 * Called by the entry code with those of the current thread's registers saved that entry.S says;
 * the parameters are what it has in the processor's registers then, t is the current thread.
 */
#pragma once

#include "arch.h"

/* Turned off, every call but a yield takes the slow path (command line: nofastpath). */
extern bool fastpath_is_off;

/*
 * These end in one of the exits of switch.h with the thread that is now current, or in
 * arch_fast_missed().
 */

/*
 * The slot at address, however many levels of CNodes away; NULL: there is none, or the call is not
 * one of the kernel's. For the entry code, where one step does not lead to it.
 */
struct slot *fast_lookup_multilevel(const struct tcb *t, cptr_t address);

/*
 * seL4_Call through the capability in slot: of a server, or of an object that the caller alone is
 * concerned with.
 */
struct tcb *fastpath_call(struct slot *slot, word_t tag, struct tcb *t);

/* seL4_ReplyRecv through the capability in slot, with the reply object in reply_slot. */
struct tcb *fastpath_reply_recv(const struct slot *slot, word_t tag, struct tcb *t,
                                const struct slot *reply_slot);

/* seL4_Send, seL4_NBSend: signals, and messages to a receiver that waits. */
struct tcb *fastpath_send(struct slot *slot, word_t tag, sword_t number, struct tcb *t);

/* seL4_Recv, seL4_NBRecv, seL4_Wait, seL4_NBWait. */
struct tcb *fastpath_recv(struct slot *slot, struct tcb *t, sword_t number);

/* seL4_Yield of a round-robin thread. */
struct tcb *fastpath_yield(struct tcb *t);

/* Beyond the public interface: MYELIN_SYS_CALL; */
struct tcb *fastpath_call_until(struct slot *slot, word_t tag, sword_t number, struct tcb *t);
/* MYELIN_SYS_REPLY through the reply object's capability in slot; */
struct tcb *fastpath_answer_owed(const struct slot *slot, word_t tag, sword_t number,
                                 struct tcb *t);
/* MYELIN_SYS_RECV, MYELIN_SYS_WAIT; */
struct tcb *fastpath_recv_until(struct slot *slot, struct tcb *t, sword_t number);
/* numbers that are nobody's, which are faults. */
struct tcb *fastpath_unknown(struct tcb *t, sword_t number);

/*
 * The rest is called from within the kernel.
 *
 * Signal n while t is current (or idle is). Answers the thread that goes on, current now; NULL:
 * nothing was done.
 */
struct tcb *fastpath_notify(struct tcb *t, struct notification *n, word_t badge);

/*
 * As fault_raise(), for a page fault, an exception or an unknown system call, if the handler waits
 * for it: ends in an exit with that. False: nothing was done.
 */
bool fastpath_fault(struct tcb *t, unsigned type);

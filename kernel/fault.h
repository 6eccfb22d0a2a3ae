/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: a thread that can't go on tells its handler, in a message that looks like a call (manual,
 * "Faults").
 */
#pragma once

#include "arch.h"

/* Why a debug exception was raised: seL4_BreakpointType. */
enum debug_reason {
    DEBUG_DATA_BREAKPOINT,
    DEBUG_INSTRUCTION_BREAKPOINT,
    DEBUG_SINGLE_STEP,
    DEBUG_SOFTWARE_BREAK_REQUEST,
};

/*
 * t, current, faulted; t->fault says all of it but the type. Send it to its handler; without one
 * the thread stays INACTIVE.
 */
void fault_raise(struct tcb *t, unsigned type);

/* t's budget is used up: tell its timeout handler (it has one). */
void fault_timeout(struct tcb *t);

/*
 * A capability fault on address: lookup says why, in_recv in which phase. t's ip is taken back to
 * its call.
 */
RARE void fault_cap(struct tcb *t, cptr_t address, bool in_recv, struct lookup_failure lookup);

/* Does t have a usable handler in slot TCB_FAULT_EP or TCB_TIMEOUT_EP? */
bool fault_has_handler(const struct tcb *t, enum tcb_slot slot);

/* May c be installed as a fault handler (null, or an endpoint to send and grant through)? */
bool fault_is_handler(struct cap c);

/* Write sender's fault as a message to receiver; the number of words. */
unsigned fault_write_message(struct tcb *sender, struct tcb *receiver);

/*
 * The handler's message is the answer to t's fault: take registers from it, forget the fault. May t
 * go on?
 */
bool fault_answer(struct tcb *handler, struct tcb *t);

/*
 * Words of a lookup failure as the interface reports it, from word i of t's message on; the next i.
 */
unsigned fault_write_lookup(struct tcb *t, unsigned i, const struct lookup_failure *f);

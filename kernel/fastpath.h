/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths: the same results as syscall.c, only sooner. Each looks whether everything is as it is most of the time and
 * then does the whole call; otherwise it has touched nothing, and the slow path does it. See fastpath.c.
 *
 * Called by the entry code with the current thread's registers saved (its message registers are still in the processor's as
 * well) and message words 0..3 kept aside by it; `to` gets them without a detour through memory.
 */
#pragma once

#include "arch.h"

struct fast_switch {
    struct tcb *to; /* now current, to be resumed from the call that it waits in; NULL: take the slow path */
    word_t badge;   /* what it gets as badge; the tag is the sender's */
};

/* Turned off, every call takes the slow path (command line: nofastpath). */
extern bool fastpath_is_off;

/* seL4_Call through the capability at address. */
struct fast_switch fastpath_call(cptr_t address, word_t tag);

/* seL4_ReplyRecv at address, with the reply object at reply_address. */
struct fast_switch fastpath_reply_recv(cptr_t address, word_t tag, cptr_t reply_address);

/* seL4_Send or seL4_NBSend that is a signal and makes nobody run before the current thread. False: take the slow path. */
bool fastpath_signal(cptr_t address, word_t tag);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply objects and the call stacks they form: see object.h for the picture. */
#pragma once

#include "arch.h"

/* caller has called callee, who offers reply: block the caller on it; with is_donating, callee (which has no context) gets
 * the caller's context, and the stack remembers the way back. */
void reply_push(struct tcb *caller, struct tcb *callee, struct reply *reply, bool is_donating);

/* reply is answered or deleted: its caller no longer waits on it, and gets its context back if that came this way. The
 * caller is left INACTIVE. */
void reply_pop(struct reply *reply);

/* t, ON_REPLY, no longer waits: take its reply object out of the stack; the context stays where it is. */
void reply_cancel(struct tcb *t);

/* reply and the thread that waits on it or offers it know nothing of each other any more. */
void reply_unlink(struct reply *reply);

/* reply is being destroyed. */
void reply_destroy(struct reply *reply);

/* sender answers through reply (nobody waiting: nothing happens). can_grant: capabilities may go along. */
void reply_send(struct tcb *sender, struct reply *reply, bool can_grant);

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done to threads: see tcb.h for their states. */
#pragma once

#include "arch.h"

/* Where t would start again if it were resumed now. */
word_t tcb_restart_ip(const struct tcb *t);

/* t was in a call or fault and gets no further: INACTIVE; when resumed it makes the call again. */
void tcb_deactivate(struct tcb *t);

/* t leaves the endpoint's or notification's queue it is in, and its reply object; its state is for the caller to set. */
void tcb_leave_queue(struct tcb *t);

/* t stops waiting, for whatever it waits; blocked threads become INACTIVE, as in tcb_deactivate(). */
void tcb_cancel_ipc(struct tcb *t);

/* t, in a queue, leaves it and repeats its call, which will find the object gone or try again; a fault's sender stays
 * INACTIVE. */
void tcb_send_away(struct tcb *t);

void tcb_suspend(struct tcb *t);
void tcb_resume(struct tcb *t);

/* A fresh TCB in zeroed memory. */
void tcb_init(struct tcb *t);
/* t is being destroyed: nothing in the kernel refers to it afterwards (its slots are for the caller to empty). */
RARE void tcb_destroy(struct tcb *t);

/* The content of one of t's slots has changed: recompute what is kept ready of it. */
RARE void tcb_slot_changed(struct slot *s);

/* Install c (from src; null: none) in t's slot, whose old content is deleted first. INV_PREEMPTED: call again. */
enum inv_result MUST_CHECK tcb_set_slot(struct tcb *t, enum tcb_slot which, struct cap c, struct slot *src);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: words of binary semaphores (manual, "Notifications"). */
#pragma once

#include "arch.h"

/* Deliver the bits of badge: to the bound thread if it receives, else to the first waiter, else keep them. */
void notification_signal(struct notification *n, word_t badge);

/* t waits for a signal, or looks whether there is one (not is_blocking: badge 0 if not). */
void notification_wait(struct notification *n, struct tcb *t, bool is_blocking);

/* t gets the pending signal (n is active). */
void notification_take(struct notification *n, struct tcb *t);

void notification_bind(struct notification *n, struct tcb *t);
/* ... and undo, if they are bound. */
void notification_unbind(struct notification *n);

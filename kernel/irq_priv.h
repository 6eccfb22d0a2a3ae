/* SPDX-License-Identifier: BSD-2-Clause */
/* What irq.c keeps of each interrupt, for tests to look at. All [K]. */
#pragma once

#include "irq.h"

/*
 * Slots for the notification capabilities: never a container's, but emptying one may take several
 * steps if it holds an object's last.
 */
extern struct slot irq_slots[IRQ_SLOTS];
extern bool irq_issued[IRQ_SLOTS];
extern bool irq_unanswered[IRQ_SLOTS]; /* signalled, not acknowledged: no second signal */
/* has come again meanwhile: nothing is masked that could be lost */
extern bool irq_again[IRQ_SLOTS];

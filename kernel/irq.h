/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as objects: a handler capability per interrupt, and the notification that it signals.
 */
#pragma once

#include "arch.h"

#define IRQ_SLOTS 256u /* at least as many as any architecture here has */

/* Does irq (below IRQ_SLOTS) have a handler capability? */
RARE bool irq_is_issued(word_t irq);

/* Make the handler capability for irq, which has none, in the empty slot dest. */
RARE void irq_issue(word_t irq, struct slot *dest, struct slot *control);

/*
 * The last handler capability for irq goes: mask it, forget its notification. False: not finished,
 * call again.
 */
RARE bool MUST_CHECK irq_retire(word_t irq);

/* The interrupt has come: signal its notification, once until the handler acknowledges. */
void irq_deliver(unsigned irq);

/* The same by the fast path, if it can (fastpath.h). False: nothing was done. */
bool irq_deliver_fast(unsigned irq);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The fast paths: taking them, and comparing them with the slow ones. */
#pragma once

#include "world.h"

/* The fast path for t's call with this number, if there is one and it can be taken. True: it did the call. */
bool fast_enter(struct tcb *t, sword_t number);

/*
 * The same, and from the same state the slow path: panics unless both come to the same, or if the fast path changed anything
 * and then left the call to the slow one (a send may have copied its message). What is compared is what a user can see: who runs, states, registers, buffers, queues,
 * bindings; not how much time was charged when.
 */
bool fast_compare(struct tcb *t, sword_t number);

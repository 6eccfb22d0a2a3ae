/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing the fast paths with the slow ones. */
#pragma once

#include "world.h"

/* What can happen to the current thread, or by it, that there is a fast path for. */
struct event {
    enum { EVENT_CALL, EVENT_SIGNAL, EVENT_FAULT } kind;
    sword_t number;                    /* of a call */
    struct notification *notification; /* a signal, as an interrupt makes it */
    word_t badge;
    struct fault fault;
};

/*
 * e by the fast path, if it can be taken (true), and from the same state by the slow path: panics
 * unless both come to the same, or if the fast path changed anything and then did not do it. What
 * is compared is what a user can see, now (who runs, states, registers, buffers, queues, bindings)
 * or later (what is charged to whom, call stacks).
 */
bool fast_compare(const struct event *e);

/* e by the fast path, if it can be taken: true. */
bool fast_try(const struct event *e);

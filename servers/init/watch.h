/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching the messages that a component receives: ipc/watch.h. The ring is memory of init's, which
 * the component has from the first time it is watched until it ends, and, as long as it is watched,
 * from one life to the next: it may be writing into it when
 * nobody watches any more.
 */
#pragma once

#include "component.h"

/**
 * Let a component write down what it receives, or no more; over restarts, too.
 * @return false: no memory
 */
bool watch_set(struct component *c, bool on);

/**
 * A component that is watched is being built: its ring, with what nobody has read yet of its last
 * life. False: no memory.
 */
bool watch_build(struct component *c);

/** It has ended: its ring goes back, unless it is watched. */
void watch_end(struct component *c);

/**
 * Words of its ring.
 *
 * @param at    which, counted from the first ever written; out: which they are, the oldest there
 *              are instead of those that are lost; ~0: where the next one will be
 * @param room  words
 * @return how many; 0: there are no more yet, or it is not watched
 */
size_t watch_read(const struct component *c, uint64_t *at, uint64_t *to, size_t room);

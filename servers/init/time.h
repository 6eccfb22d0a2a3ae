/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose time a passive server runs on: CMP-3.
 *
 *   sc[0]      its own. It starts on it; once it waits, sc[0] goes to its notification, which lends
 *              it out with a signal, so that a server can take signals that no caller pays for
 *   a caller's comes with the call and goes back with the answer
 *
 * What takes the time from a server that has begun something leaves it there for ever. That happens
 * when the server says it waits and in the same system call is given a signal that was there
 * already, and when a caller ends in the middle of its call. In both cases the server is given
 * sc[0], with which it works like any other server; and so are those that wait for its answer.
 */
#pragma once

#include "component.h"

/** A passive server says that it waits: take sc[0] from it, if that is true. */
void time_take_back(struct component *c);

/**
 * A component has ended, and the time it had lent with it: give sc[0] to passive servers that were
 * in the middle of its call, and to those that may be waiting for them, since the answer will bring
 * no time back to them.
 */
void time_restore(void);

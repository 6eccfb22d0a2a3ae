/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's state as the specification (spec.h) sees it, and whether an event made of it what
 * the specification says.
 */
#pragma once

#include "spec.h"

/*
 * The kernel's state before an event. False: the specification says nothing about events in it
 * (a budget has just run out, a deletion is unfinished, an extension is in use, ..).
 */
bool lockstep_begin(struct spec *before);

/* The current thread's registers, and buffers, were written since. */
void lockstep_prepared(struct spec *before);

/*
 * e has happened in the state that lockstep_begin() took last; it may be asked about several
 * events, after each of which the kernel was put back. NULL: what the kernel is in is what the
 * specification says, or it says nothing; else what differs (details are printed).
 */
const char *lockstep_end(const struct spec *before, const struct spec_event *e);

/* Events so far that it said something about. */
extern unsigned long lockstep_judged;
/* lockstep_end() so far */
extern unsigned long lockstep_asked;

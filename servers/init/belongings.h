/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What belongs to a component for ever, whether it runs or not: its memory, its endpoint and
 * notification, badged capabilities to them and to init, its ports, interrupts and devices.
 */
#pragma once

#include "component.h"

/**
 * Take all that for a component of which index and manifest entry are set. What the machine has not
 * of ports, interrupts and devices is noted in c->lacks.
 * @return NULL, or what init itself has not enough of
 */
const char *belongings_take(struct component *c);

/**
 * Who is started by hand has its memory while it runs only: there is always as much as all of them
 * had at the boot (belongings_take()). Of who has it already nothing is changed.
 * @return false: there is none
 */
bool belongings_memory_take(struct component *c);

/** Back again, with nothing made of it. */
void belongings_memory_give(struct component *c);

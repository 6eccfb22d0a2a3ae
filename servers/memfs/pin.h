/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories that name spaces know by a number (idl/session.capnp, pin): as the root of what is
 * bound somewhere, or because something is mounted on them.
 *
 * PIN-1: a pin has covers + roots > 0, and is a user of its node; no node has two pins.
 * PIN-2: node->covered is the pin of a node with covers > 0, and 0 of all others.
 */
#pragma once

#include "node.h"

enum { PINS_MAX = 128 };

/**
 * Keep a directory.
 *
 * @param covers  something is mounted on it: paths stop there, it is not removed nor renamed
 * @return its number, never 0; 0: there is no room for another
 */
uint32_t pin_take(struct node *dir, bool covers);

/** Undo one pin_take(); nothing, if there is no such pin. */
void pin_drop(uint32_t pin, bool covers);

/** Undo all. */
void pins_drop(void);

/** What a pin keeps; NULL: there is no such pin, or, for a root, it is none. */
struct node *pin_node(uint32_t pin, bool is_root);

/** Which name spaces have it as a root: a bit each. */
void pin_seen(uint32_t pin, uint32_t spaces);
bool pin_is_seen(uint32_t pin, uint32_t space);

/** Is anything mounted on a directory, or in one below it? */
bool pin_covers_within(const struct node *top);

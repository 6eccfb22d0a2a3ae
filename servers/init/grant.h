/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which capability goes into which slot of a component.
 *
 * A slot depends on the manifest alone: the things that an entry gives are listed once, in one
 * order, when the component is opened (struct grant), and number i of the list is in slot
 * SLOT_GRANT_FIRST + i. Whatever is done with the slots - filled, described to the process, shown
 * at the prompt, replaced when a server ends - goes by that list.
 */
#pragma once

#include "component.h"

/** List what the manifest entry of a component gives. */
void grants_list(struct component *c);

/**
 * Fill the capability space of a component that is being built, and the table in its info page that
 * says so.
 * @return NULL or what could not be given
 */
const char *grants_give(struct component *c, struct process_info *info);

/*
 * `target` began or ceased to take calls: bring the slots of everyone who may use it up to date
 * (CMP-2).
 */
void grants_refresh(const struct component *target);

/** Line number `line` of a description of what a component holds; false after the last. */
bool grants_describe(const struct component *c, unsigned line, char *to, size_t size);

/** Is this a capability to the terminal, that the output of a component goes to? */
bool grant_is_terminal(const struct manifest_use *use);

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which capability goes into which slot of a component.
 */
#pragma once

#include "component.h"

/**
 * Fill the capability space of a component that is being built, and the table in its info page that says so.
 * @return NULL or what could not be given
 */
const char *grants_give(struct component *c, struct process_info *info);

/** `target` began or ceased to take calls: bring the slots of everyone who may use it up to date (CMP-2). */
void grants_refresh(const struct component *target);

/** Line number `line` of a description of what a component holds; false after the last. */
bool grants_describe(const struct component *c, unsigned line, char *to, size_t size);

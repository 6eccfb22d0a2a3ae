/* SPDX-License-Identifier: BSD-2-Clause */
/* From the kernel's state to the specification's (spec.h). */
#pragma once

#include "spec.h"

/*
 * The state as it is. False: it has something in it that can't be said there (a deletion that is
 * not finished), or too much of something (take_is_full()).
 */
bool take(struct spec *out);

/* The current thread's registers, and all buffers, again. */
void take_prepared(struct spec *out);

/* Will the next event, now, have nothing to do with an interrupt or the end of a domain's time? */
bool take_is_alone(void);
/* Has everybody who runs or waits for it time enough, so that fast paths need not look at it? */
bool take_is_quiet(void);

/* --- names (spec_name()) --- */

void take_forget_names(void);
/* Those that were given since take_remember_names() are given no longer. */
void take_remember_names(void);
void take_recall_names(void);
/* There were not enough names. */
bool take_is_full(void);

/* The last name of this kind; what the kind is called; where it lies. */
unsigned take_last(enum spec_kind kind);
const char *take_kind(enum spec_kind kind);
word_t take_place(enum spec_kind kind, name_t name);

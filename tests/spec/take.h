/* SPDX-License-Identifier: BSD-2-Clause */
/* From the kernel's state to the specification's (spec.h). */
#pragma once

#include "spec.h"

/*
 * The state as it is. False: it has something in it that can't be said there (a deletion that is
 * not finished), or too much of something (take_is_full()).
 */
bool take(struct spec *out);

/*
 * Whoever goes back to one state often may know what has changed since: is an object's memory as it
 * was (of a thread, that behind its slots)? Are all slots, and which objects there are? NULL:
 * nothing is known.
 */
extern bool (*take_object_is_same)(const void *object);
extern bool (*take_slots_are_same)(void);

/* Both are known, and no slot has changed. */
bool take_has_same_slots(void);

/* The objects that were taken, a bit for each name. */
struct taken {
    word_t threads, contexts, replies, notifications, endpoints;
};

/*
 * Where take_has_same_slots() since `before` was taken, which may be *out: those objects that have
 * changed since, with the current thread, and all but slots, objects, spaces and buffers. Sets
 * *taken. False: as take().
 */
bool take_changed(struct spec *out, const struct spec *before, struct taken *taken);

/* The current thread's registers, after take(). */
void take_prepared(struct spec *out);
/* All buffers. */
void take_buffers(struct spec *out);
/* The same without taking them: are they those of s? */
bool take_buffers_are(const struct spec *s);

/* Will no interrupt come during the next event, now? */
bool take_is_alone(void);
/* Has everybody who runs or waits for it time enough, so that fast paths need not look at it? */
bool take_is_quiet(void);

/* --- names (spec_name()) --- */

void take_forget_names(void);
/* Those that were given since take_remember_names() are given no longer. */
void take_remember_names(void);
void take_recall_names(void);
/* There were not enough names, or some were not to be had. */
bool take_is_full(void);
void take_give_up(enum spec_kind kind);

/* The last name of this kind; what the kind is called; where it lies. */
unsigned take_last(enum spec_kind kind);
const char *take_kind(enum spec_kind kind);
word_t take_place(enum spec_kind kind, name_t name);

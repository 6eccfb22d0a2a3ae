/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots and the derivation list: see derive.c for the structure and its invariants. */
#pragma once

#include "arch.h"

/* flags in slot.next */
#define SLOT_ORIGINAL 1u /* its capability can have children */
#define SLOT_IN_TCB 2u   /* it is one of a thread's own: tcb_slot_changed() follows every change */
/* no other capability with its badge, before it in the list, is its ancestor */
#define SLOT_FIRST 4u
#define SLOT_FLAGS (SLOT_ORIGINAL | SLOT_IN_TCB | SLOT_FIRST)

static inline struct slot *slot_next(const struct slot *s)
{
    return (struct slot *)(s->next & ~(word_t)SLOT_FLAGS);
}

/*
 * Put `c`, made from the capability in src (which stays), into the empty slot dest. is_original: as
 * derive_is_original().
 */
void slot_insert(struct slot *dest, struct cap c, struct slot *src, bool is_original);

/*
 * Put the first capability for something into the empty slot dest: alone in a list, original. For
 * boot.
 */
void slot_insert_root(struct slot *dest, struct cap c);

/*
 * Move the capability in src to the empty slot dest, as `c` (the same, or src's with changed data).
 */
void slot_move(struct slot *dest, struct slot *src, struct cap c);

/* Does p have children in the derivation tree? */
bool slot_has_children(const struct slot *p);

/* Is s's the last capability to its object? */
bool slot_is_last(const struct slot *s);

/*
 * The copy of src's capability that the interface allows: err (ERR_NONE: fine; *out may be the null
 * capability).
 */
uint8_t slot_derive(const struct slot *src, struct cap c, struct cap *out);

/* Would `dest`, made from `src`, be able to have children of its own? */
bool derive_is_original(struct cap dest, struct cap src);

/*
 * c cut down to rights; and c with new badge or guard data (null capability: not allowed). is_copy:
 * seL4_CNode_Mint's rule (badging an unbadged endpoint is allowed), otherwise seL4_CNode_Mutate's.
 */
struct cap cap_mask_rights(struct cap c, word_t rights);
struct cap cap_update_data(struct cap c, word_t data, bool is_copy);

/* Do the two capabilities name the same object? */
bool cap_same_object(struct cap a, struct cap b);

/*
 * Empty s, whose capability is none to a container and stands for nothing any more: where it was
 * mapped has been undone.
 */
void slot_remove(struct slot *s);

/* Delete s's capability, and its object if it was the last. INV_PREEMPTED: call again. */
enum inv_result MUST_CHECK slot_delete(struct slot *s);

/* The same if no thread, time, or other slot is concerned; false: nothing was done. */
bool slot_delete_local(struct slot *s);

/* Delete all descendants of s. INV_PREEMPTED: call again. */
enum inv_result MUST_CHECK slot_revoke(struct slot *s);

/* A bounded piece of slot_delete(). True: s is empty. */
bool MUST_CHECK slot_delete_step(struct slot *s);

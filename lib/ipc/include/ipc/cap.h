/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities of one's own: objects made of the process's untyped memory, and copies of
 * capabilities with less rights. For components whose manifest entry has `untyped` (and `slots`,
 * when 256 are not enough); all others get seL4_NotEnoughMemory.
 *
 *     seL4_CPtr endpoint, client;
 *     if (endpoint_create(&endpoint) == seL4_NoError &&
 *         cap_mint(endpoint, CAP_CALL, 7, &client) == seL4_NoError)
 *         ...                      what is sent through `client` arrives with badge 7
 *     cap_delete(endpoint);        the endpoint ends, and `client` is empty
 *     cap_delete(client);
 *
 * An object takes up to three slots: its own and those of the memory it is made of.
 *
 * All of it may be used by all threads at once, costs the same whatever is in use, and gives
 * everything back. None of these functions blocks but for the time another thread needs inside one.
 * They use the calling thread's IPC buffer: take a message out of it first (ipc/msg.h does).
 */
#pragma once

#include <myelin/portal.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rights to mint and derive with; a capability never has more than the one it was made from. */
#define CAP_SEND seL4_CapRights_new(0, 0, 0, 1)       /* send, signal */
#define CAP_CALL seL4_CapRights_new(1, 0, 0, 1)       /* send, call and be answered */
#define CAP_CALL_GRANT seL4_CapRights_new(1, 1, 0, 1) /* the same, and capabilities may go along */
#define CAP_CALL_ONLY myelin_CallOnly()               /* call and be answered, but not send */
#define CAP_RECEIVE seL4_CapRights_new(0, 0, 1, 0)    /* receive, wait; read a frame */
#define CAP_ALL seL4_AllRights

/*
 * Make an object.
 *
 * @param type       seL4_EndpointObject, ..., seL4_X86_4K; MYELIN_PORTAL_OBJECT
 * @param size_bits  of a CNode (log2 of its slots), a scheduling context or untyped memory (log2 of
 *                   the bytes); else 0
 * @param out        its slot, on success
 * @return seL4_NotEnoughMemory: no memory or no slot is left; seL4_RangeError: no such size;
 *         seL4_InvalidArgument: no such type, or one that this function does not know
 * Source: docs/manifest.md, `untyped`; seL4 manual, "Memory allocation".
 */
seL4_Error cap_create(seL4_Word type, unsigned size_bits, seL4_CPtr *out);

/*
 * The same for 2^order objects side by side, order 0 to 8: slots *out and following.
 * cap_delete(*out) ends all of them.
 */
seL4_Error cap_create_run(seL4_Word type, unsigned size_bits, unsigned order, seL4_CPtr *out);

static inline seL4_Error endpoint_create(seL4_CPtr *out)
{
    return cap_create(seL4_EndpointObject, 0, out);
}

static inline seL4_Error notification_create(seL4_CPtr *out)
{
    return cap_create(seL4_NotificationObject, 0, out);
}

/* To receive with: it will stand for a caller until that is answered. */
static inline seL4_Error reply_create(seL4_CPtr *out)
{
    return cap_create(seL4_ReplyObject, 0, out);
}

/*
 * Copy a capability to an endpoint, portal or notification with a badge, which whoever receives
 * sees.
 *
 * @param from    any slot; one that has a badge already is seL4_IllegalOperation's
 * @param rights  of these only what `from` has
 * @param badge   not 0
 * @param out     the copy's slot, on success
 * @return also seL4_NotEnoughMemory: no slot is left; seL4_FailedLookup: `from` is empty;
 *         seL4_InvalidArgument: badge 0
 */
seL4_Error cap_mint(seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge, seL4_CPtr *out);

/* Copy any capability, with the same badge, and of its rights only these. Errors as cap_mint(). */
seL4_Error cap_derive(seL4_CPtr from, seL4_CapRights_t rights, seL4_CPtr *out);

/*
 * Give back what any function of this file gave. An object made here ends, with every capability to
 * it, wherever that went to; calls to it end (docs/man/myelin_Call.md). A copy ends alone.
 *
 * @return seL4_InvalidArgument: the slot is none that these functions gave, or was given back
 */
seL4_Error cap_delete(seL4_CPtr cap);

/* End all copies made from a capability, wherever they went to; it stays itself. */
seL4_Error cap_revoke(seL4_CPtr cap);

/* An empty slot, to put something into; cap_delete() empties it and gives it back. 0: none left. */
seL4_CPtr cap_slot(void);

/*
 * Empty slots side by side, 2^order of them; 0: there is no such run left. Given back as a whole,
 * when they are empty; false: they are none that were taken so.
 */
seL4_CPtr cap_slots(unsigned order);
bool cap_slots_give(seL4_CPtr first, unsigned order);

/* What is left: bytes of untyped memory, and empty slots. Joins free memory first. */
void cap_left(uint64_t *bytes, unsigned *slots);

#ifdef __cplusplus
}
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Room in the address space for regions, and the page tables under it. */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>

/*
 * Map 2^order frames in slots side by side somewhere, making the page tables that are missing.
 * @param at  out: where
 * @return seL4_NotEnoughMemory: no room or no memory for tables; or what the kernel says.
 *         Nothing is mapped then
 */
seL4_Error map_frames(seL4_CPtr frames, unsigned order, bool writable, void **at);

/*
 * The same with copies of the frames in a table (a CNode of map_table_bits(order)) that somebody
 * else has filled: what comes into our slots is frames.
 * @return also seL4_InvalidCapability, seL4_FailedLookup: there are not so many
 */
seL4_Error map_copies(seL4_CPtr table, seL4_CPtr frames, unsigned order, bool writable, void **at);

/* A CNode with one slot has to have two. */
static inline unsigned map_table_bits(unsigned order)
{
    return order > 0 ? order : 1;
}

/*
 * Unmap them and give back the room, and page tables that nothing needs any more. Copies are
 * deleted with it.
 */
void map_remove(seL4_CPtr frames, unsigned order, bool are_copies, void *at);

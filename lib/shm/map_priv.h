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

/* Unmap them and give back the room, and page tables that nothing needs any more. */
void map_remove(seL4_CPtr frames, unsigned order, void *at);

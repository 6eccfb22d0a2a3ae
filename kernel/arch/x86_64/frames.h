/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings of frames; requests about many, and about what is in one: extensions. See frames.c. */
#pragma once

#include "arch.h"

/* Undo frame c's mapping if it still is what c says. Not mapped: nothing. */
void frame_unmap(struct cap c);

/*
 * MYELIN_INV_X86_PAGE_ZERO, MYELIN_INV_X86_PAGE_COPY (into the invoked frame); words: offset at
 * which to begin, up to the frame's end; capability: the frame to copy. The answer is how many
 * bytes were done and MYELIN_FRAMES_DONE, or AGAIN if an interrupt came first. Errors, in this
 * order:
 *     illegal operation      another label
 *     truncated message
 *     invalid capability 0   device memory, or not writable
 *     invalid capability 1   (copy) no frame of this size, device memory, or not readable
 *     alignment              of the offset, to 4 KiB
 *     range                  of the offset
 */
RARE enum inv_result frame_fill(struct inv *inv);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that a process has of another one: of its parent, as vfork gives it. A child has an
 * address space with the system's part of its own; in the rest it sees what its parent's maps, page
 * by page, as it touches them. Regions, the break, and every change of them are the parent's.
 *
 *   parent   [ program ........... | system ]      what the parent unmaps, or write-protects,
 *               |  |                                goes from the child's, too (space.h, SPC-4)
 *   child    [  |  |               | system ]
 */
#pragma once

#include "memory.h"

/** Let a new process have another's memory, or what that has of a third one. */
void memory_lend(struct process *from, struct process *to);

/**
 * A process gives up its memory, by exec or its end: what it was lent is its no more; and of those
 * whom it has lent its own to, one becomes the owner. One for which that needs more memory than
 * there is has `lost`.
 */
void memory_leave(struct process *p);

/** Those that have lost their memory are killed. */
void lost_end(void);

/** A page of what `p` was lent was touched, as memory_fault(). */
enum fault_kind lent_fault(struct process *p, uint64_t page, unsigned right);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory calls of a process, with Linux's numbers, and what its faults find. Each gives 0 or an
 * errno. Programs can't touch what belongs to the system: those ranges are EINVAL.
 */
#pragma once

#include "process.h"

int memory_map(struct process *p, uint64_t address, uint64_t bytes, uint32_t rights, uint32_t flags,
               struct backing *file, uint64_t offset, uint64_t *at);
int memory_unmap(struct process *p, uint64_t address, uint64_t bytes);
int memory_protect(struct process *p, uint64_t address, uint64_t bytes, uint64_t rights);
int memory_remap(struct process *p, uint64_t address, uint64_t bytes, uint64_t new_bytes,
                 uint32_t flags, uint64_t new_address, uint64_t *at);
void memory_brk(struct process *p, uint64_t end, uint64_t *now);
int memory_advise(struct process *p, uint64_t address, uint64_t bytes, uint64_t advice);

enum fault_kind { FAULT_SERVED, FAULT_NO_REGION, FAULT_RIGHTS, FAULT_FILE, FAULT_MEMORY };

/**
 * A page was touched that is not there, or not so.
 *
 * @param right  RIGHT_READ, RIGHT_WRITE or RIGHT_EXECUTE: what was tried
 */
enum fault_kind memory_fault(struct process *p, uint64_t address, unsigned right);

/** The same of memory that is the process's own, not lent to it (lend.h). */
enum fault_kind own_fault(struct process *p, uint64_t address, unsigned right);

/** Let all pages of shared anonymous regions be there, so that a child finds the same ones. */
bool memory_populate_shared(struct process *p);

/** Read from a process's memory what is there now; bytes. */
size_t memory_peek(struct process *p, uint64_t address, void *to, size_t bytes);

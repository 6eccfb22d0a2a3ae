/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process may use and has used, how it is treated: prlimit(2), getrusage(2), setpriority(2),
 * sysinfo(2).
 */
#pragma once

#include <idl/proc.h>

#include "process.h"

/** A process begins with its parent's limits and nice value; the first, parent NULL, with ours. */
void limits_begin(const struct process *p, const struct process *parent);

/** Its soft limit for a resource, RLIMIT_*. */
uint64_t limit_of(const struct process *p, unsigned resource);

/** Put into its mail what the personality needs to know. */
void limit_tell(const struct process *p);

/**
 * Whether a process may have so many bytes more of memory: RLIMIT_AS, and RLIMIT_DATA if they are
 * its data (region_bytes()).
 */
bool limit_allows(const struct process *p, uint64_t bytes, bool data);

/**
 * Whether its job may have another process, or thread, and its user: RLIMIT_NPROC, which does not
 * bind root.
 */
bool limit_allows_process(const struct process *p);

/** Ask the kernel how long its threads have run, into p->used_us. */
void usage_update(struct process *p);

/** The same for all, in microseconds, with those that have ended. */
uint64_t usage_all(void);

/**
 * RLIMIT_CPU: whoever has run as long as its soft limit says is sent SIGXCPU, and has a second more
 * until the next one; as long as the hard one says: SIGKILL. To be called when CLOCK_CPU is due.
 */
void limits_cpu(uint64_t now);

int nice_of(const struct process *p);

/** Processes that are there, the dead ones that nobody has waited for among them. */
unsigned processes_count(void);

int do_limit(struct call *c, int32_t pid, uint32_t resource, uint32_t change, uint64_t soft,
             uint64_t hard, uint64_t *old_soft, uint64_t *old_hard);
int do_usage(struct call *c, int32_t who, uint64_t *user_us, uint64_t *kernel_us,
             uint64_t *max_kilobytes, uint64_t *faults);
int do_memory(struct call *c, uint64_t *total, uint64_t *free, uint64_t *count);
int do_priority(struct call *c, uint32_t which, int32_t who, uint32_t change, int32_t nice,
                int32_t *was);

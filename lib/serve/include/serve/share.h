/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What jobs have of something of which there is only so much for all processes: each server counts
 * itself what it has given to whom. Job 0 stands for all who are in none with a quota.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Whether a job may have this much, of so much that all jobs but 0 have, of all that there is: a
 * half, and together three quarters. So one more job always has some, and job 0.
 */
static inline bool serve_share_allows(uint32_t job, uint64_t its, uint64_t all_jobs,
                                      uint64_t there_is)
{
    return job == 0 || (its <= there_is / 2 && all_jobs <= there_is / 4 * 3);
}

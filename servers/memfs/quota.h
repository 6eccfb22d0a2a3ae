/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many pages of the memory of files the processes of a job have, which the process server's
 * jobs are (servers/proc/job.h): who makes a file longer, or a name, has the page that takes until
 * it is given back, by whoever.
 *
 * QTA-1: pages of a job = pages in use that are its own, and those of the jobs in it.
 */
#pragma once

#include <ipc/unix.h>
#include <stdbool.h>
#include <stdint.h>

/** No job has any. */
void quota_open(void);

/** One more page for a job. False: the quota of it, or of one that it is in, is used up. */
bool quota_take(unsigned job);

/** One less. */
void quota_give(unsigned job);

/** Pages of a job. */
uint64_t quota_pages(unsigned job);

/** No more than a job may have: of *all pages, and of those *free. */
void quota_room(unsigned job, uint64_t *all, uint64_t *free);

/**
 * A job, and those in it, are no more: what they have belongs to the one that it was in.
 *
 * @param heir  out: of each job, whose its pages are from now on; its own number: they stay
 * @return how many change hands
 */
uint64_t quota_end(unsigned job, uint8_t heir[UNIX_JOBS_MAX]);

/** A job that is no more begins anew in another one; pages_max 0: no quota of its own. */
void quota_begin(unsigned job, unsigned in, uint64_t pages_max);

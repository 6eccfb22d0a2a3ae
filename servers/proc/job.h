/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs: what the processes of one may use together. A process is in its parent's job; one that
 * begins another one is in that from then on, and stays in all that the old one was in. So it can
 * only get less.
 *
 *   job 0          no quota: the first process, and all who never began another one
 *     job 1        32 MiB, 50 processes
 *       job 2      of these 50 no more than 10
 *
 * Memory is counted in frames of programs, by the job whose process had one first, until nobody
 * has it. What else a process needs is not counted as memory; but a job with a quota of that has a
 * limit of its parts, chunks and page tables (space.h), which take slots that all have together,
 * no more than half of all regions (region.h), and of the files that are mapped or run (backing.h),
 * and few jobs.
 *
 * A process that is user 0's no more, and in no job with a quota of memory, comes into a job of
 * that user, with a quota of three quarters of all memory: so nobody takes everything from user 0.
 *
 * Memory for files is counted by memfs (servers/memfs/quota.h), which is told of a job when it
 * begins, and of whose is in it with whom a session acts for. What is left of it when all processes
 * have ended is the outer job's from the moment on when another one has its number.
 *
 * Processor time is divided in share.h.
 *
 * JOB-1: frames of a job: those in use that carry its number, and those of the jobs in it.
 */
#pragma once

#include "process.h"

enum { JOB_NONE = 0, JOBS_MAX = UNIX_JOBS_MAX };
/* What one with a quota of memory has at most of what all processes share, with the jobs in it. */
enum { JOB_PARTS_MAX = 1024, JOBS_EACH_MAX = 4, JOB_FILES_MAX = 384 };
/* Regions that a request makes at most, but a fork. */
enum { JOB_REGIONS_AT_ONCE = 3 };

/** What the processes of a job may have together; 0: no quota of its own. */
struct job_quota {
    uint64_t frames;
    uint32_t processes;
    uint32_t us;         /* of processor time, in each period of share.h */
    uint64_t file_bytes; /* of memory for files */
};

/** A number for a job in another one. 0: there are too many, or memfs has not heard of it. */
unsigned job_new(unsigned in, const struct job_quota *quota);

/** What jobs have together who share one quota: the outermost with a quota of memory; or 0. */
unsigned job_outermost(unsigned job);

/** A process is in another job from now on. */
void job_enter(struct process *p, unsigned job);

/** It acts for this user now. False: there are too many jobs. */
bool job_enter_user(struct process *p, uint32_t user);

/** The job that a job other than 0 is in. */
unsigned job_outer(unsigned job);

/** A frame for a process of a job, as frame_take() or frame_take_any(); 0: its quota is used up. */
frame_t job_frame(unsigned job, frame_t (*take)(void));

/** The job for which a page of a process counts: none for what its shell keeps. */
unsigned job_of_page(const struct process *p, uint64_t address);

/** Whether a job may have another process, or thread. */
bool job_allows_process(unsigned job);

/** Whether a process, or a child of it, may have so many regions more. */
bool job_allows_regions(const struct process *p, unsigned more);

/** Whether a job may have another file mapped; one is: gives what job_file_ends() is to have. */
bool job_allows_file(unsigned job);
unsigned job_file_begins(unsigned job);
void job_file_ends(unsigned outer);

/**
 * Kill all processes of a job other than 0 that `from` may send signals to, but the first one, as
 * kill(2) does. EPERM: it is 0.
 */
int job_kill(struct process *from, unsigned job);

/** What there is to say of a job: what it has, and the least maximum of it and those it is in. */
struct job_view {
    uint32_t number, in;
    uint64_t frames, frames_max; /* maxima: 0: none */
    uint32_t processes, processes_max;
    uint64_t used_us;
    uint32_t us_max;
    uint64_t file_bytes, file_bytes_max;
};
void job_view(unsigned job, struct job_view *out);

/** How many there are, without job 0. */
unsigned jobs_count(void);

/* ---- for objects.c and space.c ---- */

/* A frame that counts for a job other than 0 is free again. */
void job_frame_ends(unsigned job);

/* A chunk or page table is about to be, false: the job has too many; and has gone. */
bool job_part_begins(unsigned job);
void job_part_ends(unsigned job);

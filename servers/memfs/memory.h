/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that files are in: pages, and small pieces cut from pages. All of it is one range of
 * addresses given at the start, so what is left is known and nothing else runs out. Taking and
 * giving back cost the same whatever is in use.
 *
 * Beside that range there are pages that files have from the start on, which are lent and never
 * written to (foreign ones).
 *
 * Each page counts for the job that it was taken for (quota.h), and a page of pieces has pieces of
 * one job only. So what is given back needs nobody to say whose it was.
 *
 * MEM-1: a page that was lent (others have it mapped) is taken back before it is used again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_PAGE = 4096,
    MEMORY_PIECE_MAX = 640, /* bytes of a piece at most */
    MEMORY_PAGES_MAX = 32768,
};

/** How a range is made of memory, page by page from its begin on, and who else has it. */
struct memory_source {
    /* Let there be more from this address on. How many bytes, whole pages; 0: there is none. */
    size_t (*more)(void *at);
    /* Nobody else has this page any more. */
    void (*take_back)(void *page);
};

/**
 * Use this range. `at` is at a page, `bytes` whole pages, at most MEMORY_PAGES_MAX.
 *
 * @param source  NULL: all of it is there, and nothing is ever lent
 */
void memory_open(void *at, size_t bytes, const struct memory_source *source);

/** Whom memory is for from now on: a job, below UNIX_JOBS_MAX; 0: none, as at the start. */
void memory_for(unsigned job);

/** A page, not zeroed. NULL: none is left, or the job's quota is used up. */
void *memory_page(void);
void memory_page_free(void *page);

/** Is it none of the range? */
bool memory_is_foreign(const void *page);

/** Others have the page from now on (MEM-1). */
void memory_lend(const void *page);

/** A piece of at least so many bytes, 1 to MEMORY_PIECE_MAX, not zeroed. NULL: as of pages. */
void *memory_piece(size_t bytes);
void memory_piece_free(void *piece);

/** The same, which counts for no job. */
void *memory_piece_uncounted(size_t bytes);

/** Why there was no page or piece the last time. @return ENOSPC; EDQUOT: of the job's quota */
int memory_refusal(void);

/** Pages there are, and those that are free. */
uint64_t memory_pages(void);
uint64_t memory_pages_free(void);

/** The same as the job sees it that memory is for now. */
void memory_room(uint64_t *all, uint64_t *free);

/**
 * A job begins in another one. If there was one of that number, it, and those in it, are no more:
 * what they have belongs to the one that it was in.
 *
 * @param bytes_max  of memory for files; 0: no quota of its own
 * @return 0; EINVAL: it is job 0, or there are no such jobs
 */
int memory_job(unsigned job, unsigned in, uint64_t bytes_max);

/** Bytes of pages that a job has. */
uint64_t memory_job_bytes(unsigned job);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of up to 8192 equal things (slots, pages), given out and taken back in any order, by
 * halves: a run of 2^n begins at a multiple of 2^n. Taking and giving cost the same whatever is in
 * use: one step for each of the 14 sizes at most. Who takes what is for the caller to know.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    CAP_RUNS_BITS = 13,
    CAP_RUNS_MAX = 1 << CAP_RUNS_BITS,
    CAP_RUNS_WORDS = CAP_RUNS_MAX / 64, /* of bits, of order 0 */
};

struct cap_runs {
    /* For each order: a bit for each run of 2^order that is free; one for each such word. */
    uint64_t free_runs[2 * CAP_RUNS_WORDS + CAP_RUNS_BITS];
    uint64_t free_words[CAP_RUNS_BITS + 1][CAP_RUNS_WORDS / 64];
    uint32_t free; /* things, in all runs */
};

/* Nothing is there, or all of number first..end-1; number 0 never is: it means "none". */
void cap_runs_open(struct cap_runs *runs, unsigned first, unsigned end);

/** Take a run of 2^order; its first number, or 0: there is none. */
unsigned cap_runs_take(struct cap_runs *runs, unsigned order);

/* Give a run back. It must have been taken, as a whole, and not given back since. */
void cap_runs_give(struct cap_runs *runs, unsigned first, unsigned order);

/* Whether number `index` of an order is a free run, for checks. */
bool cap_runs_is_free(const struct cap_runs *runs, unsigned order, unsigned index);

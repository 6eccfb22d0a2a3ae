/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The universe of tests/explore with libFuzzer's bytes in place of random numbers: what the bytes
 * decide leads the fuzzer to new paths in the core. What they lead to goes on for some steps more,
 * drawn from a generator that they set. See run.
 */
#include "universe.h"

#include "count.h"

/* FUZZ_FAST: without sanitizers; the invariants are checked after each call, the rest seldom. */
#ifdef FUZZ_FAST
enum { STEPS_BEHIND = 2000, AUDIT_EVERY = 100, JUDGE_EVERY = 50 };
#else
enum { STEPS_BEHIND = 100, AUDIT_EVERY = 4, JUDGE_EVERY = 1 };
#endif

#define STEPS_MAX 4000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source from = { .bytes = data,
                           .bytes_left = size,
                           .steps_behind = STEPS_BEHIND,
                           .audit_every = AUDIT_EVERY,
                           .judge_every = JUDGE_EVERY,
                           .preempt_percent = 10 };

    for (size_t i = 0; i < size; i++)
        from.state = from.state * 31 + data[i];
    universe_run(&from, STEPS_MAX);
    calls = universe_events;
    return 0;
}

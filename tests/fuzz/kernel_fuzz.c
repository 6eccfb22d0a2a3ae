/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The universe of tests/explore with libFuzzer's bytes in place of random numbers: what the bytes
 * decide leads the fuzzer to new paths in the core. See run.
 */
#include "universe.h"

#include "count.h"

#define STEPS_MAX 2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source from = {
        .bytes = data, .bytes_left = size, .audit_every = 4, .preempt_percent = 10
    };

    universe_run(&from, STEPS_MAX);
    calls = universe_events;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How many calls of what is fuzzed were made; said at the end of a run. */
#pragma once

#include "bytes.h"

static unsigned long calls;

static void tell_calls(void)
{
    printf("# %lu calls\n", calls);
}

__attribute__((constructor)) static void tell_calls_at_exit(void)
{
    atexit(tell_calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

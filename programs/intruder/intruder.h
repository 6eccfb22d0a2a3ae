/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdint.h>

/** The next number of a sequence that the seed decides. */
uint64_t random_next(void);

/** One of so many. */
static inline unsigned random_below(unsigned count)
{
    return (unsigned)(random_next() >> 33) % count;
}

/** A number of the kinds that requests have: small, an address, a bit, anything. */
uint64_t random_word(void);

/** One request, in a child that may end of it. */
void request_call(void);
void request_message(void);
void request_kernel(void);

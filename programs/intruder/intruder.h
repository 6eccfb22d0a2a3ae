/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdint.h>

enum { ROOM = 1 << 16 };

extern unsigned char *room; /* memory that requests may name */

/** The next number of a sequence that the seed decides; each thread begins its own. */
uint64_t random_next(void);
void random_begin(uint64_t seed);

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
void request_typed(void);

/** In a child, before request_typed(): what it is about, and two threads that do the same. */
void typed_begin(uint64_t seed);

/** A message through a capability: words and tag of the answer. */
uint64_t message_ask(uint64_t slot, uint64_t tag, uint64_t mr[4]);

/** From now on without rights: user 1000, a session of its own, few of everything. */
void humble(void);

/** Be the one that is to notice nothing; try what permissions keep from one. What main() gives. */
int victim_run(void);
int doors_try(void);

/** Show how many servers answer it. What main() gives. */
int sessions_count(void);

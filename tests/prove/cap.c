/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of kernel/cap.h (tools/prove): a capability's first word, put together and taken apart.
 *
 * unproved: word_of_ensures: WP takes bits of unsigned words for integers, and neither prover finds
 *     its way from there to the three fields
 *
 * prove: word_of made_type made_second
 * inline: cap_make cap_type
 */
#include "kernel/cap.h"

/*@ requires t < 32 && attr < 2048 && where < 0x1000000000000;
  @ assigns \nothing;
  @ ensures \result == ((t | (attr << 5)) | (where << 16)); */
static word_t word_of(unsigned t, word_t attr, word_t where)
{
    return cap_make(t, attr, where, 0).w0;
}

/*@ assigns \nothing;
  @ ensures \result == (c.w0 & 31) && 0 <= \result <= 31; */
static unsigned made_type(struct cap c)
{
    return cap_type(c);
}

/*@ assigns \nothing;
  @ ensures \result == w1; */
static word_t made_second(unsigned t, word_t attr, word_t where, word_t w1)
{
    return cap_make(t, attr, where, w1).w1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digits of a number, for whatever prints one.
 */
#pragma once

#include <stdint.h>

#define NUMBER_DIGITS_MAX 64

/** The digits of value in base 2..16, the last first; how many there are, at least one. */
static inline unsigned number_digits(uint64_t value, unsigned base, char digits[NUMBER_DIGITS_MAX])
{
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    return n;
}

/*
 * A word in which each bit depends on all of x: the last steps of splitmix64 (Steele, Lea, Flood
 * 2014).
 */
static inline uint64_t number_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

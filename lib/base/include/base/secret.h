/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that nobody knows who has not been told them, however many others he was told: SipHash
 * 2-4 of a word, keyed.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF", 2012.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t secret_turned(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void secret_rounds(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = secret_turned(v[1], 13) ^ v[0];
        v[3] = secret_turned(v[3], 16) ^ v[2];
        v[0] = secret_turned(v[0], 32) + v[3];
        v[2] += v[1];
        v[3] = secret_turned(v[3], 21) ^ v[0];
        v[1] = secret_turned(v[1], 17) ^ v[2];
        v[2] = secret_turned(v[2], 32);
    }
}

/** The number of x under a key: from others of the same key it does not follow. */
static inline uint64_t secret_of(const uint64_t key[2], uint64_t x)
{
    const uint64_t length = 8ull << 56;
    uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                      key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };

    v[3] ^= x;
    secret_rounds(v, 2);
    v[0] ^= x;
    v[3] ^= length;
    secret_rounds(v, 2);
    v[0] ^= length;
    v[2] ^= 0xff;
    secret_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/**
 * The mark of a secret: who knows the secret can show that to whoever knows the mark, from which it
 * does not follow. Never 0.
 */
static inline uint64_t secret_mark(uint64_t secret)
{
    const uint64_t key[2] = { secret, ~secret };
    uint64_t mark = secret_of(key, 0);

    return mark != 0 ? mark : 1;
}

/** Does the processor make random numbers? Source: Intel SDM vol. 1, 7.3.17. */
static inline bool has_hardware_random(void)
{
    uint32_t a = 1, b, c = 0, d;

    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 30 & 1) != 0;
}

/** One of them, where it does; it may give 0 when it is asked too often. */
static inline uint64_t hardware_random(void)
{
    uint64_t word;
    bool is_there;

    __asm__ volatile("rdrand %0" : "=r"(word), "=@ccc"(is_there));
    return is_there ? word : 0;
}

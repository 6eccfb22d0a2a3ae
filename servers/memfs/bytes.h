/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of names, eight at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t bytes_word(const char *at)
{
    uint64_t word;

    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

/* The first of 1 to 8 bytes in the lowest bits; what is the same for two of the same number is. */
static inline uint64_t bytes_few(const char *at, size_t bytes)
{
    uint32_t low, high;

    if (bytes == 8)
        return bytes_word(at);
    if (bytes < 4)
        return (uint8_t)at[0] | (uint64_t)(uint8_t)at[bytes / 2] << 8 |
               (uint64_t)(uint8_t)at[bytes - 1] << 16;
    __builtin_memcpy(&low, at, sizeof low);
    __builtin_memcpy(&high, at + bytes - 4, sizeof high);
    return low | (uint64_t)high << 32;
}

/** The place of the first byte that is `wanted`, from `at` on; `bytes`: there is none. */
static inline size_t bytes_find(const char *text, size_t at, size_t bytes, char wanted)
{
    const uint64_t low = 0x0101010101010101, high = low << 7;

    for (; at + 8 <= bytes; at += 8) {
        uint64_t word = bytes_word(text + at) ^ (uint8_t)wanted * low;
        uint64_t found = (word - low) & ~word & high; /* the lowest bit of it is right */
        if (found != 0)
            return at + (unsigned)__builtin_ctzl(found) / 8;
    }
    while (at < bytes && text[at] != wanted)
        at++;
    return at;
}

static inline bool bytes_are_same(const char *a, const char *b, size_t bytes)
{
    for (; bytes > 8; bytes -= 8, a += 8, b += 8)
        if (bytes_word(a) != bytes_word(b))
            return false;
    return bytes == 0 || bytes_few(a, bytes) == bytes_few(b, bytes);
}

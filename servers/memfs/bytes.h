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

/** The first 8 of so many bytes, at least one; zeros behind the end. The two ends may overlap. */
static inline uint64_t bytes_first(const char *at, size_t bytes)
{
    uint32_t low, high;

    if (bytes >= 8)
        return bytes_word(at);
    if (bytes < 4)
        return (uint8_t)at[0] | (uint64_t)(uint8_t)at[bytes / 2] << bytes / 2 * 8 |
               (uint64_t)(uint8_t)at[bytes - 1] << (bytes - 1) * 8;
    __builtin_memcpy(&low, at, sizeof low);
    __builtin_memcpy(&high, at + bytes - 4, sizeof high);
    return low | (uint64_t)high << (bytes - 4) * 8;
}

/** The place of the first slash, from `at` on, where there are bytes; `bytes`: there is none. */
static inline size_t bytes_slash(const char *text, size_t at, size_t bytes)
{
    const uint64_t low = 0x0101010101010101, high = low << 7;

    for (; at + 8 <= bytes; at += 8) {
        uint64_t word = bytes_word(text + at) ^ '/' * low;
        uint64_t found = (word - low) & ~word & high; /* the lowest bit of it is right */
        if (found != 0)
            return at + (unsigned)__builtin_ctzl(found) / 8;
    }
    if (at == bytes)
        return at;
    uint64_t word = bytes_first(text + at, bytes - at) ^ '/' * low;
    uint64_t found = (word - low) & ~word & high;
    return found != 0 ? at + (unsigned)__builtin_ctzl(found) / 8 : bytes;
}

/** How many bytes there are up to the last slash, that included; 0: there is none. */
static inline size_t bytes_last_slash(const char *text, size_t bytes)
{
    const uint64_t rest = 0x7f7f7f7f7f7f7f7f;

    for (; bytes >= 8; bytes -= 8) {
        uint64_t word = bytes_word(text + bytes - 8) ^ '/' * (rest / 0x7f);
        uint64_t found = ~(((word & rest) + rest) | word | rest);
        if (found != 0)
            return bytes - (unsigned)__builtin_clzl(found) / 8;
    }
    while (bytes > 0 && text[bytes - 1] != '/')
        bytes--;
    return bytes;
}

/** Of at least a byte. */
static inline bool bytes_are_same(const char *a, const char *b, size_t bytes)
{
    if (bytes < 8)
        return bytes_first(a, bytes) == bytes_first(b, bytes);
    for (size_t at = 0; at + 8 < bytes; at += 8)
        if (bytes_word(a + at) != bytes_word(b + at))
            return false;
    return bytes_word(a + bytes - 8) == bytes_word(b + bytes - 8);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes and terminated text where there is no C library, or where it may not be called: inside the
 * personality, whose sources are compiled so that these loops do not become calls again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void bytes_copy(void *to, const void *from, size_t bytes)
{
    char *t = to;
    const char *f = from;

    for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t)) {
        uint64_t word;
        __builtin_memcpy(&word, f, sizeof word);
        __builtin_memcpy(t, &word, sizeof word);
        t += sizeof word;
        f += sizeof word;
    }
    while (bytes-- > 0)
        *t++ = *f++;
}

static inline size_t text_length(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

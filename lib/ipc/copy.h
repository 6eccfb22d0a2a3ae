/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between messages and other memory, eight at a time; without vector registers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void call_bytes_copy(void *to, const void *from, size_t bytes)
{
    char *t = (char *)to;
    const char *f = (const char *)from;

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

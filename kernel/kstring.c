/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and its kin as plain word loops. Large amounts are moved elsewhere (message copying,
 * arch_zero); what compilers call these for is small, so short code beats clever code. The build
 * forbids turning the loops back into calls.
 */
#include "kstring.h"

#include "types.h"

#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* may overlap anything and be misaligned */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

void *memcpy(void *restrict dest, const void *restrict src, size_t size_bytes)
{
    char *d = dest;
    const char *s = src;

    for (; size_bytes >= 8; size_bytes -= 8, d += 8, s += 8)
        *(any_word *)d = *(const any_word *)s;
    for (; size_bytes > 0; size_bytes--)
        *d++ = *s++;
    return dest;
}

void *memset(void *dest, int byte, size_t size_bytes)
{
    char *d = dest;
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);

    for (; size_bytes >= 8; size_bytes -= 8, d += 8)
        *(any_word *)d = word;
    for (; size_bytes > 0; size_bytes--)
        *d++ = (char)byte;
    return dest;
}

int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < size_bytes; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

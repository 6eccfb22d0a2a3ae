/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory functions that compilers call here; memmove, which they may call too (C11 7.24), they
 * never did.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t size_bytes);
void *memset(void *dest, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);

/* The number in the size_bytes (up to 8) bytes at p, lowest first, wherever they lie. */
static inline uint64_t number_at(const void *p, size_t size_bytes)
{
    uint64_t v = 0;

    memcpy(&v, p, size_bytes);
    return v;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory functions that compilers call here; memmove, which they may call too (C11 7.24), they never did. */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t size_bytes);
void *memset(void *dest, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);

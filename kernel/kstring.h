/* SPDX-License-Identifier: BSD-2-Clause */
/* The four memory functions a freestanding compiler may call (C11 7.24), and nothing else. */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t size_bytes);
void *memmove(void *dest, const void *src, size_t size_bytes);
void *memset(void *dest, int byte, size_t size_bytes);
int memcmp(const void *a, const void *b, size_t size_bytes);

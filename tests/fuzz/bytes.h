/* SPDX-License-Identifier: BSD-2-Clause */
/* The fuzzer's bytes as numbers, and what must hold whatever they are. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The fuzzer's bytes, from the first on; 0 when there are none left. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t take_bytes(struct bytes *b, unsigned count)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < count && b->left > 0; i++, b->left--)
        v |= (uint64_t)*b->at++ << 8 * i;
    return v;
}

/* This input breaks something. */
#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between messages and other memory, without vector registers. They must not overlap. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { COPY_MANY = 64 }; /* bytes from which the processor's own loop is worth its beginning */

/* A piece of constant size. */
#define COPY_PIECE(type, to, from, at)                                                             \
    do {                                                                                           \
        type piece_;                                                                               \
        __builtin_memcpy(&piece_, (const char *)(from) + (at), sizeof piece_);                     \
        __builtin_memcpy((char *)(to) + (at), &piece_, sizeof piece_);                             \
    } while (0)

static inline void call_bytes_copy(void *to, const void *from, size_t bytes)
{
    size_t at = 0;

    if (bytes >= COPY_MANY) {
        size_t words = bytes / 8;
        void *t = to;
        const void *f = from;
        __asm__ volatile("rep movsq" : "+D"(t), "+S"(f), "+c"(words) : : "memory");
        at = bytes & ~(size_t)7;
    }
    for (; at + 8 <= bytes; at += 8)
        COPY_PIECE(uint64_t, to, from, at);
    if (at < bytes && bytes >= 8) {
        COPY_PIECE(uint64_t, to, from, bytes - 8); /* some of them once more */
    } else if (bytes >= 4 && bytes < 8) {
        COPY_PIECE(uint32_t, to, from, 0);
        COPY_PIECE(uint32_t, to, from, bytes - 4);
    } else if (bytes < 4) {
        for (; at < bytes; at++)
            ((char *)to)[at] = ((const char *)from)[at];
    }
}

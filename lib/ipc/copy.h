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

/* Fewer than eight, without a loop: some of them more than once. */
static inline void call_few_copy(char *to, const char *from, size_t bytes)
{
    if (bytes >= 4) {
        COPY_PIECE(uint32_t, to, from, 0);
        COPY_PIECE(uint32_t, to, from, bytes - 4);
    } else if (bytes > 0) {
        char middle = from[bytes / 2], last = from[bytes - 1];
        to[0] = from[0];
        to[bytes / 2] = middle;
        to[bytes - 1] = last;
    }
}

static inline void call_bytes_copy(void *to, const void *from, size_t bytes)
{
    size_t at = 0;

    if (bytes < 8) {
        call_few_copy(to, from, bytes);
        return;
    }
#ifndef MYELIN_HOST /* where sanitizers look at each piece */
    if (bytes >= COPY_MANY) {
        size_t words = bytes / 8;
        void *t = to;
        const void *f = from;
        __asm__ volatile("rep movsq" : "+D"(t), "+S"(f), "+c"(words) : : "memory");
        at = bytes & ~(size_t)7;
    }
#endif
    COPY_PIECE(uint64_t, to, from, bytes - 8); /* some of them once more */
    for (; at + 8 < bytes; at += 8)
        COPY_PIECE(uint64_t, to, from, at);
}

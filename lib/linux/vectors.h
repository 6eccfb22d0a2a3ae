/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's floating-point and vector registers. The personality uses none of them, so that
 * they are in the processor; they are saved for a signal's handler and restored after it.
 * Source: Intel SDM vol. 1, 13 (xsave).
 */
#pragma once

#include "registers.h"

#include "personality.h"

enum { VECTORS_BYTES = 2688 /* x87, SSE, AVX, AVX-512 */ + 64 };

/* All of them, as the processor keeps them. */
struct vectors {
    _Alignas(64) uint8_t byte[VECTORS_BYTES];
};

/** Take the calling thread's; give it these. They are ours: nobody else has written them. */
void vectors_save(struct vectors *to);
void vectors_load(const struct vectors *from);

/** Bytes that vectors_put() writes. */
size_t vectors_bytes(void);

/** ucontext_t's flags that say what is there. */
uint64_t vectors_context_flags(void);

/** Save them at an address of 64 bytes' alignment, then reset them; false: it can't be written. */
bool vectors_put(uaddr_t to);

/** Restore them from there, or reset them (address 0); false: it can't be read. */
bool vectors_get(uaddr_t from);

/** As a new program finds them. */
void vectors_reset(void);

/*
 * What a new thread begins with: its maker leaves it in the last page of its stack for system
 * calls, with room behind it for what is called until it has been taken.
 */
struct thread_begin {
    struct vectors vectors;
    struct linux_context context;
};
enum { THREAD_BEGIN_BYTES = 4096, THREAD_BEGIN_ROOM = 1024 };
_Static_assert(sizeof(struct thread_begin) + THREAD_BEGIN_ROOM <= THREAD_BEGIN_BYTES, "a page");

static inline struct thread_begin *thread_begin_of(uint64_t index)
{
    return (struct thread_begin *)(process_thread_address(index) + PROCESS_THREAD_STEP -
                                   THREAD_BEGIN_BYTES);
}

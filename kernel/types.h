/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scalar types of the kernel. Everything that a user can name fits a machine word; addresses
 * are never mixed with pointers: a paddr_t is a physical address, a uaddr_t an address in some
 * user's space, a pointer is ours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gen/config.h"

typedef uint64_t word_t;
typedef int64_t sword_t;
typedef uint64_t paddr_t; /* physical address, bytes */
#define PADDR_NONE (~UINT64_C(0))
typedef uint64_t uaddr_t; /* virtual address in a user's space, bytes */
typedef uint64_t cptr_t;  /* address in a capability space */
typedef uint64_t ticks_t; /* time in ticks of the core's clock (TSC on x86_64) */

/* How a request to an object, or a piece of it, ends. */
enum inv_result {
    INV_OK,  /* done; ret_count words are the answer */
    INV_ERR, /* refused: inv->err and its details say why; nothing was changed */
    /* not finished: the same call must be made again; progress is kept in the objects */
    INV_PREEMPTED,
    /* done, and the caller's registers (or its blocking) are already as they must be */
    INV_DONE,
};

#define WORD_BITS 64u
#define BIT(n) (UINT64_C(1) << (n))
#define MASK(n) (BIT(n) - 1) /* n in 0..63 */

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
/* specialised: compiled anew for what each caller knows */
#define INLINE static inline __attribute__((always_inline))
/* noinline cold path: kept out of line, so that the path beside it needs no stack */
#define APART __attribute__((noinline))
#define PACKED __attribute__((packed))
#define RARE __attribute__((cold)) /* cold code, on no path that counts: small rather than fast */

/* The options that only choose code, as constants the compiler can fold. */
#define HAS_DEBUG_API HAS_HARDWARE_DEBUG_API
#define IS_CHECKED MYELIN_CHECKS

/* round x up / down to a multiple of 2^bits; bits in 0..63 */
static inline word_t align_up(word_t x, unsigned bits)
{
    return (x + MASK(bits)) & ~MASK(bits);
}

static inline word_t align_down(word_t x, unsigned bits)
{
    return x & ~MASK(bits);
}

static inline bool is_aligned(word_t x, unsigned bits)
{
    return (x & MASK(bits)) == 0;
}

static inline word_t min_word(word_t a, word_t b)
{
    return a < b ? a : b;
}

static inline word_t max_word(word_t a, word_t b)
{
    return a > b ? a : b;
}

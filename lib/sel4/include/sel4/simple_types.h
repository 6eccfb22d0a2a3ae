/* SPDX-License-Identifier: BSD-2-Clause */
/* Integers of the public interface: LP64. */
#pragma once

#include <sel4/macros.h>

typedef unsigned char seL4_Uint8;
typedef unsigned short seL4_Uint16;
typedef unsigned int seL4_Uint32;
typedef unsigned long seL4_Uint64;
typedef signed char seL4_Int8;
typedef short seL4_Int16;
typedef int seL4_Int32;
typedef long seL4_Int64;

typedef seL4_Uint64 seL4_Word;
typedef seL4_Word seL4_CPtr;
typedef seL4_Int8 seL4_Bool;

#define seL4_True 1
#define seL4_False 0
#define seL4_Null ((void *)0)

#define seL4_WordBits 64
#define seL4_WordSizeBits 3
#define SEL4_WORD_IS_UINT64
#define SEL4_INT64_IS_LONG

/* For printf, after a percent sign. */
#define SEL4_PRI_word "lu"
#define SEL4_PRIu_word "lu"
#define SEL4_PRIx_word "lx"
#define SEL4_PRId_word "ld"
#define SEL4_PRIi_word "li"
#define SEL4_PRIu64 SEL4_PRIu_word
#define SEL4_PRIx64 SEL4_PRIx_word
#define SEL4_PRId64 SEL4_PRId_word
#define SEL4_PRIi64 SEL4_PRIi_word

/** A value of so many bits (below 64), in its place in a word; what does not fit is cut off. */
LIBSEL4_INLINE CONST seL4_Word myelin_bits_put(seL4_Word value, unsigned shift, unsigned bits)
{
    return (value & (LIBSEL4_BIT(bits) - 1)) << shift;
}

/** The value of so many bits (below 64) at a place in a word. */
LIBSEL4_INLINE CONST seL4_Word myelin_bits_get(seL4_Word word, unsigned shift, unsigned bits)
{
    return (word >> shift) & (LIBSEL4_BIT(bits) - 1);
}

SEL4_COMPILE_ASSERT(words_are_longs, sizeof(seL4_Word) * 8 == seL4_WordBits)

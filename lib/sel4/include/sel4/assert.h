/* SPDX-License-Identifier: BSD-2-Clause */
/* Assertions under their public names. */
#pragma once

#include <sel4/macros.h>

/** What a failed assertion calls; the program defines it, and it does not return. */
MYELIN_EXTERN void __assert_fail(const char *expression, const char *file, int line,
                                 const char *function);

#define seL4_Fail(what) __assert_fail((what), __FILE__, __LINE__, __func__)
#define seL4_Assert(expr) ((expr) ? (void)0 : seL4_Fail(#expr))
#define seL4_CompileTimeAssert(expr) MYELIN_STATIC_ASSERT(expr, #expr);

#ifdef NDEBUG
#define seL4_DebugAssert(expr) ((void)0)
#else
#define seL4_DebugAssert(expr) seL4_Assert(expr)
#endif

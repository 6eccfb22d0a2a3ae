/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <sel4/macros.h>

/** Called by seL4_Fail and seL4_Assert; the program defines it. */
void __assert_fail(const char *str, const char *file, int line, const char *function);

#define seL4_Fail(s)        __assert_fail(s, __FILE__, __LINE__, __func__)
#define seL4_Assert(expr)   do { if (!(expr)) { __assert_fail(#expr, __FILE__, __LINE__, __func__); } } while (0)
#define seL4_CompileTimeAssert(expr) SEL4_COMPILE_ASSERT(seL4_CompileTimeAssert, expr)
#ifdef NDEBUG
#define seL4_DebugAssert(expr) ((void)0)
#else
#define seL4_DebugAssert(expr) seL4_Assert(expr)
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes and small macros of the public interface, for gcc and clang. */
#pragma once

#include <sel4/config.h>

#define LIBSEL4_UNUSED __attribute__((__unused__))
#define LIBSEL4_INLINE LIBSEL4_UNUSED static inline
#define LIBSEL4_INLINE_FUNC LIBSEL4_INLINE
#define LIBSEL4_NOINLINE __attribute__((__noinline__))
#define LIBSEL4_WEAK __attribute__((__weak__))
#define SEL4_PACKED __attribute__((__packed__))
#define SEL4_DEPRECATED(instead) __attribute__((__deprecated__(instead)))

/* Of functions: no memory read, none written. */
#ifndef PURE
#define PURE __attribute__((__pure__))
#endif
#ifndef CONST
#define CONST __attribute__((__const__))
#endif

/*
 * Programs are static, so thread-local data is at a fixed offset. A program without thread-local
 * storage defines SEL4_NO_TLS and its own __sel4_ipc_buffer.
 */
#ifdef SEL4_NO_TLS
#define LIBSEL4_THREAD_LOCAL
#else
#define LIBSEL4_THREAD_LOCAL __thread __attribute__((__tls_model__("local-exec")))
#endif

#define LIBSEL4_BIT(n) (1ul << (n))

/* An enumerator that makes its enum as wide as a word, whatever the other values are. */
#define SEL4_FORCE_LONG_ENUM(type) myelin_wide_##type = (-1ul >> 1)

#ifdef __cplusplus
#define MYELIN_EXTERN extern "C"
#define MYELIN_STATIC_ASSERT static_assert
#else
#define MYELIN_EXTERN extern
#define MYELIN_STATIC_ASSERT _Static_assert
#endif
#define SEL4_COMPILE_ASSERT(name, expr) MYELIN_STATIC_ASSERT(expr, #name);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes and small macros of the public interface. */
#pragma once

#include <sel4/config.h>

#ifndef CONST
#define CONST __attribute__((__const__))
#endif
#ifndef PURE
#define PURE __attribute__((__pure__))
#endif

#define SEL4_PACKED             __attribute__((packed))
#define SEL4_DEPRECATED(x)      __attribute__((deprecated(x)))
#define LIBSEL4_UNUSED          __attribute__((unused))
#define LIBSEL4_WEAK            __attribute__((weak))
#define LIBSEL4_NOINLINE        __attribute__((noinline))
#define LIBSEL4_INLINE          static inline LIBSEL4_UNUSED
#define LIBSEL4_INLINE_FUNC     static inline LIBSEL4_UNUSED

/* Programs are static, so thread-local data is at a fixed offset. A program without thread-local storage defines SEL4_NO_TLS and its own __sel4_ipc_buffer. */
#ifdef SEL4_NO_TLS
#define LIBSEL4_THREAD_LOCAL
#else
#define LIBSEL4_THREAD_LOCAL    __thread __attribute__((tls_model("local-exec")))
#endif

#ifdef __cplusplus
#define SEL4_COMPILE_ASSERT(name, expr) static_assert(expr, #name);
#else
#define SEL4_COMPILE_ASSERT(name, expr) _Static_assert(expr, #name);
#endif

/* Keeps an enum as wide as a word, whatever its values are. */
#define SEL4_FORCE_LONG_ENUM(type) _enum_pad_##type = 0x7fffffffffffffffll

#define LIBSEL4_BIT(n) (1ul << (n))

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Text without a C library: comparing, copying, and building lines in a buffer that cuts what does not fit.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t text_length(const char *s);
bool text_equal(const char *a, const char *b);

/** Copy with a terminating zero; what does not fit is cut. */
void text_copy(char *to, size_t size, const char *from);

struct text {
    char  *to;
    size_t size, used;
};

/** An empty text in a buffer of at least one byte. */
struct text text_into(char *to, size_t size);
void text_put(struct text *t, const char *s);

/** printf for %s %c %u %d %lu %lx %x and %%, a width with zeroes as in %016lx; nothing else. */
void text_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

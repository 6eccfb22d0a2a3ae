/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text without a C library: comparing, copying, and building lines in a buffer that cuts what does
 * not fit.
 */
#pragma once

#include <base/text.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How many words, divided by blanks. */
unsigned text_words(const char *s);

/** Copy with a terminating zero; what does not fit is cut. */
void text_copy(char *to, size_t size, const char *from);

struct text {
    char *to;
    size_t size, used;
};

/** An empty text in a buffer of at least one byte. */
struct text text_into(char *to, size_t size);
void text_put(struct text *t, const char *s);

/** As printf, see rt/rt.h for what it knows (format.c, which is not for the host). */
void text_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *t, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory and string functions a compiler may call, and a few more. Compiled so that they don't
 * call themselves.
 */

#include <rt/rt.h>

void *memset(void *to, int byte, size_t size)
{
    unsigned char *t = to;

    while (size--) {
        *t++ = (unsigned char)byte;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    while (size--) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    if (t <= f) {
        while (size--) {
            *t++ = *f++;
        }
    } else {
        while (size--) {
            t[size] = f[size];
        }
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (; size; size--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t length = 0;

    while (s[length]) {
        length++;
    }
    return length;
}

int strcmp(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++) {
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (; size && *a && *a == *b; size--, a++, b++) {
    }
    return size ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strstr(const char *text, const char *what)
{
    size_t length = strlen(what);

    for (; *text; text++) {
        if (strncmp(text, what, length) == 0) {
            return (char *)text;
        }
    }
    return length ? NULL : (char *)text;
}

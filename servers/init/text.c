/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

size_t text_length(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

struct text text_into(char *to, size_t size)
{
    to[0] = '\0';
    return (struct text){ to, size, 0 };
}

static void put_char(struct text *t, char c)
{
    if (t->used + 1 < t->size) {
        t->to[t->used++] = c;
        t->to[t->used] = '\0';
    }
}

void text_put(struct text *t, const char *s)
{
    while (*s != '\0')
        put_char(t, *s++);
}

void text_copy(char *to, size_t size, const char *from)
{
    struct text t = text_into(to, size);

    text_put(&t, from);
}

static void put_number(struct text *t, uint64_t value, unsigned base, unsigned width, char pad)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (unsigned i = n; i < width; i++)
        put_char(t, pad);
    while (n > 0)
        put_char(t, digits[--n]);
}

void text_vformat(struct text *t, const char *format, va_list args)
{
    for (const char *f = format; *f != '\0'; f++) {
        unsigned width = 0;
        bool is_long = false;
        char pad = ' ';

        if (*f != '%') {
            put_char(t, *f);
            continue;
        }
        f++;
        if (*f == '0')
            pad = '0';
        for (; *f >= '0' && *f <= '9'; f++)
            width = width * 10 + (unsigned)(*f - '0');
        for (; *f == 'l'; f++)
            is_long = true;

        int64_t d;
        switch (*f) {
        case 's': text_put(t, va_arg(args, const char *)); break;
        case 'c': put_char(t, (char)va_arg(args, int)); break;
        case 'u': put_number(t, is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned), 10, width, pad); break;
        case 'x': put_number(t, is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned), 16, width, pad); break;
        case 'd':
            d = is_long ? va_arg(args, int64_t) : va_arg(args, int);
            if (d < 0)
                put_char(t, '-');
            put_number(t, d < 0 ? -(uint64_t)d : (uint64_t)d, 10, width, pad);
            break;
        default: put_char(t, *f); break;
        }
        if (*f == '\0')
            return;
    }
}

void text_format(struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vformat(t, format, args);
    va_end(args);
}

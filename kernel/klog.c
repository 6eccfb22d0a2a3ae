/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: a printf of nine formats straight to the debug console. */
#include "klog.h"

#include <stdarg.h>

#include "arch.h"

static void put(char c)
{
    arch_putchar(c);
}

static void put_string(const char *s)
{
    if (s == NULL)
        s = "(null)";
    while (*s != 0)
        put(*s++);
}

/* value in base 2..16, at least width digits, filled up with `fill` */
static void put_number(uint64_t value, unsigned base, unsigned width, char fill)
{
    char digits[64];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (unsigned i = n; i < width; i++)
        put(fill);
    while (n > 0)
        put(digits[--n]);
}

static void put_signed(int64_t value)
{
    if (value < 0)
        put('-');
    put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 0, ' ');
}

/* format: %[0][width][l](d|u|x|p|s|c|%) */
void klog(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    for (const char *f = format; *f != 0; f++) {
        if (*f != '%') {
            put(*f);
            continue;
        }
        char fill = *++f == '0' ? '0' : ' ';
        unsigned width = 0;
        while (*f >= '0' && *f <= '9')
            width = width * 10 + (unsigned)(*f++ - '0');
        bool is_long = *f == 'l';
        if (is_long)
            f++;
        if (*f == 'd')
            put_signed(is_long ? va_arg(args, int64_t) : va_arg(args, int));
        else if (*f == 'u' || *f == 'x')
            put_number(is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned), *f == 'x' ? 16 : 10, width, fill);
        else if (*f == 'p')
            put_number((uint64_t)va_arg(args, void *), 16, 16, '0');
        else if (*f == 's')
            put_string(va_arg(args, const char *));
        else if (*f == 'c')
            put((char)va_arg(args, int));
        else if (*f == '%')
            put('%');
        else
            break; /* a format we don't have, or the string's end */
    }
    va_end(args);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: a printf of five formats straight to the debug console. */
#include "klog.h"

#include <base/number.h>
#include <stdarg.h>

#include "arch.h"

static void put_number(uint64_t value, unsigned base)
{
    char digits[NUMBER_DIGITS_MAX];
    unsigned n = number_digits(value, base, digits);

    while (n > 0)
        arch_putchar(digits[--n]);
}

/* format: %[l](u|x), %s */
void klog(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    for (const char *f = format; *f != 0; f++) {
        if (*f != '%') {
            arch_putchar(*f);
            continue;
        }
        bool is_long = *++f == 'l';
        if (is_long)
            f++;
        if (*f == 'u' || *f == 'x')
            put_number(is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned),
                       *f == 'x' ? 16 : 10);
        else if (*f == 's')
            for (const char *s = va_arg(args, const char *); *s != 0; s++)
                arch_putchar(*s);
        else
            break; /* a format we don't have, or the string's end */
    }
    va_end(args);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A small printf. */

#include <base/number.h>
#include <rt/rt.h>

/* Where characters go: a buffer, or the console if there is none. */
struct sink {
    char *buffer;
    size_t size;
    size_t count;
};

static void put(struct sink *sink, char c)
{
    if (!sink->buffer) {
        rt_putchar(c);
    } else if (sink->count + 1 < sink->size) {
        sink->buffer[sink->count] = c;
    }
    sink->count++;
}

struct spec {
    bool left, zero, prefix;
    int width;
};

static void put_padded(struct sink *sink, const char *text, size_t length, const struct spec *spec)
{
    int pad = spec->width - (int)length;

    for (; !spec->left && pad > 0; pad--) {
        put(sink, spec->zero ? '0' : ' ');
    }
    for (size_t i = 0; i < length; i++) {
        put(sink, text[i]);
    }
    for (; pad > 0; pad--) {
        put(sink, ' ');
    }
}

static void put_number(struct sink *sink, uint64_t value, bool negative, unsigned base,
                       bool capitals, const struct spec *spec)
{
    char digits[NUMBER_DIGITS_MAX], text[NUMBER_DIGITS_MAX + 1];
    unsigned left = number_digits(value, base, digits), length = 0;

    if (negative) {
        text[length++] = '-';
    }
    while (left > 0) {
        char digit = digits[--left];
        text[length++] = capitals && digit >= 'a' ? (char)(digit - 'a' + 'A') : digit;
    }
    put_padded(sink, text, length, spec);
}

/* One conversion; format points behind '%'. Returns where the text goes on. */
static const char *convert(struct sink *sink, const char *format, va_list *args)
{
    struct spec spec = { 0 };
    bool is_long = false;

    for (; *format == '-' || *format == '0' || *format == '#'; format++) {
        *(*format == '-' ? &spec.left : *format == '0' ? &spec.zero : &spec.prefix) = true;
    }
    if (*format == '*') {
        spec.width = va_arg(*args, int);
        format++;
    }
    for (; *format >= '0' && *format <= '9'; format++) {
        spec.width = spec.width * 10 + (*format - '0');
    }
    for (; *format == 'l' || *format == 'z'; format++) {
        is_long = true;
    }
    switch (*format) {
    case 'd':
    case 'i': {
        int64_t value = is_long ? va_arg(*args, long) : va_arg(*args, int);
        put_number(sink, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 10, false,
                   &spec);
        break;
    }
    case 'u':
    case 'x':
    case 'X': {
        uint64_t value = is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
        if (spec.prefix) {
            put(sink, '0');
            put(sink, 'x');
        }
        put_number(sink, value, false, *format == 'u' ? 10 : 16, *format == 'X', &spec);
        break;
    }
    case 'p':
        put(sink, '0');
        put(sink, 'x');
        put_number(sink, (uintptr_t)va_arg(*args, void *), false, 16, false, &spec);
        break;
    case 's': {
        const char *text = va_arg(*args, const char *);
        put_padded(sink, text ? text : "(null)", text ? strlen(text) : 6, &spec);
        break;
    }
    case 'c': put(sink, (char)va_arg(*args, int)); break;
    case '%': put(sink, '%'); break;
    default: return format;
    }
    return format + 1;
}

static int format_to(struct sink *sink, const char *format, va_list args)
{
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        if (*format == '%') {
            format = convert(sink, format + 1, &copy);
        } else {
            put(sink, *format++);
        }
    }
    va_end(copy);
    if (sink->buffer && sink->size) {
        sink->buffer[sink->count < sink->size ? sink->count : sink->size - 1] = '\0';
    }
    return (int)sink->count;
}

int rt_vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
    struct sink sink = { .buffer = buffer, .size = size };

    return format_to(&sink, format, args);
}

int rt_snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int count = rt_vsnprintf(buffer, size, format, args);
    va_end(args);
    return count;
}

int rt_vprintf(const char *format, va_list args)
{
    struct sink sink = { 0 };

    return format_to(&sink, format, args);
}

int rt_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int count = rt_vprintf(format, args);
    va_end(args);
    return count;
}

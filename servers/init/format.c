/* SPDX-License-Identifier: BSD-2-Clause */
#include <rt/rt.h>

#include "text.h"

void text_vformat(struct text *t, const char *format, va_list args)
{
    size_t room = t->size - t->used;
    size_t length = (size_t)rt_vsnprintf(t->to + t->used, room, format, args);

    t->used += length < room ? length : room - 1;
}

void text_format(struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vformat(t, format, args);
    va_end(args);
}

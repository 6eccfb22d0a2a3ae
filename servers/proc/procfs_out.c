/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void out_bytes(struct out *o, const void *from, size_t bytes)
{
    const char *at = from;
    size_t dropped = o->skip < bytes ? (size_t)o->skip : bytes;

    o->skip -= dropped;
    at += dropped;
    bytes -= dropped;
    if (bytes > o->room - o->used)
        bytes = o->room - o->used;
    memcpy(o->to + o->used, at, bytes);
    o->used += bytes;
}

void out_text(struct out *o, const char *text)
{
    out_bytes(o, text, strlen(text));
}

void out_format(struct out *o, const char *format, ...)
{
    char piece[512];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (length > 0)
        out_bytes(o, piece, (size_t)length < sizeof piece ? (size_t)length : sizeof piece - 1);
}

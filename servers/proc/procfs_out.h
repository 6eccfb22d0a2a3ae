/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text of which only a part is wanted: whoever prints it prints all of it, and the bytes in front
 * of the part and behind it are dropped. So no file of /proc needs a buffer as long as itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out {
    char *to;
    size_t room, used;
    uint64_t skip; /* bytes still to be dropped */
};

static inline bool out_is_full(const struct out *o)
{
    return o->used == o->room;
}

void out_bytes(struct out *o, const void *from, size_t bytes);
void out_text(struct out *o, const char *text);

/* As printf: a piece of at most 511 bytes; what is longer is cut. */
void out_format(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

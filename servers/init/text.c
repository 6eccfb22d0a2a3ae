/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

unsigned text_words(const char *s)
{
    unsigned words = 0;

    for (char before = ' '; *s != '\0'; before = *s++)
        words += before == ' ' && *s != ' ';
    return words;
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

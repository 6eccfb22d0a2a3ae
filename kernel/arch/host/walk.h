/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding "user memory": the pages that the page of an address space lists (host.h). */
#pragma once

#include "host.h"

static inline word_t walk_to(const struct arch_space *s, uaddr_t va, bool is_write)
{
    const struct host_page *page = (const struct host_page *)s->root + 1;

    for (unsigned i = 0; i < HOST_PAGES - 1 && arch_is_user_address(va); i++) {
        const struct host_page *p = &page[i];

        if (p->va == align_down(va, FRAME_BITS) && p->is_there && (p->is_writable || !is_write))
            return (word_t)paddr_to_ptr(p->paddr) + (va & MASK(FRAME_BITS));
    }
    return 0;
}

static inline word_t walk_room(uaddr_t source, uaddr_t dest, word_t left)
{
    word_t in_page = max_word(source & MASK(FRAME_BITS), dest & MASK(FRAME_BITS));

    return min_word(BIT(FRAME_BITS) - in_page, left);
}

static inline void walk_move(word_t *to, word_t *from, word_t count)
{
    for (; count != 0; count--)
        *(char *)(*to)++ = *(const char *)(*from)++;
}

/* As far as pages are near: here that is those with an even number. */
static inline word_t walk_copy(const struct arch_space *from, uaddr_t source,
                               const struct arch_space *to, uaddr_t dest, word_t left)
{
    while (left != 0 && arch_space_is_valid(from) && ((source | dest) >> FRAME_BITS & 1) == 0) {
        word_t read = walk_to(from, source, false), write = walk_to(to, dest, true);
        word_t n = walk_room(source, dest, left);

        if (read == 0 || write == 0)
            break;
        walk_move(&write, &read, n);
        source += n;
        dest += n;
        left -= n;
    }
    return left;
}

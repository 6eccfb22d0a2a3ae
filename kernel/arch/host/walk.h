/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding "user memory": the pages that the page of an address space lists (host.h). */
#pragma once

#include "host.h"

struct arch_walk {
    const struct host_page *page;
    word_t region;
};

static inline bool walk_enter(struct arch_walk *w, const struct arch_space *s, uaddr_t va)
{
    w->page = (const struct host_page *)s->root + 1;
    w->region = va >> HOST_REGION_BITS;
    return arch_is_user_address(va);
}

static inline bool walk_is_near(const struct arch_walk *w, uaddr_t va)
{
    return va >> HOST_REGION_BITS == w->region;
}

static inline char *walk_to(const struct arch_walk *w, uaddr_t va, bool is_write)
{
    for (unsigned i = 0; i < HOST_PAGES - 1; i++) {
        const struct host_page *p = &w->page[i];

        if (p->va == align_down(va, FRAME_BITS) && p->is_there && (p->is_writable || !is_write))
            return (char *)paddr_to_ptr(p->paddr) + (va & MASK(FRAME_BITS));
    }
    return NULL;
}

/* Copy count bytes between two places, forwards. */
static inline void walk_copy(void *to, const void *from, word_t count)
{
    for (word_t i = 0; i < count; i++)
        ((char *)to)[i] = ((const char *)from)[i];
}

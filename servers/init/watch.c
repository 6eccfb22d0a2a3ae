/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <ipc/watch.h>
#include <stddef.h>

enum {
    PAGE = 4096,
    PAGE_WORDS = PAGE / 8,
    RING_BITS = 18,
    RING_PAGES = PROCESS_WATCH_BYTES / PAGE,
    HEAD_WORDS = offsetof(struct watch_ring, word) / 8,
};
_Static_assert(1ul << RING_BITS == PROCESS_WATCH_BYTES, "one region of untyped memory");

/* A frame that is mapped elsewhere, where we can reach it: through another capability. */
static void *view_open(seL4_CPtr frame)
{
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits);
    if (seL4_CNode_Copy(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits,
                        seL4_CapInitThreadCNode, frame, seL4_WordBits,
                        seL4_AllRights) != seL4_NoError)
        return NULL;
    return window_open(sys.scratch);
}

static void view_close(void)
{
    window_close(sys.scratch);
}

/* ---- the ring ---- */

static void head_read(const struct component *c, uint64_t *begin, uint64_t *end)
{
    const struct watch_ring *ring = view_open(c->watch_frame);

    *begin = *end = 0;
    if (ring == NULL)
        return;
    *begin = ring->begin;
    *end = ring->end;
    view_close();
    if (*end - *begin > WATCH_RING_WORDS) /* it may have written anything there */
        *begin = *end;
}

/* Words are counted on from one life to the next, so that a reader knows what it has not seen. */
static bool head_write(const struct component *c, uint64_t begin, uint64_t end)
{
    struct watch_ring *ring = view_open(c->watch_frame);

    if (ring == NULL)
        return false;
    ring->begin = begin;
    ring->end = end;
    view_close();
    return true;
}

static bool ring_map(struct component *c)
{
    for (unsigned i = 0; i < RING_PAGES; i++)
        if (cap_map(&c->pool, c->vspace, c->watch_frame + i, PROCESS_WATCH_ADDR + i * PAGE,
                    seL4_ReadWrite, attributes_data()) != seL4_NoError)
            return false;
    return true;
}

static void ring_free(struct component *c)
{
    uint64_t begin;

    if (c->watch_memory == 0)
        return;
    head_read(c, &begin, &c->watch_words);
    (void)seL4_CNode_Revoke(seL4_CapInitThreadCNode, c->watch_memory, seL4_WordBits);
    cap_memory_give(&sys.memory, c->watch_memory, RING_BITS);
    c->watch_memory = 0;
}

static bool ring_make(struct component *c)
{
    if (c->watch_frame == 0)
        c->watch_frame = cap_slots_take(&sys.slots, RING_PAGES);
    c->watch_memory = c->watch_frame != 0 ? cap_memory_take(&sys.memory, RING_BITS) : 0;
    if (c->watch_memory == 0)
        return false;
    if (seL4_Untyped_Retype(c->watch_memory, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0,
                            c->watch_frame, RING_PAGES) == seL4_NoError &&
        head_write(c, c->watch_words, c->watch_words) && ring_map(c))
        return true;
    ring_free(c);
    return false;
}

bool watch_build(struct component *c)
{
    uint64_t begin, end;

    if (!c->watched)
        return true;
    if (c->watch_memory == 0)
        return ring_make(c);
    head_read(c, &begin, &end);
    return head_write(c, begin, end) && ring_map(c);
}

void watch_end(struct component *c)
{
    if (!c->watched)
        ring_free(c);
    for (unsigned i = 0; c->watch_memory != 0 && i < RING_PAGES; i++)
        (void)seL4_X86_Page_Unmap(c->watch_frame + i);
}

bool watch_set(struct component *c, bool on)
{
    c->watched = on;
    if (c->state != INIT_STATE_RUNNING) {
        if (!on)
            ring_free(c);
        return true;
    }
    if (on && c->watch_memory == 0 && !ring_make(c))
        return false;
    struct process_info *info = view_open(c->info_frame);
    if (info == NULL)
        return false;
    info->watched = on;
    view_close();
    return true;
}

size_t watch_read(const struct component *c, uint64_t *at, uint64_t *to, size_t room)
{
    uint64_t begin, end;
    const uint64_t *view = NULL;
    unsigned page = RING_PAGES; /* that is in view; none */
    size_t n = 0;

    if (c->watch_memory == 0)
        return 0;
    head_read(c, &begin, &end);
    if (*at == ~0ull)
        *at = end;
    if (*at - begin > end - begin)
        *at = begin;
    for (; n < room && *at + n != end; n++) {
        unsigned word = HEAD_WORDS + (unsigned)((*at + n) % WATCH_RING_WORDS);
        if (word / PAGE_WORDS != page) {
            if (view != NULL)
                view_close();
            page = word / PAGE_WORDS;
            view = view_open(c->watch_frame + page);
            if (view == NULL)
                break;
        }
        to[n] = view[word % PAGE_WORDS];
    }
    if (view != NULL)
        view_close();
    return n;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "space_priv.h"

/* What the runs say of the slots: how many are free; none twice, none that is in use. */
static bool runs_check(const struct cap_space *s)
{
    uint32_t count = 0;

    for (unsigned order = 0; order <= CAP_RUNS_BITS; order++)
        for (unsigned index = 0; index < 1u << CAP_RUNS_BITS >> order; index++) {
            if (!cap_runs_is_free(&s->slots, order, index))
                continue;
            count += 1u << order;
            for (unsigned slot = index << order; slot < (index + 1) << order; slot++)
                if (s->node[slot].state != CAP_NODE_NONE)
                    return false;
        }
    return count == s->slots.free;
}

/* CAP-2: a region with a parent is one of its two halves. */
static bool half_check(const struct cap_space *s, seL4_CPtr slot)
{
    const struct cap_node *n = &s->node[slot], *other = &s->node[slot ^ 1];

    return n->parent == 0 ||
           (other->parent == n->parent && other->bits == n->bits &&
            s->node[n->parent].state == CAP_NODE_SPLIT && s->node[n->parent].bits == n->bits + 1);
}

/* CAP-3: of two free halves, those that are noted. */
static bool pair_check(const struct cap_space *s, seL4_CPtr slot)
{
    const struct cap_node *n = &s->node[slot];

    return n->parent == 0 || s->node[slot ^ 1].state != CAP_NODE_FREE ||
           s->pair[n->bits] == (slot & ~1ul);
}

static bool lists_check(const struct cap_space *s, uint64_t free_regions)
{
    uint64_t listed = 0;

    for (unsigned bits = 0; bits <= CAP_MEMORY_BITS_MAX; bits++) {
        uint16_t before = 0;
        for (uint16_t slot = s->free_list[bits]; slot != 0; slot = s->node[slot].next) {
            const struct cap_node *n = &s->node[slot];
            if (n->state != CAP_NODE_FREE || n->bits != bits || n->prev != before)
                return false;
            before = slot;
            listed++;
        }
    }
    return listed == free_regions;
}

bool cap_space_check(const struct cap_space *s)
{
    uint64_t bytes = 0, regions = 0;

    for (seL4_CPtr slot = 1; slot < s->end; slot++) {
        const struct cap_node *n = &s->node[slot];
        bool is_region =
            n->state == CAP_NODE_FREE || n->state == CAP_NODE_SPLIT || n->state == CAP_NODE_TAKEN;
        if (is_region && !half_check(s, slot))
            return false;
        if (n->state == CAP_NODE_OBJECT && s->node[n->parent].state != CAP_NODE_TAKEN)
            return false;
        if (n->state != CAP_NODE_FREE)
            continue;
        if (!pair_check(s, slot))
            return false;
        bytes += 1ull << n->bits;
        regions++;
    }
    return bytes == s->free_bytes && lists_check(s, regions) && runs_check(s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped memory by halves, and the objects made of it. The kernel forgets what it made of a region
 * when the last of it is gone, which is what joining halves and giving back come down to.
 */
#include <cap/space.h>

#include "space_priv.h"

static struct cap_node *node_of(struct cap_space *s, seL4_CPtr slot)
{
    return &s->node[slot];
}

static bool node_is(const struct cap_space *s, seL4_CPtr slot, enum cap_node_state state)
{
    return slot != 0 && slot < s->end && s->node[slot].state == state;
}

/* ---- slots ---- */

void cap_space_open(struct cap_space *s, seL4_CNode root, seL4_Word depth, seL4_Word first,
                    seL4_Word end, struct cap_node *node)
{
    *s = (struct cap_space){ .root = root, .depth = depth, .end = end, .node = node };
    cap_runs_open(&s->slots, (unsigned)first, (unsigned)end);
}

seL4_CPtr cap_slots_run_take(struct cap_space *s, unsigned order)
{
    seL4_CPtr first = cap_runs_take(&s->slots, order);

    if (first != 0)
        s->node[first] = (struct cap_node){ .state = CAP_NODE_RUN, .bits = (uint8_t)order };
    return first;
}

int cap_slots_run_order(const struct cap_space *s, seL4_CPtr first)
{
    if (first >= s->end || s->node[first].state != CAP_NODE_RUN)
        return -1;
    return s->node[first].bits;
}

bool cap_slots_run_give(struct cap_space *s, seL4_CPtr first, unsigned order)
{
    if (cap_slots_run_order(s, first) != (int)order)
        return false;
    s->node[first] = (struct cap_node){ 0 };
    cap_runs_give(&s->slots, (unsigned)first, order);
    return true;
}

/* ---- the lists of free regions ---- */

static void free_push(struct cap_space *s, seL4_CPtr slot)
{
    struct cap_node *n = node_of(s, slot);
    uint16_t head = s->free_list[n->bits];

    n->state = CAP_NODE_FREE;
    n->prev = 0;
    n->next = head;
    if (head != 0)
        s->node[head].prev = (uint16_t)slot;
    s->free_list[n->bits] = (uint16_t)slot;
}

static void free_remove(struct cap_space *s, seL4_CPtr slot)
{
    struct cap_node *n = node_of(s, slot);

    if (n->prev != 0)
        s->node[n->prev].next = n->next;
    else
        s->free_list[n->bits] = n->next;
    if (n->next != 0)
        s->node[n->next].prev = n->prev;
    if (n->parent != 0 && s->pair[n->bits] == (slot & ~1ul))
        s->pair[n->bits] = 0;
}

/* ---- halves ---- */

/* A free region becomes two; the kernel's refusal leaves it as it was. */
static seL4_Error region_split(struct cap_space *s, seL4_CPtr slot)
{
    struct cap_node *n = node_of(s, slot);
    unsigned bits = n->bits - 1u;
    seL4_CPtr halves = cap_slots_run_take(s, 1);

    if (halves == 0)
        return seL4_NotEnoughMemory;
    seL4_Error error = cap_kernel_retype(s, slot, seL4_UntypedObject, bits, halves, 2);
    if (error != seL4_NoError) {
        (void)cap_slots_run_give(s, halves, 1);
        return error;
    }
    free_remove(s, slot);
    n->state = CAP_NODE_SPLIT;
    for (seL4_CPtr half = halves; half < halves + 2; half++) {
        *node_of(s, half) = (struct cap_node){ .parent = (uint16_t)slot, .bits = (uint8_t)bits };
        free_push(s, half);
    }
    s->pair[bits] =
        (uint16_t)halves; /* one half is taken, or split, before anything else happens */
    return seL4_NoError;
}

/* Two free halves become the region they were made of; its slot. */
static seL4_CPtr halves_join(struct cap_space *s, seL4_CPtr even)
{
    seL4_CPtr whole = node_of(s, even)->parent;

    for (seL4_CPtr half = even; half < even + 2; half++) {
        free_remove(s, half);
        (void)cap_kernel_delete(s, half);
        *node_of(s, half) = (struct cap_node){ 0 };
    }
    *node_of(s, even) = (struct cap_node){ .state = CAP_NODE_RUN, .bits = 1 };
    (void)cap_slots_run_give(s, even, 1);
    free_push(s, whole);
    return whole;
}

/* A region has become free: join it with its other half, or note the pair: CAP-3. */
static void region_freed(struct cap_space *s, seL4_CPtr slot)
{
    for (;;) {
        struct cap_node *n = node_of(s, slot);
        if (n->parent == 0 || !node_is(s, slot ^ 1, CAP_NODE_FREE))
            return;
        if (s->pair[n->bits] == 0) {
            s->pair[n->bits] = (uint16_t)(slot & ~1ul);
            return;
        }
        slot = halves_join(s, slot & ~1ul);
    }
}

void cap_space_join(struct cap_space *s)
{
    for (unsigned bits = CAP_MEMORY_BITS_MIN; bits <= CAP_MEMORY_BITS_MAX; bits++)
        while (s->pair[bits] != 0)
            region_freed(s, halves_join(s, s->pair[bits]));
}

bool cap_space_add(struct cap_space *s, seL4_CPtr untyped, unsigned bits)
{
    if (bits < CAP_MEMORY_BITS_MIN || bits > CAP_MEMORY_BITS_MAX ||
        !node_is(s, untyped, CAP_NODE_NONE))
        return false;
    *node_of(s, untyped) = (struct cap_node){ .bits = (uint8_t)bits };
    free_push(s, untyped);
    s->free_bytes += 1ull << bits;
    return true;
}

/* ---- regions for the caller ---- */

/* A free region of at least this size, the smallest; 0: none. */
static seL4_CPtr region_find(const struct cap_space *s, unsigned bits)
{
    while (bits <= CAP_MEMORY_BITS_MAX && s->free_list[bits] == 0)
        bits++;
    return bits <= CAP_MEMORY_BITS_MAX ? s->free_list[bits] : 0;
}

seL4_Error cap_untyped_take(struct cap_space *s, unsigned bits, seL4_CPtr *out)
{
    if (bits < CAP_MEMORY_BITS_MIN || bits > CAP_MEMORY_BITS_MAX)
        return seL4_RangeError;
    seL4_CPtr slot = region_find(s, bits);
    if (slot == 0) {
        cap_space_join(s);
        slot = region_find(s, bits);
    }
    if (slot == 0)
        return seL4_NotEnoughMemory;
    while (node_of(s, slot)->bits > bits) {
        unsigned half = node_of(s, slot)->bits - 1u;
        seL4_Error error = region_split(s, slot);
        if (error != seL4_NoError) {
            region_freed(s, slot); /* what earlier splits have left */
            return error;
        }
        slot = s->pair[half];
    }
    free_remove(s, slot);
    node_of(s, slot)->state = CAP_NODE_TAKEN;
    s->free_bytes -= 1ull << bits;
    *out = slot;
    return seL4_NoError;
}

bool cap_untyped_give(struct cap_space *s, seL4_CPtr untyped)
{
    if (!node_is(s, untyped, CAP_NODE_TAKEN))
        return false;
    (void)cap_kernel_revoke(s, untyped);
    s->free_bytes += 1ull << node_of(s, untyped)->bits;
    free_push(s, untyped);
    region_freed(s, untyped);
    return true;
}

/* ---- objects ---- */

seL4_Error cap_objects_make(struct cap_space *s, seL4_Word type, unsigned size_bits,
                            unsigned bytes_bits, unsigned order, seL4_CPtr *out)
{
    seL4_CPtr untyped, first;

    if (order > 8) /* 256 objects are what the kernel makes in one call */
        return seL4_RangeError;
    seL4_Error error = cap_untyped_take(s, bytes_bits + order, &untyped);
    if (error != seL4_NoError)
        return error;
    first = cap_slots_run_take(s, order);
    error = first == 0 ? seL4_NotEnoughMemory
                       : cap_kernel_retype(s, untyped, type, size_bits, first, 1ul << order);
    if (error != seL4_NoError) {
        if (first != 0)
            (void)cap_slots_run_give(s, first, order);
        (void)cap_untyped_give(s, untyped);
        return error;
    }
    *node_of(s, first) = (struct cap_node){ .state = CAP_NODE_OBJECT,
                                            .parent = (uint16_t)untyped,
                                            .bits = (uint8_t)order };
    *out = first;
    return seL4_NoError;
}

bool cap_objects_end(struct cap_space *s, seL4_CPtr first)
{
    if (!node_is(s, first, CAP_NODE_OBJECT))
        return false;
    struct cap_node *n = node_of(s, first);
    seL4_CPtr untyped = n->parent;
    unsigned order = n->bits;
    /* Revoking the memory empties our slots, too: they are derived from it. */
    n->state = CAP_NODE_RUN;
    (void)cap_untyped_give(s, untyped);
    return cap_slots_run_give(s, first, order);
}

bool cap_objects_order(const struct cap_space *s, seL4_CPtr first, unsigned *order)
{
    if (!node_is(s, first, CAP_NODE_OBJECT))
        return false;
    *order = s->node[first].bits;
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when slots or untyped memory of a process leak, are given out twice, or are lost when the
 * kernel refuses something.
 */
#include <cap/space.h>
#include <stdint.h>
#include <string.h>

#include "space_priv.h"
#include "tap.h"

/* ---- the kernel, as far as lib/cap sees it ---- */

/* What is in a slot: an object of 2^bits bytes at an offset in the region of another slot. */
struct thing {
    bool there, untyped;
    seL4_CPtr parent;
    uint64_t at, used;
    unsigned bits;
};
static struct thing thing[CAP_SPACE_SLOTS];
static unsigned refuse_after; /* so many calls succeed, then one fails; 0: none fails */
static unsigned calls;
static bool overlap;

static bool kernel_refuses(void)
{
    calls++;
    return refuse_after != 0 && --refuse_after == 0;
}

static bool has_children(seL4_CPtr slot)
{
    for (seL4_CPtr i = 1; i < CAP_SPACE_SLOTS; i++)
        if (thing[i].there && thing[i].parent == slot)
            return true;
    return false;
}

/* The bytes of one, as tests make them: notifications of 2^5, untyped and frames by their size. */
static unsigned bytes_bits(seL4_Word type, unsigned size_bits)
{
    return type == seL4_UntypedObject        ? size_bits
           : type == seL4_NotificationObject ? seL4_NotificationBits
                                             : seL4_PageBits;
}

seL4_Error cap_kernel_retype(const struct cap_space *s, seL4_CPtr untyped, seL4_Word type,
                             unsigned size_bits, seL4_CPtr first, seL4_Word count)
{
    struct thing *from = &thing[untyped];
    unsigned bits = bytes_bits(type, size_bits);

    (void)s;
    if (kernel_refuses())
        return seL4_IllegalOperation;
    if (!from->there || !from->untyped)
        return seL4_InvalidCapability;
    if (!has_children(untyped))
        from->used = 0;
    for (seL4_CPtr slot = first; slot < first + count; slot++)
        if (thing[slot].there)
            return seL4_DeleteFirst;
    if (from->used + (count << bits) > 1ull << from->bits)
        return seL4_NotEnoughMemory;
    for (seL4_CPtr slot = first; slot < first + count; slot++) {
        thing[slot] = (struct thing){ .there = true,
                                      .untyped = type == seL4_UntypedObject,
                                      .parent = untyped,
                                      .at = from->at + from->used,
                                      .bits = bits };
        from->used += 1ull << bits;
    }
    return seL4_NoError;
}

seL4_Error cap_kernel_revoke(const struct cap_space *s, seL4_CPtr slot)
{
    for (seL4_CPtr i = 1; i < CAP_SPACE_SLOTS; i++)
        if (thing[i].there && thing[i].parent == slot) {
            (void)cap_kernel_revoke(s, i);
            thing[i].there = false;
        }
    return seL4_NoError;
}

seL4_Error cap_kernel_delete(const struct cap_space *s, seL4_CPtr slot)
{
    (void)s;
    if (!thing[slot].there || has_children(slot))
        overlap = true; /* a region that is in use was joined */
    thing[slot].there = false;
    return seL4_NoError;
}

/* ---- a space with two regions ---- */

enum { FIRST = 112, END = 1024, BIG = 60, SMALL = 61 };
static struct cap_space space;
static struct cap_node node[END];
static uint64_t bytes_at_first;
static uint32_t slots_at_first;

static void space_make(void)
{
    memset(thing, 0, sizeof thing);
    memset(node, 0, sizeof node);
    refuse_after = calls = 0;
    overlap = false;
    thing[BIG] = (struct thing){ .there = true, .untyped = true, .bits = 16 };
    thing[SMALL] = (struct thing){ .there = true, .untyped = true, .at = 1 << 20, .bits = 13 };
    cap_space_open(&space, 5, 64, FIRST, END, node);
    (void)cap_space_add(&space, BIG, 16);
    (void)cap_space_add(&space, SMALL, 13);
    bytes_at_first = space.free_bytes;
    slots_at_first = space.slots.free;
}

static bool all_is_back(void)
{
    cap_space_join(&space);
    return !overlap && cap_space_check(&space) && space.free_bytes == bytes_at_first &&
           space.slots.free == slots_at_first && !has_children(BIG) && !has_children(SMALL);
}

static void test_runs(void)
{
    space_make();
    tap_ok(space.slots.free == END - FIRST && cap_space_check(&space), "all slots are free");
    seL4_CPtr one = cap_slots_run_take(&space, 0), eight = cap_slots_run_take(&space, 3);
    tap_ok(one >= FIRST && eight % 8 == 0 && eight + 8 <= END && cap_space_check(&space),
           "a run is aligned and lies in the range");
    tap_ok(cap_slots_run_take(&space, 12) == 0, "no run is larger than the range");
    tap_ok(!cap_slots_run_give(&space, eight, 2), "a run of another size can't be given back");
    tap_ok(!cap_slots_run_give(&space, eight + 1, 0), "nor a part of one");
    tap_ok(!cap_slots_run_give(&space, 3, 0) && !cap_slots_run_give(&space, 5000, 0),
           "nor a slot that is not ours");
    tap_ok(cap_slots_run_give(&space, eight, 3) && !cap_slots_run_give(&space, eight, 3),
           "a run comes back once");
    tap_ok(cap_slots_run_give(&space, one, 0) && all_is_back(), "all are back");
    unsigned count = 0;
    static bool taken[END];
    unsigned wrong = 0;
    for (seL4_CPtr slot; (slot = cap_slots_run_take(&space, 0)) != 0; count++) {
        wrong += slot < FIRST || slot >= END || taken[slot];
        taken[slot] = true;
    }
    tap_ok(count == END - FIRST && wrong == 0 && space.slots.free == 0,
           "each slot is given out once");
}

static void test_untyped(void)
{
    seL4_CPtr a, b, c;

    space_make();
    tap_ok(!cap_space_add(&space, BIG, 16) && !cap_space_add(&space, 70, 3) &&
               !cap_space_add(&space, 70, CAP_MEMORY_BITS_MAX + 1) &&
               !cap_space_add(&space, 5000, 12),
           "a region that is known, or of no size, is not added");
    tap_ok(cap_untyped_take(&space, 3, &a) == seL4_RangeError &&
               cap_untyped_take(&space, CAP_MEMORY_BITS_MAX + 1, &a) == seL4_RangeError,
           "there are sizes that don't exist");
    tap_ok(cap_untyped_take(&space, 17, &a) == seL4_NotEnoughMemory && all_is_back(),
           "nothing is larger than the largest region");
    tap_ok(cap_untyped_take(&space, 5, &a) == seL4_NoError && thing[a].bits == 5 &&
               space.free_bytes == bytes_at_first - 32,
           "a small one is what was asked for");
    tap_ok(cap_untyped_take(&space, 16, &b) == seL4_NoError && b == BIG,
           "a small one was taken from the smallest region: the largest is whole");
    tap_ok(cap_untyped_give(&space, a) && !cap_untyped_give(&space, a) && cap_space_check(&space),
           "it comes back once");
    tap_ok(!cap_untyped_give(&space, SMALL) && !cap_untyped_give(&space, 0) &&
               !cap_untyped_give(&space, 9999),
           "what was not taken can't be given back");
    tap_ok(cap_untyped_take(&space, 13, &c) == seL4_NoError && c == SMALL,
           "parts that are all free are taken as a whole");
    tap_ok(cap_untyped_give(&space, b) && cap_untyped_give(&space, c) && all_is_back(),
           "all is back");
    (void)cap_untyped_take(&space, 5, &a);
    unsigned before = calls;
    for (int i = 0; i < 100; i++) {
        (void)cap_untyped_give(&space, a);
        (void)cap_untyped_take(&space, 5, &a);
    }
    tap_ok(calls == before, "what was given back is taken again without asking the kernel: CAP-3");
}

static void test_objects(void)
{
    seL4_CPtr frames, note;
    unsigned order;

    space_make();
    tap_ok(cap_objects_make(&space, seL4_X86_4K, 0, 12, 3, &frames) == seL4_NoError &&
               thing[frames + 7].at == thing[frames].at + 7 * 4096,
           "eight frames side by side");
    tap_ok(cap_objects_order(&space, frames, &order) && order == 3 &&
               !cap_objects_order(&space, frames + 1, &order),
           "how many they are is known");
    tap_ok(cap_objects_make(&space, seL4_X86_4K, 0, 12, 9, &note) == seL4_RangeError,
           "not more than the kernel makes at once");
    tap_ok(!cap_objects_end(&space, frames + 1) && !cap_objects_end(&space, thing[frames].parent),
           "they end as a whole, and by their first slot");
    tap_ok(!cap_slots_run_give(&space, frames, 3), "their slots are not given back without them");
    tap_ok(cap_objects_end(&space, frames) && !cap_objects_end(&space, frames) && all_is_back(),
           "they end once, and all is back");
    thing[cap_slots_run_take(&space, 0)].there = true; /* left in use */
    seL4_CPtr next = cap_slots_run_take(&space, 0);
    (void)cap_slots_run_give(&space, next, 0);
    thing[next].there = true;
    tap_ok(cap_objects_make(&space, seL4_NotificationObject, 0, 5, 0, &note) != seL4_NoError &&
               cap_space_check(&space),
           "a slot given back full is refused by the kernel, and nothing is lost");
}

/* Refuse each call in turn while things are made: all of it must come back. */
static void test_refusals(void)
{
    unsigned wrong = 0;
    unsigned n = 1, made;

    do {
        seL4_CPtr cap[40];
        space_make();
        refuse_after = n++;
        made = 0;
        for (unsigned i = 0; i < 40; i++)
            if (cap_objects_make(&space, i % 2 != 0 ? seL4_X86_4K : seL4_NotificationObject, 0,
                                 i % 2 != 0 ? 12 : 5, i % 3 == 0, &cap[made]) == seL4_NoError)
                made++;
        wrong += !(cap_space_check(&space));
        while (made > 0)
            wrong += !(cap_objects_end(&space, cap[--made]));
        wrong += !(all_is_back());
    } while (refuse_after == 0 && wrong == 0);
    tap_ok(wrong == 0 && n > 20, "whichever call the kernel refuses, nothing is lost");
}

static void test_walk(void)
{
    enum { HELD = 64 };
    static seL4_CPtr held[HELD];
    unsigned seed = 1, full = 0;
    unsigned wrong = 0;

    space_make();
    for (unsigned i = 0; i < 60000 && wrong == 0; i++) {
        seed = next_random(seed);
        seL4_CPtr *h = &held[seed >> 16 & (HELD - 1)];
        unsigned bits = 4 + (seed >> 24) % 11;
        if (*h != 0) {
            wrong += !cap_objects_end(&space, *h);
            *h = 0;
        } else if (cap_objects_make(&space, seL4_UntypedObject, bits, bits, seed >> 22 & 1, h) !=
                   seL4_NoError) {
            *h = 0;
            full++;
        }
        if (i % 997 == 0)
            wrong += !(cap_space_check(&space));
    }
    for (unsigned i = 0; i < HELD; i++)
        if (held[i] != 0)
            wrong += !(cap_objects_end(&space, held[i]));
    tap_ok(wrong == 0 && full > 50 && all_is_back(),
           "60000 random steps, memory exhausted at times");
}

int main(void)
{
    test_runs();
    test_untyped();
    test_objects();
    test_refusals();
    test_walk();
    return tap_done();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Untyped regions by halving. There is no joining: what is taken here belongs to a component for
 * the life of the system, or comes back to be taken in the same sizes again.
 */
#include <cap/cap.h>

bool cap_memory_add(struct cap_memory *memory, struct cap_region region)
{
    if (memory->count == CAP_REGIONS_MAX)
        return false;
    memory->region[memory->count++] = region;
    return true;
}

static void region_remove(struct cap_memory *memory, unsigned i)
{
    memory->region[i] = memory->region[--memory->count];
}

/*
 * Replace region i by its two halves; false when slots or table are exhausted or the kernel
 * refuses.
 */
static bool region_split(struct cap_memory *memory, unsigned i)
{
    struct cap_region whole = memory->region[i];
    unsigned half_bits = whole.size_bits - 1u;

    if (memory->count == CAP_REGIONS_MAX)
        return false;
    seL4_CPtr halves = cap_slots_take(memory->slots, 2);
    if (halves == 0)
        return false;
    if (seL4_Untyped_Retype(whole.cap, seL4_UntypedObject, half_bits, memory->slots->root, 0, 0,
                            halves, 2) != 0)
        return false;

    memory->region[i] =
        (struct cap_region){ halves, whole.paddr, (uint8_t)half_bits, whole.device };
    memory->region[memory->count++] =
        (struct cap_region){ halves + 1, whole.paddr + (1ull << half_bits), (uint8_t)half_bits,
                             whole.device };
    return true;
}

/* The smallest ordinary region of at least this size, or count when there is none. */
static unsigned region_find(const struct cap_memory *memory, unsigned size_bits)
{
    unsigned best = memory->count;

    for (unsigned i = 0; i < memory->count; i++) {
        const struct cap_region *r = &memory->region[i];
        if (r->device || r->size_bits < size_bits)
            continue;
        if (best == memory->count || r->size_bits < memory->region[best].size_bits)
            best = i;
    }
    return best;
}

seL4_CPtr cap_memory_take(struct cap_memory *memory, unsigned size_bits)
{
    for (;;) {
        unsigned i = region_find(memory, size_bits);
        if (i == memory->count)
            return 0;
        if (memory->region[i].size_bits == size_bits) {
            seL4_CPtr cap = memory->region[i].cap;
            region_remove(memory, i);
            return cap;
        }
        if (!region_split(memory, i))
            return 0;
    }
}

void cap_memory_give(struct cap_memory *memory, seL4_CPtr untyped, unsigned size_bits)
{
    (void)cap_memory_add(memory,
                         (struct cap_region){ .cap = untyped, .size_bits = (uint8_t)size_bits });
}

static unsigned device_find(const struct cap_memory *memory, uint64_t paddr, unsigned size_bits)
{
    for (unsigned i = 0; i < memory->count; i++) {
        const struct cap_region *r = &memory->region[i];
        if (r->device && r->size_bits >= size_bits && paddr >= r->paddr &&
            paddr - r->paddr < 1ull << r->size_bits)
            return i;
    }
    return memory->count;
}

seL4_CPtr cap_memory_take_device(struct cap_memory *memory, uint64_t paddr, unsigned size_bits)
{
    for (;;) {
        unsigned i = device_find(memory, paddr, size_bits);
        if (i == memory->count)
            return 0;
        if (memory->region[i].size_bits == size_bits) {
            if (memory->region[i].paddr != paddr)
                return 0;
            seL4_CPtr cap = memory->region[i].cap;
            region_remove(memory, i);
            return cap;
        }
        if (!region_split(memory, i))
            return 0;
    }
}

uint64_t cap_memory_free_bytes(const struct cap_memory *memory)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < memory->count; i++)
        if (!memory->region[i].device)
            bytes += 1ull << memory->region[i].size_bits;
    return bytes;
}

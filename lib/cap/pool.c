/* SPDX-License-Identifier: BSD-2-Clause */
#include <cap/cap.h>

/* The kernel's largest number of objects in one retype. */
#define RETYPE_MAX 256

static uint64_t align_up(uint64_t x, unsigned bits)
{
    uint64_t mask = (1ull << bits) - 1;

    return (x + mask) & ~mask;
}

seL4_CPtr cap_pool_make(struct cap_pool *pool, seL4_Word type, unsigned size_bits,
                        unsigned bytes_bits, seL4_Word count)
{
    uint64_t start = align_up(pool->used_bytes, bytes_bits);
    uint64_t end = start + (count << bytes_bits);

    if (count == 0 || pool->end - pool->next < count || end > 1ull << pool->size_bits)
        return 0;

    seL4_CPtr first = pool->next;
    for (seL4_Word done = 0; done < count;) {
        seL4_Word n = count - done < RETYPE_MAX ? count - done : RETYPE_MAX;
        if (seL4_Untyped_Retype(pool->untyped, type, size_bits, pool->root, 0, 0, first + done,
                                n) != 0)
            return 0;
        done += n;
    }
    pool->next += count;
    pool->used_bytes = end;
    return first;
}

void cap_pool_empty(struct cap_pool *pool)
{
    /* Revoking ends every object; the slots in our own space become empty with their objects. */
    (void)seL4_CNode_Revoke(pool->root, pool->untyped, seL4_WordBits);
    pool->next = pool->first;
    pool->used_bytes = 0;
}

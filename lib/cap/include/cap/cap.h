/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots and untyped memory, for whoever hands them out (init, pagers).
 *
 * struct cap_slots   a range of empty slots, given out in order, never taken back one by one.
 * struct cap_memory  untyped regions, split in halves until one has the size asked for: halves that
 * stay over are
 *                    kept for later. Regions of device memory are told apart and found by address.
 * struct cap_pool    one untyped and one slot range from which objects are made in order, and which
 *                    is emptied as a
 *                    whole: everything made from it disappears, nothing can be left behind.
 *
 * All slots are in the caller's own capability space, whose root is in the slot `root` of struct
 * cap_slots.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

struct cap_slots {
    seL4_CNode root;     /* [I] capability of the CNode the slots are in */
    seL4_Word next, end; /* free: next..end-1 */
};

/** A run of `count` empty slots, or 0 when there are not that many. */
seL4_CPtr cap_slots_take(struct cap_slots *slots, seL4_Word count);

#define CAP_REGIONS_MAX 320

struct cap_region {
    seL4_CPtr cap; /* 0: entry unused */
    uint64_t paddr;
    uint8_t size_bits;
    bool device;
};

struct cap_memory {
    struct cap_slots *slots; /* [I] for the halves */
    unsigned count;
    struct cap_region region[CAP_REGIONS_MAX];
};

/** Add a region; false when the table is full (the region then stays unused). */
bool cap_memory_add(struct cap_memory *memory, struct cap_region region);

/**
 * Take 2^size_bits bytes of ordinary memory.
 * @return the untyped's slot, or 0 when no region is large enough or slots ran out
 */
seL4_CPtr cap_memory_take(struct cap_memory *memory, unsigned size_bits);

/** Give ordinary memory back that was taken, with nothing made of it; it stays of that size. */
void cap_memory_give(struct cap_memory *memory, seL4_CPtr untyped, unsigned size_bits);

/** Take the device region of 2^size_bits bytes at `paddr`, 0 when there is none or it was taken. */
seL4_CPtr cap_memory_take_device(struct cap_memory *memory, uint64_t paddr, unsigned size_bits);

/** Sum of what is left of ordinary memory, in bytes. */
uint64_t cap_memory_free_bytes(const struct cap_memory *memory);

struct cap_pool {
    seL4_CNode root;      /* [I] */
    seL4_CPtr untyped;    /* [I] */
    uint8_t size_bits;    /* [I] */
    seL4_Word first, end; /* [I] the slots */
    seL4_Word next;       /* first unused slot */
    uint64_t used_bytes;  /* the kernel's watermark as far as we can tell */
};

/*
 *
 * Make `count` objects in consecutive slots.
 *
 * @param size_bits  as for seL4_Untyped_Retype: of the object for untyped, CNode (slots) and
 * scheduling context
 * @param bytes_bits log2 of the bytes of one object, for the accounting
 * @return first slot, or 0 when slots or memory ran out
 */
seL4_CPtr cap_pool_make(struct cap_pool *pool, seL4_Word type, unsigned size_bits,
                        unsigned bytes_bits, seL4_Word count);

/** Destroy everything made from the pool. Afterwards it is as new. */
void cap_pool_empty(struct cap_pool *pool);

/**
 * Map a 4 KiB frame, making the tables it needs from the pool.
 * @return 0 or the kernel's error; seL4_NotEnoughMemory also when the pool is empty
 */
seL4_Error cap_map(struct cap_pool *pool, seL4_CPtr vspace, seL4_CPtr frame, uint64_t address,
                   seL4_CapRights_t rights, seL4_X86_VMAttributes attributes);

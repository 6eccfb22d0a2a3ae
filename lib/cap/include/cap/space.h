/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's own slots and untyped memory, given out and taken back in any order. Two buddy
 * allocators: one for runs of slots, one for untyped memory. Each step of both costs the same
 * whatever is in use: at most one split or join for each of the 14 sizes of runs and the 27 of
 * memory. All bookkeeping is in this structure and its nodes; nothing is in the memory that is
 * given out, which only the kernel can see.
 *
 * An object is made from untyped memory of exactly its size, which belongs to nothing else. So
 * giving it back ends it, with every capability that was derived from it, wherever that went to,
 * and the memory is as good as new.
 *
 * CAP-1: of each slot in our range the structure knows whether it is free, part of a run that was
 *        taken, an untyped region (free, split or taken), or the first of the objects of a region.
 * CAP-2: an untyped region is split exactly when both its halves exist; they are in slots 2n, 2n+1.
 * CAP-3: at most one pair of free halves of a size is left unjoined: what was taken and given back
 *        a moment ago is cheap to take again.
 *
 * Locking: the caller's. lib/ipc/cap.c has a lock and the process's only instance.
 */
#pragma once

#include <cap/runs.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CAP_SPACE_SLOTS = CAP_RUNS_MAX, /* that it can look after */
    CAP_MEMORY_BITS_MIN = 4,        /* the smallest object, log2 bytes */
    CAP_MEMORY_BITS_MAX = 30,
};

/* What a slot is to us: CAP-1. */
enum cap_node_state {
    CAP_NODE_NONE,   /* free, or in the middle of a run; or not ours at all */
    CAP_NODE_RUN,    /* first of 2^bits slots that were taken for the caller's own use */
    CAP_NODE_FREE,   /* untyped memory of 2^bits bytes */
    CAP_NODE_SPLIT,  /* the same, made into two halves */
    CAP_NODE_TAKEN,  /* the same, given out */
    CAP_NODE_OBJECT, /* first of 2^bits objects, made of the region in slot `parent` */
};

struct cap_node {
    uint16_t parent;     /* region it was made of; 0: it was given */
    uint16_t next, prev; /* in the list of free regions of its size; 0 ends it */
    uint8_t bits;
    uint8_t state; /* enum cap_node_state */
};

struct cap_space {
    seL4_CNode root; /* [I] where all slots are, named with `depth` bits */
    seL4_Word depth; /* [I] */
    seL4_Word end;   /* [I] the last slot that may be ours, and one */

    struct cap_runs slots;
    struct cap_node *node;                       /* [I] of slots 0..end-1: the caller's */
    uint16_t free_list[CAP_MEMORY_BITS_MAX + 1]; /* for each size: a free region, 0: none */
    uint16_t pair[CAP_MEMORY_BITS_MAX + 1];      /* CAP-3: the even one of it; 0: none */

    uint64_t free_bytes;
};

/**
 * Begin with empty slots first..end-1 of a capability space, and no memory.
 *
 * @param depth  bits by which the slots are named below `root`
 * @param end    at most CAP_SPACE_SLOTS
 * @param node   memory for what is known of slots 0..end-1, all zeros: `end` of them
 */
void cap_space_open(struct cap_space *s, seL4_CNode root, seL4_Word depth, seL4_Word first,
                    seL4_Word end, struct cap_node *node);

/**
 * Add untyped memory of 2^bits bytes that nothing has been made of. Its slot is not one of ours.
 * @return false: no such size, or the slot is beyond `end` or known already
 */
bool cap_space_add(struct cap_space *s, seL4_CPtr untyped, unsigned bits);

/** Take a run of 2^order slots, aligned to that; 0: there is none. */
seL4_CPtr cap_slots_run_take(struct cap_space *s, unsigned order);

/*
 * Give a run back. The slots must be empty: what is put there next is refused otherwise.
 * @return false, and nothing is done: no run of that order was taken there
 */
bool cap_slots_run_give(struct cap_space *s, seL4_CPtr first, unsigned order);

/** The order of the run that was taken at a slot; -1: none begins there. */
int cap_slots_run_order(const struct cap_space *s, seL4_CPtr first);

/**
 * Take untyped memory of exactly 2^bits bytes.
 * @param out  its slot
 * @return seL4_NotEnoughMemory: none so large is left, or no slots to split one;
 *         seL4_RangeError: there is no such size; or what the kernel says to the split
 */
seL4_Error cap_untyped_take(struct cap_space *s, unsigned bits, seL4_CPtr *out);

/*
 * Give it back: whatever was made of it ends, and everything derived from that.
 * @return false: no such region was taken
 */
bool cap_untyped_give(struct cap_space *s, seL4_CPtr untyped);

/*
 * Make 2^order objects in consecutive slots, of memory of their own.
 *
 * @param type       as for seL4_Untyped_Retype
 * @param size_bits  the same: of the object for untyped, CNode (slots) and scheduling context
 * @param bytes_bits log2 of the bytes of one
 * @param order      0..8
 * @param out        the first slot
 * @return seL4_NotEnoughMemory, seL4_RangeError, or what the kernel says; nothing is taken then
 */
seL4_Error cap_objects_make(struct cap_space *s, seL4_Word type, unsigned size_bits,
                            unsigned bytes_bits, unsigned order, seL4_CPtr *out);

/*
 * End what cap_objects_make() has made, with everything derived from it, anywhere; all memory and
 * slots come back.
 * @return false: `first` is not the first slot of such objects
 */
bool cap_objects_end(struct cap_space *s, seL4_CPtr first);

/* How many objects those are: 2^order; false: none begin there. */
bool cap_objects_order(const struct cap_space *s, seL4_CPtr first, unsigned *order);

/** Join the pairs that CAP-3 leaves: for who wants to know what is free, or all of one piece. */
void cap_space_join(struct cap_space *s);

/*
 * Walk over everything and say whether CAP-1 to CAP-3 hold and the counts are right. For tests:
 * takes time in proportion to all slots.
 */
bool cap_space_check(const struct cap_space *s);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of frames changed; and extensions: by the hundred (fork, exec, mmap), and memory filled
 * without mapping it.
 *
 * A run is a number of consecutive slots of one CNode. It is done slot by slot, each checked and
 * then committed, up to the first that cannot be: the answer is how many were done, why not more
 * (MYELIN_FRAMES_*), and what table is missing if that is why. So is a run that an interrupt stops:
 * the call is not made again by the kernel, since it would meet its own copies.
 *
 * Pages that lie side by side mostly have a page table in common: the one last used is kept at
 * hand. No table goes away during a request, so it stays valid to its end.
 *
 * Invariants as in vspace.c: V-1, V-3, V-4.
 */
#include "frames.h"

#include "asid.h"
#include "cspace.h"
#include "derive.h"
#include "preempt.h"
#include "tlb.h"
#include "vspace.h"

/* Of work (preempt.h): at most some 300 instructions, and what takes as long as 2,500. */
#define SLOT_UNITS 3u
#define PAGE_UNITS 25u

#define REGION_NONE (~UINT64_C(0))
#define PTE_ALL (~UINT64_C(0))

/* The page table last used, for frames of 4 KiB. */
struct near {
    word_t region; /* which one: see region_of() */
    uint64_t *table;
    bool is_loaded;     /* its space is this core's */
    unsigned bits_left; /* no such entry: log2 of what the missing table would cover */
};

/* A request about a run. */
struct run {
    word_t rights;
    /* of sharing */
    struct slot *dest; /* the next copy's */
    uaddr_t va;        /* where that is mapped */
    word_t asid, attributes;
    uint64_t clear; /* bits of the sources' entries */
    struct near near, source;
};

/* --- entries --- */

/* where: address | ASID, as a capability's w1. Without the bits that are an index. */
static word_t region_of(word_t where)
{
    return where & ~(MASK(level_bits(2)) & ~MASK(ASID_BITS));
}

/* The entry for frame c where it says it is mapped, the long way; NULL: there is none. */
APART RARE static uint64_t *entry_find(struct near *n, struct cap c)
{
    uint64_t *pml4, *entry = vspace_entry_of(c, frame_level(c), &pml4, &n->bits_left);
    bool is_page = entry != NULL && cap_frame_size(c) == FRAME_4K;

    n->is_loaded = vspace_is_loaded(pml4);
    n->region = is_page ? region_of(c.w1) : REGION_NONE;
    n->table = (uint64_t *)align_down((word_t)entry, TABLE_BITS);
    return entry;
}

INLINE uint64_t *entry_at(struct near *n, struct cap c)
{
    if (unlikely(cap_frame_size(c) != FRAME_4K || region_of(c.w1) != n->region))
        return entry_find(n, c);
    return &n->table[c.w1 >> level_bits(1) & (TABLE_ENTRIES - 1)];
}

/*
 * In the entry that maps c by its own word, these bits are cleared, then those are set. False:
 * there is none. V-1, V-4
 */
INLINE bool entry_change(struct near *n, struct cap c, uint64_t clear, uint64_t set)
{
    uint64_t *entry = entry_at(n, c);

    if (entry == NULL || !frame_is_at(c, *entry))
        return false;
    uint64_t value = (*entry & ~clear) | set;
    if (*entry != value) {
        *entry = value;
        tlb_flush_page(cap_asid(c), n->is_loaded, cap_uaddr(c));
    }
    return true;
}

void frame_unmap(struct cap c)
{
    struct near n = { .region = REGION_NONE };

    entry_change(&n, c, PTE_ALL, 0);
}

/* --- what is done to one slot; why not --- */

static inline word_t share(struct run *r, struct slot *s)
{
    struct cap c = s->cap;
    unsigned bits = cap_frame_bits(c);

    if (!cap_is(c, CAP_FRAME))
        return MYELIN_FRAMES_NO_FRAME;
    if (!slot_is_empty(r->dest))
        return MYELIN_FRAMES_SLOT_FULL;
    if ((r->va | MASK(bits)) >= USER_TOP || !is_aligned(r->va, bits)) /* V-3 */
        return MYELIN_FRAMES_ADDRESS;
    struct cap copy = cap_with_mapping(c, r->asid, r->va);
    uint64_t *entry = entry_at(&r->near, copy);
    if (entry == NULL)
        return MYELIN_FRAMES_NO_TABLE;
    if (*entry & PTE_PRESENT)
        return MYELIN_FRAMES_IN_USE;
    *entry = frame_entry(c, r->rights, r->attributes);
    slot_insert(r->dest, copy, s, false);
    entry_change(&r->source, c, r->clear, 0);
    r->dest++;
    r->va += BIT(bits);
    return MYELIN_FRAMES_DONE;
}

static inline word_t protect(struct run *r, struct cap c)
{
    if (!cap_is(c, CAP_FRAME))
        return MYELIN_FRAMES_NO_FRAME;
    return entry_change(&r->near, c, PTE_RIGHTS, frame_entry_rights(c, r->rights))
               ? MYELIN_FRAMES_DONE
               : MYELIN_FRAMES_NOT_MAPPED;
}

static inline word_t take_away(struct run *r, struct slot *s)
{
    struct cap c = s->cap;

    if (cap_is(c, CAP_NULL))
        return MYELIN_FRAMES_DONE;
    if (!cap_is(c, CAP_FRAME))
        return MYELIN_FRAMES_NO_FRAME;
    entry_change(&r->near, c, PTE_ALL, 0);
    slot_remove(s);
    return MYELIN_FRAMES_DONE;
}

/* --- requests to CNodes --- */

static void answer(struct inv *inv, word_t done, word_t why, word_t detail)
{
    inv_ret(inv, 0, done);
    inv_ret(inv, 1, why);
    inv_ret(inv, 2, detail);
}

/* Errors: of the destination's lookup; of the address space; range (flags). */
RARE static enum inv_result share_check(struct inv *inv, struct run *r, word_t count)
{
    struct cap space = inv->extra[1]->cap;
    word_t flags = inv_arg(inv, 8);

    r->dest = cspace_lookup_run(inv, false, inv->extra[0], inv_arg(inv, 3), inv_arg(inv, 4), count);
    if (r->dest == NULL)
        return INV_ERR;
    if (asid_space_of(space) == NULL)
        return inv_bad_cap(inv, 2);
    if (flags > MYELIN_SHARE_PROTECT_SOURCE)
        return inv_range(inv, 0, MYELIN_SHARE_PROTECT_SOURCE);
    r->clear = flags != 0 ? PTE_WRITE | PTE_DIRTY : 0;
    r->asid = cap_asid(space);
    r->va = inv_arg(inv, 5);
    r->rights = inv_arg(inv, 6);
    r->attributes = inv_arg(inv, 7);
    return INV_OK;
}

static inline word_t do_one(struct run *r, struct slot *s, word_t label)
{
    switch (label) {
    case MYELIN_INV_CNODE_SHARE_FRAMES: return share(r, s);
    case MYELIN_INV_CNODE_PROTECT_FRAMES: return protect(r, s->cap);
    default: return take_away(r, s);
    }
}

APART static void run_commit(struct inv *inv, struct run *r, struct slot *s, word_t count)
{
    const struct slot *first = s, *end = s + count;
    word_t label = inv->label, why;

    preempt_work = 0; /* it has just looked: an interrupt would have come before the call */
    r->near.region = r->source.region = REGION_NONE;
    for (;;) {
        why = do_one(r, s, label);
        if (why != MYELIN_FRAMES_DONE || ++s == end)
            break;
        if (preempt_point(SLOT_UNITS)) {
            why = MYELIN_FRAMES_AGAIN;
            break;
        }
    }
    answer(inv, (word_t)(s - first), why, why == MYELIN_FRAMES_NO_TABLE ? r->near.bits_left : 0);
}

/*
 * Words: index, depth, count of the run, within the CNode that is invoked; then
 *     share    the copies' index, depth; address; rights; attributes; flags. Capabilities: the
 *              copies' CNode, the address space
 *     protect  rights
 *     delete   none
 * Errors, in this order:
 *     illegal operation      another label
 *     truncated message
 *     failed lookup, range   cspace_lookup_run() of the run; share: of the copies
 *     invalid capability 2   share: no address space that has an ASID
 *     range                  share: flags
 */
APART enum inv_result arch_frames_perform(struct inv *inv)
{
    bool is_share = inv->label == MYELIN_INV_CNODE_SHARE_FRAMES;
    bool is_protect = inv->label == MYELIN_INV_CNODE_PROTECT_FRAMES;
    struct run r;

    if (!is_share && !is_protect && inv->label != MYELIN_INV_CNODE_DELETE_FRAMES)
        return inv_illegal(inv);
    if (inv->length < (is_share ? 9 : is_protect ? 4 : 3) || (is_share && inv->extra_count < 2))
        return inv_truncated(inv);
    word_t count = inv_arg(inv, 2);
    struct slot *s =
        cspace_lookup_run(inv, true, inv->slot, inv_arg(inv, 0), inv_arg(inv, 1), count);
    if (s == NULL || (is_share && share_check(inv, &r, count) != INV_OK))
        return INV_ERR;
    if (is_protect)
        r.rights = inv_arg(inv, 3);
    run_commit(inv, &r, s, count);
    return INV_OK;
}

/* --- requests to frames --- */

/* Fill `to` from `from`, or with zeros, as far as no interrupt waits; how many bytes. */
static word_t fill(word_t *to, const word_t *from, word_t size_bytes)
{
    word_t done = 0;

    do {
        word_t *page = to + done / sizeof(word_t);

        if (from == NULL)
            arch_zero(page, BIT(PAGE_BITS));
        else
            arch_copy_words(page, from + done / sizeof(word_t), BIT(PAGE_BITS) / sizeof(word_t));
        done += BIT(PAGE_BITS);
    } while (done != size_bytes && !preempt_point(PAGE_UNITS));
    return done;
}

APART RARE enum inv_result frame_fill(struct inv *inv)
{
    bool is_copy = inv->label == MYELIN_INV_X86_PAGE_COPY;
    word_t size_bytes = BIT(cap_frame_bits(inv->cap));
    const word_t *from = NULL;

    if (!is_copy && inv->label != MYELIN_INV_X86_PAGE_ZERO)
        return inv_illegal(inv);
    if (inv->length < 1 || (is_copy && inv->extra_count < 1))
        return inv_truncated(inv);
    word_t offset = inv_arg(inv, 0);
    word_t *to = arch_buffer_ptr(inv->cap, offset, FRAME_RIGHTS);
    if (to == NULL)
        return inv_bad_cap(inv, 0);
    if (is_copy) {
        from = arch_buffer_ptr(inv->extra[0]->cap, offset, RIGHT_READ);
        if (from == NULL || cap_frame_size(inv->extra[0]->cap) != cap_frame_size(inv->cap))
            return inv_bad_cap(inv, 1);
    }
    if (!is_aligned(offset, PAGE_BITS))
        return inv_refuse(inv, ERR_ALIGNMENT, 0, 0);
    if (offset >= size_bytes)
        return inv_range(inv, 0, size_bytes - BIT(PAGE_BITS));
    word_t done = fill(to, from, size_bytes - offset);

    answer(inv, done, done == size_bytes - offset ? MYELIN_FRAMES_DONE : MYELIN_FRAMES_AGAIN, 0);
    return INV_OK;
}

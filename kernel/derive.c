/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The derivation tree, and taking things away along it.
 *
 * Each capability made at boot starts a doubly linked list, in which every slot that was derived
 * from it stands, a parent before its children (preorder):
 *
 *     untyped -- endpoint -- badged 5 -- copy of it -- badged 7 -- copy of the endpoint
 *
 * Nothing says how deep a slot is. Whether the slot behind another is its child follows from the
 * two capabilities (slot_has_children()): an untyped's children are what lies in its region, an
 * endpoint's are the other capabilities to it, and so on; a slot's descendants are the unbroken run
 * of such slots behind it. So "has children" looks at one neighbour, and revocation deletes the
 * next slot until it is no child. Capabilities to one object are neighbours in the list (only
 * untypeds have descendants of another object, and they have no last capability), so "is it the
 * last" looks at two.
 *
 * Only an original capability (SLOT_ORIGINAL) can be a parent; a copy of any other becomes its
 * sibling. When an inner slot goes, its children stay where they are and belong to its own parent,
 * never to a sibling: their objects say so, or, where only a badge tells, SLOT_FIRST, which passes
 * on to the next.
 *
 * Deleting the last capability to a container (CNode, TCB) means deleting what is in it, which may
 * be last capabilities to further containers. There is no recursion: the slot becomes a zombie, and
 * its container is emptied from the last slot down. A container found inside becomes a zombie in
 * place, and is emptied first. These form a chain, from the zombie that was asked to go (the base)
 * to the one that is worked on (the top):
 *
 *     base slot      a slot in container A    a slot in container B
 *     zombie A    <- zombie B, w1 = NULL   <- zombie C, w1 = B's slot   chain.top, chain.left: in C
 *
 * There is at most one chain: who needs one while another is unfinished (its deletion was
 * preempted) first goes on with that. A zombie in no chain has the count of slots left to do in w1.
 * Zombies stay in the derivation list until their container is empty, so the memory can't be reused
 * before. They can't be copied or moved. A base that lies within a container below it (a cycle)
 * moves out when that container is done, into the slot that named it.
 *
 * One step handles one slot, and every step may be followed by a preemption.
 *
 * D-1: the lists are linked both ways, and every descendant of a slot is in the unbroken run behind
 * it.
 * D-2: a slot with a null capability is not in the list.
 */
#include "derive.h"

#include "panic.h"
#include "preempt.h"

/*
 * zombie attributes: this bit; above it the shape of the container, a CNode's radix or ZOMBIE_TCB
 */
#define ZOMBIE_IN_CHAIN 1u
#define ZOMBIE_SHAPE_SHIFT 1u
#define ZOMBIE_TCB 63u

_Static_assert((ZOMBIE_TCB << ZOMBIE_SHAPE_SHIFT | ZOMBIE_IN_CHAIN) <= MASK(CAP_OWN_BITS), "C-1");

static void slot_set_next(struct slot *s, const struct slot *to)
{
    s->next = (word_t)to | (s->next & SLOT_FLAGS);
}

/* May c come into dest? */
static void check_new(const struct slot *dest, struct cap c)
{
    assert(slot_is_empty(dest));
    assert(cap_can_is_right(c)); /* C-1 */
}

void slot_insert_root(struct slot *dest, struct cap c)
{
    check_new(dest, c);
    *dest = (struct slot){ c, NULL, SLOT_ORIGINAL | SLOT_FIRST };
}

inline void slot_insert(struct slot *dest, struct cap c, struct slot *src, bool is_original)
{
    check_new(dest, c);
    if (cap_is(c, CAP_UNTYPED) && c.w0 == src->cap.w0)
        /* a copy of a whole region: only one of the two may carve it */
        src->cap.w1 = BIT(cap_untyped_size_bits(c));
    dest->cap = c;
    struct slot *next = slot_next(src);
    dest->prev = src;
    dest->next = (word_t)next | (is_original ? SLOT_ORIGINAL | SLOT_FIRST : 0);
    slot_set_next(src, dest);
    if (next != NULL)
        next->prev = dest;
}

void slot_move(struct slot *dest, struct slot *src, struct cap c)
{
    struct slot *prev = src->prev;
    struct slot *next = slot_next(src);

    check_new(dest, c);
    *dest = (struct slot){ c, prev, src->next };
    if (prev != NULL)
        slot_set_next(prev, dest);
    if (next != NULL)
        next->prev = dest;
    *src = (struct slot){ { 0, 0 }, NULL, 0 };
}

/* where c's object lies, PADDR_NONE: nowhere */
static paddr_t object_paddr(struct cap c)
{
    if (cap_type(c) >= CAP_ARCH_FIRST)
        return arch_cap_object(c);
    if (cap_is(c, CAP_UNTYPED))
        return cap_paddr(c);
    return cap_ptr(c) != NULL ? ptr_to_paddr(cap_ptr(c)) : PADDR_NONE;
}

/* Only the next in the list can tell: the descendants come first. */
bool slot_has_children(const struct slot *p)
{
    const struct slot *s = slot_next(p);

    if (s == NULL || !(p->next & SLOT_ORIGINAL))
        return false;
    if (cap_is(p->cap, CAP_UNTYPED))
        return object_paddr(s->cap) - cap_paddr(p->cap) < BIT(cap_untyped_size_bits(p->cap));
    switch (cap_type(p->cap)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (!cap_same_object(p->cap, s->cap))
            return false;
        return p->cap.w1 == 0 || (p->cap.w1 == s->cap.w1 && !(s->next & SLOT_FIRST));
    case CAP_IRQ_CONTROL: return cap_is(s->cap, CAP_IRQ_HANDLER);
    default:
        if (cap_same_object(p->cap, s->cap))
            return true;
        return cap_type(p->cap) >= CAP_ARCH_FIRST && arch_cap_is_original(s->cap, p->cap);
    }
}

bool slot_is_last(const struct slot *s)
{
    const struct slot *next = slot_next(s);

    if (s->prev != NULL && cap_same_object(s->prev->cap, s->cap))
        return false;
    return next == NULL || !cap_same_object(next->cap, s->cap);
}

inline bool cap_same_object(struct cap a, struct cap b)
{
    unsigned t = cap_type(a);

    if (t != cap_type(b))
        return false;
    switch (t) {
    case CAP_NULL:
    case CAP_UNTYPED:
    case CAP_IRQ_CONTROL:
    case CAP_ZOMBIE: return false;
    case CAP_IRQ_HANDLER: return a.w1 == b.w1;
    /* the address of what has one; the control capabilities have none and are all the same */
    default: return t >= CAP_ARCH_FIRST ? arch_cap_same_object(a, b) : cap_ptr(a) == cap_ptr(b);
    }
}

uint8_t slot_derive(const struct slot *src, struct cap c, struct cap *out)
{
    *out = c;
    if (cap_type(c) >= CAP_ARCH_FIRST)
        return arch_cap_derive(out);
    switch (cap_type(c)) {
    case CAP_UNTYPED: return slot_has_children(src) ? ERR_REVOKE_FIRST : ERR_NONE;
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL: *out = cap_null(); return ERR_NONE;
    default: return ERR_NONE;
    }
}

bool derive_is_original(struct cap dest, struct cap src)
{
    if (cap_type(dest) >= CAP_ARCH_FIRST)
        return arch_cap_is_original(dest, src);
    switch (cap_type(dest)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION: return dest.w1 != src.w1; /* newly badged */
    case CAP_IRQ_HANDLER: return cap_is(src, CAP_IRQ_CONTROL);
    default: return cap_is(dest, CAP_UNTYPED);
    }
}

static struct cap mask_endpoint(struct cap c, word_t rights)
{
    word_t kept = c.w0 & (CAP_CALL_ONLY | CAP_PORTAL);
    struct cap new = cap_ipc(CAP_ENDPOINT, cap_ptr(c), cap_rights(c) & rights, c.w1);

    if (cap_has(new, RIGHT_WRITE) && rights & MYELIN_RIGHT_CALL_ONLY) {
        new.w0 &= ~((word_t)RIGHT_WRITE << CAP_ATTR_SHIFT); /* CAP_CAN_CALL stays as it is */
        kept |= CAP_CALL_ONLY;
    } else if (kept & CAP_CALL_ONLY && cap_has(new, RIGHT_GRANT | RIGHT_GRANT_REPLY)) {
        new.w0 |= CAP_CAN_CALL;
    }
    new.w0 |= kept;
    return new;
}

struct cap cap_mask_rights(struct cap c, word_t rights)
{
    if (cap_type(c) >= CAP_ARCH_FIRST)
        return arch_cap_mask_rights(c, rights);
    switch (cap_type(c)) {
    case CAP_ENDPOINT: return mask_endpoint(c, rights);
    case CAP_NOTIFICATION:
    case CAP_REPLY: return cap_ipc(cap_type(c), cap_ptr(c), cap_rights(c) & rights, c.w1);
    default: return c;
    }
}

struct cap cap_update_data(struct cap c, word_t data, bool is_copy)
{
    switch (cap_type(c)) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (!is_copy || c.w1 != 0)
            return cap_null();
        c.w1 = data;
        return c;
    case CAP_CNODE: {
        unsigned guard_bits = data & MASK(CNODE_GUARD_SIZE_BITS);
        word_t guard = data >> CNODE_GUARD_SIZE_BITS;

        if (guard_bits + cap_cnode_radix(c) > WORD_BITS)
            return cap_null();
        return cap_cnode(cap_ptr(c), cap_cnode_radix(c), guard & MASK(guard_bits), guard_bits);
    }
    default: return c;
    }
}

/* --- deletion --- */

void slot_remove(struct slot *s)
{
    struct slot *prev = s->prev;
    struct slot *next = slot_next(s);
    bool is_in_tcb = s->next & SLOT_IN_TCB;

    if (prev != NULL)
        slot_set_next(prev, next);
    if (next != NULL) {
        next->prev = prev;
        next->next |= s->next & SLOT_FIRST; /* what it headed has a new head */
    }
    *s = (struct slot){ { 0, 0 }, NULL, 0 };
    if (is_in_tcb)
        tcb_slot_changed(s);
}

/* Undo what s's capability stands for. False: call again. */
static bool cap_finalise(struct slot *s, bool is_last)
{
    if (cap_type(s->cap) >= CAP_ARCH_FIRST)
        return arch_cap_finalise(s->cap, is_last);
    return !is_last || object_destroy(s);
}

/* The chain of zombies within zombies; all zero when there is none. [K] */
static struct {
    struct slot *base;   /* the first one */
    struct slot *origin; /* where that was when the chain began */
    struct slot *top;    /* the last one, whose container is being emptied */
    word_t left;         /* slots of that container that aren't done */
} chain;

static word_t zombie_slots(struct cap c)
{
    unsigned shape = (unsigned)cap_attr(c) >> ZOMBIE_SHAPE_SHIFT;

    return shape == ZOMBIE_TCB ? TCB_SLOTS : BIT(shape);
}

/* What the last capability c to a container becomes; c itself if it is none. */
static struct cap cap_final_form(struct cap c)
{
    unsigned shape = cap_is(c, CAP_TCB) ? ZOMBIE_TCB : cap_cnode_radix(c);

    if (!cap_is(c, CAP_TCB) && !cap_is(c, CAP_CNODE))
        return c;
    c = cap_make(CAP_ZOMBIE, shape << ZOMBIE_SHAPE_SHIFT, (word_t)cap_ptr(c), 0);
    c.w1 = zombie_slots(c);
    return c;
}

/*
 * Finalise s's capability. Afterwards s is empty and unlinked, or it is a zombie (still linked).
 * False: not finished (an object that needs several pieces), s unchanged.
 */
static bool slot_finalise(struct slot *s)
{
    bool is_last = slot_is_last(s);
    struct cap c = is_last ? cap_final_form(s->cap) : s->cap;

    if (!cap_finalise(s, is_last))
        return false;
    if (!cap_is(c, CAP_ZOMBIE)) {
        slot_remove(s);
    } else {
        s->cap = c;
        if (s->next & SLOT_IN_TCB)
            tcb_slot_changed(s);
    }
    return true;
}

/* The chain grows by inner, a zombie in the top one's container. */
static void chain_push(struct slot *inner)
{
    struct cap c = inner->cap;
    struct slot *parent = chain.top != chain.base ? chain.top : NULL;

    chain.top = inner;
    chain.left = c.w1;
    c.w0 |= ZOMBIE_IN_CHAIN << CAP_ATTR_SHIFT;
    c.w1 = (word_t)parent;
    inner->cap = c;
}

/* The top's container is empty: go back to the one it lies in. */
static void chain_pop(void)
{
    struct slot *top = chain.top;
    struct slot *slots = cap_ptr(top->cap);
    word_t count = zombie_slots(top->cap);
    struct slot *parent = top->cap.w1 != 0 ? (struct slot *)top->cap.w1 : chain.base;

    slot_remove(top);
    if (top == chain.base) {
        chain.base = chain.origin = chain.top = NULL;
        return;
    }
    chain.left = (word_t)(top - (struct slot *)cap_ptr(parent->cap));
    if (chain.base >= slots && chain.base < slots + count) {
        slot_move(top, chain.base, chain.base->cap);
        parent = parent == chain.base ? top : parent;
        chain.base = top;
    }
    chain.top = parent;
}

/* Is s, a slot of a container that is emptied, done? If not, it may have become a zombie. */
static bool slot_try_empty(struct slot *s)
{
    if (slot_is_empty(s))
        return true;
    return !cap_is(s->cap, CAP_ZOMBIE) && slot_finalise(s) && slot_is_empty(s);
}

RARE static void chain_step(void)
{
    struct slot *s = (struct slot *)cap_ptr(chain.top->cap) + chain.left - 1;

    if (chain.left == 0)
        chain_pop();
    else if (s == chain.base || slot_try_empty(s))
        chain.left--;
    else if (cap_is(s->cap, CAP_ZOMBIE))
        chain_push(s);
}

/* One step of emptying the container of z, a zombie in no chain. True: z is empty and unlinked. */
RARE static bool zombie_step(struct slot *z)
{
    struct slot *s = (struct slot *)cap_ptr(z->cap) + z->cap.w1 - 1;

    if (z->cap.w1 == 0) {
        slot_remove(z);
        return true;
    }
    if (s == z || slot_try_empty(s))
        z->cap.w1--;
    else if (cap_is(s->cap, CAP_ZOMBIE) && chain.base != NULL)
        chain_step();
    else if (cap_is(s->cap, CAP_ZOMBIE))
        chain_push(chain.base = chain.origin = chain.top = z);
    return false;
}

bool slot_delete_step(struct slot *s)
{
    bool is_zombie = cap_is(s->cap, CAP_ZOMBIE);

    if (s == chain.origin || (is_zombie && cap_attr(s->cap) & ZOMBIE_IN_CHAIN)) {
        chain_step();
        return slot_is_empty(s) && s != chain.origin;
    }
    if (slot_is_empty(s))
        return true;
    return is_zombie ? zombie_step(s) : slot_finalise(s) && slot_is_empty(s);
}

#define DELETION_UNITS 6u /* a step: most take less, with a thread in queues sometimes more */

enum inv_result slot_delete(struct slot *s)
{
    while (!slot_delete_step(s))
        if (preempt_point(DELETION_UNITS))
            return INV_PREEMPTED;
    return INV_OK;
}

bool slot_delete_local(struct slot *s)
{
    return s != chain.origin && (object_is_idle(s->cap) || !slot_is_last(s)) && slot_finalise(s);
}

enum inv_result slot_revoke(struct slot *s)
{
    while (slot_has_children(s)) {
        if (slot_delete(slot_next(s)) == INV_PREEMPTED || preempt_point(DELETION_UNITS))
            return INV_PREEMPTED;
    }
    return INV_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and the slots that hold them.
 *
 * A capability is two words. The first says what it is and where:
 *
 *     63                              16 15            5 4        0
 *    +----------------------------------+---------------+----------+
 *    | object (kernel or phys. address) | per-type bits | cap_type |
 *    +----------------------------------+---------------+----------+
 *
 * so that one arithmetic shift gives the pointer. The second word is the type's own:
 *
 *     untyped      per-type: size_bits, device        w1: bytes already carved off
 *     endpoint     per-type: rights                   w1: badge
 *     notification per-type: rights                   w1: badge
 *     reply        per-type: rights (grant only)
 *     cnode        per-type: radix                    w1: guard << 6 | guard size, as in
 *                                                     seL4_CNode_CapData
 *     sched context per-type: size_bits
 *     sched control, irq handler, domain              w1: core, irq, -
 *     zombie       see derive.c
 *     CAP_ARCH_FIRST and up: the architecture's (arch_cap.h)
 *
 * C-1: of the bits CAP_CAN_*, which the fast paths take for a type and rights in one, a capability
 * has those that cap_ipc_can() says of an endpoint, notification or reply object; any other, none.
 *
 * A slot is a capability and its place in the derivation list (derive.c): 32 bytes, as the
 * interface says.
 */
#pragma once

#include "gen/abi.h"
#include "types.h"

/* The order shows in what seL4_DebugCapIdentify answers: debug.c. */
enum cap_type {
    CAP_NULL = 0,
    CAP_UNTYPED,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_REPLY,
    CAP_CNODE,
    CAP_TCB,
    CAP_IRQ_CONTROL,
    CAP_IRQ_HANDLER,
    CAP_ZOMBIE,
    CAP_DOMAIN,
    CAP_SCHED_CONTEXT,
    CAP_SCHED_CONTROL,
    CAP_ARCH_FIRST, /* arch_cap.h continues here */
};

#define CAP_TYPE_BITS 5u
#define CAP_ATTR_SHIFT CAP_TYPE_BITS
#define CAP_ATTR_BITS 11u
#define CAP_OWN_BITS 7u /* of them, which mean what their type says */
#define CAP_PTR_SHIFT 16u

/* Rights stand in a capability's attributes as they do in a message (RIGHT_*, seL4_CapRights). */
#define RIGHTS_ALL (RIGHT_WRITE | RIGHT_READ | RIGHT_GRANT | RIGHT_GRANT_REPLY)

struct cap {
    word_t w0, w1;
};

struct slot {
    struct cap cap;
    struct slot *prev;
    word_t next; /* next slot | SLOT_ORIGINAL, ...: slots are aligned to their size */
};

_Static_assert(sizeof(struct slot) == BIT(SLOT_BITS), "public size");

/* enum cap_type, or one of the architecture's types, which lie behind those */
static inline unsigned cap_type(struct cap c)
{
    return c.w0 & MASK(CAP_TYPE_BITS);
}

static inline bool cap_is(struct cap c, unsigned t)
{
    return cap_type(c) == t;
}

static inline word_t cap_attr(struct cap c)
{
    return c.w0 >> CAP_ATTR_SHIFT & MASK(CAP_ATTR_BITS);
}

/* the object's kernel address; for memory capabilities use cap_paddr() */
static inline void *cap_ptr(struct cap c)
{
    return (void *)((int64_t)c.w0 >> CAP_PTR_SHIFT);
}

static inline paddr_t cap_paddr(struct cap c)
{
    return c.w0 >> CAP_PTR_SHIFT;
}

static inline struct cap cap_make(unsigned t, word_t attr, word_t where, word_t w1)
{
    return (struct cap){ t | attr << CAP_ATTR_SHIFT | where << CAP_PTR_SHIFT, w1 };
}

static inline struct cap cap_null(void)
{
    return (struct cap){ 0, 0 };
}

static inline bool slot_is_empty(const struct slot *s)
{
    return s->cap.w0 == 0; /* the null capability has no attributes */
}

/* --- untyped --- */
static inline struct cap cap_untyped(paddr_t base, unsigned size_bits, bool is_device,
                                     word_t used_bytes)
{
    return cap_make(CAP_UNTYPED, size_bits | (is_device ? BIT(6) : 0), base, used_bytes);
}

static inline unsigned cap_untyped_size_bits(struct cap c)
{
    return cap_attr(c) & 63;
}

static inline bool cap_untyped_is_device(struct cap c)
{
    return cap_attr(c) & BIT(6);
}

/* --- endpoint, notification, reply: rights and badge --- */

/*
 * Precomputed type-and-rights bits: what a fast path wants to know of a capability, in one bit.
 * They lie above the attributes that a type has for itself (CAP_OWN_BITS), and are set with the
 * rights (C-1).
 */
#define CAP_CAN_CALL BIT(15)   /* an endpoint to send to and get an answer through */
#define CAP_CAN_RECV BIT(14)   /* an endpoint to receive from */
#define CAP_CAN_SIGNAL BIT(13) /* a notification to signal */
#define CAP_CAN_REPLY BIT(12)  /* a reply object */
#define CAP_CAN_ALL (CAP_CAN_CALL | CAP_CAN_RECV | CAP_CAN_SIGNAL | CAP_CAN_REPLY)

_Static_assert(CAP_CAN_ALL == (MASK(CAP_PTR_SHIFT) & ~MASK(CAP_ATTR_SHIFT + CAP_OWN_BITS)) &&
                   RIGHTS_ALL <= MASK(CAP_OWN_BITS),
               "C-1: no type's own attributes reach these bits");

/* Attributes of endpoint capabilities only, which all copies keep. */
#define CAP_CALL_ONLY BIT(9) /* no right to send, but to call */
#define CAP_PORTAL BIT(10)   /* the object is a struct portal */

static inline word_t cap_ipc_can(unsigned t, word_t rights)
{
    if (t == CAP_REPLY)
        return CAP_CAN_REPLY;
    if (t == CAP_NOTIFICATION)
        return rights & RIGHT_WRITE ? CAP_CAN_SIGNAL : 0;
    return (rights & RIGHT_READ ? CAP_CAN_RECV : 0) |
           (rights & RIGHT_WRITE && rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY) ? CAP_CAN_CALL : 0);
}

/* C-1 */
static inline bool cap_can_is_right(struct cap c)
{
    unsigned t = cap_type(c);
    bool is_ipc = t == CAP_ENDPOINT || t == CAP_NOTIFICATION || t == CAP_REPLY;
    word_t rights = cap_attr(c) | (t == CAP_ENDPOINT && c.w0 & CAP_CALL_ONLY ? RIGHT_WRITE : 0);

    return (c.w0 & CAP_CAN_ALL) == (is_ipc ? cap_ipc_can(t, rights) : 0);
}

static inline struct cap cap_ipc(enum cap_type t, const void *object, word_t rights, word_t badge)
{
    struct cap c = cap_make(t, rights, (word_t)object, badge);

    c.w0 |= cap_ipc_can(t, rights);
    return c;
}

static inline word_t cap_rights(struct cap c)
{
    return cap_attr(c) & RIGHTS_ALL;
}

static inline bool cap_has(struct cap c, word_t rights)
{
    return (cap_attr(c) & rights) != 0;
}

/* Is c a notification to wait for? In one step. */
static inline bool cap_can_wait(struct cap c)
{
    word_t readable = (word_t)CAP_NOTIFICATION | (word_t)RIGHT_READ << CAP_ATTR_SHIFT;

    return (c.w0 & (MASK(CAP_TYPE_BITS) | readable)) == readable;
}

/* --- cnode --- */
#define CNODE_GUARD_SIZE_BITS 6u

static inline struct cap cap_cnode(const struct slot *slots, unsigned radix, word_t guard,
                                   unsigned guard_bits)
{
    return cap_make(CAP_CNODE, radix, (word_t)slots, guard << CNODE_GUARD_SIZE_BITS | guard_bits);
}

static inline unsigned cap_cnode_radix(struct cap c)
{
    return cap_attr(c) & 63;
}

static inline unsigned cap_cnode_guard_bits(struct cap c)
{
    return c.w1 & MASK(CNODE_GUARD_SIZE_BITS);
}

static inline word_t cap_cnode_guard(struct cap c)
{
    return c.w1 >> CNODE_GUARD_SIZE_BITS;
}

/* --- the rest --- */
static inline struct cap cap_object(unsigned t, const void *object)
{
    return cap_make(t, 0, (word_t)object, 0);
}

static inline struct cap cap_sched_context(const void *sc, unsigned size_bits)
{
    return cap_make(CAP_SCHED_CONTEXT, size_bits, (word_t)sc, 0);
}

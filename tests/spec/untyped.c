/* SPDX-License-Identifier: BSD-2-Clause */
/* Making objects ("Untyped Memory"; the order of checks: tests/abi/untyped.c). */
#include "spec.h"

/* log2 of the size of an object on the machine that the core's tests run on; 0: no such type. */
static unsigned size_bits(word_t type, word_t bits)
{
    switch (type) {
    case OBJ_UNTYPED:
    case OBJ_SCHED_CONTEXT: return (unsigned)bits;
    case OBJ_CNODE: return (unsigned)bits + SLOT_BITS;
    case OBJ_TCB: return TCB_BITS;
    case OBJ_ENDPOINT: return ENDPOINT_BITS;
    case OBJ_NOTIFICATION: return NOTIFICATION_BITS;
    case OBJ_REPLY: return REPLY_BITS;
    case OBJ_X86_PML4:
    case OBJ_X86_4K: return 12;
    default: return type == MYELIN_PORTAL_OBJECT ? MYELIN_PORTAL_BITS : 0;
    }
}

static word_t least_bits(word_t type)
{
    return type == OBJ_UNTYPED         ? UNTYPED_MIN_BITS
           : type == OBJ_SCHED_CONTEXT ? SCHED_CONTEXT_MIN_BITS
           : type == OBJ_CNODE         ? 1
                                       : 0;
}

/* The first capability to an object that did not exist before. */
static struct spec_cap make(struct spec *s, word_t type, word_t where, word_t bits, bool is_device)
{
    struct spec_cap c = { .bits = (uint8_t)bits, .is_original = true };

    switch (type) {
    case OBJ_UNTYPED:
        c.type = SPEC_UNTYPED;
        c.where = where;
        c.is_device = is_device;
        break;
    case OBJ_TCB:
        c.type = SPEC_THREAD;
        c.object = spec_name(KIND_THREAD, where, 1);
        s->thread[c.object] = (struct spec_thread){ .exists = true, .regs.flags = 2 };
        for (unsigned i = 0; i < OWN_SLOTS; i++)
            s->thread[c.object].own[i] = spec_name(KIND_SLOT, where + (i << SLOT_BITS), 1);
        break;
    case OBJ_ENDPOINT:
        c.type = SPEC_ENDPOINT;
        c.object = spec_name(KIND_ENDPOINT, where, 1);
        s->endpoint[c.object] = (struct spec_endpoint){ .exists = true };
        break;
    case OBJ_NOTIFICATION:
        c.type = SPEC_NOTIFICATION;
        c.object = spec_name(KIND_NOTIFICATION, where, 1);
        s->notification[c.object] = (struct spec_notification){ .exists = true };
        break;
    case OBJ_CNODE:
        if (bits > 5)
            s->now.is_silent = true;
        c.type = SPEC_CNODE;
        c.object = spec_name(KIND_CNODE, where, 1);
        s->cnode[c.object] =
            (struct spec_cnode){ .exists = true,
                                 .where = where,
                                 .first = spec_name(KIND_SLOT, where, 1u << (bits & 7)),
                                 .seen = (uint8_t)(1u << (bits & 7)) };
        break;
    case OBJ_SCHED_CONTEXT:
        c.type = SPEC_CONTEXT;
        c.object = spec_name(KIND_CONTEXT, where, 1);
        s->context[c.object] = (struct spec_context){ .exists = true };
        break;
    case OBJ_REPLY:
        c.type = SPEC_REPLY;
        c.object = spec_name(KIND_REPLY, where, 1);
        s->reply[c.object] = (struct spec_reply){ .exists = true };
        break;
    case OBJ_X86_PML4:
        c.type = SPEC_SPACE;
        c.object = spec_name(KIND_SPACE, where, 1);
        s->space[c.object] = (struct spec_space){ 0 };
        break;
    case OBJ_X86_4K:
        c.type = SPEC_FRAME;
        c.where = where;
        c.is_device = is_device;
        break;
    case MYELIN_PORTAL_OBJECT:
        c.type = SPEC_ENDPOINT;
        c.object = spec_name(KIND_ENDPOINT, where, 1);
        s->endpoint[c.object] = (struct spec_endpoint){ .exists = true, .is_portal = true };
        break;
    default: s->now.is_silent = true; break;
    }
    if (c.type == SPEC_ENDPOINT || type == OBJ_NOTIFICATION || type == OBJ_REPLY)
        c.rights = SPEC_RIGHTS_ALL;
    if (type == OBJ_X86_4K)
        c.rights = RIGHT_READ | RIGHT_WRITE;
    if (type != OBJ_UNTYPED && type != OBJ_CNODE && type != OBJ_SCHED_CONTEXT)
        c.bits = 0;
    return c;
}

/* Where the new capabilities go; 0: refused. */
static name_t slots_for(struct spec *s, struct spec_request *r)
{
    word_t depth = spec_arg(s, 3), offset = spec_arg(s, 4), count = spec_arg(s, 5);
    name_t node = r->extra[0];

    if (depth != 0)
        node = spec_named_slot(s, r, false, s->slot[node], 2);
    if (node == 0)
        return 0;
    struct spec_cap c = s->slot[node];
    if (c.type != SPEC_CNODE) {
        spec_refuse_lookup(r, false, spec_missing(depth));
        return 0;
    }
    if (offset >= BIT(c.bits)) {
        spec_refuse_range(r, 0, BIT(c.bits) - 1);
        return 0;
    }
    if (count < 1 || count > CONFIG_RETYPE_FAN_OUT_LIMIT) {
        spec_refuse_range(r, 1, CONFIG_RETYPE_FAN_OUT_LIMIT);
        return 0;
    }
    if (count > BIT(c.bits) - offset) {
        spec_refuse_range(r, 1, BIT(c.bits) - offset);
        return 0;
    }
    if (offset + count > s->cnode[c.object].seen) {
        s->now.is_silent = true;
        return 0;
    }
    for (word_t i = 0; i < count; i++)
        if (s->slot[s->cnode[c.object].first + offset + i].type != SPEC_NULL) {
            spec_refuse(r, ERR_DELETE_FIRST);
            return 0;
        }
    return (name_t)(s->cnode[c.object].first + offset);
}

void spec_untyped_request(struct spec *s, struct spec_request *r)
{
    word_t type = spec_arg(s, 0), bits = spec_arg(s, 1), count = spec_arg(s, 5);
    struct spec_cap *memory = &s->slot[r->slot];

    if (r->label != INV_UNTYPED_RETYPE) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    if (r->length < 6 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (type > OBJ_REPLY && size_bits(type, 0) == 0) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 0);
        return;
    }
    if (bits >= WORD_BITS || size_bits(type, bits) > UNTYPED_MAX_BITS) {
        spec_refuse_range(r, 0, UNTYPED_MAX_BITS);
        return;
    }
    if (bits < least_bits(type)) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 1);
        return;
    }
    unsigned each = size_bits(type, bits);
    name_t dest = slots_for(s, r);
    if (dest == 0)
        return;
    /* what is no child's can be used again */
    word_t used = spec_has_children(s, r->slot) ? memory->badge : 0;
    word_t left = BIT(memory->bits) - used;
    if (left >> each < count) {
        spec_refuse_with(r, ERR_NOT_ENOUGH_MEMORY, left);
        return;
    }
    if (memory->is_device && type != OBJ_UNTYPED && type != OBJ_X86_4K) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 1);
        return;
    }
    word_t start = align_up(used, each);

    memory->badge = start + (count << each);
    for (word_t i = 0; i < count; i++) {
        struct spec_cap c =
            make(s, type, memory->where + start + (i << each), bits, memory->is_device);

        c.parent = r->slot;
        s->slot[dest + i] = c;
    }
}

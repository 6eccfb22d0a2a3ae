/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities ("Capability Spaces", "Untyped Memory"; tests/abi/lookup.c, cnode.c, untyped.c). */
#include <string.h>

#include "spec.h"

/* --- lookup --- */

struct spec_why spec_missing(word_t bits_left)
{
    return (struct spec_why){ .type = LF_MISSING_CAPABILITY, .bits_left = (uint8_t)bits_left };
}

struct place {
    name_t slot; /* 0: there is none, and why */
    unsigned left, radix;
    struct spec_why why;
};

static struct place nowhere(uint8_t type, unsigned left, unsigned found, word_t guard)
{
    return (struct place){ .why = { type, (uint8_t)left, (uint8_t)found, guard } };
}

/* n of the address's lowest `left` bits, the highest of them. */
static word_t next_bits(word_t address, unsigned left, unsigned n)
{
    return n == 0 ? 0 : address >> (left - n) & MASK(n);
}

/* "Capability Address Lookup": guard, then index, until a slot holds no CNode or no bit is left. */
static struct place resolve(struct spec *s, struct spec_cap node, word_t address, unsigned depth)
{
    unsigned left = depth;

    if (node.type != SPEC_CNODE)
        return nowhere(LF_INVALID_ROOT, 0, 0, 0);
    for (;;) {
        if (node.guard_bits > left || next_bits(address, left, node.guard_bits) != node.badge)
            return nowhere(LF_GUARD_MISMATCH, left, node.guard_bits, node.badge);
        if (node.guard_bits + node.bits > left)
            return nowhere(LF_DEPTH_MISMATCH, left, node.guard_bits + node.bits, 0);
        left -= node.guard_bits + node.bits;
        word_t index = address >> (left == WORD_BITS ? 0 : left) & MASK(node.bits);
        const struct spec_cnode *c = &s->cnode[node.object];

        if (index >= c->seen) {
            s->now.is_silent = true;
            return nowhere(LF_NONE, 0, 0, 0);
        }
        struct place found = { .slot = (name_t)(c->first + index),
                               .left = left,
                               .radix = node.bits };

        node = s->slot[found.slot];
        if (left == 0 || node.type != SPEC_CNODE)
            return found;
    }
}

/* Bits that are left over do not matter when a capability is used. */
name_t spec_lookup(struct spec *s, name_t thread, word_t address, struct spec_why *why)
{
    struct place p = resolve(s, s->slot[s->thread[thread].own[OWN_CSPACE]], address, WORD_BITS);

    if (p.slot == 0)
        *why = p.why;
    return p.slot;
}

/* "CNode Methods": words w and w + 1 of a request name a slot. 0: refused. */
name_t spec_named_slot(struct spec *s, struct spec_request *r, bool in_source, struct spec_cap root,
                       unsigned w)
{
    word_t depth = spec_arg(s, w + 1);

    if (root.type != SPEC_CNODE) {
        spec_refuse_lookup(r, in_source, (struct spec_why){ .type = LF_INVALID_ROOT });
        return 0;
    }
    if (depth < 1 || depth > WORD_BITS) {
        spec_refuse_range(r, 1, WORD_BITS);
        return 0;
    }
    struct place p = resolve(s, root, spec_arg(s, w), (unsigned)depth);

    if (p.slot != 0 && p.left == 0)
        return p.slot;
    spec_refuse_lookup(
        r, in_source,
        p.slot == 0 ? p.why
                    : (struct spec_why){ .type = LF_DEPTH_MISMATCH, .bits_left = (uint8_t)p.left });
    return 0;
}

/* "Capability Transfer": where the receiver wants a capability; 0: nowhere. */
name_t spec_receive_slot(struct spec *s, name_t thread)
{
    const word_t *buffer = s->buffer[s->thread[thread].buffer];
    word_t depth = buffer[127];
    struct spec_why why;
    name_t root = spec_lookup(s, thread, buffer[125], &why);

    if (root == 0 || s->slot[root].type != SPEC_CNODE || depth < 1 || depth > WORD_BITS)
        return 0;
    struct place p = resolve(s, s->slot[root], buffer[126], (unsigned)depth);

    return p.slot != 0 && p.left == 0 && s->slot[p.slot].type == SPEC_NULL ? p.slot : 0;
}

/* --- derivation: "Capability Derivation", "Capability Rights", "Badges" --- */

bool spec_has_children(const struct spec *s, name_t slot)
{
    for (unsigned i = 1; i <= SPEC_SLOTS; i++)
        if (s->slot[i].type != SPEC_NULL && s->slot[i].parent == slot)
            return true;
    return false;
}

static struct spec_cap with_rights(struct spec_cap c, word_t rights)
{
    switch (c.type) {
    case SPEC_ENDPOINT:
        c.rights &= (uint8_t)(rights & SPEC_RIGHTS_ALL);
        /* docs/man/myelin_TCB_Serve.md, "Calls only" */
        if (c.rights & RIGHT_WRITE && rights & MYELIN_RIGHT_CALL_ONLY) {
            c.rights &= (uint8_t)~RIGHT_WRITE;
            c.is_call_only = true;
        }
        return c;
    case SPEC_NOTIFICATION:
    case SPEC_REPLY: c.rights &= (uint8_t)(rights & SPEC_RIGHTS_ALL); return c;
    case SPEC_FRAME: c.rights &= (uint8_t)(rights | ~(RIGHT_READ | RIGHT_WRITE)); return c;
    default: return c;
    }
}

static const struct spec_cap null_cap;

/* A badge can be given once, to a copy; a guard always. */
struct spec_cap spec_with_data(struct spec_cap c, word_t data, bool is_copy)
{
    unsigned guard_bits = data & MASK(6);

    if (c.type == SPEC_ENDPOINT || c.type == SPEC_NOTIFICATION) {
        if (!is_copy || c.badge != 0)
            return null_cap;
        c.badge = data;
    } else if (c.type == SPEC_CNODE) {
        if (guard_bits + c.bits > WORD_BITS)
            return null_cap;
        c.guard_bits = (uint8_t)guard_bits;
        c.badge = data >> 6 & MASK(guard_bits);
    }
    return c;
}

uint8_t spec_derive(const struct spec *s, name_t src, struct spec_cap *c)
{
    if (c->type == SPEC_UNTYPED && spec_has_children(s, src))
        return ERR_REVOKE_FIRST;
    if (c->type == SPEC_IRQ_CONTROL)
        *c = null_cap;
    return ERR_NONE;
}

/* c, a copy of what is in src, comes into dest: a child of src if that is original, else beside. */
void spec_insert(struct spec *s, name_t dest, name_t src, struct spec_cap c)
{
    struct spec_cap *from = &s->slot[src];
    bool is_new_badge =
        (c.type == SPEC_ENDPOINT || c.type == SPEC_NOTIFICATION) && c.badge != from->badge;

    if (c.type == SPEC_UNTYPED)
        from->badge = BIT(c.bits); /* one of the two only has the memory to give */
    c.is_original = is_new_badge || c.type == SPEC_UNTYPED;
    c.parent = from->is_original ? src : from->parent;
    s->slot[dest] = c;
}

static void hand_children(struct spec *s, name_t from, name_t to)
{
    for (unsigned i = 1; i <= SPEC_SLOTS; i++)
        if (s->slot[i].type != SPEC_NULL && s->slot[i].parent == from)
            s->slot[i].parent = to;
}

static void move(struct spec *s, name_t dest, name_t src, struct spec_cap c)
{
    c.parent = s->slot[src].parent;
    s->slot[dest] = c;
    hand_children(s, src, dest);
    s->slot[src] = null_cap;
}

/* --- deletion: "Deletion and Revocation" in "CNode Methods" --- */

static bool has_object(struct spec_cap c)
{
    return c.object != 0 || c.type == SPEC_IRQ_HANDLER || c.type == SPEC_OTHER;
}

bool spec_is_last(const struct spec *s, name_t slot)
{
    struct spec_cap c = s->slot[slot];

    for (unsigned i = 1; i <= SPEC_SLOTS; i++)
        if (i != slot && s->slot[i].type == c.type && s->slot[i].object == c.object &&
            s->slot[i].where == c.where)
            return false;
    return true;
}

/* What was in slots first to first + count - 1 goes along. */
static void delete_content(struct spec *s, name_t of, name_t first, unsigned count)
{
    for (unsigned i = count; i-- > 0;) {
        const struct spec_cap *c = &s->slot[first + i];

        /* containers in containers: in which order is nobody's business */
        if (((c->type == SPEC_CNODE || c->type == SPEC_THREAD) &&
             spec_is_last(s, (name_t)(first + i))) ||
            first + i == of)
            s->now.is_silent = true;
        else
            spec_delete(s, (name_t)(first + i));
    }
}

static void destroy(struct spec *s, name_t slot, struct spec_cap c)
{
    struct spec_cnode *node = &s->cnode[c.object];

    switch (c.type) {
    case SPEC_ENDPOINT: spec_destroy_endpoint(s, c.object); break;
    case SPEC_NOTIFICATION: spec_destroy_notification(s, c.object); break;
    case SPEC_REPLY: spec_destroy_reply(s, c.object); break;
    case SPEC_THREAD: {
        name_t own[OWN_SLOTS];

        memcpy(own, s->thread[c.object].own, sizeof(own));
        spec_destroy_thread(s, c.object);
        for (unsigned i = OWN_SLOTS; i-- > 0;)
            delete_content(s, slot, own[i], 1);
        s->thread[c.object] = (struct spec_thread){ 0 };
        break;
    }
    case SPEC_CONTEXT: spec_destroy_context(s, c.object); break;
    case SPEC_CNODE:
        if (node->seen < BIT(c.bits))
            s->now.is_silent = true;
        delete_content(s, slot, node->first, node->seen);
        *node = (struct spec_cnode){ 0 };
        break;
    case SPEC_IRQ_HANDLER: spec_retire_irq(s, (unsigned)c.where); break;
    case SPEC_OTHER: s->now.is_silent = true; break;
    default: break;
    }
}

/* The object goes with the last capability to it; children belong to the parent, then. */
void spec_delete(struct spec *s, name_t slot)
{
    struct spec_cap c = s->slot[slot];

    if (c.type == SPEC_NULL)
        return;
    if (has_object(c) && spec_is_last(s, slot))
        destroy(s, slot, c);
    hand_children(s, slot, s->slot[slot].parent);
    s->slot[slot] = null_cap;
    for (unsigned t = 1; t < SPEC_THREADS; t++)
        if (s->thread[t].exists && s->thread[t].own[OWN_BUFFER] == slot) {
            s->thread[t].buffer = 0;
            s->thread[t].can_write_buffer = false;
        }
}

static bool is_descendant(const struct spec *s, name_t slot, name_t of)
{
    name_t at = slot;

    for (unsigned i = 0; i < SPEC_SLOTS && at != 0; i++) {
        at = s->slot[at].parent;
        if (at == of)
            return true;
    }
    return false;
}

/* So many of the deletions move threads. */
static unsigned delete_descendants(struct spec *s, name_t slot, bool is_backwards)
{
    unsigned moving = 0;

    for (unsigned n = 1; n <= SPEC_SLOTS; n++) {
        name_t i = (name_t)(is_backwards ? SPEC_SLOTS + 1 - n : n);
        unsigned moved = s->now.moved;

        if (s->slot[i].type == SPEC_NULL || !is_descendant(s, i, slot))
            continue;
        spec_delete(s, i);
        moving += s->now.moved != moved;
    }
    return moving;
}

/*
 * In which order they go is not promised: where that matters to who is ready first, or to who waits
 * for two of them, nothing is said.
 */
static void revoke(struct spec *s, name_t slot)
{
    static struct spec other;

    if (!spec_has_children(s, slot))
        return;
    other = *s;
    unsigned moving = delete_descendants(s, slot, false);

    if (delete_descendants(&other, slot, true) > 1 || moving > 1 ||
        memcmp(s, &other, offsetof(struct spec, space)) != 0)
        s->now.is_silent = true;
}

/* --- requests --- */

/* Copy, Mint, Move, Mutate. */
static void transfer(struct spec *s, struct spec_request *r, name_t dest)
{
    static const uint8_t words[] = { 5, 6, 4, 5 };
    bool is_copy = r->label == INV_CNODE_COPY || r->label == INV_CNODE_MINT;

    if (r->length < 4 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (s->slot[dest].type != SPEC_NULL) {
        spec_refuse(r, ERR_DELETE_FIRST);
        return;
    }
    name_t src = spec_named_slot(s, r, true, s->slot[r->extra[0]], 2);
    if (src == 0)
        return;
    struct spec_cap c = s->slot[src];
    if (c.type == SPEC_NULL) {
        spec_refuse_lookup(r, true, spec_missing(spec_arg(s, 3)));
        return;
    }
    if (r->length < words[r->label - INV_CNODE_COPY]) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (is_copy)
        c = with_rights(c, spec_arg(s, 4));
    if (r->label == INV_CNODE_MINT)
        c = spec_with_data(c, spec_arg(s, 5), true);
    if (r->label == INV_CNODE_MUTATE)
        c = spec_with_data(c, spec_arg(s, 4), false);
    uint8_t error = is_copy ? spec_derive(s, src, &c) : ERR_NONE;
    if (error == ERR_NONE && c.type == SPEC_NULL)
        error = ERR_ILLEGAL_OPERATION;
    if (error != ERR_NONE)
        spec_refuse(r, error);
    else if (is_copy)
        spec_insert(s, dest, src, c);
    else
        move(s, dest, src, c);
}

static void rotate(struct spec *s, struct spec_request *r, name_t dest)
{
    if (r->length < 8 || r->extra_count < 2) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    name_t src = spec_named_slot(s, r, true, s->slot[r->extra[1]], 6);
    name_t pivot = src != 0 ? spec_named_slot(s, r, true, s->slot[r->extra[0]], 3) : 0;
    if (pivot == 0)
        return;
    struct spec_cap from = spec_with_data(s->slot[src], spec_arg(s, 5), false);
    struct spec_cap over = spec_with_data(s->slot[pivot], spec_arg(s, 2), false);

    if (pivot == src || pivot == dest)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else if (src != dest && s->slot[dest].type != SPEC_NULL)
        spec_refuse(r, ERR_DELETE_FIRST);
    else if (s->slot[src].type == SPEC_NULL)
        spec_refuse_lookup(r, true, spec_missing(spec_arg(s, 7)));
    else if (s->slot[pivot].type == SPEC_NULL)
        spec_refuse_lookup(r, false, spec_missing(spec_arg(s, 4)));
    else if (from.type == SPEC_NULL || over.type == SPEC_NULL)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else if (src != dest) {
        move(s, dest, pivot, over);
        move(s, pivot, src, from);
    } else {
        const name_t aside = SPEC_SLOTS; /* never a slot's name */

        move(s, aside, src, from);
        move(s, src, pivot, over);
        move(s, pivot, aside, s->slot[aside]);
    }
}

static void cancel_badged(struct spec *s, struct spec_request *r, struct spec_cap c)
{
    if (c.type != SPEC_ENDPOINT || c.rights != SPEC_RIGHTS_ALL)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else if (c.badge != 0)
        spec_cancel_badged(s, c.object, c.badge);
}

void spec_cnode_request(struct spec *s, struct spec_request *r)
{
    if (r->label < INV_CNODE_REVOKE || r->label > INV_CNODE_ROTATE) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    if (r->length < 2) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    name_t slot = spec_named_slot(s, r, false, s->slot[r->slot], 0);
    if (slot == 0)
        return;
    switch (r->label) {
    case INV_CNODE_REVOKE: revoke(s, slot); break;
    case INV_CNODE_DELETE: spec_delete(s, slot); break;
    case INV_CNODE_CANCEL_BADGED_SENDS: cancel_badged(s, r, s->slot[slot]); break;
    case INV_CNODE_ROTATE: rotate(s, r, slot); break;
    default: transfer(s, r, slot); break;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The universe's requests to objects, beside those of extended.c. */
#include "universe_priv.h"

/* --- places --- */

/* A slot inside the CNode at address `node`: how to name it. */
struct place {
    word_t index, depth;
};

static struct slot *node_slots(cptr_t node, word_t *count)
{
    struct cap c = cap_seen(node);

    if (!cap_is(c, CAP_CNODE))
        return NULL;
    *count = min_word(BIT(cap_cnode_radix(c)), SLOTS_USED);
    return cap_ptr(c);
}

static struct place place_of(cptr_t node, word_t i)
{
    struct cap c = cap_seen(node);

    return (struct place){ cap_cnode_guard(c) << cap_cnode_radix(c) | i,
                           cap_cnode_guard_bits(c) + cap_cnode_radix(c) };
}

/*
 * The system's own means to clear up are spared, and the first address space: threads without one
 * do nothing but fault.
 */
static bool is_spared(const struct slot *s)
{
    return s == slot(W_ROOT) || s == slot(W_SPACE) || s == slot(W_UNTYPED) ||
           s == slot(W_UNTYPED2) || s == slot(W_IRQ);
}

enum wish { WISH_ANY, WISH_EMPTY, WISH_FULL };

static struct place pick_place(struct source *from, cptr_t node, enum wish wish)
{
    word_t count = 1;
    struct slot *slots = node_slots(node, &count);
    word_t start = draw(from, count);

    if (slots == NULL || chance(from, 2))
        return (struct place){ draw(from, SLOTS_USED),
                               chance(from, 80) ? WORD_BITS : draw(from, 70) };
    for (word_t i = 0; i < count && wish != WISH_ANY && !chance(from, 3); i++) {
        word_t at = (start + i) % count;

        if (slot_is_empty(&slots[at]) == (wish == WISH_EMPTY) && !is_spared(&slots[at]))
            return place_of(node, at);
    }
    return place_of(node, start);
}

/* Would the request take away what is spared? */
static bool does_harm(cptr_t node, struct place p)
{
    struct cap c = cap_seen(node);
    struct lookup_result {
        struct slot *slot;
    } r = { NULL };

    if (!cap_is(c, CAP_CNODE))
        return false;
    r.slot = (struct slot *)cap_ptr(c) + (p.index & MASK(cap_cnode_radix(c)));
    return is_spared(r.slot);
}
/* --- requests --- */

void do_retype(struct source *from)
{
    static const uint8_t types[] = { OBJ_UNTYPED,      OBJ_TCB,           OBJ_TCB,
                                     OBJ_ENDPOINT,     OBJ_ENDPOINT,      OBJ_NOTIFICATION,
                                     OBJ_NOTIFICATION, OBJ_CNODE,         OBJ_CNODE,
                                     OBJ_CNODE,        OBJ_SCHED_CONTEXT, OBJ_SCHED_CONTEXT,
                                     OBJ_REPLY,        OBJ_REPLY,         OBJ_HOST_SPACE,
                                     OBJ_HOST_FRAME };
    word_t type = chance(from, 3)    ? MYELIN_PORTAL_OBJECT
                  : chance(from, 98) ? types[draw(from, sizeof(types))]
                                     : any_word(from);
    word_t bits = type == OBJ_UNTYPED         ? 8 + draw(from, 6)
                  : type == OBJ_CNODE         ? 1 + draw(from, 3)
                  : type == OBJ_SCHED_CONTEXT ? 7 + draw(from, 2)
                                              : 0;
    cptr_t node = pick(from, CAP_CNODE);
    struct place p = pick_place(from, node, WISH_EMPTY);
    struct cap c = cap_seen(node);
    word_t offset = cap_is(c, CAP_CNODE) ? p.index & MASK(cap_cnode_radix(c)) : p.index;

    if (chance(from, 3))
        bits = any_word(from);
    REQUEST(from, pick(from, CAP_UNTYPED), INV_UNTYPED_RETYPE, .length = 6,
            .arg = { type, bits, 0, 0, offset, 1 + draw(from, 3) / 2 }, .extra_count = 1,
            .extra = { node });
}

void do_cnode_transfer(struct source *from)
{
    static const uint8_t labels[] = { INV_CNODE_COPY, INV_CNODE_COPY, INV_CNODE_MINT,
                                      INV_CNODE_MOVE, INV_CNODE_MOVE, INV_CNODE_MUTATE };
    word_t label = labels[draw(from, sizeof(labels))];
    cptr_t dest_node = pick(from, CAP_CNODE);
    cptr_t src_node = pick(from, CAP_CNODE);
    struct place dest = pick_place(from, dest_node, WISH_EMPTY);
    struct place src = pick_place(from, src_node, WISH_FULL);
    word_t rights = chance(from, 70) ? RIGHTS_ALL : draw(from, 16);
    word_t data = chance(from, 50)   ? draw(from, 4)
                  : chance(from, 50) ? WORD_BITS - 1 - draw(from, 4)
                                     : any_word(from);
    bool is_move = label == INV_CNODE_MOVE || label == INV_CNODE_MUTATE;

    if (is_move && does_harm(src_node, src))
        return;
    REQUEST(from, dest_node, label, .length = 6,
            .arg = { dest.index, dest.depth, src.index, src.depth, is_move ? data : rights, data },
            .extra_count = 1, .extra = { src_node });
}

void do_rotate(struct source *from)
{
    cptr_t nodes[3];
    struct place p[3];

    for (unsigned i = 0; i < 3; i++) {
        nodes[i] = pick(from, CAP_CNODE);
        p[i] = pick_place(from, nodes[i], i == 0 ? WISH_EMPTY : WISH_FULL);
    }
    if (chance(from, 20))
        p[0] = p[2], nodes[0] = nodes[2];
    if (does_harm(nodes[1], p[1]) || does_harm(nodes[2], p[2]))
        return;
    REQUEST(from, nodes[0], INV_CNODE_ROTATE, .length = 8,
            .arg = { p[0].index, p[0].depth, draw(from, 3), p[1].index, p[1].depth, draw(from, 3),
                     p[2].index, p[2].depth },
            .extra_count = 2, .extra = { nodes[1], nodes[2] });
}

void do_cnode_take(struct source *from)
{
    static const uint8_t labels[] = { INV_CNODE_DELETE, INV_CNODE_DELETE, INV_CNODE_DELETE,
                                      INV_CNODE_REVOKE, INV_CNODE_CANCEL_BADGED_SENDS };
    word_t label = labels[draw(from, sizeof(labels))];
    cptr_t node = pick(from, CAP_CNODE);
    struct place p = pick_place(from, node, WISH_FULL);

    if (label == INV_CNODE_DELETE && does_harm(node, p))
        return;
    /* taking back all that was made of an untyped is for rare occasions */
    if (label == INV_CNODE_REVOKE && !chance(from, 20) && cap_is(cap_seen(p.index), CAP_UNTYPED))
        return;
    REQUEST(from, node, label, .length = 2, .arg = { p.index, p.depth });
}

static word_t prio(struct source *from)
{
    return chance(from, 95) ? W_PRIO - 1 + draw(from, 3) : any_word(from);
}

static word_t guard(struct source *from, cptr_t node)
{
    struct cap c = cap_seen(node);

    return chance(from, 90) && cap_is(c, CAP_CNODE) ? (WORD_BITS - cap_cnode_radix(c)) & 63
                                                    : any_word(from);
}

static word_t buffer_address(struct source *from)
{
    return chance(from, 90) ? W_BUFFER_UADDR + draw(from, 4) * BIT(IPC_BUFFER_BITS)
                            : any_word(from);
}

void do_tcb_spaces(struct source *from)
{
    cptr_t t = pick(from, CAP_TCB);
    cptr_t node = pick(from, CAP_CNODE);
    cptr_t space = pick(from, CAP_SPACE);
    cptr_t frame = pick(from, CAP_FRAME);

    switch (draw(from, 3)) {
    case 0:
        REQUEST(from, t, INV_TCB_CONFIGURE, .length = 3,
                .arg = { guard(from, node), 0, buffer_address(from) }, .extra_count = 3,
                .extra = { node, space, frame });
        break;
    case 1:
        REQUEST(from, t, INV_TCB_SET_SPACE, .length = 2, .arg = { guard(from, node), 0 },
                .extra_count = 3, .extra = { pick(from, CAP_ENDPOINT), node, space });
        break;
    default:
        REQUEST(from, t, INV_TCB_SET_IPC_BUFFER, .length = 1, .arg = { buffer_address(from) },
                .extra_count = 1, .extra = { frame });
        break;
    }
}

void do_tcb_sched(struct source *from)
{
    cptr_t t = pick(from, CAP_TCB);

    switch (draw(from, 4)) {
    case 0:
        REQUEST(from, t, INV_TCB_SET_PRIORITY, .length = 1, .arg = { prio(from) }, .extra_count = 1,
                .extra = { pick(from, CAP_TCB) });
        break;
    case 1:
        REQUEST(from, t, INV_TCB_SET_MC_PRIORITY, .length = 1, .arg = { 200 + draw(from, 56) },
                .extra_count = 1, .extra = { pick(from, CAP_TCB) });
        break;
    case 2:
        REQUEST(from, t, INV_TCB_SET_TIMEOUT_ENDPOINT, .length = 0, .extra_count = 1,
                .extra = { pick(from, CAP_ENDPOINT) });
        break;
    default:
        REQUEST(from, t, INV_TCB_SET_SCHED_PARAMS, .length = 2, .arg = { 255, prio(from) },
                .extra_count = 3,
                .extra = { pick(from, CAP_TCB),
                           pick(from, chance(from, 80) ? CAP_SCHED_CONTEXT : CAP_NULL),
                           pick(from, chance(from, 80) ? CAP_ENDPOINT : CAP_NULL) });
        break;
    }
}

void do_tcb_state(struct source *from)
{
    static const uint8_t labels[] = { INV_TCB_SUSPEND,
                                      INV_TCB_RESUME,
                                      INV_TCB_RESUME,
                                      INV_TCB_RESUME,
                                      INV_TCB_BIND_NOTIFICATION,
                                      INV_TCB_UNBIND_NOTIFICATION,
                                      INV_TCB_READ_REGISTERS,
                                      INV_TCB_WRITE_REGISTERS,
                                      INV_TCB_COPY_REGISTERS,
                                      INV_TCB_SET_FLAGS,
                                      INV_TCB_SET_TLS_BASE };
    word_t label = labels[draw(from, sizeof(labels))];
    unsigned extra = label == INV_TCB_BIND_NOTIFICATION ? CAP_NOTIFICATION : CAP_TCB;

    REQUEST(from, pick(from, CAP_TCB), label, .length = (unsigned)draw(from, 6),
            .arg = { draw(from, 16), 1 + draw(from, 4), any_word(from) }, .extra_count = 1,
            .extra = { pick(from, extra) });
}

void do_sched_context(struct source *from)
{
    cptr_t sc = pick(from, CAP_SCHED_CONTEXT);
    cptr_t extra = pick(from, chance(from, 70) ? CAP_TCB : CAP_NOTIFICATION);
    word_t budget = 20 + draw(from, 200);
    word_t period = chance(from, 50) ? budget : budget + draw(from, 400);

    switch (draw(from, 11)) {
    case 0:
    case 1: REQUEST(from, sc, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { extra }); break;
    case 2: REQUEST(from, sc, INV_SCHED_CONTEXT_UNBIND, .length = 0); break;
    case 3:
        REQUEST(from, sc, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { extra });
        break;
    case 4: REQUEST(from, sc, INV_SCHED_CONTEXT_CONSUMED, .length = 0); break;
    case 5:
    case 6:
    case 7: REQUEST(from, sc, INV_SCHED_CONTEXT_YIELD_TO, .length = 0); break;
    default:
        REQUEST(from, pick(from, CAP_SCHED_CONTROL), INV_SCHED_CONTROL_CONFIGURE_FLAGS, .length = 5,
                .arg = { budget, period, draw(from, 5), draw(from, 64), draw(from, 2) },
                .extra_count = 1, .extra = { sc });
        break;
    }
}

void do_irq(struct source *from)
{
    cptr_t node = pick(from, CAP_CNODE);
    struct place p = pick_place(from, node, WISH_EMPTY);

    switch (draw(from, 4)) {
    case 0:
        REQUEST(from, pick(from, CAP_IRQ_CONTROL), INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3,
                .arg = { draw(from, 4), p.index, p.depth }, .extra_count = 1, .extra = { node });
        break;
    case 1:
        REQUEST(from, pick(from, CAP_IRQ_HANDLER),
                draw(from, 3) == 0 ? INV_IRQ_CLEAR_IRQ_HANDLER : INV_IRQ_ACK_IRQ, .length = 0);
        break;
    default:
        REQUEST(from, pick(from, CAP_IRQ_HANDLER), INV_IRQ_SET_IRQ_HANDLER, .length = 0,
                .extra_count = 1, .extra = { pick(from, CAP_NOTIFICATION) });
        break;
    }
}

void do_domain(struct source *from)
{
    switch (draw(from, 3)) {
    case 0:
        REQUEST(from, pick(from, CAP_DOMAIN), INV_DOMAIN_SET_SET, .length = 1,
                .arg = { draw(from, 4) / 2 }, .extra_count = 1, .extra = { pick(from, CAP_TCB) });
        break;
    case 1:
        REQUEST(from, pick(from, CAP_DOMAIN), INV_DOMAIN_SCHEDULE_CONFIGURE, .length = 3,
                .arg = { draw(from, 5), draw(from, 3),
                         draw(from, 4) == 0 ? 0 : 1000 + draw(from, 4000) });
        break;
    default:
        REQUEST(from, pick(from, CAP_DOMAIN), INV_DOMAIN_SCHEDULE_SET_START, .length = 1,
                .arg = { draw(from, 4) });
        break;
    }
}

void do_wild_request(struct source *from)
{
    struct request r = { .length = (unsigned)draw(from, 12),
                         .extra_count = (unsigned)draw(from, 4) };
    cptr_t cap = pick(from, CAP_NULL);
    word_t label = draw(from, INV_COUNT + 2);

    if (label == INV_CNODE_MOVE || label == INV_CNODE_DELETE || label == INV_CNODE_MUTATE ||
        label == INV_CNODE_ROTATE)
        return;
    for (unsigned i = 0; i < r.length; i++)
        r.arg[i] = any_word(from);
    for (unsigned i = 0; i < r.extra_count; i++)
        r.extra[i] = pick(from, CAP_NULL);
    request(from, cap, label, &r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The universe's part beyond the public interface (docs/decisions/0005-kernel-extensions.md). */
#include "universe_priv.h"

#include "portal.h"

#define USER_PAGES 8u /* from W_BUFFER_UADDR on, all of them the frame of the IPC buffers */
#define PAGE_BYTES BIT(FRAME_BITS)

/* --- memory for windows --- */

static struct host_page *user_page(unsigned i)
{
    return (struct host_page *)object(W_SPACE) + 1 + i;
}

void extended_map(void)
{
    for (unsigned i = 0; i < USER_PAGES; i++)
        *user_page(i) = (struct host_page){ .va = W_BUFFER_UADDR + i * PAGE_BYTES,
                                            .paddr = W_FRAME_PADDR,
                                            .is_there = i != 5,
                                            .is_writable = i != 3 };
}

/* Mostly near the memory that there is. */
static uaddr_t user_address(struct source *from)
{
    return chance(from, 95) ? W_BUFFER_UADDR + draw(from, USER_PAGES * PAGE_BYTES) : any_word(from);
}

static word_t bytes(struct source *from)
{
    return chance(from, 95) ? draw(from, 2 * PAGE_BYTES) : any_word(from);
}

/* The current thread's next call has windows, if it has opted in. */
static void add_windows(struct source *from)
{
    struct arch_context *c = &current()->ctx;
    unsigned count = 1 + (unsigned)draw(from, 2);

    c->tag = msg_make(msg_label(c->tag), count, 0, 4);
    for (unsigned i = MSG_REGS - 2 * count; i < MSG_REGS; i += 2) {
        c->msg[i] = user_address(from);
        c->msg[i + 1] = bytes(from) | draw(from, 4) << 62;
    }
}

/* --- system calls --- */

static ticks_t deadline(struct source *from)
{
    switch (draw(from, 6)) {
    case 0: return any_word(from);
    case 1: return host.now - draw(from, 2);
    case 2:
    case 3: return host.now + draw(from, 8000);
    case 4: return TIMER_OFF - draw(from, 3);
    default: return TIMER_OFF;
    }
}

static void enter_until(struct source *from, sword_t number, cptr_t cap, cptr_t reply)
{
    struct tcb *t = current();

    t->ctx.cap = cap;
    t->ctx.reply = reply;
    t->ctx.other[0] = MYELIN_NATIVE;
    t->ctx.other[1] = deadline(from);
    enter(from, number);
}

static void copy(struct source *from, cptr_t reply)
{
    struct tcb *t = current();
    unsigned pieces = chance(from, 80) ? 1 : (unsigned)draw(from, 4);

    if (chance(from, 10)) { /* somebody maps or unmaps a page */
        struct host_page *p = user_page((unsigned)draw(from, USER_PAGES));

        p->is_there = draw(from, 2) != 0;
        p->is_writable = draw(from, 4) != 0;
    }
    t->ctx.tag = msg_make(0, 0, 0, chance(from, 95) ? 4 * pieces : draw(from, 64));
    for (unsigned i = 0; i < 4 * pieces; i += 4) {
        word_t piece[] = { user_address(from), chance(from, 60) ? draw(from, 64) : bytes(from),
                           bytes(from), draw(from, 4) };

        for (unsigned w = 0; w < 4; w++)
            if (i + w < MSG_REGS)
                t->ctx.msg[i + w] = piece[w];
            else if (t->ipc_buffer != NULL)
                t->ipc_buffer[i + w - MSG_REGS] = piece[w];
    }
    enter_until(from, (sword_t)MYELIN_SYS_COPY, reply, 0);
}

static cptr_t pick_place_to_wait(struct source *from, unsigned percent_endpoints)
{
    return pick(from, chance(from, percent_endpoints) ? CAP_ENDPOINT : CAP_NOTIFICATION);
}

void do_extended(struct source *from)
{
    fill_message(from);
    switch (draw(from, 6)) {
    case 0:
    case 1:
        if (chance(from, 40))
            add_windows(from);
        enter_until(from, (sword_t)MYELIN_SYS_CALL, pick(from, CAP_ENDPOINT), 0);
        break;
    case 2:
        enter_until(from, (sword_t)MYELIN_SYS_RECV, pick_place_to_wait(from, 75),
                    pick(from, CAP_REPLY));
        break;
    case 3: enter_until(from, (sword_t)MYELIN_SYS_WAIT, pick_place_to_wait(from, 40), 0); break;
    case 4: enter_until(from, (sword_t)MYELIN_SYS_REPLY, pick(from, CAP_REPLY), 0); break;
    default: copy(from, pick(from, CAP_REPLY)); break;
    }
}

/* A client's call, or a server's to another one. */
static void call_somebody(struct source *from)
{
    fill_message(from);
    if (chance(from, 80))
        current()->ctx.tag = msg_make(0, 0, 0, draw(from, 8));
    if (chance(from, 30))
        add_windows(from);
    enter_until(from, chance(from, 65) ? (sword_t)MYELIN_SYS_CALL : SYS_CALL,
                chance(from, 40) ? pick_first(from, CAP_ENDPOINT) : pick(from, CAP_ENDPOINT), 0);
}

/* The address of the portal that t serves, or of any endpoint. */
static cptr_t pick_own(struct source *from)
{
    const struct tcb *t = current();
    word_t count;
    struct slot *slots = visible(&count);

    for (word_t i = 0; i < count && t->portal != NULL; i++)
        if (cap_is(slots[i].cap, CAP_ENDPOINT) && cap_ptr(slots[i].cap) == t->portal)
            return i;
    return chance(from, 60) ? pick_first(from, CAP_ENDPOINT) : pick(from, CAP_ENDPOINT);
}

/* What a server does with the request that it has, or without one. */
static void serve(struct source *from)
{
    fill_message(from);
    if (chance(from, 80))
        current()->ctx.tag = msg_make(0, 0, 0, draw(from, 8));
    switch (draw(from, 8)) {
    case 0:
    case 1:
    case 2: enter_until(from, SYS_REPLY_RECV, pick_own(from), pick_reply(from, true)); break;
    case 3:
    case 4: /* it owes the answer */
        enter_until(from, (sword_t)MYELIN_SYS_RECV, pick_own(from), pick_reply(from, false));
        break;
    case 5: enter_until(from, (sword_t)MYELIN_SYS_REPLY, pick_reply(from, true), 0); break;
    case 6: copy(from, pick_reply(from, true)); break;
    default:
        enter_until(from, (sword_t)MYELIN_SYS_WAIT, pick_first(from, CAP_NOTIFICATION), 0);
        break;
    }
}

void do_extended_service(struct source *from)
{
    const struct tcb *t = current();
    bool serves = t->portal != NULL || (t->sc != NULL && t->sc->reply != NULL);

    if (chance(from, serves ? 35 : 70))
        call_somebody(from);
    else
        serve(from);
}

/* --- requests --- */

void do_extended_request(struct source *from)
{
    cptr_t t = pick(from, CAP_TCB);

    switch (draw(from, 8)) {
    case 0:
        REQUEST(from, t, MYELIN_INV_TCB_SET_EXTENSIONS, .length = 1, .arg = { draw(from, 5) });
        break;
    case 1:
    case 2:
    case 3: REQUEST(from, t, MYELIN_INV_TCB_INTERRUPT, .length = 0); break;
    case 4: REQUEST(from, t, MYELIN_INV_TCB_GET_WAIT, .length = 0); break;
    case 5:
        REQUEST(from, t, MYELIN_INV_TCB_SERVE, .extra_count = (unsigned)draw(from, 4) / 2,
                .extra = { pick(from, CAP_ENDPOINT) });
        break;
    default: /* may only call */
        REQUEST(from, pick_first(from, CAP_CNODE), INV_CNODE_MINT, .length = 6,
                .arg = { draw(from, SLOTS_USED), WORD_BITS, pick(from, CAP_ENDPOINT), WORD_BITS,
                         MYELIN_RIGHT_CALL_ONLY | draw(from, 16), draw(from, 4) },
                .extra_count = 1, .extra = { pick_first(from, CAP_CNODE) });
        break;
    }
}

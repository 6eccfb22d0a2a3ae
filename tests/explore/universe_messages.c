/* SPDX-License-Identifier: BSD-2-Clause */
/* The universe's messages, and what programs do most with them. */
#include "universe_priv.h"

static const int8_t send_calls[] = { SYS_CALL, SYS_CALL, SYS_CALL, SYS_SEND, SYS_NB_SEND };
static const int8_t recv_calls[] = { SYS_RECV, SYS_RECV, SYS_NB_RECV, SYS_WAIT, SYS_NB_WAIT };
static const int8_t both_calls[] = { SYS_REPLY_RECV, SYS_REPLY_RECV, SYS_NB_SEND_RECV,
                                     SYS_NB_SEND_WAIT };

static unsigned message_type(struct source *from)
{
    static const uint8_t types[] = { CAP_ENDPOINT, CAP_ENDPOINT, CAP_ENDPOINT, CAP_NOTIFICATION,
                                     CAP_REPLY };

    return types[draw(from, sizeof(types))];
}

void fill_message(struct source *from)
{
    struct tcb *t = current();
    word_t length = chance(from, 80) ? draw(from, 5) : draw(from, 128);

    t->ctx.tag =
        msg_make(draw(from, 3), draw(from, 8), chance(from, 70) ? 0 : draw(from, 4), length);
    for (unsigned i = 0; i < MSG_REGS; i++)
        t->ctx.msg[i] = draw(from, 256);
    if (t->ipc_buffer == NULL)
        return;
    for (unsigned i = 0; i < MSG_MAX_CAPS; i++)
        t->ipc_buffer[BUF_CAPS + i] = pick(from, CAP_NULL);
    t->ipc_buffer[BUF_RECV_CNODE] = pick(from, CAP_CNODE);
    t->ipc_buffer[BUF_RECV_INDEX] = draw(from, SLOTS_USED);
    t->ipc_buffer[BUF_RECV_DEPTH] = chance(from, 90) ? WORD_BITS : draw(from, 70);
}

void do_send(struct source *from)
{
    fill_message(from);
    current()->ctx.cap = pick(from, message_type(from));
    enter(from, send_calls[draw(from, sizeof(send_calls))]);
}

void do_recv(struct source *from)
{
    fill_message(from);
    current()->ctx.cap = pick(from, chance(from, 75) ? CAP_ENDPOINT : CAP_NOTIFICATION);
    current()->ctx.reply = pick(from, CAP_REPLY);
    enter(from, recv_calls[draw(from, sizeof(recv_calls))]);
}

void do_send_recv(struct source *from)
{
    sword_t number = both_calls[draw(from, sizeof(both_calls))];
    struct tcb *t = current();

    fill_message(from);
    t->ctx.cap = pick(from, chance(from, 80) ? CAP_ENDPOINT : CAP_NOTIFICATION);
    t->ctx.reply = pick(from, number == SYS_NB_SEND_WAIT ? message_type(from) : CAP_REPLY);
    t->ctx.send = pick(from, message_type(from));
    enter(from, number);
}

void do_serve(struct source *from)
{
    struct tcb *t = current();
    cptr_t endpoint = pick(from, CAP_ENDPOINT);
    word_t count;
    struct slot *slots = visible(&count);

    fill_message(from);
    if (chance(from, 70))
        t->ctx.tag = msg_make(0, 0, 0, draw(from, 8));
    t->ctx.cap = endpoint;
    t->ctx.reply = pick(from, CAP_REPLY);
    if (chance(from, 55)) {
        enter(from, SYS_CALL);
        return;
    }
    for (word_t i = 0; i < count && t->sc != NULL; i++)
        if (cap_is(slots[i].cap, CAP_REPLY) && cap_ptr(slots[i].cap) == t->sc->reply)
            t->ctx.reply = i;
    enter(from, SYS_REPLY_RECV);
}

cptr_t pick_reply(struct source *from, bool is_answer)
{
    const struct reply *mine = current()->sc != NULL ? current()->sc->reply : NULL;
    word_t count;
    struct slot *slots = visible(&count);

    for (word_t i = 0; i < count && !chance(from, 1); i++) {
        const struct reply *reply = cap_is(slots[i].cap, CAP_REPLY) ? cap_ptr(slots[i].cap) : NULL;
        const struct tcb *caller = reply != NULL ? reply->caller : NULL;

        if (reply == NULL)
            continue;
        if (is_answer ? (mine != NULL ? reply == mine : caller != NULL && tcb_is_on_reply(caller))
                      : caller == NULL)
            return i;
    }
    return pick(from, CAP_REPLY);
}

cptr_t pick_first(struct source *from, unsigned type)
{
    word_t count;
    struct slot *slots = visible(&count);

    for (word_t i = 0; i < count && !chance(from, 1); i++)
        if (cap_type(slots[i].cap) == type)
            return i;
    return pick(from, type);
}

void do_service(struct source *from)
{
    static const int8_t calls[] = { SYS_CALL,       SYS_CALL, SYS_CALL,    SYS_CALL,
                                    SYS_SEND,       SYS_SEND, SYS_NB_SEND, SYS_REPLY_RECV,
                                    SYS_REPLY_RECV, SYS_RECV, SYS_NB_RECV, SYS_WAIT,
                                    SYS_NB_WAIT };
    struct tcb *t = current();
    /* on a caller's time, or its own */
    bool serves = t->sc != NULL && chance(from, t->sc->reply != NULL ? 60 : 25);
    sword_t number = serves ? SYS_REPLY_RECV : calls[draw(from, sizeof(calls))];
    bool is_signal = chance(from, number == SYS_WAIT || number == SYS_NB_WAIT ? 80 : 30);

    fill_message(from);
    if (chance(from, 80))
        t->ctx.tag = msg_make(0, 0, 0, draw(from, 8));
    t->ctx.cap = pick_first(from, is_signal && number != SYS_CALL && number != SYS_REPLY_RECV
                                      ? CAP_NOTIFICATION
                                      : CAP_ENDPOINT);
    t->ctx.reply = pick_reply(from, number == SYS_REPLY_RECV && chance(from, 90));
    enter(from, number);
}

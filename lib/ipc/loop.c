/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a server: which reply object to receive with, on whose time, and what is no request.
 * And what calls have to know of the process that they are made in.
 */
#include <ipc/message.h>
#include <ipc/serve.h>

_Static_assert((int)IPC_AGAIN == CALL_KIND_AGAIN << 12, "the same in all protocols");
_Static_assert((int)IPC_DEAD == CALL_KIND_DEAD << 12, "the same in all protocols");

int call_server_open(struct call_server *server)
{
    const struct process_info *info = process_info();

    *server = (struct call_server){
        .endpoint = SLOT_SERVE,
        .is_passive = info->passive != 0,
    };
    call_server_replies(server, SLOT_REPLY_FIRST, info->reply_count);
    return info->reply_count > 0 ? 0 : EINVAL;
}

/*
 * Until its first call, a passive server tells init in the same system call that it waits,
 * whereupon init takes the time back that it started on. More than once, since what ends the first
 * wait may be a signal, and that is handled on the same time.
 */
void call_receive_first(struct call_server *server, const struct call *c, struct call_registers *r)
{
    struct myelin_registers k = { 0 };

    k.rdi = server->endpoint;
    k.r12 = c->reply;
    k.r13 = SLOT_READY;
    myelin_enter_seL4_NBSendRecv(&k);
    *r = (struct call_registers){
        .info = k.rsi,
        .badge = k.rdi,
        .word = { k.word[0], k.word[1], k.word[2], k.word[3] },
    };
    call_poison(r->info);
    server->was_called = (r->badge & PROCESS_BADGE_SIGNAL) == 0;
}

int call_other(struct call_server *server, struct call *c, struct call_registers *r)
{
    if ((c->badge & PROCESS_BADGE_SIGNAL) != 0) {
        if (server->signal != NULL)
            server->signal(server, c->badge & ~PROCESS_BADGE_SIGNAL);
        return CALL_LATER;
    }
    if (server->other != NULL)
        return server->other(c, r);
    return call_refuse_unknown(c, r);
}

int call_refuse_unknown(const struct call *c, struct call_registers *r)
{
    call_received_delete(c);
    return call_refuse(r, ENOSYS);
}

void call_received_delete(const struct call *c)
{
    if (c->server != NULL && c->server->receive_slot != SLOT_NULL)
        (void)seL4_CNode_Delete(SLOT_CNODE, c->server->receive_slot, seL4_WordBits);
}

int ipc_connect(const char *name, seL4_CPtr *cap)
{
    const struct process_cap *given = process_cap(PROCESS_CAP_ENDPOINT, name);

    if (given == NULL)
        return ENOENT;
    *cap = given->slot;
    return 0;
}

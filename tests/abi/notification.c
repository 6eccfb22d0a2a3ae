/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: the word, the queue, bound threads. */

#include "env.h"

static seL4_Word wait_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    seL4_Word badge;

    (void)b, (void)c;
    self->step = 1;
    seL4_Wait(source, &badge);
    self->value = badge;
    self->step = 2;
    return badge;
}

static seL4_Word recv_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    seL4_Word badge;

    (void)c;
    self->step = 1;
    seL4_Recv(source, &badge, reply);
    self->value = badge;
    self->step = 2;
    return badge;
}

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word word, seL4_Word c)
{
    (void)c;
    self->step = 1;
    seL4_SetMR(0, word);
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 0, 1));
    self->step = 2;
    return 0;
}

static seL4_Word poll(seL4_CPtr ntfn)
{
    seL4_Word badge = ~0ul;

    seL4_Poll(ntfn, &badge);
    return badge;
}

TEST(ntfn_or, "notification/badges-are-combined", "5.2")
{
    seL4_CPtr ntfn = notification_new();

    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 1));
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 4));
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 0x8000000000000000));
    CHECK_EQ(poll(ntfn), 0x8000000000000005);
    CHECK_EQ(poll(ntfn), 0);
}

TEST(ntfn_unbadged, "notification/unbadged-signal-is-remembered", "5.2")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIO_HIGH);

    seL4_Signal(ntfn);
    thread_start(t, wait_main, ntfn, 0, 0);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 0);
}

TEST(ntfn_wait, "notification/waiter-gets-the-badge", "5.2")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    CHECK_EQ(t->step, 1);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 7));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 7);
    CHECK_EQ(poll(ntfn), 0);
}

TEST(ntfn_recv, "notification/recv-works-like-wait", "2.2")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_run(PRIO_HIGH, recv_main, ntfn, reply_new(), 0);

    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 7));
    CHECK_EQ(t->value, 7);
}

TEST(ntfn_one_waiter, "notification/one-signal-wakes-one", "5.2")
{
    seL4_CPtr ntfn = notification_new(), badged = cap_mint(ntfn, seL4_AllRights, 2);
    struct thread *a = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0),
                  *b = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    seL4_Signal(badged);
    CHECK_EQ(a->step, 2);
    CHECK_EQ(b->step, 1);
    seL4_Signal(badged);
    CHECK_EQ(b->step, 2);
}

TEST(ntfn_priority, "notification/waiters-in-priority-order", "5.2")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *a = thread_run(PRIO_LOW, wait_main, ntfn, 0, 0), *b, *c;

    settle();
    b = thread_run(PRIO_LOW + 2, wait_main, ntfn, 0, 0);
    settle();
    c = thread_run(PRIO_LOW + 1, wait_main, ntfn, 0, 0);
    settle();
    seL4_Signal(ntfn);
    settle();
    CHECK_EQ(b->step, 2);
    CHECK_EQ(c->step, 1);
    seL4_Signal(ntfn);
    settle();
    CHECK_EQ(c->step, 2);
    CHECK_EQ(a->step, 1);
}

TEST(ntfn_signal_kept_by_suspended, "notification/suspended-waiter-is-skipped", "6.1.3")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *a = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0),
                  *b = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    WORKS(seL4_TCB_Suspend(a->tcb));
    seL4_Signal(ntfn);
    CHECK_EQ(b->step, 2);
    CHECK_EQ(a->step, 1);
}

TEST(ntfn_rights, "notification/rights", "3.1.4")
{
    seL4_CPtr ntfn = notification_new(), read_only = cap_mint(ntfn, seL4_CanRead, 0),
              fault_ep = endpoint_new(), write_only = cap_mint(ntfn, seL4_CanWrite, 3);
    struct thread *t = thread_new(PRIO_HIGH);

    seL4_Signal(read_only);
    CHECK_EQ(poll(ntfn), 0);
    CHECK_EQ(raw_label(read_only, 0), seL4_InvalidCapability);
    thread_set_fault_ep(t, fault_ep);
    thread_start(t, wait_main, write_only, 0, 0);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Wait(fault_ep, NULL)), seL4_Fault_CapFault);
    seL4_Signal(write_only);
    CHECK_EQ(poll(ntfn), 3);
}

TEST(ntfn_call, "notification/call-signals-and-returns", "2.2")
{
    seL4_CPtr ntfn = notification_new();

    seL4_Call(cap_mint(ntfn, seL4_AllRights, 3), seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(poll(ntfn), 3);
}

TEST(ntfn_nbsend, "notification/nbsend-signals", "2.2")
{
    seL4_CPtr ntfn = notification_new();

    seL4_NBSend(cap_mint(ntfn, seL4_AllRights, 3), seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(poll(ntfn), 3);
}

TEST(ntfn_nbsendrecv, "notification/nbsendwait-signals-and-waits", "2.2")
{
    seL4_CPtr a = notification_new(), b = notification_new();
    seL4_Word badge;

    seL4_Signal(cap_mint(b, seL4_AllRights, 9));
    seL4_NBSendWait(cap_mint(a, seL4_AllRights, 3), seL4_MessageInfo_new(0, 0, 0, 0), b, &badge);
    CHECK_EQ(badge, 9);
    CHECK_EQ(poll(a), 3);
}

/* ---- bound to a thread ---- */

TEST(bound_on_endpoint, "notification/bound-signal-reaches-endpoint-receiver", "5.3")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, recv_main, endpoint, reply_new(), 0);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 0x10));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 0x10);
    WORKS(seL4_TCB_UnbindNotification(t->tcb));
    CHECK_EQ(poll(ntfn), 0);
}

TEST(bound_pending, "notification/pending-bound-signal-comes-before-messages", "5.3")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 0x10));
    thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 5), 0, 0);
    thread_start(t, recv_main, endpoint, reply_new(), 0);
    CHECK_EQ(t->value, 0x10);
}

TEST(bound_to_self, "notification/bound-to-oneself-with-nbrecv", "5.3")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    seL4_Word badge;

    WORKS(seL4_TCB_BindNotification(SELF, ntfn));
    seL4_NBRecv(endpoint, &badge, reply_new());
    CHECK_EQ(badge, 0);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 0x20));
    seL4_NBRecv(endpoint, &badge, reply_new());
    CHECK_EQ(badge, 0x20);
}

TEST(bound_sender_unaffected, "notification/bound-signal-does-not-reach-a-sender", "5.3")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, send_main, endpoint, 0x66, 0);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 1));
    CHECK_EQ(t->step, 1);
    seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_GetMR(0), 0x66);
    WORKS(seL4_TCB_UnbindNotification(t->tcb));
    CHECK_EQ(poll(ntfn), 1);
}

TEST(bound_other_wait, "notification/only-the-bound-thread-may-wait", "5.3")
{
    seL4_CPtr ntfn = notification_new(), fault_ep = endpoint_new();
    struct thread *owner = thread_new(PRIO_HIGH), *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(owner->tcb, ntfn));
    thread_set_fault_ep(t, fault_ep);
    thread_start(t, wait_main, ntfn, 0, 0);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Wait(fault_ep, NULL)), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), ntfn);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
}

TEST(bound_own_wait, "notification/bound-thread-waits-directly", "5.3")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, wait_main, ntfn, 0, 0);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 0x11));
    CHECK_EQ(t->value, 0x11);
}

TEST(bound_unbind, "notification/unbound-signal-does-not-reach-the-thread", "5.3")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, recv_main, endpoint, reply_new(), 0);
    WORKS(seL4_TCB_UnbindNotification(t->tcb));
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 1));
    CHECK_EQ(t->step, 1);
    CHECK_EQ(poll(ntfn), 1);
}

/* ---- a signal carries no message: what its tag says of one is ignored ---- */

#define NOWHERE (1ul << 63) /* an address that no CSpace here resolves */

/* Signals dest with this tag and address as the only one in the buffer. */
static seL4_Word tagged_main(struct thread *self, seL4_Word dest, seL4_Word tag, seL4_Word address)
{
    seL4_MessageInfo_t info = { { tag } };

    seL4_SetCap(0, address);
    self->step = 1;
    seL4_Send(dest, info);
    self->step = 2;
    return 0;
}

static seL4_Word tagged_nb_main(struct thread *self, seL4_Word dest, seL4_Word tag,
                                seL4_Word address)
{
    seL4_MessageInfo_t info = { { tag } };

    seL4_SetCap(0, address);
    seL4_NBSend(dest, info);
    self->step = 2;
    return 0;
}

static seL4_Word tag_word(seL4_Word label, seL4_Word unwrapped, seL4_Word caps, seL4_Word length)
{
    return seL4_MessageInfo_new(label, unwrapped, caps, length).words[0];
}

TEST(ntfn_tag, "notification/signal-with-any-tag", "5.2")
{
    static const struct {
        uint8_t label, unwrapped, caps, length;
    } tags[] = { { 0, 0, 0, 4 }, { 9, 0, 0, 120 }, { 0, 7, 0, 0 },   { 0, 5, 0, 127 },
                 { 0, 0, 1, 0 }, { 0, 0, 3, 0 },   { 77, 7, 3, 127 } };
    seL4_CPtr ntfn = notification_new(), badged = cap_mint(ntfn, seL4_AllRights, 8);

    seL4_SetCap(0, ntfn);
    seL4_SetCap(1, 0);
    seL4_SetCap(2, slot_new());
    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        seL4_MessageInfo_t tag =
            seL4_MessageInfo_new(tags[i].label, tags[i].unwrapped, tags[i].caps, tags[i].length);
        struct thread *t;

        seL4_Send(badged, tag);
        CHECK_EQ(poll(ntfn), 8);
        seL4_NBSend(badged, tag);
        CHECK_EQ(poll(ntfn), 8);
        t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);
        seL4_Send(badged, tag);
        CHECK_EQ(t->step, 2);
        CHECK_EQ(t->value, 8);
        thread_join(t);
        t = thread_run(PRIO_LOW, wait_main, ntfn, 0, 0);
        settle();
        seL4_NBSend(badged, tag);
        thread_join(t);
        CHECK_EQ(t->value, 8);
    }
}

/* The addresses of capabilities are looked up, though nobody gets what is there. */
TEST(ntfn_tag_nowhere, "notification/signal-with-an-address-that-leads-nowhere", "5.2")
{
    seL4_CPtr ntfn = notification_new(), badged = cap_mint(ntfn, seL4_AllRights, 8),
              fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, tagged_main, badged, tag_word(0, 0, 1, 0), NOWHERE);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Wait(fault_ep, NULL)), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), NOWHERE);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
    CHECK_EQ(poll(ntfn), 0);
    t = thread_run(PRIO_HIGH, tagged_nb_main, badged, tag_word(0, 0, 1, 0), NOWHERE);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(poll(ntfn), 0);
    t = thread_run(PRIO_HIGH, tagged_main, badged, tag_word(0, 7, 0, 0), NOWHERE);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(poll(ntfn), 8);
}

TEST(ntfn_tag_no_buffer, "notification/signal-with-any-tag-and-no-buffer", "5.2")
{
    seL4_CPtr ntfn = notification_new(), badged = cap_mint(ntfn, seL4_AllRights, 8);
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_SetIPCBuffer(t->tcb, 0, 0));
    thread_start(t, tagged_main, badged, tag_word(0, 0, 3, 127), NOWHERE);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(poll(ntfn), 8);
}

/* ---- the end ---- */

TEST(ntfn_deleted, "notification/deletion-makes-waiters-fault", "3.2")
{
    seL4_CPtr ntfn = notification_new(), fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, wait_main, ntfn, 0, 0);
    cap_delete(ntfn);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Wait(fault_ep, NULL)), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), ntfn);
}

TEST(bound_ntfn_deleted, "notification/deletion-while-bound", "3.2")
{
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, recv_main, endpoint, reply_new(), 0);
    cap_delete(ntfn);
    WORKS(seL4_TCB_BindNotification(t->tcb, notification_new()));
    seL4_Send(cap_mint(endpoint, seL4_AllRights, 4), seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(t->value, 4);
}

TEST(bound_tcb_deleted, "notification/bound-thread-is-deleted", "3.2")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    thread_start(t, wait_main, ntfn, 0, 0);
    cap_delete(t->tcb);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 2));
    CHECK_EQ(poll(ntfn), 2);
    WORKS(seL4_TCB_BindNotification(object_new(seL4_TCBObject, 0), ntfn));
}

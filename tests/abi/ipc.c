/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints: messages, badges, order of queues, rights, capability transfer. */

#include "env.h"

/* ---- senders and receivers in helper threads ---- */

/* Sends a message of `length` words, word i = base + i. */
static void fill_message(unsigned length, seL4_Word base)
{
    for (unsigned i = 0; i < length; i++) {
        seL4_SetMR((int)i, base + i);
    }
}

static void check_message(unsigned length, seL4_Word base)
{
    for (unsigned i = 0; i < length; i++) {
        CHECK_EQ(seL4_GetMR((int)i), base + i);
    }
}

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word length, seL4_Word base)
{
    self->step = 1;
    fill_message((unsigned)length, base);
    seL4_Send(dest, seL4_MessageInfo_new(base, 0, 0, length));
    self->step = 2;
    return 0;
}

static seL4_Word call_main(struct thread *self, seL4_Word dest, seL4_Word length, seL4_Word base)
{
    self->step = 1;
    fill_message((unsigned)length, base);
    seL4_MessageInfo_t tag = seL4_Call(dest, seL4_MessageInfo_new(base, 0, 0, length));
    self->value = seL4_GetMR(0);
    self->step = 2;
    return tag.words[0];
}

static seL4_Word recv_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    seL4_Word badge;

    (void)c;
    self->step = 1;
    seL4_MessageInfo_t tag = seL4_Recv(source, &badge, reply);
    self->value = badge;
    self->step = 2;
    return tag.words[0];
}

static seL4_Word wait_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    seL4_Word badge;

    (void)b, (void)c;
    self->step = 1;
    seL4_MessageInfo_t tag = seL4_Wait(source, &badge);
    self->value = badge;
    self->step = 2;
    return tag.words[0];
}

/* ---- messages ---- */

static const unsigned lengths[] = { 0, 1, 2, 3, 4, 5, 8, 16, 63, 64, 65, 119, 120 };
#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static const char *length_name(unsigned variant)
{
    static char name[16];

    rt_snprintf(name, sizeof(name), "%u-words", lengths[variant]);
    return name;
}

TEST_VARIANTS(ipc_send_blocks, "endpoint/blocked-sender-delivers", "4.1", LENGTHS, length_name)
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_run(PRIO_HIGH, send_main, endpoint, lengths[variant], 0x100);
    seL4_Word badge = 9;

    CHECK_EQ(t->step, 1);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, &badge);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), lengths[variant]);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), 0x100);
    CHECK_EQ(badge, 0);
    check_message(lengths[variant], 0x100);
    CHECK_EQ(t->step, 2);
}

static seL4_Word receive_and_check_main(struct thread *self, seL4_Word source, seL4_Word length,
                                        seL4_Word base)
{
    seL4_MessageInfo_t tag = seL4_Wait(source, NULL);

    CHECK_EQ(seL4_MessageInfo_get_length(tag), length);
    check_message((unsigned)length, base);
    self->step = 2;
    return 0;
}

TEST_VARIANTS(ipc_recv_blocks, "endpoint/blocked-receiver-is-delivered-to", "4.1", LENGTHS,
              length_name)
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t =
        thread_run(PRIO_HIGH, receive_and_check_main, endpoint, lengths[variant], 0x200);

    fill_message(lengths[variant], 0x200);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, lengths[variant]));
    thread_join(t);
    CHECK_EQ(t->step, 2);
}

static seL4_Word echo_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word rounds)
{
    seL4_MessageInfo_t tag = seL4_Recv(source, NULL, reply);

    (void)self;
    for (seL4_Word i = 0; i < rounds; i++) {
        for (unsigned w = 0; w < seL4_MessageInfo_get_length(tag); w++) {
            seL4_SetMR((int)w, seL4_GetMR((int)w) + 1);
        }
        tag = seL4_ReplyRecv(
            source, seL4_MessageInfo_new(7, 0, 0, seL4_MessageInfo_get_length(tag)), NULL, reply);
    }
    return 0;
}

TEST_VARIANTS(ipc_call, "endpoint/call-and-reply", "4.2.4", LENGTHS, length_name)
{
    seL4_CPtr endpoint = endpoint_new();

    thread_run(PRIO_HIGH, echo_main, endpoint, reply_new(), 2);
    for (unsigned round = 0; round < 2; round++) {
        fill_message(lengths[variant], 0x300 + round);
        seL4_MessageInfo_t tag =
            seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, lengths[variant]));
        CHECK_EQ(seL4_MessageInfo_get_label(tag), 7);
        CHECK_EQ(seL4_MessageInfo_get_length(tag), lengths[variant]);
        check_message(lengths[variant], 0x301 + round);
    }
}

/* A length no buffer holds must not make the kernel copy beyond it. */
TEST(ipc_too_long, "endpoint/length-is-cut-at-the-maximum", "4.1")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_run(PRIO_HIGH, send_main, endpoint, 120, 0x400);

    (void)t;
    seL4_Wait(endpoint, NULL);
    struct thread *u = thread_new(PRIO_HIGH);
    /* also overwrites its own buffer's tail */
    thread_start(u, send_main, endpoint, 127, 0x500);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), seL4_MsgMaxLength);
    check_message(120, 0x500);
}

TEST(ipc_label_width, "endpoint/label-of-52-bits", "4.1")
{
    seL4_CPtr endpoint = endpoint_new();

    thread_run(PRIO_HIGH, send_main, endpoint, 0, 0xfffffffffffff);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Wait(endpoint, NULL)), 0xfffffffffffff);
}

TEST(ipc_without_buffer, "endpoint/thread-without-buffer-gets-four-words", "4.1")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_MessageInfo_t tag;

    WORKS(seL4_TCB_SetIPCBuffer(t->tcb, 0, 0));
    thread_start(t, wait_main, endpoint, 0, 0);
    fill_message(20, 1);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 20));
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), 4);
}

TEST(ipc_from_without_buffer, "endpoint/sender-without-buffer-sends-four-words", "4.1")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_SetIPCBuffer(t->tcb, 0, 0));
    thread_start(t, send_main, endpoint, 20, 1);
    CHECK_EQ(seL4_MessageInfo_get_length(seL4_Wait(endpoint, NULL)), 4);
    check_message(4, 1);
}

/* ---- badges ---- */

TEST(ipc_badge, "endpoint/badge-is-delivered", "4.2.1")
{
    seL4_CPtr endpoint = endpoint_new(),
              badged = cap_mint(endpoint, seL4_AllRights, 0xdeadbeefcafef00d);
    seL4_Word badge;

    thread_run(PRIO_HIGH, send_main, badged, 0, 0);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 0xdeadbeefcafef00d);
}

TEST(ipc_badged_receiver, "endpoint/receiver's-badge-does-not-matter", "4.2.1")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge;

    thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 3), 0, 0);
    seL4_Wait(cap_mint(endpoint, seL4_AllRights, 4), &badge);
    CHECK_EQ(badge, 3);
}

/* ---- not blocking ---- */

TEST(ipc_nbsend_nobody, "endpoint/nbsend-without-receiver-is-dropped", "2.2")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge = 1;

    seL4_NBSend(cap_mint(endpoint, seL4_AllRights, 5), seL4_MessageInfo_new(3, 0, 0, 0));
    seL4_NBWait(endpoint, &badge);
    CHECK_EQ(badge, 0);
}

TEST(ipc_nbsend_receiver, "endpoint/nbsend-to-a-receiver", "2.2")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_run(PRIO_HIGH, wait_main, endpoint, 0, 0);

    seL4_NBSend(cap_mint(endpoint, seL4_AllRights, 5), seL4_MessageInfo_new(3, 0, 0, 0));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 5);
}

TEST(ipc_nbrecv_nobody, "endpoint/nbrecv-without-sender", "2.2")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge = 1;

    seL4_NBRecv(endpoint, &badge, reply_new());
    CHECK_EQ(badge, 0);
}

TEST(ipc_nbrecv_sender, "endpoint/nbrecv-with-sender", "2.2")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge = 1;

    thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 6), 3, 0x50);
    seL4_MessageInfo_t tag = seL4_NBRecv(endpoint, &badge, reply_new());
    CHECK_EQ(badge, 6);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), 3);
    check_message(3, 0x50);
}

TEST(ipc_nbsend_recv, "endpoint/nbsendrecv", "2.2")
{
    seL4_CPtr to = endpoint_new(), from = endpoint_new();
    struct thread *receiver = thread_run(PRIO_LOW, wait_main, to, 0, 0);
    seL4_Word badge;

    settle();
    thread_run(PRIO_HIGH, send_main, cap_mint(from, seL4_AllRights, 8), 1, 0x77);
    seL4_NBSendRecv(cap_mint(to, seL4_AllRights, 4), seL4_MessageInfo_new(0, 0, 0, 0), from, &badge,
                    reply_new());
    CHECK_EQ(badge, 8);
    CHECK_EQ(seL4_GetMR(0), 0x77);
    thread_join(receiver);
    CHECK_EQ(receiver->value, 4);
}

TEST(ipc_nbsend_wait, "endpoint/nbsendwait", "2.2")
{
    seL4_CPtr to = endpoint_new(), from = endpoint_new();
    struct thread *receiver = thread_run(PRIO_LOW, wait_main, to, 0, 0);
    seL4_Word badge;

    settle();
    thread_run(PRIO_HIGH, send_main, cap_mint(from, seL4_AllRights, 8), 1, 0x78);
    seL4_NBSendWait(cap_mint(to, seL4_AllRights, 4), seL4_MessageInfo_new(0, 0, 0, 0), from,
                    &badge);
    CHECK_EQ(badge, 8);
    CHECK_EQ(seL4_GetMR(0), 0x78);
    thread_join(receiver);
    CHECK_EQ(receiver->value, 4);
}

TEST(ipc_nbsend_recv_nobody, "endpoint/nbsendrecv-without-receiver", "2.2")
{
    seL4_CPtr to = endpoint_new(), from = endpoint_new();
    seL4_Word badge;

    thread_run(PRIO_HIGH, send_main, cap_mint(from, seL4_AllRights, 8), 0, 0);
    seL4_NBSendRecv(to, seL4_MessageInfo_new(0, 0, 0, 0), from, &badge, reply_new());
    CHECK_EQ(badge, 8);
    seL4_NBWait(to, &badge);
    CHECK_EQ(badge, 0);
}

/* ---- order ---- */

TEST(ipc_send_priority, "endpoint/senders-in-priority-order", "4.2")
{
    static const unsigned priorities[] = { PRIO_LOW, PRIO_LOW + 20, PRIO_LOW + 10, PRIO_LOW + 20 };
    static const seL4_Word order[] = { 2, 4, 3, 1 };
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge;

    for (unsigned i = 0; i < 4; i++) {
        thread_run(priorities[i], send_main, cap_mint(endpoint, seL4_AllRights, i + 1), 0, 0);
        settle();
    }
    for (unsigned i = 0; i < 4; i++) {
        seL4_Wait(endpoint, &badge);
        CHECK_EQ(badge, order[i]);
    }
}

TEST(ipc_recv_priority, "endpoint/receivers-in-priority-order", "4.2")
{
    static const unsigned priorities[] = { PRIO_LOW, PRIO_LOW + 20, PRIO_LOW + 10, PRIO_LOW + 20 };
    static const unsigned order[] = { 1, 3, 2, 0 };
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t[4];

    for (unsigned i = 0; i < 4; i++) {
        t[i] = thread_run(priorities[i], wait_main, endpoint, 0, 0);
        settle();
    }
    for (unsigned i = 0; i < 4; i++) {
        seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
        settle();
        for (unsigned j = 0; j < 4; j++) {
            bool done = false;
            for (unsigned k = 0; k <= i; k++) {
                done |= order[k] == j;
            }
            CHECK_EQ(t[j]->step, done ? 2 : 1);
        }
    }
}

TEST(ipc_priority_change, "endpoint/priority-change-while-queued", "4.2")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *a = thread_run(PRIO_LOW, send_main, cap_mint(endpoint, seL4_AllRights, 1), 0, 0);
    seL4_Word badge;

    settle();
    thread_run(PRIO_LOW + 5, send_main, cap_mint(endpoint, seL4_AllRights, 2), 0, 0);
    settle();
    WORKS(seL4_TCB_SetPriority(a->tcb, SELF, PRIO_LOW + 10));
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 1);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 2);
}

TEST(ipc_suspend_queued, "endpoint/suspended-sender-leaves-the-queue", "6.1.3")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *a =
        thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 1), 0, 0);
    seL4_Word badge;

    thread_run(PRIO_HIGH, send_main, cap_mint(endpoint, seL4_AllRights, 2), 0, 0);
    WORKS(seL4_TCB_Suspend(a->tcb));
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 2);
    seL4_NBWait(endpoint, &badge);
    CHECK_EQ(badge, 0);
    WORKS(seL4_TCB_Resume(a->tcb));
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 1);
}

/* ---- rights ---- */

TEST(ipc_send_no_write, "endpoint/send-without-write-right-is-dropped", "4.2")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word badge = 1;

    seL4_Send(cap_mint(endpoint, seL4_NoWrite, 5), seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_NBWait(endpoint, &badge);
    CHECK_EQ(badge, 0);
}

TEST(ipc_call_no_write, "endpoint/call-without-write-right-is-an-error", "4.2")
{
    CHECK_EQ(raw_label(cap_mint(endpoint_new(), seL4_NoWrite, 5), 0), seL4_InvalidCapability);
    ARGUMENT_IS(0);
}

TEST(ipc_recv_no_read, "endpoint/receive-without-read-right-faults", "4.2")
{
    seL4_CPtr endpoint = endpoint_new(), fault_ep = endpoint_new(),
              blind = cap_mint(endpoint, seL4_NoRead, 0);
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, wait_main, blind, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), blind);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
}

TEST(ipc_call_no_grant, "endpoint/call-without-grant-suspends-the-caller", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t =
        thread_run(PRIO_HIGH, call_main, cap_mint(endpoint, seL4_ReadWrite, 0), 1, 0x10);

    seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(seL4_GetMR(0), 0x10);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    settle();
    CHECK_EQ(t->step, 1);
}

TEST(ipc_call_grant_reply, "endpoint/call-with-grant-reply-gets-its-reply", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_main,
                                  cap_mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 0), 1, 0x10);

    seL4_Recv(endpoint, NULL, reply);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(t->step, 2);
}

/* ---- capability transfer ---- */

/* Sends the capabilities in self->value .. with rights of dest. */
static seL4_Word transfer_main(struct thread *self, seL4_Word dest, seL4_Word first_cap,
                               seL4_Word second_cap)
{
    unsigned count = 1 + (second_cap != 0);

    seL4_SetCap(0, first_cap);
    seL4_SetCap(1, second_cap);
    seL4_SetMR(0, 0x99);
    self->step = 1;
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, count, 1));
    self->step = 2;
    return 0;
}

TEST(transfer_grant, "endpoint/capability-is-transferred", "4.2.2")
{
    seL4_CPtr endpoint = endpoint_new(), cap = notification_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, cap, 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 1);
    CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(tag), 0);
    CHECK_EQ(seL4_GetMR(0), 0x99);
    CHECK(!slot_is_empty(to));
    CHECK(!slot_is_empty(cap));
    cap_revoke(cap);
    CHECK(slot_is_empty(to)); /* it is a copy of the sent one */
}

TEST(transfer_no_grant, "endpoint/no-transfer-without-grant", "4.2.2")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, cap_mint(endpoint, seL4_CapRights_new(1, 0, 1, 1), 3),
               notification_new(), 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 0);
    CHECK_EQ(seL4_GetMR(0), 0x99);
    CHECK(slot_is_empty(to));
}

TEST(transfer_unwrap, "endpoint/capability-to-the-same-endpoint-is-unwrapped", "4.2.2")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, cap_mint(endpoint, seL4_AllRights, 0x42), 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 1);
    CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(tag), 1);
    CHECK_EQ(seL4_GetBadge(0), 0x42);
    CHECK(slot_is_empty(to));
}

TEST(transfer_and_unwrap, "endpoint/one-transferred-one-unwrapped", "4.2.2")
{
    seL4_CPtr endpoint = endpoint_new(), cap = notification_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, cap, cap_mint(endpoint, seL4_AllRights, 0x43));
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 2);
    CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(tag), 2);
    CHECK_EQ(seL4_GetBadge(1), 0x43);
    CHECK(!slot_is_empty(to));
}

TEST(transfer_two, "endpoint/only-one-capability-is-transferred", "4.2.2")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, notification_new(), notification_new());
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 1);
    CHECK(!slot_is_empty(to));
}

TEST(transfer_full_slot, "endpoint/receive-slot-is-full", "4.2.3")
{
    seL4_CPtr endpoint = endpoint_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, notification_new(), 0);
    seL4_SetCapReceivePath(CNODE, endpoint, DEPTH);
    seL4_MessageInfo_t tag = seL4_Wait(endpoint, NULL);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 0);
    CHECK_EQ(seL4_GetMR(0), 0x99);
}

TEST(transfer_bad_path, "endpoint/receive-path-is-invalid", "4.2.3")
{
    seL4_CPtr endpoint = endpoint_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, notification_new(), 0);
    seL4_SetCapReceivePath(endpoint, slot_new(), DEPTH);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), 0);
    thread_run(PRIO_HIGH, transfer_main, endpoint, notification_new(), 0);
    seL4_SetCapReceivePath(CNODE, slot_new(), 65);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), 0);
    thread_run(PRIO_HIGH, transfer_main, endpoint, notification_new(), 0);
    seL4_SetCapReceivePath(CNODE, slot_new(), 3);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), 0);
}

TEST(transfer_underivable, "endpoint/capability-that-cannot-be-derived", "4.2.3")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, seL4_CapIRQControl, 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), 0);
    CHECK(slot_is_empty(to));
}

static seL4_Word transfer_bad_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    seL4_SetCap(0, 1ul << 63);
    self->step = 1;
    seL4_Call(dest, seL4_MessageInfo_new(0, 0, 1, 0));
    self->step = 2;
    return 0;
}

/* On a message to another thread this is a fault; on an invocation it is an error. */
TEST(transfer_lookup, "endpoint/capability-to-send-cannot-be-looked-up", "4.2.3")
{
    seL4_CPtr endpoint = endpoint_new(), fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, transfer_bad_main, endpoint, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), 1ul << 63);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_GuardMismatch);
}

TEST(transfer_null, "endpoint/an-empty-slot-is-sent-as-nothing", "4.2.3")
{
    seL4_CPtr endpoint = endpoint_new(), to = slot_new();

    thread_run(PRIO_HIGH, transfer_main, endpoint, slot_new(), 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), 0);
    CHECK(slot_is_empty(to));
}

TEST(transfer_by_call, "endpoint/capability-travels-with-call-and-reply", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), to = slot_new(),
              back = notification_new();
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr t_slot = slot_new();

    t->buffer->caps_or_badges[0] = notification_new();
    t->buffer->receiveCNode = CNODE;
    t->buffer->receiveIndex = t_slot;
    t->buffer->receiveDepth = DEPTH;
    thread_start(t, call_main, endpoint, 0, 0);
    seL4_SetCapReceivePath(CNODE, to, DEPTH);
    seL4_MessageInfo_t tag = seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 0); /* call_main sends none */
    seL4_SetCap(0, back);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 1, 0));
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 1);
    CHECK(!slot_is_empty(t_slot));
}

TEST(transfer_reply_no_grant, "endpoint/reply-without-grant-carries-no-capability", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), t_slot = slot_new();
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_MessageInfo_t tag;

    t->buffer->receiveCNode = CNODE;
    t->buffer->receiveIndex = t_slot;
    t->buffer->receiveDepth = DEPTH;
    thread_start(t, call_main, endpoint, 0, 0);
    seL4_Recv(endpoint, NULL, reply);
    seL4_SetCap(0, notification_new());
    seL4_Send(cap_mint(reply, seL4_ReadWrite, 0), seL4_MessageInfo_new(0, 0, 1, 0));
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 0);
    CHECK(slot_is_empty(t_slot));
}

/* ---- cancelling badged sends, and the end of an endpoint ---- */

TEST(cancel_by_badge, "endpoint/cancel-badged-sends-wakes-only-that-badge",
     "10.3 CNode CancelBadgedSends")
{
    seL4_CPtr endpoint = endpoint_new(), badged = cap_mint(endpoint, seL4_AllRights, 5),
              copy = cap_copy(badged), other = cap_mint(endpoint, seL4_AllRights, 6);
    struct thread *a = thread_run(PRIO_LOW, send_main, copy, 0, 0),
                  *b = thread_run(PRIO_LOW, send_main, other, 0, 0),
                  *c = thread_run(PRIO_LOW, send_main, copy, 0, 0);
    seL4_Word badge;

    settle();
    WORKS(seL4_CNode_CancelBadgedSends(CNODE, badged, DEPTH));
    /* so that the restarted sends find nothing */
    cap_delete(copy);
    settle();
    CHECK_EQ(a->step, 2); /* a send to an empty slot is dropped */
    CHECK_EQ(c->step, 2);
    CHECK_EQ(b->step, 1);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 6);
    seL4_NBWait(endpoint, &badge);
    CHECK_EQ(badge, 0);
}

TEST(cancel_restarts, "endpoint/cancelled-send-is-made-again", "10.3 CNode CancelBadgedSends")
{
    seL4_CPtr endpoint = endpoint_new(), badged = cap_mint(endpoint, seL4_AllRights, 5);
    struct thread *a = thread_run(PRIO_HIGH, send_main, badged, 0, 0);
    seL4_Word badge;

    WORKS(seL4_CNode_CancelBadgedSends(CNODE, badged, DEPTH));
    CHECK_EQ(a->step, 1);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 5);
}

TEST(endpoint_deleted_senders, "endpoint/deletion-wakes-senders", "3.2")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *a = thread_run(PRIO_HIGH, send_main, endpoint, 0, 0),
                  *b = thread_run(PRIO_HIGH, call_main, endpoint, 0, 0);
    seL4_MessageInfo_t tag;

    cap_delete(endpoint);
    CHECK_EQ(a->step, 2);
    CHECK_EQ(b->step, 2);
    tag.words[0] = b->result;
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_InvalidCapability);
}

TEST(endpoint_deleted_receivers, "endpoint/deletion-makes-receivers-fault", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, recv_main, endpoint, reply_new(), 0);
    cap_delete(endpoint);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), endpoint);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_MissingCapability);
    CHECK_EQ(t->step, 1);
}

TEST(endpoint_copy_keeps, "endpoint/a-copy-keeps-it-alive", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), copy = cap_copy(endpoint);
    seL4_Word badge = 1;

    thread_run(PRIO_HIGH, send_main, copy, 1, 0x31);
    cap_delete(endpoint);
    seL4_Wait(copy, &badge);
    CHECK_EQ(seL4_GetMR(0), 0x31);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life cycles: each kind of object destroyed in each state in which something refers to it; long
 * operations interrupted. What is checked is that the kernel goes on, that nothing dead stays
 * reachable, and (by the runner) that all memory comes back.
 */

#include "env.h"
#include "life.h"

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step = 2;
    return 0;
}

static seL4_Word recv_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)c;
    self->step = 1;
    seL4_Recv(source, NULL, reply);
    self->step = 2;
    return 0;
}

static seL4_Word wait_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    seL4_Wait(source, NULL);
    self->step = 2;
    return 0;
}

static seL4_Word fault_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step = 1;
    __asm__ volatile("ud2");
    self->step = 2;
    return 0;
}

/* ---- a thread, deleted in each of its states ---- */

static const char *bound_name(unsigned variant)
{
    static char name[48];

    rt_snprintf(name, sizeof(name), "%s%s", state_names[variant % STATES],
                variant < STATES ? "" : "/signalled");
    return name;
}

struct scene {
    seL4_CPtr endpoint, fault_ep, ntfn, reply, reply2;
    struct thread *t, *other;
};

/* Bring a thread into the state. */
static struct scene in_state(unsigned state)
{
    struct scene s = {
        endpoint_new(), endpoint_new(), notification_new(), reply_new(), reply_new(), NULL, NULL
    };

    s.t = thread_new(PRIO_HIGH);
    thread_set_fault_ep(s.t, s.fault_ep);
    switch (state) {
    case INACTIVE: break;
    case READY:
        /* below settle(), so it never gets to run */
        WORKS(seL4_TCB_SetPriority(s.t->tcb, SELF, 0));
        thread_start(s.t, count_forever, 0, 0, 0);
        break;
    case SENDING: thread_start(s.t, send_main, s.endpoint, 0, 0); break;
    case CALLING: thread_start(s.t, call_once, s.endpoint, 0, 0); break;
    case RECEIVING: thread_start(s.t, recv_main, s.endpoint, s.reply, 0); break;
    case WAITING: thread_start(s.t, wait_main, s.ntfn, 0, 0); break;
    case AWAITING_REPLY:
        thread_start(s.t, call_once, s.endpoint, 0, 0);
        seL4_Recv(s.endpoint, NULL, s.reply);
        break;
    case FAULTED:
        thread_start(s.t, fault_main, 0, 0, 0);
        seL4_Recv(s.fault_ep, NULL, s.reply);
        break;
    case FAULT_QUEUED: thread_start(s.t, fault_main, 0, 0, 0); break;
    case OUT_OF_BUDGET:
        WORKS(seL4_SchedControl_Configure(schedcontrol, s.t->sc, MS, 1000 * MS, 0, 0));
        thread_start(s.t, count_forever, 0, 0, 0);
        break;
    case PASSIVE:
        thread_start(s.t, recv_main, s.endpoint, s.reply, 0);
        WORKS(seL4_SchedContext_Unbind(s.t->sc));
        break;
    case SERVING:
        thread_start(s.t, recv_main, s.endpoint, s.reply, 0);
        WORKS(seL4_SchedContext_Unbind(s.t->sc));
        WORKS(seL4_TCB_SetPriority(s.t->tcb, SELF, PRIO_LOW));
        s.other = thread_run(PRIO_HIGH, call_once, s.endpoint, 0, 0);
        break;
    }
    return s;
}

/* Everything the thread was using still works for others. */
static void check_scene_usable(const struct scene *s)
{
    struct thread *u;

    settle();
    seL4_NBSend(s->endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    u = thread_run(PRIO_HIGH, recv_main, s->endpoint, s->reply2, 0);
    CHECK_EQ(u->step, 1);
    seL4_Send(s->endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(u->step, 2);
    u = thread_run(PRIO_HIGH, wait_main, s->ntfn, 0, 0);
    seL4_Signal(s->ntfn);
    CHECK_EQ(u->step, 2);
    seL4_Send(s->reply, seL4_MessageInfo_new(0, 0, 0, 0));
    u = thread_run(PRIO_HIGH, call_once, s->endpoint, 0, 0);
    seL4_Recv(s->endpoint, NULL, s->reply);
    seL4_Send(s->reply, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(u->step, 2);
}

TEST_VARIANTS(life_tcb, "life/thread-deleted", "3.2", STATES, state_name)
{
    struct scene s = in_state(variant);

    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_tcb_suspend, "life/thread-suspended-and-deleted", "6.1.3", STATES, state_name)
{
    struct scene s = in_state(variant);

    WORKS(seL4_TCB_Suspend(s.t->tcb));
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_sc, "life/scheduling-context-deleted-under-a-thread", "3.2", STATES, state_name)
{
    struct scene s = in_state(variant);

    cap_delete(s.t->sc);
    settle();
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_sc_unbind, "life/scheduling-context-unbound-from-a-thread", "6.1.9", STATES,
              state_name)
{
    struct scene s = in_state(variant);

    WORKS(seL4_SchedContext_Unbind(s.t->sc));
    settle();
    if (variant != SERVING) {
        WORKS(seL4_SchedContext_Bind(s.t->sc, s.t->tcb));
    }
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_reply, "life/reply-object-deleted-under-a-thread", "3.2", STATES, state_name)
{
    struct scene s = in_state(variant);

    cap_delete(s.reply);
    settle();
    cap_delete(s.t->tcb);
    s.reply = reply_new();
    check_scene_usable(&s);
}

TEST_VARIANTS(life_endpoint, "life/endpoint-deleted-under-a-thread", "3.2", STATES, state_name)
{
    struct scene s = in_state(variant);

    cap_delete(s.endpoint);
    settle();
    cap_delete(s.t->tcb);
    s.endpoint = endpoint_new();
    check_scene_usable(&s);
}

TEST_VARIANTS(life_notification, "life/notification-deleted-under-a-thread", "3.2", STATES,
              state_name)
{
    struct scene s = in_state(variant);

    cap_delete(s.ntfn);
    settle();
    cap_delete(s.t->tcb);
    s.ntfn = notification_new();
    check_scene_usable(&s);
}

TEST_VARIANTS(life_fault_ep, "life/fault-endpoint-deleted-under-a-thread", "3.2", STATES,
              state_name)
{
    struct scene s = in_state(variant);

    cap_revoke(s.fault_ep);
    cap_delete(s.fault_ep);
    settle();
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_registers, "life/registers-written-and-resumed", "10.3 TCB WriteRegisters",
              STATES, state_name)
{
    struct scene s = in_state(variant);

    thread_start(s.t, wait_main, s.ntfn, 0, 0);
    settle();
    seL4_Signal(s.ntfn);
    settle();
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_priority, "life/priority-changed", "6.1.6", STATES, state_name)
{
    struct scene s = in_state(variant);

    for (unsigned priority = 10; priority < 250; priority += 17) {
        if (priority < PRIO_MAIN || variant != READY) {
            WORKS(seL4_TCB_SetPriority(s.t->tcb, SELF, priority));
        }
    }
    WORKS(seL4_TCB_SetPriority(s.t->tcb, SELF, 0));
    settle();
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

TEST_VARIANTS(life_bind, "life/notification-bound-and-signalled", "5.3", STATES, state_name)
{
    struct scene s = in_state(variant);
    seL4_CPtr ntfn = notification_new();

    WORKS(seL4_TCB_BindNotification(s.t->tcb, ntfn));
    seL4_Signal(ntfn);
    settle();
    seL4_Signal(ntfn);
    cap_delete(ntfn);
    settle();
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

/* The notification goes while it is bound, signalled or not; then the thread. */
TEST_VARIANTS(life_bound_ntfn, "life/bound-notification-deleted", "5.3", 2 * STATES, bound_name)
{
    struct scene s = in_state(variant % STATES);
    seL4_CPtr ntfn = notification_new();

    WORKS(seL4_TCB_BindNotification(s.t->tcb, ntfn));
    if (variant >= STATES) {
        seL4_Signal(ntfn);
    }
    cap_delete(ntfn);
    settle();
    WORKS(seL4_TCB_BindNotification(s.t->tcb, notification_new())); /* it has none any more */
    cap_delete(s.t->tcb);
    check_scene_usable(&s);
}

/* The thread goes while it is bound; the notification is free for another one. */
TEST_VARIANTS(life_bound_tcb, "life/thread-deleted-while-bound", "5.3", 2 * STATES, bound_name)
{
    struct scene s = in_state(variant % STATES);
    seL4_CPtr ntfn = notification_new();

    WORKS(seL4_TCB_BindNotification(s.t->tcb, ntfn));
    if (variant >= STATES) {
        seL4_Signal(ntfn);
    }
    cap_delete(s.t->tcb);
    settle();
    seL4_Signal(ntfn);
    struct thread *other = thread_new(PRIO_HIGH);
    WORKS(seL4_TCB_BindNotification(other->tcb, ntfn));
    thread_start(other, wait_main, s.endpoint, 0, 0);
    /* by the signal that was kept */
    CHECK_EQ(other->step, 2);
    check_scene_usable(&s);
}

/* ---- the order in which a whole scene goes ---- */

static const char *order_name(unsigned variant)
{
    static char name[16];

    rt_snprintf(name, sizeof(name), "order-%u", variant);
    return name;
}

/*
 * A client, a proxy, a server: three threads, two endpoints, two replies, one scheduling context in
 * the middle.
 */
static seL4_Word proxy_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    self->step++;
    seL4_Call(next, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step++;
    return 0;
}

TEST_VARIANTS(life_chain, "life/call-chain-destroyed", "6.1.11", 24, order_name)
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), reply1 = reply_new(),
              reply2 = reply_new();
    struct thread *proxy = thread_run(PRIO_HIGH, proxy_main, first, reply1, second),
                  *server = thread_run(PRIO_HIGH, recv_main, second, reply2, 0), *client;

    WORKS(seL4_SchedContext_Unbind(proxy->sc));
    WORKS(seL4_SchedContext_Unbind(server->sc));
    WORKS(seL4_TCB_SetPriority(server->tcb, SELF, PRIO_LOW));
    client = thread_run(PRIO_MID, call_once, first, 0, 0);
    seL4_CPtr victims[] = { client->tcb, proxy->tcb, server->tcb, reply1, reply2, client->sc };
    /*
     * Start anywhere, go round in steps of one or five: every object is first, and last, in some
     * order.
     */
    unsigned at = variant % 6, step = variant / 6 % 2 ? 5 : 1, settle_each = variant / 12;

    settle();
    for (unsigned i = 0; i < 6; i++) {
        cap_delete(victims[at]);
        at = (at + step) % 6;
        if (settle_each) {
            settle();
        }
    }
    settle();
}

/* ---- several threads, one revoke ---- */

TEST(life_revoke_everything, "life/revoke-of-a-region-full-of-busy-objects", "3.2")
{
    for (unsigned state = 0; state < STATES; state++) {
        (void)in_state(state);
    }
    cap_revoke(test_untyped);
    settle();
}

/* ---- capabilities held by a thread ---- */

TEST(life_tcb_cspace, "life/thread-keeps-its-cspace-alive", "3.2")
{
    seL4_CPtr cnode = cnode_new(4), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_LOW);
    seL4_Word badge;

    WORKS(seL4_CNode_Mint(cnode, 3, 4, CNODE, endpoint, DEPTH, seL4_AllRights, 5));
    WORKS(seL4_TCB_SetSpace(t->tcb, 0, cnode, seL4_CNode_CapData_new(0, 60).words[0], VSPACE, 0));
    cap_delete(cnode);
    thread_start(t, send_main, 3, 0, 0);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 5);
}

TEST(life_own_cspace, "life/thread-in-its-own-cspace", "3.2")
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 14), cnode = slot_new();
    struct thread *t = thread_new(PRIO_LOW);

    WORKS(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, CNODE, 0, 0, cnode, 1));
    WORKS(seL4_CNode_Copy(cnode, 1, 4, CNODE, t->tcb, DEPTH, seL4_AllRights));
    WORKS(seL4_CNode_Copy(cnode, 2, 4, CNODE, cnode, DEPTH, seL4_AllRights));
    WORKS(seL4_TCB_SetSpace(t->tcb, 0, cnode, seL4_CNode_CapData_new(0, 60).words[0], VSPACE, 0));
    thread_start(t, count_forever, 0, 0, 0);
    cap_delete(t->tcb); /* the last one is in the thread's own CSpace */
    cap_delete(cnode);
    cap_revoke(untyped);
    WORKS(seL4_Untyped_Retype(untyped, seL4_UntypedObject, 14, CNODE, 0, 0, slot_new(), 1));
}

TEST(life_buffer_frame, "life/ipc-buffer-frame-is-deleted", "3.2")
{
    seL4_CPtr frame = frame_new(), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_SetIPCBuffer(t->tcb, (seL4_Word)t->buffer, frame));
    thread_start(t, wait_main, endpoint, 0, 0);
    cap_revoke(frame);
    cap_delete(frame);
    for (unsigned i = 0; i < 20; i++) {
        seL4_SetMR((int)i, i);
    }
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 20));
    CHECK_EQ(t->step, 2);
}

static seL4_Word delete_main(struct thread *self, seL4_Word slot, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    (void)seL4_CNode_Delete(CNODE, slot, DEPTH);
    self->step = 2;
    return 0;
}

TEST(life_delete_self, "life/thread-deletes-itself", "3.2")
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_start(t, delete_main, t->tcb, 0, 0);
    settle();
    CHECK_EQ(t->step, 1);
}

static seL4_Word revoke_main(struct thread *self, seL4_Word slot, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    self->value = seL4_CNode_Revoke(CNODE, slot, DEPTH);
    self->step = 2;
    return 0;
}

TEST(life_revoke_self, "life/thread-revokes-the-region-it-is-made-of", "3.2")
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_start(t, revoke_main, test_untyped, 0, 0);
    CHECK_EQ(t->step, 1);
    cap_revoke(test_untyped);
}

TEST(life_delete_own_sc, "life/thread-deletes-its-scheduling-context", "3.2")
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_start(t, delete_main, t->sc, 0, 0);
    settle();
    CHECK_EQ(t->step, 1);
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), t->tcb));
    CHECK_EQ(t->step, 2);
}

static seL4_Word delete_cspace_main(struct thread *self, seL4_Word slot, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    /* The CSpace root is at slot 2 of itself; its TCB at slot 1. */
    seL4_Word mr0 = slot, mr1 = 4, mr2 = 0, mr3 = 0;
    seL4_CallWithMRs(2, seL4_MessageInfo_new(CNodeRevoke, 0, 0, 2), &mr0, &mr1, &mr2, &mr3);
    self->step = 2;
    return 0;
}

TEST(life_revoke_in_own_cspace, "life/thread-revokes-inside-its-own-cspace", "3.2")
{
    seL4_CPtr cnode = cnode_new(4);
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_CNode_Copy(cnode, 1, 4, CNODE, t->tcb, DEPTH, seL4_AllRights));
    WORKS(seL4_CNode_Mint(cnode, 2, 4, CNODE, cnode, DEPTH, seL4_AllRights, 0));
    WORKS(seL4_TCB_SetSpace(t->tcb, 0, cnode, seL4_CNode_CapData_new(0, 60).words[0], VSPACE, 0));
    thread_start(t, delete_cspace_main, 2, 0, 0);
    settle();
    CHECK(t->step >= 1);
}

/* ---- long operations and interruptions ---- */

/* Runs for an instant in every period, above everybody. */
static seL4_Word ticker_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    for (;;) {
        self->value++;
        seL4_Yield();
    }
    return 0;
}

static struct thread *ticker(seL4_Time period)
{
    struct thread *t = thread_new_passive(PRIO_HIGH);

    WORKS(seL4_SchedContext_Bind(sc_new(period / 2, period), t->tcb));
    thread_start(t, ticker_main, 0, 0, 0);
    return t;
}

/* The ticker ran in the middle of what has lasted since start, unless that was too short for it. */
static void check_interrupted(const struct thread *t, seL4_Word before, seL4_Word start,
                              seL4_Word period)
{
    seL4_Word lasted_us = (now() - start) / tsc_mhz();

    CHECK(t->value > before || lasted_us < 2 * period);
}

#define PERIOD(variant) (400 + (variant)*53)

static const char *period_name(unsigned variant)
{
    static char name[24];

    rt_snprintf(name, sizeof(name), "every-%u-us", PERIOD(variant));
    return name;
}
#define PERIODS 5

TEST_VARIANTS(preempt_revoke, "preempt/revoke-of-many", "3.2", PERIODS, period_name)
{
    enum { MANY = 6000 };
    seL4_CPtr endpoint = endpoint_new(), first = slots_new(MANY);

    for (unsigned i = 0; i < MANY; i++) {
        WORKS(seL4_CNode_Mint(CNODE, first + i, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights,
                              i / 4 + 1));
    }
    struct thread *t = ticker(PERIOD(variant));
    seL4_Word before = t->value, start = now();
    cap_revoke(endpoint);
    check_interrupted(t, before, start, PERIOD(variant));
    for (unsigned i = 0; i < MANY; i += 7) {
        CHECK(slot_is_empty(first + i));
    }
    CHECK(slot_is_empty(first + MANY - 1));
}

TEST_VARIANTS(preempt_cnode, "preempt/deletion-of-a-large-cnode", "3.2", PERIODS, period_name)
{
    seL4_CPtr cnode = cnode_new(13), endpoint = endpoint_new();

    for (unsigned i = 0; i < 8192; i++) {
        WORKS(seL4_CNode_Copy(cnode, i, 13, CNODE, endpoint, DEPTH, seL4_AllRights));
    }
    struct thread *t = ticker(PERIOD(variant));
    seL4_Word before = t->value, start = now();
    cap_delete(cnode);
    check_interrupted(t, before, start, PERIOD(variant));
    CHECK(slot_is_empty(cnode));
    WORKS(seL4_CNode_Copy(CNODE, cnode, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights));
}

/* Sixteen CNodes in a CNode, in a CNode, sixteen deep, each with something in all other slots. */
TEST_VARIANTS(preempt_nested, "preempt/deletion-of-nested-cnodes", "3.2", PERIODS, period_name)
{
    enum { DEEP = 16, WIDE = 16, BITS = 6 };
    seL4_CPtr outer = cnode_new(5), endpoint = endpoint_new();

    for (unsigned w = 0; w < WIDE; w++) {
        seL4_CPtr inner = 0;
        for (unsigned d = 0; d < DEEP; d++) {
            seL4_CPtr cnode = cnode_new(BITS);
            for (unsigned i = 1; i < 1u << BITS; i++) {
                WORKS(
                    seL4_CNode_Mint(cnode, i, BITS, CNODE, endpoint, DEPTH, seL4_AllRights, w + 1));
            }
            if (inner) {
                WORKS(seL4_CNode_Move(cnode, 0, BITS, CNODE, inner, DEPTH));
            }
            inner = cnode;
        }
        WORKS(seL4_CNode_Move(outer, w, 5, CNODE, inner, DEPTH));
    }
    struct thread *t = ticker(PERIOD(variant));
    seL4_Word before = t->value, start = now();
    cap_delete(outer);
    check_interrupted(t, before, start, PERIOD(variant));
    /* nothing that is left is derived from it, or the region could not be used up */
    cap_delete(endpoint);
    cap_revoke(test_untyped);
}

/* A pool of identifiers goes, or not, before the address spaces with tables that it was for. */
TEST_VARIANTS(preempt_pool, "preempt/deletion-of-a-pool-and-its-spaces", "7.1.4", PERIODS,
              period_name)
{
    enum { SPACES = 300 };
    seL4_CPtr region = object_new(seL4_UntypedObject, 23), pool = slot_new(),
              spaces = slots_new(SPACES);
    seL4_CPtr memory = object_new(seL4_UntypedObject, seL4_ASIDPoolBits);

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, memory, CNODE, pool, DEPTH));
    for (unsigned i = 0; i < SPACES; i++) {
        seL4_CPtr parts = slots_new(2);
        WORKS(seL4_Untyped_Retype(region, seL4_X64_PML4Object, 0, CNODE, 0, 0, spaces + i, 1));
        WORKS(seL4_Untyped_Retype(region, seL4_X86_PDPTObject, 0, CNODE, 0, 0, parts, 1));
        WORKS(seL4_Untyped_Retype(region, seL4_X86_PageDirectoryObject, 0, CNODE, 0, 0, parts + 1,
                                  1));
        WORKS(seL4_X86_ASIDPool_Assign(pool, spaces + i));
        WORKS(seL4_X86_PDPT_Map(parts, spaces + i, FREE_VADDR, seL4_X86_Default_VMAttributes));
        WORKS(seL4_X86_PageDirectory_Map(parts + 1, spaces + i, FREE_VADDR,
                                         seL4_X86_Default_VMAttributes));
    }
    struct thread *t = ticker(PERIOD(variant));
    seL4_Word before = t->value, start = now();
    if (variant % 2) {
        cap_delete(pool);
    }
    cap_revoke(region);
    check_interrupted(t, before, start, PERIOD(variant));
    CHECK(slot_is_empty(spaces) && slot_is_empty(spaces + SPACES - 1));
    WORKS(seL4_Untyped_Retype(region, seL4_UntypedObject, 23, CNODE, 0, 0, slot_new(), 1));
}

TEST_VARIANTS(preempt_reset, "preempt/clearing-of-a-large-region", "2.4.1", PERIODS, period_name)
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, 22), slot = slot_new();

    WORKS(seL4_Untyped_Retype(untyped, seL4_UntypedObject, 22, CNODE, 0, 0, slot, 1));
    cap_delete(slot);
    struct thread *t = ticker(PERIOD(variant));
    seL4_Word before = t->value, start = now();
    WORKS(seL4_Untyped_Retype(untyped, seL4_UntypedObject, 21, CNODE, 0, 0, slot, 1));
    check_interrupted(t, before, start, PERIOD(variant));
}

TEST_VARIANTS(preempt_cancel, "preempt/cancelling-many-badged-sends",
              "10.3 CNode CancelBadgedSends", 4, period_name)
{
    enum { MANY = 20 };
    seL4_CPtr endpoint = endpoint_new(), badged = cap_mint(endpoint, seL4_AllRights, 5);

    for (unsigned i = 0; i < MANY; i++) {
        thread_run(PRIO_LOW, send_main, badged, 0, 0);
    }
    settle();
    struct thread *t = ticker(PERIOD(variant));
    (void)t;
    WORKS(seL4_CNode_CancelBadgedSends(CNODE, badged, DEPTH));
    settle();
    for (unsigned i = 0; i < MANY; i++) {
        seL4_Word badge;
        seL4_Wait(endpoint, &badge);
        CHECK_EQ(badge, 5);
    }
}

TEST_VARIANTS(preempt_endpoint, "preempt/deletion-of-an-endpoint-with-many-senders", "3.2", 4,
              period_name)
{
    enum { MANY = 20 };
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t[MANY];

    for (unsigned i = 0; i < MANY; i++) {
        t[i] = thread_run(PRIO_LOW, send_main, endpoint, 0, 0);
    }
    settle();
    ticker(PERIOD(variant));
    cap_delete(endpoint);
    settle();
    for (unsigned i = 0; i < MANY; i++) {
        CHECK_EQ(t[i]->step, 2);
    }
}

/* What is being revoked disappears under the revoking thread's feet while it is interrupted. */
struct race {
    seL4_CPtr endpoint, first;
    unsigned count;
};

TEST_VARIANTS(preempt_race, "preempt/two-threads-revoke-the-same", "3.2", PERIODS, period_name)
{
    enum { MANY = 1000 };
    seL4_CPtr endpoint = endpoint_new(), first = slots_new(MANY), copy = cap_copy(endpoint);

    for (unsigned i = 0; i < MANY; i++) {
        WORKS(seL4_CNode_Mint(CNODE, first + i, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights,
                              i + 1));
    }
    struct thread *a = thread_new(PRIO_MAIN), *b = thread_new(PRIO_MAIN);
    WORKS(seL4_SchedControl_Configure(schedcontrol, a->sc, 150 + variant * 37, 150 + variant * 37,
                                      0, 0));
    WORKS(seL4_SchedControl_Configure(schedcontrol, b->sc, 170, 170, 0, 0));
    thread_start(a, revoke_main, endpoint, 0, 0);
    thread_start(b, revoke_main, endpoint, 0, 0);
    thread_join(a);
    thread_join(b);
    CHECK_EQ(a->value, seL4_NoError);
    CHECK_EQ(b->value, seL4_NoError);
    CHECK(slot_is_empty(copy));
    for (unsigned i = 0; i < MANY; i += 3) {
        CHECK(slot_is_empty(first + i));
    }
}

TEST_VARIANTS(preempt_delete_under, "preempt/capability-deleted-while-being-revoked", "3.2",
              PERIODS, period_name)
{
    enum { MANY = 1000 };
    seL4_CPtr endpoint = endpoint_new(), first = slots_new(MANY);

    for (unsigned i = 0; i < MANY; i++) {
        WORKS(seL4_CNode_Mint(CNODE, first + i, DEPTH, CNODE, endpoint, DEPTH, seL4_AllRights,
                              i + 1));
    }
    struct thread *a = thread_new(PRIO_MAIN), *b = thread_new(PRIO_MAIN);
    WORKS(seL4_SchedControl_Configure(schedcontrol, a->sc, 150 + variant * 37, 150 + variant * 37,
                                      0, 0));
    thread_start(a, revoke_main, endpoint, 0, 0);
    thread_start(b, delete_main, endpoint, 0, 0);
    thread_join(a);
    thread_join(b);
    CHECK(slot_is_empty(endpoint));
}

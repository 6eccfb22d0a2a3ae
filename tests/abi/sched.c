/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling contexts: parameters, binding, budgets, replenishment, yield, timeouts. Orders are
 * checked, never times.
 */

#include "env.h"

static seL4_CPtr raw_sc(unsigned bits)
{
    return object_new(seL4_SchedContextObject, bits);
}

static seL4_Word mark_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step++;
    return 0;
}

static seL4_Word wait_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    seL4_Word badge;

    (void)b, (void)c;
    for (;;) {
        seL4_Wait(source, &badge);
        self->value = badge;
        self->step++;
    }
    return 0;
}

/* ---- configuring ---- */

TEST(sc_configure, "schedcontext/configure-accepts", "6.1.10")
{
    seL4_CPtr sc = raw_sc(8);

    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, sc, SLICE, SLICE, 0, 0,
                                           seL4_SchedContext_NoFlag));
    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, sc, MS, 10 * MS, 2, 7,
                                           seL4_SchedContext_Sporadic));
    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, sc, 2 * MS, 10 * MS, 0, 7,
                                           seL4_SchedContext_NoFlag));
}

TEST(sc_budget_too_small, "schedcontext/budget-range", "10.3 SchedControl ConfigureFlags")
{
    seL4_CPtr sc = raw_sc(8);

    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, sc, 0, SLICE, 0, 0));
    CHECK(seL4_GetMR(0) > 0);
    CHECK(seL4_GetMR(1) > seL4_GetMR(0));
    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, sc, ~0ul, ~0ul, 0, 0));
    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, sc, SLICE, ~0ul, 0, 0));
}

/*
 * As many microseconds as 2^61 ticks of the clock are. A kernel may have measured the clock twice,
 * for itself and for the boot information: a part in 32 is allowed for that.
 */
TEST(sc_longest_period, "schedcontext/longest-period", "10.3 SchedControl ConfigureFlags")
{
    seL4_CPtr sc = raw_sc(8);
    seL4_Word about = (1ul << 61) / tsc_mhz();

    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, sc, MS, ~0ul, 0, 0));
    seL4_Word most = seL4_GetMR(1);
    CHECK(most > about - about / 32 && most < about + about / 32);
    for (unsigned budget_too = 0; budget_too < 2; budget_too++) {
        WORKS(seL4_SchedControl_Configure(schedcontrol, sc, budget_too ? most - 1 : MS, most - 1, 0,
                                          0));
        WORKS(seL4_SchedControl_Configure(schedcontrol, sc, budget_too ? most : MS, most, 0, 0));
        FAILS(seL4_RangeError, SchedControlConfigureFlags,
              seL4_SchedControl_Configure(schedcontrol, sc, budget_too ? most + 1 : MS, most + 1, 0,
                                          0));
        CHECK_EQ(seL4_GetMR(1), most);
    }
}

TEST(sc_budget_above_period, "schedcontext/budget-above-period", "10.3 SchedControl ConfigureFlags")
{
    seL4_CPtr sc = raw_sc(8);

    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, sc, SLICE + 1, SLICE, 0, 0));
    CHECK_EQ(seL4_GetMR(1), SLICE);
}

TEST(sc_refills_range, "schedcontext/extra-refills-range", "10.3 SchedControl ConfigureFlags")
{
    for (unsigned bits = seL4_MinSchedContextBits; bits < 11; bits++) {
        seL4_CPtr sc = raw_sc(bits);
        seL4_Word most = seL4_MaxExtraRefills(bits);
        WORKS(seL4_SchedControl_Configure(schedcontrol, sc, MS, 10 * MS, most, 0));
        FAILS(seL4_RangeError, SchedControlConfigureFlags,
              seL4_SchedControl_Configure(schedcontrol, sc, MS, 10 * MS, most + 1, 0));
        CHECK_EQ(seL4_GetMR(0), 0);
        CHECK_EQ(seL4_GetMR(1), most);
    }
}

TEST(sc_configure_wrong, "schedcontext/configure-no-scheduling-context",
     "10.3 SchedControl ConfigureFlags")
{
    FAILS(seL4_InvalidCapability, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, endpoint_new(), MS, 10 * MS, 0, 0));
    ARGUMENT_IS(1);
}

/* The numbers that need no capability are looked at first. */
TEST(sc_configure_order, "schedcontext/configure-order-of-errors",
     "10.3 SchedControl ConfigureFlags")
{
    seL4_CPtr wrong = endpoint_new();

    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, wrong, 1, 10 * MS, 0, 0));
    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, wrong, MS, ~0ul, 0, 0));
    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, wrong, 11 * MS, 10 * MS, 0, 0));
    CHECK_EQ(seL4_GetMR(1), 10 * MS);
    FAILS(seL4_InvalidCapability, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, wrong, MS, 10 * MS, 1000, 0));
    ARGUMENT_IS(1);
}

TEST(sc_configure_truncated, "schedcontext/configure-message-too-short", "10.1.7")
{
    struct raw m = { .label = SchedControlConfigureFlags,
                     .length = 4,
                     .cap_count = 1,
                     .caps = { raw_sc(8) },
                     .words = { MS, 10 * MS, 0, 0, 0 } };

    FAILS(seL4_TruncatedMessage, SchedControlConfigureFlags, raw_call(schedcontrol, &m));
    m.length = 5;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, SchedControlConfigureFlags, raw_call(schedcontrol, &m));
    m.cap_count = 1;
    WORKS(raw_call(schedcontrol, &m));
}

/* ---- binding ---- */

TEST(sc_bind_errors, "schedcontext/bind-errors", "10.3 SchedContext Bind")
{
    seL4_CPtr sc = sc_new(SLICE, SLICE), sc2 = sc_new(SLICE, SLICE),
              tcb = object_new(seL4_TCBObject, 0), tcb2 = object_new(seL4_TCBObject, 0),
              ntfn = notification_new(), ntfn2 = notification_new();

    FAILS(seL4_InvalidCapability, SchedContextBind, seL4_SchedContext_Bind(sc, endpoint_new()));
    ARGUMENT_IS(1);
    FAILS(seL4_InvalidCapability, SchedContextBind, seL4_SchedContext_Bind(sc, slot_new()));
    FAILS(seL4_TruncatedMessage, SchedContextBind, raw_label(sc, SchedContextBind));
    WORKS(seL4_SchedContext_Bind(sc, tcb));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(sc, tcb));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(sc, tcb2));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(sc2, tcb));
    /* One thread and one notification at a time. */
    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(sc, ntfn2));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(sc2, ntfn));
    WORKS(seL4_SchedContext_Bind(sc2, ntfn2));
    WORKS(seL4_SchedContext_Bind(sc2, tcb2));
}

TEST(sc_unbind_errors, "schedcontext/unbind-errors", "10.3 SchedContext UnbindObject")
{
    seL4_CPtr sc = sc_new(SLICE, SLICE), tcb = object_new(seL4_TCBObject, 0),
              ntfn = notification_new();

    WORKS(seL4_SchedContext_Unbind(sc)); /* nothing to unbind */
    FAILS(seL4_InvalidCapability, SchedContextUnbindObject,
          seL4_SchedContext_UnbindObject(sc, endpoint_new()));
    ARGUMENT_IS(1);
    FAILS(seL4_IllegalOperation, SchedContextUnbindObject, seL4_SchedContext_UnbindObject(sc, tcb));
    FAILS(seL4_IllegalOperation, SchedContextUnbindObject,
          seL4_SchedContext_UnbindObject(sc, ntfn));
    FAILS(seL4_TruncatedMessage, SchedContextUnbindObject, raw_label(sc, SchedContextUnbindObject));
    WORKS(seL4_SchedContext_Bind(sc, tcb));
    WORKS(seL4_SchedContext_UnbindObject(sc, tcb));
    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    WORKS(seL4_SchedContext_UnbindObject(sc, ntfn));
    WORKS(seL4_SchedContext_Bind(sc, tcb));
    WORKS(seL4_SchedContext_Unbind(sc));
    WORKS(seL4_SchedContext_Bind(sc, tcb));
}

TEST(sc_unbind_self, "schedcontext/cannot-unbind-the-caller", "10.3 SchedContext Unbind")
{
    FAILS(seL4_IllegalOperation, SchedContextUnbind,
          seL4_SchedContext_Unbind(seL4_CapInitThreadSC));
    FAILS(seL4_IllegalOperation, SchedContextUnbindObject,
          seL4_SchedContext_UnbindObject(seL4_CapInitThreadSC, SELF));
}

TEST(sc_unbind_stops, "schedcontext/unbound-thread-stops", "6.1.9")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    WORKS(seL4_SchedContext_Unbind(t->sc));
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_SchedContext_Bind(t->sc, t->tcb));
    settle();
    CHECK_EQ(t->step, 1);
}

TEST(sc_deleted_stops, "schedcontext/deletion-stops-its-thread", "3.2")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    cap_delete(t->sc);
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), t->tcb));
    settle();
    CHECK_EQ(t->step, 1);
}

TEST(sc_unconfigured, "schedcontext/unconfigured-gives-no-time", "6.1.10")
{
    struct thread *t = thread_new_passive(PRIO_HIGH);
    seL4_CPtr sc = raw_sc(8);

    WORKS(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, mark_main, 0, 0, 0);
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, SLICE, SLICE, 0, 0));
    settle();
    CHECK_EQ(t->step, 1);
}

TEST(sc_bind_blocked_unconfigured, "schedcontext/bind-unconfigured-to-a-blocked-thread",
     "10.3 SchedContext Bind")
{
    struct thread *t = thread_run(PRIO_HIGH, wait_main, notification_new(), 0, 0);

    WORKS(seL4_SchedContext_Unbind(t->sc));
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(raw_sc(8), t->tcb));
}

TEST(sc_tcb_deleted, "schedcontext/its-thread-is-deleted", "3.2")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0), *u = thread_new_passive(PRIO_LOW);

    cap_delete(t->tcb);
    WORKS(seL4_SchedContext_Bind(t->sc, u->tcb));
    thread_start(u, mark_main, 0, 0, 0);
    settle();
    CHECK_EQ(u->step, 1);
}

/* ---- donation by notification ---- */

TEST(sc_ntfn_donates, "schedcontext/notification-lends-its-time", "10.3 SchedContext Bind")
{
    seL4_CPtr ntfn = notification_new(), badged = cap_mint(ntfn, seL4_AllRights, 5),
              sc = sc_new(SLICE, SLICE);
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    WORKS(seL4_SchedContext_Unbind(t->sc));
    seL4_Signal(badged);
    settle();
    CHECK_EQ(t->step, 0); /* delivered, no time */
    WORKS(seL4_SchedContext_Bind(t->sc, t->tcb));
    CHECK_EQ(t->step, 1);
    WORKS(seL4_SchedContext_Unbind(t->sc));
    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    for (unsigned i = 2; i < 5; i++) {
        seL4_Signal(badged);
        CHECK_EQ(t->step, i); /* each time, and given back when it waits again */
        CHECK_EQ(t->value, 5);
    }
    WORKS(seL4_SchedContext_UnbindObject(sc, ntfn));
    seL4_Signal(badged);
    settle();
    CHECK_EQ(t->step, 4);
}

TEST(sc_ntfn_sc_deleted, "schedcontext/notification's-context-is-deleted", "3.2")
{
    seL4_CPtr ntfn = notification_new(), sc = sc_new(SLICE, SLICE);
    struct thread *t = thread_run(PRIO_HIGH, wait_main, ntfn, 0, 0);

    WORKS(seL4_SchedContext_Unbind(t->sc));
    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    cap_delete(sc);
    seL4_Signal(ntfn);
    settle();
    CHECK_EQ(t->step, 0);
}

TEST(sc_ntfn_deleted, "schedcontext/its-notification-is-deleted", "3.2")
{
    seL4_CPtr ntfn = notification_new(), sc = sc_new(SLICE, SLICE);

    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    cap_delete(ntfn);
    WORKS(seL4_SchedContext_Bind(sc, notification_new()));
}

/* ---- donation by NBSendRecv ---- */

static seL4_Word donor_main(struct thread *self, seL4_Word dest, seL4_Word source, seL4_Word reply)
{
    self->step = 1;
    seL4_NBSendRecv(dest, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    self->step = 2;
    return 0;
}

static seL4_Word recv_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)c;
    seL4_Recv(source, NULL, reply);
    self->step++;
    return 0;
}

TEST(sc_nbsendrecv_donates, "schedcontext/nbsendrecv-gives-its-time-away", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new(), other = endpoint_new();
    struct thread *receiver = thread_run(PRIO_HIGH, recv_main, endpoint, reply_new(), 0), *donor;

    WORKS(seL4_SchedContext_Unbind(receiver->sc));
    donor = thread_run(PRIO_LOW, donor_main, endpoint, other, reply_new());
    settle();
    CHECK_EQ(receiver->step, 1);
    CHECK_EQ(donor->step, 1);
    seL4_Send(other, seL4_MessageInfo_new(0, 0, 0, 0));
    settle();
    CHECK_EQ(donor->step, 1); /* has a message, but its time is with the receiver */
    FAILS(seL4_IllegalOperation, SchedContextBind, seL4_SchedContext_Bind(donor->sc, donor->tcb));
}

/* ---- order, budget, yield ---- */

static unsigned order[32];
static volatile unsigned order_count;

static seL4_Word order_main(struct thread *self, seL4_Word rounds, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    for (seL4_Word i = 0; i < rounds; i++) {
        order[order_count++] = self->index;
        seL4_Yield();
    }
    return 0;
}

TEST(sched_priority, "sched/higher-priority-runs-first", "6.1.6")
{
    struct thread *a, *b, *c;

    order_count = 0;
    a = thread_run(PRIO_LOW, order_main, 1, 0, 0);
    b = thread_run(PRIO_LOW + 2, order_main, 1, 0, 0);
    c = thread_run(PRIO_LOW + 1, order_main, 1, 0, 0);
    settle();
    CHECK_EQ(order_count, 3);
    CHECK_EQ(order[0], b->index);
    CHECK_EQ(order[1], c->index);
    CHECK_EQ(order[2], a->index);
}

TEST(sched_each_once, "sched/equals-all-run-before-one-runs-again", "6.1.8")
{
    struct thread *t[4];
    unsigned runs[4] = { 0 };

    order_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        t[i] = thread_run(PRIO_LOW, order_main, 3, 0, 0);
    }
    settle();
    CHECK_EQ(order_count, 12);
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned j = 0; j < 4; j++) {
            runs[j] += order[i] == t[j]->index;
        }
        if (i % 4 == 3) {
            for (unsigned j = 0; j < 4; j++) {
                CHECK_EQ(runs[j], i / 4 + 1);
            }
        }
    }
}

TEST(sched_yield_alternates, "sched/yield-passes-to-the-next-of-equal-priority", "2.2")
{
    order_count = 0;
    thread_run(PRIO_LOW, order_main, 4, 0, 0);
    thread_run(PRIO_LOW, order_main, 4, 0, 0);
    settle();
    CHECK_EQ(order_count, 8);
    for (unsigned i = 1; i < 8; i++) {
        CHECK(order[i] != order[i - 1]);
    }
}

static seL4_Word count_main(struct thread *self, seL4_Word stop, seL4_Word b, seL4_Word c)
{
    volatile unsigned *flag = (volatile unsigned *)stop;

    (void)b, (void)c;
    while (!*flag) {
        self->value++;
    }
    return 0;
}

/* A thread that yields until both counters have moved: shows that slices end. */
TEST(sched_time_slice, "sched/equal-priority-threads-share-by-slices", "6.1.8")
{
    static volatile unsigned stop;
    struct thread *a, *b;

    stop = 0;
    a = thread_run(PRIO_MAIN, count_main, (seL4_Word)&stop, 0, 0);
    b = thread_run(PRIO_MAIN, count_main, (seL4_Word)&stop, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        seL4_Word va = a->value, vb = b->value;
        while (a->value == va || b->value == vb) {
            seL4_Yield();
        }
    }
    stop = 1;
    thread_join(a);
    thread_join(b);
}

/* A thread without budget left must let lower ones run. */
TEST(sched_budget_enforced, "sched/budget-is-enforced", "6.1.8")
{
    struct thread *hog = thread_new_passive(PRIO_HIGH), *low;

    WORKS(seL4_SchedContext_Bind(sc_new(MS, 10 * MS), hog->tcb));
    low = thread_run(PRIO_LOW, mark_main, 0, 0, 0);
    thread_start(hog, count_forever, 0, 0, 0);
    /* We run only because the hog's budget is used up; so does the lower thread. */
    thread_join(low);
    CHECK(hog->value > 0);
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

/* Keeps telling the time in value; step is set once it runs. */
static seL4_Word clock_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step = 1;
    for (;;) {
        self->value = now();
    }
    return 0;
}

static const char *budget_name(unsigned variant)
{
    static const char *const names[] = { "200-us", "1-ms", "3-ms", "7-ms" };
    return names[variant];
}

/*
 * The timer is set for whoever runs, not for whoever ran before. A factor of two leaves room for
 * slow emulation.
 */
TEST_VARIANTS(sched_budget_length, "sched/budget-ends-in-time", "6.1.8", 4, budget_name)
{
    static const seL4_Word budgets[] = { 200, MS, 3 * MS, 7 * MS };
    struct thread *hog = thread_new_passive(PRIO_HIGH);
    seL4_Word start;

    WORKS(seL4_SchedContext_Bind(sc_new(budgets[variant], 1000 * MS), hog->tcb));
    start = now();
    thread_start(hog, clock_main, 0, 0, 0);
    CHECK_EQ(hog->step, 1);
    seL4_Word ran_us = (hog->value - start) / tsc_mhz();
    CHECK(ran_us < 2 * budgets[variant] + 100);
    CHECK(ran_us > budgets[variant] / 2 || variant == 0);
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

TEST(sched_replenished, "sched/budget-comes-back", "6.1.8")
{
    struct thread *hog = thread_new_passive(PRIO_HIGH);

    WORKS(seL4_SchedContext_Bind(sc_new(MS, 5 * MS), hog->tcb));
    thread_start(hog, count_forever, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        seL4_Word before = hog->value;
        while (hog->value == before) {
        }
    }
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

static seL4_Word yield_main(struct thread *self, seL4_Word rounds, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    for (seL4_Word i = 0; i < rounds; i++) {
        self->step++;
        seL4_Yield();
    }
    return 0;
}

TEST(sched_yield_blocks, "sched/yield-waits-for-the-next-period", "6.1.8")
{
    struct thread *t = thread_new_passive(PRIO_HIGH), *low;

    WORKS(seL4_SchedContext_Bind(sc_new(MS, 20 * MS), t->tcb));
    low = thread_run(PRIO_LOW, mark_main, 0, 0, 0);
    thread_start(t, yield_main, 3, 0, 0);
    CHECK_EQ(t->step, 1); /* gave up the rest of its budget */
    thread_join(low);
    CHECK_EQ(t->step, 1);
    thread_join(t); /* two periods later */
    CHECK_EQ(t->step, 3);
}

TEST(sched_reconfigure_ready, "sched/more-budget-for-a-thread-that-ran-out", "6.1.10")
{
    struct thread *hog = thread_new_passive(PRIO_HIGH);
    seL4_CPtr sc = sc_new(MS, 1000 * MS);

    WORKS(seL4_SchedContext_Bind(sc, hog->tcb));
    thread_start(hog, count_forever, 0, 0, 0);
    seL4_Word before = hog->value;
    CHECK(before > 0);
    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, 2 * MS, 10 * MS, 0, 0));
    while (hog->value == before) {
    }
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

/* Round robin does not wait for budget, not even for what was used up before. */
TEST(sched_reconfigure_round_robin, "sched/round-robin-for-a-thread-that-ran-out", "6.1.10")
{
    struct thread *hog = thread_new_passive(PRIO_HIGH);
    seL4_CPtr sc = sc_new(MS, 1000 * MS);

    WORKS(seL4_SchedContext_Bind(sc, hog->tcb));
    thread_start(hog, count_forever, 0, 0, 0);
    WORKS(seL4_TCB_SetPriority(hog->tcb, SELF, PRIO_MAIN));
    seL4_Word before = hog->value, start = now();
    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, MS, MS, 0, 0));
    seL4_Yield();
    CHECK(hog->value > before);
    CHECK(now() - start < 500 * MS * tsc_mhz());
    WORKS(seL4_TCB_Suspend(hog->tcb));
}

/* ---- consumed ---- */

TEST(sc_consumed, "schedcontext/consumed-counts-and-starts-again", "10.3 SchedContext Consumed")
{
    struct thread *t = thread_new_passive(PRIO_HIGH);
    seL4_CPtr sc = sc_new(2 * MS, 50 * MS);
    seL4_SchedContext_Consumed_t first, second;

    WORKS(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, count_forever, 0, 0, 0); /* uses its 2 ms */
    WORKS(seL4_TCB_Suspend(t->tcb));
    first = seL4_SchedContext_Consumed(sc);
    second = seL4_SchedContext_Consumed(sc);
    CHECK_EQ(first.error, seL4_NoError);
    CHECK(first.consumed >= 1900 && first.consumed < 3000);
    CHECK_EQ(second.consumed, 0);
}

/* ---- yield to ---- */

TEST(yield_to_errors, "schedcontext/yield-to-errors", "10.3 SchedContext YieldTo")
{
    seL4_CPtr sc = sc_new(SLICE, SLICE);

    FAILS(seL4_IllegalOperation, SchedContextYieldTo, seL4_SchedContext_YieldTo(sc).error);
    FAILS(seL4_IllegalOperation, SchedContextYieldTo,
          seL4_SchedContext_YieldTo(seL4_CapInitThreadSC).error);
}

static seL4_Word yield_to_main(struct thread *self, seL4_Word sc, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    seL4_SchedContext_YieldTo_t r = seL4_SchedContext_YieldTo(sc);
    self->value = r.consumed;
    self->step = 2;
    return (seL4_Word)r.error;
}

TEST(yield_to_mcp, "schedcontext/yield-to-above-the-limit", "10.3 SchedContext YieldTo")
{
    struct thread *target = thread_run(PRIO_LOW, wait_main, notification_new(), 0, 0),
                  *caller = thread_new(PRIO_HIGH);

    settle();
    WORKS(seL4_TCB_SetMCPriority(caller->tcb, SELF, PRIO_LOW - 1));
    thread_start(caller, yield_to_main, target->sc, 0, 0);
    FAILS(seL4_IllegalOperation, SchedContextYieldTo, thread_join(caller));
}

TEST(yield_to_blocked, "schedcontext/yield-to-a-blocked-thread-returns",
     "10.3 SchedContext YieldTo")
{
    struct thread *target = thread_run(PRIO_LOW, wait_main, notification_new(), 0, 0);

    settle();
    CHECK_EQ(seL4_SchedContext_YieldTo(target->sc).error, seL4_NoError);
}

TEST(yield_to_equal, "schedcontext/yield-to-an-equal-runs-it-first", "10.3 SchedContext YieldTo")
{
    struct thread *a, *b;

    order_count = 0;
    a = thread_run(PRIO_MAIN, order_main, 1, 0, 0);
    b = thread_run(PRIO_MAIN, order_main, 1, 0, 0);
    CHECK_EQ(seL4_SchedContext_YieldTo(b->sc).error, seL4_NoError);
    thread_join(a);
    thread_join(b);
    CHECK_EQ(order[0], b->index);
    CHECK_EQ(order[1], a->index);
}

TEST(yield_to_lower, "schedcontext/yield-to-a-lower-thread-does-not-run-it",
     "10.3 SchedContext YieldTo")
{
    struct thread *t = thread_run(PRIO_LOW, mark_main, 0, 0, 0);

    CHECK_EQ(seL4_SchedContext_YieldTo(t->sc).error, seL4_NoError);
    CHECK_EQ(t->step, 0);
}

/* ---- timeout faults ---- */

struct timeout_setup {
    seL4_CPtr endpoint, reply, sc;
    struct thread *t;
};

static struct timeout_setup timing_out(seL4_Word data)
{
    struct timeout_setup s = { .endpoint = endpoint_new(),
                               .reply = reply_new(),
                               .sc = object_new(seL4_SchedContextObject, 8),
                               .t = thread_new_passive(PRIO_HIGH) };

    WORKS(seL4_SchedControl_Configure(schedcontrol, s.sc, MS, 50 * MS, 0, data));
    WORKS(seL4_SchedContext_Bind(s.sc, s.t->tcb));
    WORKS(seL4_TCB_SetTimeoutEndpoint(s.t->tcb, cap_mint(s.endpoint, seL4_AllRights, 0x71)));
    return s;
}

TEST(timeout_message, "timeout/message", "6.2.6")
{
    struct timeout_setup s = timing_out(0xabcd);
    seL4_Word badge;

    thread_start(s.t, count_forever, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Recv(s.endpoint, &badge, s.reply);
    CHECK_EQ(badge, 0x71);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_Timeout);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), seL4_Timeout_Length);
    CHECK_EQ(seL4_GetMR(seL4_Timeout_Data), 0xabcd);
    CHECK(seL4_GetMR(seL4_Timeout_Consumed) >= 900 && seL4_GetMR(seL4_Timeout_Consumed) < 2000);
}

TEST(timeout_reply_resumes, "timeout/reply-resumes-after-replenishment", "6.2.6")
{
    struct timeout_setup s = timing_out(1);

    thread_start(s.t, count_forever, 0, 0, 0);
    seL4_Recv(s.endpoint, NULL, s.reply);
    seL4_Word before = s.t->value;
    seL4_Send(s.reply, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Recv(s.endpoint, NULL, s.reply); /* and times out again */
    CHECK(s.t->value > before);
}

TEST(timeout_reply_registers, "timeout/reply-sets-registers", "6.2.6")
{
    struct timeout_setup s = timing_out(1);
    seL4_UserContext regs;

    thread_start(s.t, count_forever, 0, 0, 0);
    seL4_Recv(s.endpoint, NULL, s.reply);
    for (unsigned i = 0; i < seL4_TimeoutReply_Length; i++) {
        seL4_SetMR((int)i, 0x100 + i);
    }
    seL4_SetMR(seL4_TimeoutReply_FLAGS, 0x202);
    /* and stay stopped */
    seL4_Send(s.reply, seL4_MessageInfo_new(1, 0, 0, seL4_TimeoutReply_Length));
    thread_registers(s.t, &regs);
    CHECK_EQ(regs.rip, 0x100 + seL4_TimeoutReply_FaultIP);
    CHECK_EQ(regs.rsp, 0x100 + seL4_TimeoutReply_RSP);
    CHECK_EQ(regs.rax, 0x100 + seL4_TimeoutReply_RAX);
    CHECK_EQ(regs.r15, 0x100 + seL4_TimeoutReply_R15);
    CHECK_EQ(regs.fs_base, 0x100 + seL4_TimeoutReply_TLS_BASE);
}

TEST(timeout_none, "timeout/without-endpoint-the-thread-just-waits", "6.1.12")
{
    struct timeout_setup s = timing_out(1);

    WORKS(seL4_TCB_SetTimeoutEndpoint(s.t->tcb, 0));
    WORKS(seL4_SchedControl_Configure(schedcontrol, s.sc, MS, 5 * MS, 0, 0));
    thread_start(s.t, count_forever, 0, 0, 0);
    seL4_Word before = s.t->value;
    while (s.t->value == before) {
    }
    WORKS(seL4_TCB_Suspend(s.t->tcb));
}

TEST(timeout_round_robin, "timeout/round-robin-threads-do-not-time-out", "6.1.12")
{
    struct timeout_setup s = timing_out(1);
    seL4_Word badge;

    WORKS(seL4_SchedControl_Configure(schedcontrol, s.sc, MS, MS, 0, 0));
    WORKS(seL4_TCB_SetPriority(s.t->tcb, SELF, PRIO_MAIN));
    thread_start(s.t, count_forever, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        seL4_Word before = s.t->value;
        while (s.t->value == before) {
            seL4_Yield();
        }
    }
    WORKS(seL4_TCB_Suspend(s.t->tcb));
    seL4_NBRecv(s.endpoint, &badge, s.reply);
    (void)badge;
}

/* A client's budget running out in a passive server is the server's timeout handler's business. */
TEST(timeout_in_server, "timeout/client's-budget-ends-in-a-passive-server", "6.1.12")
{
    seL4_CPtr endpoint = endpoint_new(), server_reply = reply_new(), timeouts = endpoint_new();
    struct thread *server = thread_run(PRIO_HIGH, serve_forever, endpoint, server_reply, 0),
                  *client = thread_new_passive(PRIO_LOW);
    seL4_CPtr sc = object_new(seL4_SchedContextObject, 8);
    seL4_Word badge;

    WORKS(seL4_SchedContext_Unbind(server->sc));
    WORKS(seL4_TCB_SetTimeoutEndpoint(server->tcb, cap_mint(timeouts, seL4_AllRights, 0x72)));
    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, MS, 50 * MS, 0, 0x99));
    WORKS(seL4_SchedContext_Bind(sc, client->tcb));
    thread_start(client, call_once, endpoint, 0, 0);
    seL4_MessageInfo_t tag = seL4_Recv(timeouts, &badge, reply_new());
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_Timeout);
    CHECK_EQ(badge, 0x72);
    CHECK_EQ(seL4_GetMR(seL4_Timeout_Data), 0x99);
    CHECK_EQ(client->step, 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our extensions that end waits, and answers that are given later: what each call promises.
 * outcome_table.c has the table of all events.
 */

#include "env.h"
#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/window.h>

static void need_extension(void)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
}

static seL4_Word in_us(seL4_Word us)
{
    return now() + us * tsc_mhz();
}

/* ---- who plays ---- */

/* Calls with a word until a deadline; value: the outcome, result: the answer's word. */
static seL4_Word caller_main(struct thread *self, seL4_Word dest, seL4_Word deadline,
                             seL4_Word word)
{
    self->step = 1;
    seL4_SetMR(0, word);
    myelin_Result r = myelin_Call(dest, seL4_MessageInfo_new(0, 0, 0, 1), deadline);
    self->value = r.outcome;
    self->step = 2;
    return seL4_GetMR(0);
}

/*
 * A plain call; value: the badge register, which holds the outcome for a thread that has opted in.
 */
static seL4_Word plain_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    seL4_Word badge = dest, info = 0;

    (void)b, (void)c;
    self->step = 1;
    __asm__ volatile("mov %%rsp, %%rbx\n\tsyscall\n\tmov %%rbx, %%rsp"
                     : "+D"(badge), "+S"(info)
                     : "d"((seL4_Word)seL4_SysCall)
                     : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r15", "memory");
    self->value = badge;
    self->step = 2;
    return 0;
}

/*
 * Three plain calls, an interrupt before the second, when the server waits in the way that the
 * shortest path is for; result: how they ended, a digit each.
 */
static seL4_Word plain_thrice_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    seL4_Word outcomes = 0;

    for (unsigned i = 0; i < 3; i++) {
        if (i == 1)
            WORKS(myelin_TCB_Interrupt(self->tcb));
        plain_main(self, dest, b, c);
        outcomes = outcomes * 10 + self->value;
    }
    return outcomes;
}

/* Passive: answers everybody; step: how many calls it has got. */
static seL4_Word answering_main(struct thread *self, seL4_Word source, seL4_Word reply,
                                seL4_Word ready)
{
    seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    for (;;) {
        self->step++;
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
    return 0;
}

enum { HOLD, SPARE, SOURCE };
static seL4_CPtr parts[3];

/*
 * Takes a call and keeps it until it is told to go on; then it gives back what time it has borrowed
 * and serves everybody at once.
 */
static seL4_Word holder_main(struct thread *self, seL4_Word source, seL4_Word reply,
                             seL4_Word ready)
{
    myelin_Result r;

    if (ready != 0)
        seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    else
        seL4_Recv(source, NULL, reply);
    self->step = 1;
    seL4_Wait(parts[HOLD], NULL);
    self->step = 2;
    r = myelin_Recv(source, parts[SPARE], MYELIN_NEVER);
    for (;;) {
        if (r.outcome != MYELIN_OK)
            self->value = r.outcome;
        self->step++;
        seL4_SetMR(0, seL4_GetMR(0) + 1);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, parts[SPARE]);
    }
    return 0;
}

/* Takes calls and owes all of them, each with a reply object of its own from `reply` on. */
static seL4_Word owing_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word count)
{
    seL4_Recv(source, NULL, reply);
    for (seL4_Word i = 1; i < count; i++) {
        self->step++;
        myelin_Recv(source, reply + i, MYELIN_NEVER);
    }
    self->step++;
    myelin_Wait(parts[HOLD], MYELIN_NEVER);
    return 0;
}

/* Let time pass. */
static void sleep_us(seL4_Word us)
{
    seL4_Word until = in_us(us);
    myelin_Result r = myelin_Wait(notification_new(), until);

    CHECK_EQ(r.outcome, MYELIN_DEADLINE);
    CHECK(now() >= until);
}

/* ---- answers that are given later ---- */

enum { OWED_MAX = 6 };

TEST(defer_any_order, "defer/answers-in-any-order", "extension")
{
    static const unsigned order[OWED_MAX] = { 3, 0, 5, 1, 4, 2 };

    need_extension();
    seL4_CPtr endpoint = endpoint_new(), replies = slots_new(OWED_MAX);
    struct thread *callers[OWED_MAX], *server;

    parts[HOLD] = notification_new();
    for (unsigned i = 0; i < OWED_MAX; i++)
        WORKS(seL4_Untyped_Retype(test_untyped, seL4_ReplyObject, 0, CNODE, 0, 0, replies + i, 1));
    server = thread_run_passive(PRIO_HIGH, owing_main, endpoint, replies, OWED_MAX);
    for (unsigned i = 0; i < OWED_MAX; i++) {
        callers[i] = thread_run(PRIO_MID, caller_main, endpoint, MYELIN_NEVER, i);
        settle();
        CHECK_EQ(server->step, i + 1);
    }
    for (unsigned i = 0; i < OWED_MAX; i++) {
        unsigned n = order[i];

        seL4_SetMR(0, 100 + n);
        CHECK_EQ(callers[n]->step, 1);
        CHECK_EQ(myelin_Reply(replies + n, seL4_MessageInfo_new(0, 0, 0, 1)), MYELIN_OK);
        settle();
        CHECK_EQ(callers[n]->step, 2);
        CHECK_EQ(thread_join(callers[n]), 100 + n);
        CHECK_EQ(myelin_Reply(replies + n, seL4_MessageInfo_new(0, 0, 0, 0)), MYELIN_GONE);
    }
}

/* ---- deadlines ---- */

TEST(deadline_past, "deadline/past-one-polls", "extension")
{
    need_extension();
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new(), reply = reply_new();

    CHECK_EQ(myelin_Wait(ntfn, 0).outcome, MYELIN_DEADLINE);
    CHECK_EQ(myelin_Recv(endpoint, reply, 0).outcome, MYELIN_DEADLINE);
    CHECK_EQ(myelin_Wait(endpoint, 1).outcome, MYELIN_DEADLINE);
    seL4_Signal(cap_mint(ntfn, seL4_AllRights, 9));
    myelin_Result r = myelin_Wait(ntfn, 0);
    CHECK_EQ(r.outcome, MYELIN_OK);
    CHECK_EQ(r.badge, 9);
    CHECK_EQ(myelin_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), 0).outcome, MYELIN_DEADLINE);
}

TEST(deadline_signal_first, "deadline/signal-comes-first", "extension")
{
    need_extension();
    seL4_CPtr ntfn = notification_new();

    for (unsigned i = 0; i < 3; i++) {
        seL4_Signal(cap_mint(ntfn, seL4_AllRights, 4 + i));
        myelin_Result r = myelin_Wait(ntfn, in_us(i == 2 ? 1000 * MS : 2 * MS));
        CHECK_EQ(r.outcome, MYELIN_OK);
        CHECK_EQ(r.badge, 4 + i);
    }
    sleep_us(5 * MS); /* none of these deadlines does anything any more */
}

static seL4_Word sleeper_main(struct thread *self, seL4_Word ntfn, seL4_Word deadline, seL4_Word c)
{
    (void)c;
    self->step = 1;
    myelin_Result r = myelin_Wait(ntfn, deadline);
    self->value = r.outcome;
    self->step = 2;
    return r.badge;
}

TEST(deadline_forever, "deadline/never-comes", "extension")
{
    need_extension();
    seL4_CPtr ntfn = notification_new();
    struct thread *never = thread_run(PRIO_HIGH, sleeper_main, ntfn, MYELIN_NEVER, 0);
    struct thread *nearly = thread_run(PRIO_HIGH, sleeper_main, notification_new(), ~0ul - 1, 0);

    sleep_us(2 * MS);
    CHECK(never->step == 1 && nearly->step == 1);
    CHECK_EQ(myelin_TCB_GetWait(never->tcb).flags, 0);
    CHECK_EQ(myelin_TCB_GetWait(nearly->tcb).flags, MYELIN_WAIT_HAS_DEADLINE);
    CHECK_EQ(myelin_TCB_GetWait(never->tcb).kind, MYELIN_WAIT_SIGNAL);
    seL4_Signal(ntfn);
    CHECK_EQ(never->value, MYELIN_OK);
}

TEST(deadline_order, "deadline/each-in-its-time", "extension")
{
    static const unsigned ms[] = { 5, 1, 3, 2, 4, 1 };
    enum { COUNT = sizeof ms / sizeof ms[0] };
    struct thread *t[COUNT];

    need_extension();
    seL4_Word start = now();
    for (unsigned i = 0; i < COUNT; i++)
        t[i] = thread_run(PRIO_HIGH, sleeper_main, notification_new(),
                          start + ms[i] * MS * tsc_mhz(), 0);
    for (unsigned until = 1; until <= 6; until++) {
        seL4_Word at = start + (until * MS + MS / 2) * tsc_mhz();

        if (now() < at)
            (void)myelin_Wait(notification_new(), at);
        for (unsigned i = 0; i < COUNT; i++)
            CHECK(ms[i] > until || t[i]->step == 2);
    }
    for (unsigned i = 0; i < COUNT; i++)
        CHECK_EQ(t[i]->value, MYELIN_DEADLINE);
}

TEST(deadline_survives, "deadline/survives-suspension", "extension")
{
    need_extension();
    struct thread *t = thread_run(PRIO_HIGH, sleeper_main, notification_new(), in_us(30 * MS), 0);

    WORKS(seL4_TCB_Suspend(t->tcb));
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind, MYELIN_WAIT_NONE);
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(t->step, 1);
    sleep_us(50 * MS);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, MYELIN_DEADLINE);
}

/* A passive receiver's deadline needs its notification's time. */
static seL4_Word passive_sleeper_main(struct thread *self, seL4_Word source, seL4_Word ready,
                                      seL4_Word us)
{
    (void)ready;
    for (;;) {
        self->step++;
        self->value = myelin_Recv(source, parts[SPARE], in_us(us)).outcome;
    }
    return 0;
}

static const char *time_name(unsigned variant)
{
    return variant != 0 ? "its-notification-has-time" : "no-time";
}

TEST_VARIANTS(deadline_passive, "deadline/passive-receiver", "extension", 2, time_name)
{
    need_extension();
    seL4_CPtr ntfn = notification_new(), sc = sc_new(SLICE, SLICE), endpoint = endpoint_new();
    struct thread *t = thread_new_passive(PRIO_HIGH);

    parts[SPARE] = reply_new();
    WORKS(seL4_TCB_BindNotification(t->tcb, ntfn));
    if (variant != 0)
        WORKS(seL4_SchedContext_Bind(sc, ntfn));
    seL4_CPtr start = sc_new(SLICE, SLICE);
    WORKS(seL4_SchedContext_Bind(start, t->tcb));
    thread_start(t, passive_sleeper_main, endpoint, 0, 2 * MS);
    settle();
    CHECK_EQ(t->step, 1);
    WORKS(seL4_SchedContext_UnbindObject(start, t->tcb));
    sleep_us(9 * MS);
    if (variant != 0)
        CHECK(t->step >= 2 && t->value == MYELIN_DEADLINE);
    else
        CHECK_EQ(t->step, 1);
}

/* ---- interrupts ---- */

TEST(interrupt_sticky, "interrupt/ends-the-next-wait", "extension")
{
    need_extension();
    seL4_CPtr ntfn = notification_new();

    WORKS(myelin_TCB_Interrupt(SELF));
    CHECK_EQ(myelin_TCB_GetWait(SELF).flags, MYELIN_WAIT_IS_INTERRUPTED);
    CHECK_EQ(myelin_Wait(ntfn, MYELIN_NEVER).outcome, MYELIN_INTERRUPTED);
    CHECK_EQ(myelin_Wait(ntfn, 0).outcome, MYELIN_DEADLINE);
    WORKS(myelin_TCB_Interrupt(SELF));
    WORKS(myelin_TCB_Interrupt(SELF));
    CHECK_EQ(myelin_Call(endpoint_new(), seL4_MessageInfo_new(0, 0, 0, 0), MYELIN_NEVER).outcome,
             MYELIN_INTERRUPTED);
    CHECK_EQ(myelin_TCB_GetWait(SELF).flags, 0);
}

TEST(interrupt_plain, "interrupt/plain-waits-are-left-alone", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_once, endpoint, 0, 0);

    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind, MYELIN_WAIT_RECEIVER);
    WORKS(myelin_TCB_Interrupt(t->tcb));
    CHECK_EQ(t->step, 1);
    seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind, MYELIN_WAIT_ANSWER);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(t->step, 2);
}

TEST(interrupt_opted_in, "interrupt/plain-call-of-an-opted-in-thread", "extension")
{
    need_extension();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(myelin_TCB_SetExtensions(t->tcb, MYELIN_EXT_OUTCOME));
    thread_start(t, plain_main, endpoint_new(), 0, 0);
    CHECK_EQ(t->step, 1);
    WORKS(myelin_TCB_Interrupt(t->tcb));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, MYELIN_INTERRUPTED);
}

enum waiting { ON_NOTIFICATION, ON_ENDPOINT, RECEIVING, WAITINGS };

static const char *waiting_name(unsigned variant)
{
    static const char *const names[] = {
        "wait-on-a-notification",       "wait-on-an-endpoint",       "receive",
        "wait-on-a-notification-until", "wait-on-an-endpoint-until", "receive-until"
    };

    return names[variant];
}

/* Waits once, with this reply object if there is one, till an interrupt comes. */
static seL4_Word interrupted_main(struct thread *self, seL4_Word source, seL4_Word reply,
                                  seL4_Word deadline)
{
    self->step = 1;
    myelin_Result r =
        reply != 0 ? myelin_Recv(source, reply, deadline) : myelin_Wait(source, deadline);
    self->value = r.outcome;
    self->step = 2;
    return r.badge;
}

/* Who waits already is interrupted, once, and leaves its queue: what comes next is another's. */
TEST_VARIANTS(interrupt_waiting, "interrupt/who-waits-already", "extension", 2 * WAITINGS,
              waiting_name)
{
    need_extension();
    bool is_far = variant >= WAITINGS;
    unsigned way = variant % WAITINGS;
    seL4_CPtr source = way == ON_NOTIFICATION ? notification_new() : endpoint_new(),
              reply = way == RECEIVING ? reply_new() : 0;
    struct thread *t = thread_run(PRIO_HIGH, interrupted_main, source, reply,
                                  is_far ? in_us(3600 * 1000 * MS) : MYELIN_NEVER);
    seL4_Word badge = 0;

    CHECK_EQ(t->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind,
             way == ON_NOTIFICATION ? MYELIN_WAIT_SIGNAL : MYELIN_WAIT_MESSAGE);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).flags, is_far ? MYELIN_WAIT_HAS_DEADLINE : 0);
    WORKS(myelin_TCB_Interrupt(t->tcb));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, MYELIN_INTERRUPTED);
    CHECK_EQ(thread_join(t), 0);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).flags, 0); /* it is over: the next wait does not end so */
    seL4_CPtr badged = cap_mint(source, seL4_AllRights, 6);
    if (way == ON_NOTIFICATION) {
        seL4_Signal(badged);
        seL4_Poll(source, &badge);
        CHECK_EQ(badge, 6);
    } else {
        struct thread *sender = thread_run(PRIO_HIGH, caller_main, badged, MYELIN_NEVER, 1);

        CHECK_EQ(myelin_TCB_GetWait(sender->tcb).kind, MYELIN_WAIT_RECEIVER);
        seL4_Wait(source, &badge);
        CHECK_EQ(badge, 6);
    }
}

static const char *opted_name(unsigned variant)
{
    return variant == 0 ? "opted-in" : "not-opted-in";
}

TEST_VARIANTS(interrupt_before, "interrupt/before-a-plain-call", "extension", 2, opted_name)
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *server =
        thread_run_passive(PRIO_HIGH, answering_main, endpoint, reply_new(), notification_new());
    struct thread *t = thread_new(PRIO_HIGH);

    if (variant == 0)
        WORKS(myelin_TCB_SetExtensions(t->tcb, MYELIN_EXT_OUTCOME));
    thread_start(t, plain_thrice_main, endpoint, 0, 0);
    CHECK_EQ(thread_join(t), variant == 0 ? 10 * MYELIN_INTERRUPTED : 0);
    CHECK_EQ(server->step, variant == 0 ? 2 : 3);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).flags, variant == 0 ? 0 : MYELIN_WAIT_IS_INTERRUPTED);
}

TEST(interrupt_requests, "interrupt/requests-to-objects-are-no-waits", "extension")
{
    need_extension();
    WORKS(myelin_TCB_SetExtensions(SELF, MYELIN_EXT_OUTCOME));
    WORKS(myelin_TCB_Interrupt(SELF));
    CHECK_EQ(myelin_TCB_GetWait(SELF).flags, MYELIN_WAIT_IS_INTERRUPTED);
    CHECK_EQ(myelin_Call(SELF, seL4_MessageInfo_new(MYELIN_INV_TCB_GET_WAIT, 0, 0, 0), 0).outcome,
             MYELIN_OK);
    CHECK_EQ(myelin_Wait(notification_new(), MYELIN_NEVER).outcome, MYELIN_INTERRUPTED);
    WORKS(myelin_TCB_SetExtensions(SELF, 0));
}

/* ---- news of death ---- */

TEST(dead_no_reply_object, "dead/receiver-offers-no-reply-object", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *queued = thread_run(PRIO_HIGH, caller_main, endpoint, MYELIN_NEVER, 1);

    CHECK_EQ(queued->step, 1);
    seL4_Wait(endpoint, NULL);
    CHECK_EQ(queued->value, MYELIN_DEAD);
    /* ... and where the receiver waits already. */
    struct thread *receiver = thread_run(PRIO_HIGH, sleeper_main, endpoint, MYELIN_NEVER, 0);
    CHECK_EQ(receiver->step, 1);
    CHECK_EQ(myelin_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), MYELIN_NEVER).outcome,
             MYELIN_DEAD);
}

TEST(dead_no_right, "dead/caller-has-no-right-to-an-answer", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    seL4_CPtr write_only = cap_mint(endpoint, seL4_CapRights_new(0, 0, 0, 1), 3);
    struct thread *t = thread_run(PRIO_HIGH, caller_main, write_only, MYELIN_NEVER, 1);

    seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, MYELIN_DEAD);
}

TEST(dead_plain, "dead/plain-callers-are-treated-as-ever", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_once, endpoint, 0, 0);

    seL4_Recv(endpoint, NULL, reply);
    cap_delete(reply);
    CHECK_EQ(t->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind, MYELIN_WAIT_NONE);
}

/* A server that passes a call on, and does not mind that its own caller has gone meanwhile. */
static seL4_Word middle_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    self->step = 1;
    seL4_Call(next, seL4_MessageInfo_new(0, 0, 0, 1));
    self->step = 2;
    myelin_Recv(source, parts[SOURCE], MYELIN_NEVER);
    return 0;
}

TEST(dead_in_the_middle, "dead/reply-object-in-the-middle-of-a-stack", "extension")
{
    need_extension();
    seL4_CPtr outer = endpoint_new(), inner = endpoint_new(), outer_reply = reply_new(),
              inner_reply = reply_new();

    parts[HOLD] = notification_new();
    parts[SPARE] = reply_new();
    parts[SOURCE] = reply_new();
    /* caller -> middle -> last, all on the caller's time */
    struct thread *last =
        thread_run_passive(PRIO_HIGH, holder_main, inner, inner_reply, notification_new());
    struct thread *middle = thread_run_passive(PRIO_HIGH, middle_main, outer, outer_reply, inner);
    struct thread *caller = thread_run(PRIO_MID, caller_main, outer, MYELIN_NEVER, 1);

    settle();
    CHECK(last->step == 1 && middle->step == 1 && caller->step == 1);
    cap_delete(outer_reply);
    CHECK_EQ(caller->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(caller->tcb).flags,
             MYELIN_WAIT_IS_LENT | MYELIN_WAIT_IS_INTERRUPTED);
    seL4_Signal(parts[HOLD]); /* the last one gives its time back to the middle */
    settle();
    CHECK(middle->step == 1 && caller->step == 1);
    CHECK_EQ(myelin_Reply(inner_reply, seL4_MessageInfo_new(0, 0, 0, 0)), MYELIN_OK);
    settle();
    CHECK_EQ(middle->step, 2);
    CHECK_EQ(caller->step, 2);
    CHECK_EQ(caller->value, MYELIN_DEAD);
}

/* The caller, and with it all that it has lent, goes in the middle of two calls. */
TEST(dead_client, "dead/client-with-a-chain-of-servers", "extension")
{
    need_extension();
    seL4_CPtr outer = endpoint_new(), inner = endpoint_new(), ntfn[2];
    struct thread *servers[2];

    parts[HOLD] = notification_new();
    parts[SPARE] = reply_new();
    parts[SOURCE] = reply_new();
    servers[0] = thread_run_passive(PRIO_HIGH, holder_main, inner, reply_new(), notification_new());
    servers[1] = thread_run_passive(PRIO_HIGH, middle_main, outer, reply_new(), inner);
    for (unsigned i = 0; i < 2; i++) {
        ntfn[i] = notification_new();
        WORKS(seL4_TCB_BindNotification(servers[i]->tcb, ntfn[i]));
        WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), ntfn[i]));
    }
    struct thread *caller = thread_run(PRIO_MID, caller_main, outer, MYELIN_NEVER, 1);
    settle();
    CHECK_EQ(servers[1]->step, 1);
    cap_delete(caller->tcb);
    cap_delete(caller->sc);
    seL4_Signal(parts[HOLD]);
    settle();
    CHECK_EQ(servers[0]->step, 2); /* it goes on, on its notification's time */
    struct thread *next = thread_run(PRIO_MID, caller_main, inner, MYELIN_NEVER, 1);
    settle();
    CHECK_EQ(next->value, MYELIN_OK);
    CHECK_EQ(next->step, 2);
}

/* ---- what the calls refuse ---- */

/* Passes one call on, and says how that ended. */
static seL4_Word passing_main(struct thread *self, seL4_Word source, seL4_Word reply,
                              seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    self->step = 1;
    self->value = myelin_Call(next, seL4_MessageInfo_new(0, 0, 0, 0), MYELIN_NEVER).outcome;
    self->step = 2;
    return 0;
}

enum { DEEP = 20 }; /* more than the kernel sees to in one entry */

/* All callers of a chain have been interrupted when its context goes: each is told. */
TEST(ending_deep, "outcome/endings-in-a-deep-chain", "extension")
{
    need_extension();
    seL4_CPtr endpoints[DEEP + 1];
    struct thread *servers[DEEP], *caller;

    parts[HOLD] = notification_new();
    parts[SPARE] = reply_new();
    for (unsigned i = 0; i <= DEEP; i++)
        endpoints[i] = endpoint_new();
    for (unsigned i = 0; i < DEEP; i++)
        servers[i] = thread_run_passive(PRIO_HIGH, passing_main, endpoints[i], reply_new(),
                                        endpoints[i + 1]);
    (void)thread_run_passive(PRIO_HIGH, holder_main, endpoints[DEEP], reply_new(),
                             notification_new());
    caller = thread_run(PRIO_MID, caller_main, endpoints[0], MYELIN_NEVER, 5);
    settle();
    WORKS(myelin_TCB_Interrupt(caller->tcb));
    for (unsigned i = 0; i < DEEP; i++) {
        WORKS(myelin_TCB_Interrupt(servers[i]->tcb));
        CHECK(myelin_TCB_GetWait(servers[i]->tcb).flags & MYELIN_WAIT_IS_LENT);
    }
    WORKS(seL4_SchedContext_Unbind(caller->sc));
    CHECK_EQ(myelin_TCB_GetWait(caller->tcb).kind, MYELIN_WAIT_PROCESSOR);
    for (unsigned i = 0; i < DEEP; i++)
        CHECK_EQ(myelin_TCB_GetWait(servers[i]->tcb).kind, MYELIN_WAIT_PROCESSOR);
    WORKS(seL4_SchedContext_Bind(caller->sc, caller->tcb));
    settle();
    CHECK_EQ(caller->value, MYELIN_INTERRUPTED);
}

TEST(extensions_bits, "outcome/unknown-extensions-are-refused", "extension")
{
    need_extension();
    struct thread *t = thread_new(PRIO_LOW);

    FAILS(seL4_RangeError, MYELIN_INV_TCB_SET_EXTENSIONS, myelin_TCB_SetExtensions(t->tcb, 8));
    FAILS(seL4_TruncatedMessage, MYELIN_INV_TCB_SET_EXTENSIONS,
          raw_label(t->tcb, MYELIN_INV_TCB_SET_EXTENSIONS));
    WORKS(myelin_TCB_SetExtensions(t->tcb, MYELIN_EXT_ALL));
    WORKS(myelin_TCB_SetExtensions(t->tcb, 0));
}

TEST(extensions_wrong_capability, "outcome/requests-through-something-else", "extension")
{
    static const seL4_Word labels[] = { MYELIN_INV_TCB_SET_EXTENSIONS, MYELIN_INV_TCB_INTERRUPT,
                                        MYELIN_INV_TCB_GET_WAIT, MYELIN_INV_TCB_SERVE };

    need_extension();
    seL4_CPtr empty = slot_new(), sc = sc_new(SLICE, SLICE);

    for (unsigned i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        CHECK_EQ(raw_label(empty, labels[i]), seL4_InvalidCapability);
        CHECK_EQ(raw_label(sc, labels[i]), seL4_IllegalOperation);
        CHECK_EQ(raw_label(CNODE, labels[i]), seL4_IllegalOperation);
    }
}

/* ---- capability faults of the extended system calls ---- */

enum faulty {
    CALL_NOWHERE,
    RECV_EMPTY,
    RECV_NO_RIGHT,
    RECV_NO_REPLY,
    WAIT_EMPTY,
    WAIT_BOUND,
    REPLY_NOTHING,
    REPLY_ENDPOINT,
    REPLY_NOTIFICATION,
    FAULTS
};

static const char *faulty_name(unsigned variant)
{
    static const char *const names[] = { "call-nowhere",
                                         "receive-from-nothing",
                                         "receive-without-right",
                                         "receive-without-reply-object",
                                         "wait-on-nothing",
                                         "wait-on-what-is-another's",
                                         "answer-through-nothing",
                                         "answer-through-an-endpoint",
                                         "answer-through-a-notification" };

    return names[variant];
}

static seL4_Word faulty_main(struct thread *self, seL4_Word variant, seL4_Word cap, seL4_Word reply)
{
    self->step = 1;
    if (variant == CALL_NOWHERE)
        (void)myelin_Call(cap, seL4_MessageInfo_new(0, 0, 0, 0), MYELIN_NEVER);
    else if (variant < WAIT_EMPTY)
        (void)myelin_Recv(cap, reply, MYELIN_NEVER);
    else if (variant < REPLY_NOTHING)
        (void)myelin_Wait(cap, MYELIN_NEVER);
    else
        (void)myelin_Reply(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step = 2;
    return 0;
}

TEST_VARIANTS(extended_faults, "outcome/capability-faults", "extension", FAULTS, faulty_name)
{
    need_extension();
    seL4_CPtr fault_ep = endpoint_new(), handler = reply_new(), cap = slot_new(),
              reply = reply_new();
    struct thread *t = thread_new(PRIO_HIGH);

    if (variant == CALL_NOWHERE)
        cap = ~0ul;
    if (variant == RECV_NO_RIGHT)
        cap = cap_mint(endpoint_new(), seL4_CapRights_new(1, 1, 0, 1), 0);
    if (variant == RECV_NO_REPLY)
        cap = endpoint_new(), reply = notification_new();
    if (variant == WAIT_BOUND) {
        cap = notification_new();
        WORKS(seL4_TCB_BindNotification(SELF, cap));
    }
    if (variant == REPLY_ENDPOINT)
        cap = endpoint_new();
    if (variant == REPLY_NOTIFICATION)
        cap = notification_new();
    thread_set_fault_ep(t, fault_ep);
    thread_start(t, faulty_main, variant, cap, reply);
    seL4_MessageInfo_t info = seL4_Recv(fault_ep, NULL, handler);
    CHECK_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_CapFault);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), variant == RECV_NO_REPLY ? reply : cap);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase),
             variant >= RECV_EMPTY && variant < REPLY_NOTHING);
    /* A fault's wait is not extended: it does not end. */
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).flags, MYELIN_WAIT_IS_FAULT);
    WORKS(myelin_TCB_Interrupt(t->tcb));
    CHECK_EQ(myelin_TCB_GetWait(t->tcb).kind, MYELIN_WAIT_ANSWER);
    CHECK_EQ(t->step, 1);
    if (variant == WAIT_BOUND)
        WORKS(seL4_TCB_UnbindNotification(SELF));
    if (variant == REPLY_ENDPOINT || variant == REPLY_NOTIFICATION) { /* nothing came there */
        seL4_Word badge = 1;

        seL4_NBWait(cap, &badge);
        CHECK_EQ(badge, 0);
    }
}

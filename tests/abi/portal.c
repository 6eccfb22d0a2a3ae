/* SPDX-License-Identifier: BSD-2-Clause */
/* Our extensions: helping a busy server, deadlocks refused, capabilities that may only call. */

#include "env.h"
#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/portal.h>

static void need_extension(void)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
}

static seL4_CPtr portal_new(void)
{
    return object_new(MYELIN_PORTAL_OBJECT, 0);
}

/* Who has had its answer or given one, in that order; the last of them when there are many. */
enum { NOTES = 8 };
static const struct thread *volatile noted[NOTES];
static volatile unsigned note_count;

static void note(const struct thread *t)
{
    noted[note_count++ % NOTES] = t;
}

static seL4_Word caller_main(struct thread *self, seL4_Word dest, seL4_Word word, seL4_Word c)
{
    (void)c;
    self->step = 1;
    seL4_SetMR(0, word);
    self->value = myelin_Call(dest, seL4_MessageInfo_new(0, 0, 0, 1), MYELIN_NEVER).outcome;
    note(self);
    self->step = 2;
    return seL4_GetMR(0);
}

/* Answers word + 1 after having worked for `word` microseconds. */
static seL4_Word worker_main(struct thread *self, seL4_Word source, seL4_Word reply,
                             seL4_Word ready)
{
    seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    for (;;) {
        seL4_Word us = seL4_GetMR(0), last = now();

        self->step++;
        /* What it is interrupted for is not work. */
        for (seL4_Word left = us * tsc_mhz(); left != 0;) {
            seL4_Word t = now(), used = t - last < tsc_mhz() * 100 ? t - last : 0;

            left -= used < left ? used : left;
            last = t;
        }
        note(self);
        seL4_SetMR(0, us + 1);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
    return 0;
}

/* Passes calls on, on its callers' time. */
static seL4_Word proxy_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    for (;;) {
        self->step++;
        self->value = myelin_Call(next, seL4_MessageInfo_new(0, 0, 0, 1), MYELIN_NEVER).outcome;
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
    return 0;
}

/* Above its clients, and below the case, which can watch it. */
#define PRIO_SERVER (PRIO_MID + 10)

static struct thread *passive(thread_function function, seL4_Word source, seL4_Word c)
{
    return thread_run_passive(PRIO_SERVER, function, source, reply_new(), c);
}

/* A client with this budget in an hour: a server that works longer for it runs dry. */
static struct thread *client_with(seL4_Word budget_us, unsigned priority, seL4_CPtr dest,
                                  seL4_Word us)
{
    struct thread *t = thread_new(priority);

    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, t->sc, budget_us, 3600 * 1000 * MS, 0, 0,
                                           0));
    thread_start(t, caller_main, dest, us, 0);
    return t;
}

static struct thread *poor_client(seL4_CPtr dest, seL4_Word us)
{
    return client_with(MS, PRIO_LOW, dest, us);
}

static void sleep_us(seL4_Word us)
{
    CHECK_EQ(myelin_Wait(notification_new(), now() + us * tsc_mhz()).outcome, MYELIN_DEADLINE);
}

/* Let time pass until t is done, at most a second. */
static void wait_for(struct thread *t)
{
    for (unsigned i = 0; i < 100 && t->step != 2; i++)
        sleep_us(10 * MS);
    CHECK_EQ(t->step, 2);
}

static const char *chain_name(unsigned variant)
{
    static const char *const names[] = { "1", "2",  "3",  "4",  "5",  "6",  "7",  "8",
                                         "9", "10", "11", "12", "13", "14", "15", "16" };

    return names[variant];
}

enum { CHAIN_MAX = 16 };

/*
 * The poor client's request is in the last of a chain of servers; the helper queues at the first.
 */
TEST_VARIANTS(help_chain, "help/chain-of-servers", "extension", CHAIN_MAX, chain_name)
{
    seL4_CPtr portals[CHAIN_MAX];
    struct thread *servers[CHAIN_MAX];

    need_extension();
    for (unsigned i = 0; i <= variant; i++) {
        portals[i] = portal_new();
        servers[i] = i == 0 ? passive(worker_main, portals[i], notification_new())
                            : passive(proxy_main, portals[i], portals[i - 1]);
        WORKS(myelin_TCB_Serve(servers[i]->tcb, portals[i]));
    }
    struct thread *poor = poor_client(portals[variant], 5 * MS);
    sleep_us(20 * MS);
    CHECK(servers[0]->step == 1 && poor->step == 1); /* it has run dry */
    struct thread *rich = thread_run(PRIO_MID, caller_main, portals[variant], 10, 0);
    wait_for(rich);
    CHECK_EQ(rich->value, MYELIN_OK);
    CHECK_EQ(thread_join(rich), 11);
    CHECK_EQ(poor->step, 1); /* it has its answer, and no time to look at it */
    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, poor->sc, SLICE, SLICE, 0, 0, 0));
    wait_for(poor);
    CHECK_EQ(thread_join(poor), 5 * MS + 1);
}

TEST(help_not, "help/a-plain-endpoint-does-not", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *server = passive(worker_main, endpoint, notification_new());
    struct thread *poor = poor_client(endpoint, 5 * MS);

    sleep_us(20 * MS);
    CHECK_EQ(server->step, 1);
    struct thread *rich = thread_run(PRIO_MID, caller_main, endpoint, 10, 0);
    sleep_us(100 * MS);
    CHECK(rich->step == 1 && poor->step == 1); /* the inversion that portals are for */
}

static const char *place_name(unsigned variant)
{
    return variant != 0 ? "portal" : "endpoint";
}

/*
 * The worst case: an important client finds the server busy for one that has used its budget up and
 * gets none for an hour. At a portal it waits for that request, which takes 5 ms; at an endpoint
 * for the other's period: until then nobody runs at all.
 */
TEST_VARIANTS(help_inversion, "help/priority-inversion-is-bounded", "extension", 2, place_name)
{
    enum { REQUEST_US = 5 * MS, PATIENCE_US = 400 * MS };

    need_extension();
    seL4_CPtr place = variant != 0 ? portal_new() : endpoint_new();
    struct thread *server = passive(worker_main, place, notification_new());

    if (variant != 0)
        WORKS(myelin_TCB_Serve(server->tcb, place));
    struct thread *poor = poor_client(place, REQUEST_US);
    sleep_us(2 * REQUEST_US);
    CHECK(server->step == 1 && poor->step == 1);
    /* We are more important than everybody here, and call. */
    seL4_SetMR(0, 1);
    myelin_Result r =
        myelin_Call(place, seL4_MessageInfo_new(0, 0, 0, 1), now() + PATIENCE_US * tsc_mhz());
    CHECK_EQ(r.outcome, variant != 0 ? MYELIN_OK : MYELIN_DEADLINE);
    CHECK_EQ(server->step, variant != 0 ? 2 : 1);
    CHECK_EQ(poor->step, 1);
    if (variant != 0)
        CHECK_EQ(seL4_GetMR(0), 2);
}

/* One who helps has lent its time: it gets no other, and its own not twice. */
TEST(help_bind, "help/who-helps-cannot-be-bound", "extension")
{
    need_extension();
    seL4_CPtr portal = portal_new(), sc = sc_new(SLICE, SLICE);
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    (void)poor_client(portal, 30 * MS);
    sleep_us(10 * MS);
    struct thread *helper = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    sleep_us(2 * MS);
    CHECK_EQ(myelin_TCB_GetWait(helper->tcb).flags, MYELIN_WAIT_IS_LENT);
    CHECK_EQ(seL4_SchedContext_Bind(sc, helper->tcb), seL4_IllegalOperation);
    CHECK_EQ(seL4_SchedContext_Bind(helper->sc, helper->tcb), seL4_IllegalOperation);
    wait_for(helper);
    CHECK_EQ(helper->value, MYELIN_OK);
}

/* The one who queues first of all helps; it is not enough, so the next one does, too. */
TEST(help_twice, "help/the-helper-runs-dry-too", "extension")
{
    need_extension();
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    for (unsigned i = 0; i < 3; i++) {
        (void)poor_client(portal, 4 * MS);
        sleep_us(10 * MS);
    }
    CHECK_EQ(server->step, 1);
    struct thread *rich = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    wait_for(rich);
    CHECK_EQ(rich->value, MYELIN_OK);
}

static bool is_lent(const struct thread *t)
{
    return myelin_TCB_GetWait(t->tcb).flags & MYELIN_WAIT_IS_LENT;
}

/* Let time pass until t has lent its time, at most a second. */
static void wait_lent(const struct thread *t)
{
    for (unsigned i = 0; i < 500 && !is_lent(t); i++)
        sleep_us(2 * MS);
    CHECK(is_lent(t));
}

enum change { STAYS, IS_INTERRUPTED, IS_SUSPENDED, IS_KILLED, HAS_NO_CONTEXT, CHANGES };

static const char *change_name(unsigned variant)
{
    static const char *const names[] = { "and-stays", "and-is-interrupted", "and-is-suspended",
                                         "and-is-killed", "and-loses-its-context" };

    return names[variant];
}

/*
 * While the server has one client's budget a more important one comes, before others who wait. That
 * one is the next to help, if it has not left by then.
 */
TEST_VARIANTS(help_change, "help/more-important-one-comes", "extension", CHANGES, change_name)
{
    need_extension();
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    struct thread *poor = poor_client(portal, 60 * MS);
    sleep_us(5 * MS);
    struct thread *first = client_with(10 * MS, PRIO_MID, portal, 10);
    wait_lent(first);
    /* These two are above the server: they queue while it works. */
    struct thread *last = thread_run(PRIO_SERVER + 1, caller_main, portal, 10, 0);
    sleep_us(1 * MS);
    struct thread *important = client_with(10 * MS, PRIO_SERVER + 2, portal, 10);
    sleep_us(1 * MS);
    CHECK(is_lent(first) && !is_lent(last) && !is_lent(important)); /* one at a time */
    CHECK_EQ(myelin_TCB_GetWait(last->tcb).kind, MYELIN_WAIT_RECEIVER);
    CHECK_EQ(myelin_TCB_GetWait(important->tcb).kind, MYELIN_WAIT_RECEIVER);
    switch (variant) {
    case STAYS: break;
    case IS_INTERRUPTED:
        WORKS(myelin_TCB_Interrupt(important->tcb));
        sleep_us(1 * MS);
        CHECK_EQ(important->step, 2);
        CHECK_EQ(important->value, MYELIN_INTERRUPTED);
        break;
    case IS_SUSPENDED: WORKS(seL4_TCB_Suspend(important->tcb)); break;
    case IS_KILLED: cap_delete(important->tcb); break;
    default: cap_delete(important->sc); break;
    }
    if (variant == STAYS) {
        wait_lent(important);
        CHECK(!is_lent(first) && !is_lent(last));
    }
    wait_lent(last);
    CHECK(!is_lent(first));
    CHECK_EQ(server->step, 1); /* all that was one request, the first client's */
    CHECK_EQ(poor->step, 1);
    if (variant != IS_KILLED)
        CHECK(!is_lent(important));
    wait_for(last);
    CHECK_EQ(last->value, MYELIN_OK);
}

static const char *helper_name(unsigned variant)
{
    return variant == 0 ? "of-one-less-important" : "of-one-more-important";
}

/*
 * Whoever's budget it has, the server runs before those that are less important than itself, and
 * behind those that are more.
 */
TEST_VARIANTS(help_priority, "help/with-the-budget-and-not-the-priority", "extension", 2,
              helper_name)
{
    enum { PRIO_BELOW = PRIO_SERVER - 2, PRIO_ABOVE = PRIO_SERVER + 2 };

    need_extension();
    seL4_CPtr portal = portal_new(), plain = endpoint_new();
    struct thread *server = passive(worker_main, portal, notification_new()),
                  *quick =
                      thread_run(PRIO_HIGH, worker_main, plain, reply_new(), notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    (void)poor_client(portal, 30 * MS);
    sleep_us(5 * MS);
    struct thread *helper =
        thread_run(variant == 0 ? PRIO_BELOW - 1 : PRIO_ABOVE + 1, caller_main, portal, 10, 0);
    wait_lent(helper);
    CHECK_EQ(server->step, 1);
    note_count = 0;
    struct thread *below = thread_run(PRIO_BELOW, caller_main, plain, 0, 0),
                  *above = thread_run(PRIO_ABOVE, caller_main, plain, 0, 0);
    CHECK_EQ(note_count, 0); /* they are below us, and we have not waited */
    wait_for(below);
    wait_for(helper);
    const struct thread *const order[2][7] = {
        { quick, above, server, server, quick, below, helper },
        { quick, above, server, server, helper, quick, below },
    };
    CHECK_EQ(note_count, 7);
    for (unsigned i = 0; i < 7; i++)
        CHECK(noted[i] == order[variant][i]);
}

TEST(help_domain, "help/not-by-one-of-another-domain", "extension")
{
    need_extension();
    if (CONFIG_NUM_DOMAINS == 1) {
        test_skip("there is one domain");
    }
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    struct thread *poor = client_with(10 * MS, PRIO_LOW, portal, 30 * MS);
    sleep_us(1 * MS);
    struct thread *other = thread_run(PRIO_SERVER + 1, caller_main, portal, 10, 0);
    sleep_us(1 * MS);
    CHECK_EQ(server->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(other->tcb).kind, MYELIN_WAIT_RECEIVER);
    CHECK(!is_lent(other)); /* the server has the first one's time still */
    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, other->tcb));
    sleep_us(40 * MS);
    CHECK(!is_lent(other));
    CHECK_EQ(server->step, 1);
    struct thread *near = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    wait_for(near);
    CHECK_EQ(near->value, MYELIN_OK);
    CHECK_EQ(server->step, 3); /* the first, the other's, which is more important, this one's */
    CHECK_EQ(poor->step, 1);
    CHECK_EQ(other->step, 1);
    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 0, other->tcb));
    wait_for(other);
    CHECK_EQ(other->value, MYELIN_OK);
}

enum slices { PLAIN, OPTED_IN, HELPED, SLICES };

static const char *slices_name(unsigned variant)
{
    static const char *const names[] = { "plain", "opted-in", "opted-in-and-another-waits" };

    return names[variant];
}

/*
 * A client's timeslices follow each other without an end: only a server that has opted in is
 * reported at the end of one, whoever else waits for it and could help; and goes on when answered.
 */
TEST_VARIANTS(help_slices, "help/slices-end-in-a-passive-server", "extension", SLICES, slices_name)
{
    need_extension();
    seL4_CPtr portal = portal_new(), timeouts = endpoint_new(), reply = reply_new();
    struct thread *server = passive(worker_main, portal, notification_new()),
                  *client = thread_new(PRIO_LOW);
    unsigned reported = 0;

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    WORKS(seL4_TCB_SetTimeoutEndpoint(server->tcb, timeouts));
    WORKS(myelin_TCB_SetExtensions(server->tcb, variant == PLAIN ? 0 : MYELIN_EXT_SLICES));
    WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, client->sc, MS, MS, 0, 0, 0));
    thread_start(client, caller_main, portal, 10 * MS, 0);
    if (variant == HELPED)
        (void)thread_run(PRIO_MID, caller_main, portal, 10, 0);
    while (client->step != 2 && reported < 50) {
        if (myelin_Recv(timeouts, reply, now() + 50 * MS * tsc_mhz()).outcome != MYELIN_OK)
            continue;
        CHECK_EQ(client->step, 1);
        reported++;
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    CHECK_EQ(client->value, MYELIN_OK);
    CHECK(variant == PLAIN ? reported == 0 : reported > 3);
}

enum leave { KILLED, SUSPENDED, CONTEXT_GONE, INTERRUPTED, LEAVES };

static const char *leave_name(unsigned variant)
{
    static const char *const names[] = { "killed", "suspended", "context-deleted", "interrupted" };

    return names[variant];
}

/* The helper goes while its time is used; the server serves the next all the same. */
TEST_VARIANTS(help_leaves, "help/helper-leaves", "extension", LEAVES, leave_name)
{
    need_extension();
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    struct thread *poor = poor_client(portal, 30 * MS);
    sleep_us(10 * MS);
    struct thread *helper = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    sleep_us(2 * MS);
    CHECK_EQ(helper->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(helper->tcb).flags, MYELIN_WAIT_IS_LENT);
    CHECK_EQ(myelin_TCB_GetWait(helper->tcb).kind, MYELIN_WAIT_RECEIVER);
    switch (variant) {
    case KILLED:
        cap_delete(helper->tcb);
        cap_delete(helper->sc);
        break;
    case SUSPENDED: WORKS(seL4_TCB_Suspend(helper->tcb)); break;
    case CONTEXT_GONE: cap_delete(helper->sc); break;
    default: WORKS(myelin_TCB_Interrupt(helper->tcb)); break;
    }
    struct thread *next = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    wait_for(next);
    CHECK_EQ(next->value, MYELIN_OK);
    if (variant == INTERRUPTED) {
        CHECK_EQ(helper->step, 2);
        CHECK_EQ(helper->value, MYELIN_INTERRUPTED);
    }
    CHECK_EQ(poor->step, 1);
}

enum order { THREAD_FIRST, CONTEXT_FIRST, THREAD_FIRST_BELL, CONTEXT_FIRST_BELL, ORDERS };

static const char *order_name(unsigned variant)
{
    static const char *const names[] = { "thread-first", "context-first",
                                         "thread-first-with-a-notification",
                                         "context-first-with-a-notification" };

    return names[variant];
}

/*
 * A client is killed, its thread and its context, while the server works for it: the server goes on
 * with the time of its notification, or of who waits.
 */
TEST_VARIANTS(client_killed, "help/client-is-killed", "extension", ORDERS, order_name)
{
    need_extension();
    bool has_bell = variant >= THREAD_FIRST_BELL;
    seL4_CPtr place = has_bell ? endpoint_new() : portal_new();
    struct thread *server = passive(worker_main, place, notification_new());

    if (has_bell) {
        seL4_CPtr bell = notification_new();

        WORKS(seL4_TCB_BindNotification(server->tcb, bell));
        WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), bell));
    } else {
        WORKS(myelin_TCB_Serve(server->tcb, place));
    }
    struct thread *client = thread_run(PRIO_MID, caller_main, place, 30 * MS, 0);
    sleep_us(1 * MS);
    struct thread *next = thread_run(PRIO_SERVER + 1, caller_main, place, 10, 0);
    sleep_us(1 * MS);
    CHECK_EQ(server->step, 1);
    CHECK_EQ(myelin_TCB_GetWait(next->tcb).kind, MYELIN_WAIT_RECEIVER);
    CHECK(is_lent(client) && !is_lent(next));
    for (unsigned i = 0; i < 2; i++)
        cap_delete(i == variant % 2 ? client->tcb : client->sc);
    CHECK_EQ(is_lent(next), !has_bell);
    wait_for(next);
    CHECK_EQ(next->value, MYELIN_OK);
    CHECK_EQ(server->step, 2);
}

TEST(help_server_killed, "help/server-is-killed", "extension")
{
    need_extension();
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    (void)poor_client(portal, 30 * MS);
    sleep_us(10 * MS);
    struct thread *helper = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    sleep_us(2 * MS);
    struct thread *second = thread_run(PRIO_SERVER + 1, caller_main, portal, 10, 0);
    sleep_us(1 * MS);
    CHECK(helper->step == 1 && second->step == 1);
    cap_delete(server->tcb);
    settle();
    CHECK_EQ(helper->step, 2);
    CHECK_EQ(second->step, 2);
    CHECK_EQ(helper->value, MYELIN_DEAD);
    CHECK_EQ(second->value, MYELIN_DEAD);
}

TEST(help_portal_deleted, "help/portal-is-deleted", "extension")
{
    need_extension();
    seL4_CPtr portal = portal_new();
    struct thread *server = passive(worker_main, portal, notification_new());

    WORKS(myelin_TCB_Serve(server->tcb, portal));
    (void)poor_client(portal, 30 * MS);
    sleep_us(10 * MS);
    struct thread *helper = thread_run(PRIO_MID, caller_main, portal, 10, 0);
    sleep_us(2 * MS);
    cap_delete(portal);
    settle();
    CHECK_EQ(helper->step, 2);
    CHECK_EQ(helper->value, MYELIN_DEAD);
    WORKS(myelin_TCB_Serve(server->tcb, portal_new()));
}

/* A cycle of calls: the last one is refused, and all the others have their answers. */
TEST_VARIANTS(deadlock_cycle, "deadlock/cycle-of-servers", "extension", CHAIN_MAX, chain_name)
{
    seL4_CPtr portals[CHAIN_MAX];
    struct thread *servers[CHAIN_MAX];

    need_extension();
    for (unsigned i = 0; i <= variant; i++)
        portals[i] = portal_new();
    for (unsigned i = 0; i <= variant; i++) {
        servers[i] = passive(proxy_main, portals[i], portals[(i + 1) % (variant + 1)]);
        WORKS(myelin_TCB_Serve(servers[i]->tcb, portals[i]));
    }
    struct thread *t = thread_run(PRIO_MID, caller_main, portals[0], 1, 0);
    wait_for(t);
    CHECK_EQ(t->value, MYELIN_OK);
    CHECK_EQ(servers[variant]->value, MYELIN_DEADLOCK);
    for (unsigned i = 0; i < variant; i++)
        CHECK_EQ(servers[i]->value, MYELIN_OK);
}

TEST(serve_errors, "portal/serve-refuses", "extension")
{
    need_extension();
    seL4_CPtr portal = portal_new(), other = portal_new();
    struct thread *a = thread_new(PRIO_HIGH), *b = thread_new(PRIO_HIGH);

    FAILS(seL4_InvalidCapability, MYELIN_INV_TCB_SERVE, myelin_TCB_Serve(a->tcb, endpoint_new()));
    FAILS(seL4_InvalidCapability, MYELIN_INV_TCB_SERVE,
          myelin_TCB_Serve(a->tcb, notification_new()));
    FAILS(seL4_InvalidCapability, MYELIN_INV_TCB_SERVE,
          myelin_TCB_Serve(a->tcb, cap_mint(portal, seL4_CapRights_new(1, 1, 0, 1), 0)));
    thread_start(b, caller_main, portal, 1, 0);
    FAILS(seL4_IllegalOperation, MYELIN_INV_TCB_SERVE,
          myelin_TCB_Serve(a->tcb, portal)); /* somebody queues */
    WORKS(seL4_TCB_Suspend(b->tcb));
    WORKS(myelin_TCB_Serve(a->tcb, cap_copy(portal)));
    FAILS(seL4_IllegalOperation, MYELIN_INV_TCB_SERVE, myelin_TCB_Serve(a->tcb, other));
    FAILS(seL4_IllegalOperation, MYELIN_INV_TCB_SERVE, myelin_TCB_Serve(b->tcb, portal));
    WORKS(myelin_TCB_ServeNone(a->tcb));
    WORKS(myelin_TCB_ServeNone(a->tcb));
    WORKS(myelin_TCB_Serve(b->tcb, portal));
    cap_delete(b->tcb);
    WORKS(myelin_TCB_Serve(a->tcb, portal));
}

/* ---- calls only ---- */

TEST(call_only, "call-only/calls-and-does-not-send", "extension")
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    seL4_CPtr only = cap_mint(endpoint, myelin_CallOnly(), 7);
    seL4_CPtr copies[] = { only, cap_copy(only), cap_mint(endpoint, myelin_CallOnly(), 7) };
    seL4_Word badge = 0;

    for (unsigned i = 0; i < 3; i++) {
        seL4_Send(copies[i], seL4_MessageInfo_new(0, 0, 0, 0)); /* dropped: it does not wait */
        seL4_NBSend(copies[i], seL4_MessageInfo_new(0, 0, 0, 0));
        seL4_NBRecv(endpoint, &badge, reply);
        CHECK_EQ(badge, 0);
        struct thread *t = thread_run(PRIO_HIGH, caller_main, copies[i], 1, 0);
        seL4_Recv(endpoint, &badge, reply);
        CHECK_EQ(badge, 7);
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
        CHECK_EQ(t->step, 2);
        CHECK_EQ(t->value, MYELIN_OK);
    }
    /* The right to send does not come back with a copy, nor the right to an answer. */
    seL4_CPtr again = cap_mint(endpoint, myelin_CallOnly(), 0);
    CHECK_EQ(seL4_CNode_Mint(CNODE, slot_new(), DEPTH, CNODE, again, DEPTH, seL4_AllRights, 0),
             seL4_NoError);
    seL4_Send(again, seL4_MessageInfo_new(0, 0, 0, 0));
    struct thread *t = thread_run(PRIO_HIGH, caller_main, cap_mint(again, seL4_NoRights, 0), 1, 0);
    seL4_Recv(endpoint, &badge, reply);
    CHECK_EQ(t->value, MYELIN_DEAD);
}

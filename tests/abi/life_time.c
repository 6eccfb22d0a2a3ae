/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life cycles of lent time: stacks of calls, contexts lent by a notification, timeouts, with
 * something destroyed in the middle. If a case fails, a context is lost with somebody who is gone,
 * runs two threads, or is used after its end.
 */

#include "env.h"

static seL4_Word proxy_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    for (;;) {
        self->step++;
        seL4_Call(next, seL4_MessageInfo_new(0, 0, 0, 0));
        self->step++;
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
    return 0;
}

/* Holds each call until it is told to go on. */
static seL4_Word holding_main(struct thread *self, seL4_Word source, seL4_Word reply,
                              seL4_Word go_on)
{
    seL4_Recv(source, NULL, reply);
    for (;;) {
        self->step++;
        seL4_Wait(go_on, NULL);
        self->step++;
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
    return 0;
}

static seL4_Word mark_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step++;
    return 0;
}

static struct thread *passive(unsigned priority, thread_function function, seL4_Word a, seL4_Word b,
                              seL4_Word c)
{
    struct thread *t = thread_run(PRIO_HIGH, function, a, b, c);

    WORKS(seL4_SchedContext_Unbind(t->sc));
    WORKS(seL4_TCB_SetPriority(t->tcb, SELF, priority));
    return t;
}

/* Whoever has the context now, it can be taken and gives a new thread time. */
static void check_time_is_there(seL4_CPtr sc)
{
    struct thread *fresh = thread_new_passive(PRIO_HIGH);

    WORKS(seL4_SchedContext_Unbind(sc));
    WORKS(seL4_SchedContext_Bind(sc, fresh->tcb));
    thread_start(fresh, mark_main, 0, 0, 0);
    CHECK_EQ(fresh->step, 1);
}

/* ---- a stack of three calls: client, two proxies, a server that holds the client's time ---- */

enum { LINKS = 3 };

struct stack {
    struct thread *caller[LINKS], *server; /* caller[0] is the client */
    seL4_CPtr endpoint[LINKS], reply[LINKS], go_on;
};

static struct stack stack_new(void)
{
    struct stack s = { .go_on = notification_new() };

    for (unsigned i = 0; i < LINKS; i++) {
        s.endpoint[i] = endpoint_new();
        s.reply[i] = reply_new();
    }
    s.server = passive(PRIO_MID, holding_main, s.endpoint[LINKS - 1], s.reply[LINKS - 1], s.go_on);
    for (unsigned i = LINKS - 1; i > 0; i--) {
        s.caller[i] =
            passive(PRIO_MID, proxy_main, s.endpoint[i - 1], s.reply[i - 1], s.endpoint[i]);
    }
    s.caller[0] = thread_run(PRIO_LOW, call_once, s.endpoint[0], 0, 0);
    settle();
    CHECK_EQ(s.server->step, 1);
    return s;
}

enum {
    SUSPEND,
    DELETE_CALLER,
    DELETE_REPLY,
    HEAVY_BLOWS,
    RESTART = HEAVY_BLOWS,
    DELETE_ENDPOINT,
    REWRITE,
    BLOWS
};
static const char *const blow_names[BLOWS] = {
    "caller-suspended", "caller-deleted",   "reply-deleted",
    "caller-restarted", "endpoint-deleted", "registers-written",
};

static void strike(const struct stack *s, unsigned link, unsigned blow)
{
    struct thread *t = s->caller[link];

    switch (blow) {
    case SUSPEND: (void)seL4_TCB_Suspend(t->tcb); break;
    case RESTART: /* it makes its call again, if it is given time */
        (void)seL4_TCB_Suspend(t->tcb);
        (void)seL4_TCB_Resume(t->tcb);
        break;
    case DELETE_CALLER: cap_delete(t->tcb); break;
    case DELETE_REPLY: cap_delete(s->reply[link]); break;
    case DELETE_ENDPOINT: cap_delete(s->endpoint[link]); break;
    case REWRITE: thread_start(t, mark_main, 0, 0, 0); break;
    }
}

#define BLOW_COUNT (LINKS * BLOWS)

static const char *two_blows_name(unsigned variant)
{
    static char name[80];
    unsigned first = variant / BLOW_COUNT, second = variant % BLOW_COUNT;

    if (second % BLOWS >= HEAVY_BLOWS || first == second) {
        return NULL;
    }
    rt_snprintf(name, sizeof(name), "%s-%u/%s-%u", blow_names[first % BLOWS], first / BLOWS,
                blow_names[second % BLOWS], second / BLOWS);
    return name;
}

TEST_VARIANTS(life_stack, "life/two-blows-at-a-call-stack", "6.1.11", BLOW_COUNT *BLOW_COUNT,
              two_blows_name)
{
    struct stack s = stack_new();

    strike(&s, variant / BLOW_COUNT / BLOWS, variant / BLOW_COUNT % BLOWS);
    settle();
    strike(&s, variant % BLOW_COUNT / BLOWS, variant % BLOWS);
    settle();
    seL4_Signal(s.go_on); /* the server answers, if it still can */
    settle();
    check_time_is_there(s.caller[0]->sc);
    settle();
}

static const char *context_name(unsigned variant)
{
    static const char *const names[] = { "deleted", "unbound", "given-to-another" };

    return names[variant];
}

TEST_VARIANTS(life_stack_context, "life/context-of-a-call-stack", "6.1.11", 3, context_name)
{
    struct stack s = stack_new();
    seL4_CPtr sc = s.caller[0]->sc;

    if (variant == 0) {
        cap_delete(sc);
    } else if (variant == 1) {
        WORKS(seL4_SchedContext_Unbind(sc));
    } else {
        check_time_is_there(sc);
    }
    seL4_Signal(s.go_on);
    settle();
    CHECK_EQ(s.server->step, 1); /* there is no time to go on with */
    sc = sc_new(SLICE, SLICE);
    WORKS(seL4_SchedContext_Bind(sc, s.server->tcb));
    settle();
    CHECK_EQ(s.server->step, 2);
    cap_delete(s.server->tcb);
    settle();
}

/* ---- a context that a notification lends ---- */

enum { IDLE, SIGNALLED, LENT, LENT_ON, LENDINGS };
enum { NTFN, SC, SC_UNBOUND, WAITER, WAITER_SUSPENDED, BOUND_AWAY, LENDER_VICTIMS };

static const char *lending_name(unsigned variant)
{
    static const char *const lendings[] = { "idle", "signalled", "lent", "lent-on" };
    static const char *const victims[] = { "notification",     "context",
                                           "context-unbound",  "waiter",
                                           "waiter-suspended", "context-bound-to-another" };
    static char name[64];

    rt_snprintf(name, sizeof(name), "%s/%s", victims[variant % LENDER_VICTIMS],
                lendings[variant / LENDER_VICTIMS]);
    return name;
}

/* Waits for a signal, then spends the time itself or calls somebody with it. */
static seL4_Word lent_main(struct thread *self, seL4_Word ntfn, seL4_Word endpoint, seL4_Word c)
{
    (void)c;
    seL4_Wait(ntfn, NULL);
    self->step++;
    if (endpoint) {
        seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    for (;;) {
        self->value++;
    }
    return 0;
}

TEST_VARIANTS(life_lender, "life/context-lent-by-a-notification", "6.1.9", LENDINGS *LENDER_VICTIMS,
              lending_name)
{
    unsigned state = variant / LENDER_VICTIMS, victim = variant % LENDER_VICTIMS;
    seL4_CPtr ntfn = notification_new(), sc = sc_new(SLICE, SLICE), endpoint = endpoint_new(),
              go_on = notification_new();
    struct thread *inner = passive(PRIO_MID, holding_main, endpoint, reply_new(), go_on);
    struct thread *t = thread_new(PRIO_HIGH);

    if (state != SIGNALLED) {
        thread_start(t, lent_main, ntfn, state == LENT_ON ? endpoint : 0, 0);
    }
    WORKS(seL4_SchedContext_Unbind(t->sc));
    /* below settle() if it never rests */
    WORKS(seL4_TCB_SetPriority(t->tcb, SELF, state == LENT ? 0 : PRIO_MID));
    WORKS(seL4_SchedContext_Bind(sc, ntfn));
    if (state != IDLE) {
        seL4_Signal(ntfn);
        settle();
    }
    CHECK_EQ(inner->step, state == LENT_ON);
    switch (victim) {
    case NTFN: cap_delete(ntfn); break;
    case SC: cap_delete(sc); break;
    case SC_UNBOUND: WORKS(seL4_SchedContext_Unbind(sc)); break;
    case WAITER: cap_delete(t->tcb); break;
    case WAITER_SUSPENDED: WORKS(seL4_TCB_Suspend(t->tcb)); break;
    case BOUND_AWAY: check_time_is_there(sc); break;
    }
    settle();
    if (victim != NTFN) {
        WORKS(seL4_TCB_SetPriority(inner->tcb, SELF, 0));
        seL4_Signal(ntfn);
    }
    seL4_Signal(go_on);
    if (victim != WAITER) {
        WORKS(seL4_TCB_SetPriority(t->tcb, SELF, 0));
    }
    settle();
    if (victim != SC) {
        check_time_is_there(sc);
        settle();
    }
}

/* ---- timeouts ---- */

enum { T_QUEUED, T_RECEIVED, T_WAITING, TIMEOUT_STATES };
enum {
    T_TCB,
    T_SUSPENDED,
    T_SC,
    T_SC_UNBOUND,
    T_RECONFIGURED,
    T_HANDLER,
    T_REPLY,
    T_CLIENT,
    T_SERVER_REPLY,
    TIMEOUT_VICTIMS
};

static const char *timeout_name(unsigned variant)
{
    static const char *const states[] = { "queued", "received", "no-handler" };
    static const char *const victims[] = {
        "thread",  "thread-suspended", "context", "context-unbound", "context-reconfigured",
        "handler", "handler's-reply",  "client",  "server's-reply"
    };
    static char name[64];
    bool in_server = variant / TIMEOUT_VICTIMS / TIMEOUT_STATES;

    if (!in_server && variant % TIMEOUT_VICTIMS >= T_CLIENT) {
        return NULL;
    }
    rt_snprintf(name, sizeof(name), "%s/%s%s", victims[variant % TIMEOUT_VICTIMS],
                states[variant / TIMEOUT_VICTIMS % TIMEOUT_STATES],
                in_server ? "-in-a-server" : "");
    return name;
}

TEST_VARIANTS(life_timeout, "life/out-of-time", "6.1.12", 2 * TIMEOUT_STATES * TIMEOUT_VICTIMS,
              timeout_name)
{
    unsigned victim = variant % TIMEOUT_VICTIMS, state = variant / TIMEOUT_VICTIMS % TIMEOUT_STATES;
    bool in_server = variant / TIMEOUT_VICTIMS / TIMEOUT_STATES;
    seL4_CPtr handler = endpoint_new(), reply = reply_new(), endpoint = endpoint_new(),
              server_reply = reply_new(), sc = object_new(seL4_SchedContextObject, 8);
    struct thread *t, *client = NULL;

    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, MS, 1000 * MS, 0, 0));
    if (in_server) {
        t = passive(PRIO_HIGH, serve_forever, endpoint, server_reply, 0);
        client = thread_new_passive(PRIO_HIGH);
    } else {
        t = thread_new_passive(PRIO_HIGH);
    }
    if (state != T_WAITING) {
        WORKS(seL4_TCB_SetTimeoutEndpoint(t->tcb, handler));
    }
    WORKS(seL4_SchedContext_Bind(sc, in_server ? client->tcb : t->tcb));
    thread_start(in_server ? client : t, in_server ? call_once : count_forever, endpoint, 0, 0);
    if (state == T_RECEIVED) {
        CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(handler, NULL, reply)), seL4_Fault_Timeout);
    }
    CHECK(t->value > 0);
    switch (victim) {
    case T_TCB: cap_delete(t->tcb); break;
    case T_SUSPENDED: WORKS(seL4_TCB_Suspend(t->tcb)); break;
    case T_SC: cap_delete(sc); break;
    case T_SC_UNBOUND: WORKS(seL4_SchedContext_Unbind(sc)); break;
    case T_RECONFIGURED:
        WORKS(seL4_SchedControl_Configure(schedcontrol, sc, 2 * MS, 1000 * MS, 0, 0));
        break;
    case T_HANDLER:
        cap_revoke(handler);
        cap_delete(handler);
        break;
    case T_REPLY: cap_delete(reply); break;
    case T_CLIENT: cap_delete(client->tcb); break;
    case T_SERVER_REPLY: cap_delete(server_reply); break;
    }
    settle();
    if (victim != T_REPLY) {
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
        settle();
    }
    if (victim != T_TCB) {
        WORKS(seL4_TCB_SetPriority(t->tcb, SELF, 0));
        WORKS(seL4_TCB_Resume(t->tcb));
        settle();
    }
    if (victim != T_SC) {
        WORKS(seL4_SchedContext_Unbind(sc));
        WORKS(seL4_SchedControl_Configure(schedcontrol, sc, SLICE, SLICE, 0, 0));
        check_time_is_there(sc);
    }
    settle();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our extensions: the table "state of the caller x event" of
 * docs/decisions/0005-kernel-extensions.md, cell by cell. A case brings a caller into the state,
 * lets the event happen, has the server give back what time it has borrowed, and then tries to
 * answer. It looks each time at what the caller waits for, where its context is, and whether the
 * server got on.
 */

#include "env.h"
#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/portal.h>
#include <myelin/window.h>

/* Above its clients, and below the case, which can watch it. */
#define PRIO_SERVER (PRIO_MID + 10)

/* AT_PORTAL: queued, too, at the portal of a server. The last two are one column of the table. */
enum state { QUEUED, AT_PORTAL, HELPING, LENT, OWED_BY_ACTIVE, OWED, STATES };
enum event {
    ANSWERED,
    GIVES_BACK,
    DEADLINE,
    INTERRUPTED,
    SUSPENDED,
    REGISTERS_WRITTEN,
    CONTEXT_UNBOUND,
    CONTEXT_DELETED,
    CONTEXT_OTHER,
    REPLY_OFFERED,
    REPLY_DELETED,
    NO_REPLY_OBJECT,
    NO_RIGHT,
    SERVER_DELETED,
    ENDPOINT_DELETED,
    DOMAIN_SWITCH,
    EVENTS
};

static const char *const state_names[] = { "queued", "queued-at-portal", "helping",
                                           "lent",   "owed-by-active",   "owed-given-back" };
static const char *const event_names[] = {
    "answered",           "server-gives-back", "deadline",         "interrupted",
    "suspended",          "registers-written", "context-unbound",  "context-deleted",
    "context-other",      "reply-offered",     "reply-deleted",    "no-reply-object",
    "no-right-to-answer", "server-deleted",    "endpoint-deleted", "domain-switch",
};

/* What becomes of the call. The last two are those of callers whose context is lent. */
enum fate {
    NONE,    /* no such case */
    ENDS,    /* at once */
    WAITS,   /* goes on waiting, its context at home, or lost */
    STOPS,   /* inactive: it repeats the call when it is resumed */
    LATER,   /* ends when the context is home */
    LENDS,   /* goes on waiting, and waits when the context is home */
    STOPPED, /* inactive, the context still away */
};

static const struct {
    seL4_Word outcome;
    enum fate fate[STATES]; /* queued, at a portal, helping, lent, owed by active, owed */
} table[EVENTS] = {
    [ANSWERED] = { MYELIN_OK, { NONE, NONE, NONE, ENDS, ENDS, ENDS } },
    [GIVES_BACK] = { MYELIN_OK, { NONE, NONE, LENDS, LENDS, NONE, NONE } },
    [DEADLINE] = { MYELIN_DEADLINE, { ENDS, ENDS, LATER, LATER, ENDS, ENDS } },
    [INTERRUPTED] = { MYELIN_INTERRUPTED, { ENDS, ENDS, LATER, LATER, ENDS, ENDS } },
    [SUSPENDED] = { MYELIN_OK, { STOPS, STOPS, STOPPED, STOPPED, STOPS, STOPS } },
    [REGISTERS_WRITTEN] = { MYELIN_OK, { WAITS, WAITS, LENDS, LENDS, WAITS, WAITS } },
    [CONTEXT_UNBOUND] = { MYELIN_OK, { WAITS, WAITS, WAITS, WAITS, WAITS, WAITS } },
    [CONTEXT_DELETED] = { MYELIN_OK, { WAITS, WAITS, WAITS, WAITS, WAITS, WAITS } },
    [CONTEXT_OTHER] = { MYELIN_OK, { NONE, NONE, LENDS, LENDS, NONE, NONE } },
    [REPLY_OFFERED] = { MYELIN_DEAD, { NONE, NONE, NONE, ENDS, ENDS, ENDS } },
    [REPLY_DELETED] = { MYELIN_DEAD, { NONE, NONE, NONE, ENDS, ENDS, ENDS } },
    [NO_REPLY_OBJECT] = { MYELIN_DEAD, { ENDS, ENDS, ENDS, NONE, NONE, NONE } },
    [NO_RIGHT] = { MYELIN_DEAD, { ENDS, ENDS, ENDS, NONE, NONE, NONE } },
    [SERVER_DELETED] = { MYELIN_DEAD, { WAITS, ENDS, ENDS, WAITS, WAITS, WAITS } },
    [ENDPOINT_DELETED] = { MYELIN_DEAD, { ENDS, ENDS, ENDS, LENDS, WAITS, WAITS } },
    [DOMAIN_SWITCH] = { MYELIN_DEADLINE, { WAITS, WAITS, LENDS, LENDS, WAITS, WAITS } },
};

static const char *cell_name(unsigned variant)
{
    static char name[64];
    unsigned event = variant / STATES, state = variant % STATES, n = 0;

    if (table[event].fate[state] == NONE)
        return NULL;
    for (const char *c = event_names[event]; *c != '\0'; c++)
        name[n++] = *c;
    name[n++] = '-';
    for (const char *c = state_names[state]; *c != '\0'; c++)
        name[n++] = *c;
    name[n] = '\0';
    return name;
}

/* ---- who plays ---- */

static struct scene {
    enum state state;
    enum event event;
    struct thread *server, *caller;
    seL4_CPtr endpoint, reply, hold, spare;
    volatile bool may_wait;       /* a server that helpers' time is for works until then */
    volatile unsigned loops;      /* ... and counts */
    volatile bool went_elsewhere; /* the caller is where its registers were made to say */
} scene;

static seL4_Word caller_main(struct thread *self, seL4_Word dest, seL4_Word deadline, seL4_Word c)
{
    (void)c;
    self->step = 1;
    seL4_SetMR(0, 5);
    self->value = myelin_Call(dest, seL4_MessageInfo_new(0, 0, 0, 1), deadline).outcome;
    self->step = 2;
    return seL4_GetMR(0);
}

/* Where the caller goes on when its registers have been written. What is in them, the end of the
 * call has changed. */
static void elsewhere(void)
{
    scene.went_elsewhere = true;
    for (;;)
        (void)seL4_TCB_Suspend(scene.caller->tcb);
}

/*
 * Takes a call and keeps it. When it may, it gives back what time it has borrowed, and then serves
 * everybody at once.
 */
static seL4_Word server_main(struct thread *self, seL4_Word source, seL4_Word reply,
                             seL4_Word ready)
{
    seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    self->step = 1;
    while (scene.state == HELPING && !scene.may_wait)
        scene.loops++;
    seL4_Wait(scene.hold, NULL);
    self->step = 2;
    if (scene.event == ENDPOINT_DELETED)
        (void)myelin_Wait(scene.hold, MYELIN_NEVER);
    (void)myelin_Recv(source, scene.spare, MYELIN_NEVER);
    for (;;) {
        self->step++;
        seL4_SetMR(0, seL4_GetMR(0) + 1);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, scene.spare);
    }
    return 0;
}

/* ---- the course of a case ---- */

static void sleep_us(seL4_Word us)
{
    CHECK_EQ(myelin_Wait(notification_new(), now() + us * tsc_mhz()).outcome, MYELIN_DEADLINE);
}

/* Let the others run: all there is to do, but a server that works never comes to its end. */
static void let_run(void)
{
    if (scene.state == HELPING && !scene.may_wait)
        sleep_us(2 * MS);
    else
        settle();
}

static bool is_queued(void)
{
    return scene.state <= HELPING;
}

static bool is_at_portal(void)
{
    return scene.state == AT_PORTAL || scene.state == HELPING;
}

/*
 * The server has something else to do: a call of another client, who has a millisecond in an hour
 * if it is to be helped.
 */
static void keep_server_busy(void)
{
    struct thread *other = thread_new(PRIO_LOW);

    if (scene.state == HELPING)
        WORKS(seL4_SchedControl_ConfigureFlags(schedcontrol, other->sc, MS, 3600 * 1000 * MS, 0, 0,
                                               0));
    thread_start(other, caller_main, scene.endpoint, MYELIN_NEVER, 0);
    sleep_us(5 * MS);
    CHECK_EQ(scene.server->step, 1);
}

static void make_server(void)
{
    seL4_CPtr ready = notification_new(), other_time = notification_new();

    if (scene.state == OWED_BY_ACTIVE) {
        scene.server = thread_run(PRIO_SERVER, server_main, scene.endpoint, scene.reply, ready);
        return;
    }
    scene.server = thread_run_passive(PRIO_SERVER, server_main, scene.endpoint, scene.reply, ready);
    /* what it goes on with when a client is killed */
    WORKS(seL4_TCB_BindNotification(scene.server->tcb, other_time));
    if (is_at_portal())
        WORKS(myelin_TCB_Serve(scene.server->tcb, scene.endpoint));
    if (is_queued())
        keep_server_busy();
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), other_time));
}

static void server_gives_back(void)
{
    scene.may_wait = true;
    if (scene.state != HELPING)
        seL4_Signal(scene.hold);
    settle();
}

/* Bring the caller into the state. */
static void arrange(enum state state, enum event event)
{
    bool has_deadline = event == DEADLINE || event == DOMAIN_SWITCH;

    scene = (struct scene){ .state = state, .event = event, .reply = reply_new() };
    scene.hold = notification_new();
    scene.spare = reply_new();
    scene.endpoint = is_at_portal() ? object_new(MYELIN_PORTAL_OBJECT, 0) : endpoint_new();
    make_server();
    scene.caller = thread_new(PRIO_MID);
    thread_start(scene.caller, caller_main,
                 event == NO_RIGHT ? cap_mint(scene.endpoint, seL4_CapRights_new(0, 0, 0, 1), 3)
                                   : scene.endpoint,
                 has_deadline ? now() + 15 * MS * tsc_mhz() : MYELIN_NEVER, 0);
    let_run();
    if (state == OWED)
        server_gives_back();
}

/* What the caller waits for: kind, and whether its context is lent. */
static void check_wait(seL4_Word kind, bool is_lent)
{
    myelin_TCB_GetWait_t wait = myelin_TCB_GetWait(scene.caller->tcb);

    CHECK_EQ(wait.kind, kind);
    CHECK_EQ(wait.flags & MYELIN_WAIT_IS_LENT, is_lent ? MYELIN_WAIT_IS_LENT : 0);
}

static seL4_Word waiting_kind(void)
{
    return is_queued() ? MYELIN_WAIT_RECEIVER : MYELIN_WAIT_ANSWER;
}

static void write_registers(void)
{
    seL4_UserContext regs;

    thread_registers(scene.caller, &regs);
    regs.rip = (seL4_Word)elsewhere;
    WORKS(seL4_TCB_WriteRegisters(scene.caller->tcb, false, 0, sizeof regs / sizeof(seL4_Word),
                                  &regs));
}

static void bind_other(void)
{
    seL4_Error error = seL4_SchedContext_Bind(sc_new(SLICE, SLICE), scene.caller->tcb);

    CHECK_EQ(error, scene.state == HELPING ? seL4_IllegalOperation : seL4_NoError);
}

/* Answer the caller; false: it does not wait for that. */
static bool answer(void)
{
    seL4_SetMR(0, 77);
    return myelin_Reply(scene.reply, seL4_MessageInfo_new(0, 0, 0, 1)) == MYELIN_OK;
}

static void make_happen(void)
{
    switch (scene.event) {
    case ANSWERED: CHECK(answer()); break;
    case GIVES_BACK: break;
    case DEADLINE: sleep_us(20 * MS); break;
    case INTERRUPTED: WORKS(myelin_TCB_Interrupt(scene.caller->tcb)); break;
    case SUSPENDED: WORKS(seL4_TCB_Suspend(scene.caller->tcb)); break;
    case REGISTERS_WRITTEN: write_registers(); break;
    case CONTEXT_UNBOUND: WORKS(seL4_SchedContext_Unbind(scene.caller->sc)); break;
    case CONTEXT_DELETED: cap_delete(scene.caller->sc); break;
    case CONTEXT_OTHER: bind_other(); break;
    case REPLY_OFFERED: seL4_NBRecv(endpoint_new(), NULL, scene.reply); break;
    case REPLY_DELETED: cap_delete(scene.reply); break;
    case NO_REPLY_OBJECT: seL4_NBWait(scene.endpoint, NULL); break;
    case NO_RIGHT: seL4_NBRecv(scene.endpoint, NULL, reply_new()); break;
    case SERVER_DELETED: cap_delete(scene.server->tcb); break;
    case ENDPOINT_DELETED: cap_revoke(scene.endpoint), cap_delete(scene.endpoint); break;
    case DOMAIN_SWITCH:
        WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, scene.caller->tcb));
        sleep_us(20 * MS);
        break;
    default: break;
    }
    let_run();
}

/*
 * The server goes on, on whatever time: a helper's is used while it works. One at whom the caller
 * just queues is left where it is.
 */
static void check_server_runs(void)
{
    unsigned loops = scene.loops;

    if (scene.event == SERVER_DELETED || scene.state == OWED || scene.state < HELPING)
        return;
    if (scene.state == HELPING) {
        sleep_us(2 * MS);
        CHECK(scene.loops != loops);
    }
    if (scene.event == ANSWERED && scene.state == LENT) {
        /* By somebody else: its time has gone with the answer, as the public interface says. */
        seL4_Signal(scene.hold);
        settle();
        CHECK_EQ(scene.server->step, 1);
        WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), scene.server->tcb));
    }
    server_gives_back();
    if (scene.state != HELPING)
        CHECK(scene.server->step >= 2);
}

/* ... above the caller, which cannot run meanwhile. */
static bool is_server_working(void)
{
    return scene.state == HELPING && !scene.may_wait && scene.event != SERVER_DELETED;
}

/* The end of a call that went on waiting: whoever has it can answer. */
static void finish_waiting(void)
{
    if (scene.event == DOMAIN_SWITCH) {
        WORKS(seL4_DomainSet_Set(seL4_CapDomain, 0, scene.caller->tcb));
        settle();
        CHECK_EQ(scene.caller->step, 2);
        CHECK_EQ(scene.caller->value, MYELIN_DEADLINE);
        return;
    }
    if (is_queued())
        seL4_NBRecv(scene.endpoint, NULL, scene.reply = scene.spare);
    CHECK(answer());
    settle();
    if (scene.event == CONTEXT_UNBOUND || scene.event == CONTEXT_DELETED) {
        CHECK_EQ(scene.caller->step, 1); /* it has its answer, and no time to look at it */
        if (scene.event == CONTEXT_DELETED)
            scene.caller->sc = sc_new(SLICE, SLICE);
        WORKS(seL4_SchedContext_Bind(scene.caller->sc, scene.caller->tcb));
        settle();
    }
    if (scene.event == REGISTERS_WRITTEN) {
        CHECK(scene.went_elsewhere);
        return;
    }
    CHECK_EQ(scene.caller->step, 2);
    CHECK_EQ(scene.caller->value, MYELIN_OK);
    CHECK_EQ(thread_join(scene.caller), 77);
}

static void finish_stopped(void)
{
    CHECK_EQ(scene.caller->step, 1);
    if (!is_queued())
        CHECK(!answer());
    WORKS(seL4_TCB_Resume(scene.caller->tcb));
    settle();
    if (is_queued())
        check_wait(MYELIN_WAIT_RECEIVER, false); /* again */
    else
        CHECK_EQ(thread_join(scene.caller), 6);
}

/* Whatever became of this client, the server serves the next one. */
static void check_next_client(void)
{
    if (scene.event == SERVER_DELETED || scene.event == ENDPOINT_DELETED)
        return;
    if (is_queued())
        seL4_Signal(scene.hold);
    struct thread *next = thread_run(PRIO_MID, caller_main, scene.endpoint, MYELIN_NEVER, 0);

    settle();
    CHECK_EQ(next->step, 2);
    CHECK_EQ(next->value, MYELIN_OK);
    CHECK_EQ(thread_join(next), 6);
}

/* The context is where it belongs: with the caller, or if that got another, with nobody. */
static void check_home(void)
{
    if (scene.event == CONTEXT_OTHER && scene.state == LENT)
        WORKS(seL4_SchedContext_Bind(scene.caller->sc, thread_new_passive(PRIO_LOW)->tcb));
    else
        WORKS(seL4_SchedContext_UnbindObject(scene.caller->sc, scene.caller->tcb));
}

TEST_VARIANTS(outcome_table, "outcome/table", "extension", EVENTS *STATES, cell_name)
{
    enum event event = variant / STATES;
    enum state state = variant % STATES;
    enum fate fate = table[event].fate[state];
    bool is_lent = state == HELPING || state == LENT;

    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
    if (event == DOMAIN_SWITCH && CONFIG_NUM_DOMAINS == 1) {
        test_skip("there is one domain");
    }
    arrange(state, event);
    CHECK_EQ(scene.caller->step, 1);
    check_wait(waiting_kind(), is_lent);

    make_happen();
    CHECK_EQ(scene.caller->step, fate == ENDS && !is_server_working() ? 2 : 1);
    if (fate == ENDS && is_server_working())
        check_wait(MYELIN_WAIT_PROCESSOR, false);
    else if (fate == STOPS || fate == STOPPED)
        check_wait(MYELIN_WAIT_NONE, fate == STOPPED);
    else if (fate != ENDS)
        check_wait(waiting_kind(), fate == LATER || fate == LENDS);

    check_server_runs();
    bool has_ended = fate == ENDS || fate == LATER;
    CHECK_EQ(scene.caller->step, has_ended ? 2 : 1);
    if (has_ended) {
        CHECK_EQ(scene.caller->value, table[event].outcome);
        if (!is_queued() && event != REPLY_DELETED)
            CHECK(!answer()); /* a later one finds nobody */
        if (event == ANSWERED)
            CHECK_EQ(thread_join(scene.caller), 77);
    } else if (fate == STOPS || fate == STOPPED) {
        check_wait(MYELIN_WAIT_NONE, false);
        finish_stopped();
    } else {
        check_wait(waiting_kind(), false);
        finish_waiting();
    }
    check_next_client();
    check_home();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our extensions under hostile users: memory that vanishes under a copy, thousands of answers owed,
 * clients that give up or are killed at any moment of a call to a server that runs on their time.
 * The server serves the next one every time.
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

static void sleep_us(seL4_Word us)
{
    (void)myelin_Wait(notification_new(), in_us(us));
}

/* ---- windows ---- */

enum { PAGE = 4096, PAGES = 8 };
#define MINE FREE_VADDR
#define THEIRS (FREE_VADDR + 0x100000)

static seL4_CPtr frames[2 * PAGES]; /* ours, theirs */

/* Calls with two windows: all of THEIRS, and what is said. */
static seL4_Word window_main(struct thread *self, seL4_Word dest, seL4_Word address,
                             seL4_Word length)
{
    (void)self;
    seL4_SetMR(0, THEIRS);
    seL4_SetMR(1, PAGES * PAGE | MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE);
    seL4_SetMR(2, address);
    seL4_SetMR(3, length);
    seL4_MessageInfo_t info = { { 4 | MYELIN_TAG_WINDOWS(2) } };
    seL4_Call(dest, info);
    return 0;
}

/* The reply object of a caller with windows. */
static seL4_CPtr with_windows(seL4_Word address, seL4_Word length)
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *caller = thread_new(PRIO_HIGH);

    for (unsigned i = 0; i < 2 * PAGES; i++) {
        seL4_Word at = i < PAGES ? MINE + i * PAGE : THEIRS + (i - PAGES) * PAGE;

        if (i % PAGES == 0)
            vspace_add_tables(VSPACE, at);
        frames[i] = frame_new();
        vspace_map(VSPACE, frames[i], at, seL4_ReadWrite);
    }
    WORKS(myelin_TCB_SetExtensions(caller->tcb, MYELIN_EXT_WINDOWS));
    thread_start(caller, window_main, endpoint, address, length);
    seL4_Recv(endpoint, NULL, reply);
    return reply;
}

/* Takes pages of both sides away and puts them back, again and again. */
static seL4_Word unmapper_main(struct thread *self, seL4_Word us, seL4_Word b, seL4_Word c)
{
    seL4_CPtr never = b;

    (void)c;
    for (unsigned i = 0;; i = (i + 5) % (2 * PAGES)) {
        seL4_Word at = i < PAGES ? MINE + i * PAGE : THEIRS + (i - PAGES) * PAGE;

        (void)seL4_X86_Page_Unmap(frames[i]);
        (void)myelin_Wait(never, in_us(us));
        (void)seL4_X86_Page_Map(frames[i], VSPACE, at, seL4_ReadWrite,
                                seL4_X86_Default_VMAttributes);
        (void)myelin_Wait(never, in_us(us));
        self->step++;
    }
    return 0;
}

TEST(hostile_unmap, "hostile/pages-unmapped-during-copies", "extension")
{
    unsigned seen[MYELIN_COPY_NO_REPLY + 1] = { 0 };

    need_extension();
    seL4_CPtr reply = with_windows(0, 0);
    struct thread *t = thread_run(PRIO_HIGH, unmapper_main, 70, notification_new(), 0);

    while (t->step < 64 || seen[MYELIN_COPY_DONE] == 0 ||
           seen[MYELIN_COPY_WINDOW] + seen[MYELIN_COPY_LOCAL] == 0) {
        myelin_CopyResult r = myelin_Copy(reply, (void *)(MINE + 8), 16, PAGES * PAGE - 16,
                                          seen[0] % 2 != 0 ? MYELIN_COPY_WRITE : 0);

        CHECK(r.result == MYELIN_COPY_DONE || r.result == MYELIN_COPY_AGAIN ||
              r.result == MYELIN_COPY_WINDOW || r.result == MYELIN_COPY_LOCAL);
        CHECK(r.result != MYELIN_COPY_DONE || r.bytes == PAGES * PAGE - 16);
        if (r.result == MYELIN_COPY_WINDOW)
            CHECK(r.address == THEIRS + 16 + r.bytes);
        if (r.result == MYELIN_COPY_LOCAL)
            CHECK(r.address == MINE + 8 + r.bytes);
        seen[r.result]++;
    }
}

/* Windows that overlap each other and the server's own memory: bytes go forwards, one by one. */
TEST(hostile_overlap, "hostile/windows-overlap", "extension")
{
    need_extension();
    seL4_CPtr reply = with_windows(THEIRS + 100, 1000 | MYELIN_WINDOW_READABLE);
    volatile unsigned char *theirs = (unsigned char *)THEIRS;

    for (unsigned i = 0; i < 2000; i++)
        theirs[i] = (unsigned char)(i * 11);
    /* out of the second one, into what is the first one's, too */
    myelin_CopyResult r = myelin_Copy(reply, (void *)THEIRS, 0, 1000, 1);
    CHECK(r.result == MYELIN_COPY_DONE && r.bytes == 1000);
    for (unsigned i = 0; i < 1000; i++)
        CHECK_EQ(theirs[i], (unsigned char)((i + 100) * 11));
    CHECK_EQ(myelin_Copy(reply, (void *)THEIRS, 0, 8, 1 | MYELIN_COPY_WRITE).result,
             MYELIN_COPY_RANGE);
    /* onto itself */
    r = myelin_Copy(reply, (void *)THEIRS, 0, PAGES * PAGE, MYELIN_COPY_WRITE);
    CHECK(r.result == MYELIN_COPY_DONE || r.result == MYELIN_COPY_AGAIN);
    CHECK_EQ(theirs[5], (unsigned char)(105 * 11));
}

/* ---- answers owed ---- */

#ifdef CONFIG_DEBUG_BUILD
enum { OWED = 100 }; /* a debug kernel looks at every thread at every exit */
#else
enum { OWED = 10000 };
#endif
enum { NODE_BITS = 15, OWED_ENDPOINT = 1, OWED_HOLD, OWED_REPLY = 16, OWED_TCB = 16384 };
#define FAN_OUT 256ul
#define OWED_UNTYPED_BITS 26

/* In a CSpace of its own: owes all, then answers in an order that is none, and again. */
static seL4_Word owing_main(struct thread *self, seL4_Word b, seL4_Word c, seL4_Word d)
{
    seL4_MessageInfo_t empty = seL4_MessageInfo_new(0, 0, 0, 0);

    (void)b, (void)c, (void)d;
    seL4_Recv(OWED_ENDPOINT, NULL, OWED_REPLY);
    for (unsigned i = 1; i < OWED; i++) {
        self->step = i;
        (void)myelin_Recv(OWED_ENDPOINT, OWED_REPLY + i, MYELIN_NEVER);
    }
    self->step = OWED;
    (void)myelin_Wait(OWED_HOLD, MYELIN_NEVER);
    for (seL4_Word i = 0; i < OWED; i++)
        self->value += myelin_Reply(OWED_REPLY + (i * 7919 + 13) % OWED, empty) == MYELIN_OK;
    for (seL4_Word i = 0; i < OWED; i++)
        self->value += myelin_Reply(OWED_REPLY + i, empty) != MYELIN_GONE;
    self->finished = true;
    for (;;)
        seL4_Wait(OWED_HOLD, NULL);
    return 0;
}

/* A client without stack or buffer: everything is in its registers. */
__attribute__((naked)) static void owed_client(void)
{
    __asm__("syscall\n0: pause\n\tjmp 0b");
}

/* count objects of this type in node, from slot `first` on. */
static void make_many(seL4_CPtr untyped, seL4_Word type, seL4_CPtr node, seL4_Word first,
                      seL4_Word count)
{
    for (seL4_Word i = 0; i < count; i += FAN_OUT)
        WORKS(seL4_Untyped_Retype(untyped, type, 0, node, 0, 0, first + i,
                                  count - i < FAN_OUT ? count - i : FAN_OUT));
}

static seL4_CPtr find_untyped(void)
{
    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        const seL4_UntypedDesc *d = &boot->untypedList[c - boot->untyped.start];

        if (!d->isDevice && d->sizeBits >= OWED_UNTYPED_BITS)
            return c;
    }
    test_skip("no memory");
}

/* The client in slot i of node calls on time, which it keeps while it waits; then it loses it. */
static void call_and_wait(seL4_CPtr node, seL4_Word i, seL4_CPtr tcb, seL4_CPtr endpoint,
                          seL4_CPtr time)
{
    seL4_UserContext regs = { .rip = (seL4_Word)owed_client,
                              .rflags = 0x202,
                              .rax = MYELIN_NATIVE,
                              .rdx = (seL4_Word)MYELIN_SYS_CALL,
                              .rdi = endpoint,
                              .r14 = MYELIN_NEVER };

    WORKS(seL4_CNode_Copy(CNODE, tcb, DEPTH, node, i, NODE_BITS, seL4_AllRights));
    WORKS(seL4_TCB_Configure(tcb, CNODE, 0, VSPACE, 0, 0, 0));
    WORKS(seL4_TCB_SetSchedParams(tcb, SELF, 0, PRIO_HIGH, time, 0));
    WORKS(seL4_TCB_WriteRegisters(tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    WORKS(seL4_SchedContext_UnbindObject(time, tcb));
    WORKS(seL4_CNode_Delete(CNODE, tcb, DEPTH));
}

TEST(hostile_owed, "hostile/ten-thousand-answers-owed", "extension")
{
    need_extension();
    seL4_CPtr untyped = find_untyped(), node = cnode_new(NODE_BITS), endpoint = endpoint_new(),
              hold = notification_new(), tcb = slot_new(), time = sc_new(SLICE, SLICE);
    struct thread *server;

    WORKS(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
    make_many(untyped, seL4_ReplyObject, node, OWED_REPLY, OWED);
    make_many(untyped, seL4_TCBObject, node, OWED_TCB, OWED);
    WORKS(seL4_CNode_Copy(node, OWED_ENDPOINT, NODE_BITS, CNODE, endpoint, DEPTH, seL4_AllRights));
    WORKS(seL4_CNode_Copy(node, OWED_HOLD, NODE_BITS, CNODE, hold, DEPTH, seL4_AllRights));
    server = thread_new(PRIO_HIGH + 1);
    WORKS(seL4_TCB_SetSpace(server->tcb, 0, node,
                            seL4_CNode_CapData_new(0, seL4_WordBits - NODE_BITS).words[0], VSPACE,
                            0));
    thread_start(server, owing_main, 0, 0, 0);
    WORKS(seL4_SchedContext_UnbindObject(server->sc, server->tcb));
    for (unsigned i = 0; i < OWED; i++) {
        call_and_wait(node, OWED_TCB + i, tcb, endpoint, time);
        CHECK_EQ(server->step, i + 1);
    }
    WORKS(seL4_SchedContext_Bind(server->sc, server->tcb));
    seL4_Signal(hold);
    CHECK(server->finished);
    CHECK_EQ(server->value, OWED);
    /* One of them, with time again: it has its answer. */
    WORKS(seL4_CNode_Copy(CNODE, tcb, DEPTH, node, OWED_TCB + OWED / 2, NODE_BITS, seL4_AllRights));
    seL4_UserContext regs;
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    CHECK_EQ(regs.rdi, MYELIN_OK);
    CHECK_EQ(myelin_TCB_GetWait(tcb).kind, MYELIN_WAIT_PROCESSOR);
    WORKS(seL4_CNode_Revoke(CNODE, untyped, DEPTH));
}

/* ---- clients that leave in any phase of a call ---- */

enum { PHASE_US = 100, STEP_US = 23, STEPS = 40, MOMENTS = 4 };

/* Of the servers: above their clients, and below the case, which can strike in any phase. */
#define PRIO_SERVER (PRIO_MID + 10)

/* Where the server is in a request. */
enum phase { RESTING, WORKING, CALLING, OWING, WORKING_AGAIN, PHASES };
static volatile enum phase phase;

static seL4_CPtr second, bell, spare;

static void work(seL4_Word us)
{
    for (seL4_Word left = us * tsc_mhz(), last = now(); left != 0;) {
        seL4_Word t = now(), used = t - last < 20 * tsc_mhz() ? t - last : 0;

        left -= used < left ? used : left;
        last = t;
    }
}

/* The server behind the server. */
static seL4_Word second_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)self, (void)c;
    seL4_Recv(source, NULL, reply);
    for (;;) {
        work(PHASE_US);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
    return 0;
}

/*
 * A request has four phases: work, somebody else's work, an answer that is owed until the bell
 * rings, and work on the bell's time. All but that on the client's.
 */
static seL4_Word first_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    seL4_MessageInfo_t empty = seL4_MessageInfo_new(0, 0, 0, 0);

    (void)c;
    seL4_Recv(source, NULL, reply);
    for (;;) {
        phase = WORKING;
        work(PHASE_US);
        phase = CALLING;
        seL4_Call(second, empty);
        phase = OWING;
        seL4_Signal(spare);
        (void)myelin_Wait(bell, MYELIN_NEVER);
        phase = WORKING_AGAIN;
        work(PHASE_US);
        phase = RESTING;
        self->value += myelin_Reply(reply, empty) == MYELIN_OK;
        self->step++;
        seL4_Recv(source, NULL, reply);
    }
    return 0;
}

/* Rings the bell a while after it is asked to. */
static seL4_Word ringer_main(struct thread *self, seL4_Word b, seL4_Word c, seL4_Word d)
{
    (void)self, (void)c, (void)d;
    for (;;) {
        seL4_Wait(spare, NULL);
        (void)myelin_Wait(b, in_us(PHASE_US));
        seL4_Signal(bell);
    }
    return 0;
}

static seL4_Word client_main(struct thread *self, seL4_Word dest, seL4_Word deadline, seL4_Word c)
{
    (void)c;
    self->step = 1;
    self->value = myelin_Call(dest, seL4_MessageInfo_new(0, 0, 0, 0), deadline).outcome;
    self->step = 2;
    return 0;
}

/* Servers that need their clients' time, and get on without it on that of notifications. */
static struct thread *make_servers(seL4_CPtr endpoint)
{
    struct thread *servers[2];

    phase = RESTING;
    second = endpoint_new();
    spare = notification_new();
    bell = notification_new();
    servers[1] = thread_run_passive(PRIO_SERVER, second_main, second, reply_new(), 0);
    servers[0] = thread_run_passive(PRIO_SERVER, first_main, endpoint, reply_new(), 0);
    for (unsigned i = 0; i < 2; i++) {
        seL4_CPtr ntfn = i == 0 ? bell : notification_new();

        WORKS(seL4_TCB_BindNotification(servers[i]->tcb, ntfn));
        WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), ntfn));
    }
    thread_run(PRIO_SERVER + 1, ringer_main, notification_new(), 0, 0);
    return servers[0];
}

/* Let time pass until t's call has ended. */
static void await_end(const struct thread *t)
{
    for (unsigned i = 0; i < 200 && t->step != 2; i++)
        sleep_us(PHASE_US);
    CHECK_EQ(t->step, 2);
}

/* The next client is served. */
static void check_next(struct thread *next, seL4_CPtr endpoint)
{
    thread_start(next, client_main, endpoint, MYELIN_NEVER, 0);
    await_end(next);
    settle();
    CHECK_EQ(next->value, MYELIN_OK);
    next->step = 0;
}

TEST(hostile_deadlines, "hostile/deadlines-in-every-phase", "extension")
{
    unsigned seen[2] = { 0, 0 };

    need_extension();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *client = thread_new(PRIO_MID), *next = thread_new(PRIO_MID);

    make_servers(endpoint);
    /* How long a call takes depends on the kernel: wider steps until the last is in time. */
    for (unsigned us = STEP_US; us <= 64 * STEP_US && (seen[0] == 0 || seen[1] == 0); us *= 2) {
        for (unsigned i = 0; i < STEPS; i++) {
            thread_start(client, client_main, endpoint, in_us(i * us), 0);
            check_next(next, endpoint);
            await_end(client);
            CHECK(client->value == MYELIN_OK || client->value == MYELIN_DEADLINE);
            seen[client->value == MYELIN_OK]++;
            client->step = 0;
        }
    }
    CHECK(seen[0] != 0 && seen[1] != 0); /* all phases have been walked through */
}

enum kill { THREAD, CONTEXT, BOTH, INTERRUPT, SUSPEND, KINDS };

static const char *kill_name(unsigned variant)
{
    static const char *const names[] = { "thread", "context", "both", "interrupted", "suspended" };

    return names[variant];
}

/* Let time pass until the server is there. */
static void await(enum phase wanted)
{
    seL4_CPtr never = notification_new();

    for (unsigned i = 0; i < 1000 && phase != wanted; i++)
        (void)myelin_Wait(never, in_us(1));
    CHECK_EQ(phase, wanted);
}

TEST_VARIANTS(hostile_kills, "hostile/kills-in-every-phase", "extension", KINDS, kill_name)
{
    need_extension();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *next = thread_new(PRIO_MID);

    make_servers(endpoint);
    for (unsigned i = 0; i < MOMENTS * (PHASES - 1); i++) {
        /* We look once a grain of deadlines, which is shorter than a phase: at other moments. */
        work(i / (PHASES - 1) * PHASE_US / 5);
        struct thread *client = thread_run(PRIO_MID, client_main, endpoint, MYELIN_NEVER, 0);

        await(WORKING + i % (PHASES - 1));
        CHECK_EQ(client->step, 1);
        switch (variant) {
        case INTERRUPT: WORKS(myelin_TCB_Interrupt(client->tcb)); break;
        case SUSPEND: WORKS(seL4_TCB_Suspend(client->tcb)); break;
        default:
            if (variant != CONTEXT)
                cap_delete(client->tcb);
            if (variant != THREAD)
                cap_delete(client->sc);
            break;
        }
        check_next(next, endpoint);
    }
}

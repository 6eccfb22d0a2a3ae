/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits that end, answers that are owed, servers that are helped: only on kernels that have these
 * extensions, but for the two plain rows that they are compared with.
 */
#include "env.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/portal.h>

enum {
    SERVERS = 4,
    SLEEP_TICKS = 400 * 1000,
    CROWD_MAX = 1024,
    LENDER_BUDGET_US = 1000, /* of whoever calls the servers that are helped, and its period */
    LENDER_PERIOD_US = 10 * 1000,
    LABEL_HELPER = 1,
};

#define FAR (1ul << 50) /* ticks: two weeks */

static seL4_CPtr notification, again, reply_object, other_reply, waiter_tcb;
static struct {
    seL4_CPtr portal, reply;
} served[SERVERS];

static seL4_Word now(void)
{
    seL4_Word low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

static void check_outcome(seL4_Word outcome, seL4_Word wanted)
{
    if ((outcome == MYELIN_NATIVE ? MYELIN_OK : outcome) != wanted)
        check("outcome", seL4_InvalidArgument);
}

/* A server that runs on its callers' time; it signals `done` when it waits for them. */
static void passive_start(struct worker *server, void (*serve)(seL4_Word))
{
    reply_object = server->reply;
    worker_start(server, serve, 0);
    done_wait();
    worker_make_passive(server);
}

/* Two threads of one address space; the first one is there first. */
static void run_two(seL4_CPtr space, seL4_Word priority, void (*first)(seL4_Word),
                    void (*second)(seL4_Word))
{
    struct worker one = worker_make(space, priority, 0), other = worker_make(space, PRIO_MID, 0);

    reply_object = one.reply;
    waiter_tcb = one.tcb;
    worker_start(&one, first, 0);
    worker_start(&other, second, 0);
    done_wait();
    worker_stop(&one);
    worker_stop(&other);
}

/* ---- deferred answers ---- */

static void receive_always(seL4_Word unused)
{
    (void)unused;
    for (;;)
        __asm__ volatile(MARK_ASM(b) RECV_ASM ::[b] "i"(2 * ROW_recv_block),
                         RECV_INPUTS(seL4_SysRecv, endpoint, reply_object)
                         : RECV_LOST);
}

/* Goes on when the receiver waits once more. */
static void send_end(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        END_SEND(ROW_recv_block, seL4_SysSend, endpoint, 0);
    done_signal();
}

/* Calls when it is told to, and has its answer only when the other client calls. */
static void client_deferred(seL4_Word unused)
{
    (void)unused;
    for (;;) {
        seL4_Wait(again, NULL);
        (void)seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

static void client_behind(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        END_SEND(ROW_recv_owing, seL4_SysSend, again, 0);
        (void)seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    done_signal();
}

/* The answer to the first client is owed until the second one calls; reply objects take turns. */
#define DEFERRING_SERVER(name, row, end_of_reply)                                                  \
    static void name(seL4_Word unused)                                                             \
    {                                                                                              \
        seL4_CPtr owed = reply_object, offered = other_reply;                                      \
        seL4_Word rax;                                                                             \
                                                                                                   \
        (void)unused;                                                                              \
        (void)seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), endpoint, NULL, owed);       \
        for (;;) {                                                                                 \
            BEGIN_UNTIL(row, MYELIN_SYS_RECV, endpoint, offered, "r12", MYELIN_NEVER, rax);        \
            check_outcome(rax, MYELIN_OK);                                                         \
            UNTIL("", end_of_reply, row, MYELIN_SYS_REPLY, owed, 0, "rsi", 0, rax);                \
            check_outcome(rax, MYELIN_OK);                                                         \
            (void)seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL, offered);       \
            owed ^= offered;                                                                       \
            offered ^= owed;                                                                       \
            owed ^= offered;                                                                       \
        }                                                                                          \
    }
DEFERRING_SERVER(server_owing, ROW_recv_owing, "")
DEFERRING_SERVER(server_deferring, ROW_defer_and_answer, MARK_ASM(e))

static void client_behind_quietly(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        seL4_Signal(again);
        (void)seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    done_signal();
}

static void run_deferred(seL4_CPtr space_a, seL4_CPtr space_b, void (*serve)(seL4_Word),
                         void (*behind)(seL4_Word))
{
    struct worker callee = worker_make(space_b, PRIO_HIGH, 0),
                  first = worker_make(space_a, PRIO_HIGH, 0),
                  second = worker_make(space_a, PRIO_LOW, 0);

    other_reply = second.reply;
    passive_start(&callee, serve);
    worker_start(&first, client_deferred, 0);
    worker_start(&second, behind, 0);
    done_wait();
    worker_stop(&second);
    worker_stop(&first);
    worker_stop(&callee);
}

/* ---- deadlines ---- */

static void wait_plainly(seL4_Word unused)
{
    (void)unused;
    for (;;)
        MEASURE_SEND(ROW_wait_and_signal, seL4_SysWait, notification, 0);
}

#define WAIT_UNTIL(name, row, deadline)                                                            \
    static void name(seL4_Word unused)                                                             \
    {                                                                                              \
        seL4_Word rax;                                                                             \
                                                                                                   \
        (void)unused;                                                                              \
        for (;;) {                                                                                 \
            MEASURE_UNTIL(row, MYELIN_SYS_WAIT, notification, 0, "rsi", deadline, rax);            \
            check_outcome(rax, MYELIN_OK);                                                         \
        }                                                                                          \
    }
WAIT_UNTIL(wait_until, ROW_wait_deadline_far, FAR)
WAIT_UNTIL(wait_among_many, POINT, FAR)

static void signal_rounds(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        seL4_Signal(notification);
    done_signal();
}

#define SLEEP(name, row)                                                                           \
    static void name(seL4_Word unused)                                                             \
    {                                                                                              \
        seL4_Word rax;                                                                             \
                                                                                                   \
        (void)unused;                                                                              \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            MEASURE_UNTIL(row, MYELIN_SYS_WAIT, notification, 0, "rsi", now() + SLEEP_TICKS, rax); \
            check_outcome(rax, MYELIN_DEADLINE);                                                   \
        }                                                                                          \
        done_signal();                                                                             \
    }
SLEEP(sleep_alone, ROW_sleep)
SLEEP(sleep_among_many, POINT)

static void run_alone(seL4_CPtr space, void (*act)(seL4_Word))
{
    struct worker worker = worker_make(space, PRIO_MID, 0);

    worker_start(&worker, act, 0);
    done_wait();
    worker_stop(&worker);
}

static void call_until(seL4_Word unused)
{
    seL4_Word rax;

    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_UNTIL(ROW_call_deadline, MYELIN_SYS_CALL, endpoint, 0, "rsi", FAR, rax);
    (void)rax;
    done_signal();
}

static void answer_always(seL4_Word unused)
{
    struct request request = { 0, 0, { 0 } };

    (void)unused;
    (void)seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), endpoint, NULL, reply_object);
    for (;;) {
        request.info = 0;
        reply_recv(endpoint, reply_object, &request);
    }
}

static void run_call(seL4_CPtr space_a, seL4_CPtr space_b)
{
    struct worker callee = worker_make(space_b, PRIO_MID, 0),
                  caller = worker_make(space_a, PRIO_MID, 0);

    passive_start(&callee, answer_always);
    worker_start(&caller, call_until, 0);
    done_wait();
    worker_stop(&caller);
    worker_stop(&callee);
}

/* ---- interrupting ---- */

static void be_interrupted(seL4_Word unused)
{
    seL4_Word rax;

    (void)unused;
    for (;;) {
        UNTIL("", MARK_ASM(e), ROW_interrupt_wait, MYELIN_SYS_WAIT, notification, 0, "rsi",
              MYELIN_NEVER, rax);
        check_outcome(rax, MYELIN_INTERRUPTED);
    }
}

static void interrupt(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        BEGIN_SEND(ROW_interrupt_wait, seL4_SysCall, waiter_tcb,
                   info_word(MYELIN_INV_TCB_INTERRUPT, 0, 0));
    done_signal();
}

/* ---- helping ---- */

/*
 * The last of a chain of servers, the first of which is called: for one whose context has little
 * budget, it gives that up, so that it has none until somebody helps it.
 */
#define SERVER(name, row, servers)                                                                 \
    static void name(seL4_Word index)                                                              \
    {                                                                                              \
        struct request request = { 0, 0, { 0 } };                                                  \
        seL4_CPtr portal = served[index].portal, reply = served[index].reply;                      \
                                                                                                   \
        request.info =                                                                             \
            seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), portal, NULL, reply).words[0]; \
        for (;;) {                                                                                 \
            if (request.info >> 12 != LABEL_HELPER) {                                              \
                if (index + 1 < (servers)) {                                                       \
                    (void)seL4_Call(served[index + 1].portal, seL4_MessageInfo_new(0, 0, 0, 0));   \
                } else {                                                                           \
                    seL4_Signal(again);                                                            \
                    END_BARE(row, seL4_SysYield);                                                  \
                }                                                                                  \
            }                                                                                      \
            request.info = 0;                                                                      \
            reply_recv(portal, reply, &request);                                                   \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void helper_of_##name(seL4_Word unused)                                                 \
    {                                                                                              \
        (void)unused;                                                                              \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            seL4_Wait(again, NULL);                                                                \
            BEGIN_SEND(row, seL4_SysCall, served[0].portal, info_word(LABEL_HELPER, 0, 0));        \
        }                                                                                          \
        done_signal();                                                                             \
    }
SERVER(server_alone, ROW_help_one, 1)
SERVER(server_in_chain, ROW_help_chain_4, SERVERS)

static void call_always(seL4_Word unused)
{
    (void)unused;
    for (;;)
        (void)seL4_Call(served[0].portal, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void run_helped(seL4_CPtr space_a, seL4_CPtr space_b, unsigned servers,
                       void (*serve)(seL4_Word), void (*help)(seL4_Word))
{
    struct worker server[SERVERS], lender = worker_make(space_a, PRIO_HIGH, 0),
                                   helper = worker_make(space_a, PRIO_LOW, 0);

    for (unsigned i = 0; i < servers; i++) {
        server[i] = worker_make(space_b, PRIO_HIGH, 0);
        served[i].portal = object_make(MYELIN_PORTAL_OBJECT, 0);
        served[i].reply = server[i].reply;
        check("serve", myelin_TCB_Serve(server[i].tcb, served[i].portal));
        worker_start(&server[i], serve, i);
        done_wait();
        worker_make_passive(&server[i]);
    }
    sc_configure(lender.sc, LENDER_BUDGET_US, LENDER_PERIOD_US);
    worker_start(&helper, help, 0);
    worker_start(&lender, call_always, 0);
    done_wait();
    worker_stop(&lender);
    worker_stop(&helper);
    for (unsigned i = 0; i < servers; i++)
        worker_stop(&server[i]);
}

void rows_wait(seL4_CPtr space_a, seL4_CPtr space_b)
{
    notification = object_make(seL4_NotificationObject, 0);
    again = object_make(seL4_NotificationObject, 0);

    run_two(space_a, PRIO_HIGH, receive_always, send_end);
    run_two(space_a, PRIO_HIGH, wait_plainly, signal_rounds);
    if (myelin_version(rt_bootinfo) == 0) {
        for (enum row row = ROW_recv_owing; row <= ROW_help_chain_4; row++)
            if (row != ROW_wait_and_signal)
                row_skip(row, "the kernel does not announce the extension");
        return;
    }
    run_deferred(space_a, space_b, server_owing, client_behind);
    run_deferred(space_a, space_b, server_deferring, client_behind_quietly);
    run_two(space_a, PRIO_HIGH, wait_until, signal_rounds);
    run_alone(space_a, sleep_alone);
    run_call(space_a, space_b);
    run_two(space_a, PRIO_HIGH, be_interrupted, interrupt);
    run_helped(space_a, space_b, 1, server_alone, helper_of_server_alone);
    run_helped(space_a, space_b, SERVERS, server_in_chain, helper_of_server_in_chain);
}

/* Half of the others' deadlines come before FAR, half after it. */
void curve_sleep(seL4_CPtr space)
{
    struct worker sleeper = worker_make(space, PRIO_MID, 0),
                  waiter = worker_make(space, PRIO_HIGH, 0),
                  signaller = worker_make(space, PRIO_MID, 0);
    unsigned started = 0;

    if (myelin_version(rt_bootinfo) == 0)
        return;
    crowd_make(space, CROWD_MAX);
    for (unsigned size = 1; size <= CROWD_MAX; size *= 2) {
        for (; started < size; started++)
            crowd_start_until(started, PRIO_MID, MYELIN_SYS_WAIT, nowhere,
                              started % 2 == 0 ? FAR / 2 : 2 * FAR);
        point_begin(CURVE_sleep_first, size);
        worker_start(&sleeper, sleep_among_many, 0);
        done_wait();
        worker_start(&waiter, wait_among_many, 0);
        point_begin(CURVE_sleep_middle, size);
        worker_start(&signaller, signal_rounds, 0);
        done_wait();
        worker_stop(&waiter);
    }
    worker_stop(&sleeper);
    worker_stop(&signaller);
    crowd_stop();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls, sends, signals, yields: what one thread does to another.
 */
#include "env.h"

/* The row's objects; all address spaces see this memory. */
static seL4_CPtr notification, again, reply_object, offered, received, empty_slot;
seL4_CPtr endpoint;
seL4_Word reply_words;

/* ---- call and reply, passive server in another address space ---- */

enum { LABEL_PLAIN, LABEL_CLEAN_UP };

void server(seL4_Word unused)
{
    struct request request;

    (void)unused;
    request.info = seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), endpoint, &request.badge,
                                   reply_object)
                       .words[0];
    for (;;) {
        request.info = info_word(0, 0, reply_words);
        reply_recv(endpoint, reply_object, &request);
    }
}

/* Accepts a capability with each request and drops it when told to. */
static void server_of_caps(seL4_Word unused)
{
    struct request request;

    (void)unused;
    seL4_SetCapReceivePath(seL4_CapInitThreadCNode, received, seL4_WordBits);
    request.info = seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), endpoint, &request.badge,
                                   reply_object)
                       .words[0];
    for (;;) {
        if (request.info >> 12 == LABEL_CLEAN_UP)
            check("drop capability",
                  seL4_CNode_Delete(seL4_CapInitThreadCNode, received, seL4_WordBits));
        request.info = 0;
        reply_recv(endpoint, reply_object, &request);
    }
}

/* Gives a capability with each answer. */
static void server_giving_caps(seL4_Word unused)
{
    struct request request;

    (void)unused;
    request.info = seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), endpoint, &request.badge,
                                   reply_object)
                       .words[0];
    for (;;) {
        seL4_SetCap(0, offered);
        request.info = info_word(0, 1, 0);
        reply_recv(endpoint, reply_object, &request);
    }
}

#define CALL_CLIENT(row, words)                                                                    \
    static void client_##row(seL4_Word unused)                                                     \
    {                                                                                              \
        (void)unused;                                                                              \
        for (int i = 0; i < ROUNDS; i++)                                                           \
            MEASURE_SEND(ROW_##row, seL4_SysCall, endpoint, info_word(0, 0, words));               \
        done_signal();                                                                             \
    }
CALL_CLIENT(call_reply_0w, 0)
CALL_CLIENT(call_reply_10w, 10)
CALL_CLIENT(call_reply_64w, 64)
CALL_CLIENT(call_reply_120w, 120)
CALL_CLIENT(call_active_10w, 10)
CALL_CLIENT(call_reply_fpu, 0)
CALL_CLIENT(call_bound_0w, 0)

static void client_of_caps(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        seL4_SetCap(0, offered);
        MEASURE_SEND(ROW_call_cap, seL4_SysCall, endpoint, info_word(LABEL_PLAIN, 1, 0));
        (void)seL4_Call(endpoint, seL4_MessageInfo_new(LABEL_CLEAN_UP, 0, 0, 0));
    }
    done_signal();
}

static void client_given_caps(seL4_Word unused)
{
    (void)unused;
    seL4_SetCapReceivePath(seL4_CapInitThreadCNode, received, seL4_WordBits);
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE_SEND(ROW_reply_cap, seL4_SysCall, endpoint, 0);
        check("drop capability",
              seL4_CNode_Delete(seL4_CapInitThreadCNode, received, seL4_WordBits));
    }
    done_signal();
}

void server_start(struct worker *worker, void (*serve)(seL4_Word))
{
    reply_object = worker->reply;
    worker_start(worker, serve, 0);
    done_wait();
    worker_make_passive(worker);
}

static void run_call(seL4_CPtr space_a, seL4_CPtr space_b, void (*serve)(seL4_Word),
                     void (*call)(seL4_Word), seL4_Word words)
{
    struct worker callee = worker_make(space_b, PRIO_MID, 0),
                  caller = worker_make(space_a, PRIO_MID, 0);

    if (call == client_call_reply_fpu) {
        worker_allow_fpu(&caller);
        worker_allow_fpu(&callee);
    }
    reply_words = words;
    if (call == client_call_active_10w) {
        reply_object = callee.reply;
        worker_start(&callee, serve, 0);
        done_wait();
    } else {
        server_start(&callee, serve);
    }
    worker_start(&caller, call, 0);
    done_wait();
    worker_stop(&caller);
    worker_stop(&callee);
}

/* ---- the server's notification has time for it ---- */

/* Nobody calls: it answers nobody, and waits again. */
static void signaller_of_server(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_SEND(ROW_signal_bound, seL4_SysSend, notification, info_word(0, 0, 0));
    done_signal();
}

static void run_bound(seL4_CPtr space_a, seL4_CPtr space_b, seL4_Word priority,
                      void (*act)(seL4_Word))
{
    struct worker callee = worker_make(space_b, priority, 0),
                  actor = worker_make(space_a, PRIO_MID, 0);

    reply_words = 0;
    server_start(&callee, server);
    check("bind notification", seL4_TCB_BindNotification(callee.tcb, notification));
    check("bind scheduling context", seL4_SchedContext_Bind(callee.sc, notification));
    worker_start(&actor, act, 0);
    done_wait();
    check("unbind scheduling context", seL4_SchedContext_UnbindObject(callee.sc, notification));
    check("unbind notification", seL4_TCB_UnbindNotification(callee.tcb));
    worker_stop(&actor);
    worker_stop(&callee);
}

/* ---- one way, within one address space ---- */

static void wait_on_endpoint(seL4_Word reply)
{
    for (;;)
        WAIT_END(ROW_send_wake, endpoint, reply);
}

static void sender(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        BEGIN_SEND(ROW_send_wake, seL4_SysSend, endpoint, info_word(0, 0, 0));
    done_signal();
}

/* Waits, and is signalled, in one address space or two. */
#define SIGNAL(wait, signal, row)                                                                  \
    static void wait(seL4_Word unused)                                                             \
    {                                                                                              \
        (void)unused;                                                                              \
        for (;;)                                                                                   \
            WAIT_END(row, notification, 0);                                                        \
    }                                                                                              \
                                                                                                   \
    static void signal(seL4_Word unused)                                                           \
    {                                                                                              \
        (void)unused;                                                                              \
        for (int i = 0; i < ROUNDS; i++)                                                           \
            BEGIN_SEND(row, seL4_SysSend, notification, info_word(0, 0, 0));                       \
        done_signal();                                                                             \
    }
SIGNAL(wait_on_notification, signaller, ROW_signal_wake)
SIGNAL(wait_elsewhere, signaller_of_other, ROW_signal_other_space)

/*
 * Of lower priority than its signaller: tells it, by `again`, when it has begun to wait once more.
 */
static void wait_behind(seL4_Word first)
{
    seL4_Word told = first;

    for (;;) {
        seL4_NBSendWait(told, seL4_MessageInfo_new(0, 0, 0, 0), notification, NULL);
        told = again;
    }
}

static void signaller_ahead(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE_SEND(ROW_signal_low_prio, seL4_SysSend, notification, info_word(0, 0, 0));
        seL4_Wait(again, NULL);
    }
    done_signal();
}

/* Of higher priority than its signaller, which goes on when it waits once more. */
static void wait_ahead(seL4_Word unused)
{
    (void)unused;
    for (;;)
        BEGIN_SEND(ROW_wait_block, seL4_SysWait, notification, 0);
}

static void signaller_behind(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        END_SEND(ROW_wait_block, seL4_SysSend, notification, 0);
    done_signal();
}

static void run_pair(seL4_CPtr actors, seL4_CPtr waiters, seL4_Word priority,
                     void (*wait)(seL4_Word), void (*act)(seL4_Word))
{
    struct worker waiter = worker_make(waiters, priority, 0),
                  actor = worker_make(actors, PRIO_MID, 0);
    bool behind = priority < PRIO_MID;

    worker_start(&waiter, wait, behind ? done : waiter.reply);
    if (behind)
        done_wait();
    worker_start(&actor, act, 0);
    done_wait();
    worker_stop(&actor);
    worker_stop(&waiter);
}

/* ---- one thread alone ---- */

static void alone(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE_SEND(ROW_signal_no_switch, seL4_SysSend, notification, info_word(0, 0, 0));
        MEASURE_SEND(ROW_wait_pending, seL4_SysWait, notification, 0);
        MEASURE_SEND(ROW_signal_stale_tag, seL4_SysSend, notification, stale_word(0));
        MEASURE_SEND(ROW_signal_stale_caps, seL4_SysSend, notification, stale_word(3));
        seL4_Wait(notification, NULL);
        MEASURE_SEND(ROW_null_syscall, seL4_SysNBSend, empty_slot, info_word(0, 0, 0));
        MEASURE_SEND(ROW_nb_send_nobody, seL4_SysNBSend, endpoint, info_word(0, 0, 0));
        MEASURE_SEND(ROW_nb_wait_empty, seL4_SysNBWait, notification, 0);
        MEASURE_RECV(ROW_nb_recv_empty, seL4_SysNBRecv, endpoint, reply_object);
    }
    done_signal();
}

/* The notification is bound to it. */
static void receive_signals(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        seL4_Signal(notification);
        MEASURE_RECV(ROW_recv_bound_pending, seL4_SysRecv, endpoint, reply_object);
    }
    done_signal();
}

static void run_alone(seL4_CPtr space)
{
    struct worker worker = worker_make(space, PRIO_MID, 0);

    reply_object = worker.reply;
    worker_start(&worker, alone, 0);
    done_wait();
    check("bind notification", seL4_TCB_BindNotification(worker.tcb, notification));
    worker_start(&worker, receive_signals, 0);
    done_wait();
    check("unbind notification", seL4_TCB_UnbindNotification(worker.tcb));
    worker_stop(&worker);
}

/* ---- a sender that waits; a third thread tells when it does ---- */

static void receive_from_sender(seL4_Word reply)
{
    for (int i = 0; i < ROUNDS; i++) {
        seL4_Wait(again, NULL);
        MEASURE_RECV(ROW_recv_sender, seL4_SysRecv, endpoint, reply);
    }
    done_signal();
}

static void send_always(seL4_Word unused)
{
    (void)unused;
    for (;;)
        seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void signal_always(seL4_Word unused)
{
    (void)unused;
    for (;;)
        seL4_Signal(again);
}

static void run_recv_sender(seL4_CPtr space)
{
    struct worker receiver = worker_make(space, PRIO_HIGH, 0),
                  from = worker_make(space, PRIO_MID, 0), idler = worker_make(space, PRIO_LOW, 0);

    worker_start(&receiver, receive_from_sender, receiver.reply);
    worker_start(&from, send_always, 0);
    worker_start(&idler, signal_always, 0);
    done_wait();
    worker_stop(&receiver);
    worker_stop(&from);
    worker_stop(&idler);
}

/* Two of these: the region that one begins ends in the other. */
static void yielder(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_BARE(ROW_yield, seL4_SysYield);
    done_signal();
}

static void run_yield(seL4_CPtr space)
{
    struct worker one = worker_make(space, PRIO_MID, 0), other = worker_make(space, PRIO_MID, 0);

    worker_start(&one, yielder, 0);
    worker_start(&other, yielder, 0);
    done_wait();
    worker_stop(&one);
    worker_stop(&other);
}

void rows_ipc(seL4_CPtr space_a, seL4_CPtr space_b)
{
    endpoint = object_make(seL4_EndpointObject, 0);
    notification = object_make(seL4_NotificationObject, 0);
    again = object_make(seL4_NotificationObject, 0);
    offered = object_make(seL4_EndpointObject, 0);
    received = slot_take();
    empty_slot = slot_take();

    run_call(space_a, space_b, server, client_call_reply_0w, 0);
    run_call(space_a, space_b, server, client_call_reply_10w, 10);
    run_call(space_a, space_b, server, client_call_reply_64w, 64);
    run_call(space_a, space_b, server, client_call_reply_120w, 120);
    run_call(space_a, space_b, server, client_call_active_10w, 10);
    run_call(space_a, space_b, server, client_call_reply_fpu, 0);
    run_call(space_a, space_b, server_of_caps, client_of_caps, 0);
    run_call(space_a, space_b, server_giving_caps, client_given_caps, 0);
    run_pair(space_a, space_a, PRIO_HIGH, wait_on_endpoint, sender);
    run_pair(space_a, space_a, PRIO_HIGH, wait_on_notification, signaller);
    run_pair(space_a, space_a, PRIO_HIGH, wait_ahead, signaller_behind);
    run_pair(space_a, space_a, PRIO_LOW, wait_behind, signaller_ahead);
    run_recv_sender(space_a);
    run_alone(space_a);
    run_yield(space_a);
}

void rows_bound(seL4_CPtr space_a, seL4_CPtr space_b)
{
    run_bound(space_a, space_b, PRIO_MID, client_call_bound_0w);
    run_bound(space_a, space_b, PRIO_HIGH, signaller_of_server);
    run_pair(space_a, space_b, PRIO_HIGH, wait_elsewhere, signaller_of_other);
}

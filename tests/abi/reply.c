/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reply objects: nesting, deletion in every order, donation of scheduling contexts and its return.
 */

#include "env.h"

/* A caller: calls dest, keeps the reply's first word. */
static seL4_Word call_main(struct thread *self, seL4_Word dest, seL4_Word word, seL4_Word c)
{
    (void)c;
    self->step = 1;
    seL4_SetMR(0, word);
    seL4_MessageInfo_t tag = seL4_Call(dest, seL4_MessageInfo_new(0, 0, 0, 1));
    self->value = seL4_GetMR(0);
    self->step = 2;
    return tag.words[0];
}

/* A server: replies word + 1, forever. */
static seL4_Word server_main(struct thread *self, seL4_Word source, seL4_Word reply,
                             seL4_Word ready)
{
    seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), source, NULL, reply);
    for (;;) {
        self->step++;
        seL4_SetMR(0, seL4_GetMR(0) + 1);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
    return 0;
}

/* A server in the middle: passes the call on. */
static seL4_Word proxy_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word next)
{
    seL4_Recv(source, NULL, reply);
    for (;;) {
        self->step++;
        seL4_SetMR(0, seL4_GetMR(0) + 100);
        seL4_Call(next, seL4_MessageInfo_new(0, 0, 0, 1));
        seL4_ReplyRecv(source, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
    return 0;
}

/* A server that takes a call and then waits without answering. */
static seL4_Word stuck_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word never)
{
    seL4_Recv(source, NULL, reply);
    self->step++;
    seL4_Wait(never, NULL);
    self->step++;
    return 0;
}

TEST(reply_once, "reply/answers-once", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    seL4_Recv(endpoint, NULL, reply);
    seL4_SetMR(0, 6);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 6);
    /* A second answer goes nowhere: nobody waits for it. */
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
}

TEST(reply_unused, "reply/send-on-an-unused-object", "4.2.4")
{
    seL4_CPtr reply = reply_new();

    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_NBSend(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(raw_label(reply, 0), seL4_NoError);
}

TEST(reply_copy, "reply/object-can-be-copied", "3.1.5")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), copy = cap_copy(reply);
    struct thread *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    seL4_Recv(endpoint, NULL, reply);
    seL4_Send(copy, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(t->step, 2);
}

TEST(reply_reuse, "reply/object-in-use-is-taken-over", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *a = thread_run(PRIO_HIGH, call_main, endpoint, 1, 0),
                  *b = thread_run(PRIO_HIGH, call_main, endpoint, 2, 0);

    seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(seL4_GetMR(0), 1);
    seL4_Recv(endpoint, NULL, reply); /* the first caller loses its reply */
    CHECK_EQ(seL4_GetMR(0), 2);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(b->step, 2);
    settle();
    CHECK_EQ(a->step, 1);
}

TEST(reply_several, "reply/callers-answered-in-any-order", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), replies[3];
    struct thread *t[3];

    for (unsigned i = 0; i < 3; i++) {
        replies[i] = reply_new();
        t[i] = thread_run(PRIO_HIGH, call_main, endpoint, i, 0);
        seL4_Recv(endpoint, NULL, replies[i]);
        CHECK_EQ(seL4_GetMR(0), i);
    }
    static const unsigned order[] = { 1, 0, 2 };
    for (unsigned i = 0; i < 3; i++) {
        seL4_SetMR(0, order[i] + 10);
        seL4_Send(replies[order[i]], seL4_MessageInfo_new(0, 0, 0, 1));
        CHECK_EQ(t[order[i]]->step, 2);
        CHECK_EQ(t[order[i]]->value, order[i] + 10);
    }
}

TEST(reply_caller_suspended, "reply/suspended-caller-gets-no-answer", "6.1.3")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    seL4_Recv(endpoint, NULL, reply);
    WORKS(seL4_TCB_Suspend(t->tcb));
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(t->step, 1);
    WORKS(seL4_TCB_Resume(t->tcb)); /* calls again */
    seL4_Recv(endpoint, NULL, reply);
    CHECK_EQ(seL4_GetMR(0), 5);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(t->step, 2);
}

TEST(reply_caller_deleted, "reply/deleted-caller", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    seL4_Recv(endpoint, NULL, reply);
    cap_delete(t->tcb);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    /* The object can be used again. */
    struct thread *u = thread_run(PRIO_HIGH, call_main, endpoint, 6, 0);
    seL4_Recv(endpoint, NULL, reply);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(u->step, 2);
}

TEST(reply_server_deleted, "reply/deleted-server", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *server = thread_run(PRIO_HIGH, stuck_main, endpoint, reply, notification_new()),
                  *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    CHECK_EQ(server->step, 1);
    cap_delete(server->tcb);
    seL4_SetMR(0, 8);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1)); /* the object still knows the caller */
    CHECK_EQ(t->step, 2);
    CHECK_EQ(t->value, 8);
}

TEST(reply_object_deleted, "reply/deleted-object-leaves-the-caller-waiting", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);

    seL4_Recv(endpoint, NULL, reply);
    cap_delete(reply);
    settle();
    CHECK_EQ(t->step, 1);
    WORKS(seL4_TCB_Suspend(t->tcb));
    WORKS(seL4_TCB_Resume(t->tcb));
    CHECK_EQ(t->step, 1);
    seL4_Recv(endpoint, NULL, reply_new());
    CHECK_EQ(seL4_GetMR(0), 5);
}

TEST(reply_deleted_while_receiving, "reply/object-deleted-while-receiving", "3.2")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), fault_ep = endpoint_new();
    struct thread *server = thread_new(PRIO_HIGH), *t;

    thread_set_fault_ep(server, fault_ep);
    thread_start(server, stuck_main, endpoint, reply, notification_new());
    cap_delete(reply);
    settle();
    t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);
    /* Upstream restarts nothing: the receiver stays in the queue without a reply object. */
    settle();
    CHECK_EQ(t->step, 1);
}

TEST(reply_in_use_by_receiver, "reply/object-of-another-receiver", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), other = endpoint_new(), reply = reply_new();
    struct thread *a = thread_run(PRIO_HIGH, stuck_main, endpoint, reply, notification_new()), *t;
    seL4_Word badge = 1;

    /* We receive with the object the other thread is waiting with: it is taken from that thread. */
    seL4_NBRecv(other, &badge, reply);
    CHECK_EQ(badge, 0);
    t = thread_run(PRIO_HIGH, call_main, endpoint, 5, 0);
    settle();
    CHECK_EQ(t->step, 1);
    (void)a;
}

/* ---- passive servers ---- */

TEST(passive_server, "reply/passive-server-runs-on-its-callers-time", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), ready = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, server_main, endpoint, reply, ready);

    seL4_SetMR(0, 1);
    seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(seL4_GetMR(0), 2);
    CHECK_EQ(server->step, 1);
    struct thread *t = thread_run(PRIO_LOW, call_main, endpoint, 7, 0);
    thread_join(t);
    CHECK_EQ(t->value, 8);
}

TEST(passive_send, "reply/plain-send-does-not-donate", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), ready = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, server_main, endpoint, reply, ready);

    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
    settle();
    CHECK_EQ(server->step, 0); /* it has the message but no time */
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), server->tcb));
    CHECK_EQ(server->step, 1);
}

static seL4_Word wait_forever_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    for (;;) {
        seL4_Wait(source, NULL);
        self->step++;
    }
    return 0;
}

TEST(passive_wait, "reply/waiting-without-object-gets-no-donation", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, wait_forever_main, endpoint, 0, 0),
                  *t = thread_run(PRIO_LOW, call_main, endpoint, 5, 0);

    settle();
    CHECK_EQ(server->step, 0);
    CHECK_EQ(t->step, 1);
}

TEST(passive_chain, "reply/chain-of-passive-servers", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), ready = notification_new();
    struct thread *inner = thread_run_passive(PRIO_HIGH, server_main, second, reply_new(), ready),
                  *outer = thread_run_passive(PRIO_HIGH, proxy_main, first, reply_new(), second);

    for (unsigned i = 0; i < 3; i++) {
        seL4_SetMR(0, 1);
        seL4_Call(first, seL4_MessageInfo_new(0, 0, 0, 1));
        CHECK_EQ(seL4_GetMR(0), 102);
        CHECK_EQ(inner->step, i + 1);
        CHECK_EQ(outer->step, i + 1);
    }
}

/* With three links, delete the reply object of any, then let the innermost answer. */
TEST(chain_middle_deleted, "reply/middle-of-a-chain-deleted", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), outer_reply = reply_new(),
              inner_reply = reply_new(), never = notification_new();
    struct thread *inner = thread_run_passive(PRIO_HIGH, stuck_main, second, inner_reply, never),
                  *outer = thread_run_passive(PRIO_HIGH, proxy_main, first, outer_reply, second),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(inner->step, 1);
    CHECK_EQ(outer->step, 1);
    cap_delete(outer_reply); /* client cannot be answered any more */
    /* The time stays with the innermost server. */
    seL4_Signal(never);
    settle();
    CHECK_EQ(inner->step, 2);
    CHECK_EQ(client->step, 1);
    (void)client;
}

TEST(chain_inner_deleted, "reply/innermost-of-a-chain-deleted", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), outer_reply = reply_new(),
              inner_reply = reply_new(), never = notification_new();
    struct thread *inner = thread_run_passive(PRIO_HIGH, stuck_main, second, inner_reply, never),
                  *outer = thread_run_passive(PRIO_HIGH, proxy_main, first, outer_reply, second),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(inner->step, 1);
    /* the time goes back to the middle, which waits for ever */
    cap_delete(inner_reply);
    seL4_Signal(never);
    settle();
    CHECK_EQ(inner->step, 1); /* passive again: it cannot go on */
    CHECK_EQ(outer->step, 1);
    CHECK_EQ(client->step, 1);
}

TEST(chain_middle_thread_deleted, "reply/middle-thread-of-a-chain-deleted", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), outer_reply = reply_new(),
              inner_reply = reply_new();
    struct thread *outer = thread_run_passive(PRIO_HIGH, proxy_main, first, outer_reply, second),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(outer->step, 1);
    seL4_Recv(second, NULL, inner_reply); /* we are the innermost */
    cap_delete(outer->tcb);
    seL4_SetMR(0, 55);
    seL4_Send(outer_reply, seL4_MessageInfo_new(0, 0, 0, 1));
    thread_join(client);
    CHECK_EQ(client->value, 55);
}

TEST(chain_suspend_middle, "reply/middle-of-a-chain-suspended", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), second = endpoint_new(), outer_reply = reply_new(),
              inner_reply = reply_new(), never = notification_new();
    struct thread *inner = thread_run_passive(PRIO_HIGH, stuck_main, second, inner_reply, never),
                  *outer = thread_run_passive(PRIO_HIGH, proxy_main, first, outer_reply, second),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(inner->step, 1);
    WORKS(seL4_TCB_Suspend(outer->tcb));
    seL4_Signal(never); /* the innermost still has the client's time */
    settle();
    CHECK_EQ(inner->step, 2);
    CHECK_EQ(client->step, 1);
}

TEST(chain_client_deleted, "reply/head-of-a-chain-deleted", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), reply = reply_new(), never = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, stuck_main, first, reply, never),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(server->step, 1);
    cap_delete(client->tcb);
    seL4_Signal(never);
    settle();
    CHECK_EQ(server->step, 2); /* the scheduling context outlives its thread */
}

TEST(chain_sc_deleted, "reply/scheduling-context-of-a-chain-deleted", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), reply = reply_new(), never = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, stuck_main, first, reply, never),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    cap_delete(client->sc);
    seL4_Signal(never);
    settle();
    CHECK_EQ(server->step, 1);
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), server->tcb));
    settle();
    CHECK_EQ(server->step, 2);
    /* The caller can still be answered, but has no time to go on. */
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    settle();
    CHECK_EQ(client->step, 1);
    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), client->tcb));
    settle();
    CHECK_EQ(client->step, 2);
}

TEST(server_deleted_returns_sc, "reply/deleted-server-gives-the-time-back", "6.1.11")
{
    seL4_CPtr first = endpoint_new(), reply = reply_new(), never = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, stuck_main, first, reply, never),
                  *client = thread_run(PRIO_LOW, call_main, first, 1, 0);

    settle();
    CHECK_EQ(server->step, 1);
    cap_delete(server->tcb);
    settle();
    CHECK_EQ(client->step, 1);
    seL4_SetMR(0, 9);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    settle();
    /* Answered; whether it has its time back shows when it runs. */
    if (client->step == 1) {
        FAIL("the caller was answered but did not run");
    }
    CHECK_EQ(client->value, 9);
}

TEST(active_server_keeps_own, "reply/active-server-gets-no-donation", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), never = notification_new();
    struct thread *server = thread_run(PRIO_HIGH, stuck_main, endpoint, reply, never),
                  *client = thread_run(PRIO_LOW, call_main, endpoint, 1, 0);

    settle();
    CHECK_EQ(server->step, 1);
    cap_delete(client->sc);
    seL4_Signal(never);
    settle();
    CHECK_EQ(server->step, 2);
}

TEST(reply_by_third, "reply/answer-from-another-thread-returns-the-time", "6.1.11")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new(), never = notification_new();
    struct thread *server = thread_run_passive(PRIO_HIGH, stuck_main, endpoint, reply, never),
                  *client = thread_run(PRIO_LOW, call_main, endpoint, 1, 0);

    settle();
    CHECK_EQ(server->step, 1);
    seL4_SetMR(0, 3);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    thread_join(client);
    CHECK_EQ(client->value, 3);
    seL4_Signal(never);
    settle();
    CHECK_EQ(server->step, 1); /* passive again */
}

TEST(reply_deep_chain, "reply/chain-of-ten", "6.1.11")
{
    enum { LINKS = 10 };
    seL4_CPtr endpoints[LINKS + 1];

    for (unsigned i = 0; i <= LINKS; i++) {
        endpoints[i] = endpoint_new();
    }
    thread_run_passive(PRIO_HIGH, server_main, endpoints[LINKS], reply_new(), notification_new());
    for (unsigned i = 0; i < LINKS; i++) {
        thread_run_passive(PRIO_HIGH, proxy_main, endpoints[i], reply_new(), endpoints[i + 1]);
    }
    seL4_SetMR(0, 5);
    seL4_Call(endpoints[0], seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(seL4_GetMR(0), 5 + 100 * LINKS + 1);
}

TEST(reply_deep_chain_torn, "reply/chain-of-ten-torn-down-from-the-middle", "6.1.11")
{
    enum { LINKS = 10 };
    seL4_CPtr endpoints[LINKS + 1], replies[LINKS + 1];
    struct thread *client;

    for (unsigned i = 0; i <= LINKS; i++) {
        endpoints[i] = endpoint_new();
        replies[i] = reply_new();
    }
    struct thread *last = thread_run_passive(PRIO_HIGH, stuck_main, endpoints[LINKS],
                                             replies[LINKS], notification_new());
    for (unsigned i = 0; i < LINKS; i++) {
        thread_run_passive(PRIO_HIGH, proxy_main, endpoints[i], replies[i], endpoints[i + 1]);
    }
    client = thread_run(PRIO_LOW, call_main, endpoints[0], 1, 0);
    settle();
    CHECK_EQ(last->step, 1);
    for (unsigned i = 1; i <= LINKS; i += 3) {
        cap_delete(replies[i]);
    }
    for (unsigned i = 0; i <= LINKS; i += 2) {
        cap_delete(replies[i]);
    }
    settle();
    CHECK_EQ(client->step, 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reply objects and travelling contexts. If one fails, an answer reaches the wrong thread, or time
 * gets lost or doubled.
 */
#include "cases.h"

static struct reply *reply(word_t i)
{
    return object(i);
}

static struct sched_context *context(word_t t)
{
    return object(t + 1);
}

/*
 * T1 calls T2 (passive, at EP, REPLY), which calls T3 (passive, at EP2, REPLY2), all on T1's
 * context. T3 runs.
 */
static void chain_of_three(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    make_passive(T3, EP2, REPLY2);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    act(thread(T2), SYS_CALL, EP2, 0, 0);
}

static bool call_blocks(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    sys_with(SYS_CALL, EP, msg_make(3, 0, 0, 1), 0);
    CHECK(tcb_is_on_reply(thread(W_TCB)) && reply(REPLY)->caller == thread(W_TCB));
    CHECK(msg_label(thread(T1)->ctx.tag) == 3);
    act(thread(T1), SYS_SEND, REPLY, msg_make(4, 0, 0, 0), 0);
    CHECK(thread(W_TCB)->state == THREAD_RUNNABLE && msg_label(thread(W_TCB)->ctx.tag) == 4);
    CHECK(reply(REPLY)->caller == NULL);
    become(thread(W_TCB));
    return true;
}

static bool reply_recv(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    sys_with(SYS_CALL, EP, 0, 0);
    act(thread(T1), SYS_REPLY_RECV, EP, msg_make(9, 0, 0, 0), REPLY);
    CHECK(tcb_is_receiving(thread(T1)) && reply(REPLY)->caller == thread(T1));
    CHECK(current() == thread(W_TCB) && msg_label(current()->ctx.tag) == 9);
    return true;
}

static bool answer_once(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    sys_with(SYS_CALL, EP, 0, 0);
    act(thread(T1), SYS_SEND, REPLY, msg_make(1, 0, 0, 0), 0);
    act(thread(T1), SYS_SEND, REPLY, msg_make(2, 0, 0, 0), 0); /* nobody waits: nothing */
    become(thread(W_TCB));
    CHECK(msg_label(current()->ctx.tag) == 1);
    return true;
}

static bool donation(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    CHECK(current() == thread(T2) && thread(T2)->sc == context(T1) && thread(T1)->sc == NULL);
    CHECK(context(T1)->reply == reply(REPLY) && reply(REPLY)->sc == context(T1));
    sys_with(SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(thread(T1)->sc == context(T1) && thread(T2)->sc == NULL && context(T1)->reply == NULL);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && tcb_is_receiving(thread(T2)));
    become(thread(W_TCB));
    return true;
}

static bool no_donation_to_active(void)
{
    set_up();
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    CHECK(thread(T1)->sc == context(T1) && thread(T2)->sc == context(T2) &&
          context(T1)->reply == NULL);
    become(thread(W_TCB));
    return true;
}

static bool no_donation_by_send(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act(thread(T1), SYS_SEND, EP, 0, 0);
    CHECK(thread(T1)->sc == context(T1) && thread(T2)->sc == NULL &&
          thread(T2)->state == THREAD_RUNNABLE);
    CHECK(!thread(T2)->is_queued);
    become(thread(W_TCB));
    return true;
}

static bool stack_of_two(void)
{
    chain_of_three();
    CHECK(current() == thread(T3) && thread(T3)->sc == context(T1));
    CHECK(context(T1)->reply == reply(REPLY2) && reply(REPLY2)->next == reply(REPLY) &&
          reply(REPLY)->prev == reply(REPLY2));
    CHECK(reply(REPLY)->next == NULL && reply(REPLY2)->prev == NULL &&
          reply(REPLY)->sc == context(T1));
    sys_with(SYS_REPLY_RECV, EP2, 0, REPLY2);
    CHECK(current() == thread(T2) && thread(T2)->sc == context(T1) &&
          context(T1)->reply == reply(REPLY));
    sys_with(SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(thread(T1)->sc == context(T1) && context(T1)->reply == NULL);
    become(thread(W_TCB));
    return true;
}

static bool delete_top(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(REPLY2) == ERR_NONE);
    /* T2 gets no answer: it stops, with the context that came back */
    CHECK(thread(T2)->state == THREAD_INACTIVE && thread(T2)->sc == context(T1) &&
          thread(T3)->sc == NULL);
    CHECK(context(T1)->reply == reply(REPLY));
    return true;
}

static bool delete_bottom(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(REPLY) == ERR_NONE);
    CHECK(thread(T1)->state == THREAD_INACTIVE && thread(T1)->sc == NULL &&
          thread(T3)->sc == context(T1));
    CHECK(reply(REPLY2)->next == NULL && context(T1)->reply == reply(REPLY2));
    act(thread(T3), SYS_REPLY_RECV, EP2, 0, REPLY2);
    CHECK(thread(T2)->sc == context(T1) && context(T1)->reply == NULL);
    become(thread(W_TCB));
    return true;
}

static bool delete_middle(void)
{
    struct sched_context *sc;

    set_up();
    make(OBJ_ENDPOINT, 0, FREE);
    make_passive(T1, EP, REPLY);
    make_passive(T2, EP2, REPLY2);
    make_passive(T3, FREE, REPLY3);
    make_thread(FREE + 1, W_PRIO, 0);
    resume(FREE + 1);
    sc = object(FREE + 2);
    act(thread(FREE + 1), SYS_CALL, EP, 0, 0);
    act(thread(T1), SYS_CALL, EP2, 0, 0);
    act(thread(T2), SYS_CALL, FREE, 0, 0);
    CHECK(sc->reply == reply(REPLY3) && thread(T3)->sc == sc);
    become(thread(W_TCB));
    CHECK(cnode_delete(REPLY2) == ERR_NONE);
    CHECK(reply(REPLY3)->next == NULL && reply(REPLY)->prev == NULL); /* the stack breaks there */
    CHECK(thread(T1)->state == THREAD_INACTIVE && thread(T1)->sc == NULL && thread(T3)->sc == sc);
    act(thread(T3), SYS_REPLY_RECV, FREE, 0, REPLY3);
    CHECK(thread(T2)->sc == sc && sc->reply == NULL);
    act(thread(T2), SYS_SEND, REPLY, 0, 0); /* an answer, and no context */
    CHECK(thread(FREE + 1)->state == THREAD_RUNNABLE && thread(FREE + 1)->sc == NULL &&
          thread(T2)->sc == sc);
    become(thread(W_TCB));
    return true;
}

static bool suspend_bottom(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(reply(REPLY)->caller == NULL && reply(REPLY2)->next == NULL &&
          thread(T3)->sc == context(T1));
    CHECK(thread(T1)->ctx.ip == USER_IP); /* resumed, it calls again */
    return true;
}

static bool suspend_middle(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(context(T1)->reply == NULL && reply(REPLY)->sc == NULL && reply(REPLY2)->caller == NULL);
    CHECK(thread(T3)->sc == context(T1));
    return true;
}

static bool suspend_server(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(INVOKE(T3, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    /* somebody else may answer */
    CHECK(reply(REPLY2)->caller == thread(T2) && thread(T3)->sc == context(T1));
    sys_with(SYS_SEND, REPLY2, 0, 0);
    CHECK(thread(T2)->state == THREAD_RUNNABLE && thread(T2)->sc == context(T1));
    return true;
}

static bool delete_server(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(T3) == ERR_NONE);
    CHECK(context(T1)->tcb == NULL && tcb_is_on_reply(thread(T2)) &&
          reply(REPLY2)->caller == thread(T2));
    sys_with(SYS_SEND, REPLY2, 0, 0); /* the context goes back with the answer all the same */
    CHECK(thread(T2)->state == THREAD_RUNNABLE && thread(T2)->sc == context(T1));
    return true;
}

static bool delete_caller(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(T1) == ERR_NONE);
    CHECK(reply(REPLY)->caller == NULL && reply(REPLY2)->next == NULL);
    return true;
}

static bool delete_context(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    CHECK(thread(T3)->sc == NULL && reply(REPLY2)->sc == NULL && tcb_is_on_reply(thread(T1)) &&
          tcb_is_on_reply(thread(T2)));
    return true;
}

static bool unbind_context(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(thread(T3)->sc == NULL && context(T1)->tcb == NULL && context(T1)->reply == NULL);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T3 }) == ERR_NONE);
    act(thread(T3), SYS_REPLY_RECV, EP2, 0, REPLY2); /* the stack no longer leads it back */
    CHECK(thread(T2)->sc == NULL && thread(T2)->state == THREAD_RUNNABLE);
    become(thread(W_TCB));
    return true;
}

static bool delete_endpoint(void)
{
    chain_of_three();
    become(thread(W_TCB));
    CHECK(cnode_delete(EP2) == ERR_NONE);
    CHECK(tcb_is_on_reply(thread(T2)) && thread(T3)->state == THREAD_RUNNABLE);
    return true;
}

static bool delete_offered(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    CHECK(cnode_delete(REPLY) == ERR_NONE);
    CHECK(thread(T1)->state == THREAD_INACTIVE &&
          waitq_is_empty(&((struct endpoint *)object(EP))->queue));
    return true;
}

static bool offered_twice(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    act(thread(T2), SYS_RECV, EP2, 0, REPLY); /* takes it away from T1 */
    become(thread(W_TCB));
    CHECK(thread(T1)->state == THREAD_INACTIVE && reply(REPLY)->caller == thread(T2));
    return true;
}

static bool offered_while_waited_for(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    act(thread(T2), SYS_CALL, EP, 0, 0);
    act(thread(T1), SYS_RECV, EP2, 0, REPLY); /* T2 will not be answered */
    become(thread(W_TCB));
    CHECK(thread(T2)->state == THREAD_INACTIVE && thread(T2)->ctx.ip == USER_IP &&
          reply(REPLY)->caller == thread(T1));
    return true;
}

static bool no_reply_object(void)
{
    set_up();
    act(thread(T1), SYS_WAIT, EP, 0, 0);
    become(thread(W_TCB));
    sys_with(SYS_CALL, EP, msg_make(5, 0, 0, 0), 0);
    CHECK(thread(W_TCB)->state == THREAD_INACTIVE && msg_label(thread(T1)->ctx.tag) == 5);
    sched_enter();
    tcb_resume(thread(W_TCB));
    sched_exit();
    become(thread(W_TCB));
    return true;
}

static bool no_grant_no_answer(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_WRITE, 5) == ERR_NONE);
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    act(thread(T2), SYS_CALL, FREE, 0, 0);
    become(thread(W_TCB));
    CHECK(thread(T2)->state == THREAD_INACTIVE && reply(REPLY)->caller == NULL);
    return true;
}

static bool answer_without_grant(void)
{
    set_up();
    CHECK(cnode_mint(FREE, REPLY, 0, 0) == ERR_NONE);
    CHECK(!cap_has(cap_at(FREE), RIGHT_GRANT));
    thread(T2)->ipc_buffer[BUF_RECV_CNODE] = W_ROOT;
    thread(T2)->ipc_buffer[BUF_RECV_INDEX] = FREE + 1;
    thread(T2)->ipc_buffer[BUF_RECV_DEPTH] = 64;
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    act(thread(T2), SYS_CALL, EP, 0, 0);
    become(thread(T1));
    current()->ipc_buffer[BUF_CAPS] = NTFN;
    sys_with(SYS_SEND, FREE, msg_make(0, 0, 1, 0), 0);
    CHECK(thread(T2)->state == THREAD_RUNNABLE && slot_is_empty(slot(FREE + 1)));
    become(thread(W_TCB));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "reply: a call waits for its answer", call_blocks },
        { "reply: answer and receive in one", reply_recv },
        { "reply: one answer per call", answer_once },
        { "reply: a passive server runs on its caller's context", donation },
        { "reply: a server with its own context does not", no_donation_to_active },
        { "reply: a plain send gives no context", no_donation_by_send },
        { "reply: a call through two servers and back", stack_of_two },
        { "reply: the top reply object is deleted", delete_top },
        { "reply: the bottom reply object is deleted", delete_bottom },
        { "reply: a reply object in the middle of three is deleted", delete_middle },
        { "reply: the first caller is suspended", suspend_bottom },
        { "reply: the caller in the middle is suspended", suspend_middle },
        { "reply: the server is suspended and another answers", suspend_server },
        { "reply: the server is deleted and another answers", delete_server },
        { "reply: the first caller is deleted", delete_caller },
        { "reply: the context is deleted on its way", delete_context },
        { "reply: the context is unbound on its way", unbind_context },
        { "reply: the endpoint is deleted after the call", delete_endpoint },
        { "reply: a reply object is deleted while it is offered", delete_offered },
        { "reply: a reply object is offered twice", offered_twice },
        { "reply: a reply object is offered while somebody waits for it",
          offered_while_waited_for },
        { "reply: a call to a receiver without reply object", no_reply_object },
        { "reply: a call that may not be answered", no_grant_no_answer },
        { "reply: an answer that may not carry capabilities", answer_without_grant },
    };

    return RUN_CASES(argc, argv, cases);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that go on with another context while their own is away
 * (docs/decisions/0005-kernel-extensions.md, "Where a call stack breaks"). If one fails, a deletion
 * never ends, or a call stack leads to a reply object that is no more.
 */
#include "cases.h"

#include "reply.h"

static bool is_outcome(word_t t, word_t outcome)
{
    return thread(t)->state == THREAD_RUNNABLE && thread(t)->ctx.cap == outcome;
}

/* t makes an extended call that has no deadline. */
static void call_extended(struct tcb *t, cptr_t cap)
{
    t->ctx.other[0] = MYELIN_NATIVE;
    t->ctx.other[1] = TIMER_OFF;
    act(t, (sword_t)MYELIN_SYS_CALL, cap, 0, 0);
}

/*
 * t calls whoever serves cap, is stopped while its context is away, and goes on with the spare one.
 */
static void go_on_with_spare(word_t t, cptr_t cap)
{
    call_extended(thread(t), cap);
    become(thread(W_TCB));
    INVOKE(t, INV_TCB_SUSPEND, .length = 0);
    configure_sc(SPARE_SC, 5000, 5000, 0, 0);
    INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { t });
    resume(t);
}

static void take_spare(word_t t)
{
    become(thread(W_TCB));
    INVOKE(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { t });
}

/*
 * T1 was stopped while its context was away, went on with another, and has lost that in a call that
 * queues: its wait is like any other's.
 */
static void queue_without_time(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    go_on_with_spare(T1, EP);
    call_extended(thread(T1), EP2);
    take_spare(T1);
}

static bool queued_without_time_is_told(void)
{
    queue_without_time();
    CHECK(thread(T1)->lent != NULL && thread(T1)->sc == NULL);
    CHECK(cnode_delete(EP2) == ERR_NONE);
    CHECK(is_outcome(T1, MYELIN_DEAD));
    return true;
}

static bool queued_without_time_is_interrupted(void)
{
    queue_without_time();
    CHECK(INVOKE(T1, MYELIN_INV_TCB_INTERRUPT, .length = 0) == ERR_NONE);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED));
    return true;
}

/*
 * T1 calls T2, which has a context away in an older call (at T3); T2 calls the helper, which queues
 * at the portal at FREE and helps its server. The helper goes: nothing leads to T2's call any more.
 */
static bool helper_in_stack_deleted(void)
{
    const word_t helper = 30, server = 32;

    set_up();
    make_thread(helper, W_PRIO, 0);
    make_thread(server, W_PRIO, 0);
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(server, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T3, EP2, REPLY3);
    go_on_with_spare(T2, EP2);
    CHECK(thread(T2)->lent != NULL);
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    take_spare(T2);
    resume(helper);
    make_passive(helper, EP2, REPLY2);
    INVOKE(server + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    resume(server);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    act(thread(T2), SYS_CALL, EP2, 0, 0);
    act(thread(helper), SYS_CALL, FREE, 0, 0);
    CHECK(thread(helper)->obstacles & OBSTACLE_HELPING && thread(helper)->held == object(REPLY2));
    become(thread(W_TCB));
    CHECK(cnode_delete(helper) == ERR_NONE);
    CHECK(!reply_is_lent(object(REPLY)) && thread(T1)->reply == object(REPLY));
    return true;
}

/*
 * T2 serves the portal at FREE on T1's context, which goes while T3 queues there with one: that is
 * the server's other time.
 */
static bool queued_helps_who_lost_time(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    act(thread(T2), SYS_RECV, FREE, 0, REPLY);
    become(thread(W_TCB));
    INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    CHECK(thread(T2)->state == THREAD_RUNNABLE && thread(T2)->sc == object(T1 + 1));
    act(thread(T3), SYS_CALL, FREE, 0, 0);
    CHECK(thread(T3)->state == THREAD_ON_SEND);
    become(thread(W_TCB));
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    CHECK(thread(T3)->obstacles & OBSTACLE_HELPING && thread(T2)->sc == thread(T3)->lent);
    return true;
}

/*
 * T1 works for T2 on the spare context, which T2, who waits for the answer, has been given and has
 * lost meanwhile; T1 makes this call, which brings it back.
 */
static bool comes_back(word_t number, cptr_t cap, cptr_t reply)
{
    struct tcb *t = thread(T1);

    configure_sc(SPARE_SC, 5000, 5000, 0, 0);
    INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T2 });
    INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 });
    make_passive(T1, EP2, REPLY2);
    act(thread(T2), SYS_CALL, EP2, 0, 0);
    for (word_t i = 0; i < 2; i++) {
        take_spare(i == 0 ? T1 : T2);
        INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { i == 0 ? T2 : T1 });
    }
    CHECK(thread(T2)->has_lost_time);
    become(t);
    t->ctx.cap = cap;
    t->ctx.tag = 0;
    t->ctx.reply = reply;
    t->ctx.other[1] = TIMER_OFF;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    CHECK(fast_enter(t, (sword_t)number));
    CHECK(thread(T2)->sc == object(SPARE_SC) && !thread(T2)->has_lost_time);
    become(thread(W_TCB));
    return true;
}

static bool comes_back_owed(void)
{
    set_up();
    return comes_back(MYELIN_SYS_RECV, EP, REPLY);
}

static bool comes_back_with_answer(void)
{
    set_up();
    return comes_back((word_t)SYS_REPLY_RECV, EP, REPLY2);
}

/* T2 waits for calls of the portal at FREE, without time of its own; T1 has little. */
static void serve_on_little(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
}

/*
 * T2 serves the portal at FREE for T1 on a context that has run dry; it is woken (by a request that
 * lets the root go on), deleted, and its memory becomes something else: nobody looks there for whom
 * to help.
 */
static bool who_was_to_be_helped_is_gone(void)
{
    serve_on_little();
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->is_waiting_budget);
    become(thread(W_TCB));
    INVOKE(T2, INV_TCB_SUSPEND, .length = 0);
    resume(T2);
    CHECK(thread(T2)->is_waiting_budget && this_cpu()->to_help == NULL);
    return cnode_delete(T2) == ERR_NONE;
}

/*
 * T2 serves the portal at FREE on T1's context until that has run dry. T1, which has another one
 * meanwhile, is to run next; T3, which queues there, helps T2, and T1's own comes home.
 */
static bool chosen_gets_its_own(void)
{
    serve_on_little();
    go_on_with_spare(T1, FREE);
    act(thread(T3), SYS_CALL, FREE, 0, 0);
    act(thread(W_TCB), SYS_WAIT, NTFN, 0, 0);
    CHECK(thread(T2)->sc == object(T1 + 1) && thread(T3)->state == THREAD_ON_SEND);
    become(thread(T2));
    pass_us(110);
    CHECK(current() == thread(T2) && thread(T2)->sc == thread(T3)->lent);
    CHECK(thread(T1)->is_queued && thread(T1)->sc == object(SPARE_SC) && thread(T1)->lent == NULL);
    return true;
}

/* The same, but T1 has no other context: it waits until its own has budget again. */
static bool comes_home_used_up(void)
{
    serve_on_little();
    call_extended(thread(T1), FREE);
    become(thread(W_TCB));
    INVOKE(T1, INV_TCB_SUSPEND, .length = 0);
    resume(T1);
    act(thread(T3), SYS_CALL, FREE, 0, 0);
    act(thread(W_TCB), SYS_WAIT, NTFN, 0, 0);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->sc == thread(T3)->lent && thread(T1)->sc == object(T1 + 1));
    CHECK(thread(T1)->is_waiting_budget && !thread(T1)->is_queued);
    return true;
}

/* T2, which is helped, runs before those who are ready with its priority: the root thread. */
static bool is_first(bool is_fast)
{
    struct tcb *helper;

    serve_on_little();
    helper = thread(T3);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->is_waiting_budget && thread(W_TCB)->prio == thread(T2)->prio);
    become(thread(W_TCB));
    become(helper);
    CHECK(thread(W_TCB)->is_queued);
    helper->ctx.cap = FREE;
    helper->ctx.tag = 0;
    helper->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    if (is_fast)
        CHECK(fast_enter(helper, SYS_CALL));
    else
        entry_syscall(SYS_CALL);
    CHECK(thread(T2)->sc == helper->lent && current() == thread(T2));
    return true;
}

static bool helped_is_first(void)
{
    return is_first(false);
}

static bool helped_is_first_fast(void)
{
    return is_first(true);
}

/*
 * The server's context, which T1 has lent it, is taken away by a request to the server: T1, which
 * was interrupted, is told.
 */
static bool taken_by_parameters(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    call_extended(thread(T1), EP);
    become(thread(W_TCB));
    CHECK(INVOKE(T1, MYELIN_INV_TCB_INTERRUPT, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T2, INV_TCB_SET_SCHED_PARAMS, .length = 2, .arg = { W_PRIO, W_PRIO },
                 .extra_count = 3, .extra = { W_TCB, W_NULL, W_NULL }) == ERR_NONE);
    CHECK(thread(T2)->sc == NULL && is_outcome(T1, MYELIN_INTERRUPTED));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "home: who was to be helped is deleted", who_was_to_be_helped_is_gone },
        { "home: who is to run next gets its own back from a helped server", chosen_gets_its_own },
        { "home: what comes home used up is not run on", comes_home_used_up },
        { "home: who is helped runs before others", helped_is_first },
        { "home: the same on the fast path", helped_is_first_fast },
        { "home: a lent context is taken by a server's new parameters", taken_by_parameters },
        { "home: who queues without time is interrupted", queued_without_time_is_interrupted },
        { "home: who queues without time is told of a death", queued_without_time_is_told },
        { "home: who queues helps a server whose time goes", queued_helps_who_lost_time },
        { "home: who has lost a context gets it back on the fast path", comes_back_owed },
        { "home: the same with the answer", comes_back_with_answer },
        { "home: who helps goes, called by one whose context is away", helper_in_stack_deleted },
    };

    return RUN_CASES(argc, argv, cases);
}

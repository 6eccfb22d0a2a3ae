/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls beyond the public interface (docs/decisions/0005-kernel-extensions.md) where contexts are
 * away deep in a call stack. If one fails, a client hangs, time is lost for ever, or a deadline
 * stays behind in the tree of those that wait for a time.
 */
#include "cases.h"

#include "outcome.h"
#include "portal.h"
#include "switch.h"

static struct reply *reply(word_t i)
{
    return object(i);
}

static struct sched_context *context(word_t t)
{
    return object(t + 1);
}

/* t makes an extended system call. */
static void act_until(struct tcb *t, word_t number, cptr_t cap, cptr_t reply, ticks_t deadline)
{
    t->ctx.other[0] = MYELIN_NATIVE;
    t->ctx.other[1] = deadline;
    act(t, (sword_t)number, cap, 0, reply);
}

/* The same by the fast path, if it can be taken. */
static void act_fast(struct tcb *t, sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    become(t);
    t->ctx.cap = cap;
    t->ctx.tag = tag;
    t->ctx.reply = reply;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    if (!fast_enter(t, number))
        entry_syscall(number);
}

static word_t interrupt(word_t t)
{
    return INVOKE(t, MYELIN_INV_TCB_INTERRUPT, .length = 0);
}

static bool is_outcome(word_t t, word_t outcome)
{
    return thread(t)->state == THREAD_RUNNABLE && thread(t)->ctx.cap == outcome;
}

/*
 * T1 calls T2 (passive, at EP, REPLY), which calls T3 (passive, at EP2, REPLY2), all on T1's
 * context, in extended calls (or, plain: T2's is not). T3 runs.
 */
static void chain_of_three(bool is_middle_plain)
{
    set_up();
    make_passive(T2, EP, REPLY);
    make_passive(T3, EP2, REPLY2);
    act_until(thread(T1), MYELIN_SYS_CALL, EP, 0, TIMER_OFF);
    if (is_middle_plain)
        act(thread(T2), SYS_CALL, EP2, 0, 0);
    else
        act_until(thread(T2), MYELIN_SYS_CALL, EP2, 0, TIMER_OFF);
}

/* The answer to a call with a deadline, given together with a receive that finds the next one. */
static bool deadline_and_next(void)
{
    set_up();
    act(thread(T3), SYS_RECV, EP, 0, REPLY);
    act_until(thread(T1), MYELIN_SYS_CALL, EP, 0, TIMER_OFF - 1);
    act(thread(T2), SYS_CALL, EP, 0, 0);
    CHECK(thread(T1)->obstacles & OBSTACLE_DEADLINE && thread(T2)->state == THREAD_ON_SEND);
    act_fast(thread(T3), SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(is_outcome(T1, MYELIN_OK) && reply(REPLY)->caller == thread(T2));
    CHECK(this_cpu()->ready[0].release == NULL);
    become(thread(W_TCB));
    return true;
}

/* A wait ends at its deadline, not before. */
static bool deadline_to_the_tick(void)
{
    ticks_t deadline;

    set_up();
    deadline = align_up(host.now + 1, DEADLINE_BITS);
    act_until(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, deadline);
    become(thread(W_TCB));
    CHECK(host.now < deadline && host.deadline <= deadline);
    host.now = deadline - 1;
    entry_timer();
    CHECK(thread(T1)->state == THREAD_ON_NOTIFICATION);
    host.now = deadline;
    entry_timer();
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.other[0] == MYELIN_DEADLINE);
    become(thread(W_TCB));
    return true;
}

/* A wait whose deadline is past takes what is there, and does not wait. */
static bool deadline_is_past(void)
{
    struct tcb *t;

    set_up();
    t = thread(T1);
    act_until(t, MYELIN_SYS_WAIT, NTFN, 0, 0);
    CHECK(t->state == THREAD_RUNNABLE && t->ctx.other[0] == MYELIN_DEADLINE);
    act(thread(T2), SYS_SEND, NTFN, 0, 0);
    act_until(t, MYELIN_SYS_WAIT, NTFN, 0, 0);
    CHECK(t->state == THREAD_RUNNABLE && t->ctx.other[0] != MYELIN_DEADLINE);
    become(thread(W_TCB));
    return true;
}

/* Who goes on gets its notification's context, which has nothing left for now. */
static bool regained_without_budget(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    INVOKE(T2, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    configure_sc(T3 + 1, 100, 100000, 0, 0);
    INVOKE(T3 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
    become(thread(T3));
    pass_us(110);
    become(thread(W_TCB));
    INVOKE(T3 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T3 });
    act(thread(T1), SYS_CALL, EP, 0, 0);
    CHECK(current() == thread(T2));
    act_until(thread(T2), MYELIN_SYS_REPLY, REPLY, 0, TIMER_OFF);
    CHECK(thread(T1)->sc == context(T1) && thread(T2)->sc == context(T3));
    CHECK(thread(T2)->is_waiting_budget && current() != thread(T2));
    become(thread(W_TCB));
    return true;
}

/* T1 answers, by the call for what it owes: does the kernel say that somebody took it? */
static bool is_taken(cptr_t reply)
{
    act_until(thread(T1), MYELIN_SYS_REPLY, reply, 0, TIMER_OFF);
    return thread(T1)->ctx.other[0] != MYELIN_GONE;
}

static bool taken_or_gone(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    act(thread(T2), SYS_CALL, EP, 0, 0);
    act(thread(T1), SYS_RECV, EP, 0, REPLY2);
    act(thread(T3), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T3 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(is_taken(REPLY) && thread(T2)->state == THREAD_RUNNABLE && !thread(T2)->has_lost_time);
    CHECK(!is_taken(REPLY));
    /* who has no time takes it, too, and gets some as soon as there is */
    CHECK(is_taken(REPLY2) && thread(T3)->state == THREAD_RUNNABLE && thread(T3)->has_lost_time);
    CHECK(!is_taken(REPLY2));
    become(thread(W_TCB));
    return true;
}

static bool ending_context_deleted(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED) && tcb_is_on_reply(thread(T2)));
    return true;
}

static bool ending_context_unbound(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T3 });
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED));
    return true;
}

/* T2 runs on T1's context, which is its own notification's, too, and finds no other time. */
static bool lent_context_deleted(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    INVOKE(T2, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
    act(thread(T1), SYS_CALL, EP, 0, 0);
    CHECK(thread(T2)->sc == object(T1 + 1));
    become(thread(W_TCB));
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    CHECK(thread(T2)->sc == NULL && thread(T2)->state == THREAD_RUNNABLE);
    return true;
}

/* T2 goes; its caller's context comes home when T3 waits, and with it the news. */
static bool middle_deleted(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    CHECK(cnode_delete(T2) == ERR_NONE);
    CHECK(tcb_is_on_reply(thread(T1)) && context(T1)->home == thread(T1));
    act_until(thread(T3), MYELIN_SYS_RECV, EP2, REPLY3, TIMER_OFF);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED) && thread(T1)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

static bool plain_middle_suspended(void)
{
    chain_of_three(true);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(context(T1)->home == thread(T1));
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    act_until(thread(T3), MYELIN_SYS_RECV, EP2, REPLY3, TIMER_OFF);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED) && thread(T1)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

/* T2, suspended, has its time again, and the call that it serves: it goes on where it was. */
static bool middle_suspended(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    act_until(thread(T3), MYELIN_SYS_RECV, EP2, REPLY3, TIMER_OFF);
    CHECK(thread(T2)->sc == context(T1) && context(T1)->reply == reply(REPLY));
    become(thread(W_TCB));
    CHECK(resume(T2) == ERR_NONE);
    act(thread(T2), SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(is_outcome(T1, MYELIN_OK) && thread(T1)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

/* T2 has other time meanwhile: what comes down goes on to T1. */
static bool middle_has_time(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(configure_sc(SPARE_SC, 5000, 5000, 0, 0) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 }) == ERR_NONE);
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    act_until(thread(T3), MYELIN_SYS_RECV, EP2, REPLY3, TIMER_OFF);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED) && thread(T1)->sc == context(T1));
    CHECK(tcb_is_on_reply(thread(T2)) && thread(T2)->sc == object(SPARE_SC));
    become(thread(W_TCB));
    return true;
}

/* T3 runs on a context whose home is remembered: it goes there, by whatever path T3 waits. */
static bool home_by_number(sword_t number, bool is_fast)
{
    void (*how)(struct tcb *, sword_t, cptr_t, word_t, cptr_t) = is_fast ? act_fast : act;

    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && context(T1)->home == thread(T2));
    how(thread(T3), number, number == SYS_WAIT ? NTFN : EP2, 0, REPLY3);
    CHECK(tcb_is_blocked(thread(T3)) && thread(T3)->sc == NULL && thread(T2)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

static bool home_by_each_way(void)
{
    static const sword_t numbers[] = { SYS_RECV, SYS_WAIT, SYS_REPLY_RECV };

    for (unsigned i = 0; i < 6; i++) {
        if (!home_by_number(numbers[i / 2], i % 2 != 0))
            return false;
        world_shut_down();
        world_boot();
    }
    return true;
}

/* The server offers the reply object of the very call that ends when its time is given back. */
static bool ending_reply_offered(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act_until(thread(T1), MYELIN_SYS_CALL, EP, 0, TIMER_OFF);
    become(thread(W_TCB));
    CHECK(interrupt(T1) == ERR_NONE && tcb_is_on_reply(thread(T1)));
    act_until(thread(T2), MYELIN_SYS_RECV, EP, REPLY, TIMER_OFF);
    CHECK(is_outcome(T1, MYELIN_INTERRUPTED) && reply(REPLY)->caller == thread(T2));
    become(thread(W_TCB));
    return true;
}

/*
 * A thread whose context is still away receives: its deadline is a receiver's, which lapses without
 * time, and nothing of it is left when that context is deleted.
 */
static bool receiver_with_time_away(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && context(T1)->home == thread(T2));
    CHECK(configure_sc(SPARE_SC, 5000, 5000, 0, 0) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 }) == ERR_NONE);
    CHECK(resume(T2) == ERR_NONE);
    act_until(thread(T2), MYELIN_SYS_RECV, EP, REPLY3, TIMER_OFF);
    become(thread(W_TCB));
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(interrupt(T2) == ERR_NONE && tcb_is_receiving(thread(T2)));
    CHECK(thread(T2)->is_interrupted && thread(T2)->obstacles == 0);
    CHECK(cnode_delete(T1 + 1) == ERR_NONE && tcb_is_receiving(thread(T2)));
    return true;
}

/* T1, which has opted in to outcomes, waits in a plain send, which is no call and has none. */
static void with_sender(void)
{
    set_up();
    INVOKE(T1, MYELIN_INV_TCB_SET_EXTENSIONS, .length = 1, .arg = { MYELIN_EXT_OUTCOME });
    act(thread(T1), SYS_SEND, EP2, 0, 0);
    become(thread(W_TCB));
}

static bool repeats(word_t t, cptr_t cap)
{
    return thread(t)->state == THREAD_RUNNABLE && thread(t)->ctx.ip == USER_IP &&
           thread(t)->ctx.cap == cap;
}

static bool send_has_no_outcome(void)
{
    with_sender();
    CHECK(interrupt(T1) == ERR_NONE && thread(T1)->state == THREAD_ON_SEND);
    CHECK(thread(T1)->is_interrupted);
    CHECK(cnode_delete(EP2) == ERR_NONE && repeats(T1, EP2));
    return true;
}

/* Who receives where there is nothing any more tries again, too, and then finds that. */
static bool receive_is_repeated(void)
{
    set_up();
    act_until(thread(T1), MYELIN_SYS_RECV, EP2, REPLY, TIMER_OFF);
    become(thread(W_TCB));
    CHECK(cnode_delete(EP2) == ERR_NONE && repeats(T1, EP2));
    return true;
}

/* A fault is no call: an interrupt does not answer it. */
static bool fault_has_no_outcome(void)
{
    set_up();
    INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 }, .extra_count = 3,
           .extra = { EP2, W_ROOT, W_SPACE });
    INVOKE(T1, MYELIN_INV_TCB_SET_EXTENSIONS, .length = 1, .arg = { MYELIN_EXT_OUTCOME });
    act(thread(T2), SYS_RECV, EP2, 0, REPLY);
    become(thread(T1));
    entry_fault(FAULT_USER_EXCEPTION, 3, 0, false);
    become(thread(W_TCB));
    CHECK(tcb_is_on_reply(thread(T1)) && interrupt(T1) == ERR_NONE);
    CHECK(tcb_is_on_reply(thread(T1)) && thread(T1)->is_interrupted);
    return true;
}

/* An ending that has to wait is remembered once: the thread's next wait is not interrupted, too. */
static bool ending_comes_once(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(interrupt(T1) == ERR_NONE && thread(T1)->obstacles & OBSTACLE_ENDING);
    CHECK(!thread(T1)->is_interrupted);
    return true;
}

/* A passive thread, which runs on its notification's context, waits with a deadline; that comes. */
static bool wakes_at_deadline(sword_t number, bool is_taken)
{
    set_up();
    INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    make_passive(T1, EP, REPLY);
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
    act(thread(T2), SYS_SEND, NTFN, 0, 0);
    CHECK(thread(T1)->sc == context(T1));
    act_until(thread(T1), (word_t)number, number == MYELIN_SYS_WAIT ? NTFN : EP, REPLY,
              host.now + 1000);
    CHECK(tcb_is_blocked(thread(T1)) && thread(T1)->sc == NULL);
    become(thread(W_TCB));
    if (is_taken) {
        CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
        CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 }) ==
              ERR_NONE);
    }
    pass_us(100000);
    become(thread(W_TCB));
    CHECK(thread(T1)->obstacles == 0);
    CHECK(is_taken ? tcb_is_blocked(thread(T1)) && thread(T2)->sc == context(T1)
                   : thread(T1)->state == THREAD_RUNNABLE && thread(T1)->sc == context(T1) &&
                         thread(T1)->ctx.other[0] == MYELIN_DEADLINE);
    return true;
}

/* One that has no notification, or whose notification has no time, goes on waiting. */
static bool no_time_at_deadline(bool is_bound)
{
    set_up();
    if (is_bound)
        INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    act_until(thread(T1), MYELIN_SYS_RECV, EP, REPLY, host.now + 1000);
    become(thread(W_TCB));
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    pass_us(100000);
    become(thread(W_TCB));
    CHECK(tcb_is_receiving(thread(T1)) && thread(T1)->obstacles == 0);
    return true;
}

static bool deadline_without_time(void)
{
    static const sword_t numbers[] = { MYELIN_SYS_WAIT, MYELIN_SYS_RECV };

    for (unsigned i = 0; i < 6; i++) {
        if (i < 4 ? !wakes_at_deadline(numbers[i & 1], i >= 2) : !no_time_at_deadline(i == 5))
            return false;
        world_shut_down();
        world_boot();
    }
    return true;
}

/* What is told of a thread's wait. */
static bool wait_is(word_t t, word_t kind, word_t flags)
{
    become(thread(W_TCB));
    return INVOKE(t, MYELIN_INV_TCB_GET_WAIT, .length = 0) == ERR_NONE && answer_word(0) == kind &&
           answer_word(1) == flags;
}

static bool waits_are_told(void)
{
    set_up();
    CHECK(wait_is(T1, MYELIN_WAIT_PROCESSOR, 0));
    act_until(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, host.now + 1000000);
    CHECK(wait_is(T1, MYELIN_WAIT_SIGNAL, MYELIN_WAIT_HAS_DEADLINE));
    make_passive(T2, EP, REPLY);
    act_until(thread(T3), MYELIN_SYS_CALL, EP, 0, host.now + 1000000);
    CHECK(wait_is(T3, MYELIN_WAIT_ANSWER, MYELIN_WAIT_IS_LENT | MYELIN_WAIT_HAS_DEADLINE));
    CHECK(interrupt(T3) == ERR_NONE && thread(T3)->ending == MYELIN_INTERRUPTED);
    CHECK(wait_is(T3, MYELIN_WAIT_ANSWER,
                  MYELIN_WAIT_IS_LENT | MYELIN_WAIT_HAS_DEADLINE | MYELIN_WAIT_IS_INTERRUPTED));
    CHECK(interrupt(T2) == ERR_NONE && thread(T2)->is_interrupted);
    CHECK(wait_is(T2, MYELIN_WAIT_PROCESSOR, MYELIN_WAIT_IS_INTERRUPTED));
    return true;
}

/* --- helping --- */

/* T2 serves the portal at FREE and works for T1 on a context that has run dry. */
static void with_server_in_need(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
    act_until(thread(T1), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    become(thread(T2));
    pass_us(110);
}

/* ... T3 helps it. */
static void with_helper(void)
{
    with_server_in_need();
    act_until(thread(T3), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
}

static bool helped(void)
{
    with_helper();
    CHECK(thread(T3)->lent == context(T3) && thread(T2)->sc == context(T3));
    CHECK(thread(T1)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

/* A server that has a timeout handler, at EP2: it is told only if nobody helps. */
static bool helped_before_timeout(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    make_thread(FREE + 2, W_PRIO, 0);
    CHECK(resume(FREE + 2) == ERR_NONE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    configure_sc(FREE + 3, 100, 1000000, 0, 0);
    CHECK(INVOKE(T2, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { EP2 }) == ERR_NONE);
    CHECK(INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE }) == ERR_NONE);
    make_passive(T2, FREE, REPLY);
    act(thread(T3), SYS_RECV, EP2, 0, REPLY2);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    act(thread(FREE + 2), SYS_CALL, FREE, 0, 0);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->sc == object(FREE + 3) && thread(T2)->state == THREAD_RUNNABLE);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->fault.type == FAULT_TIMEOUT && reply(REPLY2)->caller == thread(T2));
    become(thread(W_TCB));
    return true;
}

/*
 * T2, which serves the portal at FREE, calls T3, which serves none, all on T1's context, and that
 * runs dry: T3 gets the time of who queues for T2, and that of T1 goes home.
 */
static bool helped_further_up(void)
{
    struct tcb *helper;
    struct sched_context *sc;

    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    helper = make_thread(FREE + 2, W_PRIO, 0);
    sc = object(FREE + 3);
    CHECK(resume(FREE + 2) == ERR_NONE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
    make_passive(T3, EP2, REPLY2);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    act(thread(T2), SYS_CALL, EP2, 0, 0);
    become(thread(T3));
    pass_us(110);
    CHECK(thread(T3)->is_waiting_budget);
    act(helper, SYS_CALL, FREE, 0, 0);
    CHECK(thread(T3)->sc == sc && helper->lent == sc && thread(T1)->sc == context(T1));
    CHECK(sc->reply == reply(REPLY2) && reply(REPLY2)->next == NULL);
    CHECK(reply(REPLY2)->sc == sc && context(T1)->reply == NULL);
    /* T2 has it with T3's answer, and the helper, whose call T2 then takes, with T2's */
    act(thread(T3), SYS_REPLY_RECV, EP2, 0, REPLY2);
    CHECK(thread(T2)->sc == sc && thread(T3)->sc == NULL);
    act(thread(T2), SYS_REPLY_RECV, FREE, 0, REPLY);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && reply(REPLY)->caller == helper);
    CHECK(thread(T2)->sc == sc && sc->reply == reply(REPLY));
    become(thread(W_TCB));
    return true;
}

/* The same one call further up, where it is not the last of the call stack that is split off. */
static bool helped_far_up(void)
{
    enum { EP3 = FREE + 10, FAR = FREE + 12, HELPER = FREE + 14 };
    struct sched_context *sc;

    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    make(OBJ_ENDPOINT, 0, EP3);
    make_thread(FAR, W_PRIO, 0);
    make_thread(HELPER, W_PRIO, 0);
    CHECK(resume(FAR) == ERR_NONE && resume(HELPER) == ERR_NONE);
    sc = context(HELPER);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
    make_passive(T3, EP2, REPLY2);
    make_passive(FAR, EP3, REPLY3);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    act(thread(T2), SYS_CALL, EP2, 0, 0);
    act(thread(T3), SYS_CALL, EP3, 0, 0);
    become(thread(FAR));
    pass_us(110);
    act(thread(HELPER), SYS_CALL, FREE, 0, 0);
    CHECK(thread(FAR)->sc == sc && thread(T1)->sc == context(T1) && context(T1)->reply == NULL);
    CHECK(sc->reply == reply(REPLY3) && reply(REPLY3)->next == reply(REPLY2));
    CHECK(reply(REPLY2)->next == NULL && reply(REPLY2)->sc == sc);
    become(thread(W_TCB));
    return true;
}

/*
 * T3, which queues for T2 and has no time any more, serves a portal, too: who queues there helps T2
 * when that runs dry.
 */
static bool helped_through_another(void)
{
    enum { PORTAL2 = FREE + 10, HELPER = FREE + 12 };

    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    make(MYELIN_PORTAL_OBJECT, 0, PORTAL2);
    make_thread(HELPER, W_PRIO, 0);
    CHECK(resume(HELPER) == ERR_NONE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    INVOKE(T3, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { PORTAL2 });
    make_passive(T2, FREE, REPLY);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    act(thread(T3), SYS_CALL, FREE, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T3 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    act(thread(HELPER), SYS_CALL, PORTAL2, 0, 0);
    CHECK(thread(T2)->sc == context(T1));
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->sc == context(HELPER) && thread(T1)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

/* A server's own context, which would be lost, is not exchanged; its notification's is. */
static bool own_context_stays(void)
{
    for (unsigned is_lent = 0; is_lent < 2; is_lent++) {
        set_up();
        make(MYELIN_PORTAL_OBJECT, 0, FREE);
        configure_sc(T2 + 1, 100, 1000000, 0, 0);
        INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
        INVOKE(T2, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
        if (is_lent)
            INVOKE(T2 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
        act(thread(T2), SYS_RECV, FREE, 0, REPLY);
        act(thread(T1), SYS_SEND, NTFN, 0, 0);
        CHECK(thread(T2)->sc == context(T2));
        become(thread(T2));
        pass_us(110);
        CHECK(thread(T2)->is_waiting_budget);
        act(thread(T3), SYS_CALL, FREE, 0, 0);
        CHECK(thread(T2)->sc == context(is_lent ? T3 : T2));
        become(thread(W_TCB));
        world_shut_down();
        world_boot();
    }
    return true;
}

/* Who sends at a portal without calling keeps its time. */
static bool sender_does_not_help(void)
{
    with_helper();
    become(thread(W_TCB));
    make_thread(FREE + 2, W_PRIO, 0);
    CHECK(resume(FREE + 2) == ERR_NONE);
    act(thread(FREE + 2), SYS_SEND, FREE, 0, 0);
    CHECK(configure_sc(T3 + 1, 100, 1000000, 0, 0) == ERR_NONE);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(FREE + 2)->state == THREAD_ON_SEND && thread(FREE + 2)->lent == NULL);
    become(thread(W_TCB));
    return true;
}

/* Somebody else takes the call of the one who helps: it has its context back for that. */
static bool helper_taken_by_another(void)
{
    with_helper();
    act(thread(W_TCB), SYS_RECV, FREE, 0, REPLY2);
    CHECK(current() == thread(W_TCB) && reply(REPLY2)->caller == thread(T3));
    CHECK(thread(T3)->lent == NULL && thread(T3)->sc == context(T3) && thread(T2)->sc == NULL);
    CHECK(thread(T2)->has_lost_time);
    return true;
}

/* The same when it was interrupted meanwhile: there is no call to take any more. */
static bool interrupted_helper_taken(void)
{
    with_helper();
    become(thread(W_TCB));
    CHECK(interrupt(T3) == ERR_NONE && thread(T3)->state == THREAD_ON_SEND);
    act(thread(W_TCB), SYS_NB_RECV, FREE, 0, REPLY2);
    CHECK(current()->ctx.cap == 0 && reply(REPLY2)->caller == NULL);
    CHECK(is_outcome(T3, MYELIN_INTERRUPTED));
    return true;
}

/* Who helps gets no other context. */
static bool helper_not_bound(void)
{
    with_helper();
    become(thread(W_TCB));
    CHECK(configure_sc(SPARE_SC, 5000, 5000, 0, 0) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T3 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(thread(T3)->lent == context(T3) && thread(T3)->sc == NULL);
    return true;
}

/*
 * One who queues while a context of its own is still away for another reason helps nobody by that:
 * its call is taken as any other.
 */
static bool queued_with_time_away(void)
{
    chain_of_three(false);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && context(T1)->home == thread(T2));
    CHECK(configure_sc(SPARE_SC, 5000, 5000, 0, 0) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 }) == ERR_NONE);
    CHECK(resume(T2) == ERR_NONE);
    act(thread(T2), SYS_CALL, EP, 0, 0);
    CHECK(thread(T2)->state == THREAD_ON_SEND);
    act(thread(W_TCB), SYS_RECV, EP, 0, REPLY3);
    CHECK(reply(REPLY3)->caller == thread(T2) && thread(T3)->sc == context(T1));
    return true;
}

/* The server takes its helper's call without a reply object: nobody keeps what is not his. */
static bool helper_in_vain(void)
{
    with_helper();
    act(thread(T2), SYS_WAIT, FREE, 0, 0);
    CHECK(is_outcome(T3, MYELIN_DEAD) && thread(T3)->sc == context(T3));
    become(thread(W_TCB));
    return true;
}

/*
 * T3 and another have helped and have no budget left: neither helps a second time, though both
 * still queue, and T2 waits.
 */
static bool helpers_used_up(void)
{
    word_t t = FREE + 2;

    with_helper();
    become(thread(W_TCB));
    make_thread(t, W_PRIO, 0);
    CHECK(resume(t) == ERR_NONE && configure_sc(T3 + 1, 100, 1000000, 0, 0) == ERR_NONE);
    CHECK(configure_sc(t + 1, 100, 1000000, 0, 0) == ERR_NONE);
    act_until(thread(t), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T2)->sc == context(t) && thread(T3)->sc == context(T3));
    become(thread(T2));
    pass_us(110);
    CHECK(thread(T3)->sc == context(T3) && thread(T3)->lent == NULL);
    CHECK(thread(T3)->state == THREAD_ON_SEND && current() != thread(T2));
    become(thread(W_TCB));
    return true;
}

/* A call that would wait for itself is refused: of the server, and of somebody whom it calls. */
static bool cycle_refused(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    act_until(thread(T2), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    CHECK(is_outcome(T2, MYELIN_DEADLOCK));
    make_passive(T3, EP, REPLY);
    act_until(thread(T2), MYELIN_SYS_CALL, EP, 0, TIMER_OFF);
    CHECK(tcb_is_on_reply(thread(T2)) && current() == thread(T3));
    act_until(thread(T3), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    CHECK(is_outcome(T3, MYELIN_DEADLOCK) && tcb_is_on_reply(thread(T2)));
    become(thread(W_TCB));
    return true;
}

/* The same where one of them waits in the queue of the other's portal. */
static bool cycle_through_queue_refused(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    make(MYELIN_PORTAL_OBJECT, 0, FREE + 1);
    INVOKE(T1, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE + 1 });
    act_until(thread(T2), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    CHECK(thread(T2)->state == THREAD_ON_SEND);
    act_until(thread(T1), MYELIN_SYS_CALL, FREE + 1, 0, TIMER_OFF);
    CHECK(is_outcome(T1, MYELIN_DEADLOCK) && thread(T2)->state == THREAD_ON_SEND);
    become(thread(W_TCB));
    return true;
}

/* The server goes: who queues for it gets to know, and who helped it has its time back. */
static bool server_of_helper_deleted(void)
{
    with_helper();
    become(thread(W_TCB));
    make_thread(FREE + 2, W_PRIO, 0);
    CHECK(resume(FREE + 2) == ERR_NONE);
    act_until(thread(FREE + 2), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    become(thread(W_TCB));
    CHECK(cnode_delete(T2) == ERR_NONE);
    CHECK(is_outcome(T3, MYELIN_DEAD) && thread(T3)->sc == context(T3));
    CHECK(is_outcome(FREE + 2, MYELIN_DEAD));
    CHECK(tcb_is_on_reply(thread(T1))); /* REPLY is there still, for whoever has it */
    return true;
}

/* The same with calls that have no outcomes: who helped goes on waiting, with its time. */
static bool server_of_plain_helper_deleted(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    become(thread(T2));
    pass_us(110);
    act(thread(T3), SYS_CALL, FREE, 0, 0);
    CHECK(thread(T2)->sc == context(T3));
    become(thread(W_TCB));
    CHECK(cnode_delete(T2) == ERR_NONE);
    CHECK(thread(T3)->state == THREAD_ON_SEND && thread(T3)->sc == context(T3));
    return true;
}

/* The portal is deleted: the call of who helps ends, and has its time back. */
static bool portal_of_helper_deleted(void)
{
    with_helper();
    become(thread(W_TCB));
    CHECK(cnode_delete(FREE) == ERR_NONE && thread(T2)->portal == NULL);
    CHECK(thread(T3)->state == THREAD_RUNNABLE && thread(T3)->lent == NULL);
    CHECK(thread(T3)->sc == context(T3) && thread(T2)->sc == NULL);
    return true;
}

static bool serving_refused(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    CHECK(INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { EP }) ==
          ERR_INVALID_CAPABILITY);
    act_until(thread(T1), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE }) ==
          ERR_ILLEGAL_OPERATION); /* somebody queues */
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE }) == ERR_NONE);
    CHECK(INVOKE(T3, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 0) == ERR_NONE);
    CHECK(INVOKE(T3, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE }) == ERR_NONE);
    return true;
}

/* Who waits for an answer with its context at home is answered to its fault that it stays. */
static bool helped_fault_stays(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 }, .extra_count = 3,
           .extra = { FREE, W_ROOT, W_SPACE });
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY);
    become(thread(T1));
    thread(T1)->ctx.ip = USER_IP;
    entry_fault(FAULT_USER_EXCEPTION, 3, 0, false);
    CHECK(tcb_is_on_reply(thread(T1)) && thread(T2)->sc == context(T1));
    become(thread(T2));
    pass_us(110);
    act_until(thread(T3), MYELIN_SYS_CALL, FREE, 0, TIMER_OFF);
    CHECK(thread(T1)->obstacles & OBSTACLE_HELPED);
    act(thread(T2), SYS_SEND, REPLY, msg_make(1, 0, 0, 0), 0);
    CHECK(thread(T1)->state == THREAD_INACTIVE && thread(T1)->obstacles == 0);
    become(thread(W_TCB));
    return true;
}

/*
 * T2 serves T1 on T1's time, and receives instead of answering, offering the same reply object: the
 * time is gone, but T2 waits for calls, which bring some. The next that it gets is not its own
 * either when it has answered.
 */
static bool lost_time_forgotten(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act_until(thread(T1), MYELIN_SYS_CALL, EP, 0, TIMER_OFF);
    CHECK(thread(T2)->sc == context(T1));
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    CHECK(is_outcome(T1, MYELIN_DEAD) && tcb_is_receiving(thread(T2)));
    CHECK(thread(T2)->sc == NULL && !thread(T2)->has_lost_time);
    become(thread(W_TCB));
    return true;
}

/* The extended system call that t makes, by the fast path: who runs then; NULL: it was missed. */
static struct tcb *until_fast(struct tcb *t, word_t number, cptr_t cap, cptr_t reply,
                              ticks_t deadline)
{
    become(t);
    t->ctx.cap = cap;
    t->ctx.tag = 0;
    t->ctx.reply = reply;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    t->ctx.other[0] = MYELIN_NATIVE;
    t->ctx.other[1] = deadline;
    return host_fast_call(t, (sword_t)number);
}

/* The helper's call by the fast path; what went home early is not the answer's to bring. */
static bool helped_fast(void)
{
    struct tcb *server, *helper, *client;

    with_server_in_need();
    server = thread(T2);
    helper = thread(T3);
    client = thread(T1);
    become(helper);
    helper->ctx.cap = FREE;
    helper->ctx.tag = 0;
    helper->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    CHECK(host_fast_call(helper, SYS_CALL) == server && current() == server);
    CHECK(helper->lent == context(T3) && server->sc == context(T3) && helper->sc == NULL);
    CHECK(helper->state == THREAD_ON_SEND && helper->obstacles == OBSTACLE_HELPING);
    CHECK(client->sc == context(T1) && client->obstacles == OBSTACLE_HELPED && audit() == NULL);
    act(server, SYS_REPLY_RECV, FREE, 0, REPLY);
    CHECK(client->state == THREAD_RUNNABLE && current() == server);
    CHECK(reply(REPLY)->caller == helper && server->sc == context(T3) && audit() == NULL);
    act(server, SYS_REPLY_RECV, FREE, 0, REPLY);
    CHECK(helper->state == THREAD_RUNNABLE && helper->sc == context(T3) && helper->lent == NULL);
    return audit() == NULL;
}

/* The fast path of helping leaves a server alone that has budget, or time of its own. */
static bool helped_fast_by_need_only(void)
{
    with_server_in_need();
    host.now += 2000000 * HOST_TICKS_PER_US;
    become(thread(T3));
    thread(T3)->ctx.cap = FREE;
    thread(T3)->ctx.tag = 0;
    CHECK(host_fast_call(thread(T3), SYS_CALL) == NULL && thread(T3)->state == THREAD_RUNNABLE);
    return audit() == NULL;
}

/* Numbers between the public and the extended calls are nobody's wait. */
static bool other_number_is_missed(void)
{
    set_up();
    CHECK(until_fast(thread(T1), (word_t)-100, NTFN, 0, TIMER_OFF) == NULL);
    CHECK(thread(T1)->state == THREAD_RUNNABLE);
    return true;
}

/* T2, passive, waits for calls at EP in the state that fast paths look for. */
static void make_fast(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    act(thread(T2), SYS_REPLY_RECV, EP, 0, REPLY);
}

/* A deadline of a call whose context is lent counts from when that is home. */
static bool fast_call_has_deadline(void)
{
    struct tcb *client, *server;

    make_fast();
    client = thread(T1);
    server = thread(T2);
    CHECK(server->state == THREAD_ON_RECV_FAST);
    CHECK(until_fast(client, MYELIN_SYS_CALL, EP, 0, host.now + 1000) == server);
    CHECK(client->state == THREAD_ON_REPLY_FAST && client->obstacles == 0 && audit() == NULL);
    CHECK(until_fast(server, MYELIN_SYS_RECV, EP, REPLY2, TIMER_OFF) == NULL);
    pass_us(10000);
    CHECK(client->state == THREAD_ON_REPLY_FAST);
    act_until(server, MYELIN_SYS_RECV, EP, REPLY2, TIMER_OFF);
    pass_us(10000);
    CHECK(is_outcome(T1, MYELIN_DEADLINE) && audit() == NULL);
    return true;
}

/* An answer is owed: the context goes home, and the caller goes on waiting. */
static bool fast_recv_owes(void)
{
    struct tcb *client, *server, *next;
    struct sched_context *sc;

    make_fast();
    client = thread(T1);
    server = thread(T2);
    sc = client->sc;
    CHECK(until_fast(client, MYELIN_SYS_CALL, EP, 0, TIMER_OFF) == server && server->sc == sc);
    next = until_fast(server, MYELIN_SYS_RECV, EP, REPLY2, TIMER_OFF);
    CHECK(next != NULL && next == current() && next != client && next != server);
    CHECK(client->state == THREAD_ON_REPLY && client->sc == sc && sc->reply == NULL);
    CHECK(server->state == THREAD_ON_RECV_FAST && server->sc == NULL && audit() == NULL);
    act(thread(T3), SYS_CALL, EP, 0, 0);
    act(server, SYS_SEND, REPLY, 0, 0);
    CHECK(client->state == THREAD_RUNNABLE && audit() == NULL);
    return true;
}

/* A wait with a deadline ends at that, and at a signal. */
static bool fast_wait_has_deadline(void)
{
    set_up();
    CHECK(until_fast(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, host.now) == NULL); /* polls */
    CHECK(until_fast(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, host.now + 1000) != NULL);
    CHECK(thread(T1)->obstacles == OBSTACLE_DEADLINE && audit() == NULL);
    pass_us(10000);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.other[0] == MYELIN_DEADLINE);
    CHECK(until_fast(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, host.now + 1000) != NULL);
    act(thread(T2), SYS_SEND, NTFN, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.other[0] == MYELIN_NATIVE);
    CHECK(until_fast(thread(T1), MYELIN_SYS_WAIT, NTFN, 0, host.now + 1000) != NULL);
    CHECK(thread(T1)->can_fast_wake && thread(T1)->obstacles == OBSTACLE_DEADLINE);
    become(thread(T2));
    thread(T2)->ctx.cap = NTFN;
    thread(T2)->ctx.tag = 0;
    CHECK(host_fast_call(thread(T2), SYS_SEND) != NULL && audit() == NULL);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && !tcb_waits_for_time(thread(T1)));
    pass_us(10000);
    CHECK(thread(T1)->ctx.other[0] == MYELIN_NATIVE);
    return audit() == NULL;
}

/* At a portal that T1 serves, T2 queues with a plain call, and behind it T3 with an extended one */
static void queue_at_portal(void)
{
    set_up();
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(T1, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    become(thread(T2));
    sys_with(SYS_CALL, FREE, 0, 0);
    become(thread(T3));
    current()->ctx.other[1] = TIMER_OFF;
    sys_with(MYELIN_SYS_CALL, FREE, 0, 0);
    become(thread(W_TCB));
}

static bool is_told_only(cptr_t t, cptr_t other)
{
    return thread(t)->state == THREAD_RUNNABLE && thread(t)->ctx.cap == MYELIN_DEAD &&
           thread(other)->state == THREAD_ON_SEND && waitq_walk == NULL;
}

/* A portal's server goes: an extended call behind a plain one is told, too. */
static bool death_behind_plain_call(void)
{
    queue_at_portal();
    CHECK(cnode_delete(T1) == ERR_NONE && is_told_only(T3, T2));
    return true;
}

/* The same with interruptions, and while somebody else's walk along the queue is unfinished. */
static bool death_in_pieces(void)
{
    struct request six = { .length = 2, .arg = { FREE + 1, WORD_BITS } },
                   delete = { .length = 2, .arg = { T1, WORD_BITS } };
    unsigned times = 0;

    queue_at_portal();
    CHECK(cnode_mint(FREE + 1, FREE, RIGHTS_ALL, 6) == ERR_NONE);
    host.preempt_every = 1;
    CHECK(invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &six));
    CHECK(waitq_walk == thread(T3));
    do
        become(thread(W_TCB));
    while (times++ < 20 && invoke_once(W_ROOT, INV_CNODE_DELETE, &delete));
    CHECK(times > 2 && times < 20 && is_told_only(T3, T2));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "outcome: who waits for calls has lost no time", lost_time_forgotten },
        { "outcome: an answered call's deadline is gone, and the next is served",
          deadline_and_next },
        { "outcome: a deadline, to the tick", deadline_to_the_tick },
        { "outcome: a deadline that is past", deadline_is_past },
        { "outcome: who goes on without budget waits for it", regained_without_budget },
        { "outcome: an answer that is owed is taken, or nobody is there", taken_or_gone },
        { "outcome: an ending far down, the context is deleted", ending_context_deleted },
        { "outcome: a lent context that is the server's notification's is deleted",
          lent_context_deleted },
        { "outcome: an ending far down, the context is unbound", ending_context_unbound },
        { "outcome: an ending far down, the server between is deleted", middle_deleted },
        { "outcome: an ending far down, a plain server between is suspended",
          plain_middle_suspended },
        { "outcome: a server between is suspended and goes on", middle_suspended },
        { "outcome: an ending far down, the server between has time of its own", middle_has_time },
        { "outcome: a context goes home by whatever way its server waits", home_by_each_way },
        { "outcome: the reply object of an ending call is offered anew", ending_reply_offered },
        { "outcome: a receiver whose context is away", receiver_with_time_away },
        { "outcome: a plain send has none", send_has_no_outcome },
        { "outcome: a receive that leads nowhere any more is repeated", receive_is_repeated },
        { "outcome: a fault has none", fault_has_no_outcome },
        { "outcome: an ending that waits for a context comes once", ending_comes_once },
        { "outcome: a deadline of who has no time, or its notification's", deadline_without_time },
        { "outcome: what is told of a wait", waits_are_told },
        { "portal: the one who queues helps", helped },
        { "portal: helped before a timeout handler is told", helped_before_timeout },
        { "portal: helped further up", helped_further_up },
        { "portal: helped further up, and further", helped_far_up },
        { "portal: helped through another portal", helped_through_another },
        { "portal: a server's own context stays with it", own_context_stays },
        { "portal: who only sends does not help", sender_does_not_help },
        { "portal: another takes the call of one who helps", helper_taken_by_another },
        { "portal: who helps gets no other context", helper_not_bound },
        { "portal: who queues with time away helps nobody", queued_with_time_away },
        { "portal: the call of one who helps and was interrupted", interrupted_helper_taken },
        { "portal: a server that can't answer takes its helper's call", helper_in_vain },
        { "portal: who helped until nothing was left helps no more", helpers_used_up },
        { "portal: a call that would wait for itself", cycle_refused },
        { "portal: the same through a queue", cycle_through_queue_refused },
        { "portal: the server of who helps is deleted", server_of_helper_deleted },
        { "portal: the server of a plain call that helps is deleted",
          server_of_plain_helper_deleted },
        { "portal: where somebody helps, is deleted", portal_of_helper_deleted },
        { "portal: the server goes: an extended call behind a plain one", death_behind_plain_call },
        { "portal: the same in pieces, after somebody else's walk", death_in_pieces },
        { "portal: bindings that can't be", serving_refused },
        { "portal: a fault's answer while the time is back is that it stays", helped_fault_stays },
        { "portal: the one who queues helps, on the fast path", helped_fast },
        { "portal: who needs no help gets none on the fast path", helped_fast_by_need_only },
        { "outcome: other numbers on the fast path", other_number_is_missed },
        { "outcome: a deadline of a call on the fast path counts when its context is home",
          fast_call_has_deadline },
        { "outcome: an answer owed on the fast path", fast_recv_owes },
        { "outcome: a wait with a deadline on the fast path", fast_wait_has_deadline },
    };

    return RUN_CASES(argc, argv, cases);
}

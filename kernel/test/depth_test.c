/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call stacks that break, however deep they are (reply.h, "put off"). If one fails, a caller whose
 * context goes waits for an answer that its ending should have come before, time is lost for ever,
 * or the kernel does not listen for as long as somebody likes to make a chain of calls.
 *
 * The chain is T1 -> link 0 -> ... -> link n-1 -> T3, all on T1's context. The links are threads
 * outside of the fake machine's RAM, of which nothing is but what a call stack needs.
 */
#include "cases.h"

#include <string.h>

#include "outcome.h"
#include "preempt.h"
#include "reply.h"
#include "tcb.h"

#define LINKS_MAX 1000u
#define PIECE 16u /* calls looked at in an entry of the kernel, at most */
#define LINK_SLOT (FREE + 8)

static union {
    struct tcb tcb;
    char bytes[BIT(TCB_BITS)];
} links[LINKS_MAX] __attribute__((aligned(BIT(TCB_BITS))));

static struct reply replies[LINKS_MAX + 1];

static union {
    struct sched_context sc;
    char bytes[SCHED_CONTEXT_CORE_BYTES];
} contexts[LINKS_MAX];

static unsigned link_count;

static const unsigned depths[] = { 1, 15, 16, 17, 64, LINKS_MAX };

static struct tcb *link(unsigned i)
{
    return &links[i].tcb;
}

static struct sched_context *context(word_t t)
{
    return object(t + 1);
}

static bool is_outcome(const struct tcb *t, word_t outcome)
{
    return t->state == THREAD_RUNNABLE && t->ctx.cap == outcome;
}

/* caller, which has time, calls callee, which has none. */
static void lend(struct tcb *caller, struct tcb *callee, struct reply *reply, bool is_extended)
{
    reply_await(caller, callee, reply, true);
    caller->wait_kind = is_extended ? WAIT_EXTENDED : 0;
}

/* The rest of a chain of n links, which begins with a call by `first`, who runs, ends at `end`. */
static void make_chain(struct tcb *first, unsigned n, bool is_extended, struct tcb *end)
{
    struct tcb *caller = first;

    link_count = n;
    sched_enter();
    for (unsigned i = 0; i < n; i++) {
        memset(&links[i], 0, sizeof(links[i]));
        tcb_init(link(i));
        lend(caller, link(i), &replies[i], i == 0 || is_extended);
        caller = link(i);
    }
    tcb_leave_queue(end);
    lend(caller, end, &replies[n], is_extended);
    tcb_set_runnable(end);
    sched_wake(end);
    sched_exit();
    become(thread(W_TCB));
}

/* T1's call is extended, those of the links are if that is said. T3 runs; then it is the root. */
static void set_up_chain(unsigned n, bool is_extended)
{
    set_up();
    make_passive(T3, EP2, REPLY);
    make_chain(thread(T1), n, is_extended, thread(T3));
}

/* What is put off is done, in pieces, by the timer alone. False: it takes more than it may. */
static bool wait_for_rest(void)
{
    unsigned entries = 0;

    while (!waitq_is_empty(&this_cpu()->put_off)) {
        if (host.deadline > host.now || entries++ > link_count)
            return false;
        entry_timer();
    }
    return true;
}

/* The links go, and with them what is left of their calls. */
static void end_chain(void)
{
    become(thread(W_TCB));
    sched_enter();
    tcb_suspend(thread(T1));
    tcb_suspend(thread(T2));
    for (unsigned i = 0; i < link_count; i++) {
        while (!reply_settle())
            ;
        tcb_destroy(link(i));
    }
    while (!reply_settle())
        ;
    for (unsigned i = 0; i < link_count; i++)
        if (contexts[i].sc.head != NULL)
            sched_context_detach(&contexts[i].sc);
    memset(contexts, 0, sizeof(contexts));
    memset(replies, 0, sizeof(replies));
    sched_exit();
}

/* Run a case with chains of all depths. */
static bool with_each(bool (*run)(unsigned n))
{
    for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        bool is_good = run(depths[i]);

        end_chain();
        if (!is_good) {
            printf("# with %u links\n", depths[i]);
            return false;
        }
        world_shut_down();
        world_boot();
    }
    return true;
}

/* A request of the root's to link i. */
static word_t request(unsigned i, word_t label)
{
    word_t error;

    slot_insert_root(slot(LINK_SLOT), cap_object(CAP_TCB, link(i)));
    error = invoke(LINK_SLOT, label, &(struct request){ .length = 0 });
    slot_remove(slot(LINK_SLOT));
    return error;
}

static bool have_all_ended(unsigned from, unsigned to, word_t outcome)
{
    for (unsigned i = from; i < to; i++)
        if (!is_outcome(link(i), outcome))
            return false;
    return true;
}

static void interrupt_all(void)
{
    outcome_interrupt(thread(T1));
    for (unsigned i = 0; i < link_count; i++)
        outcome_interrupt(link(i));
}

/* Link k is stopped: T1, the first in an extended call below, has its context when T3 waits. */
static bool plain_link_stopped(unsigned n, unsigned k)
{
    set_up_chain(n, false);
    outcome_interrupt(thread(T1));
    CHECK(tcb_is_on_reply(thread(T1)));
    CHECK(request(k, INV_TCB_SUSPEND) == ERR_NONE);
    CHECK(k <= PIECE || !waitq_is_empty(&this_cpu()->put_off));
    CHECK(wait_for_rest() && thread(T1)->lent == context(T1));
    CHECK(tcb_is_on_reply(thread(T1)) && thread(T3)->sc == context(T1));
    CHECK(context(T1)->home == thread(T1) && thread(T1)->held == NULL);
    if (k + 1 < n) /* others are to have it before */
        return true;
    act(thread(T3), SYS_RECV, EP2, 0, REPLY2);
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED) && thread(T1)->sc == context(T1));
    return true;
}

static bool first_plain_stopped(unsigned n)
{
    return plain_link_stopped(n, 0);
}

static bool middle_plain_stopped(unsigned n)
{
    return plain_link_stopped(n, n / 2);
}

static bool last_plain_stopped(unsigned n)
{
    return plain_link_stopped(n, n - 1);
}

static bool plain_stopped(void)
{
    return with_each(first_plain_stopped) && with_each(middle_plain_stopped) &&
           with_each(last_plain_stopped);
}

/* All calls are extended: the one that is stopped has its context, and the call that it serves. */
static bool extended_link_stopped(unsigned n)
{
    unsigned k = n / 2;

    set_up_chain(n, true);
    CHECK(request(k, INV_TCB_SUSPEND) == ERR_NONE);
    CHECK(waitq_is_empty(&this_cpu()->put_off) && link(k)->lent == context(T1));
    CHECK(context(T1)->home == link(k) && link(k)->held == &replies[k]);
    act(thread(T3), SYS_RECV, EP2, 0, REPLY2);
    CHECK(n > 1 || link(k)->sc == context(T1));
    return true;
}

static bool extended_stopped(void)
{
    return with_each(extended_link_stopped);
}

/*
 * Link k, then one above it are stopped: the context has a home already, so all between them have
 * lost it, and what they were to be told comes about.
 */
static bool two_links_stopped(unsigned n)
{
    set_up_chain(n, true);
    interrupt_all();
    CHECK(request(0, INV_TCB_SUSPEND) == ERR_NONE && context(T1)->home == link(0));
    CHECK(request(n - 1, INV_TCB_SUSPEND) == ERR_NONE);
    CHECK(wait_for_rest());
    CHECK(have_all_ended(1, n - (n > 1), MYELIN_INTERRUPTED));
    CHECK(context(T1)->home == link(0) && tcb_is_on_reply(thread(T1)));
    act(thread(T3), SYS_RECV, EP2, 0, REPLY2);
    CHECK(link(0)->sc == context(T1));
    return true;
}

static bool two_stopped(void)
{
    return with_each(two_links_stopped);
}

static bool everybody_is_told(unsigned n)
{
    CHECK(wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED));
    CHECK(have_all_ended(0, n, MYELIN_INTERRUPTED));
    return true;
}

/* The context goes, or is taken from everybody: all are told. */
static bool context_deleted_below(unsigned n)
{
    set_up_chain(n, true);
    interrupt_all();
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    return everybody_is_told(n);
}

static bool context_unbound_below(unsigned n)
{
    set_up_chain(n, true);
    interrupt_all();
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    return everybody_is_told(n);
}

static bool context_taken_below(unsigned n)
{
    set_up_chain(n, true);
    interrupt_all();
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T3 });
    return everybody_is_told(n);
}

static bool context_goes(void)
{
    return with_each(context_deleted_below) && with_each(context_unbound_below) &&
           with_each(context_taken_below);
}

/*
 * The context is taken from T3 under plain calls: these keep it, for whom it is given next; only T1
 * is told that it is lost.
 */
static bool plain_calls_keep(unsigned n)
{
    set_up_chain(n, false);
    outcome_interrupt(thread(T1));
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T3 });
    CHECK(wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED) && thread(T1)->sc == NULL);
    CHECK(context(T1)->reply == &replies[n] && replies[1].next == NULL);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T3 }) == ERR_NONE);
    act(thread(T3), SYS_REPLY_RECV, EP2, 0, REPLY);
    return true;
}

static bool plain_keep(void)
{
    return with_each(plain_calls_keep);
}

/* While links go in one long revocation, what breaks is seen to before the next goes. */
static bool all_links_deleted(unsigned n)
{
    set_up_chain(n, false);
    outcome_interrupt(thread(T1));
    CHECK(request(n - 1, INV_TCB_SUSPEND) == ERR_NONE);
    CHECK(cnode_delete(T1 + 1) == ERR_NONE);
    CHECK(wait_for_rest() && is_outcome(thread(T1), MYELIN_INTERRUPTED));
    return true;
}

static bool then_deleted(void)
{
    return with_each(all_links_deleted);
}

/*
 * A call is stopped far above T1, and the context goes, in one deletion: the second waits for what
 * the first has left.
 */
static bool deleted_in_one(unsigned n)
{
    set_up_chain(n, false);
    outcome_interrupt(thread(T1));
    make(OBJ_CNODE, 1, FREE + 1);
    for (word_t i = 0; i < 2; i++) { /* emptied from the last slot down */
        if (i == 1)
            slot_insert_root(slot(LINK_SLOT), cap_object(CAP_TCB, link(n - 1)));
        CHECK(INVOKE(FREE + 1, INV_CNODE_MOVE, .length = 4,
                     .arg = { i, 1, i == 1 ? LINK_SLOT : T1 + 1, WORD_BITS }, .extra_count = 1,
                     .extra = { W_ROOT }) == ERR_NONE);
    }
    CHECK(cnode_delete(FREE + 1) == ERR_NONE);
    link_count = n - 1; /* the last has gone */
    CHECK(wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED) && thread(T1)->lent == NULL);
    return true;
}

static bool both_deleted(void)
{
    return with_each(deleted_in_one);
}

/* All but T1 have got other time: the context goes on to T1. */
static bool others_have_time(unsigned n)
{
    set_up_chain(n, true);
    interrupt_all();
    for (unsigned i = 0; i < n; i++) {
        contexts[i].sc.head = contexts[i].sc.refills;
        sched_context_give(&contexts[i].sc, link(i));
    }
    become(thread(T3));
    current()->ctx.other[1] = TIMER_OFF;
    sys_with((sword_t)MYELIN_SYS_RECV, EP2, 0, REPLY2);
    CHECK(thread(T3)->sc == NULL && (n < PIECE) == (thread(T1)->sc == context(T1)));
    CHECK(wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED) && thread(T1)->sc == context(T1));
    CHECK(have_all_ended(0, n, MYELIN_INTERRUPTED));
    return true;
}

static bool owners_passed_over(void)
{
    return with_each(others_have_time);
}

/*
 * T2 serves the portal at FREE for T1, whose budget ends; `helper` queues and helps. T2 goes on to
 * the links and T3. Then another takes the helper's call, which has its context back for that.
 */
static bool helper_taken(unsigned n)
{
    const word_t helper = 30;

    set_up();
    make_passive(T3, EP2, REPLY);
    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    make_thread(helper, W_PRIO, 0);
    resume(helper);
    configure_sc(T1 + 1, 100, 1000000, 0, 0);
    INVOKE(T2, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    make_passive(T2, FREE, REPLY2);
    act(thread(T1), SYS_CALL, FREE, 0, 0);
    become(thread(T2));
    pass_us(110);
    act(thread(helper), SYS_CALL, FREE, 0, 0);
    CHECK(thread(helper)->lent == context(helper) && thread(T2)->sc == context(helper));
    become(thread(T2));
    make_chain(thread(T2), n, true, thread(T3));
    outcome_interrupt(thread(T2));
    for (unsigned i = 0; i < n; i++)
        outcome_interrupt(link(i));
    act(thread(W_TCB), SYS_RECV, FREE, 0, REPLY3);
    CHECK(thread(helper)->reply == object(REPLY3) && thread(helper)->sc == context(helper));
    CHECK(thread(T3)->sc == NULL && wait_for_rest());
    CHECK(is_outcome(thread(T2), MYELIN_INTERRUPTED));
    CHECK(have_all_ended(0, n, MYELIN_INTERRUPTED));
    return true;
}

static bool helper_taken_back(void)
{
    return with_each(helper_taken);
}

/* No system call but on a fast path begins before the rest is done: it is made again. */
static bool calls_wait(void)
{
    struct request r = { .length = 0 };
    unsigned times = 0;

    set_up_chain(LINKS_MAX, true);
    interrupt_all();
    preempt_work = 0;
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    CHECK(tcb_is_on_reply(thread(T1)));
    CHECK(preempt_point(0)); /* nor the next step of a deletion */
    while (invoke_once(T2, INV_TCB_SUSPEND, &r))
        CHECK(times++ < LINKS_MAX && thread(T2)->state == THREAD_RUNNABLE);
    CHECK(times >= LINKS_MAX / PIECE - 1 && times <= LINKS_MAX / PIECE + 1);
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED) && thread(T2)->state == THREAD_INACTIVE);
    end_chain();
    return true;
}

/* One that is put off stops waiting before its turn: those below have theirs. */
static bool put_off_stopped(void)
{
    struct tcb *next;

    set_up_chain(64, true);
    interrupt_all();
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    next = this_cpu()->put_off.head;
    CHECK(next != NULL && next->obstacles & OBSTACLE_PUT_OFF);
    sched_enter();
    tcb_suspend(next);
    sched_exit();
    CHECK(next->state == THREAD_INACTIVE && wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED));
    end_chain();
    return true;
}

/* The same where its call ends before its turn. */
static bool put_off_interrupted(void)
{
    struct tcb *next;

    set_up_chain(64, true);
    outcome_interrupt(thread(T1));
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
    next = this_cpu()->put_off.head;
    CHECK(next != NULL && next->reply->next != NULL);
    sched_enter();
    outcome_interrupt(next);
    sched_exit();
    CHECK(is_outcome(next, MYELIN_INTERRUPTED) && wait_for_rest());
    CHECK(is_outcome(thread(T1), MYELIN_INTERRUPTED));
    end_chain();
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "depth: a plain call is stopped, the first extended one is far below", plain_stopped },
        { "depth: an extended call is stopped", extended_stopped },
        { "depth: a second one is stopped, and all between have lost the context", two_stopped },
        { "depth: the context is deleted, unbound, taken", context_goes },
        { "depth: the context is taken, plain calls keep it", plain_keep },
        { "depth: the context is deleted where a call was stopped", then_deleted },
        { "depth: a call is stopped and the context deleted, in one deletion", both_deleted },
        { "depth: the context comes home past callers with other time", owners_passed_over },
        { "depth: the call of who helps is taken by another", helper_taken_back },
        { "depth: system calls wait for what is put off", calls_wait },
        { "depth: who is put off stops waiting", put_off_stopped },
        { "depth: who is put off is interrupted", put_off_interrupted },
    };

    return RUN_CASES(argc, argv, cases);
}

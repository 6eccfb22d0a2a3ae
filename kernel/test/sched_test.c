/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs, and for how long. If one fails, the wrong thread runs, or one runs for longer than it
 * may.
 */
#include "cases.h"

static struct sched_context *context(word_t t)
{
    return object(t + 1);
}

static word_t set_prio(word_t t, word_t prio)
{
    return INVOKE(t, INV_TCB_SET_PRIORITY, .length = 1, .arg = { prio }, .extra_count = 1,
                  .extra = { W_TCB });
}

/* T1..T3 with these parameters; they are ready, and the root thread runs */
static void threads_with(word_t budget_us, word_t period_us)
{
    set_up();
    for (word_t t = T1; t <= T3; t += 2)
        configure_sc(t + 1, budget_us, period_us, 2, 0);
    become(thread(W_TCB));
}

static bool highest_runs(void)
{
    set_up();
    CHECK(set_prio(T2, W_PRIO + 2) == ~UINT64_C(0) && current() == thread(T2));
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    CHECK(current() != thread(T2));
    become(thread(W_TCB));
    return true;
}

static bool lower_waits(void)
{
    set_up();
    CHECK(set_prio(T2, W_PRIO - 1) == ERR_NONE && thread(T2)->is_queued);
    for (unsigned i = 0; i < 10; i++) {
        sys(SYS_YIELD);
        CHECK(current() != thread(T2));
    }
    become(thread(W_TCB));
    return true;
}

static bool round_robin_order(void)
{
    struct tcb *first, *second;

    set_up();
    pass_us(5001);
    first = current();
    pass_us(5001);
    second = current();
    CHECK(first != second && first != thread(W_TCB) && second != thread(W_TCB));
    pass_us(5001);
    pass_us(5001);
    CHECK(current() == thread(W_TCB));
    return true;
}

static bool yield_order(void)
{
    set_up();
    sys(SYS_YIELD);
    CHECK(current() == thread(T1) || current() == thread(T2) || current() == thread(T3));
    sys(SYS_YIELD);
    sys(SYS_YIELD);
    sys(SYS_YIELD);
    CHECK(current() == thread(W_TCB));
    return true;
}

/* Who yields has nothing left until it comes back, a period later. */
static bool yield_gives_up_budget(void)
{
    threads_with(100, 1000);
    become(thread(T1));
    sys(SYS_YIELD);
    CHECK(current() != thread(T1) && thread(T1)->is_waiting_budget);
    CHECK(refill_first(context(T1))->time >= host.now + arch_us_to_ticks(900));
    become(thread(W_TCB));
    return true;
}

static bool preempted_keeps_turn(void)
{
    struct tcb *t;

    set_up();
    t = current();
    pass_us(1000);
    CHECK(set_prio(T2, W_PRIO + 2) == ~UINT64_C(0));
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    CHECK(current() == t); /* not the next of its priority: its timeslice isn't over */
    return true;
}

static bool budget_ends(void)
{
    threads_with(100, 1000);
    become(thread(T1));
    pass_us(101);
    CHECK(current() != thread(T1) && thread(T1)->is_waiting_budget &&
          this_cpu()->ready[this_cpu()->domain].release == &thread(T1)->release);
    become(thread(W_TCB));
    return true;
}

static bool budget_comes_back(void)
{
    threads_with(100, 1000);
    CHECK(set_prio(T1, W_PRIO + 1) == ~UINT64_C(0) && current() == thread(T1));
    pass_us(101);
    CHECK(current() != thread(T1));
    host.now = host.deadline > refill_first(context(T1))->time ? refill_first(context(T1))->time
                                                               : host.deadline;
    host.now = refill_first(context(T1))->time;
    entry_timer();
    CHECK(current() == thread(T1));
    pass_us(101);
    return true;
}

/* Nobody else is there: the next timeslice ends as well. */
static bool timer_is_set_for_next_slice(void)
{
    set_up();
    for (word_t i = T1; i <= T3; i += 2)
        act(thread(i), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    tick();
    for (unsigned i = 0; i < 3; i++) {
        CHECK(host.deadline > host.now);
        CHECK(host.deadline <= host.now + arch_us_to_ticks(5000));
        host.now = host.deadline;
        entry_timer();
        CHECK(current() == thread(W_TCB));
    }
    return true;
}

/* T1 has time again before who runs has none: of either the timer knows, whatever changes. */
static bool timer_is_set_for_lower(void)
{
    ticks_t back;

    set_up();
    configure_sc(T1 + 1, 100, 3000, 2, 0);
    become(thread(T1));
    pass_us(101);
    CHECK(thread(T1)->is_waiting_budget);
    back = refill_first(context(T1))->time;
    become(thread(W_TCB));
    CHECK(set_prio(T1, W_PRIO - 1) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    host.now += 10;
    entry_timer();
    CHECK(current() == thread(W_TCB) && host.deadline > back);
    CHECK(resume(T1) == ERR_NONE && host.deadline == back);
    host.now = back;
    entry_timer();
    CHECK(!thread(T1)->is_waiting_budget && current() == thread(W_TCB));
    CHECK(host.deadline > host.now);
    return true;
}

/* It went off for somebody whose time was shorter: it is set anew for who runs. */
static bool timer_is_set_for_who_goes_on(void)
{
    ticks_t first;

    threads_with(100, 1000);
    become(thread(T1));
    tick();
    first = host.deadline;
    CHECK(first <= host.now + arch_us_to_ticks(100));
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    tick();
    CHECK(host.deadline == first); /* early is good enough */
    host.now = first;
    entry_timer();
    CHECK(current() == thread(W_TCB) && host.deadline > host.now);
    CHECK(host.deadline <= host.now + arch_us_to_ticks(5000));
    return true;
}

static bool timer_is_set_for_release(void)
{
    threads_with(100, 1000);
    become(thread(T1));
    pass_us(101);
    become(thread(W_TCB));
    tick();
    CHECK(host.deadline <= refill_first(context(T1))->time);
    return true;
}

static bool syscall_without_budget_restarts(void)
{
    threads_with(100, 1000);
    become(thread(T1));
    host.now += 100 * HOST_TICKS_PER_US;
    sys_with(SYS_SEND, EP, 0, 0);
    CHECK(thread(T1)->ctx.ip == USER_IP && thread(T1)->state == THREAD_RUNNABLE &&
          thread(T1)->is_waiting_budget);
    become(thread(W_TCB));
    return true;
}

static bool release_order(void)
{
    threads_with(100, 1000);
    for (word_t i = T1; i <= T3; i += 2) {
        become(thread(i));
        pass_us(101);
        CHECK(thread(i)->is_waiting_budget);
    }
    become(thread(W_TCB));
    for (word_t i = T1; i <= T3; i += 2)
        CHECK(this_cpu()->ready[this_cpu()->domain].release->rank <=
              refill_first(thread(i)->sc)->time);
    return true;
}

static bool suspended_leaves_queues(void)
{
    threads_with(100, 1000);
    CHECK(thread(T2)->is_queued);
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && !thread(T2)->is_queued);
    become(thread(T1));
    pass_us(101);
    become(thread(W_TCB));
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && !thread(T1)->is_waiting_budget);
    CHECK(this_cpu()->ready[this_cpu()->domain].release == NULL);
    return true;
}

static bool nobody_runs(void)
{
    set_up();
    for (word_t i = T1; i <= T3; i += 2)
        act(thread(i), SYS_WAIT, NTFN, 0, 0);
    act(thread(W_TCB), SYS_WAIT, NTFN, 0, 0);
    CHECK(current() == this_cpu()->idle);
    tick();
    CHECK(current() == this_cpu()->idle);
    entry_timer();
    CHECK(current() == this_cpu()->idle);
    sched_enter();
    tcb_resume(thread(W_TCB));
    sched_exit();
    CHECK(current() == thread(W_TCB));
    return true;
}

static bool no_context_no_run(void)
{
    set_up();
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE &&
          !thread(T1)->is_queued);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T1 }) == ERR_NONE);
    CHECK(!thread(T1)->is_queued); /* not configured */
    CHECK(configure_sc(SPARE_SC, 1000, 1000, 0, 0) == ERR_NONE && thread(T1)->is_queued);
    return true;
}

static bool binding_refused(void)
{
    set_up();
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T1 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T2 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { EP }) ==
          ERR_INVALID_CAPABILITY);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .length = 0) == ERR_TRUNCATED_MESSAGE);
    /* one's own */
    CHECK(INVOKE(W_SC, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, .extra_count = 1, .extra = { T1 }) ==
          ERR_ILLEGAL_OPERATION);
    return true;
}

/* A notification's context that has no parameters yet. */
static bool notification_context(void)
{
    set_up();
    make(OBJ_NOTIFICATION, 0, FREE);
    make_passive(T2, EP, REPLY);
    CHECK(INVOKE(T2, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN }) ==
          ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { FREE }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN }) ==
          ERR_ILLEGAL_OPERATION);
    sys_with(SYS_SEND, NTFN, 0, 0);
    CHECK(thread(T2)->sc == object(SPARE_SC) && !thread(T2)->is_queued);
    CHECK(configure_sc(SPARE_SC, 1000, 1000, 0, 0) == ERR_NONE && thread(T2)->is_queued);
    return true;
}

static bool parameters_refused(void)
{
    set_up();
    CHECK(configure_sc(SPARE_SC, MIN_BUDGET_US - 1, 1000, 0, 0) == ERR_RANGE &&
          answer_word(0) == MIN_BUDGET_US);
    CHECK(configure_sc(SPARE_SC, 1000, MIN_BUDGET_US - 1, 0, 0) == ERR_RANGE);
    CHECK(configure_sc(SPARE_SC, 1001, 1000, 0, 0) == ERR_RANGE && answer_word(1) == 1000);
    CHECK(configure_sc(SPARE_SC, ~UINT64_C(0), 1000, 0, 0) == ERR_RANGE);
    CHECK(configure_sc(SPARE_SC, 1000, 1000, 8, 0) == ERR_NONE);
    CHECK(configure_sc(SPARE_SC, 1000, 1000, 9, 0) == ERR_RANGE &&
          answer_word(1) == sched_context_refills(8) - MIN_REFILLS);
    CHECK(configure_sc(SPARE_SC, arch_max_us(), arch_max_us(), 0, 0) == ERR_NONE);
    CHECK(configure_sc(SPARE_SC, 1000, arch_max_us() + 1, 0, 0) == ERR_RANGE);
    CHECK(configure_sc(EP, 1000, 1000, 0, 0) == ERR_INVALID_CAPABILITY && answer_word(0) == 1);
    return true;
}

static bool consumed(void)
{
    set_up();
    become(thread(T1));
    pass_us(300);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_CONSUMED, .length = 0) == ERR_NONE &&
          answer_word(0) == 300);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_CONSUMED, .length = 0) == ERR_NONE &&
          answer_word(0) == 0);
    return true;
}

static bool yield_to(void)
{
    set_up();
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ~UINT64_C(0));
    CHECK(current() == thread(T2) && thread(W_TCB)->yield_to == context(T2) &&
          context(T2)->yield_from == thread(W_TCB));
    pass_us(200);
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    CHECK(current() == thread(W_TCB) && thread(W_TCB)->yield_to == NULL && answer_word(0) == 200);
    CHECK(current()->ctx.tag == msg_make(0, 0, 0, 1));
    return true;
}

/* The limit is the caller's maximum; a sporadic context's time counts from now on. */
static bool yield_to_limit(void)
{
    set_up();
    CHECK(configure_sc(T2 + 1, 100, 1000, 2, SCHED_CONTEXT_FLAG_SPORADIC) == ERR_NONE);
    host.now += arch_us_to_ticks(1000);
    thread(W_TCB)->mcp = W_PRIO - 1;
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ERR_ILLEGAL_OPERATION);
    thread(W_TCB)->mcp = W_PRIO;
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ~UINT64_C(0));
    CHECK(current() == thread(T2) && refill_first(context(T2))->time == host.now);
    become(thread(W_TCB));
    return true;
}

static bool yield_to_lower(void)
{
    set_up();
    CHECK(set_prio(T2, W_PRIO - 1) == ERR_NONE);
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ERR_NONE);
    CHECK(thread(W_TCB)->yield_to == NULL);
    CHECK(INVOKE(W_SC, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ERR_ILLEGAL_OPERATION);
    return true;
}

static bool yield_to_deleted(void)
{
    set_up();
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_YIELD_TO, .length = 0) == ~UINT64_C(0));
    act(thread(T2), SYS_YIELD, 0, 0, 0);
    sched_enter();
    while (slot_delete(slot(T2 + 1)) != INV_OK)
        ;
    sched_exit();
    CHECK(thread(W_TCB)->yield_to == NULL);
    become(thread(W_TCB));
    return true;
}

static bool priority_bounds(void)
{
    set_up();
    thread(T1)->mcp = 50;
    CHECK(INVOKE(T2, INV_TCB_SET_PRIORITY, .length = 1, .arg = { 51 }, .extra_count = 1,
                 .extra = { T1 }) == ERR_RANGE);
    CHECK(answer_word(1) == 50);
    CHECK(INVOKE(T2, INV_TCB_SET_PRIORITY, .length = 1, .arg = { 50 }, .extra_count = 1,
                 .extra = { T1 }) == ERR_NONE);
    CHECK(INVOKE(T2, INV_TCB_SET_MC_PRIORITY, .length = 1, .arg = { 51 }, .extra_count = 1,
                 .extra = { T1 }) == ERR_RANGE);
    CHECK(INVOKE(T2, INV_TCB_SET_PRIORITY, .length = 1, .arg = { 5 }, .extra_count = 1,
                 .extra = { EP }) == ERR_INVALID_CAPABILITY);
    return true;
}

static bool lowering_oneself(void)
{
    set_up();
    CHECK(INVOKE(W_TCB, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO - 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == ~UINT64_C(0));
    CHECK(current() != thread(W_TCB) && thread(W_TCB)->is_queued);
    return true;
}

static bool charged_to_who_ran(void)
{
    ticks_t before;

    threads_with(100, 1000);
    become(thread(T1));
    before = context(T2)->consumed;
    pass_us(50);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    CHECK(context(T1)->consumed == 50 * HOST_TICKS_PER_US && context(T2)->consumed == before);
    become(thread(W_TCB));
    return true;
}

static bool donated_budget_ends(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    configure_sc(T1 + 1, 100, 1000, 0, 0);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    CHECK(current() == thread(T2));
    pass_us(101);
    CHECK(thread(T2)->is_waiting_budget && thread(T2)->sc == context(T1));
    become(thread(W_TCB));
    return true;
}

static bool exhausted_callee_is_waited_for(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    configure_sc(T1 + 1, 100, 1000, 0, 0);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    pass_us(101);
    host.now = refill_first(context(T1))->time;
    entry_timer();
    become(thread(T2));
    sys_with(SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(thread(T1)->sc == context(T1) && thread(T1)->state == THREAD_RUNNABLE);
    become(thread(W_TCB));
    return true;
}

/* ... or its timeout handler, T3, is told, when its context comes home with nothing left. */
static bool exhausted_context_is_told(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    configure_sc(T1 + 1, 100, 100000, 0, 0);
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { EP2 }) == ERR_NONE);
    act(thread(T3), SYS_RECV, EP2, 0, REPLY2);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    pass_us(101);
    become(thread(W_TCB));
    sys_with(SYS_SEND, REPLY, 0, 0);
    CHECK(thread(T1)->sc == context(T1) && thread(T1)->fault.type == FAULT_TIMEOUT);
    CHECK(((struct reply *)object(REPLY2))->caller == thread(T1));
    become(thread(W_TCB));
    return true;
}

static bool sporadic_counts_from_waking(void)
{
    set_up();
    CHECK(configure_sc(T2 + 1, 100, 1000, 2, SCHED_CONTEXT_FLAG_SPORADIC) == ERR_NONE);
    act(thread(T2), SYS_WAIT, EP, 0, 0);
    become(thread(W_TCB));
    host.now += 3000 * HOST_TICKS_PER_US;
    sys_with(SYS_SEND, EP, 0, 0);
    CHECK(thread(T2)->state == THREAD_RUNNABLE && refill_first(context(T2))->time == host.now);
    become(thread(W_TCB));
    return true;
}

/* The fast path of T1's call to T2, which has time of its own: when there is none, it is missed. */
static bool is_handed_over(ticks_t in, ticks_t amount, ticks_t usage, ticks_t of_domain)
{
    struct refill *next = refill_first(context(T2));
    ticks_t left = this_cpu()->domain_left;
    struct tcb *t = thread(T1);
    bool is_done;

    become(t);
    t->ctx.cap = EP;
    t->ctx.tag = 0;
    next->time = host.now + in;
    next->amount = amount;
    this_cpu()->charge_from = host.now - usage;
    this_cpu()->domain_left = of_domain;
    sched_set_timer(); /* S-3, of what is made up here */
    is_done = fast_enter(t, SYS_CALL);
    this_cpu()->charge_from = host.now;
    this_cpu()->domain_left = left;
    return is_done;
}

static bool fast_path_has_time(void)
{
    const ticks_t wcet = kernel_wcet_ticks, min = min_budget_ticks, much = 100 * min;
    ticks_t all;

    set_up();
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    tcb_wait_changed(thread(T2)); /* not the way of round-robin contexts alone */
    all = refill_first(context(T1))->amount;
    CHECK(!is_handed_over(wcet + 1, much, 0, much));         /* it waits for budget */
    CHECK(!is_handed_over(0, min - 1, 0, much));             /* it has too little */
    CHECK(!is_handed_over(0, much, all - min + 1, 2 * all)); /* the caller's has ended */
    CHECK(!is_handed_over(0, much, min, min + wcet));        /* the domain's has */
    CHECK(is_handed_over(wcet, min, min, min + wcet + 1) && current() == thread(T2));
    CHECK(this_cpu()->sc == context(T2) && tcb_is_on_reply(thread(T1)));
    become(thread(W_TCB));
    return true;
}

/* --- domains --- */

static word_t set_domain(word_t t, word_t domain)
{
    return INVOKE(W_DOMAIN, INV_DOMAIN_SET_SET, .length = 1, .arg = { domain }, .extra_count = 1,
                  .extra = { t });
}

static word_t schedule(word_t index, word_t domain, word_t ticks)
{
    return INVOKE(W_DOMAIN, INV_DOMAIN_SCHEDULE_CONFIGURE, .length = 3,
                  .arg = { index, domain, ticks });
}

static bool domains_take_turns(void)
{
    set_up();
    CHECK(set_domain(T1, 1) == ERR_NONE);
    CHECK(schedule(0, 0, 80000) == ERR_NONE && schedule(1, 1, 80000) == ERR_NONE);
    CHECK(INVOKE(W_DOMAIN, INV_DOMAIN_SCHEDULE_SET_START, .length = 1, .arg = { 0 }) !=
          ERR_INVALID_ARGUMENT);
    for (unsigned i = 0; i < 6; i++) {
        host.now = host.deadline;
        entry_timer();
        CHECK(current() == this_cpu()->idle || current()->domain == this_cpu()->domain);
    }
    for (unsigned i = 0; i < 50 && this_cpu()->domain != 1; i++) {
        host.now = host.deadline;
        entry_timer();
    }
    /* alone there, whatever the others' priorities */
    CHECK(this_cpu()->domain == 1 && current() == thread(T1));
    for (unsigned i = 0; i < 50 && this_cpu()->domain != 0; i++) {
        host.now = host.deadline;
        entry_timer();
    }
    CHECK(this_cpu()->domain == 0 && current() != thread(T1));
    return true;
}

static bool empty_domain_is_idle(void)
{
    set_up();
    CHECK(schedule(1, 2, 40000) == ERR_NONE && schedule(0, 0, 40000) == ERR_NONE);
    CHECK(schedule(2, 1, 40000) == ERR_NONE);
    CHECK(INVOKE(W_DOMAIN, INV_DOMAIN_SCHEDULE_SET_START, .length = 1, .arg = { 1 }) ==
          ~UINT64_C(0));
    for (unsigned i = 0; i < 4; i++) { /* what follows the last is where it started */
        CHECK(this_cpu()->domain == 2 - i % 2 && current() == this_cpu()->idle);
        CHECK(host.deadline > host.now && host.deadline <= host.now + 40000);
        host.now = host.deadline;
        entry_timer();
    }
    return true;
}

/* Refused with this error, and these details. */
static bool is_refused(word_t result, word_t error, word_t first, word_t second)
{
    return result == error && answer_word(0) == first &&
           (error != ERR_RANGE || answer_word(1) == second);
}

static word_t start(word_t index)
{
    return INVOKE(W_DOMAIN, INV_DOMAIN_SCHEDULE_SET_START, .length = 1, .arg = { index });
}

static bool domain_refusals(void)
{
    const word_t last = CONFIG_NUM_DOMAIN_SCHEDULES - 1, domains = CONFIG_NUM_DOMAINS;

    set_up();
    CHECK(is_refused(set_domain(T1, domains), ERR_INVALID_ARGUMENT, 0, 0));
    CHECK(is_refused(set_domain(EP, 0), ERR_INVALID_ARGUMENT, 1, 0));
    CHECK(is_refused(schedule(last, 0, 5), ERR_RANGE, 0, last - 1)); /* the end marker */
    CHECK(is_refused(schedule(1, domains, 5), ERR_RANGE, 0, domains - 1));
    CHECK(is_refused(schedule(1, 0, BIT(56)), ERR_INVALID_ARGUMENT, 2, 0));
    CHECK(is_refused(schedule(1, 1, 0), ERR_INVALID_ARGUMENT, 2, 0));
    CHECK(is_refused(schedule(0, 0, 0), ERR_INVALID_ARGUMENT, 2, 0));
    CHECK(is_refused(start(1), ERR_INVALID_ARGUMENT, 0, 0)); /* there is one entry to begin with */
    CHECK(is_refused(start(last + 1), ERR_RANGE, 0, last));
    CHECK(schedule(1, 0, BIT(56) - 1) == ERR_NONE);
    for (word_t label = INV_DOMAIN_SET_SET; label <= INV_DOMAIN_SCHEDULE_SET_START; label++)
        CHECK(INVOKE(W_DOMAIN, label, .length = 0) == ERR_TRUNCATED_MESSAGE);
    return true;
}

/* Somebody of another domain is woken: its turn has not come, however important it is. */
static bool woken_in_another(void)
{
    set_up();
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(set_prio(T1, W_PRIO + 1) == ERR_NONE && set_domain(T1, 1) == ERR_NONE);
    tick();
    current()->ctx.cap = NTFN;
    current()->ctx.tag = 0;
    if (!fast_enter(current(), SYS_SEND))
        sys_with(SYS_SEND, NTFN, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && current() == thread(W_TCB));
    CHECK(thread(T1)->is_queued && this_cpu()->ready[1].head[W_PRIO + 1] == thread(T1));
    return true;
}

static bool domain_of_queued(void)
{
    set_up();
    CHECK(thread(T1)->is_queued && set_domain(T1, 2) == ERR_NONE);
    CHECK(this_cpu()->ready[2].head[W_PRIO] == thread(T1) && thread(T1)->domain == 2);
    CHECK(set_domain(T2, 2) == ERR_NONE); /* behind those who are there */
    CHECK(this_cpu()->ready[2].head[W_PRIO] == thread(T1) && thread(T1)->ready_next == thread(T2));
    CHECK(set_domain(T1, 0) == ERR_NONE && this_cpu()->ready[2].head[W_PRIO] == thread(T2));
    CHECK(set_domain(T2, 0) == ERR_NONE && this_cpu()->ready[2].head[W_PRIO] == NULL);
    return true;
}

/* Who waits for budget, or until a deadline, does so in its new domain; the timer is set there. */
static bool domain_of_waiting(void)
{
    struct tcb *t;
    ticks_t due;

    set_up();
    t = thread(T1);
    CHECK(configure_sc(T1 + 1, 100, 10000, 0, 0) == ERR_NONE);
    become(t);
    pass_us(110);
    CHECK(t->is_waiting_budget);
    due = refill_first(t->sc)->time;
    become(thread(W_TCB));
    CHECK(schedule(0, 0, 80000) == ERR_NONE && schedule(1, 1, MASK(50)) == ERR_NONE);
    CHECK(set_domain(T1, 1) == ERR_NONE && this_cpu()->ready[0].release == NULL);
    CHECK(this_cpu()->ready[1].release != NULL && this_cpu()->ready[1].release->thread == t);
    (void)start(1);
    CHECK(this_cpu()->domain == 1 && current() == this_cpu()->idle && host.deadline <= due);
    host.now = due;
    entry_timer();
    CHECK(current() == t);
    return true;
}

/* The least priority is one, too. */
static bool lowest_runs(void)
{
    set_up();
    for (word_t t = T1; t <= T3; t += 2)
        CHECK(set_prio(t, 0) == ERR_NONE);
    CHECK(set_prio(W_TCB, 1) == ERR_NONE);
    sys_with(SYS_WAIT, NTFN, 0, 0);
    CHECK(current() != this_cpu()->idle && current()->prio == 0);
    sys_with(SYS_SEND, NTFN, 0, 0);
    CHECK(current() == thread(W_TCB));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "sched: the highest priority runs", highest_runs },
        { "sched: the lowest priority runs", lowest_runs },
        { "sched: lower priorities wait", lower_waits },
        { "sched: turns within a priority", round_robin_order },
        { "sched: yielding within a priority", yield_order },
        { "sched: yielding gives up what is left", yield_gives_up_budget },
        { "sched: who is preempted goes on first", preempted_keeps_turn },
        { "sched: the budget ends", budget_ends },
        { "sched: the budget comes back", budget_comes_back },
        { "sched: the timer is set for who waits for budget", timer_is_set_for_release },
        { "sched: the timer is set for who is less important", timer_is_set_for_lower },
        { "sched: the timer is set for who goes on alone", timer_is_set_for_next_slice },
        { "sched: the timer is set for who goes on when it was another's",
          timer_is_set_for_who_goes_on },
        { "sched: a system call without budget is made again", syscall_without_budget_restarts },
        { "sched: who waits for budget, in order of time", release_order },
        { "sched: a suspended thread is in no queue", suspended_leaves_queues },
        { "sched: nobody to run", nobody_runs },
        { "sched: no run without a configured context", no_context_no_run },
        { "sched: contexts that can't be bound", binding_refused },
        { "sched: a notification's context without parameters", notification_context },
        { "sched: parameters that can't be", parameters_refused },
        { "sched: what was consumed", consumed },
        { "sched: yielding to a context", yield_to },
        { "sched: yielding up to the maximum priority", yield_to_limit },
        { "sched: yielding to one that may not run", yield_to_lower },
        { "sched: the context that was yielded to is deleted", yield_to_deleted },
        { "sched: priorities within the maximum", priority_bounds },
        { "sched: lowering one's own priority", lowering_oneself },
        { "sched: time is charged to who ran", charged_to_who_ran },
        { "sched: a server uses up its caller's budget", donated_budget_ends },
        { "sched: and goes on when it comes back", exhausted_callee_is_waited_for },
        { "sched: a context that comes home with nothing left is told of",
          exhausted_context_is_told },
        { "sched: a sporadic context's time counts from waking", sporadic_counts_from_waking },
        { "sched: the fast path hands over no time that is not there", fast_path_has_time },
        { "domain: they take turns", domains_take_turns },
        { "domain: nobody in it", empty_domain_is_idle },
        { "domain: what is refused", domain_refusals },
        { "domain: a thread of another domain is woken", woken_in_another },
        { "domain: a ready thread changes its domain", domain_of_queued },
        { "domain: one that waits for time does", domain_of_waiting },
    };

    return RUN_CASES(argc, argv, cases);
}

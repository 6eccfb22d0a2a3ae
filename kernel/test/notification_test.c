/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notifications and interrupts. If one fails, a signal is lost, doubled, or wakes the wrong thread.
 */
#include "cases.h"

#include "fastpath.h"
#include "irq.h"
#include "irq_priv.h"
#include "switch.h"

static struct notification *n(void)
{
    return object(NTFN);
}

static void signal(word_t cap)
{
    become(thread(W_TCB));
    sys_with(SYS_SEND, cap, 0, 0);
    become(thread(W_TCB));
}

static bool bind(word_t t)
{
    return INVOKE(t, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN }) == ERR_NONE;
}

static bool bits_gather(void)
{
    set_up();
    CHECK(cnode_mint(FREE, NTFN, RIGHTS_ALL, 1) == ERR_NONE &&
          cnode_mint(FREE + 1, NTFN, RIGHTS_ALL, 4) == ERR_NONE);
    signal(FREE);
    signal(FREE + 1);
    signal(FREE);
    CHECK(n()->is_active && n()->word == 5);
    sys_with(SYS_WAIT, NTFN, 0, 0);
    CHECK(current()->ctx.cap == 5 && !n()->is_active && n()->word == 0);
    return true;
}

static bool signal_without_bits(void)
{
    set_up();
    signal(NTFN);
    CHECK(n()->is_active && n()->word == 0);
    sys_with(SYS_WAIT, NTFN, 0, 0);
    CHECK(current()->ctx.cap == 0 && !n()->is_active && current() == thread(W_TCB));
    return true;
}

static bool waiter_wakes(void)
{
    set_up();
    CHECK(cnode_mint(FREE, NTFN, RIGHTS_ALL, 8) == ERR_NONE);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    CHECK(thread(T1)->state == THREAD_ON_NOTIFICATION);
    signal(FREE);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.cap == 8 && !n()->is_active);
    return true;
}

static bool one_signal_one_waiter(void)
{
    set_up();
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    signal(NTFN);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T2)->state == THREAD_ON_NOTIFICATION);
    return true;
}

static bool poll(void)
{
    set_up();
    current()->ctx.cap = 77;
    sys_with(SYS_NB_WAIT, NTFN, 0, 0);
    CHECK(current()->ctx.cap == 0 && current() == thread(W_TCB));
    return true;
}

static bool bound_wakes_from_recv(void)
{
    set_up();
    CHECK(bind(T1) && cnode_mint(FREE, NTFN, RIGHTS_ALL, 3) == ERR_NONE);
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    signal(FREE);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.cap == 3);
    CHECK(((struct reply *)object(REPLY))->caller == NULL &&
          waitq_is_empty(&((struct endpoint *)object(EP))->queue));
    return true;
}

static bool bound_recv_takes_pending(void)
{
    set_up();
    CHECK(bind(T1) && cnode_mint(FREE, NTFN, RIGHTS_ALL, 3) == ERR_NONE);
    signal(FREE);
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    CHECK(current() == thread(T1) && current()->ctx.cap == 3 && !n()->is_active);
    become(thread(W_TCB));
    return true;
}

static bool bound_does_not_wake_from_send(void)
{
    set_up();
    CHECK(bind(T1));
    act(thread(T1), SYS_SEND, EP, 0, 0);
    signal(NTFN);
    CHECK(thread(T1)->state == THREAD_ON_SEND && n()->is_active);
    return true;
}

static bool bound_is_the_only_waiter(void)
{
    set_up();
    CHECK(bind(T1));
    act(thread(T2), SYS_WAIT, NTFN, 0, 0); /* a fault: nobody else may wait for it */
    CHECK(thread(T2)->state == THREAD_INACTIVE);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    CHECK(thread(T1)->state == THREAD_ON_NOTIFICATION);
    signal(NTFN);
    CHECK(thread(T1)->state == THREAD_RUNNABLE);
    return true;
}

static bool binding_refused(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { EP }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 0) == ERR_TRUNCATED_MESSAGE);
    CHECK(bind(T1));
    CHECK(!bind(T2) && !bind(T1));
    CHECK(INVOKE(T1, INV_TCB_UNBIND_NOTIFICATION, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_UNBIND_NOTIFICATION, .length = 0) == ERR_ILLEGAL_OPERATION);
    act(thread(T3), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(!bind(T2)); /* somebody waits */
    return true;
}

static bool deletion_unbinds(void)
{
    set_up();
    CHECK(bind(T1));
    CHECK(cnode_delete(NTFN) == ERR_NONE && thread(T1)->bound == NULL);
    make(OBJ_NOTIFICATION, 0, NTFN);
    CHECK(bind(T1));
    CHECK(cnode_delete(T1) == ERR_NONE && n()->bound == NULL);
    return true;
}

static bool context_by_signal(void)
{
    set_up();
    CHECK(bind(T1));
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    signal(NTFN);
    CHECK(thread(T1)->sc == object(T1 + 1) && thread(T1)->state == THREAD_RUNNABLE);
    act(thread(T1), SYS_RECV, EP, 0, REPLY); /* it goes back when it waits again */
    CHECK(thread(T1)->sc == NULL && n()->sc == object(T1 + 1) && n()->sc->tcb == NULL);
    become(thread(W_TCB));
    return true;
}

static bool context_stays_when_in_use(void)
{
    set_up();
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    signal(NTFN);
    CHECK(thread(T2)->state == THREAD_RUNNABLE && thread(T2)->sc == NULL &&
          thread(T1)->sc == object(T1 + 1));
    return true;
}

static bool higher_priority_preempts(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO + 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == ~UINT64_C(0)); /* it runs at once */
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    sys_with(SYS_SEND, NTFN, 0, 0);
    CHECK(current() == thread(T1) && thread(W_TCB)->is_queued);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    return true;
}

/* --- interrupts --- */

static bool handler(word_t irq, word_t dest)
{
    return INVOKE(W_IRQ, INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3, .arg = { irq, dest, 64 },
                  .extra_count = 1, .extra = { W_ROOT }) == ERR_NONE;
}

static bool irq_signals(void)
{
    set_up();
    CHECK(handler(3, FREE));
    CHECK(cnode_mint(FREE + 1, NTFN, RIGHTS_ALL, 0x10) == ERR_NONE);
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { FREE + 1 }) ==
          ERR_NONE);
    entry_irq(3);
    CHECK(n()->word == 0x10);
    host.irq_masked |= BIT(3); /* as a controller does */
    CHECK(INVOKE(FREE, INV_IRQ_ACK_IRQ, .length = 0) == ERR_NONE && !(host.irq_masked & BIT(3)));
    CHECK(INVOKE(FREE, INV_IRQ_CLEAR_IRQ_HANDLER, .length = 0) == ERR_NONE);
    sys_with(SYS_NB_WAIT, NTFN, 0, 0);
    entry_irq(3);
    CHECK(!n()->is_active);
    return true;
}

/*
 * By the fast path or not: an interrupt that comes before the last is acknowledged is kept until
 * then, once. T1 waits; it is woken by the usual way, or runs on time that the fast path leaves.
 */
static bool irq_again_in(bool is_off, bool is_sporadic)
{
    struct tcb *t;

    fastpath_is_off = is_off;
    set_up();
    t = thread(T1);
    if (is_sporadic)
        configure_sc(T1 + 1, 100, 1000, 2, SCHED_CONTEXT_FLAG_SPORADIC);
    CHECK(handler(3, FREE) && cnode_mint(FREE + 1, NTFN, RIGHTS_ALL, 0x10) == ERR_NONE);
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { FREE + 1 }) ==
          ERR_NONE);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4; i++) {
            act(t, SYS_WAIT, NTFN, 0, 0);
            CHECK(t->state == THREAD_ON_NOTIFICATION);
            become(thread(W_TCB));
            if (i == 0 || (i == 1 && round == 0))
                entry_irq(3); /* 0: it comes. 1: it is kept. 2: it comes. 3: there is none */
            if (i >= 2)
                CHECK(INVOKE(FREE, INV_IRQ_ACK_IRQ, .length = 0) != ERR_ILLEGAL_OPERATION);
            become(thread(W_TCB));
            CHECK((t->state == THREAD_RUNNABLE) == (i == 0 || (i == 2 && round == 0)));
            CHECK(!n()->is_active);
            CHECK(t->state != THREAD_RUNNABLE || t->ctx.cap == 0x10);
            if (t->state != THREAD_RUNNABLE) {
                CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
                CHECK(resume(T1) == ERR_NONE);
            }
        }
    }
    CHECK(cnode_revoke(FREE + 1) == ERR_NONE && slot_is_empty(&irq_slots[3]));
    entry_irq(3);
    CHECK(!n()->is_active);
    become(thread(W_TCB));
    return true;
}

static bool irq_comes_again(void)
{
    bool is_good = true;

    for (unsigned i = 0; i < 4 && is_good; i++) {
        is_good = irq_again_in(i % 2 == 1, i / 2 == 1) && audit() == NULL;
        fastpath_is_off = false;
        world_shut_down();
        world_boot();
    }
    return is_good;
}

/* It comes when the budget of who runs has just ended: that one's call, if any, is not repeated. */
static bool irq_without_budget(void)
{
    struct tcb *t;

    set_up();
    t = thread(T1);
    configure_sc(T1 + 1, 100, 1000, 2, 0);
    CHECK(handler(3, FREE));
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    become(t);
    t->ctx.ip = USER_IP + 0x100;
    host.now += arch_us_to_ticks(100);
    fastpath_is_off = true;
    entry_irq(3);
    fastpath_is_off = false;
    CHECK(t->is_waiting_budget && t->ctx.ip == USER_IP + 0x100 && n()->is_active);
    become(thread(W_TCB));
    return true;
}

/* The interrupt has the last capability to a notification where somebody waits. */
static bool irq_retired_with_waiters(void)
{
    set_up();
    CHECK(handler(3, FREE));
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(cnode_delete(NTFN) == ERR_NONE && thread(T1)->state == THREAD_ON_NOTIFICATION);
    CHECK(cnode_delete(FREE) == ERR_NONE && !irq_is_issued(3) && slot_is_empty(&irq_slots[3]));
    CHECK(!tcb_is_blocked(thread(T1)) && !tcb_is_blocked(thread(T2)));
    return true;
}

static bool irq_once(void)
{
    set_up();
    CHECK(handler(3, FREE));
    CHECK(INVOKE(W_IRQ, INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3, .arg = { 4, BIT(40), 64 },
                 .extra_count = 1, .extra = { W_ROOT }) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(0) == 0); /* no source's */
    CHECK(INVOKE(W_IRQ, INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3, .arg = { 3, FREE + 1, 64 },
                 .extra_count = 1, .extra = { W_ROOT }) == ERR_REVOKE_FIRST);
    CHECK(INVOKE(W_IRQ, INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3, .arg = { HOST_IRQS, FREE + 1, 64 },
                 .extra_count = 1, .extra = { W_ROOT }) == ERR_RANGE);
    CHECK(cnode_delete(FREE) == ERR_NONE && (host.irq_masked & BIT(3)) && !irq_is_issued(3));
    CHECK(handler(3, FREE + 1));
    return true;
}

static bool irq_copies(void)
{
    set_up();
    CHECK(handler(3, FREE) && cnode_copy(FREE + 1, FREE, RIGHTS_ALL) == ERR_NONE);
    CHECK(cnode_delete(FREE) == ERR_NONE && irq_is_issued(3));
    CHECK(cnode_revoke(W_IRQ) == ERR_NONE && slot_is_empty(slot(FREE + 1)) && !irq_is_issued(3));
    return true;
}

static bool irq_needs_write(void)
{
    set_up();
    CHECK(handler(3, FREE) && cnode_mint(FREE + 1, NTFN, RIGHT_READ, 1) == ERR_NONE);
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { FREE + 1 }) ==
          ERR_INVALID_CAPABILITY);
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { EP }) ==
          ERR_INVALID_CAPABILITY);
    CHECK(answer_word(0) == 0); /* as upstream */
    CHECK(INVOKE(FREE, INV_IRQ_SET_IRQ_HANDLER, .length = 0) == ERR_TRUNCATED_MESSAGE);
    return true;
}

static bool irq_without_handler(void)
{
    set_up();
    entry_irq(5);
    CHECK(host.irq_masked & BIT(5));
    tick();
    CHECK(current() == thread(W_TCB));
    return true;
}

/* t, current, signals through cap by the fast path: who goes on. */
static struct tcb *signal_fast(struct tcb *t, cptr_t cap)
{
    t->ctx.cap = cap;
    t->ctx.tag = 0;
    return host_fast_call(t, SYS_SEND);
}

/*
 * ... on the fast path, whether or not the signaller's context is round robin, as the waiter's is.
 */
static bool higher_priority_preempts_fast(void)
{
    for (unsigned i = 0; i < 2; i++) {
        world_shut_down();
        world_boot();
        set_up();
        CHECK(configure_sc(T2 + 1, 2000, i == 0 ? 2000 : 5000, 2, 0) == ERR_NONE);
        CHECK(INVOKE(T1, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO + 1 }, .extra_count = 1,
                     .extra = { W_TCB }) == ~UINT64_C(0));
        act(thread(T1), SYS_WAIT, NTFN, 0, 0);
        CHECK(thread(T1)->can_fast_wake);
        become(thread(T2));
        CHECK(signal_fast(thread(T2), NTFN) == thread(T1) && current() == thread(T1));
        CHECK(thread(T2)->is_queued && this_cpu()->sc == thread(T1)->sc && audit() == NULL);
    }
    return true;
}

/*
 * A passive server whose bound notification has time: by fast paths only, it is called, answers and
 * waits, and is signalled and waits; the notification's context is with it for the signal only.
 */
static bool bound_server_is_served_fast(void)
{
    set_up();
    struct tcb *client = thread(T2), *server = thread(T1);
    struct sched_context *sc = server->sc, *clients = client->sc;

    make_passive(T1, EP, REPLY);
    CHECK(bind(T1) &&
          INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN }) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO + 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == ERR_NONE);
    act(client, SYS_CALL, EP, 0, 0);
    CHECK(current() == server && server->sc == clients);
    server->ctx.cap = EP;
    server->ctx.reply = REPLY;
    CHECK(host_fast_call(server, SYS_REPLY_RECV) == client && client->sc == clients);
    CHECK(server->state == THREAD_ON_RECV_FAST && audit() == NULL);
    CHECK(signal_fast(client, NTFN) == server && server->sc == sc);
    CHECK(this_cpu()->sc == sc && client->is_queued && audit() == NULL);
    server->ctx.cap = EP;
    CHECK(host_fast_call(server, SYS_REPLY_RECV) == client && server->sc == NULL);
    CHECK(sc->tcb == NULL && this_cpu()->sc == clients && server->state == THREAD_ON_RECV_FAST);
    return audit() == NULL;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "notification: bits gather until somebody looks", bits_gather },
        { "notification: a signal without bits is a signal", signal_without_bits },
        { "notification: a waiter wakes", waiter_wakes },
        { "notification: one signal wakes one waiter", one_signal_one_waiter },
        { "notification: looking without waiting", poll },
        { "notification: a bound thread wakes from receiving", bound_wakes_from_recv },
        { "notification: a bound thread finds a pending signal first", bound_recv_takes_pending },
        { "notification: a bound thread does not wake from sending",
          bound_does_not_wake_from_send },
        { "notification: only the bound thread may wait", bound_is_the_only_waiter },
        { "notification: bindings that are refused", binding_refused },
        { "notification: deleting either side unbinds", deletion_unbinds },
        { "notification: a signal brings a context, waiting returns it", context_by_signal },
        { "notification: a context that is in use stays", context_stays_when_in_use },
        { "notification: a more important waiter runs at once", higher_priority_preempts },
        { "notification: ... on the fast path, whatever contexts they have",
          higher_priority_preempts_fast },
        { "notification: a bound passive server takes calls and signals on fast paths",
          bound_server_is_served_fast },
        { "interrupt: signals its notification", irq_signals },
        { "interrupt: one that comes again is kept", irq_comes_again },
        { "interrupt: one where the budget has ended", irq_without_budget },
        { "interrupt: its handler goes, and with it a notification", irq_retired_with_waiters },
        { "interrupt: one handler at a time", irq_once },
        { "interrupt: copies of a handler, and revoking it", irq_copies },
        { "interrupt: what it may be set to", irq_needs_write },
        { "interrupt: without a handler it is masked", irq_without_handler },
    };

    return RUN_CASES(argc, argv, cases);
}

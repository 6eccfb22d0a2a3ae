/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedctx.h"

#include "outcome.h"
#include "panic.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"
#include "perform.h"

void sched_context_bind(struct sched_context *sc, struct tcb *t)
{
    sched_context_move(sc, t);
    if (!sched_context_is_configured(sc))
        return;
    if (sc->is_sporadic)
        refill_resume(sc);
    sched_wake(t);
}

inline void sched_context_move(struct sched_context *sc, struct tcb *to)
{
    assert(to->sc == NULL);
    sched_context_unbind_tcb(sc);
    sched_context_give(sc, to);
    to->has_lost_time = false;
    tcb_wait_changed(to);
}

bool sched_context_is_borrowed(const struct sched_context *sc)
{
    return sc->reply != NULL || sc->home != NULL;
}

/* t's context comes home, or never will: sc does not know t any more. */
static void unlink_home(struct sched_context *sc, struct tcb *t)
{
    sc->home = NULL;
    sc->is_simple = sc->is_round_robin;
    t->lent = NULL;
    t->held = NULL;
    t->obstacles &= (uint8_t)~OBSTACLE_HELPING;
}

void sched_context_set_home(struct sched_context *sc, struct tcb *t, struct reply *held)
{
    sc->home = t;
    sc->is_simple = false;
    t->lent = sc; /* O-3 */
    t->held = held;
    if (held == NULL)
        return;
    held->sc = sc;
    held->prev = NULL;
    tcb_wait_changed(held->caller);
    held->caller->obstacles |= OBSTACLE_HELPED; /* fast answers would take it for sc's top */
}

void sched_context_change_home(struct sched_context *sc, struct tcb *t, struct reply *held)
{
    struct tcb *former = sc->home;

    if (former != NULL) {
        unlink_home(sc, former);
        outcome_context_home(former);
    }
    sched_context_set_home(sc, t, held);
}

void sched_context_forget_home(struct tcb *t)
{
    struct sched_context *sc = t->lent;
    struct reply *held = t->held;

    if (sc == NULL)
        return;
    unlink_home(sc, t);
    if (held == NULL)
        return;
    /* its own caller's context: that one's home is further down now */
    struct reply *next = held->next;

    held->sc = NULL;
    held->next = NULL;
    if (next != NULL)
        next->prev = NULL;
    if (held->caller->lent == NULL)
        sched_context_set_home(sc, held->caller, next);
    else
        reply_lose_context(next);
}

inline void sched_context_unbind_tcb(struct sched_context *sc)
{
    struct tcb *t = sc->tcb;

    if (t == NULL)
        return;
    sched_stop(t);
    t->sc = NULL;
    tcb_wait_changed(t);
    sc->tcb = NULL;
}

void sched_context_give_back_lent(struct tcb *t, bool is_all)
{
    struct sched_context *sc = t->sc;

    if (sc != NULL &&
        (is_all ? sched_context_is_borrowed(sc) : sc->home != NULL && sc->reply == NULL))
        sched_context_send_home(sc);
}

#define OWNERS_AT_ONCE 16u /* who have got other contexts meanwhile */

void sched_context_send_home(struct sched_context *sc)
{
    unsigned left = OWNERS_AT_ONCE;
    struct tcb *owner;
    bool is_home;

    do {
        if (sc->reply != NULL) {
            owner = reply_pop(sc->reply);
        } else {
            owner = sc->home;
            sc->reply = owner->held;
            unlink_home(sc, owner);
        }
        is_home = owner->sc == NULL;
        if (is_home)
            sched_context_move(sc, owner);
        else
            sched_context_unbind_tcb(sc);
        if (owner->state == THREAD_RUNNABLE)
            sched_wake(owner);
        outcome_context_home(owner);
        if (sc->reply != NULL && --left == 0 && !is_home) {
            reply_put_off(sc->reply);
            reply_hold_up();
            return;
        }
    } while (!is_home && sched_context_is_borrowed(sc));
}

void sched_context_find(struct tcb *t)
{
    t->has_lost_time = t->sc == NULL;
    sched_wake(t);
    if (t->sc != NULL || t->portal == NULL)
        return;
    sched_help(t);
}

void sched_context_regain(struct tcb *t)
{
    if (t->state == THREAD_RUNNABLE && t->bound != NULL)
        sched_context_borrow(t->bound, t);
}

void sched_context_take(struct sched_context *sc, bool is_all)
{
    struct tcb *t = sc->tcb, *owner = sc->home;
    struct reply *top = sc->reply;
    bool is_lost =
        t != NULL && (sched_context_is_borrowed(sc) || (is_all && t->state == THREAD_RUNNABLE &&
                                                        (t->bound != NULL || t->portal != NULL)));

    sched_context_unbind_tcb(sc);
    if (owner != NULL) {
        struct reply *held = owner->held;

        unlink_home(sc, owner);
        outcome_context_home(owner);
        reply_lose_context(held);
    }
    if (is_all) {
        sc->reply = NULL;
        reply_lose_context(top);
    } else {
        reply_lose_extended(sc);
    }
    if (is_lost)
        sched_context_find(t);
}

void sched_context_unbind_notification(struct sched_context *sc)
{
    if (sc->notification == NULL)
        return;
    sc->notification->sc = NULL;
    sc->notification = NULL;
}

void sched_context_detach(struct sched_context *sc)
{
    sched_context_unbind_notification(sc); /* first: who loses sc looks there for other time */
    sched_context_take(sc, true);
    if (sc->yield_from != NULL)
        sched_context_report_yield(sc->yield_from);
}

void sched_context_borrow(struct notification *n, struct tcb *t)
{
    struct sched_context *sc = n->sc;

    if (t->sc != NULL || sc == NULL || sc->tcb != NULL)
        return;
    sched_context_move(sc, t);
    if (sched_context_is_configured(sc))
        refill_resume(sc);
}

void sched_context_give_back(struct notification *n, struct tcb *t)
{
    if (n->sc != NULL && t->sc == n->sc)
        sched_context_unbind_tcb(n->sc);
}

word_t sched_context_consumed_us(struct sched_context *sc)
{
    ticks_t used = sc->consumed;

    sc->consumed = 0;
    return arch_ticks_to_us(used);
}

static void yield_to_unlink(struct tcb *t)
{
    t->yield_to->yield_from = NULL;
    t->yield_to = NULL;
}

void sched_context_report_yield(struct tcb *t)
{
    arch_set_msg_reg(t, 0, sched_context_consumed_us(t->yield_to));
    arch_set_tag(t, msg_make(0, 0, 0, 1));
    yield_to_unlink(t);
}

void sched_context_forget_yield(struct tcb *t)
{
    if (t->yield_to != NULL)
        yield_to_unlink(t);
}

void sched_context_boot(struct sched_context *sc, struct tcb *t, ticks_t slice)
{
    refill_start(
        sc, &(struct refill_params){ .budget = slice, .period = slice, .refill_max = MIN_REFILLS });
    sched_context_give(sc, t);
}

/* --- requests --- */

bool sched_context_can_bind(struct sched_context *sc, const struct tcb *t)
{
    return sc->tcb == NULL && t->sc == NULL && !(t->obstacles & OBSTACLE_HELPING) &&
           (!tcb_is_blocked(t) || refill_is_ready(sc));
}

/*
 * Bind sc to the thread or notification of capability 1, or unbind it. Errors: truncated message;
 * illegal operation (either is bound, or blocked thread and no budget; not bound to it, or it is
 * the caller); invalid capability.
 */
static enum inv_result set_user(struct inv *inv, struct sched_context *sc, bool is_bind)
{
    struct cap c = inv->extra[0]->cap;
    if (cap_is(c, CAP_TCB)) {
        struct tcb *t = cap_ptr(c);

        if (is_bind ? !sched_context_can_bind(sc, t) : sc->tcb != t || t == inv->caller)
            return inv_illegal(inv);
        if (is_bind)
            sched_context_bind(sc, t);
        else
            sched_context_take(sc, false);
        return INV_OK;
    }
    if (cap_is(c, CAP_NOTIFICATION)) {
        struct notification *n = cap_ptr(c);

        if (is_bind ? sc->notification != NULL || n->sc != NULL : sc->notification != n)
            return inv_illegal(inv);
        sc->notification = is_bind ? n : NULL;
        n->sc = is_bind ? sc : NULL;
        return INV_OK;
    }
    return inv_bad_cap(inv, 1);
}

/*
 * Run sc's thread now, before the caller, if its priority allows; the answer is what sc has
 * consumed when the caller runs again. Errors: illegal operation (nobody's, the caller's, or of a
 * priority above the caller's limit).
 */
static enum inv_result yield_to(struct inv *inv, struct sched_context *sc)
{
    struct tcb *t = sc->tcb;

    if (t == NULL || t == inv->caller || t->prio > inv->caller->mcp ||
        inv->caller->yield_to != NULL)
        return inv_illegal(inv);
    if (sc->yield_from != NULL)
        sched_context_report_yield(sc->yield_from);
    if (sched_can_run(t))
        refill_resume(sc);
    if (!sched_can_run(t) || !refill_is_due(sc) || t->prio < inv->caller->prio) {
        if (sched_can_run(t)) {
            sched_dequeue(t);
            sched_wake(t);
        }
        inv_ret(inv, 0, sched_context_consumed_us(sc));
        return INV_OK;
    }
    inv->caller->yield_to = sc;
    sc->yield_from = inv->caller;
    sched_dequeue(t);
    sched_enqueue(inv->caller, true);
    sched_enqueue(t, true);
    sched_reschedule();
    return INV_OK;
}

/* Errors: illegal operation (not a scheduling context's label), then each operation's own. */
enum inv_result sched_context_perform(struct inv *inv)
{
    struct sched_context *sc = cap_ptr(inv->cap);

    switch (inv->label) {
    case INV_SCHED_CONTEXT_BIND: return set_user(inv, sc, true);
    case INV_SCHED_CONTEXT_UNBIND:
        if (sc->tcb == inv->caller)
            return inv_illegal(inv);
        sched_context_detach(sc);
        return INV_OK;
    case INV_SCHED_CONTEXT_UNBIND_OBJECT: return set_user(inv, sc, false);
    case INV_SCHED_CONTEXT_CONSUMED:
        if (sc == this_cpu()->sc)
            sched_commit_time();
        inv_ret(inv, 0, sched_context_consumed_us(sc));
        return INV_OK;
    case INV_SCHED_CONTEXT_YIELD_TO: return yield_to(inv, sc);
    default: return inv_illegal(inv);
    }
}

static void configure(struct sched_context *sc, const struct refill_params *p,
                      const struct inv *inv)
{
    struct tcb *t = sc->tcb;

    if (sc == this_cpu()->sc)
        sched_commit_time();
    sc->badge = inv_arg(inv, 3);
    sc->is_sporadic = (inv_arg(inv, 4) & SCHED_CONTEXT_FLAG_SPORADIC) != 0;
    if (t != NULL) {
        sched_dequeue(t);
        tcb_wait_changed(t);
    }
    if (sched_context_is_configured(sc) && t != NULL && t->state == THREAD_RUNNABLE)
        refill_change(sc, p);
    else
        refill_start(sc, p);
    if (t != NULL)
        sched_wake(t);
    this_cpu()->must_set_timer = true;
}

/*
 * Set budget and period. Errors: illegal operation; truncated message; range (budget or period,
 * then budget above period); invalid capability (no scheduling context); range (refills).
 */
enum inv_result sched_control_perform(struct inv *inv)
{
    if (inv->label != INV_SCHED_CONTROL_CONFIGURE_FLAGS)
        return inv_illegal(inv);
    word_t budget_us = inv_arg(inv, 0);
    word_t period_us = inv_arg(inv, 1);
    word_t extra_refills = inv_arg(inv, 2);
    if (min_word(budget_us, period_us) < MIN_BUDGET_US ||
        max_word(budget_us, period_us) > arch_max_us())
        return inv_range(inv, MIN_BUDGET_US, arch_max_us());
    if (budget_us > period_us)
        return inv_range(inv, MIN_BUDGET_US, period_us);
    if (!cap_is(inv->extra[0]->cap, CAP_SCHED_CONTEXT))
        return inv_bad_cap(inv, 1);
    word_t refills = sched_context_refills((unsigned)cap_attr(inv->extra[0]->cap));
    if (extra_refills > refills - MIN_REFILLS)
        return inv_range(inv, 0, refills - MIN_REFILLS);
    struct refill_params p = { .budget = arch_us_to_ticks(budget_us),
                               .period = arch_us_to_ticks(period_us),
                               .refill_max = MIN_REFILLS + extra_refills };
    configure(cap_ptr(inv->extra[0]->cap), &p, inv);
    return INV_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "schedctx.h"

#include "panic.h"
#include "refill.h"
#include "sched.h"
#include "perform.h"
#include "tcb_ops.h"

void sched_context_bind(struct sched_context *sc, struct tcb *t)
{
    sched_context_donate(sc, t);
    if (!sched_context_is_configured(sc))
        return;
    if (sc->is_sporadic)
        refill_unblock(sc);
    sched_wake(t);
}

void sched_context_donate(struct sched_context *sc, struct tcb *to)
{
    struct tcb *from = sc->tcb;

    assert(to->sc == NULL);
    if (from != NULL) {
        sched_stop(from);
        from->sc = NULL;
        tcb_wait_changed(from);
    }
    sc->tcb = to;
    to->sc = sc;
    tcb_wait_changed(to);
}

void sched_context_unbind_tcb(struct sched_context *sc)
{
    struct tcb *t = sc->tcb;

    if (t == NULL)
        return;
    sched_stop(t);
    t->sc = NULL;
    tcb_wait_changed(t);
    sc->tcb = NULL;
}

void sched_context_unbind_notification(struct sched_context *sc)
{
    if (sc->notification == NULL)
        return;
    sc->notification->sc = NULL;
    sc->notification = NULL;
}

void sched_context_unbind_all(struct sched_context *sc)
{
    sched_context_unbind_tcb(sc);
    sched_context_unbind_notification(sc);
    if (sc->reply != NULL) { /* the call stack it travelled along stays, without it */
        sc->reply->sc = NULL;
        sc->reply = NULL;
    }
    if (sc->yield_from != NULL)
        sched_context_complete_yield_to(sc->yield_from);
}

void sched_context_take_from(struct notification *n, struct tcb *t)
{
    struct sched_context *sc = n->sc;

    if (t->sc != NULL || sc == NULL || sc->tcb != NULL)
        return;
    sched_context_donate(sc, t);
    if (sc != this_cpu()->sc && sched_context_is_configured(sc))
        refill_unblock(sc);
}

void sched_context_return_to(struct notification *n, struct tcb *t)
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

void sched_context_complete_yield_to(struct tcb *t)
{
    arch_set_msg_reg(t, 0, sched_context_consumed_us(t->yield_to));
    arch_set_tag(t, msg_make(0, 0, 0, 1));
    yield_to_unlink(t);
}

void sched_context_cancel_yield_to(struct tcb *t)
{
    if (t->yield_to != NULL)
        yield_to_unlink(t);
}

void sched_context_boot(struct sched_context *sc, struct tcb *t, ticks_t slice)
{
    refill_new(sc, &(struct refill_params){ .budget = slice, .period = slice, .refill_max = MIN_REFILLS });
    sc->tcb = t;
    t->sc = sc;
}

/* --- requests --- */

/* Is there budget now? */
static bool is_released(struct sched_context *sc)
{
    return sched_context_is_configured(sc) && refill_is_ready(sc) && refill_is_sufficient(sc, 0);
}

bool sched_context_can_bind(struct sched_context *sc, const struct tcb *t)
{
    return sc->tcb == NULL && t->sc == NULL && (!tcb_is_blocked(t) || is_released(sc));
}

/* Errors: truncated message; illegal operation (either is bound, or blocked thread and no budget); invalid capability. */
static enum inv_result bind(struct inv *inv, struct sched_context *sc)
{
    if (inv->extra_count < 1)
        return inv_truncated(inv);
    struct cap c = inv->extra[0]->cap;
    if (cap_is(c, CAP_TCB)) {
        if (!sched_context_can_bind(sc, cap_ptr(c)))
            return inv_illegal(inv);
        sched_context_bind(sc, cap_ptr(c));
        return INV_OK;
    }
    if (cap_is(c, CAP_NOTIFICATION)) {
        struct notification *n = cap_ptr(c);

        if (sc->notification != NULL || n->sc != NULL)
            return inv_illegal(inv);
        sc->notification = n;
        n->sc = sc;
        return INV_OK;
    }
    return inv_bad_cap(inv, 1);
}

/* Errors: truncated message; illegal operation (not bound to it, or it is the caller); invalid capability. */
static enum inv_result unbind_object(struct inv *inv, struct sched_context *sc)
{
    if (inv->extra_count < 1)
        return inv_truncated(inv);
    struct cap c = inv->extra[0]->cap;
    if (cap_is(c, CAP_TCB)) {
        if (sc->tcb != cap_ptr(c) || sc->tcb == inv->caller)
            return inv_illegal(inv);
        sched_context_unbind_tcb(sc);
        return INV_OK;
    }
    if (cap_is(c, CAP_NOTIFICATION)) {
        if (sc->notification != cap_ptr(c))
            return inv_illegal(inv);
        sched_context_unbind_notification(sc);
        return INV_OK;
    }
    return inv_bad_cap(inv, 1);
}

/*
 * Run sc's thread now, before the caller, if its priority allows; the answer is what sc has consumed when the caller runs
 * again. Errors: illegal operation (nobody's, the caller's, or of a priority above the caller's limit).
 */
static enum inv_result yield_to(struct inv *inv, struct sched_context *sc)
{
    struct tcb *t = sc->tcb;

    if (t == NULL || t == inv->caller || t->prio > inv->caller->mcp || inv->caller->yield_to != NULL)
        return inv_illegal(inv);
    if (sc->yield_from != NULL)
        sched_context_complete_yield_to(sc->yield_from);
    if (sched_can_run(t) && sc != this_cpu()->sc)
        refill_unblock(sc);
    if (!sched_can_run(t) || !refill_is_ready(sc) || t->prio < inv->caller->prio) {
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
    case INV_SCHED_CONTEXT_BIND:
        return bind(inv, sc);
    case INV_SCHED_CONTEXT_UNBIND:
        if (sc->tcb == inv->caller)
            return inv_illegal(inv);
        sched_context_unbind_all(sc);
        return INV_OK;
    case INV_SCHED_CONTEXT_UNBIND_OBJECT:
        return unbind_object(inv, sc);
    case INV_SCHED_CONTEXT_CONSUMED:
        if (sc == this_cpu()->sc)
            sched_commit_time();
        inv_ret(inv, 0, sched_context_consumed_us(sc));
        return INV_OK;
    case INV_SCHED_CONTEXT_YIELD_TO:
        return yield_to(inv, sc);
    default:
        return inv_illegal(inv);
    }
}

static void configure(struct sched_context *sc, const struct refill_params *p, const struct inv *inv)
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
    if (sched_context_is_configured(sc) && t != NULL && t->state == THREAD_RUNNING)
        refill_update(sc, p);
    else
        refill_new(sc, p);
    if (t != NULL)
        sched_wake(t);
    this_cpu()->must_set_timer = true;
}

/*
 * Set budget and period. Errors: illegal operation; truncated message; invalid capability (no scheduling context); range
 * (budget or period, then budget above period, then refills).
 */
enum inv_result sched_control_perform(struct inv *inv)
{
    if (inv->label != INV_SCHED_CONTROL_CONFIGURE_FLAGS)
        return inv_illegal(inv);
    if (inv->length < 5 || inv->extra_count < 1)
        return inv_truncated(inv);
    word_t budget_us = inv_arg(inv, 0);
    word_t period_us = inv_arg(inv, 1);
    word_t extra_refills = inv_arg(inv, 2);
    if (!cap_is(inv->extra[0]->cap, CAP_SCHED_CONTEXT))
        return inv_bad_cap(inv, 1);
    if (min_word(budget_us, period_us) < MIN_BUDGET_US || max_word(budget_us, period_us) > arch_max_us())
        return inv_range(inv, MIN_BUDGET_US, arch_max_us());
    if (budget_us > period_us)
        return inv_range(inv, MIN_BUDGET_US, period_us);
    word_t refills = sched_context_refills((unsigned)cap_attr(inv->extra[0]->cap));
    if (extra_refills > refills - MIN_REFILLS)
        return inv_range(inv, 0, refills - MIN_REFILLS);
    struct refill_params p = { .budget = arch_us_to_ticks(budget_us),
                               .period = arch_us_to_ticks(period_us),
                               .refill_max = MIN_REFILLS + extra_refills };
    configure(cap_ptr(inv->extra[0]->cap), &p, inv);
    return INV_OK;
}

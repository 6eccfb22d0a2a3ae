/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Amounts of time ("MCS Scheduling", docs/scheduling.md, "Refills" and "What the kernel does at
 * each entry"). A context's budget is a list of refills, each an amount and the time from which on
 * it can be used. What is used comes back a period after its use began (Stanovich et al., RTAS
 * 2010). A round-robin context has one, which is what is left of the timeslice.
 */
#include "spec.h"

/* of the machine that the core's tests run on: docs/scheduling.md, "Refills" */
#define TICKS_PER_US 8u
#define SCHED_CONTEXT_FLAG_SPORADIC 1u /* seL4_SchedContext_Sporadic */
#define ENTRY_TICKS (10u * TICKS_PER_US)
#define LEAST_TICKS (2u * ENTRY_TICKS)

/* --- lists of refills --- */

static struct spec_refill take_first(struct spec_context *c)
{
    struct spec_refill r = c->refill[0];

    c->refill_count--;
    for (unsigned i = 0; i < c->refill_count; i++)
        c->refill[i] = c->refill[i + 1];
    c->refill[c->refill_count] = (struct spec_refill){ 0 };
    return r;
}

/* It comes back; what finds no room, or is too small, is put together with the last, later. */
static void come_back(struct spec_context *c, struct spec_refill r)
{
    struct spec_refill *last = &c->refill[c->refill_count - 1];

    if (r.time <= last->time) {
        last->amount += r.amount;
    } else if (c->refill_count == c->refill_max ||
               (r.amount < LEAST_TICKS && c->refill_count > 1)) {
        last->amount += r.amount;
        last->time = r.time;
    } else {
        c->refill[c->refill_count++] = r;
    }
}

/* What can be used by the time the first is used up is one with it. */
static void join_due(struct spec_context *c)
{
    while (c->refill_count > 1 && c->refill[1].time <= c->refill[0].time + c->refill[0].amount) {
        struct spec_refill r = take_first(c);

        c->refill[0].amount += r.amount;
        c->refill[0].time = r.time;
    }
}

static void use(struct spec *s, struct spec_context *c, word_t usage)
{
    if (c->refill_max > SPEC_REFILLS || c->refill_count == 0) {
        s->now.is_silent = true;
        return;
    }
    if (usage / 2 > c->budget) { /* no thread can do that: the machine stood still */
        c->refill_count = 1;
        c->refill[0] = (struct spec_refill){ c->budget, s->clock + c->period };
        return;
    }
    while (usage != 0 && c->refill[0].amount <= usage) {
        usage -= c->refill[0].amount;
        if (c->refill_count == 1) {
            c->refill[0].time += c->period;
        } else {
            struct spec_refill r = take_first(c);

            r.time += c->period;
            come_back(c, r);
        }
    }
    if (usage != 0) {
        struct spec_refill used = { usage, c->refill[0].time + c->period };

        c->refill[0].amount -= usage;
        c->refill[0].time += usage;
        come_back(c, used);
        join_due(c);
    }
    while (c->refill_count > 1 && c->refill[0].amount < LEAST_TICKS) {
        struct spec_refill r = take_first(c);

        c->refill[0].amount += r.amount;
    }
}

/* --- questions --- */

static bool is_due(const struct spec *s, const struct spec_context *c)
{
    return c->refill[0].time <= s->clock + ENTRY_TICKS;
}

bool spec_has_budget(const struct spec *s, name_t context)
{
    const struct spec_context *c = &s->context[context];

    return c->is_configured && is_due(s, c) && c->refill[0].amount >= LEAST_TICKS;
}

bool spec_is_due(const struct spec *s, name_t context)
{
    return is_due(s, &s->context[context]);
}

/* "Domains": the turn ends when an entry may take longer than what is left of it. */
bool spec_domain_is_over(const struct spec *s)
{
    return SPEC_DOMAINS > 1 && s->clock - s->charged_from + ENTRY_TICKS >= s->domain_left;
}

word_t spec_due(const struct spec *s, name_t context)
{
    return s->context[context].refill[0].time;
}

/* --- charging --- */

/* The time since the last charge; it is the charged context's. */
static word_t take_usage(struct spec *s)
{
    word_t usage = s->clock - s->charged_from;

    s->charged_from = s->clock;
    if (SPEC_DOMAINS > 1)
        s->domain_left -= min_word(usage, s->domain_left);
    return usage;
}

void spec_charge(struct spec *s)
{
    struct spec_context *c = &s->context[s->charged];
    word_t usage = take_usage(s);

    if (s->charged == 0 || usage == 0 || !c->is_configured)
        return;
    c->consumed += usage;
    if (!c->is_round_robin)
        use(s, c, usage);
    else
        c->refill[0].amount -= min_word(usage, c->refill[0].amount);
}

void spec_use_from_now(struct spec *s, name_t context)
{
    struct spec_context *c = &s->context[context];

    if (!c->is_configured || c->is_round_robin || context == s->charged || !is_due(s, c))
        return;
    c->refill[0].time = s->clock;
    join_due(c);
}

word_t spec_report_consumed(struct spec *s, name_t context)
{
    word_t us = s->context[context].consumed / TICKS_PER_US;

    s->context[context].consumed = 0;
    return us;
}

/*
 * The current thread's timeslice is over, of which `rest` is given up: the next of its priority
 * runs; it waits for budget, or its timeout handler is told.
 */
void spec_end_timeslice(struct spec *s, word_t rest, bool may_fault)
{
    struct spec_context *c = &s->context[s->charged];
    struct spec_thread *t = &s->thread[s->current];
    word_t usage = take_usage(s);

    c->consumed += usage;
    if (c->is_round_robin)
        c->refill[0].amount = c->budget;
    else
        use(s, c, max_word(usage, rest));
    if (may_fault && (!c->is_round_robin || t->extensions & MYELIN_EXT_SLICES) &&
        spec_can_handle(s->slot[t->own[OWN_TIMEOUT_HANDLER]])) {
        /* "Helping comes before the timeout fault." */
        if (t->portal != 0 && !c->is_round_robin && spec_help(s, s->current))
            return;
        spec_raise_timeout(s, s->current);
    } else if (spec_has_budget(s, s->charged)) {
        spec_list_add(s, spec_ready(s, s->current), s->current, false);
    } else {
        spec_wait_for_budget(s, s->current);
    }
    spec_choose_again(s);
}

void spec_yield(struct spec *s)
{
    spec_end_timeslice(s, s->context[s->charged].refill[0].amount, false);
}

bool spec_go_on(struct spec *s, bool is_call)
{
    const struct spec_context *c = &s->context[s->charged];

    bool has_budget = c->refill[0].amount >= s->clock - s->charged_from + LEAST_TICKS;

    if (s->charged == 0 || (has_budget && !spec_domain_is_over(s)))
        return true;
    if (is_call)
        s->thread[s->current].regs.ip -= SPEC_CALL_BYTES; /* it is made again */
    if (!has_budget) {
        spec_end_timeslice(s, 0, true);
    } else {
        spec_charge(s);
        spec_choose_again(s);
    }
    return false;
}

/* --- who waits for a time --- */

static bool waits_for_time(const struct spec *s, unsigned t)
{
    return s->thread[t].exists && s->thread[t].domain == s->domain &&
           (s->thread[t].waits_for_budget || s->thread[t].is_timed);
}

static word_t time_of(const struct spec *s, name_t t)
{
    return s->thread[t].waits_for_budget ? spec_due(s, s->thread[t].context)
                                         : s->thread[t].deadline;
}

/* Of those that wait for a time, the one that comes first; 0: there is none. */
static name_t first_of_all(struct spec *s)
{
    name_t first = 0;

    for (unsigned i = 1; i < SPEC_THREADS; i++) {
        name_t t = (name_t)i;

        if (!waits_for_time(s, i))
            continue;
        if (first != 0 && time_of(s, t) == time_of(s, first))
            s->now.is_tie = true;
        if (first == 0 || time_of(s, t) < time_of(s, first)) {
            s->now.is_tie = false;
            first = t;
        }
    }
    return first;
}

void spec_release(struct spec *s)
{
    for (name_t t; (t = first_of_all(s)) != 0;) {
        bool is_budget = s->thread[t].waits_for_budget;

        if (is_budget ? !spec_is_due(s, s->thread[t].context) : s->thread[t].deadline > s->clock)
            return;
        s->now.is_silent |= s->now.is_tie; /* who of them is first is not promised */
        if (!is_budget) {
            spec_expire(s, t);
            continue;
        }
        s->thread[t].waits_for_budget = false;
        spec_use_from_now(s, s->thread[t].context);
        spec_offer(s, t);
    }
}

void spec_switch_context(struct spec *s)
{
    name_t context = s->thread[s->current].context;

    if (context == s->charged)
        return;
    spec_charge(s);
    if (!s->context[context].is_sporadic)
        spec_use_from_now(s, context);
    s->charged = context;
}

/* --- seL4_SchedControl_ConfigureFlags --- */

static void set_only(struct spec_context *c, struct spec_refill r)
{
    for (unsigned i = 0; i < SPEC_REFILLS; i++)
        c->refill[i] = (struct spec_refill){ 0 };
    c->refill[0] = r;
    c->refill_count = 1;
}

static void configure(struct spec *s, name_t context, word_t budget, word_t period, word_t extra)
{
    struct spec_context *c = &s->context[context];
    name_t t = c->thread;
    bool is_in_use = c->is_configured && t != 0 && s->thread[t].state == RUNNING;
    struct spec_refill first = c->refill[0];

    c->is_round_robin = budget == period;
    c->is_configured = true;
    c->budget = budget;
    c->period = c->is_round_robin ? 0 : period;
    c->refill_max = (uint8_t)(c->is_round_robin ? 2 : 2 + extra);
    if (!is_in_use) {
        set_only(c, (struct spec_refill){ budget, s->clock });
        return;
    }
    /* what has been used of it already stays used */
    if (c->is_round_robin || first.time <= s->clock + ENTRY_TICKS)
        first.time = s->clock;
    word_t left = first.amount < budget ? budget - first.amount : 0;
    first.amount = budget - left;
    set_only(c, first);
    if (left != 0 && !c->is_round_robin)
        c->refill[c->refill_count++] = (struct spec_refill){ left, first.time + c->period };
}

void spec_control_request(struct spec *s, struct spec_request *r)
{
    word_t budget = spec_arg(s, 0), period = spec_arg(s, 1), extra = spec_arg(s, 2);
    const word_t least = LEAST_TICKS / TICKS_PER_US, most = BIT(40); /* us; the tests' machine */

    if (r->label != INV_SCHED_CONTROL_CONFIGURE_FLAGS) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    if (r->length < 5 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (min_word(budget, period) < least || max_word(budget, period) > most) {
        spec_refuse_range(r, least, most);
        return;
    }
    if (budget > period) {
        spec_refuse_range(r, least, period);
        return;
    }
    struct spec_cap c = s->slot[r->extra[0]];
    if (c.type != SPEC_CONTEXT) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 1);
        return;
    }
    /* docs/man of the public call: the object's size bounds the refills beyond the first two */
    word_t room = (BIT(c.bits) - SPEC_CONTEXT_CORE_BYTES) / SPEC_REFILL_BYTES;
    if (extra > room) {
        spec_refuse_range(r, 0, room);
        return;
    }
    if (extra + 2 > SPEC_REFILLS) {
        s->now.is_silent = true;
        return;
    }
    name_t t = s->context[c.object].thread;
    if (c.object == s->charged)
        spec_charge(s);
    s->context[c.object].data = spec_arg(s, 3);
    s->context[c.object].is_sporadic = (spec_arg(s, 4) & SCHED_CONTEXT_FLAG_SPORADIC) != 0;
    if (t != 0) {
        spec_list_remove(spec_ready(s, t), t);
        s->thread[t].waits_for_budget = false;
    }
    configure(s, c.object, budget * TICKS_PER_US, period * TICKS_PER_US, extra);
    if (t != 0)
        spec_wake(s, t);
}

/* --- seL4_SchedContext_YieldTo, _Consumed --- */

void spec_forget_yield(struct spec *s, name_t t)
{
    s->context[s->thread[t].yields].yielder = 0;
    s->thread[t].yields = 0;
}

void spec_report_yield(struct spec *s, name_t context)
{
    name_t t = s->context[context].yielder;

    if (t == 0)
        return;
    s->thread[t].regs.msg[0] = spec_report_consumed(s, context);
    s->thread[t].regs.tag = 1;
    spec_forget_yield(s, t);
}

/* Who has the context runs before the caller, if its priority allows. */
void spec_yield_request(struct spec *s, struct spec_request *r, name_t context)
{
    name_t me = s->current, t = s->context[context].thread;

    if (t == 0 || t == me || s->thread[t].prio > s->thread[me].mcp || s->thread[me].yields != 0) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    spec_report_yield(s, context);
    if (spec_can_run(s, t))
        spec_use_from_now(s, context);
    if (!spec_can_run(s, t) || !spec_is_due(s, context) || s->thread[t].prio < s->thread[me].prio) {
        if (spec_can_run(s, t)) {
            spec_list_remove(spec_ready(s, t), t);
            spec_wake(s, t);
        }
        r->word[r->word_count++] = spec_report_consumed(s, context);
        return;
    }
    s->thread[me].yields = context;
    s->context[context].yielder = me;
    spec_list_remove(spec_ready(s, t), t);
    spec_list_add(s, spec_ready(s, me), me, true);
    spec_list_add(s, spec_ready(s, t), t, true);
    spec_choose_again(s);
}

void spec_consumed_request(struct spec *s, struct spec_request *r, name_t context)
{
    if (context == s->charged)
        spec_charge(s);
    r->word[r->word_count++] = spec_report_consumed(s, context);
}

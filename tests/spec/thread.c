/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads, contexts, who runs ("Threads and Execution", "MCS Scheduling", docs/scheduling.md). */
#include "spec.h"

/* --- lists of threads: by priority, those of one in order --- */

void spec_list_add(const struct spec *s, struct spec_list *l, name_t t, bool is_first)
{
    unsigned prio = s->thread[t].prio, i = l->count++;

    for (; i > 0; i--) {
        unsigned before = s->thread[l->at[i - 1]].prio;

        if (before > prio || (before == prio && !is_first))
            break;
        l->at[i] = l->at[i - 1];
    }
    l->at[i] = t;
}

struct spec_list *spec_ready(struct spec *s, name_t t)
{
    return &s->ready[s->thread[t].domain];
}

bool spec_is_ready(const struct spec *s, name_t t)
{
    const struct spec_list *l = &s->ready[s->thread[t].domain];

    for (unsigned i = 0; i < l->count; i++)
        if (l->at[i] == t)
            return true;
    return false;
}

void spec_list_remove(struct spec_list *l, name_t t)
{
    unsigned to = 0;

    for (unsigned i = 0; i < l->count; i++)
        if (l->at[i] != t)
            l->at[to++] = l->at[i];
    for (unsigned i = to; i < l->count; i++)
        l->at[i] = 0;
    l->count = (uint8_t)to;
}

/* --- who runs: docs/scheduling.md, "Two questions" --- */

bool spec_can_run(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    return t != 0 && at->state == RUNNING && at->context != 0 &&
           s->context[at->context].is_configured && !at->waits_for_budget;
}

/* The one that was woken goes into its queue, before the others of its priority. */
void spec_choose_again(struct spec *s)
{
    name_t t = s->now.candidate;

    s->now.candidate = 0;
    s->now.must_choose = true;
    if (t != 0 && t != s->current && !spec_is_ready(s, t) && spec_can_run(s, t))
        spec_list_add(s, spec_ready(s, t), t, true);
}

/* t, which can run: it takes over at once, or is the first of its priority if others were woken. */
void spec_offer(struct spec *s, name_t t)
{
    bool is_here = s->thread[t].domain == s->domain;

    if (t == s->current) {
        s->now.must_choose = true;
    } else if (is_here && !s->now.must_choose) {
        s->now.candidate = t;
        s->now.must_choose = true;
    } else {
        if (is_here)
            spec_choose_again(s);
        if (!spec_is_ready(s, t))
            spec_list_add(s, spec_ready(s, t), t, true);
    }
}

void spec_ask_for_help(struct spec *s, name_t t)
{
    s->now.to_help = t;
    s->now.must_choose = true;
}

void spec_wait_for_budget(struct spec *s, name_t t)
{
    s->thread[t].waits_for_budget = true;
    if (spec_is_borrowed(s, s->thread[t].context))
        spec_ask_for_help(s, t);
}

void spec_wake(struct spec *s, name_t t)
{
    struct spec_thread *at = &s->thread[t];

    if (at->has_lost_time && at->state == RUNNING && at->bound != 0)
        spec_borrow(s, at->bound, t);
    if (spec_can_run(s, t) && !spec_is_ready(s, t) && s->context[at->context].is_sporadic)
        spec_use_from_now(s, at->context);
    if (!spec_can_run(s, t) || spec_is_ready(s, t))
        return;
    if (spec_has_budget(s, at->context)) {
        spec_offer(s, t);
        return;
    }
    spec_wait_for_budget(s, t);
    if (t == s->now.candidate || t == s->current)
        spec_choose_again(s);
}

void spec_stop(struct spec *s, name_t t)
{
    spec_list_remove(spec_ready(s, t), t);
    s->thread[t].waits_for_budget = false;
    if (t == s->now.candidate)
        s->now.candidate = 0;
    if (t == s->current)
        s->now.must_choose = true;
}

/*
 * The highest priority runs. Who ran goes on before others of its priority; who was woken has to
 * wait behind those of its priority if the one that ran is one of them.
 */
static name_t choose(struct spec *s)
{
    name_t now = s->current, woken = s->now.candidate;
    bool goes_on = spec_can_run(s, now) && !spec_is_ready(s, now);

    if (goes_on && !spec_has_budget(s, s->thread[now].context)) {
        spec_wait_for_budget(s, now);
        goes_on = false;
    }
    if (goes_on)
        spec_list_add(s, spec_ready(s, now), now, true);
    if (woken != 0)
        spec_list_add(s, spec_ready(s, woken), woken,
                      !goes_on || s->thread[now].prio != s->thread[woken].prio);
    struct spec_list *ready = &s->ready[s->domain];
    name_t next = ready->count != 0 ? ready->at[0] : 0;

    spec_list_remove(ready, next);
    s->now.candidate = 0;
    return next;
}

/*
 * docs/man/myelin_TCB_Serve.md, "Helping": has somebody without time got some just now? It may be
 * the one to run, before next, who is ready meanwhile.
 */
static bool is_helped(struct spec *s, name_t next)
{
    name_t t = s->now.to_help;
    bool was_ready = next != 0 && next != s->current;

    s->now.to_help = 0;
    if (t == 0 || s->thread[t].state != RUNNING ||
        !(s->thread[t].waits_for_budget || s->thread[t].context == 0))
        return false;
    if (was_ready)
        spec_list_add(s, spec_ready(s, next), next, true);
    if (spec_help(s, t))
        return true;
    if (was_ready)
        spec_list_remove(spec_ready(s, next), next);
    return false;
}

void spec_choose(struct spec *s)
{
    name_t next;

    if (!s->now.must_choose)
        return;
    while (next = choose(s), is_helped(s, next))
        ;
    s->current = next;
}

/* --- "Scheduling Contexts", "Passive Threads" --- */

void spec_unbind_context(struct spec *s, name_t context)
{
    name_t t = s->context[context].thread;

    if (t == 0)
        return;
    spec_stop(s, t);
    s->thread[t].context = 0;
    s->context[context].thread = 0;
}

void spec_move_context(struct spec *s, name_t context, name_t to)
{
    spec_unbind_context(s, context);
    s->context[context].thread = to;
    s->thread[to].context = context;
    s->thread[to].has_lost_time = false;
}

/* "Notifications": who is woken without a context has the notification's, if nobody has it. */
void spec_borrow(struct spec *s, name_t n, name_t t)
{
    name_t context = s->notification[n].context;

    if (context == 0 || s->thread[t].context != 0 || s->context[context].thread != 0)
        return;
    spec_move_context(s, context, t);
    spec_use_from_now(s, context);
}

/* ... and gives it back when it waits again. */
void spec_give_back(struct spec *s, name_t n, name_t t)
{
    name_t context = s->notification[n].context;

    if (context != 0 && s->thread[t].context == context)
        spec_unbind_context(s, context);
}

/*
 * docs/man/myelin_Call.md, "They tell": t's time went; its bound notification may have some, or
 * somebody who waits for it (docs/decisions/0005-kernel-extensions.md, "Other time").
 */
void spec_find_time(struct spec *s, name_t t)
{
    s->thread[t].has_lost_time = s->thread[t].context == 0;
    spec_wake(s, t);
    if (s->thread[t].context != 0 || s->thread[t].portal == 0)
        return;
    spec_ask_for_help(s, t);
}

static void unbind_all(struct spec *s, name_t context)
{
    struct spec_context *c = &s->context[context];

    if (c->notification != 0)
        s->notification[c->notification].context = 0;
    c->notification = 0;
    spec_take_context(s, context, true);
    c->top = 0;
    spec_report_yield(s, context);
}

static void bind_context(struct spec *s, name_t context, name_t t)
{
    spec_move_context(s, context, t);
    if (s->context[context].is_sporadic)
        spec_use_from_now(s, context);
    if (s->context[context].is_configured)
        spec_wake(s, t);
}

void spec_destroy_context(struct spec *s, name_t context)
{
    if (s->context[context].thread != 0)
        s->now.moved++;
    unbind_all(s, context);
    if (s->charged == context) {
        spec_charge(s);
        s->charged = 0;
    }
    s->context[context] = (struct spec_context){ 0 };
}

/* --- threads stop and go --- */

void spec_suspend(struct spec *s, name_t t)
{
    spec_forget_yield(s, t);
    spec_cancel(s, t);
    s->thread[t].state = STOPPED;
    s->now.moved++;
    spec_stop(s, t);
}

void spec_resume(struct spec *s, name_t t)
{
    if (s->thread[t].state == RUNNING)
        return;
    spec_cancel(s, t);
    s->thread[t].state = RUNNING;
    spec_wake(s, t);
}

static void unbind_notification(struct spec *s, name_t t)
{
    s->notification[s->thread[t].bound].bound = 0;
    s->thread[t].bound = 0;
}

void spec_destroy_thread(struct spec *s, name_t t)
{
    spec_leave_portal(s, t);
    if (s->thread[t].bound != 0)
        unbind_notification(s, t);
    spec_suspend(s, t);
    spec_forget_home(s, t);
    name_t context = s->thread[t].context;
    if (context != 0 && (s->context[context].home != 0 ||
                         spec_can_end(s, s->reply[s->context[context].top].caller)))
        spec_send_context_home(s, context);
    else if (context != 0)
        spec_unbind_context(s, context);
    spec_report_yield(s, context);
}

/* "Scheduling": who is ready is the first of its new priority, who waits the last. */
static void set_prio(struct spec *s, name_t t, uint8_t prio)
{
    struct spec_thread *at = &s->thread[t];
    bool was_ready = spec_is_ready(s, t);
    struct spec_list *queue = NULL;

    if (at->state == SENDING || at->state == RECEIVING)
        queue = &s->endpoint[at->place].queue;
    if (at->state == WAITING)
        queue = &s->notification[at->place].queue;
    spec_list_remove(spec_ready(s, t), t);
    if (queue != NULL)
        spec_list_remove(queue, t);
    at->prio = prio;
    if (queue != NULL)
        spec_list_add(s, queue, t, false);
    if (was_ready)
        spec_offer(s, t);
    else if (t == s->current || t == s->now.candidate)
        spec_choose_again(s);
}

/* --- requests to threads: "TCB Methods" --- */

/* May the request's first capability give this priority? False: refused. */
static bool may_give_prio(const struct spec *s, struct spec_request *r, word_t prio)
{
    struct spec_cap authority = s->slot[r->extra[0]];

    if (authority.type != SPEC_THREAD)
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 1);
    else if (prio > s->thread[authority.object].mcp)
        spec_refuse_range(r, 0, s->thread[authority.object].mcp);
    else
        return true;
    return false;
}

/* "Scheduling Context Methods", seL4_SchedContext_Bind */
static bool can_bind(const struct spec *s, name_t context, name_t t)
{
    return s->context[context].thread == 0 && s->thread[t].context == 0 &&
           !s->thread[t].is_helping && (!spec_is_blocked(s, t) || spec_has_budget(s, context));
}

/* The request's capability i becomes t's handler, or none if there is none. */
void spec_set_handler(struct spec *s, struct spec_request *r, name_t t, unsigned own, unsigned i)
{
    struct spec_cap c = s->slot[r->extra[i]];

    if (c.type != SPEC_NULL && !spec_can_handle(c)) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, i + 1);
        return;
    }
    spec_delete(s, s->thread[t].own[own]);
    if (c.type != SPEC_NULL)
        spec_insert(s, s->thread[t].own[own], r->extra[i], c);
}

static void set_timeout_handler(struct spec *s, struct spec_request *r, name_t t)
{
    if (r->extra_count < 1)
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    else
        spec_set_handler(s, r, t, OWN_TIMEOUT_HANDLER, 0);
}

static void set_sched_params(struct spec *s, struct spec_request *r, name_t t)
{
    word_t mcp = spec_arg(s, 0), prio = spec_arg(s, 1);

    if (r->length < 2 || r->extra_count < 3) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap c = s->slot[r->extra[1]];
    if (!may_give_prio(s, r, mcp) || !may_give_prio(s, r, prio))
        return;
    if (c.type == SPEC_CONTEXT ? s->thread[t].context != c.object && !can_bind(s, c.object, t)
                               : c.type == SPEC_NULL && t == s->current)
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    else if (c.type != SPEC_CONTEXT && c.type != SPEC_NULL)
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 2);
    else
        spec_set_handler(s, r, t, OWN_HANDLER, 2);
    if (r->error != ERR_NONE)
        return;
    s->thread[t].mcp = (uint8_t)mcp;
    set_prio(s, t, (uint8_t)prio);
    if (c.type == SPEC_NULL && s->thread[t].context != 0)
        spec_take_context(s, s->thread[t].context, false);
    else if (c.type == SPEC_CONTEXT && s->thread[t].context == 0)
        bind_context(s, c.object, t);
}

static void set_a_prio(struct spec *s, struct spec_request *r, name_t t)
{
    word_t prio = spec_arg(s, 0);

    if (r->length < 1 || r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (!may_give_prio(s, r, prio))
        return;
    if (r->label == INV_TCB_SET_MC_PRIORITY)
        s->thread[t].mcp = (uint8_t)prio;
    else
        set_prio(s, t, (uint8_t)prio);
}

static void bind_notification(struct spec *s, struct spec_request *r, name_t t)
{
    if (r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap c = s->slot[r->extra[0]];
    struct spec_notification *n = &s->notification[c.object];

    if (s->thread[t].bound != 0 || c.type != SPEC_NOTIFICATION || !(c.rights & RIGHT_READ) ||
        n->bound != 0 || n->queue.count != 0) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
        return;
    }
    n->bound = t;
    s->thread[t].bound = c.object;
}

/* docs/man/myelin_TCB_Interrupt.md */
static void set_extensions(struct spec *s, struct spec_request *r, name_t t)
{
    if (r->length < 1)
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    else if (spec_arg(s, 0) > MYELIN_EXT_ALL)
        spec_refuse_range(r, 0, MYELIN_EXT_ALL);
    else
        s->thread[t].extensions = (uint8_t)spec_arg(s, 0);
}

void spec_thread_request(struct spec *s, struct spec_request *r)
{
    name_t t = s->slot[r->slot].object;

    switch (r->label) {
    case INV_TCB_SUSPEND: spec_suspend(s, t); break;
    case INV_TCB_RESUME: spec_resume(s, t); break;
    case INV_TCB_SET_PRIORITY:
    case INV_TCB_SET_MC_PRIORITY: set_a_prio(s, r, t); break;
    case INV_TCB_SET_SCHED_PARAMS: set_sched_params(s, r, t); break;
    case INV_TCB_SET_TIMEOUT_ENDPOINT: set_timeout_handler(s, r, t); break;
    case INV_TCB_BIND_NOTIFICATION: bind_notification(s, r, t); break;
    case INV_TCB_UNBIND_NOTIFICATION:
        if (s->thread[t].bound == 0)
            spec_refuse(r, ERR_ILLEGAL_OPERATION);
        else
            unbind_notification(s, t);
        break;
    case MYELIN_INV_TCB_INTERRUPT: spec_interrupt(s, t); break;
    case MYELIN_INV_TCB_SERVE: spec_serve_request(s, r, t); break;
    case MYELIN_INV_TCB_GET_WAIT: spec_wait_request(s, r, t); break;
    case MYELIN_INV_TCB_SET_EXTENSIONS: set_extensions(s, r, t); break;
    default: s->now.is_silent |= !spec_registers_request(s, r, t); break;
    }
}

/* --- requests to contexts: "Scheduling Context Methods" --- */

static void set_user(struct spec *s, struct spec_request *r, name_t context)
{
    struct spec_context *c = &s->context[context];
    bool is_bind = r->label == INV_SCHED_CONTEXT_BIND;

    if (r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    struct spec_cap user = s->slot[r->extra[0]];
    name_t u = user.object;
    if (user.type == SPEC_THREAD) {
        bool may = is_bind ? can_bind(s, context, u) : c->thread == u && u != s->current;

        if (!may)
            spec_refuse(r, ERR_ILLEGAL_OPERATION);
        else if (is_bind)
            bind_context(s, context, u);
        else
            spec_take_context(s, context, false);
    } else if (user.type == SPEC_NOTIFICATION) {
        bool may = is_bind ? c->notification == 0 && s->notification[u].context == 0
                           : c->notification == u;

        if (!may) {
            spec_refuse(r, ERR_ILLEGAL_OPERATION);
            return;
        }
        c->notification = is_bind ? u : 0;
        s->notification[u].context = is_bind ? context : 0;
    } else {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 1);
    }
}

void spec_context_request(struct spec *s, struct spec_request *r)
{
    name_t context = s->slot[r->slot].object;

    switch (r->label) {
    case INV_SCHED_CONTEXT_BIND:
    case INV_SCHED_CONTEXT_UNBIND_OBJECT: set_user(s, r, context); break;
    case INV_SCHED_CONTEXT_UNBIND:
        if (s->context[context].thread == s->current)
            spec_refuse(r, ERR_ILLEGAL_OPERATION);
        else
            unbind_all(s, context);
        break;
    case INV_SCHED_CONTEXT_CONSUMED: spec_consumed_request(s, r, context); break;
    case INV_SCHED_CONTEXT_YIELD_TO: spec_yield_request(s, r, context); break;
    default: spec_refuse(r, ERR_ILLEGAL_OPERATION); break;
    }
}

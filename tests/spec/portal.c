/* SPDX-License-Identifier: BSD-2-Clause */
/* Portals (docs/man/myelin_TCB_Serve.md): who serves, deadlock, death, helping. */
#include "spec.h"

#define STEPS 16u /* of a chain: "Helping"; where the steps are counted is the kernel's affair */

/* Who t waits for, if that is known; 0: nobody. */
static name_t waits_for(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    if (at->state == SENDING && at->is_call)
        return s->endpoint[at->place].server;
    if (at->state != AWAITING || at->reply == 0)
        return 0;
    return s->context[spec_lent_through(s, at->reply)].thread;
}

/* "Deadlock": only a call that can end with an outcome is told. */
bool spec_may_queue(struct spec *s, name_t endpoint, name_t t, bool wants_outcome)
{
    name_t at = s->endpoint[endpoint].server;

    if (!s->endpoint[endpoint].is_portal)
        return true;
    for (unsigned i = 0; wants_outcome && i < STEPS && at != 0; i++, at = waits_for(s, at))
        if (at == t)
            return false;
    return true;
}

void spec_unbind_portal(struct spec *s, name_t endpoint)
{
    s->thread[s->endpoint[endpoint].server].portal = 0;
    s->endpoint[endpoint].server = 0;
}

/* The first in the queue of the portal that t serves, if that is a call; 0: none. */
static name_t first_caller(const struct spec *s, name_t t)
{
    const struct spec_list *queue = &s->endpoint[s->thread[t].portal].queue;
    name_t first = s->thread[t].portal != 0 && queue->count != 0 ? queue->at[0] : 0;

    return first != 0 && s->thread[first].state == SENDING && s->thread[first].is_call ? first : 0;
}

/* "Death", of which calls are told; who receives there, too, goes on waiting */
void spec_leave_portal(struct spec *s, name_t t)
{
    if (s->thread[t].portal == 0)
        return;
    struct spec_list waiting = s->endpoint[s->thread[t].portal].queue;
    bool are_calls = waiting.count != 0 && s->thread[waiting.at[0]].state == SENDING;

    for (unsigned i = 0; are_calls && i < waiting.count; i++) {
        if (spec_can_end(s, waiting.at[i]) && s->thread[waiting.at[i]].is_helping)
            spec_stop_helping(s, waiting.at[i]);
        if (spec_can_end(s, waiting.at[i])) /* still */
            spec_end_wait(s, waiting.at[i], MYELIN_DEAD);
    }
    spec_unbind_portal(s, s->thread[t].portal);
}

/* --- "Helping" --- */

void spec_queued(struct spec *s, name_t endpoint)
{
    name_t t = s->endpoint[endpoint].is_portal ? s->endpoint[endpoint].server : 0;

    for (unsigned i = 0; i < STEPS && t != 0 && s->thread[t].state != RUNNING; i++)
        t = waits_for(s, t);
    if (t != 0 && s->thread[t].state == RUNNING &&
        (s->thread[t].waits_for_budget || s->thread[t].context == 0))
        spec_ask_for_help(s, t);
}

static bool can_help(const struct spec *s, name_t helper, name_t t)
{
    const struct spec_thread *at = &s->thread[helper];

    return at->is_call && s->endpoint[at->place].is_portal && at->lends == 0 && at->context != 0 &&
           s->context[at->context].home == 0 && at->domain == s->thread[t].domain &&
           spec_has_budget(s, at->context);
}

/*
 * The first in the queue of the portal that t serves, or whoever it works for, that has some; or in
 * that of who waits in turn for them. pivot: who serves the portal where that way begins, t or a
 * caller in its call stack.
 */
static name_t find_helper(const struct spec *s, name_t t, name_t *pivot)
{
    name_t at = t, reply = s->context[s->thread[t].context].top;

    *pivot = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        const struct spec_list *queue = &s->endpoint[s->thread[at].portal].queue;
        name_t first = first_caller(s, at);

        if (first != 0 && *pivot == 0)
            *pivot = at;
        for (unsigned n = 0; first != 0 && n < queue->count && i < STEPS; n++, i++) {
            const struct spec_thread *c = &s->thread[queue->at[n]];

            if (can_help(s, queue->at[n], t))
                return queue->at[n];
            if (c->is_helping && s->context[c->lends].thread != t)
                return 0; /* one of a queue at a time */
        }
        if (first != 0) {
            at = first;
            reply = s->context[s->thread[at].context].top;
        } else if (reply != 0) {
            at = s->reply[reply].caller;
            reply = s->reply[reply].below;
        } else {
            return 0;
        }
    }
    return 0;
}

/* The reply object of the call that pivot serves, in the call stack of t's context; 0: none. */
static name_t call_of(const struct spec *s, name_t t, name_t pivot)
{
    name_t reply = s->context[s->thread[t].context].top;

    if (t == pivot)
        return reply;
    while (reply != 0 && s->reply[reply].caller != pivot)
        reply = s->reply[reply].below;
    return s->reply[reply].below;
}

/* Does the context that t is on go somewhere when it is taken? One of its own is not. */
static bool can_part(const struct spec *s, name_t t, name_t pivot)
{
    name_t context = s->thread[t].context, bound = s->thread[t].bound;

    return context == 0 || s->context[context].home != 0 ||
           (bound != 0 && s->notification[bound].context == context) || call_of(s, t, pivot) != 0;
}

/*
 * "The context it ran on goes home to its caller": pivot's. The calls above that stay with t: the
 * last of them.
 */
static name_t part(struct spec *s, name_t t, name_t pivot)
{
    name_t context = s->thread[t].context, top = 0;

    if (context == 0)
        return 0;
    if (t != pivot) {
        name_t rest = call_of(s, t, pivot);

        top = s->context[context].top;
        for (unsigned i = 1; i < SPEC_OBJECTS && rest != 0; i++)
            if (s->reply[i].below == rest)
                s->reply[i].below = 0;
        s->context[context].top = rest;
    }
    if (spec_is_borrowed(s, context))
        spec_send_context_home(s, context);
    else
        spec_unbind_context(s, context); /* its notification's */
    return top;
}

bool spec_help(struct spec *s, name_t t)
{
    name_t pivot, helper = find_helper(s, t, &pivot);

    if (helper == 0 || !can_part(s, t, pivot))
        return false;
    name_t top = part(s, t, pivot), context = s->thread[helper].context;

    if (context == 0 || s->thread[t].context != 0)
        return true; /* what came home has ended the helper's wait, or has given t time */
    name_t held = s->context[context].top;

    s->context[context].top = top;
    spec_move_context(s, context, t);
    spec_set_home(s, context, helper, held);
    s->thread[helper].is_helping = true;
    spec_wake(s, t);
    return true;
}

/* --- requests --- */

void spec_serve_request(struct spec *s, struct spec_request *r, name_t t)
{
    if (r->extra_count < 1) {
        if (s->thread[t].portal != 0)
            spec_unbind_portal(s, s->thread[t].portal);
        return;
    }
    struct spec_cap c = s->slot[r->extra[0]];
    struct spec_endpoint *e = &s->endpoint[c.object];

    if (c.type != SPEC_ENDPOINT || !e->is_portal || !(c.rights & RIGHT_READ)) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 1);
    } else if (s->thread[t].portal != 0 || e->server != 0 ||
               (e->queue.count != 0 && s->thread[e->queue.at[0]].state == SENDING)) {
        spec_refuse(r, ERR_ILLEGAL_OPERATION);
    } else {
        e->server = t;
        s->thread[t].portal = c.object;
    }
}

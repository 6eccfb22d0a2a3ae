/* SPDX-License-Identifier: BSD-2-Clause */
#include "portal.h"

#include "endpoint.h"
#include "panic.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

#define STEPS_MAX 16u /* of a chain that is looked along */

/* --- along the chain --- */

/* Who t, which has called, waits for; NULL: it does not wait, or nobody knows for whom. */
static struct tcb *waits_for(const struct tcb *t)
{
    if (t->state == THREAD_ON_SEND && t->wait_kind & WAIT_AT_PORTAL)
        return ((const struct portal *)t->wait_q)->server;
    if (!tcb_is_on_reply(t) || t->reply == NULL)
        return NULL;
    return t->reply->sc != NULL ? t->reply->sc->tcb : NULL;
}

bool portal_is_cycle(const struct portal *p, const struct tcb *t)
{
    const struct tcb *at = p->server;

    for (unsigned i = 0; i < STEPS_MAX && at != NULL && at != t; i++)
        at = waits_for(at);
    return at == t;
}

static inline struct tcb *first_caller(const struct tcb *server)
{
    struct tcb *first = server->portal != NULL ? server->portal->endpoint.queue.head : NULL;

    return first != NULL && first->state == THREAD_ON_SEND && first->wait_kind & WAIT_CALL ? first
                                                                                           : NULL;
}

static bool can_help(const struct tcb *helper, const struct tcb *t)
{
    struct sched_context *sc = helper->sc;

    return helper->wait_kind & WAIT_AT_PORTAL && helper->lent == NULL && sc != NULL &&
           sc->home == NULL && helper->domain == t->domain && refill_is_ready(sc);
}

/*
 * Who waits for t and can help it. *pivot is the one on whose behalf: t, or a caller in its call
 * stack, whose portal the way to the helper begins at.
 */
static struct tcb *find_helper(struct tcb *t, struct tcb **pivot)
{
    struct tcb *at = t;
    const struct reply *r = t->sc != NULL ? t->sc->reply : NULL;

    *pivot = NULL;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        struct tcb *first = first_caller(at), *c = first;

        if (first != NULL && *pivot == NULL)
            *pivot = at;
        for (; c != NULL && i < STEPS_MAX; i++, c = waitq_next(c))
            if (can_help(c, t))
                return c;
            else if (c->obstacles & OBSTACLE_HELPING && c->lent->tcb != t)
                return NULL; /* P-2: one of a queue at a time */
        if (first != NULL) {
            at = first;
            r = at->sc != NULL ? at->sc->reply : NULL;
        } else if (r != NULL) {
            at = r->caller;
            r = r->next;
        } else {
            return NULL;
        }
    }
    return NULL;
}

/* --- lending early --- */

/* Of t's context's call stack, what is below the call that pivot serves; NULL: nothing. */
static struct reply *below(const struct tcb *t, const struct tcb *pivot)
{
    struct reply *r = t->sc->reply;

    if (t == pivot)
        return r;
    while (r != NULL && r->caller != pivot)
        r = r->next;
    return r != NULL ? r->next : NULL;
}

/* Does t's context go somewhere when it is taken? One of its own would be lost. */
static bool can_part(const struct tcb *t, const struct tcb *pivot)
{
    const struct sched_context *sc = t->sc;

    return sc == NULL || sc->home != NULL || (t->bound != NULL && t->bound->sc == sc) ||
           below(t, pivot) != NULL;
}

/* Take from sc's call stack, t's, the part above that: its top; NULL: pivot is who runs. */
static struct reply *split(struct sched_context *sc, const struct tcb *t, const struct tcb *pivot)
{
    struct reply *top = sc->reply, *rest = below(t, pivot);

    if (t == pivot)
        return NULL;
    sc->reply = rest;
    if (rest != NULL) {
        rest->prev->next = NULL;
        rest->prev = NULL;
    }
    return top;
}

/* What t ran on goes home; its call stack above pivot stays, for another context. */
static struct reply *part(struct tcb *t, const struct tcb *pivot)
{
    struct sched_context *sc = t->sc;
    struct reply *top;

    if (sc == NULL)
        return NULL;
    top = split(sc, t, pivot);
    if (!sched_context_is_borrowed(sc)) {
        sched_context_unbind_tcb(sc); /* its notification's */
        return top;
    }
    if (sc->reply != NULL) {
        tcb_wait_changed(sc->reply->caller);
        sc->reply->caller->obstacles |= OBSTACLE_HELPED; /* its answer gives the helper's back */
    }
    sched_context_send_home(sc);
    return top;
}

bool portal_help(struct tcb *t)
{
    struct tcb *pivot, *helper = find_helper(t, &pivot);
    struct sched_context *sc;
    struct reply *top;

    if (helper == NULL || !can_part(t, pivot))
        return false;
    top = part(t, pivot);
    if (helper->sc == NULL || t->sc != NULL) {
        reply_lose_context(top);
        return true; /* what came home ended the helper's wait, or gave t time */
    }
    sc = helper->sc;
    struct reply *below = sc->reply;

    sc->reply = top;
    for (; top != NULL; top = top->next)
        top->sc = sc;
    sched_context_move(sc, t);
    sched_context_set_home(sc, helper, below);
    helper->obstacles |= OBSTACLE_HELPING;
    sched_wake(t);
    return true;
}

void portal_queued(const struct portal *p)
{
    struct tcb *t = p->server;

    for (unsigned i = 0; i < STEPS_MAX && t != NULL; i++) {
        if (t->state == THREAD_RUNNABLE) {
            if (t->is_waiting_budget || t->sc == NULL)
                sched_help(t);
            return;
        }
        t = waits_for(t);
    }
}

void portal_stop_helping(struct tcb *t)
{
    struct sched_context *sc = t->lent;
    struct reply *top = sc->reply;
    struct tcb *by = sc->tcb;

    sc->reply = NULL;
    sched_context_send_home(sc);
    reply_lose_context(top); /* those calls go on without it */
    if (by != NULL)
        sched_context_find(by);
}

/* --- objects and requests --- */

void portal_unbind(struct portal *p)
{
    if (p->server == NULL)
        return;
    p->server->portal = NULL;
    p->server = NULL;
}

bool portal_send_away(struct tcb *t)
{
    if (t->portal == NULL)
        return true;
    if (!endpoint_walk(&t->portal->endpoint, 0))
        return false;
    portal_unbind(t->portal);
    return true;
}

enum inv_result portal_serve(struct inv *inv, struct tcb *t)
{
    if (inv->extra_count < 1) {
        if (t->portal != NULL)
            portal_unbind(t->portal);
        return INV_OK;
    }
    struct cap c = inv->extra[0]->cap;

    if (!cap_is(c, CAP_ENDPOINT) || !(c.w0 & CAP_PORTAL) || !cap_has(c, RIGHT_READ))
        return inv_bad_cap(inv, 1);
    struct portal *p = cap_ptr(c);
    const struct tcb *first = p->endpoint.queue.head;

    if (t->portal != NULL || p->server != NULL || (first != NULL && first->state == THREAD_ON_SEND))
        return inv_illegal(inv);
    p->server = t;
    t->portal = p;
    return INV_OK;
}

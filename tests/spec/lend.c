/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts that are lent, and their way home ("Scheduling Context Donation";
 * docs/decisions/0005-kernel-extensions.md, "Where a call stack breaks").
 */
#include "spec.h"

/* --- call stacks --- */

/* Whose answer comes through a reply object that was offered to the server of reply's call. */
static name_t above(const struct spec *s, name_t reply)
{
    for (unsigned i = 1; i < SPEC_OBJECTS; i++)
        if (s->reply[i].below == reply)
            return (name_t)i;
    return 0;
}

/* Who gets reply's call stack back with its context, first of which reply is; 0: nobody. */
static name_t holder(const struct spec *s, name_t reply)
{
    for (unsigned i = 1; i < SPEC_THREADS; i++)
        if (s->thread[i].held == reply)
            return (name_t)i;
    return 0;
}

name_t spec_context_of_top(const struct spec *s, name_t reply)
{
    for (unsigned i = 1; i < SPEC_OBJECTS; i++)
        if (s->context[i].exists && s->context[i].top == reply)
            return (name_t)i;
    return 0;
}

name_t spec_lent_through(const struct spec *s, name_t reply)
{
    name_t top = reply;

    for (name_t next; (next = above(s, top)) != 0;)
        top = next;
    name_t context = spec_context_of_top(s, top);

    return context != 0 ? context : s->thread[holder(s, top)].lends;
}

bool spec_is_first(const struct spec *s, name_t reply)
{
    return spec_context_of_top(s, reply) != 0 || holder(s, reply) != 0;
}

bool spec_is_lent(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    if (at->state == SENDING)
        return at->is_helping; /* else what it lends was lent in a call before */
    return (at->context == 0 && at->lends != 0) ||
           (at->state == AWAITING && at->reply != 0 &&
            (above(s, at->reply) != 0 || spec_is_first(s, at->reply)));
}

bool spec_is_borrowed(const struct spec *s, name_t context)
{
    return s->context[context].top != 0 || s->context[context].home != 0;
}

void spec_detach(struct spec *s, name_t reply)
{
    s->thread[s->reply[reply].caller].reply = 0;
    s->reply[reply].caller = 0;
}

void spec_unlink(struct spec *s, name_t reply)
{
    name_t context = spec_context_of_top(s, reply), t = holder(s, reply), next = above(s, reply);

    if (context != 0)
        s->context[context].top = 0;
    if (t != 0)
        s->thread[t].held = 0;
    if (next != 0)
        s->reply[next].below = 0;
    s->reply[reply].below = 0;
}

/* reply, the first of a context's stack, leaves it. */
static void pop(struct spec *s, name_t context, name_t reply)
{
    s->context[context].top = s->reply[reply].below;
    s->reply[reply].below = 0;
}

/* --- homes --- */

static void forget(struct spec *s, name_t context)
{
    struct spec_thread *owner = &s->thread[s->context[context].home];

    owner->lends = owner->held = 0;
    owner->is_helping = false;
    s->context[context].home = 0;
}

void spec_set_home(struct spec *s, name_t context, name_t t, name_t held)
{
    s->context[context].home = t;
    s->thread[t].lends = context;
    s->thread[t].held = held;
}

/* As "Where a call stack breaks" says; reply leaves it. */
static void cut(struct spec *s, name_t reply)
{
    if (!spec_is_first(s, reply) && above(s, reply) == 0 && s->reply[reply].below == 0)
        return;
    name_t context = spec_lent_through(s, reply);
    bool can_remember = context != 0 && (s->context[context].home == 0 || holder(s, reply) != 0);

    for (name_t r = reply, next; r != 0; r = next) {
        name_t t = s->reply[r].caller, former;

        next = s->reply[r].below;
        former = s->context[context].home;
        spec_unlink(s, r);
        if (can_remember && s->thread[t].lends == 0 && spec_can_end(s, t)) {
            if (former != 0) {
                forget(s, context);
                spec_context_is_home(s, former);
            }
            spec_set_home(s, context, t, next);
            return;
        }
        if (r != reply)
            spec_context_is_home(s, t);
    }
}

void spec_send_home(struct spec *s, name_t reply)
{
    name_t context = spec_context_of_top(s, reply), caller = s->reply[reply].caller;

    if (context != 0)
        pop(s, context, reply);
    else
        cut(s, reply);
    spec_detach(s, reply);
    spec_clear_wait(&s->thread[caller], STOPPED);
    if (context != 0 && s->thread[caller].context == 0)
        spec_move_context(s, context, caller);
}

void spec_give_up(struct spec *s, name_t reply)
{
    cut(s, reply);
    spec_detach(s, reply);
}

/* "If who it comes home to has other time by then, it goes on to the next below." */
void spec_send_context_home(struct spec *s, name_t context)
{
    bool is_there = false;

    while (!is_there && spec_is_borrowed(s, context)) {
        name_t owner = s->reply[s->context[context].top].caller;

        if (s->context[context].top != 0) {
            pop(s, context, s->context[context].top);
        } else {
            owner = s->context[context].home;
            s->context[context].top = s->thread[owner].held;
            forget(s, context);
        }
        is_there = s->thread[owner].context == 0;
        if (is_there)
            spec_move_context(s, context, owner);
        else
            spec_unbind_context(s, context);
        if (s->thread[owner].state == RUNNING)
            spec_wake(s, owner);
        spec_context_is_home(s, owner);
    }
}

/*
 * docs/man/myelin_Call.md, "They give time back"; what its owner has asked for no answer for goes
 * home in any receive ("It goes home when its holder blocks, in whatever receive").
 */
void spec_give_back_lent(struct spec *s, name_t t)
{
    name_t context = s->thread[t].context;

    if (context != 0 &&
        (s->now.is_extended ? spec_is_borrowed(s, context)
                            : s->context[context].home != 0 && s->context[context].top == 0))
        spec_send_context_home(s, context);
}

/* --- contexts that are lost --- */

/* To the calls from reply down it does not come home. */
static void lose(struct spec *s, name_t reply)
{
    for (name_t r = reply, next; r != 0; r = next) {
        name_t t = s->reply[r].caller;

        next = s->reply[r].below;
        spec_unlink(s, r);
        spec_context_is_home(s, t);
    }
}

/*
 * "Its context unbound or destroyed": whoever was on it goes on with other time; who lent it waits
 * without. From its thread only: plain calls, down to the first extended one, keep it. "Who lent it
 * may be gone": from everybody, so does who runs on one that is not lent any more.
 */
void spec_take_context(struct spec *s, name_t context, bool is_all)
{
    struct spec_context *c = &s->context[context];
    name_t first = c->top;
    name_t t = c->thread, owner = c->home;
    bool is_lost = t != 0 && (spec_is_borrowed(s, context) ||
                              (is_all && s->thread[t].state == RUNNING &&
                               (s->thread[t].bound != 0 || s->thread[t].portal != 0)));

    spec_unbind_context(s, context);
    if (owner != 0) {
        name_t held = s->thread[owner].held;

        forget(s, context);
        spec_context_is_home(s, owner);
        lose(s, held);
    }
    while (!is_all && first != 0 && !spec_can_end(s, s->reply[first].caller))
        first = s->reply[first].below;
    lose(s, first);
    if (is_lost)
        spec_find_time(s, t);
}

/* t goes: what was its caller's has its home further down. */
void spec_forget_home(struct spec *s, name_t t)
{
    name_t context = s->thread[t].lends, held = s->thread[t].held;

    if (context == 0)
        return;
    forget(s, context);
    if (held == 0)
        return;
    name_t next = s->reply[held].below, caller = s->reply[held].caller;

    s->reply[held].below = 0;
    if (s->thread[caller].lends == 0)
        spec_set_home(s, context, caller, next);
    else
        lose(s, next);
}

/* t, which helps, has its context back; the calls that the server made with it stay without. */
void spec_stop_helping(struct spec *s, name_t t)
{
    name_t context = s->thread[t].lends, top = s->context[context].top,
           by = s->context[context].thread;

    s->context[context].top = 0;
    spec_send_context_home(s, context);
    lose(s, top);
    if (by != 0)
        spec_find_time(s, by);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Portals (docs/man/myelin_TCB_Serve.md): who serves, deadlock, death. Of helping, it is said when
 * it does not come about.
 */
#include "spec.h"

#define STEPS 16u /* of a chain: "Helping" */

/* Who t waits for, if that is known; 0: nobody. */
static name_t waits_for(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    if (at->state == SENDING && (at->is_call || at->fault.type != FAULT_NULL))
        return s->endpoint[at->place].server;
    if (at->state != AWAITING || at->reply == 0)
        return 0;
    name_t top = at->reply;
    for (unsigned step = 0; step < SPEC_OBJECTS; step++)
        for (unsigned i = 1; i < SPEC_OBJECTS; i++)
            if (s->reply[i].below == top) {
                top = (name_t)i;
                break;
            }
    for (unsigned i = 1; i < SPEC_OBJECTS; i++)
        if (s->context[i].exists && s->context[i].top == top)
            return s->context[i].thread;
    return 0;
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
    at = s->endpoint[endpoint].server;
    for (unsigned i = 0; i < STEPS && at != 0 && s->thread[at].state != RUNNING; i++)
        at = waits_for(s, at);
    /* without budget it is helped, perhaps */
    if (at != 0 && s->thread[at].state == RUNNING &&
        (s->thread[at].waits_for_budget || s->thread[at].context == 0))
        s->now.is_silent = true;
    return true;
}

void spec_unbind_portal(struct spec *s, name_t endpoint)
{
    s->thread[s->endpoint[endpoint].server].portal = 0;
    s->endpoint[endpoint].server = 0;
}

/* "Death" */
void spec_leave_portal(struct spec *s, name_t t)
{
    name_t endpoint = s->thread[t].portal;

    if (endpoint == 0)
        return;
    struct spec_list waiting = s->endpoint[endpoint].queue;
    bool was_plain = false;

    for (unsigned i = 0; i < waiting.count; i++) {
        if (!spec_can_end(s, waiting.at[i]))
            was_plain = true;
        else if (was_plain) /* docs/status.md: those behind a plain call are not told */
            s->now.is_silent = true;
        else
            spec_end_wait(s, waiting.at[i], MYELIN_DEAD);
    }
    spec_unbind_portal(s, endpoint);
}

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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "time.h"

/*
 * Has it something to do and no time? The kernel binds a scheduling context without a budget only
 * to a thread that has none and waits for nothing. init has the highest priority, so the thread is
 * still where its last system call left it.
 * Source: seL4 manual, seL4_SchedContext_Bind.
 */
static bool is_stuck(const struct component *c)
{
    if (seL4_SchedContext_Bind(sys.no_time, c->tcb[0]) != seL4_NoError)
        return false;
    (void)seL4_SchedContext_Unbind(sys.no_time);
    return true;
}

/*
 * Has it sc[0] of its notification, with the work not done for which it has it? The kernel gives
 * that to a thread whose lent time is taken away (docs/compatibility.md), but nothing to those who
 * wait for its answer. Takes it away.
 */
static bool was_helped_out(const struct component *c)
{
    return c->notification != 0 &&
           seL4_SchedContext_UnbindObject(c->sc[0], c->tcb[0]) == seL4_NoError;
}

static bool own_time_give(struct component *c)
{
    c->own_time = seL4_SchedContext_Bind(c->sc[0], c->tcb[0]) == seL4_NoError;
    return c->own_time;
}

static void notification_time_give(const struct component *c)
{
    if (c->notification != 0)
        (void)seL4_SchedContext_Bind(c->sc[0], c->notification);
}

void time_take_back(struct component *c)
{
    if (!c->own_time)
        return;
    (void)seL4_SchedContext_Unbind(c->sc[0]);
    if (is_stuck(c) && own_time_give(c))
        return;
    c->own_time = false;
    notification_time_give(c);
}

static bool is_passive(const struct component *c)
{
    return c->state == INIT_STATE_RUNNING && c->spec->passive && !c->own_time;
}

static bool calls(const struct component *c, const struct component *server)
{
    for (unsigned n = 0; n < c->spec->use_count; n++)
        if (!c->spec->use[n].signal && c->spec->use[n].target == server->index)
            return true;
    return false;
}

/*
 * Give it sc[0] unless it has time, then those who may be waiting for its answer. Ends, since calls
 * go to higher priorities (MAN-2).
 */
static void time_give(struct component *c)
{
    if (c->notification != 0)
        (void)seL4_SchedContext_UnbindObject(c->sc[0], c->notification);
    /* Set anew, because one who waits is given only what has budget left. */
    (void)seL4_SchedControl_ConfigureFlags(sys.boot->schedcontrol.start, c->sc[0],
                                           c->spec->budget_us, c->spec->period_us, 0, c->index, 0);
    if (!own_time_give(c))
        notification_time_give(c);
    for (unsigned i = 0; i < component_count; i++)
        if (is_passive(&components[i]) && calls(&components[i], c))
            time_give(&components[i]);
}

void time_restore(void)
{
    for (unsigned i = 0; i < component_count; i++)
        if (is_passive(&components[i]) &&
            (was_helped_out(&components[i]) || is_stuck(&components[i])))
            time_give(&components[i]);
}

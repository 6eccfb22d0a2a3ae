/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Portals: endpoints bound to the thread that serves them, and helping (an extension;
 * docs/decisions/0005-kernel-extensions.md).
 *
 * A passive server runs on the context that its caller lent. If that runs out of budget while a
 * more important caller queues, the one who queues helps: its context is lent early, to the running
 * end of the chain of servers that it waits for, and what that ran on goes home. Budget is lent,
 * not priority: servers have the highest priority of their callers, as the manual says.
 *
 *     helper -> portal: server --calls--> portal: server, out of budget
 *     context ...........................................> here
 *
 * P-1: portal.server->portal == portal and tcb.portal->server == tcb, both ways.
 * P-2: a thread that helps (tcb.lent, ON_SEND, OBSTACLE_HELPING) is in the queue of a portal, at
 * most one in each. The call stack that a lent context had below whom it belongs to hangs from
 * tcb.held until the context is home.
 */
#pragma once

#include "arch.h"

struct portal {
    struct endpoint endpoint; /* first: capabilities to it are endpoint capabilities */
    struct tcb *server;       /* NULL: none yet */
};

_Static_assert(sizeof(struct portal) <= BIT(MYELIN_PORTAL_BITS), "public size");

/* Would t wait for itself if it queued there? Looks 16 steps far. */
bool portal_is_cycle(const struct portal *p, const struct tcb *t);

/*
 * Somebody has queued: if the server and those it waits for have run out of budget, they get help.
 */
void portal_queued(const struct portal *p);

/*
 * t, runnable, has no budget: lend it the context of the most important of those who wait for it,
 * if one has some. False: nobody does.
 */
bool portal_help(struct tcb *t);

/* t, which helps, is to have its context back at once, whoever runs on it. */
void portal_stop_helping(struct tcb *t);

/* Nobody serves p any more. */
void portal_unbind(struct portal *p);

/*
 * t, which serves a portal, goes: those in extended calls who queue there are told so, one at a
 * time. True: all have been.
 */
bool portal_send_away(struct tcb *t);

/* MYELIN_INV_TCB_SERVE: t serves the portal of capability 1, or (without it) none any more. Errors:
 * invalid capability (no portal, or no right to receive); illegal operation (t or it is bound, or
 * somebody queues). */
enum inv_result portal_serve(struct inv *inv, struct tcb *t);

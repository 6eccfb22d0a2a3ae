/* SPDX-License-Identifier: BSD-2-Clause */
/* Systems in which several things meet that others have for themselves: see space.c. */
#include "space_priv.h"

/* --- faults: told to a handler, which lets go on or not --- */

/* Two threads with a handler, which may be passive; the handler's endpoint also takes calls. */
void make_faults(struct space *s)
{
    for (cptr_t t = T1; t <= T2; t += 2)
        space_set_up(s, SET_SPACE(t, EP, W_SPACE));
    space_leave_to_others(s);
    space_add(s, (struct op){ .kind = OP_FAULT });
    space_add(s, (struct op){ .kind = OP_EXCEPTION });
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, EP, 0, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call_until(s, MYELIN_SYS_RECV, EP, REPLY2, 0);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        space_call(s, SYS_NB_SEND, reply, WORD, 0);
        space_call(s, SYS_NB_SEND, reply, msg_make(1, 0, 0, 0), 0); /* it does not go on */
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    for (cptr_t t = T1; t <= T3; t += 2)
        space_stop_and_go(s, t);
    for (cptr_t t = T1; t <= T3; t += 4) {
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
    }
    space_add(s, TELL(T1, MYELIN_INV_TCB_INTERRUPT));
    space_add(s, SET_SPACE(T1, W_NULL, W_SPACE));
}

/* --- timeouts: whoever runs out of time, its own or a caller's, has a handler told --- */

void make_timeouts(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 1, 3, 0, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 2, 0, 0));
    space_set_up(s, space_configure(T3 + 1, 1, 1, 0, 0));
    for (cptr_t t = T1; t <= T2; t += 2)
        space_set_up(s, TELL_OF(t, INV_TCB_SET_TIMEOUT_ENDPOINT, EP2));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_call(s, SYS_RECV, EP2, 0, REPLY2);
    space_call(s, SYS_NB_SEND, REPLY2, WORD, 0);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_add(s, space_configure(T1 + 1, 2, 3, 0, 0));
}

/* --- services: a server on the little time of its callers, which runs out --- */

/* Calls with a deadline and without; the server has time of its own, or none. */
void make_services(struct space *s)
{
    s->past = 4 * DEADLINE_TICKS;
    space_set_up(s, space_configure_us(T1 + 1, DEADLINE_US, 3 * DEADLINE_US, 0, 0));
    space_set_up(s, space_configure_us(T2 + 1, 2 * DEADLINE_US, 4 * DEADLINE_US, 1, 1));
    space_set_up(s, space_configure_us(T3 + 1, DEADLINE_US, 2 * DEADLINE_US, 0, 0));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = DEADLINE_US });
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, EP, 0, 2 * DEADLINE_TICKS);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call_until(s, MYELIN_SYS_RECV, EP, REPLY2, DEADLINE_TICKS);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++)
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_BIND, T1));
    space_add(s, TELL(T2, MYELIN_INV_TCB_INTERRUPT));
}

/* --- deaths: a portal, helping, deadlines; and what of it goes while others wait --- */

void make_deaths(struct space *s)
{
    const cptr_t portal = FREE;
    const ticks_t step = DEADLINE_TICKS;

    s->past = 4 * step;
    space_make(s, MYELIN_PORTAL_OBJECT, 0, portal);
    space_set_up(s, space_configure_us(T1 + 1, DEADLINE_US, DEADLINE_US, 0, 0));
    space_set_up(s, space_configure_us(T2 + 1, DEADLINE_US, 3 * DEADLINE_US, 0, 0));
    space_set_up(s, space_configure_us(T3 + 1, DEADLINE_US, 2 * DEADLINE_US, 0, 0));
    space_set_up(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = DEADLINE_US });
    space_call(s, SYS_CALL, portal, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, portal, 0, step);
    space_call(s, SYS_RECV, portal, 0, REPLY);
    space_call_until(s, MYELIN_SYS_RECV, portal, REPLY, step);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_call(s, SYS_REPLY_RECV, portal, WORD, REPLY);
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    space_add(s, DELETE(portal));
    space_add(s, DELETE(REPLY));
    space_add(s, DELETE(T1));
}

/* --- turns: two domains and waits that end in time --- */

void make_turns(struct space *s)
{
    const word_t step = DEADLINE_TICKS;

    s->past = 4 * step;
    space_set_up(s, space_configure_us(W_SC, DEADLINE_US, DEADLINE_US, 0, 0));
    space_set_up(s, space_configure_us(T1 + 1, 2 * DEADLINE_US, 2 * DEADLINE_US, 0, 0));
    space_set_up(s, space_configure_us(T2 + 1, DEADLINE_US, 3 * DEADLINE_US, 0, 0));
    space_without(s, T3);
    for (word_t i = 0; i < 2; i++)
        space_set_up(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_CONFIGURE,
                            .r = { .arg = { i, i, (2 + i) * step }, .length = 3 }));
    space_set_up(
        s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_SET_START, .r = { .length = 1 }));
    space_set_up(s, TELL_OF(T1, INV_TCB_BIND_NOTIFICATION, NTFN));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = DEADLINE_US });
    for (word_t i = 0; i < 2; i++)
        for (cptr_t t = T1; t <= T2; t += 2)
            space_add(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SET_SET,
                             .r = { .arg = { i }, .length = 1, .extra_count = 1, .extra = { t } }));
    for (ticks_t wait = step; wait <= 2 * step; wait *= 2) {
        space_call_until(s, MYELIN_SYS_CALL, EP, 0, wait);
        space_call_until(s, MYELIN_SYS_RECV, EP, REPLY, wait);
    }
    space_call_until(s, MYELIN_SYS_WAIT, NTFN, 0, step);
    space_call(s, SYS_SEND, NTFN, 0, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_add(s, TELL(T2, MYELIN_INV_TCB_INTERRUPT));
    space_stop_and_go(s, T2);
}

/* --- yields: to contexts, with budgets and priorities --- */

void make_yields(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 2, 2, 0, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 1));
    space_set_up(s, space_configure(T3 + 1, 1, 2, 0, 0));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    for (cptr_t t = T1; t <= T3; t += 2)
        space_add(s, TELL(t + 1, INV_SCHED_CONTEXT_YIELD_TO));
    space_stop_and_go(s, T2);
    for (word_t up = 0; up <= 1; up++)
        space_add(
            s,
            ASK(.cap = T3, .label = INV_TCB_SET_PRIORITY,
                .r = {
                    .arg = { W_PRIO + up }, .length = 1, .extra_count = 1, .extra = { W_TCB } }));
}

/* --- drivers: a client's memory, and interrupts that come while it is served --- */

void make_drivers(struct space *s)
{
    const cptr_t other = FREE, handler = FREE + 1;

    space_make(s, OBJ_HOST_SPACE, 0, other);
    space_set_up(s, ASK(.cap = W_IRQ, .label = INV_IRQ_ISSUE_IRQ_HANDLER,
                        .r = { .arg = { 2, handler, WORD_BITS },
                               .length = 3,
                               .extra_count = 1,
                               .extra = { W_ROOT } }));
    space_set_up(s, ASK(.cap = T1, .label = MYELIN_INV_TCB_SET_EXTENSIONS,
                        .r = { .arg = { MYELIN_EXT_WINDOWS }, .length = 1 }));
    space_set_up(s, TELL_OF(handler, INV_IRQ_SET_IRQ_HANDLER, NTFN));
    space_without(s, T3);
    space_leave_to_others(s);
    s->has_page = true;
    space_call_with_window(s, 64, MYELIN_WINDOW_READABLE);
    space_call_with_window(s, 8, MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE);
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        space_copy_piece(s, reply, 0, 8, 0);
        space_copy_piece(s, reply, 0, 8, MYELIN_COPY_WRITE);
        space_call_until(s, MYELIN_SYS_RECV, EP, reply, 0);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_call_until(s, MYELIN_SYS_WAIT, NTFN, 0, 0);
    space_add(s, (struct op){ OP_INTERRUPT, .number = 2 });
    space_add(s, TELL(handler, INV_IRQ_ACK_IRQ));
    space_add(s, TELL_OF(T2, INV_TCB_BIND_NOTIFICATION, NTFN));
    space_add(s, TELL(T2, INV_TCB_UNBIND_NOTIFICATION));
    space_add(s, DELETE(other));
    space_add(s, DELETE(REPLY));
    for (cptr_t space = W_SPACE; space != 0; space = space == W_SPACE ? other : 0)
        space_add(s, SET_SPACE(T1, W_NULL, space));
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_stop_and_go(s, t);
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    space_add(s, TELL_OF(T2 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T2));
    space_add(s, TELL_OF(T2 + 1, INV_SCHED_CONTEXT_BIND, T2));
}

/* --- portals: who serves them goes, or what it serves, or its time --- */

void make_portals(struct space *s)
{
    const cptr_t portal = FREE, calls_only = FREE + 1;

    space_make(s, MYELIN_PORTAL_OBJECT, 0, portal);
    space_mint(s, calls_only, portal, MYELIN_RIGHT_CALL_ONLY, 7);
    space_set_up(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    space_leave_to_others(s);
    space_call(s, SYS_CALL, portal, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, calls_only, 0, 0);
    space_call(s, SYS_NB_SEND, calls_only, WORD, 0);
    space_call(s, SYS_RECV, portal, 0, REPLY);
    space_call_until(s, MYELIN_SYS_RECV, portal, REPLY2, 0);
    space_call(s, SYS_REPLY_RECV, portal, WORD, REPLY);
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++)
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_add(s, TELL_OF(t, MYELIN_INV_TCB_SERVE, portal));
        space_add(s, TELL(t, MYELIN_INV_TCB_SERVE));
    }
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_BIND, T1));
    space_stop_and_go(s, T2);
    space_add(s, TELL(T3, MYELIN_INV_TCB_INTERRUPT));
    space_add(s, DELETE(T1));
    space_add(s, DELETE(portal));
    space_add(s, DELETE(REPLY2));
}

/* --- chains: servers that call each other, through portals --- */

/* T1 serves the first, T2 the second. */
static void two_portals(struct space *s, cptr_t first, cptr_t second)
{
    space_make(s, MYELIN_PORTAL_OBJECT, 0, first);
    space_make(s, MYELIN_PORTAL_OBJECT, 0, second);
    space_set_up(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, first));
    space_set_up(s, TELL_OF(T2, MYELIN_INV_TCB_SERVE, second));
    space_leave_to_others(s);
}

void make_chains(struct space *s)
{
    const cptr_t first = FREE, second = FREE + 1;

    two_portals(s, first, second);
    for (cptr_t portal = first; portal <= second; portal++) {
        cptr_t reply = portal == first ? REPLY : REPLY2;

        space_call(s, SYS_CALL, portal, WORD, 0);
        space_call_until(s, MYELIN_SYS_CALL, portal, 0, 0);
        space_call(s, SYS_RECV, portal, 0, reply);
        space_call_until(s, MYELIN_SYS_RECV, portal, reply, 0);
        space_call(s, SYS_REPLY_RECV, portal, WORD, reply);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    for (cptr_t t = T1; t <= T3; t += 2) {
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
    }
    space_add(s, TELL(T3, MYELIN_INV_TCB_INTERRUPT));
    space_stop_and_go(s, T2);
}

/* --- priorities: of servers and a client, while they serve and wait --- */

void make_priorities(struct space *s)
{
    const cptr_t first = FREE, second = FREE + 1;

    two_portals(s, first, second);
    for (cptr_t portal = first; portal <= second; portal++) {
        cptr_t reply = portal == first ? REPLY : REPLY2;

        space_call_until(s, MYELIN_SYS_CALL, portal, 0, 0);
        space_call(s, SYS_RECV, portal, 0, reply);
        space_call(s, SYS_REPLY_RECV, portal, WORD, reply);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    space_call(s, SYS_CALL, first, WORD, 0);
    for (cptr_t t = T1; t <= T3; t += 2)
        for (word_t prio = W_PRIO - 1; prio <= W_PRIO; prio++)
            space_add(s, SET_PRIORITY(t, prio));
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
    }
    space_call(s, SYS_YIELD, 0, 0, 0);
}

/* --- stacks: of calls, of which a thread, a context, an endpoint or a reply object goes --- */

void make_stacks(struct space *s)
{
    space_set_up(s, space_configure_us(SPARE_SC, 5000, 5000, 0, 0));
    space_leave_to_others(s);
    for (cptr_t at = EP; at <= EP2; at++) {
        cptr_t reply = at == EP ? REPLY : REPLY2;

        space_call_until(s, MYELIN_SYS_CALL, at, 0, 0);
        space_call(s, SYS_CALL, at, WORD, 0);
        space_call_until(s, MYELIN_SYS_RECV, at, reply, 0);
        space_call(s, SYS_RECV, at, 0, reply);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    for (cptr_t gone = T1 + 1; gone <= T2; gone++) /* a context, a thread */
        space_add(s, DELETE(gone));
    space_add(s, DELETE(REPLY2));
    space_add(s, DELETE(EP2));
    space_add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_BIND, T1));
    space_add(s, TELL(SPARE_SC, INV_SCHED_CONTEXT_UNBIND));
    space_add(s, TELL(T3 + 1, INV_SCHED_CONTEXT_UNBIND));
}

/* --- revoking: objects that threads wait at go with the memory that they were made of --- */

void make_revoking(struct space *s)
{
    const cptr_t memory = FREE, endpoint = FREE + 1, reply = FREE + 2, signal = FREE + 3;

    space_make(s, OBJ_UNTYPED, 7, memory);
    space_without(s, T3);
    space_leave_to_others(s);
    space_add(s, RETYPE(memory, OBJ_ENDPOINT, 0, endpoint));
    space_add(s, RETYPE(memory, OBJ_REPLY, 0, reply));
    space_add(s, RETYPE(memory, MYELIN_PORTAL_OBJECT, 0, endpoint));
    space_add(s, RETYPE(memory, OBJ_NOTIFICATION, 0, signal));
    for (cptr_t what = memory; what <= signal; what++)
        space_take_one(s, what);
    space_call(s, SYS_CALL, endpoint, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, endpoint, 0, 0);
    space_call(s, SYS_RECV, endpoint, 0, reply);
    space_call_until(s, MYELIN_SYS_RECV, endpoint, reply, 0);
    space_call_until(s, MYELIN_SYS_WAIT, signal, 0, 0);
    space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    space_call(s, SYS_REPLY_RECV, endpoint, WORD, reply);
    space_call(s, SYS_SEND, signal, 0, 0);
    space_add(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, endpoint));
    space_add(s, TELL(T1, MYELIN_INV_TCB_SERVE));
    space_add(s, TELL_OF(T2, INV_TCB_BIND_NOTIFICATION, signal));
    for (cptr_t t = T1; t <= T2; t += 2)
        space_stop_and_go(s, t);
}

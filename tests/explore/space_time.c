/* SPDX-License-Identifier: BSD-2-Clause */
/* Systems in which time passes, in steps: see space.c. */
#include "space_priv.h"

/* --- budgets: little time, in steps --- */

struct op space_configure_us(cptr_t sc, word_t budget, word_t period, word_t refills, word_t flags)
{
    return ASK(.cap = W_SCHED, .label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
               .r = { .arg = { budget, period, refills, 1, flags },
                      .length = 5,
                      .extra_count = 1,
                      .extra = { sc } });
}

struct op space_configure(cptr_t sc, word_t budget, word_t period, word_t refills, word_t flags)
{
    return space_configure_us(sc, budget * QUANTUM_US, period * QUANTUM_US, refills, flags);
}

/* What happens in steps of time, to two threads and a third if there is one. */
static void pass_time(struct space *s)
{
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_call(s, SYS_WAIT, NTFN, 0, 0);
    space_call(s, SYS_SEND, NTFN, 0, 0);
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
}

void make_budgets(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 2, 4, 1, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 1));
    space_without(s, T3);
    pass_time(s);
    space_add(s, (struct op){ OP_INTERRUPT, .number = 2 });
}

/* The same, and a third thread. */
void make_more_budgets(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 2, 4, 1, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 1));
    space_set_up(s, space_configure(T3 + 1, 1, 2, 0, 0));
    pass_time(s);
    space_add(s, (struct op){ OP_INTERRUPT, .number = 2 });
}

/* more-budgets, but the third has as much as the first; no interrupts. */
void make_full_budgets(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 2, 4, 1, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 1));
    space_set_up(s, space_configure(T3 + 1, 2, 4, 1, 0));
    pass_time(s);
}

/* more-budgets, with more refills. */
void make_many_budgets(struct space *s)
{
    s->past = 6 * QUANTUM_US * HOST_TICKS_PER_US;
    space_set_up(s, space_configure(T1 + 1, 3, 6, 1, 0));
    space_set_up(s, space_configure(T2 + 1, 2, 5, 1, 1));
    space_set_up(s, space_configure(T3 + 1, 1, 4, 0, 0));
    pass_time(s);
    space_add(s, (struct op){ OP_INTERRUPT, .number = 2 });
}

/* --- helping: a portal, its server without time, two callers with little --- */

void make_helping(struct space *s)
{
    const cptr_t portal = FREE;

    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    space_make(s, MYELIN_PORTAL_OBJECT, 0, portal);
    space_set_up(s, space_configure(W_SC, 1, 1, 0, 0));
    space_set_up(s, space_configure(T1 + 1, 1, 1, 0, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 0));
    space_set_up(s, space_configure(T3 + 1, 1, 2, 0, 0));
    space_set_up(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    space_call(s, SYS_CALL, portal, WORD, 0);
    space_call_until(s, MYELIN_SYS_CALL, portal, 0, 0);
    space_call(s, SYS_RECV, portal, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, portal, WORD, REPLY);
    space_call_until(s, MYELIN_SYS_RECV, portal, REPLY2, 0);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_add(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    space_add(s, TELL(T1, MYELIN_INV_TCB_SERVE));
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    space_add(s, TELL(T2, MYELIN_INV_TCB_INTERRUPT));
    space_add(s, TELL(T3, INV_TCB_SUSPEND));
    space_add(s, TELL(T3, INV_TCB_RESUME));
}

/* --- deadlines: which end of a wait comes first --- */

void make_deadlines(struct space *s)
{
    s->past = 4 * DEADLINE_TICKS;
    space_without(s, T3);
    for (cptr_t t = T1; t <= T2; t += 2)
        space_set_up(s, space_configure_us(t + 1, 3 * DEADLINE_US / 2, 3 * DEADLINE_US / 2, 0, 0));
    space_set_up(s, TELL_OF(T1, INV_TCB_BIND_NOTIFICATION, NTFN));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = DEADLINE_US });
    for (ticks_t wait = BIT(16); wait <= BIT(17); wait *= 2) {
        space_call_until(s, MYELIN_SYS_CALL, EP, 0, wait);
        space_call_until(s, MYELIN_SYS_RECV, EP, REPLY, wait);
        space_call_until(s, MYELIN_SYS_WAIT, NTFN, 0, wait);
    }
    space_call_until(s, MYELIN_SYS_RECV, EP, REPLY2, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_call(s, SYS_SEND, NTFN, 0, 0);
    space_call(s, SYS_NB_SEND, EP, WORD, 0);
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_stop_and_go(s, t);
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    space_add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_BIND, T1));
}

/* --- domains: whose turn it is, in steps of time --- */

void make_domains(struct space *s)
{
    const word_t turn = QUANTUM_US * HOST_TICKS_PER_US;

    s->past = 4 * turn;
    space_set_up(s, space_configure(W_SC, 1, 1, 0, 0));
    space_set_up(s, space_configure(T1 + 1, 2, 2, 0, 0));
    space_set_up(s, space_configure(T2 + 1, 1, 3, 0, 0));
    space_without(s, T3);
    for (word_t i = 0; i < 2; i++)
        space_set_up(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_CONFIGURE,
                            .r = { .arg = { i, i, (2 + i) * turn }, .length = 3 }));
    space_set_up(
        s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_SET_START, .r = { .length = 1 }));
    space_leave_to_others(s);
    space_add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    for (word_t i = 0; i < 2; i++) {
        for (cptr_t t = T1; t <= T2; t += 2)
            space_add(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SET_SET,
                             .r = { .arg = { i }, .length = 1, .extra_count = 1, .extra = { t } }));
        space_add(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_SET_START,
                         .r = { .arg = { i }, .length = 1 }));
    }
    space_call(s, SYS_YIELD, 0, 0, 0);
    space_call(s, SYS_WAIT, NTFN, 0, 0);
    space_call(s, SYS_SEND, NTFN, 0, 0);
    space_call(s, SYS_CALL, EP, WORD, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_stop_and_go(s, T2);
}
